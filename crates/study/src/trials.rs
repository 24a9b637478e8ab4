//! Many independent trials (samples, seeds, folds) over threads, with progress and a clock.
//!
//! A trial is a function of its index only, and results come back by index, so that the number of
//! threads changes when a trial runs and nothing else.

use crate::Progress;
use crate::spread::spread;
use seamount_session::Failure;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A number of trials of one kind.
pub struct Trials<'a> {
    count: u64,
    threads: usize,
    progress: Progress<'a>,
    done: AtomicU64,
    begun: Instant,
}

impl<'a> Trials<'a> {
    /// `count` trials on `threads` threads (at least one is used); the clock starts.
    pub fn new(count: usize, threads: usize, progress: Progress<'a>) -> Trials<'a> {
        Trials {
            count: count as u64,
            threads: threads.max(1),
            progress,
            done: AtomicU64::new(0),
            begun: Instant::now(),
        }
    }

    /// Threads that share the trials.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Counts one trial as done. For trials that others run (`run_batch` of the chip); may be
    /// called from several threads.
    pub fn finish_one(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        (self.progress)(done, self.count);
    }

    /// Runs every trial and gives the results by index.
    pub fn run<T: Send>(&self, trial: impl Fn(usize) -> T + Sync) -> Vec<T> {
        self.part(self.count as usize, trial)
    }

    /// Runs so many of the trials and gives the results by index: for work that goes through the
    /// same samples several times, each time in another way.
    pub fn part<T: Send>(&self, count: usize, trial: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let counted = |index: usize| {
            let result = trial(index);
            self.finish_one();
            result
        };
        spread(count, self.threads, counted)
    }

    /// As [`part`](Self::part), with results that are kept where the experiment keeps its finished
    /// parts: what was kept under this name is not done again.
    ///
    /// # Errors
    /// The first failure by index; failures are not kept.
    pub fn kept<T: Send + Serialize + DeserializeOwned>(
        &self,
        name: &str,
        count: usize,
        trial: impl Fn(usize) -> Result<T, Failure> + Sync,
    ) -> Result<Vec<T>, Failure> {
        let one = |index: usize| {
            let part = format!("{name} {index}");
            self.progress.part(&part, || trial(index))
        };
        self.part(count, one).into_iter().collect()
    }

    /// Wall clock since [`new`](Self::new), seconds.
    pub fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Trials a second, of those that are done.
    pub fn per_second(&self) -> f64 {
        self.done.load(Ordering::Relaxed) as f64 / self.seconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn results_come_by_index_and_progress_reaches_the_end_on_any_number_of_threads() {
        for threads in [0, 1, 3, 20] {
            let seen = Mutex::new(vec![]);
            let note = |done, total| seen.lock().unwrap().push((done, total));
            let trials = Trials::new(10, threads, Progress::seen(&note));
            let squares: Vec<usize> = trials.run(|index| index * index);
            assert_eq!(squares, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
            assert_eq!(trials.part(2, |index| index + 5), [5, 6]);
            let mut seen = seen.into_inner().unwrap();
            seen.sort_unstable();
            assert_eq!(seen, (1..=12).map(|done| (done, 10)).collect::<Vec<_>>());
        }
    }
}
