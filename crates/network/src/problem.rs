//! What can be wrong with a file of HDF5, and with the network in it, in the words of the readers.

use crate::graph::shapes::equal_but_for_unit_axes;
use crate::read::h5::H5Problem;
use seamount_diagnose::{Allowed, Fault, Finding, Findings, Place, Refusal};

/// What can be wrong at a place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ReadProblem {
    /// The file or an array cannot be read.
    #[error("{0}")]
    File(#[from] H5Problem),
    /// Something that must be there is not.
    #[error("is missing")]
    Missing,
    /// Something that has no meaning here, which would be ignored.
    #[error("is not known here; ignoring it could change the network")]
    Unknown,
    /// A node or layer of a type that does not exist.
    #[error("is of unknown type '{0}'")]
    UnknownType(String),
    /// The file asks for something that this reader cannot honour.
    #[error("{0}")]
    Unsupported(String),
    /// Another kind of value.
    #[error("holds {found}, wanted {wanted}")]
    Kind {
        /// What it holds.
        found: &'static str,
        /// What it should hold.
        wanted: &'static str,
    },
    /// Another number of axes.
    #[error("has shape {found:?}, wanted {wanted}")]
    Rank {
        /// The shape found.
        found: Vec<usize>,
        /// The axes wanted, in words.
        wanted: &'static str,
    },
    /// Another shape.
    #[error("has shape {found:?}, wanted {wanted:?}")]
    Shape {
        /// The shape found.
        found: Vec<usize>,
        /// The shape wanted.
        wanted: Vec<usize>,
    },
    /// A number that should be an integer.
    #[error("holds {0}, wanted integers")]
    NotInteger(f64),
    /// Infinite or no number.
    #[error("holds {0}")]
    NotFinite(f64),
    /// A time constant that is not above 0.
    #[error("holds {0}, which must be above 0")]
    NotPositive(f64),
    /// A number outside its range.
    #[error("holds {value}, outside {min}..={max}")]
    OutOfRange {
        /// The number.
        value: i64,
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// An edge to or from a node that is not there.
    #[error("edge ('{source_name}', '{target}') names '{missing}', which is no node here")]
    DanglingEdge {
        /// Source of the edge.
        source_name: String,
        /// Target of the edge.
        target: String,
        /// Which of the two is missing.
        missing: String,
    },
    /// An edge written twice.
    #[error("edge ('{0}', '{1}') is there twice")]
    DuplicateEdge(String, String),
    /// An edge into an Input or out of an Output.
    #[error("edge ('{0}', '{1}') goes into an Input or out of an Output")]
    EdgeDirection(String, String),
    /// A graph without an Input.
    #[error("has no Input")]
    NoInput,
    /// A graph without an Output.
    #[error("has no Output")]
    NoOutput,
    /// A nested graph with several Inputs or Outputs: an edge does not say which it means.
    #[error("is a nested graph with {inputs} Inputs and {outputs} Outputs, wanted one of each")]
    NestedPorts {
        /// Inputs found.
        inputs: usize,
        /// Outputs found.
        outputs: usize,
    },
    /// A node that nothing enters.
    #[error("has no edge into it")]
    NothingEnters,
    /// A cycle of nodes without state: nothing says which value it takes.
    #[error("is in a cycle without a neuron or delay")]
    StatelessCycle,
    /// A shape that is neither given nor follows from the graph.
    #[error("has no shape, and none follows from the graph")]
    NoShape,
    /// An edge between different shapes.
    #[error("takes shape {wanted:?}, but '{source_name}' gives {found:?}{}", unit_axes(.found, .wanted))]
    EdgeShape {
        /// The node at the other end.
        source_name: String,
        /// Shape that the other node gives.
        found: Vec<usize>,
        /// Shape that this node takes.
        wanted: Vec<usize>,
    },
    /// Data that a window, a kernel or a flattening does not fit.
    #[error("cannot take data of shape {0:?}")]
    DoesNotFit(Vec<usize>),
}

impl ReadProblem {
    /// The finding of this problem at a path in the file (`node/nodes/lif1/tau`, `layer/3/weight`);
    /// an empty path: the file itself.
    pub(crate) fn at(self, path: &str) -> Finding {
        let finding = Finding::new(path, self.fault(), self.to_string());
        match self {
            ReadProblem::NotInteger(number) | ReadProblem::NotFinite(number) => {
                finding.value(number)
            }
            ReadProblem::NotPositive(number) => finding
                .value(number)
                .range(Allowed::Words("above 0".into())),
            ReadProblem::OutOfRange { value, min, max } => {
                finding.value(value).range(Allowed::Between {
                    min: min.into(),
                    max: max.into(),
                })
            }
            ReadProblem::UnknownType(name) => finding.value(name),
            ReadProblem::DanglingEdge { missing, .. } => finding.value(missing),
            ReadProblem::Rank { found, .. }
            | ReadProblem::Shape { found, .. }
            | ReadProblem::EdgeShape { found, .. } => finding.value(found),
            _ => finding,
        }
    }

    fn fault(&self) -> Fault {
        match self {
            ReadProblem::File(H5Problem::Memory(_)) => Fault::Memory,
            ReadProblem::File(_) => Fault::File,
            ReadProblem::Missing => Fault::Missing,
            ReadProblem::Unknown => Fault::UnknownField,
            ReadProblem::UnknownType(_) => Fault::UnknownWord,
            ReadProblem::Unsupported(_) => Fault::Unsupported,
            ReadProblem::Kind { .. } | ReadProblem::NotInteger(_) => Fault::WrongType,
            ReadProblem::NotFinite(_)
            | ReadProblem::NotPositive(_)
            | ReadProblem::OutOfRange { .. } => Fault::OutOfRange,
            ReadProblem::Rank { .. } | ReadProblem::Shape { .. } | ReadProblem::DoesNotFit(_) => {
                Fault::WrongShape
            }
            ReadProblem::EdgeShape { found, wanted, .. }
                if equal_but_for_unit_axes(found, wanted) =>
            {
                Fault::UnitAxes
            }
            ReadProblem::EdgeShape { .. } => Fault::WrongShape,
            ReadProblem::DanglingEdge { .. } => Fault::UnknownName,
            ReadProblem::DuplicateEdge(..) => Fault::DuplicateName,
            ReadProblem::NoShape
            | ReadProblem::EdgeDirection(..)
            | ReadProblem::NoInput
            | ReadProblem::NoOutput
            | ReadProblem::NestedPorts { .. }
            | ReadProblem::NothingEnters
            | ReadProblem::StatelessCycle => Fault::Rule,
        }
    }
}

fn unit_axes(found: &[usize], wanted: &[usize]) -> &'static str {
    if equal_but_for_unit_axes(found, wanted) {
        ": the same but for axes of length 1"
    } else {
        ""
    }
}

impl From<H5Problem> for Refusal {
    fn from(problem: H5Problem) -> Self {
        if let H5Problem::Memory(short) = problem {
            return Refusal::of(short.into());
        }
        Refusal::of(Finding::new(
            Place::whole(),
            Fault::File,
            problem.to_string(),
        ))
    }
}

/// Findings listed of one file; the rest is counted. A damaged file can hold any number of
/// mistakes.
const LISTED_MAX: usize = 200;

/// An empty list for the findings of one file.
pub(crate) fn of_a_file() -> Findings {
    Findings::at_most(LISTED_MAX)
}

/// Filing of problems in the words of this module.
pub(crate) trait FileProblem {
    /// Files a problem at a path.
    fn file(&self, path: &str, problem: impl Into<ReadProblem>);
}

impl FileProblem for Findings {
    fn file(&self, path: &str, problem: impl Into<ReadProblem>) {
        self.push(problem.into().at(path));
    }
}
