//! Cue accumulation over seeds, beside controls: half of the samples are learned, the other half is
//! tested, dealt anew for each seed.

use super::chip::{CompiledCue, train_and_test};
use super::float::deal;
use super::initial::InitialWeights;
use super::recipe::{EpropCueOptions, read, samples_file};
use crate::eprop::controls::{Better, ControlSide, ControlsReport};
use seamount_reference::eprop::Sequence;
use seamount_session::Failure;
use seamount_study::Progress;
use seamount_study::experiment::threads;
use seamount_study::trials::Trials;

/// Share of unseen samples right after the last epoch, over seeds and sides; floats have another
/// optimiser and are no side here.
///
/// # Errors
/// If data are missing or wrong, or the engine is that of floats.
pub(super) fn controls(
    options: &EpropCueOptions,
    progress: Progress,
) -> Result<ControlsReport, Failure> {
    let Some(settings) = options.chip_settings() else {
        return Err(Failure::option("controls", "of engines a and c only"));
    };
    let file = samples_file(options.data.as_deref())?;
    let samples = read(&file)?;
    let initial = InitialWeights::find(options.data.as_deref(), &file, options.neurons)?;
    let seeds: Vec<u64> = (0..u64::from(options.seeds)).collect();
    let sides: Vec<ControlSide> = ControlSide::all()
        .filter(|side| *side != ControlSide::Float)
        .collect();
    let one = |seed: u64, side: ControlSide| -> Result<f64, Failure> {
        let mut settings = settings.clone();
        settings.test_every_epoch = false;
        settings.intervention = side.intervention();
        let compiled = CompiledCue::new(&settings, &initial.of_seed(options.neurons, seed), seed)?;
        let hand = &deal(&samples, 2, seed)[0];
        let all = samples.sequences.iter().enumerate();
        let picked = |in_hand: bool| -> Vec<Sequence> {
            let picked = all.clone().filter(|(at, _)| hand.contains(at) == in_hand);
            picked.map(|(_, sample)| sample.clone()).collect()
        };
        let trained = train_and_test(&compiled, seed, &picked(false), &picked(true));
        let last = trained.epochs.last().and_then(|epoch| epoch.test_accuracy);
        Ok(last.unwrap_or(f64::NAN))
    };
    let threads = threads(options.threads);
    let trials = Trials::new(seeds.len() * sides.len(), threads, progress);
    let accuracies = trials.kept("run", seeds.len() * sides.len(), |at| {
        one(seeds[at / sides.len()], sides[at % sides.len()])
    })?;
    let of = |(at, side): (usize, &ControlSide)| {
        let own = accuracies.iter().skip(at).step_by(sides.len());
        (*side, own.copied().collect())
    };
    let by_side = sides.iter().enumerate().map(of).collect();
    let figure = format!(
        "percent right of unseen samples, engine {:?}, {} epochs",
        options.engine, options.epochs
    );
    let mut report = ControlsReport::new(figure, Better::Larger, seeds, by_side);
    report.factor = 100.0;
    Ok(report)
}
