//! E-prop on the chip beside float e-prop with a learning signal that is as late.
//!
//! Three float networks start from the chip's own weights: one fires the chip's spikes, so that the
//! rule alone is compared; one fires by itself with the same latency; one by itself without latency,
//! which says what the latency costs.

pub mod file;
pub mod outputs;
pub mod report;
pub mod sides;

pub use file::File;
pub use report::EpropReport;

use report::Measured;
use seamount_reference::eprop::{Late, LateRule};
use seamount_session::Failure;
use seamount_study::Progress;
use seamount_study::validate::measure;
use sides::{LAYERS, OnChip, Seen, float};

/// Runs what the file asks for.
///
/// # Errors
/// If the network does not compile.
pub fn run(file: &File, progress: Progress) -> Result<EpropReport, Failure> {
    let mut chip = OnChip::new(file)?;
    let start = chip.weights();
    let at_once = LateRule {
        latency_steps: 0,
        ..chip.set.rule
    };
    let mut sides = [chip.set.rule, chip.set.rule, at_once].map(|rule| {
        Late::new(
            chip.set.network.clone(),
            rule,
            start.clone(),
            &chip.set.feedback,
        )
    });
    let mut frames = [vec![chip.frame(0)], vec![chip.frame_of(0, &start)]];
    let mut losses: [Vec<f64>; 3] = Default::default();
    let (mut spikes, mut first) = ([0, 0], None);
    for index in 0..file.sequences {
        let sequence = chip.sequence(index);
        let targets = chip.targets(&sequence);
        let seen = chip.learn(&sequence)?;
        let [given, own, now] = &mut sides;
        let given = float(given, &sequence, &targets, Some(&seen.spikes));
        let own = float(own, &sequence, &targets, None);
        let now = float(now, &sequence, &targets, None);
        [&seen, &own, &now]
            .iter()
            .zip(&mut losses)
            .for_each(|(seen, losses)| losses.push(seen.loss));
        let count = |seen: &Seen| seen.spikes.iter().map(|s| s.len() as u64).sum::<u64>();
        spikes = [spikes[0] + count(&seen), spikes[1] + count(&own)];
        frames[0].push(chip.frame(index + 1));
        frames[1].push(chip.frame_of(index + 1, sides[0].weights()));
        first.get_or_insert((seen, given, own));
        progress(index + 1, file.sequences);
    }
    let first = first.unwrap_or_default();
    let [on_chip, in_float] = &frames;
    let layers = (0..3)
        .map(|at| measure::variable(LAYERS[at].1, at, on_chip, in_float))
        .collect();
    let measured = Measured {
        layers,
        along: [0, 1, 2].map(|at| measure::along(at, on_chip, in_float)),
        losses,
        spikes,
        first: [&first.0, &first.1, &first.2],
        synapses: [0, 1, 2].map(|at| on_chip[0].variables[at].len()),
    };
    Ok(EpropReport::new(file, chip.set.rule, measured))
}
