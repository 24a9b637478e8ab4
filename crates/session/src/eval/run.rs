//! Samples over threads: each on a chip that was reset, each with its own noise.
//!
//! What this module does *not* know: how answers become an accuracy.

use super::data::EvalData;
use super::journal::Journal;
use super::plan::{EvalOptions, EvalPlan};
use super::report::{EvalReport, SampleRow};
use crate::failure::Failure;
use crate::outcome::{self, Kept};
use crate::source::Placed;
use seamount_chip::{Chip as Machine, SpikeTrain};
use seamount_image::LimitPolicy;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

/// A data set that was shown to a network.
#[derive(Debug)]
#[non_exhaustive]
pub struct Evaluation {
    /// Accuracy, operations, energy and time, in all and for each inference.
    pub report: EvalReport,
    /// A row for each sample, in order.
    pub rows: Vec<SampleRow>,
}

/// Called on the thread of the caller with samples done and samples in all; says whether to go on.
pub type EvalWatch<'a> = &'a mut (dyn FnMut(u64, u64) -> ControlFlow<()> + Send);

/// Shows a data set to a network. `watch` sees the progress and may stop the evaluation: then
/// there is no result, and samples that are finished stand in the file of
/// [`EvalOptions::resume`].
///
/// # Errors
/// Everything that is wrong with data set and options at once, before anything runs; limits of the
/// chip that are broken; a file of another run; a file that cannot be written.
pub fn evaluate(
    placed: Placed,
    limits: LimitPolicy,
    data: &EvalData,
    options: &EvalOptions,
    watch: EvalWatch<'_>,
) -> Result<Option<Evaluation>, Failure> {
    let plan = EvalPlan::new(placed, limits, data, options)?;
    let mut done: BTreeMap<u64, SampleRow> = BTreeMap::new();
    let mut journal = None;
    if let Some(path) = &options.resume {
        let (open, finished) = Journal::open(path, &plan)?;
        journal = Some(open);
        done = finished;
        done.retain(|sample, _| plan.range.contains(sample));
    }
    let missing: Vec<u64> = (plan.range.clone())
        .filter(|sample| !done.contains_key(sample))
        .collect();
    let begun = Instant::now();
    let job = EvalJob {
        plan: &plan,
        all: done.len() as u64 + missing.len() as u64,
        done: AtomicU64::new(done.len() as u64),
        stopped: AtomicBool::new(false),
        caller: thread::current().id(),
        watch: Mutex::new(watch),
        journal: journal.map(Mutex::new),
    };
    let rows = share(
        missing.len(),
        options.threads,
        || plan.machine.clone(),
        |machine, index| job.sample(machine, missing[index]),
    );
    for row in rows {
        match row? {
            Some(row) => drop(done.insert(row.sample, row)),
            None => return Ok(None),
        }
    }
    let resumed = job.all - missing.len() as u64;
    let rows: Vec<SampleRow> = done.into_values().collect();
    let report = EvalReport::new(&plan, &rows, resumed, begun.elapsed());
    Ok(Some(Evaluation { report, rows }))
}

/// What the threads of an evaluation share.
struct EvalJob<'a, 'w> {
    plan: &'a EvalPlan<'a>,
    all: u64,
    done: AtomicU64,
    stopped: AtomicBool,
    /// The only thread that calls the watcher: an interpreter may not be called from others.
    caller: ThreadId,
    watch: Mutex<EvalWatch<'w>>,
    journal: Option<Mutex<Journal>>,
}

impl EvalJob<'_, '_> {
    /// Runs a sample; none if the evaluation was stopped.
    fn sample(&self, machine: &mut Machine, sample: u64) -> Result<Option<SampleRow>, Failure> {
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let row = match self.run(machine, sample) {
            Ok(Some(row)) => row,
            none => {
                // nobody needs the other samples of an evaluation that fails
                self.stopped.store(true, Ordering::Relaxed);
                return none;
            }
        };
        if let Some(journal) = &self.journal {
            let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(failure) = journal.add(&row) {
                self.stopped.store(true, Ordering::Relaxed);
                return Err(failure);
            }
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        let _ = self.look();
        Ok(Some(row))
    }

    /// Shows the progress, on the caller's thread; whether to go on, on every thread.
    fn look(&self) -> ControlFlow<()> {
        if thread::current().id() == self.caller {
            let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
            if (watch)(self.done.load(Ordering::Relaxed), self.all).is_break() {
                self.stopped.store(true, Ordering::Relaxed);
            }
        }
        match self.stopped.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn run(&self, machine: &mut Machine, sample: u64) -> Result<Option<SampleRow>, Failure> {
        let plan = self.plan;
        let mut events = plan.data.events(sample, plan.steps, plan.shown());
        let train = SpikeTrain::new(machine.program(), std::mem::take(&mut events.plain))
            .and_then(|train| match events.graded.is_empty() {
                true => Ok(train),
                false => train.with_graded(machine.program(), events.graded.clone()),
            })
            .map_err(|refusal| plan.data.failure(refusal.findings))?;
        machine.reset(sample);
        let mut clocks = plan.clocks.clone();
        let mut stopped = false;
        let seen = outcome::run(
            machine,
            plan.steps,
            &train,
            &plan.run,
            Kept::Values,
            &mut |piece| {
                clocks.observe(piece.record, &mut |_, _, _| ());
                let verdict = self.look();
                stopped = verdict.is_break() && piece.done < piece.steps;
                verdict
            },
        )?;
        if stopped {
            return Ok(None);
        }
        let (output, sent) = seen
            .recordings
            .split_first()
            .expect("the plan records the output");
        let answer = plan.options.decoder.answer(output);
        let others = plan.spikes.others(&events, sent, plan.steps);
        Ok(Some(SampleRow {
            sample,
            label: plan.data.label(sample),
            answer: answer.answer,
            tied: answer.tied,
            scores: answer.scores,
            counts: seen.total(),
            multiplications: others.map(|others| others.multiplications),
            idle: others.map_or(0, |others| others.idle),
            duration_ps: clocks.durations_ps(),
        }))
    }
}

/// Shares work among threads, each of which makes a worker of its own first; results are in the
/// order of the work, so that the number of threads changes nothing but the time.
pub(crate) fn share<W, R: Send>(
    work: usize,
    threads: usize,
    worker: impl Fn() -> W + Sync,
    each: impl Fn(&mut W, usize) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let part = || {
        let mut done = vec![];
        let mut mine = None;
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= work {
                return done;
            }
            let mine = mine.get_or_insert_with(&worker);
            done.push((index, each(mine, index)));
        }
    };
    let helpers = threads.min(work).max(1) - 1;
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(part)).collect();
        let mut done = part();
        for helper in helpers {
            done.extend(helper.join().expect("samples do not panic"));
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
