//! What the image says of one core, pre-decoded for speed.
//!
//! Synapse lists become rows of 32-bit words: contribution / 64 in the upper 16 bits, accumulator
//! offset (delay slot x stride + target) in the lower 16. Bit-packed memory stays in the image.
//!
//! Why this shape: a contribution is a multiple of 64 and fits 22 bits (NC-004), so 16 bits hold it
//! exactly and accumulators can count in units of 64. Delay and target need no fields of their own,
//! since accumulators of all delay slots lie in one array: the place of a contribution that is due
//! d steps later is d strides on, and as both numbers of slots and of targets are powers of two,
//! the wrap around the last slot is a mask. A synapse is then one load and one addition, whatever
//! its format was in the image: formats are paid for once, at load.
//!
//! What a packet costs does not change either, so each row has its price list ([`RowCost`]) made at
//! load. Many rows have equal ones; a packet carries the index of its own.

use crate::layout::{Layout, layout};
use crate::learn::LearnProgram;
use crate::microcode::GroupProgram;
use crate::packets::{Port, PortKind};
use seamount_arith::soma::{bias, v_max, v_min};
use seamount_image::list;
use seamount_image::{
    AxonKind, CoreImage, CoreLearning, CorePrograms, CoreRegisters, Encoding, ImageRegister,
    InputAxon, ProgramGroup,
};
use seamount_microcode::{ParameterValues, SpikeKind, verify};
use seamount_spec::EventCounts;
use std::collections::BTreeMap;
use std::ops::Range;

/// One core, ready to step. Never changes.
#[derive(Debug)]
pub struct CoreProgram {
    /// Columns and segments.
    pub layout: Layout,
    /// Registers that a core has once.
    pub registers: CoreRegisters,
    /// Limits of v (NC-003).
    pub v_limits: (i32, i32),
    /// Bias of each column (NC-006).
    pub bias: Vec<i32>,
    /// u and v of each column at the start.
    pub start: Vec<(i32, i32)>,
    /// Accumulators of one slot: a power of two, at least the number of compartments.
    pub stride: usize,
    /// Slots of the accumulators, a power of two: 1 if no synapse of this core has a delay.
    pub slots: usize,
    /// Rows that packets arrive at, one an atom of an axon.
    pub ports: Vec<Port>,
    /// First port of each input axon; atoms follow.
    pub port_of_axon: Vec<u32>,
    /// Pre-decoded synapses of all rows.
    pub synapses: AlignedRows,
    /// Costs that ports refer to.
    pub costs: Vec<RowCost>,
    /// Whether accumulators are kept as they were read, for probes.
    pub keep_accumulator: bool,
    /// Whether any compartment has noise, or runs a program that reads random bits or the number of
    /// the step.
    pub draws: bool,
    /// Program of the learning engine, if synapses of the core learn.
    pub learning: Option<Box<LearnProgram>>,
    /// Groups of neurons that run programs.
    pub groups: Vec<Group>,
    /// Some program sends graded spikes.
    pub has_payload: bool,
    /// Columns that send graded spikes; empty if none does.
    pub graded: Vec<bool>,
    /// Number of neurons, or of compartments of fixed ones: what is updated.
    pub updated: u64,
}

/// Neurons that run one program.
#[derive(Debug)]
pub struct Group {
    /// The program with its constants.
    pub program: GroupProgram,
    /// Columns of the first and of the second accumulator; the second may have none.
    pub columns: [Range<usize>; 2],
    /// First compartment and number of accumulators of a neuron.
    pub first: (usize, usize),
    /// State words at the start: a column for each.
    pub start: Vec<Vec<i32>>,
}

impl Group {
    /// Whether spikes of the group carry a payload.
    pub fn is_graded(&self) -> bool {
        self.program.program().program().spike != SpikeKind::Binary
    }
}

/// Columns that send graded spikes; empty if none does.
fn graded(count: usize, groups: &[Group]) -> Vec<bool> {
    let mut graded = vec![
        false;
        if groups.iter().any(Group::is_graded) {
            count
        } else {
            0
        }
    ];
    groups
        .iter()
        .filter(|g| g.is_graded())
        .for_each(|g| graded[g.columns[0].clone()].fill(true));
    graded
}

/// Groups of a core, in the order of the image.
fn groups(programs: Option<&CorePrograms>, layout: &Layout) -> Vec<Group> {
    let columns = |group: usize, port: u8| {
        let of = |s: &&crate::layout::Segment| s.program == Some((group as u16, port));
        layout
            .segments
            .iter()
            .find(of)
            .map_or(0..0, |s| s.columns.clone())
    };
    let Some(programs) = programs else {
        return vec![];
    };
    let of = |(index, g): (usize, &ProgramGroup)| {
        let neurons = g.neurons as usize;
        let verified = verify(programs.programs[usize::from(g.program)].clone())
            .expect("the image is checked");
        let start = |values: &ParameterValues| (0..neurons).map(|n| values.of(n)).collect();
        Group {
            program: GroupProgram::new(verified, g.parameters.clone(), neurons)
                .expect("the image is checked"),
            columns: [columns(index, 0), columns(index, 1)],
            first: (g.first_compartment as usize, usize::from(g.ports)),
            start: g.initial.iter().map(start).collect(),
        }
    };
    programs.groups.iter().enumerate().map(of).collect()
}

/// Events that one packet at a port causes; eight lanes so that they add as one vector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowCost(pub [u32; 8]);

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
    pub fn add_to(sum: &[u64; 8], counts: &mut EventCounts) {
        counts.synaptic_operations += sum[Self::OPERATIONS];
        counts.synapse_reads_sparse += sum[Self::SPARSE];
        counts.synapse_reads_run_length += sum[Self::RUN_LENGTH];
        counts.synapse_reads_dense += sum[Self::DENSE];
        counts.synapse_reads_shared += sum[Self::SHARED];
        counts.synapse_words += sum[Self::WORDS];
    }
}

impl CoreProgram {
    /// Pre-decodes a core of a checked image, its learning if it learns, its programs if it has
    /// any.
    pub fn new(
        core: &CoreImage,
        learning: Option<&CoreLearning>,
        programs: Option<&CorePrograms>,
        keep_accumulator: bool,
    ) -> CoreProgram {
        let layout = layout(core, programs);
        let groups = groups(programs, &layout);
        let count = core.compartments.len();
        let word = |&c: &u16| &core.compartments[usize::from(c)];
        let mut start = vec![(0, 0); count];
        for s in &core.initial {
            start[usize::from(layout.column_of[s.compartment as usize])] = (s.u, s.v);
        }
        let stride = count.next_power_of_two();
        let mut rows = RowDecoder::new(core, stride);
        let mut port_of_axon = Vec::with_capacity(core.input_axons.len());
        let mut ports: Vec<Port> = vec![];
        for axon in &core.input_axons {
            port_of_axon.push(ports.len() as u32);
            if axon.learning {
                ports.push(Port::learning(0));
            } else {
                ports.extend((0..axon.atoms).map(|atom| rows.port(axon, atom)));
            }
        }
        if let Some(learning) = learning {
            for (index, axon) in (0..).zip(&learning.axons) {
                ports[port_of_axon[axon.axon as usize] as usize] = Port::learning(index);
            }
            for (index, axon) in (0..).zip(&learning.reward_axons) {
                ports[port_of_axon[axon.axon as usize] as usize] = Port::reward(index);
            }
        }
        let learning = learning.map(|l| Box::new(LearnProgram::new(core, l)));
        CoreProgram {
            registers: core.registers,
            v_limits: (
                v_min(core.registers.v_min_exponent),
                v_max(core.registers.v_max_exponent),
            ),
            bias: layout
                .compartment_of
                .iter()
                .map(word)
                .map(|w| bias(w.bias_mantissa, w.bias_exponent))
                .collect(),
            start,
            stride,
            slots: if rows.delayed || learning.as_ref().is_some_and(|l| l.has_delays) {
                1 << core.registers.delay_bits
            } else {
                1
            },
            ports,
            port_of_axon,
            draws: draws(&layout, &groups),
            synapses: AlignedRows::new(&rows.synapses),
            costs: rows.costs,
            keep_accumulator,
            learning,
            has_payload: groups.iter().any(Group::is_graded),
            graded: graded(count, &groups),
            updated: (count - groups.iter().map(|g| g.columns[1].len()).sum::<usize>()) as u64,
            groups,
            layout,
        }
    }

    /// Place of a register of a compartment: its column, or for words of programs the group in
    /// the upper 16 bits and the neuron within it in the lower; for post traces the compartment;
    /// for the voltage as hardware shows it the refractory steps in the upper 16 bits and the
    /// column in the lower, as the state of a core knows no settings.
    pub fn place(&self, compartment: u32, register: ImageRegister) -> u32 {
        let column = self.layout.column_of[compartment as usize];
        let group = self
            .groups
            .iter()
            .position(|g| g.columns[0].contains(&usize::from(column)));
        match (register, group) {
            (ImageRegister::State(_) | ImageRegister::Probe(_), Some(group)) => {
                (group as u32) << 16
                    | (usize::from(column) - self.groups[group].columns[0].start) as u32
            }
            (ImageRegister::PostTrace(_), _) => compartment,
            (ImageRegister::VoltageHardware, _) => {
                let own = |s: &&crate::layout::Segment| s.columns.contains(&usize::from(column));
                let segment = self.layout.segments.iter().find(own);
                let steps = segment.map_or(1, |s| s.profile.refractory_steps);
                u32::from(steps) << 16 | u32::from(column)
            }
            _ => u32::from(column),
        }
    }

    /// Number of compartments.
    pub fn len(&self) -> usize {
        self.bias.len()
    }

    /// Reads of a packet on this core, by the number that [`CoreProgram::row`] gives; operations
    /// of lists that learn depend on their weights and are not among it.
    pub fn rows(&self) -> Vec<EventCounts> {
        let priced = |cost: &RowCost| {
            let mut counts = EventCounts {
                packets_in: 1,
                ..EventCounts::default()
            };
            RowCost::add_to(&cost.0.map(u64::from), &mut counts);
            counts
        };
        let learning = self
            .learning
            .iter()
            .flat_map(|l| l.axons.iter().map(|axon| priced(&axon.cost)));
        let reward = EventCounts {
            packets_in: 1,
            ..EventCounts::default()
        };
        self.costs
            .iter()
            .map(priced)
            .chain(learning)
            .chain([reward])
            .collect()
    }

    /// Index into [`CoreProgram::rows`] of what a packet at this port reads.
    pub fn row(&self, port: Port) -> u32 {
        let learning = |index| self.costs.len() + index;
        let row = match port.kind() {
            PortKind::Fixed => port.cost(),
            PortKind::Learning(index) => learning(index),
            PortKind::Reward(_) => learning(self.learning.as_ref().map_or(0, |l| l.axons.len())),
        };
        row as u32
    }

    /// Whether the core has no compartments.
    pub fn is_empty(&self) -> bool {
        self.bias.is_empty()
    }
}

/// Rows as they are decoded; lists at the same address are decoded once.
struct RowDecoder<'a> {
    core: &'a CoreImage,
    stride: usize,
    synapses: Vec<u32>,
    costs: Vec<RowCost>,
    cost_index: BTreeMap<RowCost, u16>,
    seen: BTreeMap<u32, (u32, u16, RowCost)>,
    delayed: bool,
}

impl<'a> RowDecoder<'a> {
    fn new(core: &'a CoreImage, stride: usize) -> Self {
        let synapses = vec![];
        let costs = vec![];
        RowDecoder {
            core,
            stride,
            synapses,
            costs,
            cost_index: BTreeMap::new(),
            seen: BTreeMap::new(),
            delayed: false,
        }
    }

    fn port(&mut self, axon: &InputAxon, atom: u16) -> Port {
        let address = axon.address + u32::from(atom) * axon.words;
        let (start, len, mut cost) = match self.seen.get(&address) {
            Some(row) => *row,
            None => {
                let row = self.decode(address);
                self.seen.insert(address, row);
                row
            }
        };
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
        Port::fixed(start, axon.base, len, index)
    }

    fn decode(&mut self, address: u32) -> (u32, u16, RowCost) {
        let mut start = self.synapses.len();
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
        // rows are fetched by cache line: one that would touch a line more than it must begins a
        // new line, and what is skipped is never read
        let len = self.synapses.len() - start;
        let lines = |first: usize| (first + len).div_ceil(LINE) - first / LINE;
        let next_line = start.next_multiple_of(LINE);
        if len > 0 && lines(next_line) < lines(start) {
            self.synapses
                .splice(start..start, std::iter::repeat_n(0, next_line - start));
            start = next_line;
        }
        (start as u32, (self.synapses.len() - start) as u16, cost)
    }
}

/// Synapses of one cache line of 64 bytes.
const LINE: usize = 16;

/// Pre-decoded synapses, the first at the start of a cache line.
#[derive(Debug)]
pub struct AlignedRows {
    words: Vec<u32>,
    first: usize,
}

impl AlignedRows {
    fn new(synapses: &[u32]) -> AlignedRows {
        // a vector of words begins at any multiple of 4: up to 15 words before the first synapse
        // bring that to a cache line without an allocator of our own
        let mut words: Vec<u32> = Vec::with_capacity(synapses.len() + LINE);
        let first = words.as_ptr().align_offset(64).min(LINE - 1);
        words.resize(first, 0);
        words.extend_from_slice(synapses);
        AlignedRows { words, first }
    }

    /// All synapses, row by row.
    #[inline]
    pub fn all(&self) -> &[u32] {
        &self.words[self.first..]
    }
}

/// Whether any compartment draws, or a program may do something else in another step.
fn draws(layout: &Layout, groups: &[Group]) -> bool {
    let reads = |group: &Group| group.program.program().reads_surroundings;
    layout.segments.iter().any(|s| s.profile.noise) || groups.iter().any(reads)
}

/// A pre-decoded synapse: contribution / 64 and accumulator offset.
fn pack(units: i32, offset: u32) -> u32 {
    (units as u32) << 16 | offset
}
