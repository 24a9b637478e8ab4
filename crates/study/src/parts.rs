//! Finished parts of an experiment, kept in a file by which it goes on after it was cut off.
//!
//! An experiment is many parts (samples, points, trainings), each a function of the options and
//! nothing else. So a part that was finished before need not be done again, and whoever goes on
//! comes to the same bits. A training, where each step needs the one before, is one part that is
//! put down again and again.
//!
//! What this module does *not* know: what a part is. It is named, and its result is plain data.

use seamount_session::Failure;
use seamount_session::checkpoint::{Checkpoint, decode, encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where progress of an experiment goes, and where its finished parts are kept, if they are.
///
/// It is called with work done and work in all, from several threads: `progress(done, total)`.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    seen: &'a (dyn Fn(u64, u64) + Sync),
    parts: Option<&'a FinishedParts>,
}

impl Progress<'static> {
    /// Nobody looks, and nothing is kept.
    pub const UNSEEN: Progress<'static> = Progress {
        seen: &|_, _| (),
        parts: None,
    };
}

impl<'a> Progress<'a> {
    /// Somebody looks, and nothing is kept.
    pub fn seen(seen: &'a (dyn Fn(u64, u64) + Sync)) -> Progress<'a> {
        Progress { seen, parts: None }
    }

    /// The same with finished parts kept.
    #[must_use]
    pub fn kept(self, parts: &'a FinishedParts) -> Progress<'a> {
        let parts = Some(parts);
        Progress { parts, ..self }
    }

    /// The result of a part: what was kept of it, or what `part` comes to. A failure is not kept.
    ///
    /// # Errors
    /// Of the part; a kept result of another form.
    pub fn part<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        part: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Some(found) = self.find(name)? {
            return Ok(found);
        }
        let result = part()?;
        if let Some(parts) = self.parts {
            parts.add(name, encode(&result));
        }
        Ok(result)
    }

    /// What was kept under a name, if anything was.
    ///
    /// # Errors
    /// A result of another form.
    pub fn find<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        self.parts.map_or(Ok(None), |parts| parts.find(name))
    }

    /// Puts the state of a training down where it is time to write, in place of the one before.
    pub fn put<T: Serialize>(&self, name: &str, state: impl FnOnce() -> T) {
        if let Some(parts) = self.parts
            && parts.counted_one_is_due()
        {
            parts.put(name, encode(&state()));
        }
    }
}

impl<'a> Deref for Progress<'a> {
    type Target = dyn Fn(u64, u64) + Sync + 'a;

    fn deref(&self) -> &Self::Target {
        self.seen
    }
}

/// Finished parts by name, and the file they are kept in.
pub struct FinishedParts {
    kept: Mutex<KeptParts>,
    is_stopped: Box<dyn Fn() -> bool + Send + Sync>,
}

struct KeptParts {
    checkpoint: Checkpoint,
    found: usize,
    done: u64,
    state: PartsByName,
    /// Why the file could not be written.
    failure: Option<Failure>,
}

/// The state in the file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct PartsByName(BTreeMap<String, Vec<u8>>);

impl FinishedParts {
    /// Parts in a file. Whether a signal asked for an end, `is_stopped` says: then whatever is put
    /// down is written at once.
    ///
    /// # Errors
    /// A file of another form.
    pub fn new(
        mut checkpoint: Checkpoint,
        is_stopped: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<FinishedParts, Failure> {
        let state: PartsByName = checkpoint.take()?.unwrap_or_default();
        checkpoint.begin(0);
        Ok(FinishedParts {
            kept: Mutex::new(KeptParts {
                checkpoint,
                found: state.0.len(),
                done: 0,
                state,
                failure: None,
            }),
            is_stopped: Box::new(is_stopped),
        })
    }

    /// How many parts were in the file.
    pub fn found(&self) -> usize {
        self.lock().found
    }

    /// Writes what there is.
    ///
    /// # Errors
    /// If the file cannot be written, now or before.
    pub fn save(&self) -> Result<(), Failure> {
        let mut kept = self.lock();
        kept.write();
        kept.failure.take().map_or(Ok(()), Err)
    }

    fn lock(&self) -> MutexGuard<'_, KeptParts> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        let kept = self.lock();
        let Some(bytes) = kept.state.0.get(name) else {
            return Ok(None);
        };
        let wrong = |problem| {
            let problem = format!("part '{name}': {problem}");
            Failure::input(kept.checkpoint.path(), problem)
        };
        decode(bytes).map(Some).map_err(wrong)
    }

    fn add(&self, name: &str, bytes: Vec<u8>) {
        let mut kept = self.lock();
        kept.done += 1;
        kept.state.0.insert(name.into(), bytes);
        if kept.checkpoint.is_due(kept.done) {
            kept.write();
        }
    }

    /// Counts a unit of a training; whether its state is to be put down now.
    fn counted_one_is_due(&self) -> bool {
        let mut kept = self.lock();
        kept.done += 1;
        kept.checkpoint.is_due(kept.done) || (self.is_stopped)()
    }

    fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut kept = self.lock();
        kept.state.0.insert(name.into(), bytes);
        kept.write();
    }
}

impl KeptParts {
    /// A file that cannot be written stops no experiment: the failure is told when it is over.
    fn write(&mut self) {
        if let Err(failure) = self.checkpoint.save(self.done, &self.state) {
            self.checkpoint.begin(self.done);
            self.failure = Some(failure);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seamount_session::checkpoint::CheckpointOptions;
    use std::cell::Cell;

    fn parts(path: &std::path::Path) -> FinishedParts {
        let mut options = CheckpointOptions::new(path);
        options.every = Some(1);
        options.resume = true;
        let checkpoint = Checkpoint::open(&options, [("run", "x".into())]).expect("a file");
        FinishedParts::new(checkpoint, || false).expect("parts")
    }

    #[test]
    fn finished_parts_are_not_done_again_and_failures_are() {
        let name = format!("seamount-parts-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let done = Cell::new(0);
        let root = |number: f64| {
            done.set(done.get() + 1);
            match number < 0.0 {
                true => Err(Failure::call("no root")),
                false => Ok(number.sqrt()),
            }
        };
        let first = parts(&path);
        let progress = Progress::UNSEEN.kept(&first);
        let two = progress.part("two", || root(2.0)).expect("a root");
        assert!(progress.part("minus", || root(-1.0)).is_err());
        progress.put("training", || [1u8, 2]);
        progress.put("training", || [3u8, 4]);

        let second = parts(&path);
        assert_eq!(second.found(), 2);
        let progress = Progress::UNSEEN.kept(&second);
        let again = progress.part("two", || root(3.0)).expect("kept");
        assert_eq!(again.to_bits(), two.to_bits());
        assert!(progress.part("minus", || root(-1.0)).is_err());
        assert_eq!(done.get(), 3);
        assert_eq!(progress.find("training").expect("bytes"), Some([3u8, 4]));
        assert!(progress.find::<Vec<String>>("two").is_err());
        std::fs::remove_file(&path).expect("is there");
    }
}
