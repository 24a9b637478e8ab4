//! Files of users: bounded reading, and errors that name the file.

use seamount_network::opened;
use seamount_network::text::decode;
use seamount_session::files::Outputs;
use seamount_session::{Failure, FailureKind};
use std::fmt::Display;
use std::io::{Read, Write};
use std::path::Path;

/// Largest file that is read, bytes.
pub const BYTES_MAX: u64 = 1 << 28;

/// A file is wrong in the way that `problem` says.
///
/// A file that is there holds something wrong; one that is not could not be read.
pub fn wrong(path: &Path, problem: impl Display) -> Failure {
    let kind = if path.is_file() {
        FailureKind::Input
    } else {
        FailureKind::Io
    };
    Failure::new(kind, path.display(), [problem])
}

/// The whole of a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let file = opened::open(path).map_err(|e| wrong(path, format!("cannot be read: {e}")))?;
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
pub fn read(path: &Path) -> Result<String, Failure> {
    decode(&bytes(path)?)
        .map(String::from)
        .map_err(|e| wrong(path, e))
}

/// Problems, one a line.
pub fn lines<P: ToString>(problems: impl IntoIterator<Item = P>) -> String {
    let lines: Vec<String> = problems.into_iter().map(|p| p.to_string()).collect();
    lines.join("\n")
}

/// Writes a text file, whole or not at all.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    Outputs::write_one(path, |file| file.write_all(text.as_bytes()))
}
