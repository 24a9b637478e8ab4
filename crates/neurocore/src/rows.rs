//! Synapse lists of a core as rows of 32-bit words: contribution / 64 in the upper 16 bits,
//! accumulator offset (delay slot x stride + target) in the lower 16.
//!
//! Why this shape: a contribution is a multiple of 64 and fits 22 bits (NC-004), so 16 bits hold it
//! exactly and accumulators can count in units of 64. Delay and target need no fields of their own,
//! since accumulators of all delay slots lie in one array: the place of a contribution that is due
//! d steps later is d strides on, and as both numbers of slots and of targets are powers of two,
//! the wrap around the last slot is a mask. A synapse is then one load and one addition, whatever
//! its format was in the image: formats are paid for once, at load.
//!
//! Rows that reach most of the compartments that they span are stored by target instead
//! ([dense](crate::dense)).
//!
//! What a packet costs does not change either, so each row has its price list ([`RowCost`]) made at
//! load. Many rows have equal ones; the form of a port has the index of its own.
//!
//! What this module does *not* know: who sends packets to a row, and when it is read.

use crate::dense::DenseRows;
use crate::packets::SavedPort;
use crate::ports::{Lead, PortTable, RowForm, SPARSE_SHIFT};
use seamount_image::list;
use seamount_image::{AxonKind, CoreImage, CoreLearning, Encoding, InputAxon};
use seamount_spec::EventCounts;
use std::collections::BTreeMap;
use std::ops::Range;

/// Events that one packet at a port causes; eight lanes so that they add as one vector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowCost(pub [u32; 8]);

impl RowCost {
    const OPERATIONS: usize = 0;
    const SPARSE: usize = 1;
    const RUN_LENGTH: usize = 2;
    const DENSE: usize = 3;
    const SHARED: usize = 4;
    const WORDS: usize = 5;

    /// Adds this to a sum of rows.
    pub(crate) fn sum_into(&self, sum: &mut [u64; 8]) {
        sum.iter_mut()
            .zip(self.0)
            .for_each(|(total, cost)| *total += u64::from(cost));
    }

    /// Adds operations to a sum of rows.
    pub(crate) fn operations(sum: &mut [u64; 8], operations: u32) {
        sum[Self::OPERATIONS] += u64::from(operations);
    }

    /// Counts a synapse that is read.
    pub(crate) fn read(&mut self, encoding: Encoding) {
        let lane = match encoding {
            Encoding::Sparse => RowCost::SPARSE,
            Encoding::RunLength(_) => RowCost::RUN_LENGTH,
            // MC-038: priced as the cheapest that is stored, for lack of a figure
            Encoding::Dense | Encoding::Generated => RowCost::DENSE,
        };
        self.0[lane] += 1;
    }

    /// Sets the words that are read.
    pub(crate) fn words(&mut self, words: u32) {
        self.0[Self::WORDS] = words;
    }

    /// Adds the lanes of a sum to counts.
    pub(crate) fn add_to(sum: &[u64; 8], counts: &mut EventCounts) {
        counts.synaptic_operations += sum[Self::OPERATIONS];
        counts.synapse_reads_sparse += sum[Self::SPARSE];
        counts.synapse_reads_run_length += sum[Self::RUN_LENGTH];
        counts.synapse_reads_dense += sum[Self::DENSE];
        counts.synapse_reads_shared += sum[Self::SHARED];
        counts.synapse_words += sum[Self::WORDS];
    }
}

/// A list, decoded.
#[derive(Debug, Clone)]
struct DecodedList {
    /// Its synapses among all that were decoded.
    synapses: Range<usize>,
    /// First synapse as the names of ports have it ([`SavedPort`]).
    saved_start: u32,
    cost: RowCost,
}

/// Shapes that rows of a core may take: no matter to any result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowShapes {
    /// Forms that are numbered at most; ports of others are listed.
    pub(crate) forms_max: usize,
    /// Synapses a block from which on a row is stored by target.
    pub(crate) dense_from: usize,
}

/// Rows of a core, ready for packets.
pub(crate) struct CoreRows {
    /// Synapses of the sparse rows.
    pub synapses: AlignedRows,
    /// The dense rows.
    pub dense: DenseRows,
    /// Costs that forms refer to.
    pub costs: Vec<RowCost>,
    /// Ports, one an atom of an axon.
    pub ports: PortTable,
    /// First port of each input axon; atoms follow.
    pub(crate) port_of_axon: Vec<u32>,
    /// Whether a synapse has a delay.
    pub delayed: bool,
}

impl CoreRows {
    /// Decodes the lists of a checked core; accumulators of a slot are `stride`.
    pub(crate) fn new(
        core: &CoreImage,
        learning: Option<&CoreLearning>,
        stride: usize,
        shapes: RowShapes,
    ) -> CoreRows {
        let mut decoder = RowDecoder::new(core, stride);
        let port_of_axon = first_ports(core);
        let mut atoms = vec![];
        for axon in &core.input_axons {
            if axon.learning {
                // its list is the learning engine's
                atoms.push(None);
            } else {
                atoms.extend((0..axon.atoms).map(|atom| Some(decoder.atom(axon, atom))));
            }
        }
        let placed = decoder.place(&atoms, shapes.dense_from);
        let mut leads = placed.leads;
        if let Some(learning) = learning {
            let mut set = |axon: u32, place: u32, form: RowForm, name: SavedPort| {
                leads[port_of_axon[axon as usize] as usize] = (Lead { form, place }, name);
            };
            for (index, axon) in (0..).zip(&learning.axons) {
                set(
                    axon.axon,
                    index,
                    RowForm::Learning,
                    SavedPort::learning(index),
                );
            }
            for (index, axon) in (0..).zip(&learning.reward_axons) {
                set(axon.axon, index, RowForm::Reward, SavedPort::reward(index));
            }
        }
        CoreRows {
            synapses: placed.synapses,
            dense: placed.dense,
            costs: decoder.costs,
            ports: PortTable::new(&leads, shapes.forms_max),
            port_of_axon,
            delayed: decoder.delayed,
        }
    }
}

/// Number of the first port of each input axon of a core: an axon has a port for each of its atoms,
/// one that learns a single one. Whoever sends to a core that is not at hand needs no more of it.
pub fn first_ports(core: &CoreImage) -> Vec<u32> {
    let mut next = 0;
    let first = |axon: &InputAxon| {
        let first = next;
        next += if axon.learning {
            1
        } else {
            u32::from(axon.atoms)
        };
        first
    };
    core.input_axons.iter().map(first).collect()
}

/// Rows in memory, and what packets find.
struct PlacedRows {
    synapses: AlignedRows,
    dense: DenseRows,
    /// Where packets at each atom are led, and the name of that port.
    leads: Vec<(Lead, SavedPort)>,
}

/// Lists as they are decoded, those at the same address once, and the axons that have them.
struct RowDecoder<'a> {
    core: &'a CoreImage,
    stride: usize,
    synapses: Vec<u32>,
    costs: Vec<RowCost>,
    cost_index: BTreeMap<RowCost, u16>,
    lists: Vec<DecodedList>,
    /// Lists by address.
    seen: BTreeMap<u32, usize>,
    /// Where the next row would begin as the names of ports have it.
    saved_end: usize,
    delayed: bool,
}

/// One atom of an axon: the list that it has, its base, and what a packet costs there.
#[derive(Debug, Clone, Copy)]
struct AtomRow {
    /// Number of its list among those that were decoded.
    list: usize,
    base: u8,
    cost: u16,
}

impl<'a> RowDecoder<'a> {
    /// Nothing decoded; accumulators of a slot are `stride`.
    fn new(core: &'a CoreImage, stride: usize) -> Self {
        RowDecoder {
            core,
            stride,
            synapses: vec![],
            costs: vec![],
            cost_index: BTreeMap::new(),
            lists: vec![],
            seen: BTreeMap::new(),
            saved_end: 0,
            delayed: false,
        }
    }

    /// Decodes the list of an atom of an axon, unless an axon before had it.
    fn atom(&mut self, axon: &InputAxon, atom: u16) -> AtomRow {
        let address = axon.address + u32::from(atom) * axon.words;
        let list = match self.seen.get(&address) {
            Some(list) => *list,
            None => {
                let decoded = self.decode(address);
                self.lists.push(decoded);
                self.seen.insert(address, self.lists.len() - 1);
                self.lists.len() - 1
            }
        };
        let mut cost = self.lists[list].cost;
        if axon.kind != AxonKind::Discrete {
            let reads = RowCost::SPARSE..=RowCost::DENSE;
            cost.0[RowCost::SHARED] = cost.0[reads.clone()].iter().sum();
            cost.0[reads].fill(0);
        }
        let next = self.costs.len() as u16;
        let index = *self.cost_index.entry(cost).or_insert(next);
        if index == next {
            self.costs.push(cost);
        }
        AtomRow {
            list,
            base: u8::try_from(axon.base).expect("the image is checked"),
            cost: index,
        }
    }

    fn decode(&mut self, address: u32) -> DecodedList {
        let start = self.synapses.len();
        let mut cost = RowCost::default();
        let formats = &self.core.synapse_formats;
        let stride = self.stride as u32;
        let synapses = &mut self.synapses;
        let delayed = &mut self.delayed;
        let words = list::decode(
            &self.core.synapse_memory[address as usize..],
            formats,
            usize::MAX,
            |id, synapse| {
                let format = &formats[usize::from(id) - 1];
                cost.read(format.encoding);
                let units = format.contribution(synapse.weight) >> 6;
                // it was read and is paid for, but adds nothing
                if units == 0 {
                    return;
                }
                cost.0[RowCost::OPERATIONS] += 1;
                let target = format.target(synapse.index, 0);
                // targets are below the stride, so this is a place and no carry
                let later = u32::from(synapse.delay) * stride + target;
                *delayed |= synapse.delay > 0;
                if format.box_synapse {
                    synapses.extend([pack(units, target), pack(-units, later)]);
                } else {
                    synapses.push(pack(units, later));
                }
            },
        );
        cost.0[RowCost::WORDS] = words.expect("the image is checked");
        let len = self.synapses.len() - start;
        let saved_start = first_of_row(self.saved_end, len);
        self.saved_end = saved_start + len;
        DecodedList {
            synapses: start..start + len,
            saved_start: saved_start as u32,
            cost,
        }
    }

    /// Places the rows in memory; what packets at the atoms find, each with its name. In place of
    /// an atom without a row stands an axon of the learning engine. Rows become dense from
    /// `dense_from` synapses a block on.
    fn place(&self, atoms: &[Option<AtomRow>], dense_from: usize) -> PlacedRows {
        // lists that an axon without a base has; the others have to stay sparse
        let mut candidates: Vec<Option<&[u32]>> = vec![None; self.lists.len()];
        for atom in atoms.iter().flatten().filter(|atom| atom.base == 0) {
            candidates[atom.list] = Some(&self.synapses[self.lists[atom.list].synapses.clone()]);
        }
        let (dense, dense_places) = DenseRows::new(&candidates, self.stride, dense_from);
        let mut starts: Vec<Option<usize>> = vec![None; self.lists.len()];
        let mut end = 0usize;
        let leads = atoms.iter().map(|atom| {
            let Some(atom) = atom else {
                let form = RowForm::Learning;
                return (Lead { form, place: 0 }, SavedPort::learning(0));
            };
            let list = &self.lists[atom.list];
            let len = list.synapses.len();
            let name = SavedPort::fixed(list.saved_start, atom.base, len as u16, atom.cost);
            if let Some(dense) = dense_places[atom.list].filter(|_| atom.base == 0) {
                let form = RowForm::Dense {
                    first: dense.first,
                    blocks: dense.blocks,
                    cost: atom.cost,
                };
                let place = dense.place;
                return (Lead { form, place }, name);
            }
            let start = *starts[atom.list].get_or_insert_with(|| {
                let start = first_of_row(end.next_multiple_of(1 << SPARSE_SHIFT), len);
                end = start + len;
                start
            });
            let form = RowForm::Sparse {
                base: atom.base,
                len: len as u16,
                cost: atom.cost,
            };
            let place = start as u32;
            (Lead { form, place }, name)
        });
        let leads = leads.collect();
        let rows = self.lists.iter().zip(starts);
        let rows = rows.filter_map(|(list, start)| {
            let synapses = &self.synapses[list.synapses.clone()];
            start.map(|start| (start, synapses))
        });
        PlacedRows {
            synapses: AlignedRows::new(end, rows),
            dense,
            leads,
        }
    }
}

/// Where a row of `len` synapses begins that may begin at `start`: rows are fetched by cache line,
/// so that one that would touch a line more than it must begins a new line. What is skipped is
/// never read.
fn first_of_row(start: usize, len: usize) -> usize {
    let lines = |first: usize| (first + len).div_ceil(LINE) - first / LINE;
    let next_line = start.next_multiple_of(LINE);
    if len > 0 && lines(next_line) < lines(start) {
        next_line
    } else {
        start
    }
}

/// Synapses of one cache line of 64 bytes.
const LINE: usize = 16;

/// Pre-decoded synapses, the first at the start of a cache line.
#[derive(Debug)]
pub(crate) struct AlignedRows {
    words: Vec<u32>,
    first: usize,
}

impl AlignedRows {
    /// Rows at their starts, and 0 between them; they end at `end`.
    fn new<'a>(end: usize, rows: impl Iterator<Item = (usize, &'a [u32])>) -> AlignedRows {
        // a vector of words begins at any multiple of 4: up to 15 words before the first synapse
        // bring that to a cache line without an allocator of our own
        let mut words: Vec<u32> = vec![0; end + LINE - 1];
        let first = words.as_ptr().align_offset(64).min(LINE - 1);
        for (start, row) in rows {
            words[first + start..first + start + row.len()].copy_from_slice(row);
        }
        words.truncate(first + end);
        AlignedRows { words, first }
    }

    /// All synapses, row by row.
    #[inline]
    pub(crate) fn all(&self) -> &[u32] {
        &self.words[self.first..]
    }
}

/// A pre-decoded synapse: contribution / 64 and accumulator offset.
fn pack(units: i32, offset: u32) -> u32 {
    (units as u32) << 16 | offset
}
