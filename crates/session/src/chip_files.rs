//! State and random numbers of a chip from files.
//!
//! What is wrong with such a file is a failure that names it; how much of a file is read is
//! bounded.

use crate::chip::Chip;
use crate::failure::{Failure, FailureKind};
use crate::{files, npz};
use seamount_chip::{LearningReplay, NoiseReplay};
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
        let bytes = read_snapshot(path)?;
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
        let replay = read_noise(path, self.program().compartments_of_cores())?;
        let machine = self.machine_mut();
        machine
            .replay_noise(replay)
            .map_err(|e| Failure::input(path, e))
    }

    /// Replaces the random numbers of the learning engine by those in an .npz: `pre`, `post` and
    /// `reward` for the traces, `rounding` for the write-back of w, d and t, each one number of
    /// 0..=65535 a step for all units. Element 0 is step 1; beyond the end the last one repeats,
    /// and an array that is not there is all 0.
    ///
    /// # Errors
    /// A file that cannot be read; every array of another name or shape or with a number out of
    /// range.
    pub fn replay_learning_file(&mut self, path: &Path) -> Result<(), Failure> {
        let replay = read_learning(path)?;
        self.machine_mut().replay_learning(replay);
        Ok(())
    }
}

/// The bytes of a snapshot.
pub(crate) fn read_snapshot(path: &Path) -> Result<Vec<u8>, Failure> {
    files::read(path, SNAPSHOT_BYTES_MAX)
}

/// Recorded numbers of the learning engine (LE-010).
pub(crate) fn read_learning(path: &Path) -> Result<LearningReplay, Failure> {
    let bytes = files::read(path, files::DATA_BYTES_MAX)?;
    let arrays = npz::read(&bytes).map_err(|e| e.about(path))?;
    let mut replay = LearningReplay::default();
    let mut problems = vec![];
    for (name, bytes) in &arrays {
        let target = match name.as_str() {
            "pre" => &mut replay.pre,
            "post" => &mut replay.post,
            "reward" => &mut replay.reward,
            "rounding" => &mut replay.rounding,
            _ => {
                problems.push(format!(
                    "array '{name}' is not known: there are pre, post, reward and rounding"
                ));
                continue;
            }
        };
        match numbers(bytes) {
            Ok(numbers) => *target = numbers,
            Err(problem) => problems.push(format!("array '{name}': {problem}")),
        }
    }
    if arrays.is_empty() {
        problems.push("has no arrays: wanted pre, post, reward or rounding".into());
    }
    match problems.is_empty() {
        true => Ok(replay),
        false => Err(Failure::new(FailureKind::Input, path.display(), problems)),
    }
}

/// Numbers of 16 bits, one a step.
fn numbers(bytes: &[u8]) -> Result<Vec<u16>, String> {
    let array = npy::read_bytes(bytes).map_err(|e| e.to_string())?;
    if array.shape.len() != 1 || array.data.is_empty() {
        return Err(format!("shape {:?}, wanted one number a step", array.shape));
    }
    let number = |(step, value): (usize, &i64)| {
        let wrong = |_| format!("element {step}: {value} is outside 0..=65535");
        u16::try_from(*value).map_err(wrong)
    };
    array.data.iter().enumerate().map(number).collect()
}

/// Recorded noise: steps x compartments, the cores side by side in image order.
pub(crate) fn read_noise(path: &Path, widths: &[u32]) -> Result<NoiseReplay, Failure> {
    let bytes = files::read(path, files::DATA_BYTES_MAX)?;
    let array = npy::read_bytes(&bytes).map_err(|e| Failure::input(path, e))?;
    let width: usize = widths.iter().map(|width| *width as usize).sum();
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
            for (column, &value) in values.by_ref().take(width as usize) {
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
