//! A checker that reads an image back and compares it with the netlist, synapse by synapse; it
//! shares only the list codec and the weight arithmetic with the compiler. And random networks.
#![allow(dead_code, clippy::type_complexity)]

use seamount_arith::random::{Key, Purpose};
use seamount_arith::weight::{self, MixedRounding};
use seamount_compile::{CompileOptions, Compiled, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy, OutputAxon, list};
use seamount_network::netlist::*;
use std::collections::BTreeMap;

/// (source endpoint, source neuron, target population, part, neuron, delay, box, contribution)
pub type Effect = (String, u32, usize, usize, u32, u8, bool, i32);
/// How often each effect occurs.
pub type Effects = BTreeMap<Effect, u32>;

/// What the netlist says.
pub fn wanted(net: &Netlist) -> Effects {
    let mut effects = Effects::new();
    for p in &net.projections {
        let Some(Resolved::Compartment(population, part)) = net.resolve(&p.target) else {
            panic!()
        };
        let source = match net.resolve(&p.source).unwrap() {
            Resolved::Input(i) => net.inputs[i].name.clone(),
            Resolved::Compartment(p, c) => format!(
                "{}.{}",
                net.populations[p].name, net.populations[p].compartments[c].name
            ),
        };
        let edges = p.edges(net);
        for s in 0..net.size(net.resolve(&p.source).unwrap()) {
            for (t, w, delay) in edges.of(s) {
                let stored = match p.precision {
                    Precision::Exact => w,
                    Precision::Format {
                        sign_mode,
                        weight_bits,
                    } => weight::stored_weight(w, sign_mode, weight_bits, MixedRounding::Floor),
                };
                let c = weight::contribution(stored, p.weight_exponent.get(t as usize));
                if c != 0 {
                    *effects
                        .entry((
                            source.clone(),
                            s,
                            population,
                            part,
                            t,
                            delay,
                            p.box_synapse,
                            c,
                        ))
                        .or_default() += 1;
                }
            }
        }
    }
    effects
}

/// What the image does.
pub fn found(image: &Image) -> Effects {
    let mut owner: Vec<Vec<(usize, usize, u32)>> = image
        .cores
        .iter()
        .map(|c| vec![(usize::MAX, 0, 0); c.compartments.len()])
        .collect();
    for (p, population) in image.populations.iter().enumerate() {
        for neuron in 0..population.size() {
            for part in 0..population.compartments.len() {
                let (core, compartment) = population.locate(neuron, part);
                let place = &mut owner[core as usize][compartment as usize];
                assert_eq!(place.0, usize::MAX, "a compartment belongs to one neuron");
                *place = (p, part, neuron);
            }
        }
    }
    let mut effects = Effects::new();
    let mut send = |name: String, neuron: u32, axons: &[OutputAxon]| {
        for axon in axons {
            let core = &image.cores[axon.core as usize];
            let input = &core.input_axons[axon.axon as usize];
            let start = (input.address + u32::from(axon.atom) * input.words) as usize;
            let read = list::decode(
                &core.synapse_memory[start..],
                &core.synapse_formats,
                usize::MAX,
                |id, s: list::Synapse| {
                    let format = &core.synapse_formats[usize::from(id) - 1];
                    let contribution = format.contribution(s.weight);
                    if contribution != 0 {
                        let (p, part, t) =
                            owner[axon.core as usize][format.target(s.index, input.base) as usize];
                        let key = (
                            name.clone(),
                            neuron,
                            p,
                            part,
                            t,
                            s.delay,
                            format.box_synapse,
                            contribution,
                        );
                        *effects.entry(key).or_default() += 1;
                    }
                },
            );
            assert!(read.unwrap() <= input.words);
        }
    };
    for port in &image.inputs {
        for s in 0..port.size() {
            let axons = &port.axons
                [port.offsets[s as usize] as usize..port.offsets[s as usize + 1] as usize];
            send(port.name.clone(), s, axons);
        }
    }
    for population in &image.populations {
        for neuron in 0..population.size() {
            for (part, name) in population.compartments.iter().enumerate() {
                let (core, c) = population.locate(neuron, part);
                let core = &image.cores[core as usize];
                let axons = &core.output_axons[core.output_offsets[c as usize] as usize
                    ..core.output_offsets[c as usize + 1] as usize];
                send(format!("{}.{name}", population.name), neuron, axons);
            }
        }
    }
    effects
}

/// Compiles, compares every synapse, proves the image.
pub fn verified(net: &Netlist, options: &CompileOptions) -> Compiled {
    let compiled = compile(net, options).unwrap_or_else(|e| panic!("{e}"));
    let wanted = wanted(net);
    let found = found(&compiled.image);
    if wanted != found {
        let lost = wanted.iter().find(|(k, n)| found.get(*k) != Some(n));
        let extra = found.iter().find(|(k, n)| wanted.get(*k) != Some(n));
        panic!("lost {lost:?}, found {extra:?}");
    }
    let policy = if options.ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    };
    let checked = CheckedImage::prove(compiled.image.clone(), &options.board, policy)
        .unwrap_or_else(|e| panic!("{e:#?}"));
    assert_eq!(checked.breaches().len(), compiled.breaches.len());
    compiled
}

/// Draws for generated networks.
pub struct Dice(Key, u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(Key::new(seed, Purpose::Stimulus), 0)
    }
    pub fn below(&mut self, bound: u64) -> u64 {
        self.1 += 1;
        self.0.below(self.1, bound)
    }
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
    /// `count` different numbers below `bound`, ascending.
    pub fn choose(&mut self, bound: u32, count: usize) -> Vec<u32> {
        let mut chosen = std::collections::BTreeSet::new();
        while chosen.len() < count {
            chosen.insert(self.below(u64::from(bound)) as u32);
        }
        chosen.into_iter().collect()
    }
}

/// The shape of W2L and W3L of `peers/workload.py`: `blocks` x 1024 neurons, each with 64 synapses,
/// 16 in each of 4 consecutive blocks, even weights up to 8.
pub fn ring(blocks: u32, populations: u32, seed: u64) -> Netlist {
    let mut dice = Dice::new(seed);
    let neurons = blocks * 1024;
    let each = neurons / populations;
    let mut net = Netlist::new("ring");
    for p in 0..populations {
        net.add(
            Population::new(&format!("p{p}"), each)
                .current_decay(1023)
                .voltage_decay(128)
                .threshold_mantissa(1000),
        );
    }
    let mut rows: BTreeMap<(u32, u32), (Vec<u64>, Vec<u32>, Vec<i32>)> = BTreeMap::new();
    let mut edges = (vec![0u64], vec![], vec![]);
    for i in 0..neurons {
        let mut targets: Vec<u32> = vec![];
        for c in 0..4 {
            let block = (i / 1024 + c) % blocks * 1024;
            targets.extend(dice.choose(1024, 16).iter().map(|t| block + t));
        }
        targets.sort_unstable();
        for t in targets {
            let weight = 2 * dice.range(1, 4) as i32 * if dice.chance(50) { 1 } else { -1 };
            if populations == 1 {
                edges.1.push(t);
                edges.2.push(weight);
            } else {
                let row = rows
                    .entry((i / each, t / each))
                    .or_insert_with(|| (vec![0; each as usize + 1], vec![], vec![]));
                row.0[(i % each) as usize + 1] += 1;
                row.1.push(t % each);
                row.2.push(weight);
            }
        }
        edges.0.push(edges.1.len() as u64);
    }
    if populations == 1 {
        let edges = Edges {
            offsets: edges.0.into(),
            targets: edges.1.into(),
            weights: edges.2.into(),
            delays: 0.into(),
        };
        net.connect("p0", "p0").lists(edges);
    }
    for ((s, t), (mut offsets, targets, weights)) in rows {
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        let edges = Edges {
            offsets: offsets.into(),
            targets: targets.into(),
            weights: weights.into(),
            delays: 0.into(),
        };
        net.connect(&format!("p{s}"), &format!("p{t}")).lists(edges);
    }
    net
}
