//! HDF5 files as plain data: a tree of groups and arrays, read under limits.
//!
//! The rest of the crate sees a [`H5Group`] and never the library that read it: [`H5Source`] is the
//! whole boundary. An array that cannot be read does not spoil the file: it is an
//! [`Item::Unreadable`] in its place, so that a reader can report several at once.

pub(crate) mod fields;
mod pure;

use crate::graph::Tensor;
use crate::memory::MemoryShort;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Reads the bytes of a file as a tree.
pub trait H5Source {
    /// The root group.
    fn load(&self, bytes: Vec<u8>, limits: &H5Limits) -> Result<H5Group, H5Problem>;
}

/// What a file may ask for at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct H5Limits {
    /// Bytes of the file.
    pub file_bytes_max: u64,
    /// Bytes of one array, decoded.
    pub array_bytes_max: usize,
    /// Bytes of one compressed piece of an array, decoded.
    pub chunk_bytes_max: usize,
    /// Bytes of the description of one group or array.
    pub header_bytes_max: usize,
    /// Bytes of all arrays together, as 8-byte floats.
    pub total_bytes_max: usize,
    /// Groups and arrays.
    pub objects_max: usize,
    /// Groups within groups.
    pub depth_max: usize,
}

impl Default for H5Limits {
    fn default() -> Self {
        H5Limits {
            file_bytes_max: 1 << 30,
            array_bytes_max: 64 << 20,
            chunk_bytes_max: 64 << 20,
            header_bytes_max: 1 << 20,
            total_bytes_max: 512 << 20,
            objects_max: 1 << 16,
            depth_max: 16,
        }
    }
}

/// A group: members and attributes by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct H5Group {
    /// Groups and arrays.
    pub items: BTreeMap<String, Item>,
    /// Attributes.
    pub attributes: BTreeMap<String, Value>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A group.
    Group(H5Group),
    /// An array or a scalar.
    Value(Value),
    /// An array or group that is there but cannot be read.
    Unreadable(H5Problem),
}

/// Contents of an array, scalar or attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Floats.
    Floats(Tensor),
    /// Integers; at most 2^53 in magnitude.
    Integers(Tensor),
    /// Booleans as 0 and 1 (h5py writes them as an enumeration of 8 bits).
    Booleans(Tensor),
    /// Strings in row-major order.
    Texts {
        /// Length of each axis; empty: one string.
        shape: Vec<usize>,
        /// The strings.
        data: Vec<String>,
    },
}

impl Value {
    /// Numbers of any kind.
    pub fn numbers(&self) -> Option<&Tensor> {
        match self {
            Value::Floats(tensor) | Value::Integers(tensor) | Value::Booleans(tensor) => {
                Some(tensor)
            }
            Value::Texts { .. } => None,
        }
    }

    /// The string, if there is exactly one, of any shape.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Texts { data, .. } if data.len() == 1 => Some(&data[0]),
            _ => None,
        }
    }

    /// What it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Floats(_) => "floats",
            Value::Integers(_) => "integers",
            Value::Booleans(_) => "booleans",
            Value::Texts { .. } => "text",
        }
    }

    /// Length of each axis.
    pub fn shape(&self) -> &[usize] {
        match self {
            Value::Floats(tensor) | Value::Integers(tensor) | Value::Booleans(tensor) => {
                &tensor.shape
            }
            Value::Texts { shape, .. } => shape,
        }
    }
}

/// What is wrong with a file, or a part of it, below the meaning of its contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum H5Problem {
    /// The file cannot be opened or read.
    #[error("{0}")]
    Io(String),
    /// A placeholder of Git LFS.
    #[error("is a Git LFS pointer, not the file itself: run 'git lfs pull' where it came from")]
    LfsPointer,
    /// No HDF5 signature.
    #[error("is no HDF5 file")]
    NotHdf5,
    /// Shorter than its header says.
    #[error("is cut short: its header promises {promised} bytes, it has {found}")]
    Truncated {
        /// Bytes by the header.
        promised: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// Compressed with lzf, which is not read.
    #[error(
        "is compressed with lzf, which is not supported: write it again with gzip (the default of nir.write)"
    )]
    Lzf,
    /// Compressed with something else that is not read.
    #[error("is compressed with an unsupported filter ({0})")]
    Filter(String),
    /// Elements of a type that has no meaning here.
    #[error("has elements of an unsupported type ({0})")]
    Type(String),
    /// More elements than there is memory for.
    #[error(transparent)]
    Memory(#[from] MemoryShort),
    /// Asks for more than [`H5Limits`] allow.
    #[error("exceeds a limit: {0}")]
    Limit(String),
    /// An integer that a 64-bit float cannot hold.
    #[error("holds the integer {0}, which is beyond 2^53")]
    BigInteger(i128),
    /// Broken otherwise.
    #[error("is broken: {0}")]
    Broken(String),
}

/// Reads a file with the reader of this crate.
pub fn read_file(path: &Path, limits: &H5Limits) -> Result<H5Group, H5Problem> {
    let io = |error: std::io::Error| H5Problem::Io(error.to_string());
    let file = crate::opened::open(path).map_err(io)?;
    let mut bytes = vec![];
    file.take(limits.file_bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(io)?;
    read_bytes(bytes, limits)
}

/// Reads the bytes of a file with the reader of this crate.
pub fn read_bytes(bytes: Vec<u8>, limits: &H5Limits) -> Result<H5Group, H5Problem> {
    if bytes.len() as u64 > limits.file_bytes_max {
        return Err(H5Problem::Limit(format!(
            "the file is longer than {} bytes",
            limits.file_bytes_max
        )));
    }
    if bytes.starts_with(b"version https://git-lfs") {
        return Err(H5Problem::LfsPointer);
    }
    pure::PureRust.load(bytes, limits)
}
