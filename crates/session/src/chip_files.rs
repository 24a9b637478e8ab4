//! State and noise of a chip from files.
//!
//! What is wrong with such a file is a failure that names it; how much of a file is read is
//! bounded.

use crate::chip::Chip;
use crate::failure::Failure;
use crate::files;
use seamount_chip::NoiseReplay;
use seamount_image::container;
use seamount_network::npy;
use std::path::Path;

/// Largest snapshot that is read, bytes.
const SNAPSHOT_BYTES_MAX: u64 = container::FILE_BYTES_MAX;

impl Chip {
    /// Goes back to a snapshot in a file, of the same image.
    ///
    /// # Errors
    /// A file that cannot be read or holds no snapshot of this image.
    pub fn restore_file(&mut self, path: &Path) -> Result<(), Failure> {
        let bytes = files::read(path, SNAPSHOT_BYTES_MAX)?;
        let machine = self.machine_mut();
        machine.restore(&bytes).map_err(|e| Failure::input(path, e))
    }

    /// Replaces the noise generator by the draws in a .npy of 0..=255, steps x compartments, all
    /// cores side by side in the order of the image. Row 0 is step 1; beyond the end the last row
    /// repeats.
    ///
    /// # Errors
    /// A file that cannot be read or has another shape; the first value out of range.
    pub fn replay_noise_file(&mut self, path: &Path) -> Result<(), Failure> {
        let widths: Vec<usize> = self.program().cores.iter().map(|c| c.len()).collect();
        let replay = read_noise(path, &widths)?;
        let machine = self.machine_mut();
        machine
            .replay_noise(replay)
            .map_err(|e| Failure::input(path, e))
    }
}

/// Recorded noise: steps x compartments, the cores side by side in image order.
fn read_noise(path: &Path, widths: &[usize]) -> Result<NoiseReplay, Failure> {
    let bytes = files::read(path, files::DATA_BYTES_MAX)?;
    let array = npy::read_bytes(&bytes).map_err(|e| Failure::input(path, e))?;
    let width: usize = widths.iter().sum();
    if array.shape.len() != 2 || array.shape[1] != width as u64 || array.data.is_empty() {
        let problem = format!(
            "shape {:?}, wanted steps x {width} compartments",
            array.shape
        );
        return Err(Failure::input(path, problem));
    }
    let mut cores: Vec<Vec<u8>> = vec![vec![]; widths.len()];
    for (row, values) in array.data.chunks(width).enumerate() {
        let mut values = values.iter().enumerate();
        for (core, &width) in cores.iter_mut().zip(widths) {
            for (column, &value) in values.by_ref().take(width) {
                let wrong = |_| {
                    Failure::input(
                        path,
                        format!("row {row}, column {column}: {value} is outside 0..=255"),
                    )
                };
                core.push(u8::try_from(value).map_err(wrong)?);
            }
        }
    }
    Ok(NoiseReplay { cores })
}
