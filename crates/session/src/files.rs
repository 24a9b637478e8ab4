//! Files: bounded reading, and writing that leaves either everything or nothing.

use crate::failure::{Failure, FailureKind};
use seamount_network::text::decode;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

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
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| Failure::read(path, &e))?;
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

/// Files to be written: all are written under temporary names first, then all are renamed, so that
/// a failure leaves no new file behind.
#[derive(Debug, Default)]
pub struct Outputs {
    staged: Vec<(PathBuf, PathBuf)>,
}

impl Outputs {
    /// Fails early if a path cannot be written or is given twice.
    pub fn expect(paths: &[&Path]) -> Result<(), Failure> {
        for (i, path) in paths.iter().enumerate() {
            if paths[..i].contains(path) {
                return Err(Failure::new(
                    FailureKind::Usage,
                    path.display(),
                    ["is named for two outputs"],
                ));
            }
            if path.is_dir() {
                return Err(Failure::new(
                    FailureKind::Io,
                    path.display(),
                    ["cannot be written: is a directory"],
                ));
            }
            if is_special(path) {
                continue;
            }
            let temporary = temporary(path);
            File::create(&temporary).map_err(|e| Failure::write(path, &e))?;
            let _ = fs::remove_file(&temporary);
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

    /// Writes the contents of `path` under a temporary name.
    pub fn stage(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let special = is_special(path);
        let target = if special {
            path.to_path_buf()
        } else {
            temporary(path)
        };
        let create = || {
            if special {
                File::options().write(true).open(&target)
            } else {
                File::create(&target)
            }
        };
        let file = create().map_err(|e| Failure::write(path, &e))?;
        if !special {
            self.staged.push((
                target,
                fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()),
            ));
        }
        let mut file = BufWriter::new(file);
        write(&mut file)
            .and_then(|()| file.flush())
            .map_err(|e| Failure::write(path, &e))
    }

    /// Gives every staged file its name.
    pub fn commit(mut self) -> Result<(), Failure> {
        while let Some((from, to)) = self.staged.pop() {
            if let Err(error) = fs::rename(&from, &to) {
                let _ = fs::remove_file(&from);
                return Err(Failure::write(&to, &error));
            }
        }
        Ok(())
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        for (temporary, _) in &self.staged {
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Devices and pipes are written in place: renaming would replace them.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

fn temporary(path: &Path) -> PathBuf {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}
