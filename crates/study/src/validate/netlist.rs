//! Any network that learns, held against numbers that a user has computed.
//!
//! The network is a file like any other (several layers, recurrent, with programs, written traces,
//! errors of each neuron as graded spikes) and runs as `seamount run` runs it. Its float side is
//! the user's: an array of the changes of the weights for each projection that is judged. This
//! module knows nothing of the rule, so it can judge rules that no text of sums of products can
//! say.

use super::chip::Frame;
use super::file::Quantity;
use super::fit::Fit;
use super::measure::{Course, variable};
use super::numbers::{ChangesFunction, OwnNumbers, ReferenceInput, of_seed};
use super::read::{FloatSide, SEED_MAX, Table};
use super::report::SeedRow;
use super::sabotage::{SelfTest, SelfTestRow};
use super::threads;
use super::verdict::{self, Check};
use crate::Progress;
use crate::spread::spread;
use seamount_chip::{Recording, RunOptions};
use seamount_diagnose::Field;
use seamount_network::netlist::{DwRounding, Netlist};
use seamount_session::{Chip, Events, Failure, NetworkFile, SourceOptions};
use seamount_spec::Board;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Most steps of a run.
const STEPS_MAX: i64 = 100_000_000;
/// Most rows of a run: each holds all weights.
const ROWS_MAX: u64 = 10_000;
/// Boards that are built in.
const BOARDS: [(&str, &str); 2] = [("loihi1", "loihi1"), ("loihi2", "loihi2")];

/// Quantities that a network with a user's numbers has.
const KNOWN: [Quantity; 12] = [
    Quantity::WeightMean,
    Quantity::WeightMax,
    Quantity::WeightP99,
    Quantity::Cosine,
    Quantity::SignAgreement,
    Quantity::MeanWeight,
    Quantity::GainLeast,
    Quantity::GainMost,
    Quantity::Correlation,
    Quantity::Noise,
    Quantity::Offset,
    Quantity::AtLimit,
];

/// A network, its input and what it should learn.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NetlistFile {
    /// For reports.
    pub title: String,
    /// File of the network.
    pub network: PathBuf,
    /// Files of the input; `{seed}` in a name stands for the seed.
    pub input: Vec<PathBuf>,
    /// Name of the board that the network is placed on.
    pub board: &'static str,
    /// Steps of a run.
    pub steps: u64,
    /// Steps between rows.
    pub every: u64,
    /// Seed of the chip in a file that is not judged over seeds.
    pub seed: u64,
    /// Further files of the input: those that carry the learning signal, which the self-test takes
    /// away.
    pub signal: Vec<PathBuf>,
    /// Projections that are judged, each with its changes as a user has computed them.
    pub changes: Vec<(String, OwnNumbers)>,
    /// Key and limit; each projection must hold it.
    pub tolerances: Vec<(&'static str, f64)>,
}

impl NetlistFile {
    /// The same file with everything that it names in a folder.
    #[must_use]
    pub fn located(mut self, folder: &Path) -> NetlistFile {
        let inputs = self.input.iter_mut().chain(&mut self.signal);
        let all = inputs.chain([&mut self.network]);
        all.for_each(|path| *path = folder.join(&path));
        let changes = self.changes.iter_mut();
        changes.for_each(|(_, numbers)| numbers.locate(folder));
        self
    }

    /// The same file with functions of a user in the place of its reference.
    #[must_use]
    pub fn against(mut self, functions: Vec<(String, ChangesFunction)>) -> NetlistFile {
        let functions = functions.into_iter();
        self.changes = functions
            .map(|(name, function)| (name, OwnNumbers::Function(function)))
            .collect();
        self
    }

    /// Seeds that are judged: the file's own where nothing depends on one.
    fn judged(&self, seeds: u64) -> Vec<u64> {
        let mut inputs = self.input.iter().chain(&self.signal);
        let seeded = inputs.any(|path| path.to_string_lossy().contains("{seed}"));
        if seeded
            || self
                .changes
                .iter()
                .any(|(_, numbers)| numbers.of_every_seed())
        {
            (1..=seeds).collect()
        } else {
            vec![self.seed]
        }
    }
}

/// Reads a file with a table `netlist`; `side` says whether it has a table `reference`.
pub fn read(root: &Table, side: FloatSide) -> NetlistFile {
    let title = root.may("title").text();
    let mut file = NetlistFile {
        title: title.map_or_else(|| "a network".into(), Into::into),
        network: PathBuf::new(),
        input: vec![],
        board: BOARDS[1].1,
        steps: 1,
        every: 1,
        seed: 1,
        signal: vec![],
        changes: vec![],
        tolerances: vec![],
    };
    if let Some(table) = root.may("netlist").table() {
        let texts = |key| {
            let items = table.may(key).items().unwrap_or_default();
            let texts = items.iter().filter_map(Field::text);
            texts
                .map(|text| PathBuf::from(text.as_ref()))
                .collect::<Vec<_>>()
        };
        let network = table.need("network").text();
        file.network = network.map(|path| path.as_ref().into()).unwrap_or_default();
        file.input = texts("input");
        file.signal = texts("signal");
        file.board = table.may("board").word(&BOARDS).unwrap_or(file.board);
        let steps = table.need("steps").whole_number(1..=STEPS_MAX);
        file.steps = steps.unwrap_or(1) as u64;
        let every = table.may("every").whole_number(1..=STEPS_MAX);
        file.every = every.map_or(file.steps, |every| every as u64);
        let rows = file.steps.div_ceil(file.every);
        if rows > ROWS_MAX {
            let field = table.may("every");
            field.rule(format!("{rows} rows, at most {ROWS_MAX}"));
        }
        file.seed = table.may("seed").whole_number(0..=SEED_MAX).unwrap_or(1) as u64;
        table.finish();
    }
    let reference = match side {
        FloatSide::OfFile => root.need("reference").table(),
        FloatSide::OfCaller => None,
    };
    if let Some(table) = reference {
        for (name, field) in table.rest() {
            let path = field.text();
            let path = path.map(|path| OwnNumbers::File(path.as_ref().into()));
            file.changes
                .extend(path.map(|path| (name.to_string(), path)));
        }
        if file.changes.is_empty() {
            let problem = "names no projection: projection = \"dw.npy\"";
            table.found().rule(table.place(), problem);
        }
    }
    let keys = KNOWN.map(|quantity| quantity.wording().key);
    for (key, limit) in super::read::limits(root, &keys) {
        let known = keys.iter().find(|known| **known == key);
        file.tolerances.extend(known.map(|known| (*known, limit)));
    }
    file
}

/// A projection on the chip beside the user's numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProjectionReport {
    /// Name of the projection.
    pub name: String,
    /// Number of synapses.
    pub synapses: usize,
    /// Weights by row.
    pub weights: Course,
    /// Gain, offset and noise of the changes; absent where the user's are all 0.
    pub fit: Option<Fit>,
    /// Share of weights that ended where the smallest or the largest of them is.
    pub at_limit_share: f64,
}

impl ProjectionReport {
    fn new(name: &str, chip: &[Frame], float: &[Frame]) -> ProjectionReport {
        let last = &chip.last().expect("a run has a start").variables[0];
        let limited = last
            .iter()
            .filter(|w| **w <= -256.0 || **w >= 254.0)
            .count();
        ProjectionReport {
            name: name.into(),
            synapses: last.len(),
            weights: variable("w", 0, chip, float),
            fit: Fit::of(&super::report::moved(chip), &super::report::moved(float)),
            at_limit_share: limited as f64 / (last.len() as f64).max(1.0),
        }
    }

    fn value(&self, quantity: Quantity) -> Option<f64> {
        let last = self.weights.last();
        let fit = || self.fit.as_ref();
        match quantity {
            Quantity::WeightMean => Some(last.errors.mean),
            Quantity::WeightMax => Some(last.errors.max),
            Quantity::WeightP99 => Some(last.errors.p99),
            Quantity::Cosine => last.cosine,
            Quantity::SignAgreement => last.same_sign,
            Quantity::MeanWeight => Some((last.chip - last.float).abs()),
            Quantity::GainLeast | Quantity::GainMost => Some(fit()?.gain),
            Quantity::Correlation => Some(fit()?.correlation),
            Quantity::Noise => Some(fit()?.relative_noise()),
            Quantity::Offset => Some(fit()?.relative_offset()),
            Quantity::AtLimit => Some(self.at_limit_share),
            _ => None,
        }
    }
}

/// The numbers of a seed that can have limits: of each the worst projection.
fn row(seed: u64, projections: &[ProjectionReport]) -> SeedRow {
    let worst = |quantity: Quantity| {
        let wording = quantity.wording();
        let values: Option<Vec<f64>> = projections.iter().map(|p| p.value(quantity)).collect();
        let worse = if wording.at_least { f64::min } else { f64::max };
        Some((wording.key, values?.into_iter().reduce(worse)?))
    };
    SeedRow {
        seed,
        values: KNOWN.into_iter().filter_map(worst).collect(),
    }
}

fn checks(file: &NetlistFile, seeds: &[SeedRow]) -> Vec<Check> {
    let check = |key: &'static str, limit: f64| {
        let known = KNOWN.into_iter().find(|q| q.wording().key == key);
        let wording = known.expect("only known keys are read").wording();
        let values = seeds.iter().map(|seed| seed.values.get(key).copied());
        let values: Vec<Option<f64>> = values.collect();
        Check::new(key, wording.words, wording.at_least, limit, &values)
    };
    let mut checks: Vec<Check> = file
        .tolerances
        .iter()
        .map(|(key, limit)| check(key, *limit))
        .collect();
    let gain = Quantity::GainLeast.wording().key;
    if !checks.is_empty() && file.tolerances.iter().all(|t| t.0 != gain) {
        checks.push(check(gain, verdict::GAIN_LEAST));
    }
    checks
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NetlistReport {
    /// Title of the file.
    pub title: String,
    /// Steps of a run.
    pub steps: u64,
    /// Projections of the first seed.
    pub projections: Vec<ProjectionReport>,
    /// The numbers that can have limits, by seed; of each the worst projection.
    pub seeds: Vec<SeedRow>,
    /// The conditions of the file.
    pub checks: Vec<Check>,
    /// Whether all of them hold.
    pub passed: bool,
}

impl fmt::Display for NetlistReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} steps", self.title, self.steps)?;
        for projection in &self.projections {
            let e = projection.weights.last().errors;
            writeln!(
                f,
                "  {}: {} synapses, errors at the end: mean {:.3}, 99 % {:.3}, max {:.3}",
                projection.name, projection.synapses, e.mean, e.p99, e.max
            )?;
            match &projection.fit {
                Some(fit) => writeln!(
                    f,
                    "    gain {:.4} +- {:.4}, offset {:+.3}, noise {:.3}, of a size of {:.3}; \
                    correlation {:.4}",
                    fit.gain,
                    fit.gain_standard_error,
                    fit.offset,
                    fit.noise,
                    fit.size,
                    fit.correlation
                )?,
                None => writeln!(f, "    gain: not measured, no weight was to move")?,
            }
        }
        verdict::words(f, &self.checks, self.passed)
    }
}

/// One seed on the chip.
struct Ran {
    /// Rows of each projection, in the order of the file.
    frames: Vec<Vec<Frame>>,
    /// Source and target of each synapse, by projection.
    ends: Vec<Vec<(u32, u32)>>,
    /// Of the network's probes.
    recordings: Vec<Recording>,
}

/// What is changed about the chip's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChipSide {
    Nothing,
    NoSignal,
    /// The signal of the next seed.
    OthersSignal,
    Cut,
}

fn run_chip(file: &NetlistFile, seed: u64, broken: ChipSide) -> Result<Ran, Failure> {
    let board = Board::preset(file.board).expect("the reader knows the boards");
    let options = SourceOptions::new().board(board.clone());
    let mut netlist: Netlist = NetworkFile::read(&file.network)?.network(&options)?.netlist;
    netlist.seed = seed;
    if broken == ChipSide::Cut {
        let rules = netlist.learning_rules.iter_mut();
        rules.for_each(|rule| rule.dw_rounding = DwRounding::TowardZero);
    }
    let mut chip = Chip::build(&netlist, &board)?;
    let own = |path: &PathBuf| of_seed(path, seed);
    let mut paths: Vec<PathBuf> = file.input.iter().map(own).collect();
    match broken {
        ChipSide::NoSignal => {}
        ChipSide::OthersSignal => paths.extend(file.signal.iter().map(|p| of_seed(p, seed + 1))),
        ChipSide::Nothing | ChipSide::Cut => paths.extend(file.signal.iter().map(own)),
    }
    let train = Events::files(&paths).for_program(chip.program())?;
    let recorded = file
        .changes
        .iter()
        .any(|(_, numbers)| matches!(numbers, OwnNumbers::Function(_)));
    let mut ran = Ran {
        frames: vec![vec![]; file.changes.len()],
        ends: vec![],
        recordings: vec![],
    };
    loop {
        let mut ends = vec![];
        for ((name, _), frames) in file.changes.iter().zip(&mut ran.frames) {
            let learned = chip.learned(name)?;
            let weights = learned.weights.into_iter().map(f64::from);
            frames.push(Frame {
                step: chip.step(),
                variables: [weights.collect(), vec![], vec![]],
                ..Frame::default()
            });
            ends.push(learned.ends);
        }
        let left = file.steps - chip.step();
        if left == 0 {
            ran.ends = ends;
            return Ok(ran);
        }
        let machine = chip.machine_mut();
        let part = machine.run(left.min(file.every), &train, &RunOptions::default());
        if recorded {
            ran.record(part.recordings);
        }
    }
}

impl Ran {
    fn record(&mut self, later: Vec<Recording>) {
        if self.recordings.is_empty() {
            self.recordings = later;
            return;
        }
        for (all, part) in self.recordings.iter_mut().zip(later) {
            all.append(part);
        }
    }
}

fn reports(file: &NetlistFile, ran: &Ran, float: &[Vec<Frame>]) -> Vec<ProjectionReport> {
    let names = file.changes.iter().map(|(name, _)| name);
    names
        .zip(ran.frames.iter().zip(float))
        .map(|(name, (chip, float))| ProjectionReport::new(name, chip, float))
        .collect()
}

/// The user's side of one seed, row by row.
fn float(file: &NetlistFile, seed: u64, ran: &Ran) -> Result<Vec<Vec<Frame>>, Failure> {
    let mut sides = vec![];
    for (at, (name, numbers)) in file.changes.iter().enumerate() {
        let mut frames = ran.frames[at].clone();
        numbers.apply(seed, &mut frames, |frames| ReferenceInput {
            recordings: ran.recordings.clone(),
            ..ReferenceInput::new(seed, name, ran.ends[at].clone(), frames)
        })?;
        sides.push(frames);
    }
    Ok(sides)
}

/// Runs a file, and judges it over its seeds.
///
/// # Errors
/// If a file cannot be read, the network does not fit the board, or nothing moved on either side.
pub fn run(file: &NetlistFile, seeds: u64, progress: Progress) -> Result<NetlistReport, Failure> {
    let judged = file.judged(seeds);
    progress(0, judged.len() as u64);
    let one = |index: usize| {
        let seed = judged[index];
        let ran = run_chip(file, seed, ChipSide::Nothing)?;
        let reports = reports(file, &ran, &float(file, seed, &ran)?);
        must_measure(seed, &reports)?;
        Ok((seed, reports))
    };
    let all: Result<Vec<(u64, Vec<ProjectionReport>)>, Failure> =
        spread(judged.len(), threads(), one).into_iter().collect();
    let all = all?;
    progress(judged.len() as u64, judged.len() as u64);
    let rows: Vec<SeedRow> = all
        .iter()
        .map(|(seed, reports)| row(*seed, reports))
        .collect();
    let checks = checks(file, &rows);
    Ok(NetlistReport {
        title: file.title.clone(),
        steps: file.steps,
        projections: all.into_iter().next().map(|one| one.1).unwrap_or_default(),
        passed: checks.iter().all(|c| c.holds),
        seeds: rows,
        checks,
    })
}

fn must_measure(seed: u64, reports: &[ProjectionReport]) -> Result<(), Failure> {
    let still = reports
        .iter()
        .filter(|report| report.fit.is_none() && report.weights.last().errors.max == 0.0);
    let lines: Vec<String> = still
        .map(|report| {
            let name = &report.name;
            format!(
                "nothing was measured (seed {seed}): no weight of '{name}' moved on either side"
            )
        })
        .collect();
    match lines.is_empty() {
        true => Ok(()),
        false => Err(Failure::call(lines.join("\n"))),
    }
}

/// Runs the self-test of a file: its learning signal (the inputs that it names as `signal`) removed
/// and that of the next seed, so that there is one file of the signal more than seeds; the numbers
/// of the next synapse, every update cut off, updates cut toward zero.
///
/// # Errors
/// As [`run`], and if the file states no tolerances.
pub fn self_test(file: &NetlistFile, seeds: u64) -> Result<SelfTest, Failure> {
    if file.tolerances.is_empty() {
        let problem = "states no tolerances: there is no verdict to test";
        return Err(Failure::call(problem));
    }
    let judged = file.judged(seeds);
    let one = |index: usize| of_seed_broken(file, judged[index]);
    let all: Result<Vec<BTreeMap<&'static str, SeedRow>>, Failure> =
        spread(judged.len(), threads(), one).into_iter().collect();
    let all = all?;
    let of = |what: &'static str| {
        let rows: Vec<SeedRow> = all
            .iter()
            .filter_map(|rows| rows.get(what).cloned())
            .collect();
        checks(file, &rows)
    };
    let names: Vec<&'static str> = all
        .first()
        .map(|m| m.keys().copied().collect())
        .unwrap_or_default();
    let broken = names.iter().filter(|name| **name != WHOLE);
    let rows = broken
        .map(|what| SelfTestRow::new(what, &of(what)))
        .collect();
    Ok(SelfTest::new(
        &file.title,
        judged.len() as u64,
        of(WHOLE),
        rows,
    ))
}

/// The chip as it is.
const WHOLE: &str = "as it is";

fn of_seed_broken(
    file: &NetlistFile,
    seed: u64,
) -> Result<BTreeMap<&'static str, SeedRow>, Failure> {
    let ran = run_chip(file, seed, ChipSide::Nothing)?;
    let float = float(file, seed, &ran)?;
    let whole = reports(file, &ran, &float);
    must_measure(seed, &whole)?;
    let mut rows = BTreeMap::from([(WHOLE, row(seed, &whole))]);
    let mut add = |what, ran: &Ran, float: &[Vec<Frame>]| {
        rows.insert(what, row(seed, &reports(file, ran, float)));
    };
    let mut next = float.clone();
    for frame in next.iter_mut().flatten() {
        let start = frame.variables[0].len().min(1);
        frame.variables[0].rotate_left(start);
    }
    add("the targets are shuffled", &ran, &next);
    let first = |frames: &Vec<Frame>| vec![frames[0].clone(); frames.len()];
    let frozen = Ran {
        frames: ran.frames.iter().map(first).collect(),
        ends: vec![],
        recordings: vec![],
    };
    add("every update is cut off", &frozen, &float);
    add(
        "updates are cut toward zero",
        &run_chip(file, seed, ChipSide::Cut)?,
        &float,
    );
    if !file.signal.is_empty() {
        let muted = run_chip(file, seed, ChipSide::NoSignal)?;
        add("the learning signal is removed", &muted, &float);
        let others = run_chip(file, seed, ChipSide::OthersSignal)?;
        add("the learning signal is shuffled", &others, &float);
    }
    Ok(rows)
}
