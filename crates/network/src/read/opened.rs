//! Files that were opened for reading, so that nobody overwrites one of them.
//!
//! A command reads more files than it is given: a network names arrays, a program includes others,
//! a system has its data. Which ones is known only when they are opened, and all of them are
//! opened here. The command asks for the list and refuses an output that is on it. A library has
//! no use for it, as its user may well read a file, change it and write it again: nothing is kept
//! until [`remember`] is called.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Files that were opened; none while nobody wants to know.
static OPENED: Mutex<Option<HashSet<FileId>>> = Mutex::new(None);

/// What makes a file the same under every name that it has.
type FileId = (u64, u64);

/// Keeps the names of files from now on.
pub fn remember() {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.get_or_insert_default();
}

/// Opens a file for reading.
///
/// # Errors
/// As [`File::open`].
pub fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(opened) = &mut *opened {
        opened.extend(id(&file.metadata()?));
    }
    Ok(file)
}

/// Opens a regular file for reading. A pipe that a network names would be waited for without end.
///
/// # Errors
/// As [`File::open`], and anything but a regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is no regular file"));
    }
    open(path)
}

/// Whether a file was opened since [`remember`].
pub fn was_opened(path: &Path) -> bool {
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    match (&*opened, fs::metadata(path)) {
        (Some(opened), Ok(file)) if file.is_file() => {
            id(&file).is_some_and(|id| opened.contains(&id))
        }
        _ => false,
    }
}

#[cfg(unix)]
fn id(file: &Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    Some((file.dev(), file.ino()))
}

/// Elsewhere files have no number that the standard library tells.
#[cfg(not(unix))]
fn id(_: &Metadata) -> Option<FileId> {
    None
}
