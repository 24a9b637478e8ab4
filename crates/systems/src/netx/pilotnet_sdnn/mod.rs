//! `netx-pilotnet-sdnn`: PilotNet of sigma-delta neurons, one picture, against a recording of Lava:
//! every message of the input layer, every sum of the first convolution, every output.
//!
//! The host sends the picture once, as graded spikes in step 0; they arrive in step 1. So step t +
//! 1 of the chip is step t of the recording, counted from 0, for all layers: a message takes one
//! step from layer to layer in both. The picture reaches the output in the ninth step; after that
//! nothing changes, and no message is sent.

use super::recorded::{FileReport, against, laid_out, print};
use crate::declared::Declared;
use crate::flags::DumpedOptions;
use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_network::netlist::{Netlist, Netx, Register};
use seamount_session::{Failure, PerInference};
use seamount_study::datasets::Datasets;
use seamount_study::dump::{Dump, dumped};
use seamount_study::experiment::{Experiment, RunOutput, threads};
use seamount_study::text::wrong;
use seamount_study::{Progress, data};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// The declared system.
static SYSTEM: Declared = Declared::new(include_str!("system.toml"), &[]);

/// `seamount lab netx-pilotnet-sdnn`
pub struct NetxPilotnetSdnn;

impl Experiment for NetxPilotnetSdnn {
    const NAME: &'static str = "netx-pilotnet-sdnn";
    const ABOUT: &'static str = "PilotNet of sigma-delta neurons (Lava-DL) on the chip, in graded spikes, against the \
        recording";
    const HELP: &'static str = "\
Example: seamount lab netx-pilotnet-sdnn --data ../shared/data --dump sdnn.npz
Prints for every recorded file how many values were compared and how many are equal, the outputs,
synaptic operations (of graded spikes: effective multiply-accumulates) and energy of one picture. A
layer takes a step: step t of the recording, from 0, is step t + 1 of the chip. --dump writes
LAYER-payload (messages), LAYER-sigma and LAYER-act (state words) of every layer, with axes (x, y,
channel, time) or (neuron, time).";
    type Options = DumpedOptions;
    type Report = SdnnReport;

    fn outputs(options: &DumpedOptions) -> Vec<RunOutput<SdnnReport>> {
        dumped(options.dump.as_deref(), |report| &report.dump)
    }

    fn run(options: &DumpedOptions, progress: Progress) -> Result<SdnnReport, Failure> {
        let network = SYSTEM.network(None)?;
        let data = SYSTEM.folder(&Datasets::new(options.data.as_deref()))?;
        let folder = data.join("pilotnet_sdnn");
        let mut net = network.netx(&data)?;
        probe(&mut net);
        let mut chip = network.chip(&net.netlist)?;
        progress(1, 3);
        let train = input(&net, &chip, &folder.join("input.npy"))?;
        let settings = RunOptions::new().threads(threads(options.threads));
        let steps = SYSTEM.steps as usize;
        let inference = net.layers.len().min(steps);
        let parts = [inference, steps - inference];
        let runs = parts.map(|steps| chip.run(steps as u64, &train, &settings));
        progress(2, 3);
        let (files, outputs) = compared(&folder, &net, &runs)?;
        let mut dump = vec![];
        if options.dump.is_some() {
            dump = all_arrays(&net, &runs);
        }
        progress(3, 3);
        Ok(SdnnReport {
            board: network.board.clone(),
            cores: chip.program().cores.len(),
            steps,
            steps_per_inference: inference,
            outputs,
            compared: files.iter().map(|f| f.compared).sum(),
            equal: files.iter().map(|f| f.equal).sum(),
            synapses: synapses(&net.netlist),
            per_inference: PerInference::new(&runs[0].total(), 1),
            synaptic_operations_after: runs[1].total().synaptic_operations,
            files,
            dump,
        })
    }
}

/// Every recorded value beside the chip's, the outputs, and what the picture costs.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SdnnReport {
    /// Board; its limits hold.
    pub board: String,
    /// Cores in use.
    pub cores: usize,
    /// Steps run.
    pub steps: usize,
    /// Steps until the picture has passed all layers: one inference.
    pub steps_per_inference: usize,
    /// The recorded outputs of those steps, as found on the chip.
    pub outputs: Vec<i32>,
    /// Recorded files, each compared whole.
    pub files: Vec<FileReport>,
    /// Values compared.
    pub compared: u64,
    /// Values that are equal.
    pub equal: u64,
    /// Synapses of the network: multiply-accumulates that the same network without sigma-delta
    /// coding would take for a picture.
    pub synapses: u64,
    /// Counts and energy of one picture, from all states 0; synaptic operations are of graded
    /// spikes: effective multiply-accumulates.
    pub per_inference: PerInference,
    /// Synaptic operations of all further steps, in which the picture does not change.
    pub synaptic_operations_after: u64,
    /// Every array of every layer, if asked for.
    #[serde(skip)]
    pub dump: Dump,
}

/// The picture (x, y, c, 1) as graded spikes of step 0.
fn input(net: &Netx, chip: &Chip, path: &Path) -> Result<SpikeTrain, Failure> {
    let bad = |problem: String| wrong(path, problem);
    let (Some(host), Some(layer)) = (&net.delta_input, net.layers.first()) else {
        return Err(bad(
            "the network beside it has no sigma-delta input layer".into()
        ));
    };
    let [c, h, w] = layer.shape;
    let picture = data::array(
        path,
        &[Some(w as u64), Some(h as u64), Some(c as u64), Some(1)],
    )?;
    let all =
        (0..c).flat_map(|i| (0..h).flat_map(move |j| (0..w).map(move |k| (k * h + j) * c + i)));
    let pixels: Vec<i64> = all.map(|at| picture.data[at]).collect();
    let changes = host.changes(&vec![0; pixels.len()], &pixels).map_err(bad)?;
    let program = chip.program();
    let first = program.input(&host.input).map_or(0, |(first, _)| first);
    let events = changes
        .into_iter()
        .map(|(neuron, payload)| (0, first + neuron, payload))
        .collect();
    SpikeTrain::default()
        .with_graded(program, events)
        .map_err(|e| bad(e.to_string()))
}

/// One array of one layer over two runs, step by step, neuron by neuron.
fn words(runs: &[Observations], probe: &str) -> Vec<i32> {
    runs.iter()
        .filter_map(|run| run.recording(probe))
        .flat_map(|recording| recording.to_words())
        .collect()
}

/// Asks for every word of every layer.
fn probe(net: &mut Netx) {
    for layer in &net.layers {
        net.netlist.probe(&layer.name, Register::Payload);
        net.netlist.probe_state(&layer.name, "sigma");
        if Some(&layer.name) != net.layers.last().map(|last| &last.name) {
            net.netlist.probe_state(&layer.name, "act");
        }
    }
}

/// The recorded files beside the chip, and the outputs of the first run.
fn compared(
    folder: &Path,
    net: &Netx,
    runs: &[Observations],
) -> Result<(Vec<FileReport>, Vec<i32>), Failure> {
    let output = net.layers.last().map_or("", |layer| layer.name.as_str());
    let outputs = words(&runs[..1], &format!("{output}.sigma"));
    let files = [
        ("act0", "input", words(runs, "input.payload")),
        ("sigma1", "conv-0", words(runs, "conv-0.sigma")),
        ("output", output, outputs.clone()),
    ];
    let report = |(file, layer, words): (&str, &str, Vec<i32>)| {
        let path = folder.join(format!("{file}.npy"));
        let missing = || wrong(&path, format!("the network has no layer '{layer}'"));
        let shape = net.layer(layer).ok_or_else(missing)?.shape;
        against(&path, file.into(), shape, &words)
    };
    Ok((
        files.into_iter().map(report).collect::<Result<_, _>>()?,
        outputs,
    ))
}

/// Every array of every layer over two runs.
fn all_arrays(net: &Netx, runs: &[Observations]) -> Dump {
    let mut dump = vec![];
    for layer in &net.layers {
        for suffix in ["payload", "sigma", "act"] {
            let words = words(runs, &format!("{}.{suffix}", layer.name));
            if !words.is_empty() {
                let name = format!("{}-{suffix}", layer.name);
                dump.push(laid_out(name, layer.shape, false, &words));
            }
        }
    }
    dump
}

/// Synapses of the network, without those of the input layer, which only copies the picture.
fn synapses(netlist: &Netlist) -> u64 {
    let hidden = netlist.projections.iter().skip(1);
    hidden
        .map(|projection| projection.edges(netlist).targets.as_slice().len() as u64)
        .sum()
}

impl fmt::Display for SdnnReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "netx-pilotnet-sdnn on board {} ({} cores): one picture, {} steps",
            self.board, self.cores, self.steps
        )?;
        print(f, &self.files)?;
        let outputs: Vec<String> = self.outputs.iter().map(i32::to_string).collect();
        writeln!(
            f,
            "output in steps 1 to {} of the chip (0 to {} of the recording): {}",
            outputs.len(),
            outputs.len().saturating_sub(1),
            outputs.join(" ")
        )?;
        writeln!(
            f,
            "an inference is {} steps, one a layer, from all states 0",
            self.steps_per_inference
        )?;
        writeln!(f, "{}", self.per_inference)?;
        writeln!(
            f,
            "synaptic operations are of graded spikes: effective multiply-accumulates; the network has {} synapses",
            self.synapses
        )?;
        write!(
            f,
            "after that, with the picture unchanged for {} steps: {} synaptic operations",
            self.steps - self.steps_per_inference,
            self.synaptic_operations_after
        )
    }
}
