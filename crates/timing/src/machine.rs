//! What follows from a floorplan and a profile and never changes during a run.

use crate::latency::{Latencies, sum};
use seamount_spec::HOST;
use seamount_spec::{ChosenKey, Floorplan, Profile, StepRecord};
use std::collections::BTreeSet;

/// A chip, or a board, as far as time is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Cores, rows and populations.
    pub plan: Floorplan,
    /// Profile that gives the latencies.
    pub profile: Profile,
    /// Latencies of events by stage.
    pub latencies: Latencies,
    /// Service time of a packet by core and row, picoseconds.
    pub service_ps: Vec<Vec<u64>>,
    /// The barrier at the end of every step by the profile, with what embedded processors add,
    /// picoseconds (ME-033, ME-053).
    pub barrier_ps: u64,
    /// Part of the barrier that passes between chips, picoseconds.
    pub links_ps: u64,
    /// Traces of one learning axon at the end of an epoch, picoseconds.
    learning_axon_ps: u64,
    /// Tiles in use on the chip with most of them.
    pub tiles_in_use: u32,
    /// Chips in use.
    pub chips_in_use: u32,
}

impl Machine {
    /// Derives everything from the plan and the profile.
    pub fn new(plan: Floorplan, profile: &Profile) -> Machine {
        let latencies = Latencies::new(profile);
        let spec = &plan.spec;
        let tiles: BTreeSet<(u16, u16)> = plan
            .locations
            .iter()
            .map(|at| (at.chip, at.core / spec.cores_per_tile))
            .collect();
        let chips: BTreeSet<u16> = tiles.iter().map(|t| t.0).collect();
        let on_chip = |chip: u16| tiles.iter().filter(|t| t.0 == chip).count() as u32;
        let tiles_in_use = chips.iter().map(|&chip| on_chip(chip)).max().unwrap_or(0);
        let barrier = profile
            .barrier
            .as_ref()
            .map_or(0, |b| b.latency_ps(tiles_in_use));
        let message = profile.chosen.value(ChosenKey::BarrierMessagePs);
        let learning_axon_ps = profile.chosen.value(ChosenKey::LearningAxonPs);
        let links_ps = u64::from(links_between(spec, &chips)) * (latencies.hop_ps[2] + message);
        Machine {
            service_ps: plan
                .rows
                .iter()
                .map(|rows| rows.iter().map(|row| latencies.service_ps(row)).collect())
                .collect(),
            barrier_ps: barrier + links_ps + profile.chosen.value(ChosenKey::ProcessorsPs),
            links_ps,
            learning_axon_ps,
            tiles_in_use,
            chips_in_use: chips.len() as u32,
            latencies,
            profile: profile.clone(),
            plan,
        }
    }

    /// Time of the learning engine of a core in a step, picoseconds: visits and products, which are
    /// counted, and in the last step of an epoch the traces of its axons, which are not (ME-030).
    pub fn learning_ps(&self, core: usize, record: &StepRecord) -> u64 {
        let events = sum(&self.latencies.learning, &record.counts[core].array());
        let axons = self.plan.learning[core].axons_in(record.step);
        events + u64::from(axons) * self.learning_axon_ps
    }

    /// Flight of a packet without contention, picoseconds (ME-032); nothing from the host.
    pub fn flight_ps(&self, from: u32, to: u32) -> u64 {
        if from == HOST {
            return 0;
        }
        let route = self.plan.spec.route(
            self.plan.locations[from as usize],
            self.plan.locations[to as usize],
        );
        let hops = [route.hops_x, route.hops_y, route.crossings];
        hops.iter()
            .zip(self.latencies.hop_ps)
            .map(|(n, ps)| u64::from(*n) * ps)
            .sum()
    }

    /// Number of cores.
    pub fn cores(&self) -> usize {
        self.plan.locations.len()
    }
}

/// Links in a row that a barrier over these chips passes: once along each direction (ME-033).
fn links_between(spec: &seamount_spec::Board, chips: &BTreeSet<u16>) -> u32 {
    let places: Vec<(u16, u16, u16)> = chips.iter().map(|chip| spec.chip_place(*chip)).collect();
    let span = |of: fn(&(u16, u16, u16)) -> u16| {
        let least = places.iter().map(of).min();
        let most = places.iter().map(of).max();
        u32::from(most.unwrap_or(0) - least.unwrap_or(0))
    };
    span(|p| p.0) + span(|p| p.1) + span(|p| p.2)
}
