//! E-prop learned on the chip: the network starts as the float one does, learns, and comes to the
//! same bits for any number of threads and after restores in mid-training.

use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::Netlist;
use seamount_reference::eprop::Target;
use seamount_spec::Board;
use seamount_systems::eprop::chip::Rates;
use seamount_systems::eprop_cue::chip::{self as cue_chip, ByteWeights, ChipCueSettings, Rule};
use seamount_systems::eprop_evidence::{SynapseVariables, alif_network, float as evidence};
use seamount_systems::eprop_pattern::{PatternOptions, float as pattern, learn, lif_network};

/// 30 sequences, beside the float network: the first loss is that of the float network within 2 %,
/// spikes within 5 %; the loss falls.
#[test]
fn the_chip_starts_as_the_float_network_does_and_learns() {
    let task = pattern::task(1);
    let sequence = pattern::sequence(1);
    // about the smallest rate that there is
    let still = PatternOptions {
        sequences: 1,
        learning_rate: 5e-5,
        ..PatternOptions::default()
    };
    let before = learn(
        &task,
        &sequence,
        &still,
        seamount_study::Progress::UNSEEN,
        &|| (),
    )
    .unwrap();
    let float = &task.trainer().learn(&[&sequence])[0];
    let chip_loss = before.losses[0];
    let float_loss = float.loss;
    assert!(
        (chip_loss / float_loss - 1.0).abs() < 0.02,
        "loss {chip_loss} on the chip, {float_loss} in float"
    );
    let spikes = before.spikes[0] as f64;
    let wanted = float.run.spike_count() as f64;
    assert!(
        (spikes / wanted - 1.0).abs() < 0.05,
        "{spikes} spikes on the chip, {wanted} in float"
    );
    let learned = learn(
        &task,
        &sequence,
        &PatternOptions {
            sequences: 30,
            ..PatternOptions::default()
        },
        seamount_study::Progress::UNSEEN,
        &|| (),
    )
    .unwrap();
    let last = learned.losses[29];
    assert!(
        last < 0.93 * chip_loss,
        "loss {chip_loss}, after 30 sequences {last}"
    );
}

/// A network that learns, on many cores, and what comes in.
struct Learning {
    image: CheckedImage,
    /// Steps and neurons of the input `in`.
    spikes: Vec<(u64, u32)>,
    /// Steps, neurons and payloads of the input `target`.
    targets: Vec<(u64, u32, i32)>,
    /// The chip rests after this step; what it keeps.
    rest: (u64, &'static [&'static str]),
    /// Steps in all.
    steps: u64,
    /// Projections that learn.
    plastic: &'static [&'static str],
}

/// On cores of 16 neurons.
fn image(net: &Netlist) -> CheckedImage {
    let mut board = Board::preset("loihi2").unwrap();
    board.core.compartments = 16;
    let options = CompileOptions::new(board);
    let compiled = compile(net, &options).unwrap();
    let image = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce).unwrap();
    assert!(image.image().cores.len() >= 7);
    image
}

/// Spikes of sequences step by step from step 0 on.
fn events<'a>(input: impl Iterator<Item = &'a Vec<u32>>) -> Vec<(u64, u32)> {
    input
        .zip(0..)
        .flat_map(|(neurons, t)| neurons.iter().map(move |n| (t, *n)))
        .collect()
}

impl Learning {
    /// Runs to the end, with a new chip restored after each of the stops; its state and all
    /// weights.
    fn run(&self, threads: usize, vectors: bool, stops: &[u64]) -> (Vec<u8>, Vec<Vec<i32>>) {
        let mut chip = Chip::load(&self.image);
        let program = chip.program().clone();
        let [inputs, targets] = ["in", "target"].map(|name| program.input(name).unwrap().0);
        let spikes = self.spikes.iter().map(|(t, n)| (*t, inputs + n)).collect();
        let graded = self
            .targets
            .iter()
            .map(|(t, n, x)| (*t, targets + n, *x))
            .collect();
        let input = SpikeTrain::new(&program, spikes)
            .unwrap()
            .with_graded(&program, graded)
            .unwrap();
        for &stop in stops {
            chip.run(
                stop - chip.t(),
                &input,
                &RunOptions::new().threads(threads).vectors(vectors),
            );
            let saved = chip.snapshot();
            chip = Chip::load(&self.image);
            chip.restore(&saved).unwrap();
            if stop == self.rest.0 {
                chip.rest(self.rest.1);
            }
        }
        (
            chip.snapshot(),
            self.plastic
                .iter()
                .map(|p| chip.learned(p).unwrap().weights)
                .collect(),
        )
    }

    /// By 1, 2 and 3 threads, with and without vectors, restored at `stops`. The second of them is
    /// in the midst of learning: weights have moved before it, and more than `moved` of each
    /// projection do after it.
    fn comes_to_the_same_bits(&self, stops: [u64; 3], moved: &[usize]) {
        let whole = [self.rest.0, self.steps];
        let mut restored = [&stops[..], &whole].concat();
        restored.sort_unstable();
        let one = self.run(1, true, &whole);
        assert!(
            one == self.run(3, true, &restored),
            "threads and restores change nothing"
        );
        assert!(one == self.run(2, false, &whole), "vectors change nothing");
        assert!(
            one == self.run(1, false, &restored),
            "vectors and restores change nothing"
        );
        let differ = |a: &[i32], b: &[i32]| a.iter().zip(b).filter(|(a, b)| a != b).count();
        let (_, start) = self.run(1, true, &[0]);
        let (_, mid) = self.run(
            1,
            true,
            &restored[..restored.iter().position(|s| *s == stops[1]).unwrap() + 1],
        );
        for (p, name) in self.plastic.iter().enumerate() {
            let before = differ(&start[p], &mid[p]);
            let after = differ(&mid[p], &one.1[p]);
            println!(
                "{name}: {before} of {} weights moved before the restore, {after} after it",
                start[p].len()
            );
            assert!(
                before > 0 && after > moved[p],
                "{name}: {before} weights moved before the restore, {after} after it"
            );
        }
    }
}

/// Two sequences of the pattern, the first cut short: LIF, tags (engine a).
#[test]
fn what_is_learned_is_the_same_for_any_threads_and_restores() {
    let task = pattern::task(2);
    let sequence = pattern::sequence(2);
    let Target::Signal(target) = &sequence.target else {
        panic!("a signal")
    };
    let network = lif_network(
        &task,
        0.5,
        Rates {
            recurrent: 4e-4,
            readout: 4e-4,
        },
    );
    let learning = Learning {
        image: image(&network.netlist),
        spikes: events(sequence.input.iter()),
        targets: target
            .iter()
            .zip(1..)
            .map(|(y, t)| (t, 0, (y * network.error_units).round() as i32))
            .collect(),
        rest: (700, &[]),
        steps: 1000,
        plastic: &["in->rec", "rec->out"],
    };
    learning.comes_to_the_same_bits([123, 400, 901], &[500, 10]);
}

/// A trial of the evidence task: LIF and ALIF, two variables a synapse (engine b). Restores before
/// the recall, when only eligibility changes, and in the midst of both recalls.
#[test]
fn two_variables_a_synapse_are_the_same_for_any_threads_and_restores() {
    let task = evidence::task(2);
    let rates = Rates {
        recurrent: 2e-3,
        readout: 3e-3,
    };
    let network = alif_network(&task, 0.6, rates, 0.5, SynapseVariables::Two);
    let target = (0.5 * network.error_units).round() as i32;
    // the first two cues, then the recall; and a second trial like it
    let sequence = evidence::sequence(2, 0);
    let Target::Class(class) = sequence.target else {
        panic!("a class")
    };
    let recall = evidence::STEPS - 150..evidence::STEPS;
    let trial = || {
        sequence.input[..300]
            .iter()
            .chain(&sequence.input[recall.clone()])
    };
    let of =
        |t: u64| (0..2).map(move |k| (t, k, if k as usize == class { target } else { -target }));
    let learning = Learning {
        image: image(&network.netlist),
        spikes: events(trial().chain(trial())),
        targets: (301..451).chain(751..901).flat_map(of).collect(),
        rest: (450, &[]),
        steps: 902,
        plastic: &["in->rec", "rec->rec", "rec->out"],
    };
    learning.comes_to_the_same_bits([200, 380, 820], &[500, 500, 10]);
}

/// Two samples of cues: traces of neurons (engine c). Restores while cues come, and in the midst of
/// both recalls.
#[test]
fn traces_of_neurons_are_the_same_for_any_threads_and_restores() {
    let network = cue_chip::network(
        &ChipCueSettings::new(Rule::Traces),
        &ByteWeights::drawn(100, 4),
        5,
    );
    // inputs of one side, then the third ten in the recall
    let spikes = |side: u32| {
        let early = move |t: u32| vec![10 * side + t % 10, 10 * side + (t / 3 + 5) % 10];
        let of = move |t: u32| match t {
            ..100 => early(t)
                .into_iter()
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect(),
            150.. => vec![20 + t % 10],
            _ => vec![],
        };
        (0..300).map(of).collect::<Vec<Vec<u32>>>()
    };
    let samples = [spikes(0), spikes(1)].concat();
    let of =
        |right: u32| move |t: u64| (0..2).map(move |k| (t, k, if k == right { 128 } else { -128 }));
    let learning = Learning {
        image: image(&network),
        spikes: events(samples.iter()),
        targets: (150..300)
            .flat_map(of(0))
            .chain((450..600).flat_map(of(1)))
            .collect(),
        rest: (300, &[]),
        steps: 600,
        plastic: &["in->rec", "rec->rec", "rec->out"],
    };
    learning.comes_to_the_same_bits([50, 230, 508], &[100, 100, 10]);
}
