//! Files that a network in JSON names: arrays, and texts of programs. All lie in its folder.

use crate::netlist::ProgramText;
use crate::opened;
use crate::read::npy::NpyError;
use crate::read::text::{self, NotText};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Largest text of a program that is read, bytes.
const PROGRAM_BYTES_MAX: u64 = 1 << 20;

/// Why a file that a network names cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BesideError {
    /// A path that leads out of the folder of the network.
    #[error("the path must be relative to the network's folder, without '..'")]
    Outside,
    /// An array.
    #[error(transparent)]
    Array(#[from] NpyError),
    /// The file of a text cannot be opened or read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file is larger than the text of a program may be.
    #[error("{found} bytes, at most {PROGRAM_BYTES_MAX} are read")]
    TooLarge {
        /// Size of the file in bytes.
        found: u64,
    },
    /// The file holds no text.
    #[error(transparent)]
    Text(#[from] NotText),
    /// A program with a text and a file.
    #[error("has both 'text' and 'file', wanted one of them")]
    Both,
    /// A program without a text and without a file.
    #[error("has neither 'text' nor 'file'")]
    Neither,
}

/// The path of a file that is named relative to a folder.
///
/// # Errors
/// A path that leads out of the folder.
pub(crate) fn inside(folder: &Path, name: &str) -> Result<PathBuf, BesideError> {
    let relative = Path::new(name);
    let stays = |part: Component| matches!(part, Component::Normal(_) | Component::CurDir);
    match relative.components().all(stays) {
        true => Ok(folder.join(relative)),
        false => Err(BesideError::Outside),
    }
}

/// Puts the text of its file into a program that names one.
///
/// # Errors
/// A file that cannot be read or holds no text; both a text and a file, or neither.
pub(crate) fn complete(program: &mut ProgramText, folder: &Path) -> Result<(), BesideError> {
    let given = !program.text.is_empty();
    match program.file.take() {
        None if given => Ok(()),
        None => Err(BesideError::Neither),
        Some(_) if given => Err(BesideError::Both),
        Some(name) => {
            program.text = program_text(&inside(folder, &name)?)?;
            Ok(())
        }
    }
}

fn program_text(path: &Path) -> Result<String, BesideError> {
    let file = opened::open_regular(path)?;
    let found = file.metadata()?.len();
    if found > PROGRAM_BYTES_MAX {
        return Err(BesideError::TooLarge { found });
    }
    let mut bytes = vec![];
    file.take(PROGRAM_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(text::decode(&bytes)?.into())
}
