//! The harness of experiments: data files, tables and pictures, costs of an inference, comparison
//! with floats, validation of learning rules.
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
        /// What is wrong with it.
        problem: String,
    },
    /// Several files of a folder cannot be used.
    #[error("{}", text::lines(problems))]
    Files {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with each.
        problems: Vec<LabError>,
    },
    /// Data are not where they were looked for.
    #[error("{what} not found; looked in {}", .looked.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "))]
    Missing {
        /// What was looked for.
        what: String,
        /// Where.
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
