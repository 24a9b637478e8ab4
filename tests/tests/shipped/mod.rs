//! A bench for shipped programs: a group of neurons, random values, and integer definitions written
//! a second time, in 64-bit numbers and divisions.
#![allow(dead_code, reason = "each suite uses a part")]

use seamount_microcode::VerifiedProgram;
use seamount_microcode::{Assembled, assemble_text, shipped_program, shipped_text};
use seamount_microcode::{ParameterValues, Program, Scope};
use seamount_neurocore::kernel::Vectors;
use seamount_neurocore::microcode::{GroupProgram, Io, LaneScratch, Surroundings, Tally, run};
use seamount_tests::program_draws::ProgramDraws;
use std::collections::BTreeMap;

pub mod float;

/// The readout that the networks of the cue task bring along.
const CUE_READOUT: &str = include_str!("../../../crates/systems/src/eprop_cue/chip/readout.asm");

/// A shipped program with `learning_pulses`, which adds up, in place of pulses by chance.
fn in_sums(name: &str) -> Option<Assembled> {
    let text = shipped_text(name)?.replace("stochastic_pulses\"", "learning_pulses\"");
    assemble_text(&text).ok()
}

/// A shipped program, or that of the cue task's readouts.
pub fn verified(name: &str) -> VerifiedProgram {
    let assembled = match name {
        "cue_readout" => assemble_text(CUE_READOUT).ok(),
        "eprop_lif_sums" => in_sums("eprop_lif_pulses"),
        "eprop_readout_sums" => in_sums("eprop_readout"),
        shipped => shipped_program(shipped),
    };
    assembled
        .unwrap_or_else(|| panic!("no program {name}"))
        .verified
}

/// Uniform numbers, for tests only.
pub struct Draws(pub u64);

impl Draws {
    pub fn bits(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let x = self.0 ^ (self.0 >> 29);
        x.wrapping_mul(0x9e3779b97f4a7c15) >> 11
    }

    /// In `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + ((self.bits() as i128 * i128::from(high - low + 1)) >> 53) as i64
    }

    /// In 0..1.
    pub fn unit(&mut self) -> f64 {
        self.bits() as f64 / (1u64 << 53) as f64
    }
}

/// A group of neurons with everything around it.
pub struct Bench {
    pub group: GroupProgram,
    pub states: Vec<Vec<i32>>,
    pub fired: Vec<u8>,
    pub payload: Vec<i32>,
    pub traces: [Vec<u8>; 3],
    pub probes: Vec<Vec<i32>>,
    scratch: LaneScratch,
    /// Seed of random operands, and the number of the step that was last.
    pub seed: u64,
    pub t: u64,
}

impl Bench {
    /// `n` neurons of a shipped program; parameters that are not given take their default.
    pub fn new(name: &str, n: usize, values: &[(&str, ParameterValues)]) -> Bench {
        let verified = verified(name);
        let program: &Program = verified.program();
        let given: Vec<(String, ParameterValues)> = values
            .iter()
            .map(|(n, v)| (n.to_string(), v.clone()))
            .collect();
        let values = program
            .values_of(&given, n)
            .unwrap_or_else(|e| panic!("{name}: {e:?}"));
        let states = vec![vec![0; n]; program.states.len()];
        let probes = vec![vec![0; n]; program.probes.len()];
        let group = GroupProgram::new(verified, values, n).expect("checked above");
        let traces = [vec![0; n], vec![0; n], vec![0; n]];
        Bench {
            group,
            states,
            fired: vec![0; n],
            payload: vec![0; n],
            traces,
            probes,
            scratch: LaneScratch::default(),
            seed: 1,
            t: 0,
        }
    }

    /// As [`Bench::new`], one value for all.
    pub fn same(name: &str, n: usize, values: &[(&str, i64)]) -> Bench {
        let values: Vec<(&str, ParameterValues)> = values
            .iter()
            .map(|(n, v)| (*n, ParameterValues::One(*v as i32)))
            .collect();
        Bench::new(name, n, &values)
    }

    pub fn step(&mut self, mut port_0: Vec<i32>, mut port_1: Vec<i32>) -> Tally {
        let [y1, y2, y3] = &mut self.traces;
        self.t += 1;
        let io = Io {
            ports: [&mut port_0, &mut port_1],
            states: &mut self.states,
            fired: &mut self.fired,
            payload: &mut self.payload,
            traces: Some([y1, y2, y3]),
            probes: Some(&mut self.probes),
            surroundings: Surroundings::new(self.seed, 0, 0, self.t),
        };
        run(&self.group, io, &mut self.scratch, Vectors::Widest)
    }

    /// Step with the same input for all.
    pub fn drive(&mut self, port_0: i32, port_1: i32) {
        let n = self.group.len();
        self.step(vec![port_0; n], vec![port_1; n]);
    }

    pub fn state(&self, name: &str) -> &[i32] {
        let index = self
            .group
            .program()
            .program()
            .state(name)
            .unwrap_or_else(|| panic!("no state {name}"));
        &self.states[index]
    }

    pub fn probe(&self, name: &str) -> &[i32] {
        &self.probes[self
            .group
            .program()
            .program()
            .probe(name)
            .unwrap_or_else(|| panic!("no probe {name}"))]
    }
}

/// State words and parameters of one neuron by name, and its random operands in this step.
pub struct Neuron {
    pub s: BTreeMap<String, i64>,
    pub p: BTreeMap<String, i64>,
    /// The random operands of the program, first to last, as words.
    pub random: Vec<i64>,
}

impl Neuron {
    pub fn s(&self, name: &str) -> i64 {
        *self
            .s
            .get(name)
            .unwrap_or_else(|| panic!("no state {name}"))
    }

    pub fn p(&self, name: &str) -> i64 {
        *self
            .p
            .get(name)
            .unwrap_or_else(|| panic!("no parameter {name}"))
    }

    pub fn set(&mut self, name: &str, value: i64) {
        *self
            .s
            .get_mut(name)
            .unwrap_or_else(|| panic!("no state {name}")) = value;
    }
}

/// What a definition says of one step.
#[derive(Default)]
pub struct Out {
    pub spike: Option<i64>,
    pub traces: [Option<i64>; 3],
    /// Probes that the definition speaks of.
    pub probes: Vec<(&'static str, i64)>,
}

impl Out {
    pub fn spike_if(test: bool) -> Out {
        Out {
            spike: test.then_some(1),
            ..Out::default()
        }
    }
}

/// `x * k / 2^s` toward zero.
pub fn scaled(x: i64, k: i64, s: i64) -> i64 {
    x * k / (1 << s)
}

/// What a decay of 12 bits leaves.
pub fn keep(x: i64, k: i64) -> i64 {
    scaled(x, k, 12)
}

pub fn sat(x: i64) -> i64 {
    x.clamp(-8_388_608, 8_388_607)
}

pub fn wrap(x: i64, bits: u32) -> i64 {
    let half = 1i64 << (bits - 1);
    (x + half).rem_euclid(2 * half) - half
}

/// Between the limits of a membrane.
pub fn clipped(n: &Neuron, x: i64) -> i64 {
    x.clamp(n.p("v_min"), n.p("v_max"))
}

/// Port 0 or 1 as the fixed compartment reads it, and as a plain sum.
pub fn a(units: i64) -> i64 {
    wrap(units * 64, 22)
}
pub fn s(units: i64) -> i64 {
    wrap(units, 24)
}

/// Holds a shipped program against its definition: `neurons` neurons, parameters drawn from
/// ranges (shared ones once a round), inputs mostly within `inputs`, sometimes any 32 bits.
pub fn equals(
    name: &str,
    ranges: &[(&str, i64, i64)],
    inputs: [i64; 2],
    definition: impl Fn(&mut Neuron, i64, i64) -> Out,
) {
    let mut spikes = 0;
    let mut silent = 0;
    for seed in 0..12 {
        let draws = &mut Draws(seed * 7919 + 1);
        let n = 40;
        let program = verified(name).into_program();
        let mut given = vec![];
        for &(parameter, low, high) in ranges {
            let index = program
                .parameter(parameter)
                .unwrap_or_else(|| panic!("{name} has no parameter {parameter}"));
            let value = match program.parameters[index].scope {
                Scope::Neuron => {
                    ParameterValues::Each((0..n).map(|_| draws.between(low, high) as i32).collect())
                }
                Scope::Shared => ParameterValues::One(draws.between(low, high) as i32),
            };
            given.push((parameter, value));
        }
        let mut bench = Bench::new(name, n, &given);
        let mut neurons: Vec<Neuron> = (0..n)
            .map(|i| neuron(&program, bench.group.values(), i))
            .collect();
        for t in 0..150 {
            let draw = |draws: &mut Draws, most: i64| match draws.between(0, 39) {
                0 => draws.between(i64::from(i32::MIN), i64::from(i32::MAX)) as i32,
                1..=9 => 0,
                _ => draws.between(-most / 2, most) as i32,
            };
            let port_0: Vec<i32> = (0..n).map(|_| draw(draws, inputs[0])).collect();
            let port_1: Vec<i32> = (0..n).map(|_| draw(draws, inputs[1])).collect();
            let y_before = bench.traces.clone();
            bench.step(port_0.clone(), port_1.clone());
            for (i, neuron) in neurons.iter_mut().enumerate() {
                neuron.random = ProgramDraws::new(bench.seed, 0, 0, bench.t).of(&program, i as u32);
                let out = definition(neuron, port_0[i].into(), port_1[i].into());
                let place = format!("{name}, seed {seed}, step {t}, neuron {i}");
                assert_eq!(out.spike.is_some(), bench.fired[i] != 0, "{place}: spike");
                assert_eq!(
                    out.spike.unwrap_or(0),
                    i64::from(bench.payload[i]),
                    "{place}: payload"
                );
                for (y, expected) in out.traces.into_iter().enumerate() {
                    let expected = expected.unwrap_or(y_before[y][i].into());
                    assert_eq!(
                        i64::from(bench.traces[y][i]),
                        expected,
                        "{place}: y{}",
                        y + 1
                    );
                }
                for &(probe, expected) in &out.probes {
                    assert_eq!(
                        i64::from(bench.probe(probe)[i]),
                        expected,
                        "{place}: probe {probe}"
                    );
                }
                for (state, column) in program.states.iter().zip(&bench.states) {
                    assert_eq!(i64::from(column[i]), neuron.s(state), "{place}: {state}");
                }
                match out.spike {
                    Some(_) => spikes += 1,
                    None => silent += 1,
                }
            }
        }
    }
    assert!(
        spikes * 200 > silent && silent * 200 > spikes,
        "{name}: {spikes} spikes, {silent} steps without: nothing was tested"
    );
}

fn neuron(program: &Program, values: &[ParameterValues], i: usize) -> Neuron {
    let parameters = program.parameters.iter().zip(values);
    Neuron {
        s: program.states.iter().map(|s| (s.clone(), 0)).collect(),
        p: parameters
            .map(|(p, v)| (p.name.clone(), v.of(i).into()))
            .collect(),
        random: vec![],
    }
}
