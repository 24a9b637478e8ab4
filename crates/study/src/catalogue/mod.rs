//! The catalogue of data sets and networks of others: where each file comes from, how large it is,
//! and its checksum.
//!
//! The data are not part of this repository. What can be downloaded as it is, is; what was
//! converted by the maintainers is named with its source, so that nobody looks for it in vain.
//! This module does not know what a file means: the readers of each experiment do.

mod fetch;

pub use fetch::{FetchOptions, Fetched, Outcome, fetch};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// A data set, or networks that belong together: one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DataSet {
    /// Name, which is that of its folder.
    pub name: String,
    /// Content in a sentence.
    pub about: String,
    /// Licences, as far as they are known.
    pub licence: String,
    /// Repository of the files, as owner/name.
    pub repository: String,
    /// Commit of the repository.
    pub commit: String,
    /// Commands that read the data set.
    pub used_by: Vec<String>,
    /// Files.
    #[serde(rename = "file")]
    pub files: Vec<DataFile>,
}

/// A file of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DataFile {
    /// Path within the folder of the data set.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Path in the repository; absent of files that cannot be downloaded as they are.
    #[serde(default)]
    pub path: Option<String>,
    /// How the file was made from the source; absent of files that can be downloaded.
    #[serde(default)]
    pub made: Option<String>,
}

#[derive(Deserialize)]
struct Catalogue {
    set: Vec<DataSet>,
}

/// All data sets, by name.
pub fn catalogue() -> Vec<DataSet> {
    let text = include_str!("catalogue.toml");
    let catalogue: Catalogue = toml::from_str(text).expect("the catalogue is tested");
    catalogue.set
}

impl DataSet {
    /// Address of the page with the files.
    pub fn page(&self) -> String {
        format!(
            "https://github.com/{}/tree/{}",
            self.repository, self.commit
        )
    }

    /// Sum of the sizes of all files in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// State of a file on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// There, with the right checksum.
    Right,
    /// There, with other bytes.
    Other,
    /// Not there.
    Absent,
}

impl DataFile {
    /// State of the file in the folder of its data set. A file that cannot be read counts as one
    /// with other bytes.
    pub fn presence(&self, folder: &Path) -> Presence {
        let path = folder.join(&self.name);
        match (path.exists(), sha256(&path)) {
            (false, _) => Presence::Absent,
            (true, Ok(found)) if found == self.sha256 => Presence::Right,
            (true, _) => Presence::Other,
        }
    }
}

/// SHA-256 of a file in hexadecimal digits.
fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut digest = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        digest.update(&block[..read]);
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_catalogue_holds_together() {
        let sets = catalogue();
        let names: BTreeSet<&str> = sets.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names.len(), sets.len());
        for set in &sets {
            assert!(
                set.commit.len() == 40 && set.repository.contains('/'),
                "{}",
                set.name
            );
            for file in &set.files {
                let name = format!("{}/{}", set.name, file.name);
                assert_eq!(file.sha256.len(), 64, "{name}");
                assert!(file.path.is_some() != file.made.is_some(), "{name}");
                assert!(!file.name.contains(".."), "{name}");
            }
        }
    }
}
