//! `seamount validate`: a learning rule on the chip beside its float meaning.

use crate::failure::{Failure, Kind};
use crate::page_args::{PageArgs, folder_for};
use crate::screen::{self, Gauge};
use clap::Args;
use seamount_report::{Page, told_cards};
use seamount_session::files::{self, Outputs};
use seamount_systems::validate::{self, Answer, Arithmetic, Demand, Manner};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Help of `validate`.
pub const HELP: &str = "\
Example: seamount validate examples/rules/pair-stdp.toml --self-test

The file is TOML; examples/rules has one of each kind, with comments, and a README.
  [rule]       dw, dd, dt in Lava's text; profile loihi1 (unless it says otherwise) or wide; epoch;
               rounding; d_is_tag; x_before_impulse; traces x1, x2, y1, y2, y3 = { impulse, tau or k };
               reward = { impulse, tau or k }; loihi1 = { dw, dd, dt }: what the chip runs in loihi1
  [network]    sources, targets, probability, weights (one or [low, high]), sign_mode, weight_bits,
               weight_exponent, delay, seed, neuron = { tau_u, tau_v, threshold, refractory }
  [stimulus]   steps, seed; sources, targets, rewards = { rate }, { every, phase, shift }, { spikes }
  [reference]  rule: equations to hold chip and text against (pair-stdp, triplet-stdp, r-stdp, oja,
               bcm, diehl-cook) with their parameters; or dw: a .npy of changes, [synapses] or
               [rows, synapses], {seed} in its name stands for the seed. Without it the text itself
               is evaluated in floats
  [float]      spikes = \"chip\" (the float rule sees the spikes of the chip's targets: the rule alone
               is compared) or \"own\" (float neurons under float weights: the whole loop is compared)
  [report]     every: steps between rows
  [tolerance]  limits of the verdict; the report names each with its key

Or e-prop with everything on the chip, beside float e-prop whose learning signal is as late:
  [eprop]      task = \"pattern\", \"evidence\", \"cue-tags\" or \"cue-traces\"; seed, sequences,
               latency (of the float side, steps); but for cues rate_recurrent, rate_readout,
               full (largest weight)
  [tolerance]  as above

Or any network that learns, beside numbers of your own:
  [netlist]    network, input and signal (lists of files; signal is what the self-test takes away),
               steps, every, board, seed
  [reference]  PROJECTION = a .npy of changes, as above
  [tolerance]  as above, of the worst projection

Numbers are medians over seeds 1 to 10; a limit holds if the interval of the median does.
Exit codes: 0 within all tolerances; 1 a tolerance is exceeded; 2 the file or the command line is
wrong (all findings on stderr), or nothing was measured; 4 a result cannot be written.
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
    /// A page of the report
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// Judge seeds 1 to N; a limit holds if the interval of the median does
    #[arg(long, value_name = "N", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub seeds: u64,
    /// Hold the verdict against chips that are broken on purpose: it must fail for each
    #[arg(long)]
    pub self_test: bool,
    /// Arithmetic of the learning engine instead of the file's; `all`: a table of the verdict in
    /// each
    #[arg(long, value_name = "NAME", conflicts_with = "self_test",
        value_parser = ["loihi1", "wide", "no-second-tag", "all"])]
    pub arithmetic: Option<String>,
    /// Changes of the weights to hold the chip against, instead of the file's reference: an array
    /// of [synapses] or [rows, synapses]
    #[arg(long, value_name = "DW.npy")]
    pub reference: Option<PathBuf>,
}

/// Largest rule file that is read, bytes.
const FILE_BYTES_MAX: u64 = 1 << 24;

/// Runs a rule file; whether it passes.
pub fn run(args: &ValidateArgs, json: bool) -> Result<bool, Failure> {
    let inputs = [&args.file].into_iter().chain(&args.reference);
    args.page.expect(inputs.map(PathBuf::as_path))?;
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
    let progress = Gauge::new("parts");
    let folder = args.file.parent().unwrap_or_else(|| Path::new(""));
    let mut question = file.located(folder);
    if let Some(path) = &args.reference {
        question = question
            .against(path)
            .map_err(|problem| Failure::usage("--reference", problem))?;
    }
    let named = |name: &String| Arithmetic::ALL.into_iter().find(|a| a.name() == name);
    if let Some(arithmetic) = args.arithmetic.as_ref().and_then(named) {
        question = question.computed_in(arithmetic);
    }
    let asked = match (args.self_test, args.arithmetic.as_deref()) {
        (true, _) => Demand::SelfTest,
        (false, Some("all")) => Demand::EveryArithmetic,
        (false, _) => Demand::Verdict,
    };
    let manner = Manner::over(args.seeds).asking(asked);
    let report = validate::answer(
        &question,
        manner,
        seamount_study::Progress::seen(&|done, all| progress.set(done, all)),
    )
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
    folder_for(folder)?;
    Outputs::expect(&[&folder.join("table.csv")])
}

/// The page of a report.
fn page(args: &ValidateArgs, report: &Answer) -> Page {
    let verdict = match report.passed() {
        true => "Within all tolerances.",
        false => "A tolerance is exceeded.",
    };
    let title = format!("Validation of {}", args.file.display());
    Page::new(title, verdict).with(told_cards(&report.to_string(), report.pictures()))
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
                .map(|(name, picture)| (folder.join(format!("{name}.svg")), picture.svg())),
        );
    }
    if let Some(path) = &args.page.html {
        all.push((path.clone(), page(args, report).html()));
    }
    let mut outputs = Outputs::default();
    for (path, text) in &all {
        outputs.stage(path, |out| out.write_all(text.as_bytes()))?;
    }
    outputs.commit()
}
