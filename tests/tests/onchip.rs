//! E-prop learned on the chip: the network starts as the float one does, learns, and comes to the same
//! bits for any number of threads and after restores in mid-training.

use seamount::chip::{Chip, RunOptions, SpikeTrain};
use seamount::compile::{CompileOptions, compile};
use seamount::image::{CheckedImage, LimitPolicy};
use seamount::lab::onchip::pattern::{PatternOptions, learn};
use seamount::lab::onchip::{ChipNetwork, Rates};
use seamount::spec::ChipSpec;
use seamount_reference::network::Target;
use seamount_reference::tasks::pattern;

/// 30 sequences, beside the float network: the first loss is that of the float network within 2 %,
/// spikes within 5 %; the loss falls.
#[test]
fn the_chip_starts_as_the_float_network_does_and_learns() {
    let (task, sequence) = (pattern::task(1), pattern::sequence(1));
    let still = PatternOptions { sequences: 1, learning_rate: 1e-12, ..PatternOptions::default() };
    let before = learn(&task, &sequence, &still, &|| ()).unwrap();
    let float = &task.trainer().learn(&[&sequence])[0];
    let (chip_loss, float_loss) = (before.losses[0], float.loss);
    assert!((chip_loss / float_loss - 1.0).abs() < 0.02, "loss {chip_loss} on the chip, {float_loss} in float");
    let (spikes, wanted) = (before.spikes[0] as f64, float.run.spike_count() as f64);
    assert!((spikes / wanted - 1.0).abs() < 0.05, "{spikes} spikes on the chip, {wanted} in float");
    let learned = learn(&task, &sequence, &PatternOptions { sequences: 30, ..PatternOptions::default() }, &|| ()).unwrap();
    let last = learned.losses[29];
    assert!(last < 0.93 * chip_loss, "loss {chip_loss}, after 30 sequences {last}");
}

/// Two sequences on 16 cores, by 1 and 3 threads, with a restore in mid-sequence.
#[test]
fn what_is_learned_is_the_same_for_any_threads_and_restores() {
    let (task, sequence) = (pattern::task(2), pattern::sequence(2));
    let Target::Signal(target) = &sequence.target else { panic!("a signal") };
    let network = ChipNetwork::new(&task, 0.5, Rates { recurrent: 4e-4, readout: 4e-4 });
    let mut board = ChipSpec::preset("loihi2").unwrap();
    board.core.compartments = 16;
    let options = CompileOptions { board, ..CompileOptions::default() };
    let compiled = compile(&network.netlist, &options).unwrap();
    let image = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce).unwrap();
    assert!(image.image().cores.len() > 8);
    let run = |threads: usize, vectors: bool, stops: &[u64]| {
        let mut chip = Chip::load(&image);
        let program = chip.program().clone();
        let events = sequence.input.iter().zip(0..).flat_map(|(neurons, t)| neurons.iter().map(move |n| (t, *n))).collect();
        let first = program.input("target").unwrap().0;
        let graded = target.iter().zip(1..).map(|(y, t)| (t, first, (y * network.error_units).round() as i32)).collect();
        let input = SpikeTrain::new(&program, events).unwrap().with_graded(&program, graded).unwrap();
        for &stop in stops {
            chip.run(stop - chip.t(), &input, &RunOptions { threads, vectors, ..RunOptions::default() });
            let saved = chip.snapshot();
            chip = Chip::load(&image);
            chip.restore(&saved).unwrap();
            if stop == 700 {
                chip.rest(&["pulses"]);
            }
        }
        (chip.snapshot(), chip.learned("in->rec").unwrap(), chip.learned("rec->out").unwrap())
    };
    let one = run(1, true, &[700, 1000]);
    assert!(one == run(3, true, &[123, 700, 901, 1000]), "threads and restores change nothing");
    assert!(one == run(2, false, &[700, 1000]), "vectors change nothing");
    let start = run(1, true, &[0]);
    let moved = one.1.weights.iter().zip(&start.1.weights).filter(|(a, b)| a != b).count();
    assert!(moved > 500, "{moved} of 10,000 input weights moved");
}
