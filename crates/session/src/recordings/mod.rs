//! Recordings as files: CSV, NumPy archives, Arrow.

#[cfg(feature = "arrow")]
mod arrow;
mod numpy;

use crate::files;
use crate::probe::register_name;
use seamount_chip::Recording;
use seamount_image::ImageRegister;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Form of a file of recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingForm {
    /// Tidy CSV.
    Csv,
    /// NumPy archive.
    Npz,
    /// Arrow IPC file.
    Arrow,
}

impl RecordingForm {
    /// The form that a file's ending asks for.
    ///
    /// # Errors
    /// An ending that is none of them, or a form that this build cannot write, in words.
    pub fn of(path: &Path) -> Result<RecordingForm, String> {
        match files::ending(path).as_str() {
            "csv" => Ok(RecordingForm::Csv),
            "npz" => Ok(RecordingForm::Npz),
            "arrow" if cfg!(feature = "arrow") => Ok(RecordingForm::Arrow),
            "arrow" => Err("this build cannot write Arrow; build it with: \
                 cargo build --release --features arrow"
                .into()),
            _ => Err("wanted a file that ends in .csv, .npz or .arrow".into()),
        }
    }
}

/// Writes recordings in the form that the ending of `path` asks for.
///
/// # Errors
/// An ending that is none of these forms, and what the writer says.
pub fn write_recordings(
    path: &Path,
    recordings: &[Recording],
    out: &mut BufWriter<File>,
) -> io::Result<()> {
    match RecordingForm::of(path).map_err(io::Error::other)? {
        RecordingForm::Csv => csv(recordings, out),
        RecordingForm::Npz => numpy::write(recordings, out),
        #[cfg(feature = "arrow")]
        RecordingForm::Arrow => arrow::write(recordings, out),
        #[cfg(not(feature = "arrow"))]
        RecordingForm::Arrow => Err(io::Error::other("this build cannot write Arrow")),
    }
}

/// Calls `row` with (step, neuron, value) of everything worth a row: of spikes only those that
/// happened.
fn rows(
    recording: &Recording,
    mut row: impl FnMut(u64, u32, i32) -> io::Result<()>,
) -> io::Result<()> {
    for (i, &step) in recording.steps.iter().enumerate() {
        for (k, &neuron) in recording.neurons.iter().enumerate() {
            let value = recording.get(i, k);
            if value != 0 || recording.register != ImageRegister::Spike {
                row(step, neuron, value)?;
            }
        }
    }
    Ok(())
}

/// `probe,step,neuron,value`
fn csv(recordings: &[Recording], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "probe,step,neuron,value")?;
    for recording in recordings {
        let name = quoted(&recording.name);
        rows(recording, |step, neuron, value| {
            writeln!(out, "{name},{step},{neuron},{value}")
        })?;
    }
    Ok(())
}

/// A field of CSV, in quotes where it must be.
pub fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}

/// One line on a recording.
pub(crate) fn summary(
    name: &str,
    register: ImageRegister,
    neurons: usize,
    rows: u64,
    sum: i64,
) -> String {
    let what = match register {
        ImageRegister::Spike => format!("{sum} spikes"),
        _ => format!(
            "{} values of {}",
            rows * neurons as u64,
            register_name(register)
        ),
    };
    let whose = match register {
        ImageRegister::Weight
        | ImageRegister::Delay
        | ImageRegister::Tag
        | ImageRegister::SecondTag => "synapses",
        ImageRegister::PreTrace(_) => "sources",
        _ => "neurons",
    };
    format!("{name}: {what} of {neurons} {whose} in {rows} steps")
}
