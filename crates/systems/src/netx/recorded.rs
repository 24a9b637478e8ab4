//! Recordings of Lava beside the chip: one file a layer and register, axes (x, y, channel, time),
//! or (neuron, time) of a flat layer.

use seamount_session::Failure;
use seamount_study::data;
use seamount_study::dump::{DumpArray, DumpValues};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// One recorded file.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FileReport {
    /// Name of the file, without `.npy`.
    pub name: String,
    /// Values compared.
    pub compared: u64,
    /// Values that are equal.
    pub equal: u64,
    /// The first that differs.
    pub first_difference: Option<RecordedDifference>,
}

/// A value that differs.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedDifference {
    /// Step, from 0.
    pub step: usize,
    /// Neuron, row-major over (channel, y, x).
    pub neuron: usize,
    /// In the file.
    pub recorded: i64,
    /// On the chip.
    pub found: i64,
}

/// Where (step, neuron) lies in a file of axes (x, y, c, t), or (neuron, t) if the layer is flat.
fn place(shape: [usize; 3], steps: usize, t: usize, neuron: usize) -> usize {
    let [c, h, w] = shape;
    let i = neuron / (h * w);
    let j = neuron / w % h;
    let k = neuron % w;
    ((k * h + j) * c + i) * steps + t
}

/// The axes of a file.
fn axes(shape: [usize; 3], steps: usize) -> Vec<u64> {
    let [c, h, w] = shape.map(|n| n as u64);
    if h * w == 1 {
        vec![c, steps as u64]
    } else {
        vec![w, h, c, steps as u64]
    }
}

/// Compares a file with the words of a layer, step by step, neuron by neuron.
///
/// # Errors
/// If the file is missing or has another shape.
pub(crate) fn against(
    path: &Path,
    name: String,
    shape: [usize; 3],
    words: &[i32],
) -> Result<FileReport, Failure> {
    let neurons = shape.iter().product::<usize>();
    let steps = words.len() / neurons;
    let wanted: Vec<Option<u64>> = axes(shape, steps).into_iter().map(Some).collect();
    let file = data::array(path, &wanted)?.data;
    let mut report = FileReport {
        name,
        compared: 0,
        equal: 0,
        first_difference: None,
    };
    for (i, &found) in words.iter().enumerate() {
        let step = i / neurons;
        let neuron = i % neurons;
        let found = i64::from(found);
        let recorded = file[place(shape, steps, step, neuron)];
        report.compared += 1;
        if found == recorded {
            report.equal += 1;
        } else if report.first_difference.is_none() {
            report.first_difference = Some(RecordedDifference {
                step,
                neuron,
                recorded,
                found,
            });
        }
    }
    Ok(report)
}

/// An array in the layout of the files.
pub(crate) fn laid_out(name: String, shape: [usize; 3], spikes: bool, words: &[i32]) -> DumpArray {
    let neurons = shape.iter().product::<usize>();
    let steps = words.len() / neurons;
    let mut laid = vec![0; words.len()];
    for (i, &word) in words.iter().enumerate() {
        laid[place(shape, steps, i / neurons, i % neurons)] = word;
    }
    let values = if spikes {
        DumpValues::Bits(laid.into_iter().map(|w| w != 0).collect())
    } else {
        DumpValues::Words(laid)
    };
    DumpArray {
        name,
        shape: axes(shape, steps),
        values,
    }
}

/// The lines of a report: every file, and the sum.
pub(crate) fn print(f: &mut fmt::Formatter<'_>, files: &[FileReport]) -> fmt::Result {
    for file in files {
        writeln!(
            f,
            "  {:<12} {:>9} of {:>9} values equal",
            file.name, file.equal, file.compared
        )?;
        if let Some(d) = &file.first_difference {
            writeln!(
                f,
                "    first difference: step {}, neuron {}: recorded {}, found {}",
                d.step, d.neuron, d.recorded, d.found
            )?;
        }
    }
    let equal: u64 = files.iter().map(|file| file.equal).sum();
    let compared: u64 = files.iter().map(|file| file.compared).sum();
    writeln!(
        f,
        "equal to the recording of Lava: {equal} of {compared} values"
    )
}
