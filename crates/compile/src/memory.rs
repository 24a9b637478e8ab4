//! What arrives at one core, as memory: formats, lists, input axons.
//!
//! Three kinds of synapses share the formats of a core: those that learn and those made from a seed
//! say themselves what they need; what formats are left goes to the fixed ones, which can be
//! written in many ways.

use crate::choose;
use crate::formats::{self, FORMATS_MAX, FormatSet};
use crate::generated;
use crate::learn::encode::{PlasticFormats, append};
use crate::lists::{self, AxonLists, GatheredSynapses};
use crate::pack::ListPacker;
use crate::record::FixedSynapse;
use crate::synapse::Flows;
use crate::synapses::{CoreSynapses, EncodingCounts, RowLink};
use seamount_image::{InputAxon, RuleProgram, list};

/// Encodes the synapses of a core with at most `room` formats, if that can be done.
pub(crate) fn encode(
    flows: &Flows,
    rules: &[RuleProgram],
    gathered: &GatheredSynapses,
    delay_bits: u8,
    room: usize,
) -> CoreSynapses {
    let formats = PlasticFormats::new(flows, rules, &gathered.plastic, delay_bits);
    let seeded = generated::SeedFormats::new(flows, &gathered.generated, delay_bits);
    let taken = formats.len() + seeded.len();
    let mut out = fixed(flows, &gathered.fixed, delay_bits, room, taken);
    out.formats_wanted += taken;
    let write = out.formats_wanted <= FORMATS_MAX;
    generated::append(&mut out, flows, &gathered.generated, &seeded, write);
    append(&mut out, flows, rules, &gathered.plastic, &formats, write);
    out
}

/// Encodes the sorted synapses that do not learn; `taken` formats are for those that do.
fn fixed(
    flows: &Flows,
    records: &[FixedSynapse],
    delay_bits: u8,
    room: usize,
    taken: usize,
) -> CoreSynapses {
    let room = room.saturating_sub(taken);
    let mut arrivals = lists::arrivals(flows, records);
    let contents = lists::share(&mut arrivals, records);
    let mut out = CoreSynapses {
        fan_in_max: fan_in_max(&arrivals, records),
        ..CoreSynapses::default()
    };
    out.shared_axons = (arrivals.len() - contents.len()) as u32;
    out.list_max = arrivals
        .iter()
        .flat_map(|a| &a.lists)
        .map(|list| list.records.len() as u32)
        .max()
        .unwrap_or(0);
    let index_bits = index_bits(&arrivals, records);
    let different = contents.iter().flat_map(|&i| &arrivals[i].lists);
    let lists: Vec<&[FixedSynapse]> = different
        .map(|list| &records[list.records.clone()])
        .collect();
    let mut chosen = choose::choose(records, &lists, index_bits, delay_bits, room);
    out.formats_wanted = chosen.len();
    // nothing can be written; the axons still say how many slots the core takes
    if chosen.len() + taken > FORMATS_MAX {
        out.connect(&arrivals, &vec![ListBlock::default(); contents.len()]);
        return out;
    }
    loop {
        let set = FormatSet::new(chosen.clone(), index_bits, delay_bits);
        let mut packer = ListPacker::new(&set);
        let mut used = vec![false; set.formats.len()];
        let write = |i: &usize| out.write(&mut packer, &mut used, &set, &arrivals[*i], records);
        let blocks: Vec<ListBlock> = contents.iter().map(write).collect();
        if used.iter().all(|used| *used) {
            out.formats_wanted = chosen.len();
            out.formats = set.formats;
            out.connect(&arrivals, &blocks);
            return out;
        }
        // formats were chosen by a sample: without those that turned out to be of no use ids become
        // smaller and classes fewer, and the lists are packed once more
        let kept = set.classes.iter().flat_map(|class| {
            class
                .encodings
                .iter()
                .map(|(e, id)| (class.values, *e, *id))
        });
        chosen = kept
            .filter(|(_, _, id)| used[usize::from(*id) - 1])
            .map(|(values, e, _)| (values, e))
            .collect();
        (out.bits, out.counts) = (0, EncodingCounts::default());
        out.memory.clear();
    }
}

/// Index bits that hold all targets after their bases.
fn index_bits(arrivals: &[AxonLists], records: &[FixedSynapse]) -> u8 {
    let last = |a: &AxonLists| {
        a.lists
            .iter()
            .map(|list| records[list.records.end - 1].target - a.base)
            .max()
    };
    formats::index_bits(arrivals.iter().filter_map(last).max().unwrap_or(0))
}

/// The lists of one axon in memory.
#[derive(Debug, Clone, Copy, Default)]
struct ListBlock {
    address: u32,
    words: u32,
    atoms: u16,
}

impl CoreSynapses {
    /// Writes the lists of an axon, all of the same number of words.
    fn write(
        &mut self,
        packer: &mut ListPacker,
        used: &mut [bool],
        set: &FormatSet,
        arrival: &AxonLists,
        records: &[FixedSynapse],
    ) -> ListBlock {
        let address = self.memory.len() as u32;
        let atoms = arrival.lists.last().map_or(1, |list| list.atom + 1);
        let mut packed: Vec<Vec<u64>> = vec![];
        for list in &arrival.lists {
            let entries = packer.entries(&records[list.records.clone()], arrival.base);
            for entry in &entries {
                used[usize::from(entry.format) - 1] = true;
                self.count(&set.formats[usize::from(entry.format) - 1], entry, true);
            }
            packed.push(list::encode(&entries, &set.formats));
        }
        let words = packed.iter().map(Vec::len).max().unwrap_or(1);
        self.memory
            .resize(address as usize + words * usize::from(atoms), 0);
        for (list, content) in arrival.lists.iter().zip(packed) {
            let at = address as usize + usize::from(list.atom) * words;
            self.memory[at..at + content.len()].copy_from_slice(&content);
        }
        ListBlock {
            address,
            words: words as u32,
            atoms,
        }
    }

    fn connect(&mut self, arrivals: &[AxonLists], blocks: &[ListBlock]) {
        for (axon, arrival) in (0..).zip(arrivals) {
            let ListBlock {
                address,
                words,
                atoms,
            } = blocks[arrival.content];
            let kind = arrival.kind;
            let base = arrival.base;
            self.axons.push(InputAxon {
                kind,
                base,
                address,
                words,
                atoms,
                learning: false,
            });
            self.links.extend(arrival.lists.iter().map(|list| RowLink {
                row: list.row,
                axon,
                atom: list.atom,
            }));
        }
    }
}

/// Most axons that reach one compartment: a bound that no partition can undercut.
fn fan_in_max(arrivals: &[AxonLists], records: &[FixedSynapse]) -> u32 {
    let targets = records
        .iter()
        .map(|r| usize::from(r.target) + 1)
        .max()
        .unwrap_or(0);
    let mut fan_in = vec![0u32; targets];
    let mut last = vec![u32::MAX; targets];
    for (axon, arrival) in (0..).zip(arrivals) {
        for record in arrival
            .lists
            .iter()
            .flat_map(|list| &records[list.records.clone()])
        {
            let target = usize::from(record.target);
            if last[target] != axon {
                last[target] = axon;
                fan_in[target] += 1;
            }
        }
    }
    fan_in.into_iter().max().unwrap_or(0)
}
