//! Signals of cores and routers as they change, for a waveform viewer.

use super::Cycle;
use std::collections::{BTreeMap, BTreeSet};

/// Something that has a value in every cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Number of the step.
    Step,
    /// Compartment loop of a core: 0 done, 1 at work, 2 stopped by a full FIFO.
    Loop(u32),
    /// Packets in the egress FIFO of a core.
    Egress(u32),
    /// Packets in the ingress FIFO of a core.
    Ingress(u32),
    /// Whether a core adds a packet.
    Serving(u32),
    /// Flit granted to an output of a router in this cycle, one bit a port: chip, plane, node.
    Grants(u32, u8, u32),
    /// Packets in the source FIFO of a router: chip, plane, node.
    Queue(u32, u8, u32),
}

/// A new value, and the cycle in which it came, counted from the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Number of the cycle.
    pub cycle: u64,
    /// Signal that changes.
    pub signal: Signal,
    /// Value from this cycle on.
    pub value: u64,
}

/// Signals that are watched, and their changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    cores: BTreeSet<u32>,
    steps: (u64, u64),
    step: u64,
    nets: Vec<(usize, u32)>,
    values: BTreeMap<Signal, u64>,
    granted: BTreeMap<(usize, u32), [u64; 5]>,
    changes: Vec<Change>,
}

impl Cycle {
    /// Watches these cores and their routers in steps `steps.0..=steps.1`.
    pub fn watch(&mut self, cores: BTreeSet<u32>, steps: (u64, u64)) {
        let planes = self.seats.planes;
        let tiles: BTreeSet<u32> = cores
            .iter()
            .map(|core| self.seats.tile_of[*core as usize])
            .collect();
        let nets = tiles.iter().flat_map(|tile| {
            let tile = &self.seats.tiles[*tile as usize];
            (0..planes).map(|plane| (tile.chip as usize * planes + plane, tile.node))
        });
        self.watch = Some(Watch {
            nets: nets.collect(),
            cores,
            steps,
            ..Watch::default()
        });
    }

    /// Changes since the last call, in order.
    pub fn take_changes(&mut self) -> Vec<Change> {
        self.watch
            .as_mut()
            .map_or(vec![], |watch| std::mem::take(&mut watch.changes))
    }

    /// Says which step is looked at.
    pub(super) fn look_at_step(&mut self, step: u64) {
        if let Some(watch) = &mut self.watch {
            watch.step = step;
        }
    }

    /// Notes every signal that has changed in this cycle.
    pub(super) fn look(&mut self, now: u64) {
        let Some(mut watch) = self.watch.take() else {
            return;
        };
        if (watch.steps.0..=watch.steps.1).contains(&watch.step) {
            let cycle = self.begin + now;
            watch.note(cycle, Signal::Step, watch.step);
            for core in watch.cores.clone() {
                let run = &self.runs[core as usize];
                let at_work = if run.stalled_since_ps.is_some() {
                    2
                } else {
                    u64::from(!run.loop_done)
                };
                watch.note(cycle, Signal::Loop(core), at_work);
                watch.note(cycle, Signal::Egress(core), run.egress.len() as u64);
                watch.note(cycle, Signal::Ingress(core), run.ingress.len() as u64);
                watch.note(
                    cycle,
                    Signal::Serving(core),
                    u64::from(run.serving.is_some()),
                );
            }
            let planes = self.seats.planes;
            for (net, node) in watch.nets.clone() {
                let flits = self.nets[net].link_flits()[node as usize];
                let before = watch.granted.insert((net, node), flits).unwrap_or(flits);
                let grants = (0..5)
                    .map(|port| u64::from(flits[port] > before[port]) << port)
                    .sum();
                let chip = (net / planes) as u32;
                let plane = (net % planes) as u8;
                watch.note(cycle, Signal::Grants(chip, plane, node), grants);
                watch.note(
                    cycle,
                    Signal::Queue(chip, plane, node),
                    u64::from(self.nets[net].queued_packets(node)),
                );
            }
        }
        self.watch = Some(watch);
    }

    /// Whether every cycle must be looked at: a grant lasts one cycle.
    pub(super) fn looks(&self) -> bool {
        self.watch.as_ref().is_some_and(|w| {
            (w.steps.0..=w.steps.1).contains(&w.step)
                && w.values
                    .iter()
                    .any(|(s, v)| matches!(s, Signal::Grants(..)) && *v > 0)
        })
    }
}

impl Watch {
    fn note(&mut self, cycle: u64, signal: Signal, value: u64) {
        if self.values.insert(signal, value) != Some(value) {
            self.changes.push(Change {
                cycle,
                signal,
                value,
            });
        }
    }
}
