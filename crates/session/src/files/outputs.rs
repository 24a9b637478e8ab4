//! Outputs of one operation as one set: all files are new, or all are as they were.
//!
//! The order of the work is what the promise rests on:
//!
//! 1. every file is written whole under a temporary name beside its target, and synced;
//! 2. the journal says which temporary file becomes which target; once it is synced with its
//!    folder, the set is decided (one file alone needs no journal: a rename is atomic);
//! 3. the files get their names, and their folders are synced;
//! 4. the journal is removed.
//!
//! An operation that ends before 2 has changed nothing. One that ends after 2 is finished by the
//! next operation of seamount that reads or writes in that folder ([`super::journal`]).

use super::folder::{folder_of, sync_folder};
use super::journal::{self, Renaming};
use super::temporary::{TemporaryFile, sweep};
use crate::failure::{Failure, FailureKind};
use seamount_network::opened;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Most links that are followed from the name of an output; Linux follows as many.
const LINKS_MAX: usize = 40;

/// Files to be written as one set.
#[derive(Debug, Default)]
pub struct Outputs {
    staged: Vec<Staged>,
}

/// An output that lies whole under its temporary name.
#[derive(Debug)]
struct Staged {
    temporary: TemporaryFile,
    target: PathBuf,
}

impl Outputs {
    /// Fails early if a path cannot be written, if two are one file by whatever spelling, or if one
    /// was read before: worth a second call when everything has been read and nothing computed.
    pub fn expect(paths: &[&Path]) -> Result<(), Failure> {
        let mut targets: Vec<PathBuf> = vec![];
        for path in paths {
            if path.is_dir() {
                return Err(Failure::new(
                    FailureKind::Io,
                    path.display(),
                    ["cannot be written: is a directory"],
                ));
            }
            let target = resolve(path);
            if targets.contains(&target) {
                return Err(Failure::new(
                    FailureKind::Usage,
                    path.display(),
                    ["is named for two outputs"],
                ));
            }
            keep_inputs(path)?;
            if !is_special(path) {
                journal::finish(folder_of(&target));
                sweep(&target);
                TemporaryFile::beside(&target).map_err(|e| Failure::write(path, &e))?;
            }
            targets.push(target);
        }
        Ok(())
    }

    /// Writes one file, whole or not at all.
    pub fn write_one(
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut outputs = Outputs::default();
        outputs.stage(path, write)?;
        outputs.commit()
    }

    /// Writes one file, whole or not at all, that this operation may have read: a checkpoint is
    /// gone on with and then replaced. Every other output refuses to be an input.
    pub fn renew(
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut outputs = Outputs::default();
        outputs.put(path, write)?;
        outputs.commit()
    }

    /// Writes the contents of `path` under a temporary name.
    pub fn stage(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        if !is_special(path) {
            keep_inputs(path)?;
        }
        self.put(path, write)
    }

    fn put(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let wrong = |e: io::Error| Failure::write(path, &e);
        if is_special(path) {
            let device = File::options().write(true).open(path).map_err(wrong)?;
            return fill(device, write).map(drop).map_err(wrong);
        }
        let target = resolve(path);
        let temporary = TemporaryFile::beside(&target).map_err(wrong)?;
        let file = temporary.file.try_clone().map_err(wrong)?;
        let file = fill(file, write).map_err(wrong)?;
        file.sync_all().map_err(wrong)?;
        self.staged.push(Staged { temporary, target });
        Ok(())
    }

    /// Gives every staged file its name.
    pub fn commit(self) -> Result<(), Failure> {
        let renamings: Vec<Renaming> = self
            .staged
            .iter()
            .map(|staged| Renaming {
                from: staged.temporary.path.clone(),
                to: staged.target.clone(),
            })
            .collect();
        match &renamings[..] {
            [] => Ok(()),
            [one] => {
                fs::rename(&one.from, &one.to).map_err(|e| Failure::write(&one.to, &e))?;
                self.staged[0].temporary.entrust();
                sync_folder(folder_of(&one.to));
                Ok(())
            }
            all => {
                let entrust = || self.staged.iter().for_each(|s| s.temporary.entrust());
                journal::carry_out(all, entrust).map_err(|(path, e)| Failure::write(&path, &e))
            }
        }
    }
}

/// Refuses an output that is one of the files that were read: an array of the network, a profile,
/// something included.
fn keep_inputs(path: &Path) -> Result<(), Failure> {
    if opened::was_opened(path) {
        let problem = ["is both read and written"];
        return Err(Failure::new(FailureKind::Usage, path.display(), problem));
    }
    Ok(())
}

/// Writes through a buffer and gives the file back.
fn fill(
    file: File,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<File> {
    let mut buffer = BufWriter::new(file);
    write(&mut buffer)?;
    buffer.flush()?;
    buffer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Devices and pipes are written in place: renaming would replace them.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

/// The file that a path means: links are followed, also one to a file that is not there yet.
fn resolve(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS_MAX {
        if let Ok(file) = fs::canonicalize(&path) {
            return file;
        }
        match fs::read_link(&path) {
            Ok(to) => path = folder_of(&path).join(to),
            Err(_) => break,
        }
    }
    match (fs::canonicalize(folder_of(&path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}
