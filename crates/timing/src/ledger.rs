//! Steps added up: time, what was critical, how busy every core was.

use crate::critical::Stage;
use crate::route::Link;
use crate::{CoreTime, StepTime};
use std::collections::BTreeMap;

/// Cause of the length of a step: the core that ended last, the stage with the largest part, the
/// sender that was waited for, and the link that its packet had to share most.
pub type Cause = (Option<u32>, Stage, Option<u32>, Option<Link>);

/// Sums over steps; sums are exact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Number of steps.
    pub steps: u64,
    /// Duration of all of them, picoseconds.
    pub duration_ps: u64,
    /// Duration of the shortest step, picoseconds.
    pub least_ps: u64,
    /// Longest step, and its number.
    pub most: (u64, u64),
    /// By stage, in the order of [`Stage::ALL`], its part of the critical chains, picoseconds.
    pub stages_ps: [u64; 6],
    /// Steps and their durations by their cause.
    pub critical: BTreeMap<Cause, (u64, u64)>,
    /// Sums of each core.
    pub cores: Vec<CoreSum>,
}

/// Times of a core, summed over all steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoreSum {
    /// Updates of compartments, picoseconds.
    pub update_ps: u64,
    /// Spikes and output axons.
    pub spike_ps: u64,
    /// Waiting for a place in the egress FIFO.
    pub stalled_ps: u64,
    /// Time spent on packets, picoseconds.
    pub ingress_ps: u64,
    /// Time of the learning engine, picoseconds.
    pub learning_ps: u64,
    /// From the start of each step until the core was done.
    pub end_ps: u64,
    /// Steps in which it was the last.
    pub steps_last: u64,
}

impl Ledger {
    /// No steps yet of so many cores.
    pub fn new(cores: usize) -> Ledger {
        Ledger {
            cores: vec![CoreSum::default(); cores],
            ..Ledger::default()
        }
    }

    /// Adds a step.
    pub fn add(&mut self, time: &StepTime, cores: &[CoreTime]) {
        self.least_ps = if self.steps == 0 {
            time.duration_ps
        } else {
            self.least_ps.min(time.duration_ps)
        };
        if self.steps == 0 || time.duration_ps > self.most.0 {
            self.most = (time.duration_ps, time.step);
        }
        self.steps += 1;
        self.duration_ps = self.duration_ps.saturating_add(time.duration_ps);
        for (sum, part) in self.stages_ps.iter_mut().zip(time.critical.parts_ps) {
            *sum = sum.saturating_add(part);
        }
        let c = &time.critical;
        let cause = (c.core, c.stage(), c.from, c.limit.map(|limit| limit.link));
        let entry = self.critical.entry(cause).or_default();
        *entry = (entry.0 + 1, entry.1.saturating_add(time.duration_ps));
        for (sum, core) in self.cores.iter_mut().zip(cores) {
            sum.update_ps += core.update_ps;
            sum.spike_ps += core.spike_ps;
            sum.stalled_ps += core.stalled_ps;
            sum.ingress_ps += core.ingress_ps;
            sum.learning_ps += core.learning_ps;
            sum.end_ps += core.end_ps;
        }
        if let Some(core) = time.critical.core {
            self.cores[core as usize].steps_last += 1;
        }
    }

    /// Adds the sums of another run of the same machine.
    pub fn merge(&mut self, other: &Ledger) {
        if other.steps == 0 {
            return;
        }
        self.least_ps = if self.steps == 0 {
            other.least_ps
        } else {
            self.least_ps.min(other.least_ps)
        };
        if self.steps == 0 || other.most.0 > self.most.0 {
            self.most = other.most;
        }
        self.steps += other.steps;
        self.duration_ps = self.duration_ps.saturating_add(other.duration_ps);
        self.stages_ps
            .iter_mut()
            .zip(other.stages_ps)
            .for_each(|(sum, part)| *sum = sum.saturating_add(part));
        for (key, (steps, ps)) in &other.critical {
            let entry = self.critical.entry(*key).or_default();
            *entry = (entry.0 + steps, entry.1.saturating_add(*ps));
        }
        for (sum, part) in self.cores.iter_mut().zip(&other.cores) {
            sum.update_ps += part.update_ps;
            sum.spike_ps += part.spike_ps;
            sum.stalled_ps += part.stalled_ps;
            sum.ingress_ps += part.ingress_ps;
            sum.learning_ps += part.learning_ps;
            sum.end_ps += part.end_ps;
            sum.steps_last += part.steps_last;
        }
    }
}
