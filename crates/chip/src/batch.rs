//! Many samples, each from the same start, spread over threads.

use crate::program::ChipProgram;
use crate::{Chip, Observations, RunOptions, SpikeTrain};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs samples 0..`samples`: each from reset with its own noise, `input(sample)` for `steps`
/// steps, then `finish(sample, chip, observations)`. Results are in order of the samples and do
/// not depend on `threads`.
pub fn run_batch<R: Send>(
    program: &Arc<ChipProgram>,
    samples: usize,
    steps: u64,
    threads: usize,
    input: impl Fn(usize) -> SpikeTrain + Sync,
    finish: impl Fn(usize, &Chip, &Observations) -> R + Sync,
) -> Vec<R> {
    run_batch_with(
        &RunOptions::default(),
        program,
        samples,
        steps,
        threads,
        input,
        finish,
    )
}

/// [`run_batch`] with options for the run of each sample.
pub fn run_batch_with<R: Send>(
    options: &RunOptions,
    program: &Arc<ChipProgram>,
    samples: usize,
    steps: u64,
    threads: usize,
    input: impl Fn(usize) -> SpikeTrain + Sync,
    finish: impl Fn(usize, &Chip, &Observations) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut chip = Chip::new(Arc::clone(program));
        let mut done = vec![];
        loop {
            let sample = next.fetch_add(1, Ordering::Relaxed);
            if sample >= samples {
                return done;
            }
            chip.reset(sample as u64);
            let seen = chip.run(steps, &input(sample), options);
            done.push((sample, finish(sample, &chip, &seen)));
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (1..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        handles
            .into_iter()
            .for_each(|h| done.extend(h.join().expect("samples do not panic")));
        done
    });
    done.sort_by_key(|d| d.0);
    done.into_iter().map(|d| d.1).collect()
}
