//! Spiking recurrent networks with adaptive neurons (Yin, Corradi, Bohte 2021): ECG and sequential
//! MNIST, as floats and on a chip whose neurons run a program.

pub mod arithmetic;
pub mod chip;
pub mod ecg;
pub mod integer;
pub mod single;
pub mod smnist;
pub mod weights;

use seamount_study::{LabError, data};
use std::path::{Path, PathBuf};

/// A folder of the data, given `--data`, by a file that must be in it.
fn folder(given: Option<&Path>, name: &str, file: &str) -> Result<PathBuf, LabError> {
    let given = data::data_folder(given);
    data::find(
        name,
        file,
        &[given.join(name), given.clone(), given.join("..").join(name)],
    )
}

/// The first of the largest.
fn first_largest<T: PartialOrd>(values: &[T]) -> usize {
    let mut best = 0;
    for (k, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = k;
        }
    }
    best
}
