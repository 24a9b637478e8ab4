//! Random learning networks on which three witnesses must agree: the oracle, which is written from
//! the claims and shares no code with the engine; the engine's own contract
//! (`neurocore/src/learn/contract.rs`), which decodes nothing and skips nothing; and each of the
//! engine's fast strategies. Compared is every weight, delay, tag and spike of every step of
//! random rules, epochs and networks, for 1..4 threads, with and without vectors, across restores.
//!
//! What it does *not* know: where its choices come from. A test gives a seed, a fuzzer bytes.

use crate::learn_oracle::{self as slow, Numbers, Product};
use crate::oracle::{Oracle, formulas};
use seamount_arith::random::Purpose;
use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::*;
use seamount_neurocore::learn::{LearningDraws, Strategy};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Choices: bytes that were given, two a choice, then numbers of SplitMix64.
#[derive(Debug, Clone)]
pub struct LearnDice {
    given: Vec<u8>,
    next: usize,
    seed: u64,
}

impl LearnDice {
    /// Choices of a seed.
    pub fn seeded(seed: u64) -> LearnDice {
        LearnDice {
            given: vec![],
            next: 0,
            seed,
        }
    }

    /// Choices that bytes say, so that a fuzzer changes them one by one.
    pub fn given(bytes: &[u8]) -> LearnDice {
        LearnDice {
            given: bytes.to_vec(),
            next: 0,
            seed: bytes.len() as u64,
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        if let Some([low, high]) = self.given.get(self.next..self.next + 2) {
            self.next += 2;
            return u64::from(u16::from_le_bytes([*low, *high])) % n;
        }
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
    fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Variables that a factor of a random rule may have.
struct Names {
    all: Vec<&'static str>,
    /// All but x0, y0 and r0, which most often gate a product and seldom are factors.
    usual: Vec<&'static str>,
    /// Variables that all synapses of an axon share.
    of_axon: Vec<&'static str>,
}

impl Names {
    fn new() -> Names {
        let names = || slow::VARIABLES.iter().map(|(name, _)| *name);
        let of_axon = slow::VARIABLES.iter().filter(|(_, shared)| *shared);
        Names {
            all: names().collect(),
            usual: names().filter(|name| !name.ends_with('0')).collect(),
            of_axon: of_axon.map(|(name, _)| *name).collect(),
        }
    }
}

/// `plain`: small scales, no signs, and constants only where all synapses of an axon share them, as
/// in rules that fit 16 bits.
fn products(dice: &mut LearnDice, most: i64, plain: bool) -> Vec<Product> {
    let names = Names::new();
    let factor = |dice: &mut LearnDice| {
        let from = if plain && dice.chance(80) {
            &names.usual
        } else if plain {
            &names.of_axon
        } else {
            &names.all
        };
        let name = dice.pick(from);
        let synaptic = ["w", "d", "t"].contains(&name);
        let often = if plain && !names.of_axon.contains(&name) {
            0
        } else {
            30
        };
        let constant = (name.ends_with('0') || dice.chance(often)).then(|| {
            if plain || dice.chance(60) {
                dice.range(-3, 3)
            } else {
                dice.range(-128, 127)
            }
        });
        (name, constant, synaptic && !plain && dice.chance(30))
    };
    let one = |dice: &mut LearnDice| {
        let count = dice.range(0, if plain { 2 } else { 3 });
        Product {
            mantissa: dice.pick(&[-8, -5, -3, -2, -1, 1, 2, 3, 7]),
            exponent: if plain {
                -7
            } else if dice.chance(80) {
                dice.range(-7, -3)
            } else {
                dice.range(-7, 8)
            },
            gate: dice.pick(&["x0", "y0", "u", "r0"]),
            factors: (0..count).map(|_| factor(dice)).collect(),
        }
    };
    let count = dice.range(0, most);
    let mut all: Vec<Product> = (0..count).map(|_| one(dice)).collect();
    if plain && count > 0 && dice.chance(25) {
        // the opposite of another: sums of 0 from products that are not
        let other = &all[dice.below(all.len() as u64) as usize];
        let opposite = Product {
            mantissa: (-other.mantissa).min(7),
            exponent: other.exponent,
            gate: other.gate,
            factors: other.factors.clone(),
        };
        all.push(opposite);
    }
    all
}

/// A rule for the oracle and the same as text for the chip.
fn rule(
    dice: &mut LearnDice,
    name: &str,
    epoch: u8,
    post: [Trace; 3],
) -> (slow::Rule, LearningRule) {
    let trace = |dice: &mut LearnDice| Trace {
        impulse_fraction: if dice.chance(50) {
            dice.below(128) as u8
        } else {
            0
        },
        ..Trace::keeping(dice.range(0, 127) as u8, dice.range(0, 4096) as u16)
    };
    let pre = [trace(dice), trace(dice)];
    let plain = dice.chance(40);
    let mut sums = [
        products(dice, 4, plain),
        products(dice, 2, plain),
        products(dice, 3, plain),
    ];
    if sums.iter().all(Vec::is_empty) {
        sums[0].push(Product {
            mantissa: 1,
            exponent: -2,
            gate: "y0",
            factors: vec![("x1", None, false)],
        });
    }
    let decimation = dice.below(3) as u32;
    let reward_k = dice.range(0, 4096);
    let profile = if plain {
        LearningProfile::Wide
    } else {
        dice.pick(&[LearningProfile::Loihi1, LearningProfile::Wide])
    };
    let roundings = [
        DwRounding::Stochastic,
        DwRounding::Stochastic,
        DwRounding::AwayFromZero,
        DwRounding::TowardZero,
    ];
    let rounding = dice.pick(&roundings[..if plain { 2 } else { 4 }]);
    let second_tag = dice.chance(40);
    let x_before = epoch == 1 && dice.chance(50);
    let source = |name: &str, impulse| RewardSource {
        source: Endpoint(name.into()),
        impulse,
    };
    let [dw, dd, dt] = [0, 1, 2].map(|i| slow::text(&sums[i], decimation));
    let text = LearningRule {
        dw,
        dd,
        dt,
        profile,
        epoch,
        x1: Some(pre[0]),
        x2: Some(pre[1]),
        y1: Some(post[0]),
        y2: Some(post[1]),
        y3: Some(post[2]),
        reward: Some(Reward {
            sources: vec![source("good", 20), source("p", -9)],
            tau: None,
            linear: false,
            k: Some(reward_k as u16),
        }),
        dw_rounding: rounding,
        d_is_tag: second_tag,
        x_before_impulse: x_before,
        ..LearningRule::new(name)
    };
    let of = |t: Trace| slow::Trace {
        impulse: t.impulse.into(),
        fraction: t.impulse_fraction.into(),
        k: t.k.unwrap_or(0).into(),
    };
    let traces = [pre[0], pre[1], post[0], post[1], post[2]].map(of);
    (
        slow::Rule {
            sums,
            profile,
            rounding,
            decimation,
            traces,
            reward_k,
            epoch: epoch.into(),
            second_tag,
            x_before,
        },
        text,
    )
}

struct LearnCase {
    net: Netlist,
    rules: Vec<slow::Rule>,
    /// Projections that learn, with their rules.
    plastic: Vec<(usize, usize)>,
    steps: u64,
    events: Vec<(u64, usize, u32)>,
    delay_bits: u8,
    /// Rows are longer than a block.
    large: bool,
}

fn case(dice: &mut LearnDice) -> LearnCase {
    let mut net = Netlist::new("random learning");
    net.seed = dice.below(1 << 40);
    let large = dice.chance(8);
    let sources = dice.range(1, 6) as u32;
    let neurons = if large {
        dice.range(30, 150)
    } else {
        dice.range(1, 9)
    } as u32;
    net.input("a", sources)
        .input("drive", neurons)
        .input("good", 1);
    let delay_bits = dice.range(3, 4) as u8;
    let core = CoreSettings {
        delay_bits: Some(delay_bits),
        ..CoreSettings::default()
    };
    let refractory = dice.range(1, 3) as u8;
    net.add(
        Population::new("p", neurons)
            .core(core)
            .current_decay(4095)
            .voltage_decay(900)
            .threshold_mantissa(90)
            .refractory_steps(refractory),
    );
    net.connect("drive", "p").one_to_one(200);
    let epoch = dice.pick(&[1u8, 1, 2, 3, 5, 7]);
    let post = std::array::from_fn(|_| {
        Trace::keeping(dice.range(0, 127) as u8, dice.range(1000, 4096) as u16)
    });
    let mut rules = vec![];
    for name in ["first", "second"] {
        let (slow, text) = rule(dice, name, epoch, post);
        rules.push(slow);
        net.rule(text);
    }
    let mut plastic = vec![];
    for (source, size) in [("a", sources), ("p", neurons), ("a", sources)] {
        let (mode, low, high) = dice.pick(&[
            (SignMode::Mixed, -256, 255),
            (SignMode::Excitatory, 0, 255),
            (SignMode::Inhibitory, -255, 0),
        ]);
        let bits = dice.pick(&[1u8, 2, 4, 5, 6, 8, 8, 8]);
        let which = dice.below(2) as usize;
        let projection = net.connect(source, "p");
        match if large {
            dice.range(1, 3)
        } else {
            dice.range(0, 2)
        } {
            3 => {
                // all but to oneself
                let all = (0..size)
                    .flat_map(|i| (0..neurons).filter(move |j| *j != i).map(move |j| (i, j)));
                projection.pairs(
                    all.map(|(i, j)| (i, j, dice.range(low, high) as i32))
                        .collect::<Vec<_>>(),
                );
            }
            0 => {
                let weight = |d: &mut LearnDice| match d.range(low, high) as i32 {
                    0 if low < 0 => -1,
                    0 => 1,
                    w => w,
                };
                projection.dense(
                    (0..size)
                        .map(|_| (0..neurons).map(|_| weight(dice)).collect())
                        .collect(),
                );
            }
            1 => {
                projection.all_to_all(dice.range(low, high) as i32);
            }
            _ => {
                let count = dice.range(1, 20);
                let pairs: Vec<_> = (0..count)
                    .map(|_| {
                        (
                            dice.below(size.into()) as u32,
                            dice.below(neurons.into()) as u32,
                            dice.range(low, high) as i32,
                        )
                    })
                    .collect();
                projection.pairs(pairs);
            }
        }
        projection.delay(dice.pick(&[0, 0, 1, 5]));
        let one_class = large || dice.chance(50);
        let exponents: Vec<i8> = (0..neurons)
            .map(|_| if one_class { -2 } else { dice.pick(&[0, -2]) })
            .collect();
        projection
            .weight_exponent(exponents)
            .format(mode, bits)
            .learn(["first", "second"][which]);
        let name = projection.name.clone();
        plastic.push((net.projections.len() - 1, which));
        for variable in [Learned::Weight, Learned::Delay, Learned::Tag] {
            net.probe_learned(&name, variable);
        }
    }
    net.probe("p", Register::Spike);
    let steps = if large {
        dice.range(7, 15)
    } else {
        dice.range(10, 60)
    } as u64;
    let mut events = vec![];
    for step in 0..steps {
        for (input, size, rate) in [(0, sources, 25), (1, neurons, 20), (2, 1, 10)] {
            events.extend(
                (0..size)
                    .filter(|_| dice.chance(rate))
                    .map(|n| (step, input, n)),
            );
        }
    }
    LearnCase {
        net,
        rules,
        plastic,
        steps,
        events,
        delay_bits,
        large,
    }
}

/// One synapse of the oracle and where the chip has it, for the numbers it draws.
struct Place {
    core: u64,
    axon: u32,
    compartment: u32,
    index: u32,
    channel: u32,
}

struct Drawn<'a> {
    seed: u64,
    places: &'a [Place],
}

impl Drawn<'_> {
    fn number(&self, synapse: usize, purpose: Purpose, step: u64, index: u32, lane: usize) -> i64 {
        let source = LearningDraws {
            seed: self.seed,
            sample: 0,
            core: self.places[synapse].core,
            replay: None,
        };
        (source.numbers(purpose, step).four(index) >> (16 * lane) & 0xffff) as i64
    }
}

impl Numbers for Drawn<'_> {
    fn trace(&self, synapse: usize, trace: usize, step: u64) -> (i64, i64) {
        let place = &self.places[synapse];
        if trace < 2 {
            let of = |lane| self.number(synapse, Purpose::LearnPre, step, place.axon, lane);
            (of(trace), of(trace + 2))
        } else {
            let of = |index| self.number(synapse, Purpose::LearnPost, step, index, trace - 2);
            (of(2 * place.compartment), of(2 * place.compartment + 1))
        }
    }
    fn reward(&self, synapse: usize, step: u64) -> i64 {
        self.number(
            synapse,
            Purpose::LearnReward,
            step,
            self.places[synapse].channel,
            0,
        )
    }
    fn rounding(&self, synapse: usize, variable: usize, step: u64) -> i64 {
        let purpose = [Purpose::LearnWeight, Purpose::LearnDelay, Purpose::LearnTag][variable];
        let index = self.places[synapse].index;
        self.number(synapse, purpose, step, index / 4, index as usize % 4)
    }
}

/// A synapse of the oracle: where its ends are in the oracle of the network.
struct Wire {
    projection: usize,
    rule: usize,
    source: usize,
    slot: usize,
    target: usize,
    state: slow::Synapse,
}

fn wires(case: &LearnCase, program: &ChipProgram) -> (Vec<Wire>, Vec<Place>) {
    let mut wires = vec![];
    let mut places = vec![];
    for (k, &(projection, rule)) in case.plastic.iter().enumerate() {
        let p = &case.net.projections[projection];
        let edges = p.edges(&case.net);
        let Precision::Format {
            sign_mode,
            weight_bits,
        } = p.precision
        else {
            panic!()
        };
        let mut edge = 0;
        for source in 0..case.net.size(case.net.resolve(&p.source).expect("exists")) {
            for (slot, (target, weight, delay)) in edges.of(source).enumerate() {
                let stored = formulas::stored_weight(weight.into(), p.precision);
                let state = slow::Synapse {
                    values: [
                        stored,
                        if case.rules[rule].second_tag {
                            0
                        } else {
                            delay.into()
                        },
                        0,
                    ],
                    format: (sign_mode, weight_bits.into()),
                    delay_max: (1 << case.delay_bits) - 2,
                    traces: [0; 5],
                    spikes: [vec![], vec![]],
                    r1: 0,
                    r0: false,
                    visits: 0,
                };
                wires.push(Wire {
                    projection,
                    rule,
                    source: source as usize,
                    slot,
                    target: target as usize,
                    state,
                });
                let (core, index) = program.plastic[k].places[edge];
                edge += 1;
                let learn = program.cores[core as usize]
                    .learning
                    .as_ref()
                    .expect("it learns");
                let axon = learn
                    .axons
                    .iter()
                    .position(|a| a.synapses.contains(&index))
                    .expect("of an axon");
                let channel = learn.rules[usize::from(learn.axons[axon].rule)]
                    .reward
                    .expect("has rewards");
                let compartment = learn.targets[index as usize].into();
                places.push(Place {
                    core: core.into(),
                    axon: axon as u32,
                    compartment,
                    index,
                    channel: channel.into(),
                });
            }
        }
    }
    (wires, places)
}

/// What the oracle says of a step: values by synapse, spikes, visits, products.
type Record = (Vec<[i64; 3]>, Vec<bool>, u64, u64);

fn oracle(case: &LearnCase, program: &ChipProgram) -> Vec<Record> {
    let (mut wires, places) = wires(case, program);
    let numbers = Drawn {
        seed: case.net.seed,
        places: &places,
    };
    let mut network = Oracle::new(&case.net);
    let mut spiked = vec![false; case.net.populations[0].size as usize];
    let mut records = vec![];
    for t in 1..=case.steps {
        let host: Vec<(usize, u32)> = case
            .events
            .iter()
            .filter(|e| e.0 == t - 1)
            .map(|e| (e.1, e.2))
            .collect();
        let set: BTreeSet<(usize, u32)> = host.iter().copied().collect();
        let record = network.step(&host);
        let before = std::mem::replace(
            &mut spiked,
            record.cells[0][0].iter().map(|c| c.spiked).collect(),
        );
        let good = host.iter().filter(|h| h.0 == 2).count() as i64;
        let bad = before.iter().filter(|s| **s).count() as i64;
        let reward = (good + bad > 0).then_some(20 * good - 9 * bad);
        let mut visits = 0;
        let mut products = 0;
        for (me, wire) in wires.iter_mut().enumerate() {
            let from_input = case.net.projections[wire.projection].source.0 == "a";
            let pre = if from_input {
                set.contains(&(0, wire.source as u32))
            } else {
                before[wire.source]
            };
            let rule = &case.rules[wire.rule];
            let seen = wire.state.visits;
            wire.state
                .step(me, rule, t, [pre, spiked[wire.target]], reward, &numbers);
            visits += wire.state.visits - seen;
            products +=
                (wire.state.visits - seen) * rule.sums.iter().map(Vec::len).sum::<usize>() as u64;
            let exponent = case.net.projections[wire.projection]
                .weight_exponent
                .get(wire.target);
            let synapse = &mut network.synapses(wire.projection)[wire.source][wire.slot];
            synapse.contribution = formulas::contribution(wire.state.values[0], exponent);
            if !rule.second_tag {
                synapse.delay = wire.state.values[1] as u64;
            }
        }
        records.push((
            wires.iter().map(|w| w.state.values).collect(),
            spiked.clone(),
            visits,
            products,
        ));
    }
    records
}

fn image(case: &LearnCase, compartments: u32) -> CheckedImage {
    let mut options = CompileOptions::default();
    options.board.core.compartments = compartments;
    let compiled =
        compile(&case.net, &options).unwrap_or_else(|e| panic!("{e}\n{}", case.net.to_json()));
    let image =
        Image::from_bytes(&compiled.image.to_bytes()).expect("an image survives its file form");
    CheckedImage::prove(image, &options.board, LimitPolicy::Enforce)
        .unwrap_or_else(|e| panic!("{e:#?}"))
}

/// The program of an image whose cores learn by no strategy faster than `fastest`.
fn program(image: &CheckedImage, fastest: Strategy) -> Arc<ChipProgram> {
    let mut program = ChipProgram::new(image);
    for learning in program.cores.iter_mut().filter_map(|c| c.learning.as_mut()) {
        Arc::get_mut(learning).expect("not shared yet").fastest = fastest;
    }
    Arc::new(program)
}

/// Runs a case and compares every step with the oracle; the last snapshot.
fn run(
    case: &LearnCase,
    program: &Arc<ChipProgram>,
    records: &[Record],
    options: RunOptions,
    restores: &[u64],
) -> Vec<u8> {
    let mut chip = Chip::new(Arc::clone(program));
    let names = ["a", "drive", "good"];
    let input = SpikeTrain::named(
        chip.program(),
        case.events.iter().map(|e| (e.0, names[e.1], e.2)),
    )
    .expect("its own inputs");
    for stop in restores.iter().copied().chain([case.steps]) {
        let seen = chip.run(stop - chip.t(), &input, &options);
        for (row, t) in (seen.steps.0..=seen.steps.1).enumerate() {
            let (values, spikes, visits, products) = &records[t as usize - 1];
            let fired: Vec<bool> = (0..spikes.len())
                .map(|n| seen.recordings[0].get(row, n) != 0)
                .collect();
            assert_eq!(&fired, spikes, "spikes of step {t}\n{}", case.net.to_json());
            let mut at = 0;
            for three in seen.recordings[1..].chunks(3) {
                for synapse in 0..three[0].neurons.len() {
                    let found = [0, 1, 2].map(|v| i64::from(three[v].get(row, synapse)));
                    let wanted = values[at];
                    assert_eq!(
                        found,
                        wanted,
                        "step {t}, {}, synapse {synapse}\n{}",
                        three[0].name,
                        case.net.to_json()
                    );
                    at += 1;
                }
            }
            let counts = &seen.per_step[row];
            assert_eq!(
                (counts.learning_visits, counts.learning_products),
                (*visits, *products),
                "step {t}"
            );
        }
        let saved = chip.snapshot();
        chip = Chip::new(Arc::clone(program));
        chip.restore(&saved).expect("its own snapshot");
    }
    chip.snapshot()
}

fn options(threads: usize, vectors: bool) -> RunOptions {
    RunOptions::new()
        .threads(threads)
        .vectors(vectors)
        .per_step()
}

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Something that is learned changed.
    pub changed: bool,
    /// Visits of synapses by the learning engine.
    pub visits: u64,
}

/// A network that learns, its steps, and the spikes of its inputs as (step, input, neuron).
pub fn learning_network(dice: &mut LearnDice) -> (Netlist, u64, Vec<(u64, &'static str, u32)>) {
    let case = case(dice);
    let names = ["a", "drive", "good"];
    let named = case.events.iter().map(|e| (e.0, names[e.1], e.2));
    let events = named.collect();
    (case.net, case.steps, events)
}

/// Makes a network by these choices, runs it in every way and compares.
///
/// # Panics
/// If two witnesses differ.
pub fn check(dice: &mut LearnDice) -> Outcome {
    let case = case(dice);
    let compartments: &[u32] = match case.large {
        true => &[64, 1024],
        false => &[1, 2, 3, 5, 1024],
    };
    let image = image(&case, dice.pick(compartments));
    let records = oracle(&case, &ChipProgram::new(&image));
    let last = case.steps as i64;
    let mut restores = vec![dice.range(1, last) as u64, dice.range(1, last) as u64];
    restores.sort_unstable();
    let threads = dice.range(1, 4) as usize;
    let of = |fastest, options: RunOptions, restores: &[u64]| {
        let program = program(&image, fastest);
        run(&case, &program, &records, options, restores)
    };
    let contract = of(Strategy::Contract, options(1, true), &[]);
    let runs = [
        of(Strategy::AllAtOnce, options(threads, true), &restores),
        of(Strategy::ShortRows, options(1, true), &[]),
        of(Strategy::ShortBlocks, options(1, true), &[]),
        of(Strategy::Blocks, options(1, true), &[]),
        of(Strategy::AllAtOnce, options(1, false), &[]),
    ];
    for (run, snapshot) in runs.iter().enumerate() {
        assert_eq!(snapshot, &contract, "the snapshot of run {run} differs");
    }
    Outcome {
        changed: records.first().map(|r| &r.0) != records.last().map(|r| &r.0),
        visits: records.iter().map(|r| r.2).sum(),
    }
}
