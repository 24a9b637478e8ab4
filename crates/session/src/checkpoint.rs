//! A file by which work of hours goes on after it was cut off.
//!
//! The file says what was run, by names and texts, so that nobody goes on with something else; it
//! is replaced whole or not at all, so that a kill at any time leaves the one before. When it is
//! written changes no result: who goes on from it comes to the same bits as who was never cut off.
//!
//! What this module does *not* know: what the work is. Its state is any plain data.

use crate::failure::{Failure, FailureKind};
use crate::files::{self, Outputs};
use seamount_diagnose::{Fault, Finding};
use seamount_image::container::{self, FileKind, Tag};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const CHECKPOINT: FileKind = FileKind {
    magic: *b"SMOUNTCK",
    major: 1,
    minor: 0,
};
/// What was run.
const HEAD: Tag = *b"HEAD\0\0\0\0";
/// How far it came.
const DONE: Tag = *b"DONE\0\0\0\0";
/// Time between two writings, where no number of units is asked for.
const EVERY: Duration = Duration::from_secs(10);

/// Where work is kept, and whether it goes on from there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckpointOptions {
    /// The file.
    pub path: PathBuf,
    /// Write after so many units (steps, samples, parts); every ten seconds if absent.
    pub every: Option<u64>,
    /// Go on from the file, if it is there.
    pub resume: bool,
}

impl CheckpointOptions {
    /// New work, kept every ten seconds.
    pub fn new(path: impl Into<PathBuf>) -> CheckpointOptions {
        CheckpointOptions {
            path: path.into(),
            every: None,
            resume: false,
        }
    }
}

/// An open checkpoint.
#[derive(Debug)]
pub struct Checkpoint {
    options: CheckpointOptions,
    head: BTreeMap<String, String>,
    found: Option<Vec<u8>>,
    /// Units that were done at the last writing.
    written: u64,
    since: Instant,
}

impl Checkpoint {
    /// Opens the file of a run of what `head` says, by name.
    ///
    /// # Errors
    /// A file that is there and is not to be gone on from, or cannot be written; one of another
    /// run, with everything that differs; one that is damaged.
    pub fn open(
        options: &CheckpointOptions,
        head: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Checkpoint, Failure> {
        let path = &options.path;
        let head: BTreeMap<String, String> =
            head.into_iter().map(|(k, v)| (k.to_string(), v)).collect();
        let mut found = None;
        Outputs::expect(&[path])?;
        if path.exists() {
            if !options.resume {
                let problem = format!(
                    "{} is there already: add --resume to go on from it, or remove it",
                    path.display()
                );
                return Err(Failure::option("checkpoint", problem));
            }
            let bytes = files::read(path, container::FILE_BYTES_MAX)?;
            check(path, &bytes, &head)?;
            found = Some(bytes);
        }
        Ok(Checkpoint {
            options: options.clone(),
            head,
            found,
            written: 0,
            since: Instant::now(),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.options.path
    }

    /// How far the work came that is gone on with; none for new work.
    ///
    /// # Errors
    /// A file whose state is of another form.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Failure> {
        let Some(bytes) = self.found.take() else {
            return Ok(None);
        };
        let state = container::unpack(CHECKPOINT, &bytes).and_then(|file| file.decode(DONE));
        state
            .map(Some)
            .map_err(|error| Failure::input(self.path(), error))
    }

    /// From here on units are counted: of work that goes on, those of before count as written.
    pub fn begin(&mut self, done: u64) {
        self.written = done;
        self.since = Instant::now();
    }

    /// Units until the next writing, where it goes by units.
    pub fn units_left(&self, done: u64) -> Option<u64> {
        let every = self.options.every?;
        Some((self.written + every).saturating_sub(done).max(1))
    }

    /// Whether it is time to write.
    pub fn is_due(&self, done: u64) -> bool {
        match self.options.every {
            Some(every) => done >= self.written + every,
            None => done > self.written && self.since.elapsed() >= EVERY,
        }
    }

    /// Writes how far the work came, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written; the one before stays.
    pub fn save(&mut self, done: u64, state: &impl Serialize) -> Result<(), Failure> {
        let sections = [
            (HEAD, container::encode(&self.head)),
            (DONE, container::encode(state)),
        ];
        let bytes = container::pack(CHECKPOINT, "", &sections);
        Outputs::renew(self.path(), |out| out.write_all(&bytes))?;
        self.begin(done);
        Ok(())
    }
}

/// Refuses a file of another run.
fn check(path: &Path, bytes: &[u8], wanted: &BTreeMap<String, String>) -> Result<(), Failure> {
    let head = container::unpack(CHECKPOINT, bytes)
        .and_then(|file| file.decode::<BTreeMap<String, String>>(HEAD))
        .map_err(|error| Failure::input(path, error))?;
    let mut found = vec![];
    for (name, now) in wanted {
        let then = head.get(name).map_or("nothing", String::as_str);
        if then != now {
            let problem = format!("is of {name} '{then}', this run of '{now}'");
            found.push(Finding::new(name.as_str(), Fault::Rule, problem).value(then));
        }
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(Failure::of(FailureKind::Input, path.display(), found)),
    }
}

/// Any state as bytes, for the part of a state that somebody else knows.
pub fn encode(state: &impl Serialize) -> Vec<u8> {
    container::encode(state)
}

/// Bytes of [`encode`].
///
/// # Errors
/// Bytes of another form, in words.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    container::decode(bytes)
}

/// A number, as text, by which contents of files are told apart.
pub fn digest(bytes: &[u8]) -> String {
    let key = seamount_arith::random::Key::of(bytes.len() as u64);
    let part = |key: seamount_arith::random::Key, byte: &u8| key.part(u64::from(*byte));
    format!("{:016x}", bytes.iter().fold(key, part).draw(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str, resume: bool) -> CheckpointOptions {
        let name = format!("seamount-checkpoint-{name}-{}", std::process::id());
        CheckpointOptions {
            path: std::env::temp_dir().join(name),
            every: Some(5),
            resume,
        }
    }

    fn open(options: &CheckpointOptions, steps: &str) -> Result<Checkpoint, String> {
        Checkpoint::open(options, [("steps", steps.into())]).map_err(|e| e.to_string())
    }

    #[test]
    fn what_was_kept_comes_back_to_the_same_work_only() {
        let new = options("same", false);
        let again = options("same", true);
        let path = &new.path;
        let mut first = open(&again, "9").expect("nothing there: new work");
        assert_eq!(first.take::<u64>().expect("no state"), None);
        assert!(!first.is_due(4) && first.is_due(5));
        assert_eq!(
            (first.units_left(0), first.units_left(7)),
            (Some(5), Some(1))
        );
        first.save(5, &77u64).expect("can be written");
        assert!(!first.is_due(9) && first.is_due(10));

        let refused = open(&new, "9").unwrap_err();
        assert!(
            refused.contains("is there already: add --resume"),
            "{refused}"
        );
        let other = open(&again, "8").unwrap_err();
        assert!(
            other.contains("is of steps '9', this run of '8'"),
            "{other}"
        );
        let mut second = open(&again, "9").expect("the same work");
        assert_eq!(second.take::<u64>().expect("a state"), Some(77));

        // every byte of the file is looked at, so damage is found whatever it hits
        let whole = std::fs::read(path).expect("is there");
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 0x10;
            std::fs::write(path, &bad).expect("can be written");
            assert!(open(&again, "9").is_err(), "byte {at}");
            std::fs::write(path, &whole[..at]).expect("can be written");
            assert!(open(&again, "9").is_err(), "{at} bytes");
        }
        std::fs::remove_file(path).expect("is there");
    }
}
