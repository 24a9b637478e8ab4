//! What the image says of one core, pre-decoded for speed: compartments in columns
//! ([layout](crate::layout)), synapse lists in rows ([rows](crate::rows)), and the ports at which
//! packets arrive ([ports](crate::ports)). Bit-packed memory stays in the image.

use crate::dense::DenseRows;
use crate::kernel::worth_from;
use crate::layout::{Layout, layout};
use crate::learn::LearnProgram;
use crate::microcode::GroupProgram;
use crate::packets::{Packets, Port, PortKind, SavedPackets};
use crate::ports::{LISTED, PortTable, RowForm};
use crate::rows::{AlignedRows, CoreRows, RowCost, RowShapes};
use seamount_arith::soma::{bias, v_max, v_min};
use seamount_image::{
    CoreImage, CoreLearning, CorePrograms, CoreRegisters, ImageRegister, ProgramGroup,
};
use seamount_microcode::{ParameterValues, SpikeKind, verify};
use seamount_spec::EventCounts;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of rows that caches hold, by and large: the third cache of the machine on which this was
/// measured has 32 MiB, which cores of other people share.
const CACHED_BYTES: usize = 12 << 20;
/// Cache lines of rows that are fetched ahead where rows lie in a cache. Fewer, and a row is still
/// on its way when it is read; more, and it may be pushed out of the first cache again. Without
/// vectors more would be better and with AVX-512 fewer, both by a few percent.
const LINES_AHEAD_NEAR: usize = 16;
/// The same where rows lie in memory, which takes so much longer.
const LINES_AHEAD_FAR: usize = 48;

/// One core, ready to step. Never changes. A copy shares the rows, so that it costs little: cores
/// whose registers management sets run copies.
#[derive(Debug, Clone)]
pub struct CoreProgram {
    /// Columns and segments.
    pub layout: Layout,
    /// Registers that a core has once.
    pub(crate) registers: CoreRegisters,
    /// Limits of v (NC-003).
    pub(crate) v_limits: (i32, i32),
    /// Bias of each column (NC-006).
    pub(crate) bias: Vec<i32>,
    /// Mantissa and exponent of the bias of each column.
    pub(crate) biases: Vec<(i16, u8)>,
    /// u and v of each column at the start.
    pub(crate) start: Vec<(i32, i32)>,
    /// Accumulators of one slot: a power of two, at least the number of compartments.
    pub stride: usize,
    /// Slots of the accumulators, a power of two: 1 if no synapse of this core has a delay.
    pub slots: usize,
    /// Ports at which packets arrive, one an atom of an axon, and where they lead.
    pub(crate) ports: Arc<PortTable>,
    /// First port of each input axon; atoms follow.
    port_of_axon: Arc<[u32]>,
    /// Pre-decoded synapses of the sparse rows.
    pub(crate) synapses: Arc<AlignedRows>,
    /// Rows that are stored by target.
    pub(crate) dense: Arc<DenseRows>,
    /// Costs that forms of rows refer to.
    pub(crate) costs: Vec<RowCost>,
    /// Cache lines ahead of the row being added that are fetched.
    pub(crate) lines_ahead: usize,
    /// Whether accumulators are kept as they were read, for probes.
    pub(crate) keep_accumulator: bool,
    /// Whether any compartment has noise, or runs a program that reads random bits or the number of
    /// the step.
    pub(crate) draws: bool,
    /// Program of the learning engine, if synapses of the core learn.
    pub learning: Option<Arc<LearnProgram>>,
    /// Groups of neurons that run programs.
    pub groups: Arc<[Group]>,
    /// Some program sends graded spikes.
    pub has_payload: bool,
    /// Columns that send graded spikes; empty if none does.
    pub graded: Vec<bool>,
    /// Number of neurons, or of compartments of fixed ones: what is updated.
    pub(crate) updated: u64,
    /// Whether management may freeze compartments.
    pub(crate) freezes: bool,
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
    pub(crate) fn is_graded(&self) -> bool {
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

impl CoreProgram {
    /// Pre-decodes a core of a checked image, its learning if it learns, its programs if it has
    /// any.
    pub fn new(
        core: &CoreImage,
        learning: Option<&CoreLearning>,
        programs: Option<&CorePrograms>,
        keep_accumulator: bool,
    ) -> CoreProgram {
        let widest = RowShapes {
            forms_max: LISTED,
            dense_from: worth_from(),
        };
        CoreProgram::decode(core, learning, programs, keep_accumulator, widest)
    }

    /// As [`CoreProgram::new`], with rows of other shapes; the steps are the same.
    fn decode(
        core: &CoreImage,
        learning: Option<&CoreLearning>,
        programs: Option<&CorePrograms>,
        keep_accumulator: bool,
        shapes: RowShapes,
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
        let rows = CoreRows::new(core, learning, stride, shapes);
        let learning = learning.map(|l| Arc::new(LearnProgram::new(core, l)));
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
            biases: (layout.compartment_of.iter())
                .map(word)
                .map(|w| (w.bias_mantissa, w.bias_exponent))
                .collect(),
            start,
            stride,
            slots: if rows.delayed || learning.as_ref().is_some_and(|l| l.has_delays) {
                1 << core.registers.delay_bits
            } else {
                1
            },
            ports: Arc::new(rows.ports),
            port_of_axon: rows.port_of_axon.into(),
            lines_ahead: LINES_AHEAD_NEAR,
            draws: draws(&layout, &groups),
            synapses: Arc::new(rows.synapses),
            dense: Arc::new(rows.dense),
            costs: rows.costs,
            keep_accumulator,
            learning,
            has_payload: groups.iter().any(Group::is_graded),
            graded: graded(count, &groups),
            updated: (count - groups.iter().map(|g| g.columns[1].len()).sum::<usize>()) as u64,
            freezes: false,
            groups: groups.into(),
            layout,
        }
    }

    /// Says that management may freeze compartments of the core. What waits for them stays in its
    /// slot of the accumulators until that comes round again, so there are as many slots as the
    /// delay bits of the core say, whether synapses have delays or not.
    pub fn may_freeze(&mut self) {
        self.freezes = true;
        self.slots = 1 << self.registers.delay_bits;
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
        let lead = self.ports.lead(port);
        let row = match (lead.kind(), lead.form) {
            (_, RowForm::Sparse { cost, .. } | RowForm::Dense { cost, .. }) => usize::from(cost),
            (PortKind::Learning(index), _) => learning(index),
            _ => learning(self.learning.as_ref().map_or(0, |l| l.axons.len())),
        };
        row as u32
    }

    /// Port of an atom of an input axon.
    ///
    /// # Panics
    /// If there is no such axon.
    pub fn port(&self, axon: u32, atom: u16) -> Port {
        let first = self.port_of_axon[axon as usize] as usize;
        self.ports.port(first + usize::from(atom))
    }

    /// Port that a packet from another process arrives at, by its number.
    ///
    /// # Panics
    /// If there is no such port.
    #[inline]
    pub fn arrival(&self, number: u32) -> Port {
        self.ports.port(number as usize)
    }

    /// Index into [`CoreProgram::rows`] for the port of each number.
    pub fn rows_of_ports(&self) -> Vec<u32> {
        let ports = 0..self.ports.len() as u32;
        ports.map(|number| self.row(self.arrival(number))).collect()
    }

    /// Kind of synapses behind a port.
    pub fn kind(&self, port: Port) -> PortKind {
        self.ports.lead(port).kind()
    }

    /// Packets as snapshots have them.
    ///
    /// # Panics
    /// If a packet is not for this core.
    pub fn save(&self, packets: &Packets) -> SavedPackets {
        self.ports.save(packets)
    }

    /// Packets out of a snapshot; `None` if one cannot arrive at this core.
    pub fn find(&self, saved: &SavedPackets) -> Option<Packets> {
        self.ports.find(saved)
    }

    /// Bytes of the rows.
    pub fn row_bytes(&self) -> usize {
        size_of_val(self.synapses.all()) + self.dense.bytes()
    }

    /// Says that the rows of all cores of the chip have so many bytes together: on that depends how
    /// far ahead rows are fetched.
    pub fn share_caches(&mut self, bytes: usize) {
        self.lines_ahead = match bytes > CACHED_BYTES {
            true => LINES_AHEAD_FAR,
            false => LINES_AHEAD_NEAR,
        };
    }

    /// Whether the core has no compartments.
    pub fn is_empty(&self) -> bool {
        self.bias.is_empty()
    }
}

/// Whether any compartment draws, or a program may do something else in another step.
fn draws(layout: &Layout, groups: &[Group]) -> bool {
    let reads = |group: &Group| group.program.program().reads_surroundings;
    layout.segments.iter().any(|s| s.profile.noise) || groups.iter().any(reads)
}

#[cfg(test)]
mod tests {
    use super::CoreProgram;
    use crate::dense::DenseRows;
    use crate::kernel::worth_from;
    use crate::learn::LearningDraws;
    use crate::packets::Packets;
    use crate::ports::LISTED;
    use crate::rows::RowShapes;
    use crate::state::CoreState;
    use seamount_arith::random::{Key, Purpose};
    use seamount_compile::{CompileOptions, compile};
    use seamount_image::CoreImage;
    use seamount_network::netlist::{Netlist, Population};
    use seamount_spec::EventCounts;

    /// A core of 300 neurons: rows that reach nearly all of them, half, few or none of them, some
    /// with delays; contributions that fit a byte, or not.
    fn core(bytes: bool, delays: bool) -> CoreImage {
        let key = Key::new(11, Purpose::Stimulus);
        let mut net = Netlist::new("rows");
        net.add(Population::new("n", 300).threshold_mantissa(1000));
        for (part, (one_in, exponent, delay)) in
            [(1, 0, 0), (3, 0, 0), (9, 0, 0), (40, 0, 2), (5, 3, 0)]
                .into_iter()
                .enumerate()
        {
            if (bytes && exponent > 0) || (!delays && delay > 0) {
                continue;
            }
            let key = key.part(part as u64);
            let pairs = (0..50 * 300u32).filter_map(|i| {
                let draw = key.draw(u64::from(i));
                let weight = 2 * ((draw >> 32) % 255) as i32 - 254;
                draw.is_multiple_of(one_in)
                    .then_some((i / 300, i % 300, weight))
            });
            // an input each, as lists of one axon would become one row
            let input = format!("in {part}");
            net.input(&input, 50);
            net.connect(&input, "n").pairs(pairs).delay(delay);
            let last = net.projections.last_mut().expect("connected above");
            last.weight_exponent(exponent);
        }
        let options = CompileOptions::default().ignoring_limits();
        let compiled = compile(&net, &options).expect("a network");
        compiled.image.cores.into_iter().next().expect("a core")
    }

    fn program(core: &CoreImage, forms_max: usize, dense_from: usize) -> CoreProgram {
        let shapes = RowShapes {
            forms_max,
            dense_from,
        };
        CoreProgram::decode(core, None, None, false, shapes)
    }

    /// Accumulators and counts after five steps of random packets.
    fn deliver(program: &CoreProgram, ports: usize) -> (Vec<i32>, EventCounts) {
        let mut state = CoreState::new(program);
        let mut counts = EventCounts::default();
        let draws = LearningDraws {
            seed: 0,
            sample: 0,
            core: 0,
            replay: None,
        };
        for t in 1..6 {
            let key = Key::new(12, Purpose::Stimulus).part(t);
            let mut packets = Packets::default();
            for i in 0..[1, 3, 70, 200, 500][t as usize - 1] {
                let port = program.ports.port(key.below(2 * i, ports as u64) as usize);
                let payload = key.draw(2 * i + 1) as i32 >> 8;
                packets.push(port, (i % 10 == 9).then_some(payload));
            }
            let fixed = &mut vec![];
            crate::deliver(program, &mut state, &packets, fixed, t, &draws, &mut counts);
        }
        (state.accumulators, counts)
    }

    #[test]
    fn rows_of_every_shape_add_the_same() {
        for (bytes, delays) in [(true, false), (true, true), (false, false), (false, true)] {
            let core = core(bytes, delays);
            let ports = core.input_axons.iter().map(|a| usize::from(a.atoms)).sum();
            let plain = program(&core, LISTED, usize::MAX);
            assert!(plain.dense.is_empty());
            let expected = deliver(&plain, ports);
            assert!(expected.1.synaptic_operations > 10_000);
            for dense_from in [1, 5, worth_from(), usize::MAX] {
                for forms_max in [0, 2, LISTED] {
                    let program = program(&core, forms_max, dense_from);
                    let found = deliver(&program, ports);
                    assert_eq!(
                        found, expected,
                        "{forms_max} forms, dense from {dense_from}"
                    );
                    if dense_from == 5 {
                        let narrow = matches!(*program.dense, DenseRows::Bytes { .. });
                        assert_eq!(narrow, bytes);
                        assert!(!program.dense.is_empty() && !program.synapses.all().is_empty());
                    }
                }
            }
        }
    }
}
