//! Arrays as the JSON form has them: inline, shared, or in a .npy file beside the netlist.
//!
//! A file may be used in parts: published networks keep one matrix for all of their layers, and a
//! netlist has a projection for each pair of populations. A slice keeps such a file as it was
//! published and names rows and columns of it, instead of a copy of every part.

use crate::npy::{IntArray, NpyError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A reference to a .npy file, relative to the folder of the netlist, or to a slice of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NpyFile {
    /// File name, relative, without `..`.
    pub npy: String,
    /// Rows used, [first, end): indices of the first axis (all elements have one if there is one
    /// axis); all rows if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<[u64; 2]>,
    /// Columns used, [first, end): indices of the second axis; all columns if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<[u64; 2]>,
}

impl NpyFile {
    /// A whole file.
    pub fn whole(npy: impl Into<String>) -> NpyFile {
        NpyFile {
            npy: npy.into(),
            ..NpyFile::default()
        }
    }

    /// Cuts the slice out of the file's array, which has one axis or two.
    ///
    /// # Errors
    /// A slice that is empty or leaves its axis, and an array of more axes.
    pub(crate) fn cut(&self, array: IntArray) -> Result<IntArray, NpyError> {
        if self.rows.is_none() && self.columns.is_none() {
            return Ok(array);
        }
        let width = match array.shape[..] {
            [_] => None,
            [_, columns] => Some(columns),
            _ => return Err(NpyError::SliceAxes(array.shape)),
        };
        let rows = inside("rows", self.rows, array.shape[0])?;
        // an array of one axis has no columns, so that any slice of them is refused
        let columns = match (self.columns, width) {
            (None, None) => 0..1,
            (slice, _) => inside("columns", slice, width.unwrap_or(0))?,
        };
        let mut shape = vec![rows.len() as u64];
        shape.extend(width.map(|_| columns.len() as u64));
        let stride = width.unwrap_or(1) as usize;
        let row = |row: usize| &array.data[row * stride..][columns.clone()];
        let data = rows.flat_map(row).copied().collect();
        Ok(IntArray { shape, data })
    }
}

/// The indices of a slice, or all of its axis.
fn inside(
    axis: &'static str,
    slice: Option<[u64; 2]>,
    length: u64,
) -> Result<Range<usize>, NpyError> {
    let Some([from, to]) = slice else {
        return Ok(0..length as usize);
    };
    if from < to && to <= length {
        return Ok(from as usize..to as usize);
    }
    Err(NpyError::Slice {
        axis,
        from,
        to,
        length,
    })
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
    /// A single number that holds for every element.
    Shared(T),
    /// A number for each element, in their order.
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
