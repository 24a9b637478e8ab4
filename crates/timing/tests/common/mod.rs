//! Floorplans and records made by hand.
#![allow(dead_code)]

use seamount_spec::{Board, CoreLocation, EventCounts, Floorplan, Profile, Record};
use seamount_spec::{HOST, LearningPlace, SentPacket};

/// A packet reads `ROWS[row]` sparse synapses.
pub const ROWS: [u64; 3] = [1, 10, 100];

/// Cores at these places, of 100 compartments each.
pub fn plan(spec: Board, places: &[(u16, u16)]) -> Floorplan {
    let row = |n: &u64| EventCounts {
        packets_in: 1,
        synapse_reads_sparse: *n,
        synapse_words: n.div_ceil(4),
        ..EventCounts::default()
    };
    Floorplan {
        locations: places
            .iter()
            .map(|&(chip, core)| CoreLocation { chip, core })
            .collect(),
        compartments: vec![100; places.len()],
        rows: vec![ROWS.iter().map(row).collect(); places.len()],
        populations: vec![],
        learning: vec![LearningPlace::default(); places.len()],
        spec,
    }
}

pub fn board(name: &str) -> Board {
    Board::preset(name).unwrap()
}

pub fn profile(name: &str) -> Profile {
    Profile::preset(name).unwrap()
}

pub fn packet(from: u32, to: u32, row: u32, compartment: u16) -> SentPacket {
    SentPacket {
        from,
        to,
        row,
        compartment,
    }
}

/// Steps of packets; every compartment is updated, and counts are what the packets say.
pub fn record(cores: usize, steps: &[Vec<SentPacket>]) -> Record {
    let mut record = Record {
        first_step: 1,
        cores,
        ..Record::default()
    };
    for packets in steps {
        let mut packets = packets.clone();
        packets.sort_by_key(|p| {
            if p.from == HOST {
                (0, p.to)
            } else {
                (p.from + 1, u32::from(p.compartment))
            }
        });
        for core in 0..cores as u32 {
            let own: Vec<u16> = packets
                .iter()
                .filter(|p| p.from == core)
                .map(|p| p.compartment)
                .collect();
            let mut fired = own.clone();
            fired.dedup();
            record.counts.push(EventCounts {
                neuron_updates_inactive: 90,
                neuron_updates_active: 10,
                spikes: fired.len() as u64,
                packets_out: own.len() as u64,
                ..EventCounts::default()
            });
        }
        record.packets.extend(packets);
        record.packet_ends.push(record.packets.len());
    }
    record
}
