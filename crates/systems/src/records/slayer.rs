//! SLAYER, 2019: a network of 250 inputs, 25 hidden neurons and one output on Loihi 1, with every
//! spike of the hidden layer and the voltage of a hidden neuron; and the response of one neuron to
//! one spike, with a threshold out of reach and with one that is crossed.
//!
//! The record counts steps from 1, and a spike that the host sends in step t acts in step t; here
//! it acts one step after it is sent, so it is sent in step t - 1.

use super::record::BitsCompared;
use super::run::{RecordRun, run};
use seamount_chip::RunOptions;
use seamount_compile::CompileOptions;
use seamount_network::netlist::{Netlist, Population, Register};
use seamount_session::Failure;
use seamount_study::arrays::Archive;
use seamount_study::data;
use seamount_study::text::wrong;
use std::path::Path;

/// Inputs, hidden neurons, outputs.
const LAYERS: [u32; 3] = [250, 25, 1];
/// Steps of the record.
const STEPS: u64 = 499;

/// The records of this origin by name, with what was recorded.
pub(super) fn records(folder: &Path) -> Result<Vec<(&'static str, BitsCompared)>, Failure> {
    let ran = network(folder)?;
    let mut responses = Archive::open(&folder.join("psp_vth5.npz"))?;
    let mut response = |name| responses.integers(name, &[None], "a voltage", |_| true).1;
    let spiking = response("spiking");
    let quiet = response("quiet");
    responses.end()?;
    Ok(vec![
        ("hidden-spikes", hidden_spikes(folder, &ran)?),
        ("hidden-voltage", hidden_voltage(folder, &ran)?),
        (
            "response-quiet",
            alike(&quiet, &one_neuron(quiet.len(), 1 << 16, 1)?),
        ),
        (
            "response-in-the-hold",
            alike(&spiking, &one_neuron(spiking.len(), 5, 5)?),
        ),
    ])
}

fn alike(recorded: &[i64], found: &[i64]) -> BitsCompared {
    BitsCompared::of(recorded.iter().copied().zip(found.iter().copied()))
}

fn neurons(name: &str, size: u32, threshold: u32, refractory: u8) -> Population {
    Population::new(name, size)
        .current_decay(1023)
        .voltage_decay(128)
        .threshold_mantissa(threshold)
        .refractory_steps(refractory)
}

/// The network with the record's input.
fn network(folder: &Path) -> Result<RecordRun, Failure> {
    let [inputs, hidden, outputs] = LAYERS;
    let mut archive = Archive::open(&folder.join("weights.npz"))?;
    let mut weights = |name, targets: u32, sources: u32| {
        let shape = [Some(targets.into()), Some(sources.into())];
        let fits = |w| (-256..=255).contains(&w);
        archive.integers(name, &shape, "-256 to 255", fits).1
    };
    let first = weights("w1", hidden, inputs);
    let second = weights("w2", outputs, hidden);
    archive.end()?;
    let mut net = Netlist::new("slayer-250-25-1");
    net.input("in", inputs);
    net.add(neurons("hidden", hidden, 80, 1));
    net.add(neurons("out", outputs, 80, 1));
    net.connect("in", "hidden").dense(by_source(&first, inputs));
    net.connect("hidden", "out")
        .dense(by_source(&second, hidden));
    net.probe("hidden", Register::Spike);
    net.probe("hidden", Register::VoltageHardware);
    let path = folder.join("input_spikes.npy");
    let sent = data::array(&path, &[None, Some(2)])?.data;
    let mut events = vec![];
    for pair in sent.chunks_exact(2) {
        let neuron = u32::try_from(pair[0]).ok().filter(|n| *n < inputs);
        let step = u64::try_from(pair[1] - 1).ok();
        match (step, neuron) {
            (Some(step), Some(neuron)) => events.push((step, "in", neuron)),
            _ => return Err(wrong(&path, format!("{pair:?}: not a neuron and its step"))),
        }
    }
    events.retain(|event| event.0 < STEPS);
    run(
        &net,
        &CompileOptions::default(),
        STEPS,
        &events,
        &RunOptions::new(),
    )
}

/// Weights (target, source) as rows by source.
pub(super) fn by_source(weights: &[i64], sources: u32) -> Vec<Vec<i32>> {
    let sources = sources as usize;
    let row = |source: usize| weights[source..].iter().step_by(sources);
    (0..sources)
        .map(|source| row(source).map(|w| *w as i32).collect())
        .collect()
}

/// Every bit of the hidden layer: a recorded spike is one line, no line is no spike.
fn hidden_spikes(folder: &Path, ran: &RecordRun) -> Result<BitsCompared, Failure> {
    let path = folder.join("hidden_spikes.npy");
    let hidden = LAYERS[1] as usize;
    let mut recorded = vec![0; STEPS as usize * hidden];
    for pair in data::array(&path, &[None, Some(2)])?.data.chunks_exact(2) {
        let at = (pair[1] - 1) * hidden as i64 + pair[0];
        let place = usize::try_from(at).ok().and_then(|at| recorded.get_mut(at));
        *place.ok_or_else(|| wrong(&path, format!("{pair:?}: not a neuron and its step")))? = 1;
    }
    Ok(alike(&recorded, &ran.words("hidden.spike")))
}

/// The voltage register of hidden neuron 0.
fn hidden_voltage(folder: &Path, ran: &RecordRun) -> Result<BitsCompared, Failure> {
    let recorded = data::array(&folder.join("hidden_voltage_0.npy"), &[Some(STEPS)])?.data;
    let all = ran.words("hidden.voltage_hardware");
    let first: Vec<i64> = all.into_iter().step_by(LAYERS[1] as usize).collect();
    Ok(alike(&recorded, &first))
}

/// The voltage register of one neuron that gets one spike of weight 2 in step 2.
fn one_neuron(steps: usize, threshold: u32, refractory: u8) -> Result<Vec<i64>, Failure> {
    let mut net = Netlist::new("response");
    net.input("in", 1);
    net.add(neurons("n", 1, threshold, refractory));
    net.connect("in", "n").all_to_all(2);
    net.probe("n", Register::VoltageHardware);
    let options = CompileOptions::default();
    let events = [(1, "in", 0)];
    let ran = run(&net, &options, steps as u64, &events, &RunOptions::new())?;
    Ok(ran.words("n.voltage_hardware"))
}
