//! `netx-pilotnet`: PilotNet with LIF neurons, 24 steps of one picture, against a recording of
//! Lava: every current, voltage and spike of the layers that were recorded.
//!
//! The recording resets layer k to v = 0 just before steps k, k + 17, ... (counted from 0); on a
//! chip all layers begin at step 0. Two runs make up for it. The plain run is the recording before
//! step k of layer k. In the other run a kick makes every neuron of layer k spike in step k - 1, so
//! that v is 0 then; it is the recording from step k to k + 16, and, as nothing else remains, again
//! from k + 17 on. The readout cannot be kicked, as it never fires; it forgets nothing either, so what
//! it held in step k - 1 is taken off.

use super::{folder, network};
use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Netx, Register};
use seamount_spec::Board;
use seamount_study::dump::{Dump, DumpArray, DumpValues};
use seamount_study::measure::PerInference;
use seamount_study::{LabError, Progress, data};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct PilotnetOptions {
    /// Folder of the network, or of all data; default see [`data::data_folder`].
    pub data: Option<PathBuf>,
    /// Threads that share the cores.
    pub threads: usize,
    /// Keep every current, voltage and spike for [`PilotnetReport::dump`].
    pub dump: bool,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
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
    /// Of them equal.
    pub equal: u64,
    /// Counts and energy of the plain run: one picture.
    pub per_inference: PerInference,
    /// Every array of every layer, if asked for.
    #[serde(skip)]
    pub dump: Dump,
}

/// One recorded file.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// Its name, without `.npy`.
    pub name: String,
    /// Values compared.
    pub compared: u64,
    /// Of them equal.
    pub equal: u64,
    /// The first that differs.
    pub first_difference: Option<Difference>,
}

/// A value that differs.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// Step, from 0.
    pub step: usize,
    /// Neuron, row-major over (channel, y, x).
    pub neuron: usize,
    /// In the file.
    pub recorded: i64,
    /// On the chip.
    pub found: i64,
}

/// Steps of a sample and the step after it: a layer is reset so often.
const WINDOW: usize = 17;
const STEPS: usize = 24;
const BOARD: &str = "nahuku8";
/// What a file's name ends in, and the register it holds: v as the hardware's probe shows it.
const REGISTERS: [(&str, Register); 3] = [
    ("", Register::Spike),
    ("-u", Register::Current),
    ("-v", Register::VoltageHardware),
];

/// Compiles for eight chips (PilotNet has more compartments than one has), limits of cores aside.
fn load(netlist: &Netlist) -> Result<Chip, LabError> {
    let board = Board::preset(BOARD)
        .ok_or_else(|| LabError::Option(format!("there is no board '{BOARD}'")))?;
    let options = CompileOptions {
        board,
        ignore_limits: true,
        refinement_steps: 0,
        ..CompileOptions::default()
    };
    let compiled = compile(netlist, &options)?;
    let checked = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Report)
        .map_err(LabError::Image)?;
    Ok(Chip::load(&checked))
}

/// Whether a layer forgets nothing and has a threshold that a kick does not reach.
fn is_readout(netlist: &Netlist, layer: &str) -> bool {
    let soma = netlist
        .populations
        .iter()
        .find(|p| p.name == layer)
        .and_then(|p| p.compartments.last());
    soma.is_some_and(|c| c.voltage_decay.get(0) == 0 && c.threshold_mantissa.get(0) >= 255 << 6)
}

/// Adds an input for each layer but the first and the readout; returns the events that kick layer k.
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
fn drive(net: &mut Netx, path: &Path) -> Result<(), LabError> {
    let picture = data::array(path, &[None, None, None])?;
    let bad = |problem: &str| LabError::File {
        path: path.into(),
        problem: problem.into(),
    };
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

/// One array of one layer, by step and neuron.
struct Seen<'a> {
    plain: &'a Observations,
    windowed: &'a Observations,
    probe: String,
    /// Number of the layer.
    k: usize,
    /// Whether these are voltages of the readout.
    readout: bool,
}

impl Seen<'_> {
    fn neurons(&self) -> usize {
        self.plain
            .recording(&self.probe)
            .map_or(0, |r| r.neurons.len())
    }

    /// Step by step, neuron by neuron.
    fn words(&self) -> Vec<i32> {
        let (Some(plain), Some(windowed)) = (
            self.plain.recording(&self.probe),
            self.windowed.recording(&self.probe),
        ) else {
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
        let all = (0..STEPS).flat_map(|t| (0..self.neurons()).map(move |neuron| (t, neuron)));
        all.map(|(t, neuron)| row(t).0.get(row(t).1, neuron) - off(t, neuron))
            .collect()
    }
}

/// Where (step, neuron) lies in a file of axes (x, y, c, t), or (neuron, t) if the layer is flat.
fn place(shape: [usize; 3], steps: usize, t: usize, neuron: usize) -> usize {
    let [c, h, w] = shape;
    let (i, j, k) = (neuron / (h * w), neuron / w % h, neuron % w);
    ((k * h + j) * c + i) * steps + t
}

/// The axes of a file.
fn axes(shape: [usize; 3], steps: usize) -> Vec<u64> {
    let [c, h, w] = shape.map(|n| n as u64);
    if h * w == 1 {
        vec![c, steps as u64]
    } else {
        vec![w, h, c, steps as u64]
    }
}

/// A file beside what a layer did, step by step, neuron by neuron.
pub(super) fn against(
    path: &Path,
    name: String,
    shape: [usize; 3],
    words: &[i32],
) -> Result<FileReport, LabError> {
    let neurons = shape.iter().product::<usize>();
    let steps = words.len() / neurons;
    let wanted: Vec<Option<u64>> = axes(shape, steps).into_iter().map(Some).collect();
    let file = data::array(path, &wanted)?.data;
    let mut report = FileReport {
        name,
        compared: 0,
        equal: 0,
        first_difference: None,
    };
    for (i, &found) in words.iter().enumerate() {
        let (step, neuron) = (i / neurons, i % neurons);
        let (found, recorded) = (i64::from(found), file[place(shape, steps, step, neuron)]);
        report.compared += 1;
        if found == recorded {
            report.equal += 1;
        } else if report.first_difference.is_none() {
            report.first_difference = Some(Difference {
                step,
                neuron,
                recorded,
                found,
            });
        }
    }
    Ok(report)
}

/// An array in the layout of the files.
pub(super) fn dumped(name: String, shape: [usize; 3], spikes: bool, words: &[i32]) -> DumpArray {
    let neurons = shape.iter().product::<usize>();
    let steps = words.len() / neurons;
    let mut laid = vec![0; words.len()];
    for (i, &word) in words.iter().enumerate() {
        laid[place(shape, steps, i / neurons, i % neurons)] = word;
    }
    let values = if spikes {
        DumpValues::Bits(laid.into_iter().map(|w| w != 0).collect())
    } else {
        DumpValues::Words(laid)
    };
    DumpArray {
        name,
        shape: axes(shape, steps),
        values,
    }
}

/// Builds, compiles and runs the network, twice.
pub fn run(options: &PilotnetOptions, progress: Progress) -> Result<PilotnetReport, LabError> {
    let folder = folder(options.data.as_deref(), "pilotnet_lif/network.net")?.join("pilotnet_lif");
    let mut net = network(&folder.join("network.net"))?;
    drive(&mut net, &folder.join("image.npy"))?;
    let names: Vec<String> = net.layers.iter().map(|layer| layer.name.clone()).collect();
    let events = kicks(&mut net.netlist, &names);
    let recorded = |name: &str, suffix: &str| {
        Some(folder.join(format!("{name}{suffix}.npy"))).filter(|path| path.exists())
    };
    for (layer, (suffix, register)) in names.iter().flat_map(|n| REGISTERS.map(|r| (n, r))) {
        if options.dump || recorded(layer, suffix).is_some() {
            net.netlist.probe(layer, register);
        }
    }
    let mut chip = load(&net.netlist)?;
    let settings = RunOptions {
        threads: options.threads.max(1),
        ..RunOptions::default()
    };
    let plain = chip.run(STEPS as u64, &SpikeTrain::default(), &settings);
    progress(1, 3);
    let named = events.iter().map(|(step, name)| (*step, name.as_str(), 0));
    let train =
        SpikeTrain::named(chip.program(), named).map_err(|e| LabError::Option(e.to_string()))?;
    chip.reset(0);
    let windowed = chip.run((WINDOW + names.len()) as u64, &train, &settings);
    progress(2, 3);
    let (mut files, mut dump) = (vec![], vec![]);
    for (k, layer) in net.layers.iter().enumerate() {
        for (suffix, register) in REGISTERS {
            let (path, name) = (
                recorded(&layer.name, suffix),
                format!("{}{suffix}", layer.name),
            );
            if !options.dump && path.is_none() {
                continue;
            }
            let readout =
                register == Register::VoltageHardware && is_readout(&net.netlist, &layer.name);
            let probe = format!("{}.{}", layer.name, register.name());
            let words = Seen {
                plain: &plain,
                windowed: &windowed,
                probe,
                k,
                readout,
            }
            .words();
            if let Some(path) = path {
                files.push(against(&path, name.clone(), layer.shape, &words)?);
            }
            if options.dump {
                dump.push(dumped(
                    name,
                    layer.shape,
                    register == Register::Spike,
                    &words,
                ));
            }
        }
    }
    progress(3, 3);
    Ok(PilotnetReport {
        board: BOARD.into(),
        cores: chip.program().cores.len(),
        steps: STEPS,
        compared: files.iter().map(|f| f.compared).sum(),
        equal: files.iter().map(|f| f.equal).sum(),
        per_inference: PerInference::new(&plain.total(), 1),
        files,
        dump,
    })
}

impl fmt::Display for PilotnetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "netx-pilotnet on board {} ({} cores, limits lifted): {} steps of one picture",
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
        write!(f, "{}", self.per_inference)
    }
}
