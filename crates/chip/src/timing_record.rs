//! The record that time is computed from: what each core does in each step, and every packet.
//!
//! A packet is noted when it is sent, not when it arrives: only the sender knows its compartment,
//! and with that when in the loop over compartments it left. Packets of the host have no sender;
//! they are noted where they arrive, in the step in which they do. Plain and graded packets are
//! noted by the same call, because they once were not: a lane of its own for graded ones was
//! forgotten here.
//!
//! It only watches: nothing here is read by a step, so that results are the same with and without
//! it (ME-031). What it does *not* know: picoseconds, routes, what a packet carries.

use crate::program::{ChipProgram, CoreFace};
use crate::routes::{RouteCost, RoutedPacket};
use seamount_neurocore::CoreProgram;
use seamount_spec::{EventCounts, Floorplan, Record};
use seamount_spec::{HOST, LearningPlace, PopulationPlace, SentPacket};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Record of the cores of one worker, as it grows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TimingRecorder {
    first_core: usize,
    /// Steps x cores of the worker.
    counts: Vec<EventCounts>,
    /// Start of the counts of this step.
    step_start: usize,
    packets: Vec<SentPacket>,
    packet_ends: Vec<usize>,
    cores: usize,
}

impl TimingRecorder {
    pub(crate) fn new(cores: Range<usize>) -> TimingRecorder {
        TimingRecorder {
            first_core: cores.start,
            counts: vec![],
            step_start: 0,
            packets: vec![],
            packet_ends: vec![],
            cores: cores.len(),
        }
    }

    /// Adds the events of the next core of this step.
    pub(crate) fn core(&mut self, counts: EventCounts) {
        self.counts.push(counts);
    }

    /// Adds a packet of the host, of a plain or of a graded spike.
    pub(crate) fn host_packet(&mut self, program: &ChipProgram, packet: RoutedPacket) {
        let core = packet.core as usize;
        self.packets.push(SentPacket {
            from: HOST,
            to: program.numbers[core],
            row: program.cores[core].row(packet.port),
            compartment: 0,
        });
    }

    /// Adds the packets of a spike, plain or graded, and what they cost; `place` is the core among
    /// those of the worker, and the compartment there.
    pub(crate) fn spike(
        &mut self,
        program: &ChipProgram,
        place: (u32, u16),
        packets: impl Iterator<Item = RoutedPacket>,
        cost: RouteCost,
    ) {
        cost.add_to(&mut self.counts[self.step_start + place.0 as usize], 1);
        let from = program.numbers[self.first_core + place.0 as usize];
        let sent = |packet: RoutedPacket| {
            let (to, row) = match program.cores.get(packet.core as usize) {
                Some(core) => (program.numbers[packet.core as usize], core.row(packet.port)),
                // whoever puts the records together asks the rank that has the core for the row
                None => {
                    let far = &program.far[packet.core as usize - program.cores.len()];
                    (far.number, packet.port.number())
                }
            };
            SentPacket {
                from,
                to,
                row,
                compartment: place.1,
            }
        };
        self.packets.extend(packets.map(sent));
    }

    /// Ends a step.
    pub(crate) fn close(&mut self) {
        self.step_start = self.counts.len();
        self.packet_ends.push(self.packets.len());
    }

    /// The record, if there is no other worker.
    fn alone(self, first_step: u64) -> Record {
        let TimingRecorder {
            cores,
            counts,
            mut packets,
            packet_ends,
            ..
        } = self;
        let mut start = 0;
        for &end in &packet_ends {
            order(&mut packets[start..end]);
            start = end;
        }
        Record {
            first_step,
            cores,
            counts,
            packets,
            packet_ends,
        }
    }

    fn packets_of(&self, step: usize) -> &[SentPacket] {
        let start = if step == 0 {
            0
        } else {
            self.packet_ends[step - 1]
        };
        &self.packets[start..self.packet_ends[step]]
    }
}

/// Joins the records of all workers, in an order that does not depend on how many there were.
/// `numbers` has the index in the image of each core, those of the parts one after another.
pub(crate) fn put_together(
    numbers: &[u32],
    first_step: u64,
    mut parts: Vec<TimingRecorder>,
) -> Record {
    if parts.len() == 1 {
        return parts.remove(0).alone(first_step);
    }
    let steps = parts.first().map_or(0, |p| p.packet_ends.len());
    let cores = numbers.len();
    let mut record = Record {
        first_step,
        cores,
        counts: vec![EventCounts::default(); steps * cores],
        ..Record::default()
    };
    for step in 0..steps {
        let start = record.packets.len();
        let mut numbers = numbers.iter();
        for part in &parts {
            let counts = &part.counts[step * part.cores..(step + 1) * part.cores];
            for (counts, number) in counts.iter().zip(numbers.by_ref()) {
                record.counts[step * cores + *number as usize] = *counts;
            }
            record.packets.extend_from_slice(part.packets_of(step));
        }
        order(&mut record.packets[start..]);
        record.packet_ends.push(record.packets.len());
    }
    record
}

/// Gives the packets between ranks of a part the rows that they read, where each has the number of
/// its port.
pub(crate) fn find_rows(
    part: &mut TimingRecorder,
    rank_of: impl Fn(u32) -> usize,
    rows: &[Vec<u32>],
) {
    for packet in part.packets.iter_mut().filter(|p| p.from != HOST) {
        if rank_of(packet.from) != rank_of(packet.to) {
            packet.row = rows[packet.to as usize][packet.row as usize];
        }
    }
}

/// Sorts packets, so that the record is the same for any number of workers: those of the host by
/// receiver, then the others by sender and compartment. Packets of one compartment stay in the
/// order of its routes.
fn order(packets: &mut [SentPacket]) {
    let place = |p: &SentPacket| {
        if p.from == HOST {
            (0, p.to)
        } else {
            (p.from + 1, u32::from(p.compartment))
        }
    };
    if !packets.is_sorted_by_key(place) {
        packets.sort_by_key(place);
    }
}

impl ChipProgram {
    /// Cores, rows and populations that a record of a run of this program refers to.
    pub fn floorplan(&self) -> Floorplan {
        let population = |p: &seamount_image::PopulationMap| {
            let parts = p.compartments.len() as u32;
            let runs = p
                .slices
                .iter()
                .map(|s| (s.core, s.first_compartment, s.neurons * parts))
                .collect();
            PopulationPlace {
                name: p.name.clone(),
                runs,
            }
        };
        // where many ranks have the cores, what they know of them was gathered
        let own: Vec<CoreFace>;
        let faces = match self.faces.is_empty() {
            true => {
                own = self.own_faces();
                &own
            }
            false => &self.faces,
        };
        let learning = |face: &CoreFace| LearningPlace {
            axons: face.learning.0,
            epoch: face.learning.1,
        };
        Floorplan {
            learning: faces.iter().map(learning).collect(),
            spec: self.spec.clone(),
            locations: self.locations.clone(),
            compartments: self.widths.clone(),
            rows: faces.iter().map(|face| face.rows.clone()).collect(),
            populations: self.populations.iter().map(population).collect(),
        }
    }

    /// What a clock has to know of the cores that are here.
    pub(crate) fn own_faces(&self) -> Vec<CoreFace> {
        let face = |core: &CoreProgram| CoreFace {
            rows: core.rows(),
            learning: match &core.learning {
                None => (0, 0),
                Some(learning) => (learning.axons.len() as u32, learning.epoch),
            },
        };
        self.cores.iter().map(face).collect()
    }
}
