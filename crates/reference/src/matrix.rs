//! A dense row-major matrix of f64, as small as the equations need.

use serde::{Serialize, Serializer};

/// Row-major matrix. Weights are `[post][pre]`, as in the golden vectors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self {
            rows,
            cols,
            values: vec![0.0; rows * cols],
        }
    }

    /// Entry (r, c) is `value(r, c)`, asked in row-major order.
    pub fn from_fn(rows: usize, cols: usize, mut value: impl FnMut(usize, usize) -> f64) -> Self {
        let mut matrix = Self::zeros(rows, cols);
        for r in 0..rows {
            for c in 0..cols {
                matrix.values[r * cols + c] = value(r, c);
            }
        }
        matrix
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Row `r`, its entries column after column.
    pub fn row(&self, r: usize) -> &[f64] {
        &self.values[r * self.cols..(r + 1) * self.cols]
    }

    /// Row `r`, to write.
    pub fn row_mut(&mut self, r: usize) -> &mut [f64] {
        &mut self.values[r * self.cols..(r + 1) * self.cols]
    }

    /// Entry (r, c).
    pub fn at(&self, r: usize, c: usize) -> f64 {
        self.values[r * self.cols + c]
    }

    /// Sets entry (r, c).
    pub fn set(&mut self, r: usize, c: usize, value: f64) {
        self.values[r * self.cols + c] = value;
    }

    /// All entries, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All entries, row after row, to write.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The transpose, as a matrix of its own.
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.cols, self.rows, |r, c| self.at(c, r))
    }

    /// Adds `factor` times `other`, entry by entry. Both have the same shape.
    pub fn add_scaled(&mut self, other: &Self, factor: f64) {
        debug_assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        for (a, b) in self.values.iter_mut().zip(&other.values) {
            *a += factor * b;
        }
    }

    /// Multiplies every entry.
    pub fn scale(&mut self, factor: f64) {
        for a in &mut self.values {
            *a *= factor;
        }
    }

    /// Zeroes the diagonal: no neuron connects to itself (A.1 step 2).
    pub fn clear_diagonal(&mut self) {
        for k in 0..self.rows.min(self.cols) {
            self.set(k, k, 0.0);
        }
    }

    /// The largest absolute difference to `other`; infinite where shapes differ.
    pub fn distance(&self, other: &Self) -> f64 {
        if (self.rows, self.cols) != (other.rows, other.cols) {
            return f64::INFINITY;
        }
        let pairs = self.values.iter().zip(&other.values);
        pairs.fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs()))
    }
}

impl Serialize for Matrix {
    /// An array of rows, the layout of the golden vectors.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.rows).map(|r| self.row(r)))
    }
}
