//! Files: bounded reading, and writing that leaves either everything or nothing.

mod folder;
mod journal;
mod outputs;
mod temporary;

pub use outputs::Outputs;
pub use temporary::abandon;

use crate::failure::Failure;
use seamount_network::memory::allow;
use seamount_network::opened;
use seamount_network::text::decode;
use std::io::Read;
use std::path::Path;

/// Most bytes of one file of data (spikes, currents, recorded noise) that are read.
pub const DATA_BYTES_MAX: u64 = 1 << 28;

/// The ending of a file's name in small letters, without its dot; empty if there is none.
pub fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_ascii_lowercase()
}

/// Whether two paths are one existing file.
pub fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b && a.is_file())
}

/// Reads a whole file of at most `limit` bytes; devices and pipes included.
///
/// A set of outputs that was cut off between its commit and its last rename is finished first, so
/// that a reader never sees half of it.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    journal::finish(folder::folder_of(path));
    let mut bytes = Vec::new();
    let file = opened::open(path).map_err(|e| Failure::read(path, &e))?;
    let size = file.metadata().map_or(0, |m| m.len());
    allow("the bytes of the file", size.min(limit), 1)
        .map_err(|short| Failure::memory(path.display(), short))?;
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::read(path, &e))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::input(
            path,
            format!("larger than the {limit} bytes that are read"),
        ));
    }
    Ok(bytes)
}

/// Reads a whole text file of at most `limit` bytes, without a byte order mark.
pub fn text(path: &Path, limit: u64) -> Result<String, Failure> {
    let bytes = read(path, limit)?;
    decode(&bytes)
        .map(String::from)
        .map_err(|e| Failure::input(path, e))
}
