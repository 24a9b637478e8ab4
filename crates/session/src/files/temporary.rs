//! TemporaryFile files: where an output lies until it is whole.
//!
//! A temporary file lies beside its target, so that a rename is possible. Its name cannot be
//! foreseen and the file is created anew, so that nobody can plant a link there. The process that
//! writes it holds a lock on it: a file without a holder was left by a process that was killed,
//! and the next operation that writes the same target removes it.
//!
//! This module does *not* know what is written, nor which files belong together.

use super::folder::folder_of;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Ending of the names of temporary files.
const ENDING: &str = ".seamount-tmp";

/// TemporaryFile files of this process that are to be removed if it has to stop.
static LIVING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A temporary file that this process writes; removed when dropped, unless it was given its name.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    /// Where the file lies.
    pub path: PathBuf,
    /// The open file; its lock says that the writer lives.
    pub file: File,
}

impl TemporaryFile {
    /// Creates a temporary file for `target`, with the permissions of the file that it replaces.
    pub fn beside(target: &Path) -> io::Result<TemporaryFile> {
        let folder = folder_of(target);
        let prefix = prefix(target);
        // Registered under one lock, so that a signal between creation and registration waits.
        let mut living = living();
        let made = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(ENDING)
            .permissions(new_file())
            .tempfile_in(folder)?;
        let (file, path) = made.keep().map_err(|e| e.error)?;
        living.insert(path.clone());
        drop(living);
        let temporary = TemporaryFile { path, file };
        // A file system without locks is no reason to refuse: then nothing is swept there either.
        let _ = temporary.file.try_lock();
        if let Ok(old) = fs::metadata(target) {
            temporary.file.set_permissions(old.permissions())?;
        }
        Ok(temporary)
    }

    /// Leaves the file to the journal, which from now on says what becomes of it.
    pub fn entrust(&self) {
        living().remove(&self.path);
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if living().remove(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the temporary files of this process: for a signal that ends it. Outputs whose set is
/// decided keep theirs, as the journal will give them their names.
///
/// From then on no temporary file can be made: whoever tries waits for the end of the process.
pub fn abandon() {
    let mut living = living();
    for path in std::mem::take(&mut *living) {
        let _ = fs::remove_file(path);
    }
    std::mem::forget(living);
}

/// Removes the temporary files of `target` that processes left which no longer live.
pub(super) fn sweep(target: &Path) {
    let prefix = prefix(target);
    let Ok(entries) = fs::read_dir(folder_of(target)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if is_temporary(&name, &prefix) && is_forsaken(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a name is one that a temporary file can have.
pub(super) fn is_temporary_name(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.starts_with(b".") && bytes.ends_with(ENDING.as_bytes())
}

/// Removes the temporary files of notes that processes left which no longer live.
pub(super) fn sweep_notes(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_temporary_name(&entry.file_name()) && is_forsaken(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_temporary(name: &OsStr, prefix: &OsStr) -> bool {
    is_temporary_name(name)
        && name
            .as_encoded_bytes()
            .starts_with(prefix.as_encoded_bytes())
}

/// Whether a file has no writer that lives.
pub(super) fn is_forsaken(path: &Path) -> bool {
    let regular = fs::symlink_metadata(path).is_ok_and(|m| m.is_file());
    if !regular {
        return false;
    }
    let Ok(file) = File::options().write(true).open(path) else {
        return false;
    };
    match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

/// First part of the names of temporary files for a target: hidden, and the target's own name.
fn prefix(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    prefix
}

/// Permissions of a new file, before the mask of the process is taken off.
#[cfg(unix)]
fn new_file() -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(0o666)
}

fn living() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // The set is whole after every statement, so that a panic elsewhere does not spoil it.
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}
