//! Arrays of floats with a shape.

/// Floats in row-major order (last axis fastest).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensor {
    /// Length of each axis, slowest first; empty: a scalar.
    pub shape: Vec<usize>,
    /// Elements; as many as the product of the shape.
    pub data: Vec<f64>,
}

impl Tensor {
    /// A tensor of a shape; `None` if the number of elements is not the product of the shape.
    pub fn new(shape: Vec<usize>, data: Vec<f64>) -> Option<Tensor> {
        (count(&shape)? == data.len()).then_some(Tensor { shape, data })
    }

    /// One number, shape `[]`. In neuron parameters it stands for every neuron.
    pub fn scalar(value: f64) -> Tensor {
        Tensor {
            shape: vec![],
            data: vec![value],
        }
    }

    /// One axis.
    pub fn vector(data: Vec<f64>) -> Tensor {
        Tensor {
            shape: vec![data.len()],
            data,
        }
    }

    /// The same number everywhere.
    pub fn filled(shape: Vec<usize>, value: f64) -> Tensor {
        let data = vec![value; shape.iter().product()];
        Tensor { shape, data }
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Element `index` in row-major order; a scalar has the same value at every index.
    pub fn get(&self, index: usize) -> f64 {
        if self.shape.is_empty() {
            self.data[0]
        } else {
            self.data[index]
        }
    }
}

/// Number of elements of a shape; `None` if it does not fit.
pub fn count(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1usize, |product, &axis| product.checked_mul(axis))
}
