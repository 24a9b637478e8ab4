//! `eprop-float`: e-prop in f64 on any case file in the layout of the golden `eprop-*.json`.
//!
//! Everything that learns is [`seamount_reference::eprop`], everything that a file may say
//! [`seamount_reference::case`]; this is the command around them. Nothing of it runs on a chip.

use crate::word::{Word, one_of};
use clap::Args;
use seamount_reference::case::{CaseError, CaseResult, RunOptions, run_case_text};
pub use seamount_reference::eprop::Method;
use seamount_session::Failure;
use seamount_study::experiment::{Experiment, ReportForm};
use seamount_study::{Progress, text};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Options of a case.
#[derive(Debug, Clone, Serialize, Args)]
pub struct EpropFloatOptions {
    /// The case
    #[arg(long, value_name = "FILE.json")]
    pub case: PathBuf,
    /// How many sequences to run; as many as the file asks for if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub sequences: Option<u32>,
    /// Add every state, gradient and weight of every sequence to the JSON
    #[arg(long)]
    pub record: bool,
    /// How gradients are summed; equal up to rounding
    #[arg(long, value_name = "METHOD", default_value = "traces", value_parser = one_of(&METHODS))]
    pub method: Method,
}

/// The words of `--method`.
static METHODS: [Word<Method>; 2] = [
    Word::new(
        "traces",
        "Eligibility traces forward in time, as published",
        Method::Traces,
    ),
    Word::new(
        "adjoint",
        "The same sum rearranged: faster where spikes are few",
        Method::Adjoint,
    ),
];

impl Default for EpropFloatOptions {
    /// Options of a case without a path, which [`EpropFloatOptions::new`] gives.
    fn default() -> Self {
        EpropFloatOptions::new("")
    }
}

impl EpropFloatOptions {
    /// Options that ask for what the file says, with eligibility traces, without recording.
    pub fn new(case: impl Into<PathBuf>) -> Self {
        EpropFloatOptions {
            case: case.into(),
            sequences: None,
            record: false,
            method: Method::Traces,
        }
    }
}

/// `seamount lab eprop-float`
pub struct EpropFloat;

impl Experiment for EpropFloat {
    const NAME: &'static str = "eprop-float";
    const ABOUT: &'static str =
        "E-prop in f64 on a case file: weights, input spikes and targets in, losses out";
    const HELP: &'static str = "\
Example: seamount lab eprop-float --case fixtures/golden/eprop-sine-lif.json --sequences 200

The case is one JSON file:
  params    T (steps), LW (learning window), tau_m, tau_out, tau_a (ms), v_th, beta (one number or
            one a neuron; 0 is LIF), ref, h and w (surrogate), loss mse or ce, c_reg, f_target,
            avg, batch, feedback (random, symmetric, adaptive), optimizer {type gd or adam, eta,
            ...}
  weights   w_in, w_rec, w_out and, unless feedback is symmetric, B_rec_by_out; [post][pre]
  input_spike_steps...   [neuron][steps], or [sequence][neuron][steps]
  target                 [T], [T][output], [sequence][T] or [sequence][T][output]; or
  target_class           one class, or one a sequence
  n_sequences            how many to run; those given repeat
Everything that is wrong with a file is listed at once, by its place (params.tau_m,
weights.w_in[3]).

--json prints losses (one an update: the mean over its batch), accuracies (if targets are
classes), spike_counts, final_weights and, with --record, of every sequence V, Z, psi, thr, y,
error, L, g_in, g_rec, g_out and the weights after it.";
    const COUNTS: &'static str = "cases";
    type Options = EpropFloatOptions;
    type Report = EpropFloatReport;

    fn check(options: &EpropFloatOptions, form: ReportForm) -> Result<(), Failure> {
        if options.record && form == ReportForm::Text {
            let problem = "what is recorded goes into the JSON; add --json";
            return Err(Failure::option("record", problem));
        }
        Ok(())
    }

    fn run(options: &EpropFloatOptions, progress: Progress) -> Result<EpropFloatReport, Failure> {
        run(options, progress)
    }
}

/// Losses, spikes and weights of a case.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EpropFloatReport {
    /// Path of the case.
    pub case: String,
    /// Losses, spikes, weights.
    #[serde(flatten)]
    pub result: CaseResult,
    /// Seconds, wall clock, reading included.
    pub wall_s: f64,
}

/// What is wrong with a case, all of it, with the name of the file.
pub(crate) fn case_error(path: &Path, error: CaseError) -> Failure {
    match error {
        CaseError::Findings(findings) => text::wrong(path, text::lines(findings)),
        syntax => text::wrong(path, syntax),
    }
}

/// Reads and runs a case.
///
/// # Errors
/// Everything that is wrong with the file, at once.
pub fn run(options: &EpropFloatOptions, progress: Progress) -> Result<EpropFloatReport, Failure> {
    let path = &options.case;
    if options.sequences == Some(0) {
        return Err(Failure::call("at least one sequence"));
    }
    let json = text::read(path)?;
    progress(0, 1);
    let start = Instant::now();
    let choice = RunOptions {
        sequences: options.sequences.map(|n| n as usize),
        record: options.record,
        method: options.method,
    };
    let result = run_case_text(&json, &choice).map_err(|error| case_error(path, error))?;
    progress(1, 1);
    Ok(EpropFloatReport {
        case: path.display().to_string(),
        result,
        wall_s: start.elapsed().as_secs_f64(),
    })
}

impl fmt::Display for EpropFloatReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = &self.result;
        let weights = &result.final_weights;
        writeln!(
            f,
            "e-prop in f64 on {}: {} inputs, {} recurrent neurons, {} outputs",
            self.case,
            weights.w_in.cols(),
            weights.w_in.rows(),
            weights.w_out.rows()
        )?;
        for key in &result.ignored {
            writeln!(f, "note: {key} means nothing here")?;
        }
        match &result.accuracies {
            None => writeln!(f, "update  loss")?,
            Some(_) => writeln!(f, "update  accuracy  loss")?,
        }
        for (at, loss) in result.losses.iter().enumerate() {
            let accuracy = result
                .accuracies
                .as_ref()
                .map(|a| format!("{:>8.4}  ", a[at]));
            writeln!(f, "{:>6}  {}{loss}", at + 1, accuracy.unwrap_or_default())?;
        }
        let spikes: usize = result.spike_counts.iter().sum();
        write!(
            f,
            "{} sequences, {:.1} recurrent spikes each, {:.2} s",
            result.spike_counts.len(),
            spikes as f64 / result.spike_counts.len().max(1) as f64,
            self.wall_s
        )
    }
}
