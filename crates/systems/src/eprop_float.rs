//! E-prop in f64 on any case file in the layout of the golden `eprop-*.json`.

use seamount_reference::case::{CaseError, CaseResult, RunOptions, run_case_text};
pub use seamount_reference::eprop::Method;
use seamount_study::text;
use seamount_study::{LabError, Progress};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone)]
pub struct EpropFloatOptions {
    /// The case, as JSON.
    pub case: PathBuf,
    /// How many sequences; else what the file asks for.
    pub sequences: Option<usize>,
    /// Keep every state, gradient and weight of every sequence.
    pub record: bool,
    /// How gradients are summed.
    pub method: Method,
}

impl EpropFloatOptions {
    /// What the file asks for, with eligibility traces, without recording.
    pub fn new(case: impl Into<PathBuf>) -> Self {
        EpropFloatOptions {
            case: case.into(),
            sequences: None,
            record: false,
            method: Method::Traces,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct EpropFloatReport {
    /// The file.
    pub case: String,
    /// Losses, spikes, weights.
    #[serde(flatten)]
    pub result: CaseResult,
    /// Seconds, wall clock, reading included.
    pub wall_s: f64,
}

/// Reads and runs a case.
pub fn run(options: &EpropFloatOptions, progress: Progress) -> Result<EpropFloatReport, LabError> {
    let path = &options.case;
    if options.sequences == Some(0) {
        return Err(LabError::Option("at least one sequence".into()));
    }
    let json = text::read(path)?;
    progress(0, 1);
    let start = Instant::now();
    let choice = RunOptions {
        sequences: options.sequences,
        record: options.record,
        method: options.method,
    };
    let result = run_case_text(&json, &choice).map_err(|error| match error {
        CaseError::Findings(findings) => text::wrong(path, text::lines(findings)),
        syntax => text::wrong(path, syntax),
    })?;
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
