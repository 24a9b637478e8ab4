//! What can be wrong with a network file, or with the network in it: findings, several at once.

use crate::h5::H5Problem;
use std::fmt;

/// One thing wrong, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Path in the file (`node/nodes/lif1/tau`, `layer/3/weight`); empty: the file itself.
    pub place: String,
    /// What.
    pub problem: Problem,
}

/// What can be wrong at a place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
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
        /// What it gives.
        found: Vec<usize>,
        /// What this node takes.
        wanted: Vec<usize>,
    },
    /// Data that a window, a kernel or a flattening does not fit.
    #[error("cannot take data of shape {0:?}")]
    DoesNotFit(Vec<usize>),
    /// Further findings that are not listed.
    #[error("{0} more findings")]
    More(usize),
}

impl Problem {
    /// Whether it is an edge between shapes that differ in axes of length 1 only.
    pub fn is_unit_axes(&self) -> bool {
        matches!(self, Problem::EdgeShape { found, wanted, .. } if !unit_axes(found, wanted).is_empty())
    }
}

fn unit_axes(found: &[usize], wanted: &[usize]) -> &'static str {
    let same = crate::graph::shapes::equal_but_for_unit_axes(found, wanted);
    if same {
        ": the same but for axes of length 1"
    } else {
        ""
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}", self.problem)
        } else {
            write!(f, "{}: {}", self.place, self.problem)
        }
    }
}

/// A file or network that cannot be used, with every reason found.
#[derive(Debug, Clone, PartialEq)]
pub struct Malformed(
    /// Never empty.
    pub Vec<Finding>,
);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Malformed {}

impl From<H5Problem> for Malformed {
    fn from(problem: H5Problem) -> Self {
        Malformed(vec![Finding {
            place: String::new(),
            problem: problem.into(),
        }])
    }
}

/// Findings listed of one file; the rest is counted.
const LISTED_MAX: usize = 200;

/// A list of findings being made.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<Finding>,
    unlisted: usize,
}

impl Findings {
    pub(crate) fn add(&mut self, place: &str, problem: Problem) {
        if self.list.len() < LISTED_MAX {
            self.list.push(Finding {
                place: place.into(),
                problem,
            });
        } else {
            self.unlisted += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn finish(mut self) -> Vec<Finding> {
        if self.unlisted > 0 {
            self.list.push(Finding {
                place: String::new(),
                problem: Problem::More(self.unlisted),
            });
        }
        self.list
    }

    /// The value, if nothing was found.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Malformed> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(Malformed(self.finish()))
        }
    }
}
