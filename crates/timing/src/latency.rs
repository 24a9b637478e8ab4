//! Latencies of events by the stage of a core in which they pass (ME-030).

use seamount_spec::{ChosenKey, EventCounts, EventStage, Profile};

/// Events that pass in a stage and take time: place in [`EventCounts::NAMES`], and picoseconds.
pub type Table = Vec<(usize, u64)>;

/// Latencies of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latencies {
    /// Updates of compartments: everything in the loop that is neither spike nor packet.
    pub update: Table,
    /// Spikes and packets out.
    pub spike: Table,
    /// Events of the learning engine.
    pub learning: Table,
    /// Latency of one spike.
    pub spike_ps: u64,
    /// Latency of one output axon.
    pub packet_out_ps: u64,
    /// Latency of the lookup of one packet.
    pub packet_in_ps: u64,
    /// Latency of one word of synapse memory.
    pub word_ps: u64,
    /// Synapses, by kind.
    pub synapse: Table,
    /// Hops west-east, north-south, borders between chips.
    pub hop_ps: [u64; 3],
    /// Events that the profile prices without saying how long they take: counted as 0.
    pub unknown: Vec<&'static str>,
}

impl Latencies {
    /// Latencies of a profile.
    pub fn new(profile: &Profile) -> Latencies {
        let known = |name: &str| profile.latency_ps(name).unwrap_or(0);
        let table = |stage| {
            let events = EventCounts::EVENTS.iter().enumerate();
            let timed = events.filter(|(_, event)| event.stage == stage && known(event.name) > 0);
            timed
                .map(|(place, event)| (place, known(event.name)))
                .collect::<Table>()
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
            update: table(EventStage::Update),
            spike: table(EventStage::Spike),
            learning: table(EventStage::Learning),
            spike_ps: known("spikes"),
            packet_out_ps: known("packets_out"),
            packet_in_ps: known("packets_in"),
            word_ps: known("synapse_words"),
            synapse: table(EventStage::Synapse),
            hop_ps: [
                known("hops_x"),
                known("hops_y"),
                crossing.unwrap_or_else(|| profile.chosen.value(ChosenKey::LinkLatencyPs)),
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
    use seamount_spec::Price;

    /// Each event that a profile gives a time has it in one place, and in the place of its stage.
    #[test]
    fn each_event_passes_in_one_stage() {
        for (i, event) in EventCounts::EVENTS.iter().enumerate() {
            let price = Price {
                energy_fj: None,
                latency_ps: Some(7),
                source: "test".into(),
            };
            let mut profile = Profile::preset("sanafe-loihi").unwrap();
            profile.prices = [(event.name.to_string(), price)].into();
            let l = Latencies::new(&profile);
            let tables = [&l.update, &l.spike, &l.learning, &l.synapse];
            let timed = tables.map(|table| table == &vec![(i, 7)]);
            let fields = [
                l.packet_in_ps,
                l.word_ps,
                l.hop_ps[0],
                l.hop_ps[1],
                l.hop_ps[2],
            ];
            let elsewhere = fields.iter().filter(|ps| **ps == 7).count();
            let (in_tables, in_fields) = match event.stage {
                EventStage::Update => ([true, false, false, false], 0),
                EventStage::Spike => ([false, true, false, false], 0),
                EventStage::Learning => ([false, false, true, false], 0),
                EventStage::Synapse => ([false, false, false, true], 0),
                EventStage::Lookup | EventStage::Memory | EventStage::Link => ([false; 4], 1),
                EventStage::Free => ([false; 4], 0),
            };
            assert_eq!((timed, elsewhere), (in_tables, in_fields), "{}", event.name);
        }
    }

    #[test]
    fn events_without_a_latency_are_unknown() {
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
