//! The journal: what makes the renames of several files one step.
//!
//! No operating system renames two files at once. So the names of all files of a set are written
//! down first, and whoever finds such a note carries it out. In each folder of a set lies a note
//! about that folder only; the note in the first folder decides. While it is not there, nothing
//! has happened. Once it is there, every note of the set is to be carried out.
//!
//! A note is a file that anybody may have put there, for example with an archive of networks. It
//! therefore speaks of names in its own folder only, and only renames what is a temporary file of
//! seamount: it can do nothing that the archive could not have done itself.

use super::folder::{folder_of, sync_folder};
use super::temporary::{TemporaryFile, is_forsaken, is_temporary_name, sweep_notes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Folder of the notes, within the folder that they are about.
const NOTES: &str = ".seamount-commit";
/// Largest note that is read, bytes.
const NOTE_BYTES_MAX: u64 = 1 << 20;

/// How often the folder of notes is made again when others remove it.
const TRIES_MAX: usize = 100;

/// One file of a set: where it lies, and the name that it gets. Both are in one folder.
#[derive(Debug, Clone)]
pub(super) struct Renaming {
    /// The temporary file.
    pub from: PathBuf,
    /// The output.
    pub to: PathBuf,
}

/// What is to be done in one folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// The note that decides; none if it is this one.
    decided_by: Option<OsString>,
    /// Folders of the set whose notes wait for this one.
    waiting: Vec<OsString>,
    /// Names of temporary files and of the outputs that they become.
    renames: Vec<(OsString, OsString)>,
}

/// Where things went wrong, and how.
type At<T> = Result<T, (PathBuf, io::Error)>;

/// Gives all files their names as one step. `decided` is called just before the note that decides
/// is written: from then on the temporary files belong to the journal.
pub(super) fn carry_out(renamings: &[Renaming], decided: impl FnOnce()) -> At<()> {
    let mut folders: BTreeMap<&Path, Vec<&Renaming>> = BTreeMap::new();
    for renaming in renamings {
        folders
            .entry(folder_of(&renaming.to))
            .or_default()
            .push(renaming);
    }
    let mut folders = folders.into_iter();
    let Some((first, here)) = folders.next() else {
        return Ok(());
    };
    let name = note_name();
    let deciding = first.join(NOTES).join(&name);
    let mut waiting: Vec<(PathBuf, TemporaryFile)> = vec![];
    let withdraw = |waiting: &[(PathBuf, TemporaryFile)]| {
        waiting.iter().for_each(|(note, _)| forget(note));
    };
    let mut folders_waiting = vec![];
    for (folder, renamings) in folders {
        let note = Note::new(&renamings, Some(deciding.clone().into()), vec![]);
        match note.write(folder, &name) {
            Ok(held) => waiting.push((folder.join(NOTES).join(&name), held)),
            Err(error) => {
                withdraw(&waiting);
                return Err((folder.to_path_buf(), error));
            }
        }
        folders_waiting.push(folder.as_os_str().to_os_string());
    }
    decided();
    let note = Note::new(&here, None, folders_waiting);
    let held = note.write(first, &name).map_err(|error| {
        // Nothing is decided: the temporary files and the notes that wait are all there is.
        withdraw(&waiting);
        renamings
            .iter()
            .for_each(|renaming| drop(fs::remove_file(&renaming.from)));
        (first.to_path_buf(), error)
    })?;
    let finished = finish_note(&deciding).map_err(|error| (first.to_path_buf(), error));
    // The locks that said "the writer lives" are held until everything is done.
    drop((held, waiting));
    finished
}

/// Carries out the notes in a folder that are decided.
pub(super) fn finish(folder: &Path) {
    let notes = folder.join(NOTES);
    // Notes name each other by their whole paths. Mostly there are none: that costs one call.
    let Ok(notes) = notes.canonicalize() else {
        return;
    };
    let Ok(entries) = fs::read_dir(&notes) else {
        return;
    };
    for entry in entries.flatten() {
        // A note that cannot be carried out now stays for another time.
        let _ = finish_note(&entry.path());
    }
    sweep_notes(&notes);
    let _ = fs::remove_dir(notes);
}

/// Carries out a note, and every note that waits for it.
fn finish_note(path: &Path) -> io::Result<()> {
    let Some(note) = Note::read(path) else {
        return Ok(());
    };
    let deciding = match &note.decided_by {
        None => path.to_path_buf(),
        Some(other) => PathBuf::from(other),
    };
    // Without the note that decides, nothing has happened yet. If the writer lives, it may still.
    let Some(decision) = Note::read(&deciding) else {
        if is_forsaken(path) {
            forget(path);
        }
        return Ok(());
    };
    let name = deciding.file_name().unwrap_or_default();
    for folder in decision.waiting.iter().map(Path::new) {
        let waiting = folder.join(NOTES).join(name);
        if let Some(note) = Note::read(&waiting)
            && note.decided_by.as_deref() == Some(deciding.as_os_str())
        {
            note.rename(folder)?;
            forget(&waiting);
        }
    }
    if let Some(folder) = deciding.parent().and_then(Path::parent)
        && decision.decided_by.is_none()
    {
        decision.rename(folder)?;
        forget(&deciding);
    }
    Ok(())
}

impl Note {
    fn new(renamings: &[&Renaming], decided_by: Option<OsString>, waiting: Vec<OsString>) -> Note {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_os_string();
        let renames = renamings.iter().map(|r| (name(&r.from), name(&r.to)));
        Note {
            decided_by,
            waiting,
            renames: renames.collect(),
        }
    }

    /// Writes the note whole or not at all: it appears under its name when it is synced. Whoever
    /// holds the result holds the lock that says so.
    fn write(&self, folder: &Path, name: &OsStr) -> io::Result<TemporaryFile> {
        let note = folder.join(NOTES).join(name);
        let held = Note::place(&note)?;
        let mut file = BufWriter::new(&held.file);
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        drop(file);
        held.file.sync_all()?;
        fs::rename(&held.path, &note)?;
        held.entrust();
        sync_folder(folder_of(&note));
        sync_folder(folder);
        Ok(held)
    }

    /// A temporary file for a note. Another process that finished its own set may remove the empty
    /// folder of notes at any time, so that making it is tried again.
    fn place(note: &Path) -> io::Result<TemporaryFile> {
        let mut tries = 0;
        loop {
            match fs::create_dir(folder_of(note)) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => {}
            }
            match TemporaryFile::beside(note) {
                Err(e) if e.kind() == io::ErrorKind::NotFound && tries < TRIES_MAX => tries += 1,
                placed => return placed,
            }
        }
    }

    fn read(path: &Path) -> Option<Note> {
        let whole = fs::symlink_metadata(path).ok()?;
        if !whole.is_file() || whole.len() > NOTE_BYTES_MAX {
            return None;
        }
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    fn rename(&self, folder: &Path) -> io::Result<()> {
        for (from, to) in &self.renames {
            if !is_temporary_name(from) || !is_plain(from) || !is_plain(to) {
                continue;
            }
            match fs::rename(folder.join(from), folder.join(to)) {
                // Whoever met the note first has done it.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
        sync_folder(folder);
        Ok(())
    }
}

/// Whether a name is that of something within a folder, and no path.
fn is_plain(name: &OsStr) -> bool {
    Path::new(name).file_name() == Some(name)
}

/// Removes a note, and the folder of notes if it was the last one.
fn forget(note: &Path) {
    let _ = fs::remove_file(note);
    if let Some(notes) = note.parent() {
        let _ = fs::remove_dir(notes);
    }
}

/// A name that no other set has: a number of the process, of the time and of a count.
fn note_name() -> OsString {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::SystemTime;
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanoseconds = time.map_or(0, |t| t.as_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{nanoseconds}-{count}.json", std::process::id()).into()
}
