//! The network on a chip of the Loihi 2 class: three populations that run the program `theta`.

use super::quantise::{FINE_SHIFT, NeuronWeights};
use super::report::ms_of_one;
use super::trial::{IntegerOutcome, Stepped};
use super::{SIZES, net};
use crate::kept_batch::KeptBatch;
use seamount_chip::{ChipProgram, Observations, RunOptions, SpikeTrain};
use seamount_compile::CompileOptions;
use seamount_network::netlist::{Netlist, Population, Programmed, Register, Values};
use seamount_session::{Failure, PerInference, build};
use seamount_spec::{Board, EventCounts};
use seamount_study::Progress;
use seamount_study::data::Mnist;
use seamount_study::trials::Trials;
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;

/// The program, for the assembler.
pub const PROGRAM: &str = include_str!("theta.asm");
/// The board: the fixed compartments of Loihi 1 cannot multiply two state variables.
pub const BOARD: &str = "loihi2";
const LAYERS: [&str; 3] = ["hidden1", "hidden2", "output"];

/// Accuracy, agreement with the integers, and cost on the chip.
#[derive(Debug, Clone, Serialize)]
pub struct ChipFigures {
    /// Board it was compiled for.
    pub board: String,
    /// Cores in use.
    pub cores: usize,
    /// T is so many steps; one fewer is run.
    pub steps: usize,
    /// Images.
    pub images: usize,
    /// Accuracy; no output spike is wrong.
    pub accuracy: f64,
    /// Images with every spike of every neuron in the step that the integer definition says.
    pub equal_to_integers: usize,
    /// Milliseconds of an image, one thread's wall clock.
    pub ms_per_image: f64,
    /// Counts and energy.
    pub per_inference: PerInference,
}

/// Words of one kind, one a neuron.
fn each(values: impl Iterator<Item = i64>) -> Values<i32> {
    Values::Each(values.map(|v| v as i32).collect::<Vec<i32>>().into())
}

/// The network at a length of step; `None` for the Euler form.
pub fn netlist(stepped: &Stepped) -> Option<Netlist> {
    let (rotor, states) = stepped.rotor()?;
    let quantised = stepped.quantised();
    let mut netlist = Netlist::new("qif-mnist");
    netlist.input("pixels", SIZES[0] as u32);
    netlist.program("theta", PROGRAM);
    let mut first = 0;
    let mut source = "pixels";
    for (name, sizes) in LAYERS.iter().zip(SIZES.windows(2)) {
        let neurons = first..first + sizes[1];
        let shared = [
            ("sine", rotor.sine),
            ("tangent", rotor.tangent),
            ("turn_shift", i64::from(rotor.turn_shift)),
            ("early", rotor.early),
            ("early_shift", i64::from(rotor.early_shift)),
        ];
        let population = Population::programmed(name, sizes[1] as u32, Programmed::new("theta"));
        let population = shared.into_iter().fold(population, |p, (name, value)| {
            p.parameter(name, value as i32)
        });
        let population = population
            .parameter(
                "sum_shift",
                each(
                    quantised.neurons[neurons.clone()]
                        .iter()
                        .map(|n| i64::from(n.sum_shift())),
                ),
            )
            .initial("c", each(states[neurons.clone()].iter().map(|s| s.c)))
            .initial("s", each(states[neurons.clone()].iter().map(|s| s.s)));
        netlist.add(population);
        let layer = &quantised.neurons[neurons.clone()];
        let synapses = |of: &dyn Fn(&NeuronWeights, usize) -> i8| {
            (0..sizes[0])
                .map(|i| layer.iter().map(|n| i32::from(of(n, i))).collect())
                .collect::<Vec<Vec<i32>>>()
        };
        let double = layer.iter().any(|n| !n.fine.is_empty());
        let exponent = if double { FINE_SHIFT as i8 } else { 0 };
        netlist
            .connect(source, name)
            .dense(synapses(&|n, i| n.mantissas[i]))
            .weight_exponent(exponent);
        if double {
            netlist
                .connect(source, name)
                .dense(synapses(&|n, i| n.fine[i]));
        }
        netlist.probe(name, Register::Spike);
        (first, source) = (neurons.end, name);
    }
    Some(netlist)
}

/// Every spike, as the integer definition lists them: by step, then by neuron.
fn spikes(seen: &Observations) -> Vec<(usize, usize)> {
    let mut found = vec![];
    let mut first = 0;
    for name in LAYERS {
        let Some(r) = seen.recording(&format!("{name}.spike")) else {
            continue;
        };
        let n = r.neurons.len();
        let at = (0..r.steps.len() * n).filter(|at| r.get(at / n, at % n) != 0);
        found.extend(at.map(|at| (first + at % n, r.steps[at / n] as usize)));
        first += n;
    }
    found.sort_unstable_by_key(|&(neuron, step)| (step, neuron));
    found
}

/// The first output spike; the lowest of equals.
fn class(spikes: &[(usize, usize)]) -> Option<usize> {
    let hidden = SIZES[1] + SIZES[2];
    spikes.iter().find(|s| s.0 >= hidden).map(|s| s.0 - hidden)
}

/// Compiles the network and runs images on it, each beside the integer definition.
pub fn run(
    stepped: &Stepped,
    mnist: &Mnist,
    images: usize,
    threads: usize,
    progress: Progress,
) -> Result<ChipFigures, Failure> {
    let netlist =
        netlist(stepped).ok_or_else(|| Failure::call("the Euler form is not on the chip"))?;
    let options = CompileOptions::new(Board::loihi2());
    let image = build(&netlist, &options)?;
    let program = Arc::new(ChipProgram::new(&image));
    let arrives = stepped.input_step as u64 - 1;
    let train = |i: usize| {
        SpikeTrain::new(
            &program,
            net::bright(mnist.image(i))
                .map(|p| (arrives, p as u32))
                .collect(),
        )
    };
    train(0).map_err(Failure::call)?;
    let trials = Trials::new(images, threads, progress);
    let clock = Instant::now();
    let batch = KeptBatch {
        name: "chip image",
        program: &program,
        options: &RunOptions::default(),
        steps: stepped.steps as u64 - 1,
    };
    let results = batch.run(
        &trials,
        images,
        |i| train(i).unwrap_or_default(),
        |_, _, seen: &Observations| (spikes(seen), seen.total()),
    )?;
    let ms_per_image = ms_of_one(clock, images, threads);
    let mut total = EventCounts::default();
    results.iter().for_each(|r| total += r.1);
    type Seen = (Vec<(usize, usize)>, EventCounts);
    let equal = |(i, r): &(usize, &Seen)| {
        let IntegerOutcome { spikes, .. } = stepped.run(mnist.image(*i));
        r.0 == spikes
    };
    let right = results
        .iter()
        .zip(&mnist.labels)
        .filter(|(r, l)| class(&r.0) == Some(usize::from(**l)))
        .count();
    Ok(ChipFigures {
        board: image.spec().name.clone(),
        cores: image.image().cores.len(),
        steps: stepped.steps,
        images,
        accuracy: right as f64 / images as f64,
        equal_to_integers: results.iter().enumerate().filter(equal).count(),
        ms_per_image,
        per_inference: PerInference::new(&total, images as u64),
    })
}
