//! netx networks on the chip against recordings of Lava: every current, voltage and spike.

use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Netx, Register};
use seamount_network::npy;
use seamount_spec::Board;
use seamount_tests::oracle::Oracle;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A folder of the shared data; absent data skip a test, except in CI.
fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = std::env::var_os("SEAMOUNT_DATA")
        .map_or(default, PathBuf::from)
        .join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{} is absent",
        path.display()
    );
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: {} is absent",
        path.display()
    );
    None
}

/// A recording, its axes put into the order given.
struct Recorded {
    shape: Vec<usize>,
    strides: Vec<usize>,
    data: Vec<i64>,
}

impl Recorded {
    /// `order[i]` is the axis of the file that becomes axis i.
    fn read(path: &Path, order: &[usize]) -> Recorded {
        let array = npy::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lengths: Vec<usize> = array.shape.iter().map(|&length| length as usize).collect();
        let mut strides = vec![1; lengths.len()];
        (0..lengths.len() - 1)
            .rev()
            .for_each(|i| strides[i] = strides[i + 1] * lengths[i + 1]);
        let pick = |list: &[usize]| order.iter().map(|&axis| list[axis]).collect();
        Recorded {
            shape: pick(&lengths),
            strides: pick(&strides),
            data: array.data,
        }
    }

    fn get(&self, index: &[usize]) -> i64 {
        self.data[index
            .iter()
            .zip(&self.strides)
            .map(|(i, stride)| i * stride)
            .sum::<usize>()]
    }

    /// Element `neuron` (row-major over the axes but the last) at time `t`, the last axis.
    fn at(&self, neuron: usize, t: usize) -> i64 {
        let mut rest = neuron;
        let mut index = vec![t];
        for &length in self.shape[..self.shape.len() - 1].iter().rev() {
            index.insert(0, rest % length);
            rest /= length;
        }
        self.get(&index)
    }
}

/// Compiles for eight chips (PilotNet has more compartments than one has), limits of cores aside.
fn load(netlist: &Netlist) -> Chip {
    let board = Board::preset("nahuku8").expect("a preset");
    let options = CompileOptions::new(board)
        .ignoring_limits()
        .refinement_steps(0);
    let compiled = compile(netlist, &options).unwrap_or_else(|error| panic!("{error}"));
    Chip::load(
        &CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Report)
            .expect("a proved image"),
    )
}

fn run(chip: &mut Chip, steps: u64, events: &[(u64, String)]) -> Observations {
    let events = events.iter().map(|(step, name)| (*step, name.as_str(), 0));
    let input = SpikeTrain::named(chip.program(), events).expect("the inputs exist");
    chip.reset(0);
    chip.run(steps, &input, &RunOptions::new().threads(2))
}

/// The recordings let layer k begin with v = 0 at step k (counted from 0), but on a chip all begin
/// at step 0. A kick makes every neuron of layer k spike in step k - 1: v is 0 then, and what those
/// spikes do reaches layer k + 1 before its own kick has an effect. Adds an input for each layer of
/// `layers` but the first; returns the events that kick layer k, in the steps of the chip.
fn kicks(netlist: &mut Netlist, layers: &[String]) -> Vec<(u64, String)> {
    let mut events = vec![];
    for (k, layer) in layers.iter().enumerate().skip(1) {
        let kick = format!("kick-{layer}");
        netlist.input(&kick, 1);
        netlist
            .connect(&kick, layer)
            .all_to_all(255)
            .weight_exponent(6);
        // Step k - 1 counted from 0 is step k of the chip; a spike of the host arrives one later.
        events.push((k as u64 - 1, kick));
    }
    events
}

/// Bias mantissas of an input layer from a picture (x, y, c).
fn drive(net: &mut Netx, path: &Path) {
    let picture = Recorded::read(path, &[2, 1, 0]);
    let [c, y, x] = picture.shape[..] else {
        panic!("no picture")
    };
    let all = (0..c).flat_map(|i| (0..y).flat_map(move |j| (0..x).map(move |k| [i, j, k])));
    assert!(net.set_input_bias(all.map(|index| picture.get(&index) as i16).collect()));
}

#[test]
fn tiny_equals_the_recordings() {
    let Some(folder) = shared("tiny_equals_the_recordings", "lava-netx/tiny") else {
        return;
    };
    let mut net = Netx::read(&folder.join("tiny.net")).unwrap();
    drive(&mut net, &folder.join("input_bias.npy"));
    let layers: Vec<String> = net.layers.iter().map(|layer| layer.name.clone()).collect();
    let events = kicks(&mut net.netlist, &layers);
    for layer in &layers {
        net.netlist.probe(layer, Register::Spike);
    }
    net.netlist.probe("conv-0", Register::Current);
    let seen = run(&mut load(&net.netlist), 17, &events);
    let mut oracle = Oracle::new(&net.netlist);
    let host = |step: u64| {
        events
            .iter()
            .enumerate()
            .filter(|(_, e)| e.0 == step)
            .map(|(i, _)| (i, 0))
            .collect::<Vec<_>>()
    };
    let records: Vec<_> = (1..=17).map(|step| oracle.step(&host(step - 1))).collect();
    // Files are (1, c, y, x, t). SLAYER has no delay between layers: t of layer k, from 1 on, is
    // step t + k of the chip.
    let mut values = 0;
    let files = [
        ("input", "input.spike", 1, 0),
        ("layer1", "conv-0.spike", 1, 1),
        ("output", "conv-1.spike", 1, 2),
        ("current", "conv-0.current", 64, 1),
    ];
    for (file, probe, scale, k) in files {
        let recorded = Recorded::read(&folder.join(format!("{file}.npy")), &[0, 1, 2, 3, 4]);
        let recording = seen.recording(probe).expect("probed");
        for t in 1..16 {
            for neuron in 0..recording.neurons.len() {
                let wanted = scale * recorded.at(neuron, t);
                assert_eq!(
                    i64::from(recording.get(t + k - 1, neuron)),
                    wanted,
                    "{file}, neuron {neuron}, t {t}"
                );
                let cell = records[t + k - 1].cells[k][0][neuron];
                assert_eq!(
                    if scale == 1 {
                        i64::from(cell.spiked)
                    } else {
                        cell.u
                    },
                    wanted,
                    "oracle: {file}, neuron {neuron}, t {t}"
                );
                values += 1;
            }
        }
    }
    println!("tiny: {values} values equal on chip and oracle");
}

/// Steps of a sample and the step after it: a layer is reset so often.
const WINDOW: usize = 17;
const RECORDED_STEPS: usize = 24;

/// The recording resets layer k to v = 0 just before steps k, k + 17, ... (counted from 0). From
/// step k on the run with kicks is the recording until step k + 16; and as nothing else remains,
/// the recording from k + 17 on is the run from k on. Before step k the recording is the run
/// without kicks.
#[test]
fn pilotnet_equals_the_recordings() {
    let Some(folder) = shared("pilotnet_equals_the_recordings", "lava-netx/pilotnet_lif") else {
        return;
    };
    let mut net = Netx::read(&folder.join("network.net")).unwrap();
    drive(&mut net, &folder.join("image.npy"));
    let layers: Vec<String> = net.layers.iter().map(|layer| layer.name.clone()).collect();
    let events = kicks(&mut net.netlist, &layers[..=6]);
    let recorded = ["input", "conv-0", "conv-1", "conv-2", "fc-0"];
    for layer in recorded {
        for register in [
            Register::Spike,
            Register::Current,
            Register::VoltageHardware,
        ] {
            net.netlist.probe(layer, register);
        }
    }
    let mut chip = load(&net.netlist);
    let plain = run(&mut chip, RECORDED_STEPS as u64, &[]);
    let windowed = run(&mut chip, (WINDOW + layers.len()) as u64, &events);
    let mut values = 0u64;
    for (layer, suffix, register) in recorded.iter().flat_map(|layer| {
        [("", "spike"), ("-u", "current"), ("-v", "voltage_hardware")]
            .map(|(suffix, register)| (*layer, suffix, register))
    }) {
        let path = folder.join(format!("{layer}{suffix}.npy"));
        if !path.exists() {
            continue;
        }
        let k = layers
            .iter()
            .position(|name| name == layer)
            .expect("a layer");
        let order: &[usize] = if layer.starts_with("fc") {
            &[0, 1]
        } else {
            &[2, 1, 0, 3]
        };
        let file = Recorded::read(&path, order);
        let probe = format!("{layer}.{register}");
        let plain = plain.recording(&probe).expect("probed");
        let windowed = windowed.recording(&probe).expect("probed");
        let mut wrong = 0;
        for t in 0..RECORDED_STEPS {
            for neuron in 0..plain.neurons.len() {
                let found = if t < k {
                    plain.get(t, neuron)
                } else {
                    windowed.get(k + (t - k) % WINDOW, neuron)
                };
                let wanted = file.at(neuron, t);
                if i64::from(found) != wanted && wrong == 0 {
                    println!(
                        "{layer}{suffix}, neuron {neuron}, step {t}: found {found}, recorded {wanted}"
                    );
                }
                wrong += u64::from(i64::from(found) != wanted);
                values += 1;
            }
        }
        assert_eq!(wrong, 0, "{layer}{suffix}: values that differ");
    }
    println!("pilotnet: {values} values equal");
}
