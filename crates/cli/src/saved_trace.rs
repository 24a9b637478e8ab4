//! Traces from files: an .npz archive, or a folder of .npy files.

use crate::failure::Failure;
use crate::screen;
use seamount_network::npy;
use seamount_session::{files, npz};
use seamount_study::compare::{TimeAxis, Trace, saved};
use std::collections::BTreeMap;
use std::path::Path;

/// Most files of a folder that are looked at.
const FILES_MAX: usize = 10_000;
/// Most bytes of all arrays of a trace together.
const BYTES_MAX: usize = 1 << 29;

/// Whether a path is a trace: an .npz archive or a folder.
pub fn is_one(path: &Path) -> bool {
    path.is_dir()
        || path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("npz"))
}

/// Reads a trace; says on standard error what is left out of it.
pub fn read(path: &Path, time: Option<TimeAxis>) -> Result<Trace, Failure> {
    let members = if path.is_dir() {
        folder(path)?
    } else {
        archive(path)?
    };
    let mut arrays = BTreeMap::new();
    for (name, bytes) in members {
        let array = npy::read_floats(&bytes)
            .map_err(|e| Failure::input(path, format!("array '{name}': {e}")))?;
        arrays.insert(name, array);
    }
    let (trace, left_out) = saved(&path.display().to_string(), arrays, time)
        .map_err(|problem| Failure::input(path, problem))?;
    if !left_out.is_empty() {
        screen::say(&format!(
            "{}: not {} steps long and left out: {}\n",
            path.display(),
            trace.steps,
            left_out.join(", ")
        ));
    }
    Ok(trace)
}

fn archive(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let bytes = files::read(path, files::DATA_BYTES_MAX)?;
    npz::read(&bytes).map_err(|e| e.about(path))
}

fn folder(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut members = BTreeMap::new();
    let mut budget = BYTES_MAX;
    for entry in std::fs::read_dir(path)
        .map_err(|e| Failure::read(path, &e))?
        .take(FILES_MAX)
    {
        let file = entry.map_err(|e| Failure::read(path, &e))?.path();
        let (Some(name), Some("npy")) = (
            file.file_stem().and_then(|n| n.to_str()),
            file.extension().and_then(|e| e.to_str()),
        ) else {
            continue;
        };
        let bytes = files::read(&file, budget as u64)?;
        budget -= bytes.len();
        members.insert(name.to_string(), bytes);
    }
    Ok(members)
}
