//! `seamount run`

mod args;
mod pictures;
mod time;

pub use args::{HELP, RunArgs, Switch};

use crate::failure::{Failure, Kind};
use crate::screen::{self, Gauge, Waiting};
use crate::signals::Patience;
use seamount::{
    Chip, EventCounts, Kept, LimitPolicy, NetworkFile, RunOptions, RunOutcome, RunPiece, RunReport,
    add_probes,
};
use seamount_report::RunCounts;
use seamount_session::checkpoint::{decode, digest, encode};
use seamount_session::files::{self, Outputs, same};
use seamount_session::{
    Placed, RunKeeping, RunWatch, RunsNetwork, add_probes_to_look_at, profiles, set_chosen,
    write_recordings,
};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Most steps whose events are written one by one.
const PER_STEP_MAX: u64 = 20_000_000;

/// Runs an image or a network.
pub fn run(args: &RunArgs, json: bool) -> Result<(), Failure> {
    let load = |placed: Placed, limits| {
        placed.ask_for_memory()?;
        Ok(Chip::load(placed.prove(limits)?))
    };
    run_on(args, json, load, |_| {})
}

/// Runs an image or a network on whatever `load` makes of it; `end` sees it when the report is out.
///
/// # Errors
/// Everything that is wrong with arguments and files; what `load` finds; what cannot be written.
pub fn run_on<C: RunsNetwork>(
    args: &RunArgs,
    json: bool,
    load: impl FnOnce(Placed, LimitPolicy) -> Result<C, Failure>,
    end: impl FnOnce(&C),
) -> Result<(), Failure> {
    let mut profiles = profiles(&args.profile)?;
    set_chosen(&mut profiles, &args.time.set)?;
    args.time.check()?;
    check_outputs(args)?;
    let (placed, limits) = open(args)?;
    let mut chip = load(placed, limits)?;
    let events = args.input.events();
    let train = events.for_program(chip.program())?;
    take_over(args, &mut chip)?;
    // What the network and the profiles brought along is known only now.
    check_outputs(args)?;
    let watched = args.time.watched();
    let options = run_options(args, watched.needs_record());
    let mut watch = RunWatch::new(&watched, chip.program(), &profiles)?;
    if args.per_step.is_some() && args.steps > PER_STEP_MAX {
        let problem = format!("at most {PER_STEP_MAX} steps; run in pieces with --save-state");
        return Err(Failure::option("per-step", problem));
    }
    let kept = kept_of(args, &chip);
    let notes = RefCell::new(Notes::new(&chip));
    let written = || encode(&*notes.borrow());
    let mut keeping = keep(args, &mut chip, kept, &written)?;
    take_up(keeping.as_mut(), &notes)?;
    let progress = Gauge::new("steps");
    let patience = Patience::new();
    let mut observe = |piece: &RunPiece| {
        watch.observe(piece.record);
        notes.borrow_mut().add(piece, args.per_step.is_some());
        progress.set(piece.done, piece.steps);
        match patience.is_asked() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let steps = args.steps;
    let outcome = match &mut keeping {
        None => chip.run_train(steps, &train, &options, kept, &mut observe),
        Some(keeping) => chip.run_kept(steps, &train, &options, kept, keeping, &mut observe),
    }?;
    drop(progress);
    drop(keeping);
    let Notes { per_step, counts } = notes.into_inner();
    // What comes now is short, and a second signal may end it.
    drop(patience);
    let mut report = RunReport::new(chip.image(), chip.program(), &outcome, &profiles);
    let time = watch.times(&report.energy);
    report = report.timed(time);
    report.input_events = train.len();
    let mut more = args.time.files(&mut watch, &report);
    more.extend((args.pictures).files(&report, &chip, &outcome, &counts, &watch));
    let written = write(args, &outcome, &per_step, &mut chip, &more);
    report.files = written.as_ref().map_or(vec![], Clone::clone);
    match json {
        true => screen::print_json(&report)?,
        false => screen::print(&report.to_string())?,
    }
    end(&chip);
    written?;
    match outcome.steps < args.steps {
        true => Err(interrupted(args, &outcome)),
        false => Ok(()),
    }
}

/// What is kept of recordings: what is written or drawn.
fn kept_of(args: &RunArgs, chip: &impl RunsNetwork) -> Kept {
    let drawn = args.pictures.wanted() && args.pictures.fits(chip, args.steps);
    match args.out.is_some() || drawn {
        true => Kept::Values,
        false => Kept::Sums,
    }
}

/// How the chip is run.
fn run_options(args: &RunArgs, needs_record: bool) -> RunOptions {
    let mut options = RunOptions::new().threads(usize::from(args.threads));
    options.vectors = args.simd == Switch::On;
    options.per_step = args.per_step.is_some() || args.pictures.wanted();
    options.record = needs_record;
    options
}

/// What the command notes of a run while it goes on; a checkpoint has it too.
#[derive(Serialize, Deserialize)]
struct Notes {
    /// The events of every step as CSV.
    per_step: Vec<u8>,
    /// For pictures.
    counts: RunCounts,
}

impl Notes {
    fn new(chip: &impl RunsNetwork) -> Notes {
        Notes {
            per_step: vec![],
            counts: RunCounts::new(chip.step() + 1),
        }
    }

    fn add(&mut self, piece: &RunPiece, per_step: bool) {
        if per_step {
            for (step, counts) in (piece.first..).zip(piece.per_step) {
                csv_line(&mut self.per_step, step, counts);
            }
        }
        self.counts.add(piece.per_step);
    }
}

/// Opens the checkpoint, if one is asked for, and goes back to where it was cut off.
fn keep<'a>(
    args: &RunArgs,
    chip: &mut impl RunsNetwork,
    kept: Kept,
    notes: &'a dyn Fn() -> Vec<u8>,
) -> Result<Option<RunKeeping<'a>>, Failure> {
    let Some(options) = args.kept.options() else {
        return Ok(None);
    };
    if args.time.watched().needs_record() {
        let problem = "keeps no clocks and no packets: it goes with --fidelity count only, \
                       and without --heat-map";
        return Err(Failure::option("checkpoint", problem));
    }
    let files = (args.input.input.iter())
        .chain(&args.load_state)
        .chain(&args.noise_replay)
        .chain(&args.learning_replay);
    let mut inputs = String::new();
    for path in files {
        let bytes = files::read(path, u64::MAX >> 1)?;
        inputs += &format!("{} {} ", path.display(), digest(&bytes));
    }
    let flags = [
        ("inputs", inputs),
        ("recordings", format!("{kept:?}")),
        ("events of steps", format!("{}", args.per_step.is_some())),
        ("pictures", format!("{}", args.pictures.wanted())),
        ("seamount", env!("CARGO_PKG_VERSION").into()),
    ];
    chip.keep(&options, flags, notes).map(Some)
}

/// Takes over what was noted in the checkpoint that the run goes on from.
fn take_up(keeping: Option<&mut RunKeeping<'_>>, notes: &RefCell<Notes>) -> Result<(), Failure> {
    if let Some(found) = keeping.and_then(RunKeeping::noted) {
        let found = decode(&found).map_err(|problem| Failure::option("resume", problem))?;
        notes.replace(found);
    }
    Ok(())
}

/// Gives the chip the recorded random numbers and the state that the run begins with.
fn take_over(args: &RunArgs, chip: &mut impl RunsNetwork) -> Result<(), Failure> {
    if let Some(path) = &args.noise_replay {
        chip.replay_noise_file(path)?;
    }
    if let Some(path) = &args.learning_replay {
        chip.replay_learning_file(path)?;
    }
    match &args.load_state {
        Some(path) => chip.restore_file(path),
        None => Ok(()),
    }
}

/// That a signal stopped the run, and how to go on.
fn interrupted(args: &RunArgs, outcome: &RunOutcome) -> Failure {
    let last = outcome.before + outcome.steps;
    let left = args.steps - outcome.steps;
    let stopped = format!(
        "stopped by a signal after step {last}, with {left} steps left; \
         everything up to that step is written"
    );
    let go_on = match &args.save_state {
        _ if args.kept.checkpoint.is_some() => "to go on: the same command with --resume".into(),
        Some(path) => format!(
            "to go on: --load-state {} --steps {left}, with other names for what is written",
            path.display()
        ),
        None => "with --checkpoint FILE (or --save-state FILE) a run that is stopped can go on \
                 later"
            .into(),
    };
    Failure::new(Kind::Interrupted, "run", [stopped, go_on])
}

/// The network with the probes that are asked for, and whether it may break limits.
fn open(args: &RunArgs) -> Result<(Placed, LimitPolicy), Failure> {
    let limits = if args.ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    };
    let _waiting = Waiting::new("loading the network");
    let file = NetworkFile::read(&args.file.file)?;
    let mut placed = file.image(&args.source.options(), limits)?;
    add_probes(&mut placed.image, &args.probe)?;
    if args.pictures.wanted() && args.out.is_none() {
        add_probes_to_look_at(&mut placed.image);
    }
    let image = &placed.image;
    let probes = !image.probes.is_empty() || !image.learning.probes.is_empty();
    if args.out.is_some() && !probes && image.management.reads.is_empty() {
        let problem = "nothing to write: the network has no probes; add --probe";
        return Err(Failure::option("out", problem));
    }
    Ok((placed, limits))
}

/// The events of a step as a line of CSV.
fn csv_line(out: &mut Vec<u8>, step: u64, counts: &EventCounts) {
    out.extend(step.to_string().bytes());
    for value in counts.values() {
        out.extend(format!(",{value}").bytes());
    }
    out.push(b'\n');
}

/// Finds out before a long run whether its results can be written.
fn check_outputs(args: &RunArgs) -> Result<(), Failure> {
    let kept = &args.kept.checkpoint;
    let outputs: Vec<&Path> = [&args.out, &args.per_step, &args.save_state, kept]
        .into_iter()
        .flatten()
        .chain(&args.pictures.page.html)
        .chain(args.time.outputs())
        .map(AsRef::as_ref)
        .collect();
    let inputs = args
        .input
        .input
        .iter()
        .chain([&args.file.file])
        .chain(&args.noise_replay)
        .chain(&args.learning_replay);
    for path in inputs {
        if outputs.iter().any(|o| same(o, path)) {
            return Err(Failure::new(
                Kind::Usage,
                path.display(),
                ["is both read and written"],
            ));
        }
    }
    Outputs::expect(&outputs)?;
    args.pictures.expect()
}

fn write(
    args: &RunArgs,
    outcome: &RunOutcome,
    per_step: &[u8],
    chip: &mut impl RunsNetwork,
    more: &[(PathBuf, Vec<u8>)],
) -> Result<Vec<String>, Failure> {
    let mut outputs = Outputs::default();
    let mut files = vec![];
    if let Some(path) = &args.out {
        outputs.stage(path, |out| write_recordings(path, &outcome.recorded(), out))?;
        files.push(path);
    }
    if let Some(path) = &args.per_step {
        outputs.stage(path, |out| {
            writeln!(out, "step,{}", EventCounts::NAMES.join(","))?;
            out.write_all(per_step)
        })?;
        files.push(path);
    }
    if let Some(path) = &args.save_state {
        let state = chip.snapshot()?;
        outputs.stage(path, |out| out.write_all(&state))?;
        files.push(path);
    }
    for (path, bytes) in more {
        outputs.stage(path, |out| out.write_all(bytes))?;
        files.push(path);
    }
    outputs.commit()?;
    Ok(files.iter().map(|p| p.display().to_string()).collect())
}
