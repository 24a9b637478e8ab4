//! `relnet`: the machine of RelNet, relational reasoning with after-hyperpolarisation on a board of
//! chips, with the schedule of its questions. Rao, Plank, Wild, Maass, Nature Machine Intelligence
//! 4, 467-479, 2022. It was measured for two sentences; at its full size of twenty it was not.
//!
//! Weights are random of a stated sparsity, so that nothing is answered here: what is shown is that
//! the network fits its board, runs its schedule as data, and does the same in every placement, on
//! any number of threads and restored in the middle of a question.

mod network;
mod place;
mod report;
mod shape;

pub use report::{BusiestCore, BusiestLink, LayerCost, RelNetCosts, RelNetReport, RelNetSame};

use crate::registry::{defaults_of_flags, within};
use clap::{Args, ValueEnum};
use network::{PERIOD, network};
use report::costs;
use seamount_arith::random::{Key, Purpose};
use seamount_chip::{Chip as Machine, ChipProgram, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::CheckedImage;
use seamount_image::LimitPolicy;
use seamount_network::netlist::Netlist;
use seamount_session::Failure;
use seamount_spec::Board;
use seamount_study::Progress;
use seamount_study::experiment::Experiment;
use serde::{Deserialize, Serialize};
use shape::{LENGTH_MAX, RelNetShape, SENTENCES_MAX, WORDS};
use std::sync::Arc;
use std::time::Instant;

/// Options of the machine.
#[derive(Debug, Clone, Serialize, Args)]
pub struct RelNetOptions {
    /// The machine of the authors with random weights (there is no trained network yet)
    #[arg(long)]
    pub machine: bool,
    /// Sentences of a story at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = within!(u32, 2..=20))]
    pub sentences: u32,
    /// Questions, each of a random story
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = within!(u64, 1..=10_000))]
    pub questions: u64,
    /// Connections that are there, of 100 possible ones
    #[arg(long, value_name = "PERCENT", default_value_t = 20, value_parser = within!(u32, 1..=30))]
    pub connected: u32,
    /// Seed of weights and stories
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Who places the cores
    #[arg(long, value_enum, default_value_t = PlacedBy::Compiler)]
    pub placement: PlacedBy,
    /// Run again with other threads, restored within a question, and placed otherwise
    #[arg(long)]
    pub check: bool,
    /// Threads that share the cores; results do not depend on it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = within!(u16, 1..=1024))]
    pub threads: u16,
}

defaults_of_flags!(RelNetOptions);

/// Who chooses the cores of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum PlacedBy {
    /// The compiler, as of any network.
    Compiler,
    /// The authors, core for core.
    Authors,
}

impl PlacedBy {
    fn other(self) -> PlacedBy {
        match self {
            PlacedBy::Compiler => PlacedBy::Authors,
            PlacedBy::Authors => PlacedBy::Compiler,
        }
    }
}

/// `seamount lab relnet`
pub struct RelNet;

impl Experiment for RelNet {
    const NAME: &'static str = "relnet";
    const ABOUT: &'static str = "RelNet's machine: relational reasoning on a board of chips, with \
        random weights";
    const HELP: &'static str = "\
Example: seamount lab relnet --machine --sentences 2 --check
Builds the network of Rao et al. (2022) for a board of 32 chips, with random weights, compiles it,
and runs questions by the schedule that the network carries: words, relays that open for 14 steps,
pairs of sentences, an answer. With --check the same again on two threads, restored, and placed by
the authors.";
    const COUNTS: &'static str = "questions";
    type Options = RelNetOptions;
    type Report = RelNetReport;

    fn run(options: &RelNetOptions, progress: Progress) -> Result<RelNetReport, Failure> {
        if !options.machine {
            let problem =
                "there is no trained network yet; --machine runs the one of random weights";
            return Err(Failure::option("machine", problem));
        }
        run(options, progress)
    }

    fn passed(report: &RelNetReport) -> bool {
        report.same.as_ref().is_none_or(RelNetSame::all)
    }
}

/// A placed network, ready to run, and what it took to get there.
struct Built {
    image: CheckedImage,
    compile_s: f64,
    load_s: f64,
    program: Arc<ChipProgram>,
}

/// Compiles for the board within its limits, proves and loads.
fn built(net: &Netlist, shape: &RelNetShape, by: PlacedBy) -> Result<Built, Failure> {
    let board = Board::preset("nahuku32").expect("a board that is built in");
    let mut options = CompileOptions::new(board);
    if by == PlacedBy::Authors {
        options = options.placement(place::authors(shape));
    }
    let clock = Instant::now();
    let compiled = compile(net, &options).map_err(|error| Failure::call(error.to_string()))?;
    let compile_s = clock.elapsed().as_secs_f64();
    let clock = Instant::now();
    let proved = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce);
    let image = proved.map_err(|found| {
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        Failure::call(lines.join("; "))
    })?;
    let program = Arc::new(ChipProgram::new(&image));
    Ok(Built {
        load_s: clock.elapsed().as_secs_f64(),
        image,
        compile_s,
        program,
    })
}

/// Host spikes of random stories, one question after another; word k of a sentence fires its line
/// in ten steps, absent sentences fire theirs at the steps of the mask.
fn stories(options: &RelNetOptions, program: &ChipProgram) -> Result<SpikeTrain, Failure> {
    let key = Key::new(options.seed, Purpose::Stimulus).part(1000);
    let mut events = vec![];
    for question in 0..options.questions {
        let start = question * PERIOD;
        let key = key.part(question);
        let spare = u64::from(options.sentences) - 1;
        let present = match options.sentences {
            2 => 2,
            _ => 2 + key.below(0, spare) as u32,
        };
        for reader in 0..=options.sentences {
            let own = key.part(1 + u64::from(reader));
            let is_question = reader == options.sentences;
            if reader >= present && !is_question {
                events.extend([98, 115, 132].map(|step| (start + step, "absent", reader)));
                continue;
            }
            let words = 3 + own.below(0, u64::from(LENGTH_MAX) - 2);
            for k in 0..words {
                let word = own.below(1 + k, u64::from(WORDS)) as u32;
                let line = reader * WORDS + word;
                events.extend((1..=10).map(|step| (start + 10 * k + step, "words", line)));
            }
        }
    }
    events.sort_unstable();
    SpikeTrain::named(program, events)
        .map_err(|refused| Failure::call(format!("{} events are wrong", refused.findings.len())))
}

/// What a run of all questions came to: the answers and the voltages that they were read from, and
/// the number of spikes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct StoryAnswers {
    /// Class of each question.
    classes: Vec<i32>,
    /// Voltages of the readout, class by class, question by question.
    voltages: Vec<i32>,
    spikes: u64,
    operations: u64,
}

impl StoryAnswers {
    /// Takes what was seen in a part of the run; what is read after the very first step is of no
    /// question.
    fn add(&mut self, seen: &Observations) {
        for reading in &seen.readings {
            let width = reading.width();
            for (row, step) in reading.steps.iter().enumerate() {
                let values = &reading.values[row * width..(row + 1) * width];
                if *step > 1 && reading.argmax {
                    self.classes.extend(values);
                } else if *step > 1 {
                    self.voltages.extend(values);
                }
            }
        }
        let total = seen.total();
        self.spikes += total.spikes;
        self.operations += total.synaptic_operations;
    }
}

/// Answers of a machine, by so many threads; restored from a snapshot after `cut` steps, if so.
fn answers(
    options: &RelNetOptions,
    program: &Arc<ChipProgram>,
    threads: usize,
    cut: Option<u64>,
) -> Result<StoryAnswers, Failure> {
    let train = stories(options, program)?;
    let steps = options.questions * PERIOD + 1;
    let run = RunOptions::new().threads(threads);
    let mut machine = Machine::new(Arc::clone(program));
    let mut answers = StoryAnswers::default();
    if let Some(cut) = cut {
        answers.add(&machine.run(cut, &train, &run));
        let saved = machine.snapshot();
        machine = Machine::new(Arc::clone(program));
        let restored = machine.restore(&saved);
        restored.map_err(|error| Failure::call(error.to_string()))?;
    }
    answers.add(&machine.run(steps - machine.t(), &train, &run));
    Ok(answers)
}

fn run(options: &RelNetOptions, progress: Progress) -> Result<RelNetReport, Failure> {
    let shape = RelNetShape::new(options.sentences.min(SENTENCES_MAX));
    let clock = Instant::now();
    let net = network(&shape, options.connected, options.seed);
    let generate_s = clock.elapsed().as_secs_f64();
    let machine = built(&net, &shape, options.placement)?;
    let clock = Instant::now();
    let first = answers(options, &machine.program, options.threads.into(), None)?;
    let run_s = clock.elapsed().as_secs_f64();
    progress(options.questions, options.questions);
    let train = stories(options, &machine.program)?;
    let mut report = RelNetReport {
        generate_s,
        run_s,
        costs: costs(&machine.image, &train, PERIOD + 1)?,
        ..RelNetReport::of(options, &net, &machine.image)
    };
    report.compile_s = machine.compile_s;
    report.load_s = machine.load_s;
    report.spikes = first.spikes;
    report.synaptic_operations = first.operations;
    report.answers.clone_from(&first.classes);
    if options.check {
        let again = |threads, cut| answers(options, &machine.program, threads, cut);
        let other = 1 + usize::from(options.threads == 1);
        // in the middle of a question, while relays are open
        let cut = (options.questions - 1) * PERIOD + 103;
        let threads = again(other, None)? == first;
        let restored = again(1, Some(cut))? == first;
        drop(machine);
        let placed = built(&net, &shape, options.placement.other())?;
        report.same = Some(RelNetSame {
            threads,
            restored,
            placement: answers(options, &placed.program, 1, None)? == first,
            other_cores: placed.image.image().cores.len(),
            other_costs: costs(&placed.image, &train_of(options, &placed)?, PERIOD + 1)?,
        });
    }
    report.memory_mb = crate::bench::memory_mb();
    Ok(report)
}

/// The stories for another placement of the network.
fn train_of(options: &RelNetOptions, built: &Built) -> Result<SpikeTrain, Failure> {
    stories(options, &built.program)
}
