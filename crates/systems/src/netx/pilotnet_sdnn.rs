//! `netx-pilotnet-sdnn`: PilotNet of sigma-delta neurons, one picture, against a recording of Lava:
//! every message of the input layer, every sum of the first convolution, every output.
//!
//! The host sends the picture once, as graded spikes in step 0; they arrive in step 1. So step t + 1
//! of the chip is step t of the recording, counted from 0, for all layers: a message takes one step
//! from layer to layer in both. The picture reaches the output in the ninth step; after that nothing
//! changes, and no message is sent.

use super::pilotnet::{FileReport, against, dumped};
use super::{folder, network};
use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Netx, Register};
use seamount_spec::Board;
use seamount_study::dump::Dump;
use seamount_study::measure::PerInference;
use seamount_study::{LabError, Progress, data};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct SdnnOptions {
    /// Folder of the network, or of all data; default see [`data::data_folder`].
    pub data: Option<PathBuf>,
    /// Threads that share the cores.
    pub threads: usize,
    /// Keep every message, activation and sum for [`SdnnReport::dump`].
    pub dump: bool,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
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
    /// Of them equal.
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

/// Steps of the longest recording.
const STEPS: usize = 20;
const BOARD: &str = "loihi2";

fn load(netlist: &Netlist) -> Result<Chip, LabError> {
    let board = Board::preset(BOARD)
        .ok_or_else(|| LabError::Option(format!("there is no board '{BOARD}'")))?;
    let options = CompileOptions {
        board,
        refinement_steps: 0,
        ..CompileOptions::default()
    };
    let compiled = compile(netlist, &options)?;
    let checked = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce)
        .map_err(LabError::Image)?;
    Ok(Chip::load(&checked))
}

/// The picture (x, y, c, 1) as graded spikes of step 0.
fn input(net: &Netx, chip: &Chip, path: &Path) -> Result<SpikeTrain, LabError> {
    let bad = |problem: String| LabError::File {
        path: path.into(),
        problem,
    };
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

/// The recorded files beside what the chip did.
fn compared(
    folder: &Path,
    net: &Netx,
    runs: &[Observations],
) -> Result<(Vec<FileReport>, Vec<i32>), LabError> {
    let output = net.layers.last().map_or("", |layer| layer.name.as_str());
    let outputs = words(&runs[..1], &format!("{output}.sigma"));
    let files = [
        ("act0", "input", words(runs, "input.payload")),
        ("sigma1", "conv-0", words(runs, "conv-0.sigma")),
        ("output", output, outputs.clone()),
    ];
    let report = |(file, layer, words): (&str, &str, Vec<i32>)| {
        let path = folder.join(format!("{file}.npy"));
        let missing = || LabError::File {
            path: path.clone(),
            problem: format!("the network has no layer '{layer}'"),
        };
        let shape = net.layer(layer).ok_or_else(missing)?.shape;
        against(&path, file.into(), shape, &words)
    };
    Ok((
        files.into_iter().map(report).collect::<Result<_, _>>()?,
        outputs,
    ))
}

/// Builds, compiles and runs the network.
pub fn run(options: &SdnnOptions, progress: Progress) -> Result<SdnnReport, LabError> {
    let folder =
        folder(options.data.as_deref(), "pilotnet_sdnn/network.net")?.join("pilotnet_sdnn");
    let mut net = network(&folder.join("network.net"))?;
    probe(&mut net);
    let mut chip = load(&net.netlist)?;
    progress(1, 3);
    let train = input(&net, &chip, &folder.join("input.npy"))?;
    let settings = RunOptions {
        threads: options.threads.max(1),
        ..RunOptions::default()
    };
    let inference = net.layers.len().min(STEPS);
    let runs =
        [inference, STEPS - inference].map(|steps| chip.run(steps as u64, &train, &settings));
    progress(2, 3);
    let (files, outputs) = compared(&folder, &net, &runs)?;
    let mut dump = vec![];
    for (layer, suffix) in net
        .layers
        .iter()
        .flat_map(|layer| ["payload", "sigma", "act"].map(|suffix| (layer, suffix)))
    {
        let words = words(&runs, &format!("{}.{suffix}", layer.name));
        if options.dump && !words.is_empty() {
            dump.push(dumped(
                format!("{}-{suffix}", layer.name),
                layer.shape,
                false,
                &words,
            ));
        }
    }
    progress(3, 3);
    let synapses = |projection: &seamount_network::netlist::Projection| {
        projection.edges(&net.netlist).targets.as_slice().len() as u64
    };
    Ok(SdnnReport {
        board: BOARD.into(),
        cores: chip.program().cores.len(),
        steps: STEPS,
        steps_per_inference: inference,
        outputs,
        compared: files.iter().map(|f| f.compared).sum(),
        equal: files.iter().map(|f| f.equal).sum(),
        synapses: net.netlist.projections.iter().skip(1).map(synapses).sum(),
        per_inference: PerInference::new(&runs[0].total(), 1),
        synaptic_operations_after: runs[1].total().synaptic_operations,
        files,
        dump,
    })
}

impl fmt::Display for SdnnReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "netx-pilotnet-sdnn on board {} ({} cores): one picture, {} steps",
            self.board, self.cores, self.steps
        )?;
        for file in &self.files {
            writeln!(
                f,
                "  {:<12} {:>9} of {:>9} values equal",
                file.name, file.equal, file.compared
            )?;
            if let Some(d) = &file.first_difference {
                writeln!(
                    f,
                    "    first difference: step {}, neuron {}: recorded {}, found {}",
                    d.step, d.neuron, d.recorded, d.found
                )?;
            }
        }
        writeln!(
            f,
            "equal to the recording of Lava: {} of {} values",
            self.equal, self.compared
        )?;
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
