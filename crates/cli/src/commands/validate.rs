//! `seamount validate`: a learning rule on the chip beside its float meaning.

use crate::failure::{Failure, Kind};
use crate::screen::{self, Progress};
use clap::Args;
use seamount_session::files::{self, Outputs};
use seamount_systems::validate::{self, Answer};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Help of `validate`.
pub const HELP: &str = "\
Example: seamount validate examples/rules/pair-stdp.toml --svg pictures

The file is TOML; examples/rules has one of each kind, with comments, and a README.
  [rule]       dw, dd, dt in Lava's text; profile wide or loihi1; epoch; rounding; d_is_tag;
               x_before_impulse; traces x1, x2, y1, y2, y3 = { impulse, tau or k }; reward = { impulse, tau or k }
  [network]    sources, targets, probability, weights (one or [low, high]), sign_mode, weight_bits,
               weight_exponent, delay, seed, neuron = { tau_u, tau_v, threshold, refractory }
  [stimulus]   steps, seed; sources, targets, rewards = { rate } or { every, phase, shift } or { spikes }
  [float]      spikes = \"chip\" (the float rule sees the spikes of the chip's targets: the rule alone is
               compared) or \"own\" (float neurons under float weights: the whole loop is compared)
  [report]     every: steps between rows
  [tolerance]  limits of the verdict; the report names each with its key

Or e-prop with everything on the chip, beside float e-prop whose learning signal is as late:
  [eprop]      task = \"pattern\", \"evidence\", \"cue-tags\" or \"cue-traces\"; seed, sequences, latency (of the
               float side, steps); but for cues rate_recurrent, rate_readout, full (largest weight)
  [tolerance]  as above

Exit codes: 0 within all tolerances; 1 a tolerance is exceeded; 2 the file or the command line is wrong
(all findings on stderr); 4 a result cannot be written.
With --json the report is JSON on stdout; errors are {\"error\": kind, \"findings\": [...]}.";

/// `validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Rule, network, stimulus, tolerances
    #[arg(value_name = "RULE.toml")]
    pub file: PathBuf,
    /// Write the report's tables into this folder: errors, weights, rounding, ablation, verdict
    #[arg(long, value_name = "DIR")]
    pub csv: Option<PathBuf>,
    /// Write the report's pictures into this folder
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,
}

/// Largest rule file that is read, bytes.
const FILE_BYTES_MAX: u64 = 1 << 24;

/// Runs a rule file; whether it passes.
pub fn run(args: &ValidateArgs, json: bool) -> Result<bool, Failure> {
    let text = files::text(&args.file, FILE_BYTES_MAX).map_err(|mut failure| {
        // a rule file that is not there is as wrong as one that is no rule: codes 0 and 1 are
        // verdicts
        failure.kind = Kind::Input;
        failure
    })?;
    let file = validate::open(&text)
        .map_err(|found| Failure::new(Kind::Input, args.file.display(), found))?;
    [&args.csv, &args.svg]
        .into_iter()
        .flatten()
        .try_for_each(|folder| make(folder))?;
    let progress = Progress::new(if matches!(file, validate::Question::Eprop(_)) {
        "sequences"
    } else {
        "parts"
    });
    let report = validate::answer(&file, &|done, all| progress.set(done, all))
        .map_err(|e| Failure::new(Kind::Input, args.file.display(), e.lines()))?;
    drop(progress);
    report
        .warnings()
        .iter()
        .for_each(|warning| screen::say(&format!("warning: {warning}\n")));
    if json {
        screen::print_json(&report)?;
    } else {
        screen::print(&format!("{report}\n"))?;
    }
    write(args, &report)?;
    Ok(report.passed())
}

/// Makes a folder, and finds out before the work whether files can be written there.
fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|e| Failure::write(folder, &e))?;
    Outputs::expect(&[&folder.join("table.csv")])
}

/// All files, or none.
fn write(args: &ValidateArgs, report: &Answer) -> Result<(), Failure> {
    let mut all: Vec<(PathBuf, String)> = vec![];
    if let Some(folder) = &args.csv {
        all.extend(
            report
                .tables()
                .into_iter()
                .map(|(name, text)| (folder.join(name), text)),
        );
    }
    if let Some(folder) = &args.svg {
        all.extend(
            report
                .pictures()
                .into_iter()
                .map(|(name, text)| (folder.join(name), text)),
        );
    }
    let mut outputs = Outputs::default();
    for (path, text) in &all {
        outputs.stage(path, |out| out.write_all(text.as_bytes()))?;
    }
    outputs.commit()
}
