//! Downloads of a data set: what is there is checked, what is not is fetched, what was broken off
//! goes on.
//!
//! The downloads themselves are left to `curl`, which every system has or can have: it knows
//! proxies and certificates, and a command line for spiking networks needs no client of its own.
//! A file gets its name only when its checksum is right.

use super::{DataFile, DataSet, Presence, sha256};
use seamount_session::Failure;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Address of the files of repositories.
const FILES: &str = "https://raw.githubusercontent.com";
/// Address of large files of repositories, which lie apart.
const LARGE_FILES: &str = "https://media.githubusercontent.com/media";
/// First bytes of the stand-in for a large file.
const STAND_IN: &[u8] = b"version https://git-lfs.github.com/spec/";

/// What to fetch, and where to put it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchOptions {
    /// Folder that gets a folder for the data set.
    pub folder: PathBuf,
    /// Address to use in place of the public one, for a copy of the files: the file of a data set
    /// is expected at ADDRESS/SET/NAME.
    pub mirror: Option<String>,
    /// Whether nothing is downloaded: files are checked only.
    pub check_only: bool,
}

impl FetchOptions {
    /// Downloads from the public address into a folder.
    pub fn new(folder: impl Into<PathBuf>) -> FetchOptions {
        FetchOptions {
            folder: folder.into(),
            mirror: None,
            check_only: false,
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// It was there already, with the right checksum.
    Present,
    /// It was downloaded.
    Downloaded,
    /// It is not there.
    Absent,
    /// It was converted by the maintainers and cannot be downloaded as it is.
    Made {
        /// Conversion and its source, in words.
        how: String,
    },
    /// A file of that name is there and has other bytes; it was left alone.
    Different,
    /// The download failed; the next try goes on from what came.
    Failed {
        /// Reason.
        why: String,
    },
}

/// A file and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fetched {
    /// Path within the folder of the data set.
    pub name: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Fetched {
    /// Whether the file is there, and right.
    pub fn is_there(&self) -> bool {
        matches!(self.outcome, Outcome::Present | Outcome::Downloaded)
    }
}

/// Fetches the files of a data set, one after the other; `done` hears of each.
///
/// # Errors
/// A folder that cannot be made. What goes wrong with a file is told in its outcome.
pub fn fetch(
    set: &DataSet,
    options: &FetchOptions,
    done: &mut dyn FnMut(&Fetched),
) -> Result<Vec<Fetched>, Failure> {
    let folder = options.folder.join(&set.name);
    let mut all = vec![];
    for file in &set.files {
        let outcome = one(set, file, &folder, options)?;
        let fetched = Fetched {
            name: file.name.clone(),
            outcome,
        };
        done(&fetched);
        all.push(fetched);
    }
    Ok(all)
}

fn one(
    set: &DataSet,
    file: &DataFile,
    folder: &Path,
    options: &FetchOptions,
) -> Result<Outcome, Failure> {
    match file.presence(folder) {
        Presence::Right => return Ok(Outcome::Present),
        Presence::Other => return Ok(Outcome::Different),
        Presence::Absent => {}
    }
    let addresses = addresses(set, file, options);
    if let (None, Some(how)) = (&options.mirror, &file.made) {
        return Ok(Outcome::Made { how: how.clone() });
    }
    if options.check_only {
        return Ok(Outcome::Absent);
    }
    let target = folder.join(&file.name);
    let parent = target.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(|e| Failure::write(parent, &e))?;
    let mut part = target.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut why = String::from("no address is known");
    for address in &addresses {
        match download(address, &part, file) {
            Ok(()) => {
                std::fs::rename(&part, &target).map_err(|e| Failure::write(&target, &e))?;
                return Ok(Outcome::Downloaded);
            }
            Err(problem) => why = format!("{address}: {problem}"),
        }
    }
    Ok(Outcome::Failed { why })
}

/// Addresses of a file in the order in which they are tried.
fn addresses(set: &DataSet, file: &DataFile, options: &FetchOptions) -> Vec<String> {
    if let Some(mirror) = &options.mirror {
        let mirror = mirror.trim_end_matches('/');
        return vec![format!("{mirror}/{}/{}", set.name, encoded(&file.name))];
    }
    let Some(path) = &file.path else {
        return vec![];
    };
    let address = |start: &str| {
        format!(
            "{start}/{}/{}/{}",
            set.repository,
            set.commit,
            encoded(path)
        )
    };
    [FILES, LARGE_FILES].map(address).into()
}

/// A path as it is written in an address.
fn encoded(path: &str) -> String {
    let byte = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
            char::from(b).to_string()
        }
        other => format!("%{other:02X}"),
    };
    path.bytes().map(byte).collect()
}

/// Downloads to a partial file, from where it ends, and checks the whole.
fn download(address: &str, part: &Path, file: &DataFile) -> Result<(), String> {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    // more than there should be is none of it
    if size(part) >= file.bytes {
        let _ = std::fs::remove_file(part);
    }
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--location", "--silent", "--show-error"]);
    curl.args(["--connect-timeout", "30", "--retry", "2"]);
    curl.args(["--max-filesize", &file.bytes.to_string()]);
    curl.args(["--continue-at", "-", "--output"]);
    curl.arg(part).arg(address);
    let output = curl
        .output()
        .map_err(|e| format!("curl cannot be run: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_string());
    }
    let found = sha256(part).map_err(|e| e.to_string())?;
    if found == file.sha256 {
        return Ok(());
    }
    let stand_in = std::fs::read(part).is_ok_and(|bytes| bytes.starts_with(STAND_IN));
    let bytes = size(part);
    let _ = std::fs::remove_file(part);
    Err(match stand_in {
        true => "a stand-in for a large file".into(),
        false => format!(
            "{bytes} bytes with SHA-256 {found} came, wanted {} with {}",
            file.bytes, file.sha256
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::catalogue;

    #[test]
    fn addresses_name_repository_commit_and_path() {
        let sets = catalogue();
        let set = sets.iter().find(|set| set.name == "loihi-lsnn-smnist");
        let set = set.expect("a data set");
        let file = set.files.iter().find(|file| file.name == "w_rec.npy");
        let options = FetchOptions::new("data");
        let found = addresses(set, file.expect("a file"), &options);
        let start = "https://raw.githubusercontent.com/intel-nrc-ecosystem/models/";
        assert!(
            found[0].starts_with(start) && found[0].ends_with("/w_rec.npy"),
            "{found:?}"
        );
        assert_eq!(encoded("a b|c/d"), "a%20b%7Cc/d");
    }
}
