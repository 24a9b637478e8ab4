//! Evidence accumulation over seeds, beside controls, and beside float e-prop at the rates in
//! force: late by as much as the chip, with the same targets, halvings and samples.

use super::float::{self, sequence, task};
use super::recipe::{EvidenceOptions, FRESH, RECALL_STEPS, class, network, run};
use crate::eprop::chip::ChipNetwork;
use crate::eprop::controls::{Better, ControlSide, ControlsReport};
use crate::eprop::show::LATENCY;
use seamount_reference::eprop::{Eligibility, Late, LateInput, LateRule, Psi, Sequence, Weights};
use seamount_session::Failure;
use seamount_study::Progress;
use seamount_study::trials::Trials;

/// Seeds of the controls, if the options name no number.
const SEEDS: u32 = 10;

/// Share of wrong decisions after the last sample, over seeds and sides.
///
/// # Errors
/// As [`run`].
pub fn controls(options: &EvidenceOptions, progress: Progress) -> Result<ControlsReport, Failure> {
    let last_seed = options.seed + u64::from(options.seeds.unwrap_or(SEEDS));
    let seeds: Vec<u64> = (options.seed..last_seed).collect();
    let sides: Vec<ControlSide> = ControlSide::all().collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let trials = Trials::new(seeds.len() * sides.len(), threads, progress);
    let errors = trials.kept("run", seeds.len() * sides.len(), |at| {
        last_error(options, seeds[at / sides.len()], sides[at % sides.len()])
    })?;
    let of = |(at, side): (usize, &ControlSide)| {
        let own = errors.iter().skip(at).step_by(sides.len());
        (*side, own.copied().collect())
    };
    let by_side = sides.iter().enumerate().map(of).collect();
    let figure = format!(
        "percent wrong of {} fresh samples, after {}",
        options.tests, options.samples
    );
    let mut report = ControlsReport::new(figure, Better::Smaller, seeds, by_side);
    report.factor = 100.0;
    let rates = network(&task(options.seed), options, 0)?.rates;
    report.notes.push(format!(
        "rates in force at the start: {:.2e} (input, recurrent) and {:.2e} (readout), halved after \
         every {} samples",
        rates.recurrent,
        rates.readout,
        options.halve_every()
    ));
    Ok(report)
}

/// Share of wrong decisions at the end, of one seed and side.
fn last_error(options: &EvidenceOptions, seed: u64, side: ControlSide) -> Result<f64, Failure> {
    let own = EvidenceOptions {
        seed,
        intervention: side.intervention(),
        // only the end counts
        test_every: options.samples,
        ..options.clone()
    };
    if side == ControlSide::Float {
        return float_error(&own);
    }
    let report = run(&own, Progress::UNSEEN)?;
    Ok(report.points.last().map_or(f64::NAN, |point| point.error))
}

/// The same of float e-prop that is as late as the chip.
fn float_error(options: &EvidenceOptions) -> Result<f64, Failure> {
    let task = task(options.seed);
    let mut weights = task.weights.clone();
    let mut learner = None;
    for index in 0..options.samples {
        let halvings = options.halvings(index);
        if learner.is_none() || halvings > options.halvings(index - 1) {
            let chip = network(&task, options, halvings)?;
            learner = Some(late(options, &chip, weights.clone()));
        }
        let learner = learner.as_mut().expect("made before the first sample");
        show(
            learner,
            &sequence(options.seed, index),
            Some(options.target),
        )?;
        learner.rest();
        weights = learner.weights().clone();
    }
    let chip = network(&task, options, 0)?;
    let mut wrong = 0;
    for at in 0..options.tests {
        let mut still = late(options, &chip, weights.clone());
        let right = show(&mut still, &sequence(options.seed, FRESH + at), None)?;
        wrong += u64::from(!right);
    }
    Ok(wrong as f64 / options.tests as f64)
}

/// A float network with the rates of a chip's.
fn late(options: &EvidenceOptions, chip: &ChipNetwork, weights: Weights) -> Late {
    let task = task(options.seed);
    let rates = chip.rates;
    let rule = LateRule {
        latency_steps: LATENCY as usize,
        rates: [rates.recurrent, rates.recurrent, rates.readout],
        psi: Psi::Triangle,
        eligibility: Eligibility::Filtered,
        readout_limit: None,
        rate_keep: chip.rate_keep,
        rate_gain: options.regularisation,
        weight_limits: [options.full; 3],
    };
    Late::new(float::network(), rule, weights, &task.feedback)
}

/// Shows a sample, with targets in the recall if it is to be learned from; whether the readout of
/// the right class is the higher one in the mean over the recall.
fn show(learner: &mut Late, sequence: &Sequence, target: Option<f64>) -> Result<bool, Failure> {
    let class = class(sequence)?;
    let recall = sequence.input.len() - RECALL_STEPS as usize;
    let of = |target: f64| [0, 1].map(|k| if k == class { target } else { -target });
    let targets = target.map(of);
    let mut sums = [0.0; 2];
    for (t, input) in sequence.input.iter().enumerate() {
        let asked = t >= recall;
        let y = learner.step(LateInput {
            input,
            target: targets.as_ref().filter(|_| asked).map(|t| &t[..]),
            spikes: None,
        });
        if asked {
            sums.iter_mut().zip(y).for_each(|(sum, y)| *sum += y);
        }
    }
    Ok((sums[1] > sums[0]) == (class == 1))
}
