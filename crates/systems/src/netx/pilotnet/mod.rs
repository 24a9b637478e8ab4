//! `netx-pilotnet`: PilotNet with LIF neurons, 24 steps of one picture, against a recording of
//! Lava: every current, voltage and spike of the layers that were recorded.
//!
//! The recording resets layer k to v = 0 just before steps k, k + 17, ... (counted from 0); on a
//! chip all layers begin at step 0. Two runs make up for it. The plain run is the recording before
//! step k of layer k. In the other run a kick makes every neuron of layer k spike in step k - 1, so
//! that v is 0 then; it is the recording from step k to k + 16, and, as nothing else remains, again
//! from k + 17 on. The readout cannot be kicked, as it never fires; it forgets nothing either, so
//! what it held in step k - 1 is taken off.

use super::recorded::{FileReport, against, laid_out, print};
use crate::declared::Declared;
use crate::flags::DumpedOptions;
use seamount_chip::{Observations, RunOptions, SpikeTrain};
use seamount_network::netlist::{Netlist, Netx, Register};
use seamount_session::{Failure, PerInference};
use seamount_study::datasets::Datasets;
use seamount_study::dump::{Dump, dumped};
use seamount_study::experiment::{Experiment, RunOutput, threads};
use seamount_study::row::Row;
use seamount_study::text::wrong;
use seamount_study::{Progress, data};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The declared system.
static SYSTEM: Declared = Declared::new(include_str!("system.toml"), &[]);

/// `seamount lab netx-pilotnet`
pub struct NetxPilotnet;

impl Experiment for NetxPilotnet {
    const NAME: &'static str = "netx-pilotnet";
    const ABOUT: &'static str =
        "PilotNet (Lava-DL) on the chip against every recorded current, voltage and spike";
    const HELP: &'static str = "\
Example: seamount lab netx-pilotnet --data ../shared/data --dump pilotnet.npz
Prints for every recorded file how many values were compared and how many are equal. --dump writes
u, v (as the hardware's probe shows it) and spikes of every layer under the names of the files:
LAYER-u, LAYER-v, LAYER, with axes (x, y, channel, time) or (neuron, time).";
    const QUICK: &'static [&'static str] = &[""];
    type Options = DumpedOptions;
    type Report = PilotnetReport;

    fn outputs(options: &DumpedOptions) -> Vec<RunOutput<PilotnetReport>> {
        dumped(options.dump.as_deref(), |report| &report.dump)
    }

    fn run(options: &DumpedOptions, progress: Progress) -> Result<PilotnetReport, Failure> {
        let network = SYSTEM.network(None)?;
        let data = SYSTEM.folder(&Datasets::new(options.data.as_deref()))?;
        let folder = data.join("pilotnet_lif");
        let mut net = network.netx(&data)?;
        drive(&mut net, &folder.join("image.npy"))?;
        let names: Vec<String> = net.layers.iter().map(|layer| layer.name.clone()).collect();
        let events = kicks(&mut net.netlist, &names);
        for layer in &names {
            for (name, register) in arrays(layer) {
                if options.dump.is_some() || recorded(&folder, &name).is_some() {
                    net.netlist.probe(layer, register);
                }
            }
        }
        let mut chip = network.chip(&net.netlist)?;
        let settings = RunOptions::new().threads(threads(options.threads));
        let plain = chip.run(SYSTEM.steps, &SpikeTrain::default(), &settings);
        progress(1, 3);
        let named = events.iter().map(|(step, name)| (*step, name.as_str(), 0));
        let train = SpikeTrain::named(chip.program(), named).map_err(Failure::call)?;
        chip.reset(0);
        let windowed = chip.run((WINDOW + names.len()) as u64, &train, &settings);
        progress(2, 3);
        let runs = [&plain, &windowed];
        let (files, dump) = beside(&net, &folder, runs, options.dump.is_some())?;
        progress(3, 3);
        Ok(PilotnetReport {
            board: network.board.clone(),
            cores: chip.program().cores.len(),
            steps: SYSTEM.steps as usize,
            compared: files.iter().map(|f| f.compared).sum(),
            equal: files.iter().map(|f| f.equal).sum(),
            per_inference: PerInference::new(&plain.total(), 1),
            files,
            dump,
        })
    }

    fn row(report: &PilotnetReport) -> Option<Row> {
        let equal = 100.0 * report.equal as f64 / report.compared.max(1) as f64;
        Some(Row::on_chip(
            Self::NAME,
            "recorded values equal",
            equal,
            Some(100.0),
            1,
            &report.per_inference,
        ))
    }
}

/// Every recorded value beside the chip's, and what the picture costs.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PilotnetReport {
    /// Board; its limits are lifted.
    pub board: String,
    /// Cores in use.
    pub cores: usize,
    /// Steps.
    pub steps: usize,
    /// Recorded files, each compared whole.
    pub files: Vec<FileReport>,
    /// Values compared.
    pub compared: u64,
    /// Values that are equal.
    pub equal: u64,
    /// Counts and energy of the plain run: one picture.
    pub per_inference: PerInference,
    /// Every array of every layer, if asked for.
    #[serde(skip)]
    pub dump: Dump,
}

/// Steps of a sample and the step after it: a layer is reset so often.
const WINDOW: usize = 17;
/// Endings of file names, and the register that each holds: v as the hardware's probe shows it.
const REGISTERS: [(&str, Register); 3] = [
    ("", Register::Spike),
    ("-u", Register::Current),
    ("-v", Register::VoltageHardware),
];

/// Whether a layer forgets nothing and has a threshold that a kick does not reach.
fn is_readout(netlist: &Netlist, layer: &str) -> bool {
    let soma = netlist
        .populations
        .iter()
        .find(|p| p.name == layer)
        .and_then(|p| p.compartments.last());
    soma.is_some_and(|c| c.voltage_decay.get(0) == 0 && c.threshold_mantissa.get(0) >= 255 << 6)
}

/// Adds an input for each layer but the first and the readout; returns the events that kick layer
/// k.
fn kicks(netlist: &mut Netlist, layers: &[String]) -> Vec<(u64, String)> {
    let mut events = vec![];
    for (k, layer) in layers.iter().enumerate().skip(1) {
        if is_readout(netlist, layer) {
            continue;
        }
        let kick = format!("kick-{layer}");
        netlist.input(&kick, 1);
        netlist
            .connect(&kick, layer)
            .all_to_all(255)
            .weight_exponent(6);
        // step k - 1 counted from 0 is step k of the chip; a spike of the host arrives one later
        events.push((k as u64 - 1, kick));
    }
    events
}

/// Bias mantissas of the input layer from a picture (x, y, c).
fn drive(net: &mut Netx, path: &Path) -> Result<(), Failure> {
    let picture = data::array(path, &[None, None, None])?;
    let bad = |problem: &str| wrong(path, problem);
    let [x, y, c] = picture.shape[..] else {
        return Err(bad("not a picture"));
    };
    let all =
        (0..c).flat_map(|i| (0..y).flat_map(move |j| (0..x).map(move |k| (k * y + j) * c + i)));
    let mantissas = all
        .map(|at| i16::try_from(picture.data[at as usize]))
        .collect::<Result<_, _>>();
    let fits = net.set_input_bias(mantissas.map_err(|_| bad("a value does not fit 16 bits"))?);
    if fits {
        Ok(())
    } else {
        Err(bad("not the shape of the input layer"))
    }
}

/// One register of one layer in both runs.
struct LayerRuns<'a> {
    plain: &'a Observations,
    windowed: &'a Observations,
    probe: String,
    /// Number of the layer.
    k: usize,
    /// Whether these are voltages of the readout.
    readout: bool,
}

impl LayerRuns<'_> {
    fn neurons(&self) -> usize {
        self.plain
            .recording(&self.probe)
            .map_or(0, |r| r.neurons.len())
    }

    /// Step by step, neuron by neuron.
    fn words(&self) -> Vec<i32> {
        let Some(plain) = self.plain.recording(&self.probe) else {
            return vec![];
        };
        let Some(windowed) = self.windowed.recording(&self.probe) else {
            return vec![];
        };
        let k = self.k;
        let off = |t: usize, neuron: usize| {
            if self.readout && t >= k && k > 0 {
                windowed.get(k - 1, neuron)
            } else {
                0
            }
        };
        let row = |t: usize| {
            if t < k {
                (plain, t)
            } else {
                (windowed, k + (t - k) % WINDOW)
            }
        };
        let all = (0..SYSTEM.steps as usize)
            .flat_map(|t| (0..self.neurons()).map(move |neuron| (t, neuron)));
        all.map(|(t, neuron)| row(t).0.get(row(t).1, neuron) - off(t, neuron))
            .collect()
    }
}

/// Names of the recorded files, without `.npy`, and the register that each holds.
fn arrays(layer: &str) -> [(String, Register); 3] {
    REGISTERS.map(|(suffix, register)| (format!("{layer}{suffix}"), register))
}

/// Path of a recorded file, if it was recorded.
fn recorded(folder: &Path, name: &str) -> Option<PathBuf> {
    Some(folder.join(format!("{name}.npy"))).filter(|path| path.exists())
}

/// The recorded files beside the plain and the windowed run, and every array if it is to be kept.
fn beside(
    net: &Netx,
    folder: &Path,
    runs: [&Observations; 2],
    keep: bool,
) -> Result<(Vec<FileReport>, Dump), Failure> {
    let mut files = vec![];
    let mut dump = vec![];
    for (k, layer) in net.layers.iter().enumerate() {
        let readout = is_readout(&net.netlist, &layer.name);
        for (name, register) in arrays(&layer.name) {
            let path = recorded(folder, &name);
            if !keep && path.is_none() {
                continue;
            }
            let words = LayerRuns {
                plain: runs[0],
                windowed: runs[1],
                probe: format!("{}.{}", layer.name, register.name()),
                k,
                readout: readout && register == Register::VoltageHardware,
            }
            .words();
            if let Some(path) = path {
                files.push(against(&path, name.clone(), layer.shape, &words)?);
            }
            if keep {
                let spikes = register == Register::Spike;
                dump.push(laid_out(name, layer.shape, spikes, &words));
            }
        }
    }
    Ok((files, dump))
}

impl fmt::Display for PilotnetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "netx-pilotnet on board {} ({} cores, limits lifted): {} steps of one picture",
            self.board, self.cores, self.steps
        )?;
        print(f, &self.files)?;
        write!(f, "{}", self.per_inference)
    }
}
