//! Arrays as the JSON form has them: inline, shared, or in a .npy file beside the netlist.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reference to a .npy file, relative to the folder of the netlist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NpyFile {
    /// File name, relative, without `..`.
    pub npy: String,
}

/// A one-dimensional array. After loading it is always inline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Array<T> {
    /// The numbers themselves.
    Inline(Vec<T>),
    /// To be read from a file; replaced by `Inline` when the netlist is loaded.
    Npy(NpyFile),
}

impl<T> Array<T> {
    /// The numbers; empty if the file has not been read.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Array::Inline(values) => values,
            Array::Npy(_) => &[],
        }
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(values: Vec<T>) -> Self {
        Array::Inline(values)
    }
}

/// One value for all, or one for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Values<T> {
    /// The same for all.
    Shared(T),
    /// One for each.
    Each(Array<T>),
}

impl<T: Default> Default for Values<T> {
    fn default() -> Self {
        Values::Shared(T::default())
    }
}

impl<T> From<T> for Values<T> {
    fn from(value: T) -> Self {
        Values::Shared(value)
    }
}

impl<T> From<Vec<T>> for Values<T> {
    fn from(values: Vec<T>) -> Self {
        Values::Each(Array::Inline(values))
    }
}

impl<T: Copy> Values<T> {
    /// Value number `index`. In a checked netlist the index is in range; otherwise it panics.
    pub fn get(&self, index: usize) -> T {
        match self {
            Values::Shared(value) => *value,
            Values::Each(values) => values.as_slice()[index],
        }
    }

    /// The values that are written down: one, or all.
    pub fn written(&self) -> &[T] {
        match self {
            Values::Shared(value) => std::slice::from_ref(value),
            Values::Each(values) => values.as_slice(),
        }
    }
}

/// A matrix of integers, source x target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Matrix {
    /// One row per source.
    Rows(Vec<Vec<i32>>),
    /// To be read from a file; replaced by `Rows` when the netlist is loaded.
    Npy(NpyFile),
}

impl Matrix {
    /// The rows; none if the file has not been read.
    pub fn rows(&self) -> &[Vec<i32>] {
        match self {
            Matrix::Rows(rows) => rows,
            Matrix::Npy(_) => &[],
        }
    }
}
