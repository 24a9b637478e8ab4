//! What a run was seen to do, step by step and core by core: plain data between whoever computes a
//! step and whoever says how long it took.

use crate::{Board, CoreLocation, EventCounts};
use serde::{Deserialize, Serialize};

/// Sender of packets that come from the host.
pub const HOST: u32 = u32::MAX;

/// One packet as it was sent (ME-003).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentPacket {
    /// Index of the core that sent it, or [`HOST`].
    pub from: u32,
    /// Index of the core it goes to.
    pub to: u32,
    /// Row that the packet reads: index into [`Floorplan::rows`] of that core.
    pub row: u32,
    /// Compartment that fired; 0 of the host.
    pub compartment: u16,
}

/// Steps in order. Counts of a core are what it did in the step; packets are those sent in it, so
/// that they act in the next; packets of the host are in the step in which they arrive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Number of the first step.
    pub first_step: u64,
    /// Number of cores.
    pub cores: usize,
    /// Steps x cores.
    pub counts: Vec<EventCounts>,
    /// Packets, step by step; in a step the host's first, by receiver, then by sender and
    /// compartment.
    pub packets: Vec<SentPacket>,
    /// End of each step's packets.
    pub packet_ends: Vec<usize>,
}

/// One step of a [`Record`].
#[derive(Debug, Clone, Copy)]
pub struct StepRecord<'a> {
    /// Number of the step.
    pub step: u64,
    /// Events of each core.
    pub counts: &'a [EventCounts],
    /// Packets sent in the step.
    pub packets: &'a [SentPacket],
}

impl Record {
    /// Number of steps.
    pub fn len(&self) -> usize {
        self.packet_ends.len()
    }

    /// Whether the record has no steps.
    pub fn is_empty(&self) -> bool {
        self.packet_ends.is_empty()
    }

    /// The steps in order.
    pub fn steps(&self) -> impl Iterator<Item = StepRecord<'_>> {
        let start = |i: usize| if i == 0 { 0 } else { self.packet_ends[i - 1] };
        (0..self.len()).map(move |i| StepRecord {
            step: self.first_step + i as u64,
            counts: &self.counts[i * self.cores..(i + 1) * self.cores],
            packets: &self.packets[start(i)..self.packet_ends[i]],
        })
    }
}

/// Places of cores and rows of packets, which do not change during a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floorplan {
    /// Board that the cores are on.
    pub spec: Board,
    /// Place of each core.
    pub locations: Vec<CoreLocation>,
    /// Compartments of each core.
    pub compartments: Vec<u32>,
    /// Reads of one packet, by core and row: synapses by kind, operations, words.
    pub rows: Vec<Vec<EventCounts>>,
    /// Populations in the order of the network.
    pub populations: Vec<PopulationPlace>,
    /// Learning engine of each core.
    pub learning: Vec<LearningPlace>,
}

/// Axons of the learning engine of a core, and how often it follows their traces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LearningPlace {
    /// Learning axons; 0 on a core that does not learn.
    pub axons: u32,
    /// Steps of an epoch, 1 to 63; 0 on a core that does not learn.
    pub epoch: u8,
}

impl LearningPlace {
    /// Axons whose traces are followed in a step: all in the last step of an epoch, else none
    /// (NC-050).
    pub fn axons_in(self, step: u64) -> u32 {
        match self.epoch {
            0 => 0,
            epoch if step.is_multiple_of(epoch.into()) => self.axons,
            _ => 0,
        }
    }
}

/// Cores and compartments of a population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationPlace {
    /// Name of the population.
    pub name: String,
    /// Core, first compartment there and number of compartments.
    pub runs: Vec<(u32, u32, u32)>,
}
