//! The harness of experiments with networks on an emulated chip.
//!
//! An [`Experiment`](experiment::Experiment) is options in, a report out, and a line of an
//! overview; its front page has one to copy. Around that contract this crate has what experiments
//! share:
//!
//! - [`datasets`]: where data sets lie, by one rule; [`data`], [`arrays`] and [`text`] read them;
//! - [`trials`]: samples and seeds over threads, with progress and a clock, to the same bits on any
//!   number of threads; [`decode`]: the answer of a network;
//! - [`paired`]: medians of seeds with intervals, and tests of pairs;
//! - [`table`] and [`chart`]: text tables, and pictures as data that are drawn as SVG;
//! - [`compare`]: a float reference beside the chip, two images, two traces: where they part;
//! - [`validate`]: a learning rule on the chip beside its meaning in real numbers.
//!
//! ```
//! use seamount_study::decode::{accuracy, first_largest};
//! use seamount_study::trials::Trials;
//! use seamount_study::{LabError, build};
//! use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
//! use seamount_network::netlist::{Netlist, Population, Register};
//! use std::sync::Arc;
//!
//! /// Two inputs, two neurons: each input makes its own neuron fire.
//! fn network() -> Netlist {
//!     let mut net = Netlist::new("two");
//!     net.input("eyes", 2);
//!     net.add(Population::new("hands", 2).threshold_mantissa(10));
//!     net.connect("eyes", "hands").one_to_one(100);
//!     net.probe("hands", Register::Spike);
//!     net
//! }
//!
//! let program = Arc::new(ChipProgram::new(&build(&network(), false)?));
//! let labels = [0usize, 1, 1, 0];
//! let trials = Trials::new(labels.len(), 2, &|_, _| ());
//! let answers = trials.run(|index| {
//!     let shown = vec![(0, labels[index] as u32)];
//!     let shown = SpikeTrain::new(&program, shown).expect("source 0 or 1");
//!     let seen = Chip::new(Arc::clone(&program)).run(4, &shown, &RunOptions::default());
//!     let spikes = seen.recording("hands.spike").expect("the network's probe");
//!     let rows = 0..spikes.steps.len();
//!     let count = |neuron| rows.clone().map(|row| spikes.get(row, neuron)).sum::<i32>();
//!     first_largest(&[count(0), count(1)])
//! });
//! assert_eq!(accuracy(&answers, &labels), 1.0);
//! # Ok::<(), LabError>(())
//! ```
//!
//! What this crate does *not* know: which systems were published, command lines and terminals.

pub mod arrays;
pub mod ceiling;
pub mod chart;
pub mod compare;
pub mod data;
pub mod datasets;
pub mod decode;
pub mod dump;
pub mod experiment;
pub mod paired;
pub mod row;
pub mod spread;
pub mod table;
pub mod text;
pub mod trials;
pub mod validate;

use seamount_compile::{CompileError, CompileOptions, compile};
use seamount_image::{CheckedImage, ImageFinding, LimitPolicy};
use seamount_network::netlist::Netlist;
use seamount_spec::Board;
use std::path::PathBuf;

/// Called with work done and work in all; from several threads.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// Why an experiment cannot run.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A file cannot be used.
    #[error("{path}: {problem}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Mistake in it, in words.
        problem: String,
    },
    /// Several files of a folder cannot be used.
    #[error("{}", text::lines(problems))]
    Files {
        /// The folder.
        folder: PathBuf,
        /// Mistakes of each file.
        problems: Vec<LabError>,
    },
    /// Data are not where they were looked for.
    #[error("{what} not found; looked in {}", names(looked))]
    Missing {
        /// Data set that was looked for, with the file that tells it is there.
        what: String,
        /// Folders that were looked in, in order.
        looked: Vec<PathBuf>,
    },
    /// An option has no meaning.
    #[error("{0}")]
    Option(String),
    /// A flag cannot be what it is, alone or beside others.
    #[error("{flag}: {problem}")]
    Usage {
        /// The flag (`--record`), or the file that two flags name.
        flag: String,
        /// Why not.
        problem: String,
    },
    /// What a user asks of a network cannot be done.
    #[error(transparent)]
    Session(#[from] seamount_session::Failure),
    /// The network does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The compiled image is not accepted: our own mistake.
    #[error("{}", .0.iter().map(ImageFinding::to_string).collect::<Vec<_>>().join("\n"))]
    Image(Vec<ImageFinding>),
}

/// Paths, with commas between.
fn names(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    names.join(", ")
}

impl LabError {
    /// A flag cannot be what it is.
    pub fn usage(flag: impl ToString, problem: impl ToString) -> LabError {
        LabError::Usage {
            flag: flag.to_string(),
            problem: problem.to_string(),
        }
    }
}

/// Compiles a network and proves its image; limits are reported instead of enforced if asked.
pub fn build(netlist: &Netlist, ignore_limits: bool) -> Result<CheckedImage, LabError> {
    build_on(netlist, None, ignore_limits)
}

/// As [`build`], for a board.
pub fn build_on(
    netlist: &Netlist,
    board: Option<Board>,
    ignore_limits: bool,
) -> Result<CheckedImage, LabError> {
    let mut options = board.map_or_else(CompileOptions::default, CompileOptions::new);
    options.ignore_limits = ignore_limits;
    let compiled = compile(netlist, &options)?;
    let policy = if ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    };
    CheckedImage::prove(compiled.image, &options.board, policy).map_err(LabError::Image)
}
