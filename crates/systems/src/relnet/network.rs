//! The network of RelNet with random weights, and the schedule of its questions.
//!
//! What the authors' programs say is as they say it: neurons of every part, connections, time
//! constants of their first schedule, the steps of a question. What they leave to a data file is
//! chosen here: which connections there are and how strong, thresholds, delays of 0 to 3 steps, the
//! half of the readers that adapts. So the network answers nothing; it is a load of its size.

use super::shape::{
    ADAPTIVE, CLASSES, FINAL, PAIR_CHIPS, READER, REGULAR, RELATION, RelNetShape, WORDS, chip_of,
};
use seamount_arith::random::{Key, Purpose};
use seamount_network::netlist::{
    CoreSettings, Edges, ManagementAction, Netlist, Population, Register, Schedule, SetRegisters,
    ThresholdMode,
};

/// Steps from one question to the next.
pub(super) const PERIOD: u64 = 143;
/// Register of a time constant of 7 steps: current and membrane of neurons.
const DECAY: u16 = 585;
/// Register of a time constant of 40.3 steps: after-hyperpolarisation.
const AHP_DECAY: u16 = 101;
/// Register of a time constant of 20 steps: current of the readout.
const READOUT_DECAY: u16 = 204;
/// Largest weight of random connections. Chosen, as are the thresholds.
const WEIGHT_MAX: u64 = 120;
const READER_THRESHOLD: u32 = 900;
const RELATION_THRESHOLDS: [u32; 4] = [2500, 1500, 1500, 1500];
const SUM_THRESHOLD: u32 = 1500;
const FINAL_THRESHOLDS: [u32; 2] = [1500, 1500];

/// Random connections from rows to columns: (column, weight, delay) by row.
struct DealtWiring {
    rows: Vec<Vec<(u32, i32, u8)>>,
}

/// How random connections are drawn.
#[derive(Clone, Copy)]
struct Dealer {
    key: Key,
    percent: u32,
}

impl Dealer {
    /// Each pair is connected with the chance, with a weight of either sign; delays are 0 to
    /// `delay_max`.
    fn deal(self, part: u64, rows: u32, columns: u32, delay_max: u64) -> DealtWiring {
        let row = |row: u32| {
            let key = self.key.part(part).part(u64::from(row));
            let column = |column: u32| {
                let draw = key.draw(u64::from(column));
                let connected = (draw & 0xffff) * 100 < (u64::from(self.percent) << 16);
                let size = 1 + ((((draw >> 16) & 0xffff) * WEIGHT_MAX) >> 16) as i32;
                let weight = if (draw >> 32) & 1 == 0 { size } else { -size };
                let delay = (draw >> 33) % (delay_max + 1);
                connected.then_some((column, weight, delay as u8))
            };
            (0..columns).filter_map(column).collect()
        };
        DealtWiring {
            rows: (0..rows).map(row).collect(),
        }
    }
}

/// Synapses of a projection while they are collected, by source.
struct Wires {
    of: Vec<Vec<(u32, i32, u8)>>,
}

impl Wires {
    fn of(sources: u32) -> Wires {
        Wires {
            of: vec![vec![]; sources as usize],
        }
    }

    fn one(&mut self, source: u32, target: u32, weight: i32) {
        self.of[source as usize].push((target, weight, 0));
    }

    /// The part of a wiring with some columns, from `source` on to `target` on.
    fn block(&mut self, rows: &[Vec<(u32, i32, u8)>], columns: [u32; 2], ends: [u32; 2]) {
        let [source, target] = ends;
        for (row, list) in (source as usize..).zip(rows) {
            let within = list
                .iter()
                .filter(|c| (columns[0]..columns[1]).contains(&c.0));
            let moved = within.map(|&(c, w, d)| (target + c - columns[0], w, d));
            self.of[row].extend(moved);
        }
    }

    /// As [`Wires::block`] for all columns.
    fn whole(&mut self, rows: &[Vec<(u32, i32, u8)>], ends: [u32; 2]) {
        self.block(rows, [0, u32::MAX], ends);
    }

    fn connect(self, net: &mut Netlist, source: &str, target: &str) {
        let mut offsets = vec![0u64];
        let mut targets = vec![];
        let mut weights = vec![];
        let mut delays = vec![];
        for list in self.of {
            for (target, weight, delay) in list {
                targets.push(target);
                weights.push(weight);
                delays.push(delay);
            }
            offsets.push(targets.len() as u64);
        }
        let edges = Edges {
            offsets: offsets.into(),
            targets: targets.into(),
            weights: weights.into(),
            delays: delays.into(),
        };
        net.connect(source, target).lists(edges);
    }
}

/// Sixteen accumulators a compartment on every core, as the authors had them.
fn core(dm_offset: bool) -> CoreSettings {
    CoreSettings {
        delay_bits: Some(4),
        dm_offset,
        ..CoreSettings::default()
    }
}

fn plain(name: &str, size: u32, threshold: u32) -> Population {
    let population = Population::new(name, size).core(core(false));
    let population = population.current_decay(DECAY).voltage_decay(DECAY);
    population.threshold_mantissa(threshold)
}

/// Neurons that repeat a spike one step later.
fn repeaters(name: &str, size: u32) -> Population {
    let population = Population::new(name, size).core(core(true));
    let population = population.current_decay(4095).voltage_decay(4095);
    population.threshold_mantissa(1)
}

fn populations(net: &mut Netlist, shape: &RelNetShape) {
    let readers = shape.readers();
    let pairs = shape.pairs.len() as u32;
    net.input("words", readers * WORDS)
        .input("absent", shape.sentences);
    net.add(plain("reader", readers * REGULAR, READER_THRESHOLD));
    let adaptive = Population::ahp("adaptive", readers * ADAPTIVE, AHP_DECAY);
    let adaptive = adaptive
        .core(core(false))
        .current_decay(DECAY)
        .voltage_decay(DECAY);
    net.add(adaptive.threshold_mantissa(READER_THRESHOLD));
    net.add(repeaters("relay", shape.relays.len() as u32 * READER));
    net.add(repeaters("mask", PAIR_CHIPS as u32 * shape.sentences));
    for (layer, threshold) in (1..).zip(RELATION_THRESHOLDS) {
        net.add(plain(&format!("g{layer}"), pairs * RELATION, threshold));
    }
    net.add(plain("sum", RELATION, SUM_THRESHOLD));
    for (layer, threshold) in (1..).zip(FINAL_THRESHOLDS) {
        net.add(plain(&format!("f{layer}"), FINAL[layer - 1], threshold));
    }
    let mut readout = Population::new("readout", CLASSES).core(core(true));
    readout = readout.current_decay(READOUT_DECAY).voltage_decay(4095);
    net.add(readout.threshold_mantissa((1 << 17) - 1));
    let last = net.populations.last_mut().expect("just added");
    last.compartments[0].threshold_mode = ThresholdMode::PassToParent;
}

/// Words to readers, and readers to themselves: one set of weights for all sentences, and one for
/// the question.
fn readers(net: &mut Netlist, shape: &RelNetShape, dealer: Dealer) {
    let readers = shape.readers();
    let targets = [("reader", REGULAR, 0), ("adaptive", ADAPTIVE, REGULAR)];
    for (to, size, from_column) in targets {
        let columns = [from_column, from_column + size];
        let mut words = Wires::of(readers * WORDS);
        let mut regular = Wires::of(readers * REGULAR);
        let mut adaptive = Wires::of(readers * ADAPTIVE);
        for own in 0..2 {
            let into = dealer.deal(10 + own, WORDS, READER, 3);
            let around = dealer.deal(20 + own, READER, READER, 3);
            let (first, last) = around.rows.split_at(REGULAR as usize);
            let question = shape.sentences;
            let which = if own == 0 {
                0..question
            } else {
                question..question + 1
            };
            for reader in which {
                words.block(&into.rows, columns, [reader * WORDS, reader * size]);
                regular.block(first, columns, [reader * REGULAR, reader * size]);
                adaptive.block(last, columns, [reader * ADAPTIVE, reader * size]);
            }
        }
        words.connect(net, "words", to);
        regular.connect(net, "reader", to);
        adaptive.connect(net, "adaptive", to);
    }
    net.connect("adaptive", "adaptive.ahp").one_to_one(-90);
}

/// Readers to relays, relays and masks to the first layer of the pairs.
fn relations(net: &mut Netlist, shape: &RelNetShape, dealer: Dealer) {
    let mut regular = Wires::of(shape.readers() * REGULAR);
    let mut adaptive = Wires::of(shape.readers() * ADAPTIVE);
    for (at, (reader, _)) in (0u32..).zip(&shape.relays) {
        for k in 0..REGULAR {
            regular.one(reader * REGULAR + k, at * READER + k, 5);
        }
        for k in 0..ADAPTIVE {
            adaptive.one(reader * ADAPTIVE + k, at * READER + REGULAR + k, 5);
        }
    }
    regular.connect(net, "reader", "relay");
    adaptive.connect(net, "adaptive", "relay");
    let mut absent = Wires::of(shape.sentences);
    let mut mask = Wires::of(PAIR_CHIPS as u32 * shape.sentences);
    for chip in 0..PAIR_CHIPS as u32 {
        for sentence in 0..shape.sentences {
            absent.one(sentence, chip * shape.sentences + sentence, 5);
        }
    }
    let into = dealer.deal(30, 3 * READER, RELATION, 3);
    let rows = |k: usize| &into.rows[k * READER as usize..(k + 1) * READER as usize];
    let mut first = Wires::of(shape.relays.len() as u32 * READER);
    for (p, &(i, j)) in (0u32..).zip(&shape.pairs) {
        let chip = chip_of((i, j));
        for (k, reader) in [i, j, shape.sentences].into_iter().enumerate() {
            let relay = shape.relay(reader, chip);
            first.whole(rows(k), [relay * READER, p * RELATION]);
        }
        let lines = if i == j { vec![i] } else { vec![i, j] };
        for line in lines {
            let source = chip as u32 * shape.sentences + line;
            (0..RELATION).for_each(|n| mask.one(source, p * RELATION + n, -100));
        }
    }
    absent.connect(net, "absent", "mask");
    mask.connect(net, "mask", "g1");
    net.projections
        .last_mut()
        .expect("just added")
        .weight_exponent(7);
    first.connect(net, "relay", "g1");
}

/// The layers of g, the sum over pairs, f and the readout.
fn layers(net: &mut Netlist, shape: &RelNetShape, dealer: Dealer) {
    let pairs = shape.pairs.len() as u32;
    for layer in 1..4u64 {
        let shared = dealer.deal(40 + layer, RELATION, RELATION, 3);
        let mut wires = Wires::of(pairs * RELATION);
        for pair in 0..pairs {
            wires.whole(&shared.rows, [pair * RELATION, pair * RELATION]);
        }
        wires.connect(net, &format!("g{layer}"), &format!("g{}", layer + 1));
    }
    let mut sum = Wires::of(pairs * RELATION);
    for pair in 0..pairs {
        for n in 0..RELATION {
            let weight = 20 + dealer.key.part(50).below(u64::from(n), 41) as i32;
            sum.one(pair * RELATION + n, n, weight);
        }
    }
    sum.connect(net, "g4", "sum");
    let chain = [
        ("sum", RELATION),
        ("f1", FINAL[0]),
        ("f2", FINAL[1]),
        ("readout", CLASSES),
    ];
    for (part, pair) in (60..).zip(chain.windows(2)) {
        let (from, sources) = pair[0];
        let (to, targets) = pair[1];
        let mut wires = Wires::of(sources);
        wires.whole(&dealer.deal(part, sources, targets, 0).rows, [0, 0]);
        wires.connect(net, from, to);
    }
}

/// What the embedded processors do in a question, in its 143 steps. The answer is read, and
/// everything cleared, after step 144, which is the first of the next question.
fn schedule() -> Schedule {
    let mut s = Schedule::every(PERIOD);
    let readout = |voltage_decay, dm_offset| {
        ManagementAction::Set(SetRegisters {
            voltage_decay: Some(voltage_decay),
            dm_offset: Some(dm_offset),
            ..SetRegisters::default()
        })
    };
    s.act(0, ManagementAction::Freeze).on("relay");
    s.act(1, ManagementAction::argmax("answer", Register::Voltage))
        .on("readout");
    s.act(1, ManagementAction::read("voltages", Register::Voltage))
        .on("readout");
    s.act(1, ManagementAction::ClearState);
    s.act(1, ManagementAction::ClearAccumulators);
    s.act(1, readout(4095, true)).on("readout");
    s.act(97, ManagementAction::ClearAccumulators).on("relay");
    s.act(97, ManagementAction::Thaw { updates: None })
        .on("relay");
    s.act(112, ManagementAction::ClearState)
        .on("reader")
        .on("adaptive");
    s.act(112, ManagementAction::ClearAccumulators)
        .on("reader")
        .on("adaptive");
    s.act(112, ManagementAction::Freeze).on("relay");
    s.act(135, readout(0, false)).on("readout");
    s
}

/// The network; of 100 possible connections `percent` are there.
pub(super) fn network(shape: &RelNetShape, percent: u32, seed: u64) -> Netlist {
    let dealer = Dealer {
        key: Key::new(seed, Purpose::Stimulus),
        percent,
    };
    let mut net = Netlist::new("relnet");
    populations(&mut net, shape);
    readers(&mut net, shape, dealer);
    relations(&mut net, shape, dealer);
    layers(&mut net, shape, dealer);
    net.manage(schedule());
    net
}
