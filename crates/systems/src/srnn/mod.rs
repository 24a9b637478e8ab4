//! Spiking recurrent networks with adaptive neurons (Yin, Corradi, Bohte 2021): ECG and sequential
//! MNIST, as floats and on a chip whose neurons run a program.

pub mod arithmetic;
pub mod chip;
pub mod ecg;
pub mod float;
pub mod integer;
pub mod single;
pub mod smnist;
pub mod weights;

use seamount_session::Failure;
use seamount_study::datasets::{Dataset, Datasets};
use std::path::PathBuf;

/// A file of the data, in the folder of its set.
struct SetFile {
    folder: &'static str,
    file: &'static str,
}

/// Traces of the QT database.
const ECG: SetFile = SetFile {
    folder: "ecg-qtdb",
    file: "QTDB_test_0_70.npz",
};

impl SetFile {
    /// A file of trained weights.
    const fn weights(file: &'static str) -> SetFile {
        SetFile {
            folder: "srnn-weights",
            file,
        }
    }

    /// Where the file lies.
    fn path(&self, data: &Datasets) -> Result<PathBuf, Failure> {
        let set = Dataset::new(self.folder, self.folder, self.file);
        Ok(data.find(set)?.join(self.file))
    }
}
