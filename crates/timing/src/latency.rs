//! Latencies of events by the stage of a core in which they pass (ME-030).

use seamount_spec::{EventCounts, Profile};

/// Events that pass in a stage and take time: place in [`EventCounts::NAMES`], and picoseconds.
pub type Table = Vec<(usize, u64)>;

/// Latencies of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latencies {
    /// Updates of compartments: everything in the loop that is neither spike nor packet.
    pub update: Table,
    /// Spikes and packets out.
    pub spike: Table,
    /// Learning.
    pub learning: Table,
    /// One spike.
    pub spike_ps: u64,
    /// One output axon.
    pub packet_out_ps: u64,
    /// One packet in.
    pub packet_in_ps: u64,
    /// One word of synapse memory.
    pub word_ps: u64,
    /// Synapses, by kind.
    pub synapse: Table,
    /// Hops west-east, north-south, borders between chips.
    pub hop_ps: [u64; 3],
    /// Events that the profile prices without saying how long they take: counted as 0.
    pub unknown: Vec<&'static str>,
}

/// Events that take no time of their own.
const FREE: [&str; 4] = ["host_spikes", "q_wraps", "u_wraps", "v_clips"];
const ELSEWHERE: [&str; 5] = [
    "packets_in",
    "synapse_words",
    "hops_x",
    "hops_y",
    "chip_crossings",
];

impl Latencies {
    /// Of a profile.
    pub fn new(profile: &Profile) -> Latencies {
        let known = |name: &str| profile.latency_ps(name).unwrap_or(0);
        let table = |passes: &dyn Fn(&str) -> bool| {
            let events = EventCounts::NAMES
                .iter()
                .enumerate()
                .filter(|(_, name)| passes(name) && known(name) > 0);
            events
                .map(|(place, name)| (place, known(name)))
                .collect::<Table>()
        };
        let synapse =
            |name: &str| name.starts_with("synapse_reads") || name == "synaptic_operations";
        let learning = |name: &str| name.starts_with("learning_");
        let spike = |name: &str| name == "spikes" || name == "packets_out";
        let other = |name: &str| {
            synapse(name)
                || learning(name)
                || spike(name)
                || FREE.contains(&name)
                || ELSEWHERE.contains(&name)
        };
        // a link between chips is chosen where the profile has no latency for a crossing (ME-034)
        let crossing = profile
            .prices
            .get("chip_crossings")
            .and_then(|p| p.latency_ps);
        let unknown = EventCounts::NAMES
            .iter()
            .copied()
            .filter(|name| *name != "chip_crossings" && profile.latency_ps(name).is_none());
        Latencies {
            update: table(&|name| !other(name)),
            spike: table(&spike),
            learning: table(&learning),
            spike_ps: known("spikes"),
            packet_out_ps: known("packets_out"),
            packet_in_ps: known("packets_in"),
            word_ps: known("synapse_words"),
            synapse: table(&synapse),
            hop_ps: [
                known("hops_x"),
                known("hops_y"),
                crossing.unwrap_or_else(|| profile.chosen.value("link_latency_ps")),
            ],
            unknown: unknown.collect(),
        }
    }

    /// Service of a packet that reads this row: lookup, then words or synapses, whichever takes
    /// longer (ME-030).
    pub fn service_ps(&self, row: &EventCounts) -> u64 {
        let words = self.word_ps * row.synapse_words;
        self.packet_in_ps * row.packets_in + words.max(sum(&self.synapse, &row.array()))
    }
}

/// Sum of counts times latencies.
#[inline]
pub fn sum(table: &[(usize, u64)], counts: &[u64; EventCounts::KINDS]) -> u64 {
    table.iter().fold(0, |sum, (place, ps)| {
        sum.wrapping_add(ps.wrapping_mul(counts[*place]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_passes_in_one_stage() {
        for profile in Profile::all() {
            let l = Latencies::new(&profile);
            for (i, name) in EventCounts::NAMES.iter().enumerate() {
                let stages = [&l.update, &l.spike, &l.learning, &l.synapse]
                    .iter()
                    .filter(|table| table.iter().any(|e| e.0 == i))
                    .count();
                let elsewhere = ELSEWHERE.contains(name) || FREE.contains(name);
                let priced = profile.latency_ps(name).unwrap_or(0) > 0;
                assert_eq!(
                    stages,
                    usize::from(priced && !elsewhere),
                    "{} {name}",
                    profile.name
                );
            }
        }
        assert_eq!(
            Latencies::new(&Profile::preset("sanafe-loihi").unwrap()).unknown,
            [
                "learning_visits",
                "learning_products",
                "microcode_instructions"
            ]
        );
    }

    /// ME-030
    #[test]
    fn a_packet_takes_its_lookup_and_the_longer_of_words_and_synapses() {
        let mut latencies = Latencies::new(&Profile::preset("sanafe-loihi").unwrap());
        let row = EventCounts {
            packets_in: 1,
            synapse_reads_sparse: 3,
            synapse_words: 2,
            ..EventCounts::default()
        };
        assert_eq!(latencies.service_ps(&row), 16_000 + 3 * 4_700);
        latencies.word_ps = 10_000;
        assert_eq!(latencies.service_ps(&row), 16_000 + 2 * 10_000);
    }
}
