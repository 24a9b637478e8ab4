//! Recordings as files.

#[cfg(feature = "arrow")]
mod arrow;
pub mod npz;

use crate::probe_flag::register_name;
use seamount_chip::Recording;
use seamount_image::Register;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Forms of recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Tidy CSV.
    Csv,
    /// NumPy archive.
    Npz,
    /// Arrow IPC file.
    Arrow,
}

impl Form {
    /// The form that a file's ending asks for.
    pub fn of(path: &Path) -> Result<Form, String> {
        match path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase().as_str() {
            "csv" => Ok(Form::Csv),
            "npz" => Ok(Form::Npz),
            "arrow" if cfg!(feature = "arrow") => Ok(Form::Arrow),
            "arrow" => Err("this build cannot write Arrow; build it with: cargo build --release --features arrow".into()),
            _ => Err("wanted a file that ends in .csv, .npz or .arrow".into()),
        }
    }

    /// Accepts a path whose form can be written.
    pub fn check(text: &str) -> Result<PathBuf, String> {
        let path = PathBuf::from(text);
        Form::of(&path).map(|_| path)
    }
}

/// Writes recordings in the form that `path` asks for.
pub fn write(path: &Path, recordings: &[Recording], out: &mut BufWriter<File>) -> io::Result<()> {
    match Form::of(path).map_err(io::Error::other)? {
        Form::Csv => csv(recordings, out),
        Form::Npz => npz::write(recordings, out),
        #[cfg(feature = "arrow")]
        Form::Arrow => arrow::write(recordings, out),
        #[cfg(not(feature = "arrow"))]
        Form::Arrow => Err(io::Error::other("this build cannot write Arrow")),
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
            if value != 0 || recording.register != Register::Spike {
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
pub fn summary(name: &str, register: Register, neurons: usize, rows: u64, sum: i64) -> String {
    let what = match register {
        Register::Spike => format!("{sum} spikes"),
        _ => format!(
            "{} values of {}",
            rows * neurons as u64,
            register_name(register)
        ),
    };
    let whose = match register {
        Register::Weight | Register::Delay | Register::Tag | Register::SecondTag => "synapses",
        Register::PreTrace(_) => "sources",
        _ => "neurons",
    };
    format!("{name}: {what} of {neurons} {whose} in {rows} steps")
}
