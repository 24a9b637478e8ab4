//! Intel's sequential-MNIST network of LIF and AHP neurons, as recorded on Loihi (Rao, Plank, Wild,
//! Maass, Nature Machine Intelligence 4, 467, 2022; weights and recorded classes of the public
//! NxSDK model). NC-045 and the README beside the data give the rule.

use crate::ahp::TRAINED;
use crate::lsnn_time::{self, LsnnTime};
use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SpikeTrain, run_batch_with};
use seamount_image::Register;
use seamount_network::netlist::{Netlist, Population, Programmed};
use seamount_spec::{Board, EventCounts, Profile};
use seamount_study::data::{self, Mnist, PIXELS};
use seamount_study::measure::PerInference;
use seamount_study::{LabError, Progress, build_on};
use seamount_timing::{Fidelity, Ledger, Machine, Timer};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone)]
pub struct LsnnOptions {
    /// Folder of the network, or of all data; default see [`data::data_folder`].
    pub data: Option<PathBuf>,
    /// Folder of MNIST, if it is not beside the network.
    pub mnist: Option<PathBuf>,
    /// .npy file of indices of test images.
    pub indices: Option<PathBuf>,
    /// The first so many test images.
    pub count: Option<usize>,
    /// Cut the AHP path.
    pub ablate_ahp: bool,
    /// Board; on a programmable one the neurons are programs.
    pub board: String,
    /// Threads that share the images.
    pub threads: usize,
    /// What to know of time.
    pub fidelity: Fidelity,
    /// By which profiles.
    pub profiles: Vec<Profile>,
}

impl Default for LsnnOptions {
    fn default() -> Self {
        LsnnOptions {
            data: None,
            mnist: None,
            indices: None,
            count: None,
            ablate_ahp: false,
            board: "loihi1".into(),
            threads: 1,
            fidelity: Fidelity::Count,
            profiles: Profile::all(),
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct LsnnReport {
    /// Name of the network.
    pub network: String,
    /// Board it was compiled for.
    pub board: String,
    /// Whether the AHP path was cut.
    pub ahp_cut: bool,
    /// Index of each image in the test set.
    pub indices: Vec<usize>,
    /// Class of each image: the output with the highest voltage.
    pub predictions: Vec<u8>,
    /// Digit of each image.
    pub labels: Vec<u8>,
    /// Share of predictions that equal the label.
    pub accuracy: f64,
    /// Share of classes that equal those recorded on Loihi, over the images that were recorded;
    /// none if no such image was run.
    pub recorded_agreement: Option<f64>,
    /// Number of recorded classes that agree.
    pub recorded_agreeing: usize,
    /// Number of images run whose class was recorded.
    pub recorded_images: usize,
    /// Mean spikes of the 240 hidden neurons.
    pub hidden_spikes_mean: f64,
    /// Mean synaptic operations.
    pub synaptic_operations_mean: f64,
    /// Steps of an image.
    pub steps_per_image: u64,
    /// Threads used.
    pub threads: usize,
    /// Images a second, wall clock, all threads.
    pub images_per_second: f64,
    /// Counts and energy.
    pub per_inference: PerInference,
    /// Time by each profile, beside what was recorded; none with fidelity `count`.
    pub time: Vec<LsnnTime>,
}

/// Steps of an image: pixels, then the cue.
pub const STEPS: u64 = 840;
const CUE_PORT: u32 = 79;
const WHITE_PORT: u32 = 78;
const INPUTS: u32 = 80;
const REGULAR: usize = 140;

/// Where the network lies, given `--data`.
fn folder(options: &LsnnOptions) -> Result<PathBuf, LabError> {
    let given = data::data_folder(options.data.as_deref());
    data::find(
        "the network",
        "w_rec.npy",
        &[given.join("loihi-lsnn-smnist"), given],
    )
}

fn mnist_folder(options: &LsnnOptions, network: &Path) -> Result<PathBuf, LabError> {
    let given = data::data_folder(options.data.as_deref());
    let mut folders: Vec<PathBuf> = options.mnist.clone().into_iter().collect();
    folders.extend([
        given.join("mnist"),
        given.join("../mnist"),
        network.join("../mnist"),
        given,
        data::data_folder(None).join("mnist"),
    ]);
    data::find("the MNIST test set", "t10k-images-idx3-ubyte.gz", &folders)
}

/// Where the network and MNIST lie, given the options.
pub(crate) fn places(options: &LsnnOptions) -> Result<(PathBuf, PathBuf), LabError> {
    let network = folder(options)?;
    let mnist = mnist_folder(options, &network)?;
    Ok((network, mnist))
}

/// The after-hyperpolarisation of the adaptive neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahp {
    /// Decay of the auxiliary voltage, of 4096.
    pub decay: u16,
    /// Weight from a neuron to its own auxiliary compartment, taken away; 0 cuts the path.
    pub push: i32,
    /// Exponent of that weight: a spike takes push x 2^(6 + this).
    pub push_exponent: i8,
}

/// The network as a netlist: 80 inputs, 140 LIF and 100 AHP neurons, 10 outputs.
pub fn network(folder: &Path, ahp: Ahp) -> Result<Netlist, LabError> {
    let matrix = |name: &str, rows: u64, columns: u64| -> Result<Vec<Vec<i32>>, LabError> {
        let path = folder.join(name);
        let array = data::array(&path, &[Some(rows), Some(columns)])?;
        let weight = |&w: &i64| {
            let range = (-255..=255).contains(&w);
            if range {
                Ok(w as i32)
            } else {
                Err(LabError::File {
                    path: path.clone(),
                    problem: format!("weight {w} is outside -255..=255"),
                })
            }
        };
        array
            .data
            .chunks(columns as usize)
            .map(|row| row.iter().map(weight).collect())
            .collect()
    };
    let w_in = matrix("w_in.npy", 80, 240)?;
    let w_rec = matrix("w_rec.npy", 240, 240)?;
    let w_out = matrix("w_out.npy", 240, 10)?;
    let part = |rows: &[Vec<i32>], columns: std::ops::Range<usize>| {
        rows.iter()
            .map(|r| r[columns.clone()].to_vec())
            .collect::<Vec<_>>()
    };
    let mut net = Netlist::new("lsnn-smnist");
    net.input("pixels", INPUTS);
    net.add(
        Population::new("regular", 140)
            .current_decay(4095)
            .voltage_decay(204)
            .threshold_mantissa(127),
    );
    net.add(
        Population::ahp("adaptive", 100, ahp.decay)
            .current_decay(4095)
            .voltage_decay(204)
            .threshold_mantissa(508),
    );
    net.add(
        Population::new("output", 10)
            .current_decay(4095)
            .voltage_decay(204)
            .threshold_mantissa((1 << 17) - 1),
    );
    for (source, rows) in [
        ("pixels", &w_in[..]),
        ("regular", &w_rec[..REGULAR]),
        ("adaptive", &w_rec[REGULAR..]),
    ] {
        net.connect(source, "regular").dense(part(rows, 0..REGULAR));
        net.connect(source, "adaptive")
            .dense(part(rows, REGULAR..240))
            .weight_exponent(2);
    }
    net.connect("regular", "output")
        .dense(part(&w_out[..REGULAR], 0..10));
    net.connect("adaptive", "output")
        .dense(part(&w_out[REGULAR..], 0..10));
    if ahp.push != 0 {
        net.connect("adaptive", "adaptive.ahp")
            .one_to_one(-ahp.push)
            .weight_exponent(ahp.push_exponent);
    }
    Ok(net)
}

/// The same network as programs of neurons, for a programmable board: `lif` and `cuba_ahp`, which
/// are the fixed forms bit for bit.
fn as_programs(net: &mut Netlist) {
    let program = |name: &str, size: u32, program: &str, threshold: i32| {
        Population::programmed(name, size, Programmed::new(program))
            .parameter("keep_v", 4096 - 204)
            .parameter("threshold", threshold << 6)
    };
    for population in &mut net.populations {
        let size = population.size;
        *population = match population.name.as_str() {
            "adaptive" => program("adaptive", size, "cuba_ahp", 508)
                .parameter("keep_ahp", 4096 - 5)
                .parameter("jump", -96 * 4),
            "output" => program("output", size, "lif", (1 << 17) - 1),
            name => program(name, size, "lif", 127),
        };
    }
    // the program's own jump stands for the synapse to the auxiliary compartment
    net.projections
        .retain(|p| p.target.compartment() != Some("ahp"));
}

/// Input events of an image: on and off crossings of 38 levels, white, then the cue. An image's
/// event of pixel p is a spike of step p + 1, so that it arrives in step p + 2.
pub fn encode(pixels: &[u8]) -> Vec<(u64, u32)> {
    let mut events = vec![];
    for p in 0..PIXELS {
        let step = p as u64 + 1;
        let now = i32::from(pixels[p]);
        if let Some(&next) = pixels.get(p + 1) {
            for k in 1..=38 {
                let level = k * 255 / 39;
                if now < level && level <= i32::from(next) {
                    events.push((step, 2 * k as u32));
                } else if now >= level && level > i32::from(next) {
                    events.push((step, 2 * k as u32 + 1));
                }
            }
        }
        if pixels[p] == 255 {
            events.push((step, WHITE_PORT));
        }
    }
    events.extend((PIXELS as u64..STEPS).map(|p| (p + 1, CUE_PORT)));
    events
}

struct ImageResult {
    class: u8,
    hidden_spikes: u64,
    counts: EventCounts,
    ledgers: Vec<Ledger>,
}

/// The output with the highest voltage, the first of equals.
pub(crate) fn class(chip: &Chip, voltage: Register) -> u8 {
    let voltages = chip
        .read("output", 0, voltage)
        .expect("the network has outputs");
    (0..voltages.len())
        .rev()
        .max_by_key(|&k| voltages[k])
        .expect("ten outputs") as u8
}

fn judge(chip: &Chip, voltage: Register, seen: &Observations, timers: &[Timer]) -> ImageResult {
    let class = class(chip, voltage);
    let counts = seen.total();
    let outputs = seen.recording("output.spike").map_or(0, |r| r.sum()) as u64;
    // every image from an empty network, so that threads cannot matter
    let time = |timer: &Timer| {
        let mut timer = timer.clone();
        timer.observe(&seen.record, |_, _| ());
        timer.ledger
    };
    ImageResult {
        class,
        hidden_spikes: counts.spikes - outputs,
        counts,
        ledgers: timers.iter().map(time).collect(),
    }
}

/// Which images to run.
fn indices(
    options: &LsnnOptions,
    recorded: &[usize],
    images: usize,
) -> Result<Vec<usize>, LabError> {
    let chosen = match (&options.indices, options.count) {
        (Some(path), count) => {
            let array = data::array(path, &[None])?;
            let index = |&i: &i64| {
                let problem = || format!("index {i} is outside 0..{images}");
                usize::try_from(i)
                    .ok()
                    .filter(|i| *i < images)
                    .ok_or_else(|| LabError::File {
                        path: path.clone(),
                        problem: problem(),
                    })
            };
            let all: Vec<usize> = array.data.iter().map(index).collect::<Result<_, _>>()?;
            all[..count.unwrap_or(all.len()).min(all.len())].to_vec()
        }
        (None, Some(count)) if count > images => {
            return Err(LabError::Option(format!(
                "--count {count}: the test set has {images} images"
            )));
        }
        (None, Some(count)) => (0..count).collect(),
        (None, None) => recorded.to_vec(),
    };
    if chosen.is_empty() {
        Err(LabError::Option("no images to run".into()))
    } else {
        Ok(chosen)
    }
}

fn recorded(folder: &Path, images: usize) -> Result<(Vec<usize>, Vec<u8>), LabError> {
    let path = folder.join("test_index_100.npy");
    let index = data::array(&path, &[None])?.data;
    let class = data::array(
        &folder.join("expected_class_100.npy"),
        &[Some(index.len() as u64)],
    )?
    .data;
    let bad = |i: i64| LabError::File {
        path: path.clone(),
        problem: format!("index {i} is outside 0..{images}"),
    };
    let index = index.iter().map(|&i| {
        usize::try_from(i)
            .ok()
            .filter(|i| *i < images)
            .ok_or_else(|| bad(i))
    });
    Ok((
        index.collect::<Result<_, _>>()?,
        class.iter().map(|&c| c.clamp(0, 255) as u8).collect(),
    ))
}

/// Builds, compiles and runs the network.
pub fn run(options: &LsnnOptions, progress: Progress) -> Result<LsnnReport, LabError> {
    let folder = folder(options)?;
    let mnist = Mnist::test_set(&mnist_folder(options, &folder)?)?;
    let (recorded_index, recorded_class) = recorded(&folder, mnist.labels.len())?;
    let indices = indices(options, &recorded_index, mnist.labels.len())?;
    let mut net = network(
        &folder,
        Ahp {
            push: if options.ablate_ahp { 0 } else { TRAINED.push },
            ..TRAINED
        },
    )?;
    let board = Board::preset(&options.board)
        .ok_or_else(|| LabError::Option(format!("there is no board '{}'", options.board)))?;
    let programmable = board.programs.is_some();
    if programmable {
        if options.ablate_ahp {
            return Err(LabError::Option(
                "the AHP path is cut on boards with fixed neurons only".into(),
            ));
        }
        as_programs(&mut net);
    }
    net.probe("output", seamount_network::netlist::Register::Spike);
    let image = build_on(&net, Some(board), false)?;
    // word 1 of the program `lif` is v
    let voltage = if programmable {
        Register::State(1)
    } else {
        Register::Voltage
    };
    let program = Arc::new(ChipProgram::new(&image));
    let plan = program.floorplan();
    let timers: Vec<Timer> = options
        .profiles
        .iter()
        .filter_map(|p| Timer::new(Machine::new(plan.clone(), p), options.fidelity))
        .collect();
    let run_options = RunOptions {
        record: options.fidelity != Fidelity::Count,
        ..RunOptions::default()
    };
    let (done, total) = (AtomicU64::new(0), indices.len() as u64);
    let start = Instant::now();
    let results = run_batch_with(
        &run_options,
        &program,
        indices.len(),
        STEPS,
        options.threads,
        |sample| SpikeTrain::new(&program, encode(mnist.image(indices[sample]))).expect("80 ports"),
        |_, chip, seen| {
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            judge(chip, voltage, seen, &timers)
        },
    );
    let seconds = start.elapsed().as_secs_f64();
    let labels: Vec<u8> = indices.iter().map(|&i| mnist.labels[i]).collect();
    let right = results
        .iter()
        .zip(&labels)
        .filter(|(r, l)| r.class == **l)
        .count();
    let known = |i: &usize| {
        recorded_index
            .iter()
            .position(|r| r == i)
            .map(|at| recorded_class[at])
    };
    let pairs: Vec<(u8, u8)> = indices
        .iter()
        .zip(&results)
        .filter_map(|(i, r)| Some((known(i)?, r.class)))
        .collect();
    let agreeing = pairs.iter().filter(|(a, b)| a == b).count();
    let mut counts = EventCounts::default();
    results.iter().for_each(|r| counts += r.counts);
    let per_inference = PerInference::new(&counts, total);
    Ok(LsnnReport {
        network: net.name,
        board: image.spec().name.clone(),
        ahp_cut: options.ablate_ahp,
        predictions: results.iter().map(|r| r.class).collect(),
        accuracy: right as f64 / total as f64,
        recorded_agreement: (!pairs.is_empty()).then(|| agreeing as f64 / pairs.len() as f64),
        recorded_agreeing: agreeing,
        recorded_images: pairs.len(),
        hidden_spikes_mean: results.iter().map(|r| r.hidden_spikes).sum::<u64>() as f64
            / total as f64,
        synaptic_operations_mean: per_inference.synaptic_operations,
        steps_per_image: STEPS,
        threads: options.threads,
        images_per_second: total as f64 / seconds,
        labels,
        indices,
        time: lsnn_time::of(
            &timers,
            &results.iter().map(|r| &r.ledgers[..]).collect::<Vec<_>>(),
            &counts,
            total,
        ),
        per_inference,
    })
}

impl fmt::Display for LsnnReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.predictions.len();
        writeln!(
            f,
            "lsnn-smnist on board {}: 80 inputs, 140 LIF + 100 AHP neurons, 10 outputs",
            self.board
        )?;
        if self.ahp_cut {
            writeln!(f, "the AHP path is cut")?;
        }
        if total <= 100 {
            let classes: Vec<String> = self.predictions.iter().map(u8::to_string).collect();
            writeln!(f, "classes   {}", classes.join(" "))?;
        }
        let right = (self.accuracy * total as f64).round();
        writeln!(
            f,
            "accuracy  {:.2} %  ({right} of {total} images)",
            self.accuracy * 100.0
        )?;
        if self.recorded_images > 0 {
            writeln!(
                f,
                "as recorded on Loihi: {} of {} classes",
                self.recorded_agreeing, self.recorded_images
            )?;
        }
        writeln!(f, "hidden spikes an image: {:.2}", self.hidden_spikes_mean)?;
        writeln!(f, "{}", self.per_inference)?;
        for time in &self.time {
            write!(f, "{time}")?;
        }
        write!(
            f,
            "{:.1} images/s on {} thread(s), {} steps each",
            self.images_per_second, self.threads, self.steps_per_image
        )
    }
}
