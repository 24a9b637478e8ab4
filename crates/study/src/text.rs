//! Files of users: bounded reading, and errors that name the file.

use crate::LabError;
use seamount_network::text::decode;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Largest file that is read, bytes.
pub const BYTES_MAX: u64 = 1 << 28;

/// A file is wrong in the way that `problem` says.
pub fn wrong(path: &Path, problem: impl ToString) -> LabError {
    LabError::File {
        path: path.into(),
        problem: problem.to_string(),
    }
}

/// The whole of a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, LabError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| wrong(path, format!("cannot be read: {e}")))?;
    file.take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| wrong(path, format!("cannot be read: {e}")))?;
    if bytes.len() as u64 > BYTES_MAX {
        let problem = format!("larger than the {BYTES_MAX} bytes that are read");
        return Err(wrong(path, problem));
    }
    Ok(bytes)
}

/// The whole of a text file, without a byte order mark.
pub fn read(path: &Path) -> Result<String, LabError> {
    decode(&bytes(path)?)
        .map(String::from)
        .map_err(|e| wrong(path, e))
}

/// Problems, one a line.
pub fn lines<P: ToString>(problems: impl IntoIterator<Item = P>) -> String {
    let lines: Vec<String> = problems.into_iter().map(|p| p.to_string()).collect();
    lines.join("\n")
}

/// Writes a text file under a temporary name, then renames it.
pub fn write(path: &Path, text: &str) -> Result<(), LabError> {
    let written = seamount_network::npy::write_with(path, |file| {
        std::io::Write::write_all(file, text.as_bytes())
    });
    written.map_err(|e| wrong(path, format!("cannot be written: {e}")))
}
