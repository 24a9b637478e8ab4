//! What a run is seen to do core by core and step by step, for whoever says how long it took. It
//! only watches: nothing here is read by a step (ME-031).

use crate::program::{ChipProgram, Packet, RouteCost};
use seamount_spec::record::{HOST, PopulationPlace, SentPacket};
use seamount_spec::{EventCounts, Floorplan, Record};
use std::ops::Range;

/// What one worker saw.
pub(crate) struct Recording {
    first_core: usize,
    /// Steps x cores of the worker.
    counts: Vec<EventCounts>,
    /// Where the counts of the step begin.
    step_start: usize,
    packets: Vec<SentPacket>,
    packet_ends: Vec<usize>,
    cores: usize,
}

impl Recording {
    pub(crate) fn new(cores: Range<usize>) -> Recording {
        let (first_core, cores) = (cores.start, cores.len());
        Recording {
            first_core,
            counts: vec![],
            step_start: 0,
            packets: vec![],
            packet_ends: vec![],
            cores,
        }
    }

    /// What the next core did.
    pub(crate) fn core(&mut self, counts: EventCounts) {
        self.counts.push(counts);
    }

    /// A packet of the host.
    pub(crate) fn host_packet(&mut self, program: &ChipProgram, packet: &Packet) {
        let row = program.cores[packet.core as usize].row(packet.port);
        self.packets.push(SentPacket {
            from: HOST,
            to: packet.core,
            row,
            compartment: 0,
        });
    }

    /// The packets of a spike of core `k` of the worker.
    pub(crate) fn spike(
        &mut self,
        program: &ChipProgram,
        (k, compartment): (u32, u16),
        packets: &[Packet],
        cost: RouteCost,
    ) {
        cost.add_to(&mut self.counts[self.step_start + k as usize]);
        let from = self.first_core as u32 + k;
        let sent = |packet: &Packet| {
            let row = program.cores[packet.core as usize].row(packet.port);
            SentPacket {
                from,
                to: packet.core,
                row,
                compartment,
            }
        };
        self.packets.extend(packets.iter().map(sent));
    }

    /// The end of a step.
    pub(crate) fn close(&mut self) {
        self.step_start = self.counts.len();
        self.packet_ends.push(self.packets.len());
    }

    /// As a record, if there is no other part.
    fn alone(self, first_step: u64) -> Record {
        let Recording {
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

/// The recordings of all workers as one, in an order that does not depend on how many there were.
pub(crate) fn put_together(
    program: &ChipProgram,
    first_step: u64,
    mut parts: Vec<Recording>,
) -> Record {
    if parts.len() == 1 {
        return parts.remove(0).alone(first_step);
    }
    let steps = parts.first().map_or(0, |p| p.packet_ends.len());
    let mut record = Record {
        first_step,
        cores: program.cores.len(),
        ..Record::default()
    };
    for step in 0..steps {
        let start = record.packets.len();
        for part in &parts {
            record
                .counts
                .extend_from_slice(&part.counts[step * part.cores..(step + 1) * part.cores]);
            record.packets.extend_from_slice(part.packets_of(step));
        }
        order(&mut record.packets[start..]);
        record.packet_ends.push(record.packets.len());
    }
    record
}

/// The host's packets by receiver, then the others by sender and compartment; those of one compartment
/// stay as they were sent.
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
    /// What a record of a run of this program refers to.
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
        Floorplan {
            spec: self.spec.clone(),
            locations: self.locations.clone(),
            compartments: self.cores.iter().map(|c| c.len() as u32).collect(),
            rows: self.cores.iter().map(|c| c.rows()).collect(),
            populations: self.populations.iter().map(population).collect(),
        }
    }
}
