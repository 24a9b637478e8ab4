//! Workloads for speed: generated networks of integrate-and-fire neurons whose activity comes from
//! a bias each, so that peers with other rounding have the same load.

use crate::lsnn::{LsnnOptions, LsnnSmnist};
use crate::registry::within;
use clap::Args;
use seamount_arith::random::{Key, Purpose};
use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
use seamount_compile::CompileOptions;
use seamount_image::CheckedImage;
use seamount_network::netlist::{CoreSettings, Edges, Netlist, Population, Values};
use seamount_session::{Failure, build};
use seamount_study::Progress;
use seamount_study::ceiling::{self, Ceilings};
use seamount_study::experiment::Experiment;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// Options of a measurement of speed.
#[derive(Debug, Clone, Serialize, Args)]
pub struct BenchOptions {
    /// Which workload
    #[arg(value_parser = ["W1", "W2L", "W3L", "lsnn", "idle"])]
    pub workload: String,
    /// Steps of one repeat
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1000,
        hide_default_value = true,
        value_parser = within!(u64, 1..=1 << 32)
    )]
    pub steps: u64,
    /// Threads that share the cores
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = within!(u16, 1..=1024))]
    pub threads: u16,
    /// How many times to measure
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        hide_default_value = true,
        value_parser = within!(u32, 1..=1000)
    )]
    pub repeats: u32,
}

impl Default for BenchOptions {
    fn default() -> Self {
        BenchOptions {
            workload: "W1".into(),
            steps: 1000,
            threads: 1,
            repeats: 5,
        }
    }
}

/// `seamount bench`: the speed of the emulator. A command of its own, so it is not in the registry.
pub struct Bench;

impl Experiment for Bench {
    const NAME: &'static str = "bench";
    const ABOUT: &'static str = "Measure the speed of the emulator on a standard workload";
    const HELP: &'static str = "\
Example: seamount bench W1 --steps 1000
  W1    one core, 1,024 neurons, 100 synapses each, 1.4 % activity; the memory limit lifted
  W2L   16 full cores, 64 synapses a neuron in 4 destination cores, 2 % activity
  W3L   128 full cores, as W2L
  lsnn  a network of the shape of the lsnn-smnist experiment
  idle  a 128-core chip on which nothing happens";
    type Options = BenchOptions;
    type Report = BenchReport;

    fn run(options: &BenchOptions, progress: Progress) -> Result<BenchReport, Failure> {
        let description = WORKLOADS
            .iter()
            .find(|(name, _)| *name == options.workload)
            .map(|(_, text)| *text);
        let Some(description) = description else {
            let names: Vec<&str> = WORKLOADS.iter().map(|(name, _)| *name).collect();
            return Err(Failure::call(format!(
                "there is no workload '{}'; there are {}",
                options.workload,
                names.join(", ")
            )));
        };
        if options.repeats == 0 || options.steps == 0 {
            return Err(Failure::call("at least one repeat and one step"));
        }
        if options.workload == "lsnn" {
            return lsnn_bench(options, description, progress);
        }
        let clock = Instant::now();
        let netlist = network(&options.workload);
        let generate_s = clock.elapsed().as_secs_f64();
        let neurons = u64::from(netlist.populations[0].size);
        let synapses = netlist
            .projections
            .iter()
            .map(|p| p.edges(&netlist).len() as u64)
            .sum();
        let clock = Instant::now();
        let mut place = CompileOptions::default();
        place.ignore_limits = options.workload == "W1";
        let image = build(&netlist, &place)?;
        drop(netlist);
        let compile_s = clock.elapsed().as_secs_f64();
        let mut report = time(options, &image, progress);
        report.description = description.into();
        report.generate_s = generate_s;
        report.compile_s = compile_s;
        report.neurons = neurons;
        report.synapses = synapses;
        report.activity /= neurons as f64;
        report.breaches = image.breaches().iter().map(ToString::to_string).collect();
        drop(image);
        report.memory_mb = memory_mb();
        if report.synaptic_operations > 0 {
            let ceilings = ceiling::measure();
            let limit = match options.workload.as_str() {
                "W3L" => ceilings.memory_rows_of_16,
                "W2L" => ceilings.l3_rows_of_16,
                _ => ceilings.l2,
            };
            report.fraction_of_ceiling =
                Some(report.msops_best / limit / f64::from(options.threads));
            report.ceilings = Some(ceilings);
        }
        Ok(report)
    }
}

/// Names and descriptions of the workloads.
pub const WORKLOADS: [(&str, &str); 5] = [
    (
        "W1",
        "1 core: 1,024 neurons, 100 random recurrent synapses each, 1.4 % activity; limits \
        reported, not enforced",
    ),
    (
        "W2L",
        "16 full cores: 64 synapses a neuron in 4 destination cores, 2 % activity",
    ),
    ("W3L", "128 full cores, a whole chip: as W2L"),
    ("idle", "128 cores with 131,072 neurons at rest"),
    (
        "lsnn",
        "Intel's sequential-MNIST network on 100 recorded images (needs data)",
    ),
];

/// Sizes, times and rates of a workload.
#[derive(Debug, Clone, Serialize)]
pub struct BenchReport {
    /// Workload.
    pub workload: String,
    /// Description of the workload.
    pub description: String,
    /// Neurons.
    pub neurons: u64,
    /// Synapses.
    pub synapses: u64,
    /// Cores in use.
    pub cores: usize,
    /// Limits of the chip that it breaks; empty if it fits.
    pub breaches: Vec<String>,
    /// Threads.
    pub threads: usize,
    /// Instruction set of the vector kernel.
    pub instruction_set: String,
    /// Steps of a run.
    pub steps: u64,
    /// Seconds to generate the network.
    pub generate_s: f64,
    /// Seconds to compile it.
    pub compile_s: f64,
    /// Seconds to load the image.
    pub load_s: f64,
    /// Seconds of each timed run.
    pub run_s: Vec<f64>,
    /// Spikes per neuron and step.
    pub activity: f64,
    /// Synaptic operations of a run.
    pub synaptic_operations: u64,
    /// Million synaptic operations a second, best run.
    pub msops_best: f64,
    /// Million synaptic operations a second, median run.
    pub msops_median: f64,
    /// Microseconds a step, median run.
    pub step_us: f64,
    /// Steps a second, median run.
    pub steps_per_second: f64,
    /// Largest resident memory of this process, MB; absent where the system does not tell.
    pub memory_mb: Option<f64>,
    /// What the machine can do at all, where it was measured.
    pub ceilings: Option<Ceilings>,
    /// Best rate over the ceiling that fits the workload's rows and size.
    pub fraction_of_ceiling: Option<f64>,
}

struct Workload {
    neurons: u32,
    synapses: u32,
    interval: (f64, f64),
    fan_cores: Option<u32>,
}

/// The generated network of a workload by its name; of an unknown name that of `idle`.
pub fn network(workload: &str) -> Netlist {
    sized(workload).map_or_else(idle, |sizes| sizes.netlist(workload))
}

const CORE: u32 = 1024;
const THRESHOLD: u32 = 1000;
const VOLTAGE_DECAY: u16 = 128;

fn sized(name: &str) -> Option<Workload> {
    let (neurons, synapses, interval, fan_cores) = match name {
        "W1" => (1024, 100, (50.0, 100.0), None),
        "W2L" => (16_384, 64, (40.0, 60.0), Some(4)),
        "W3L" => (131_072, 64, (40.0, 60.0), Some(4)),
        _ => return None,
    };
    Some(Workload {
        neurons,
        synapses,
        interval,
        fan_cores,
    })
}

/// `count` distinct numbers below `below`, ascending (Floyd's algorithm).
fn distinct(key: Key, count: u32, below: u32) -> Vec<u32> {
    let mut chosen: Vec<u32> = Vec::with_capacity(count as usize);
    for (i, top) in (below - count..below).enumerate() {
        let candidate = key.below(i as u64, u64::from(top) + 1) as u32;
        match chosen.binary_search(&candidate) {
            Err(at) => chosen.insert(at, candidate),
            Ok(_) => chosen.push(top),
        }
    }
    chosen
}

impl Workload {
    fn targets(&self, source: u32, key: Key) -> Vec<u32> {
        let Some(fan) = self.fan_cores else {
            return distinct(key, self.synapses, self.neurons);
        };
        let cores = self.neurons / CORE;
        let mut targets = Vec::with_capacity(self.synapses as usize);
        for c in 0..fan {
            let first = (source / CORE + c) % cores * CORE;
            targets.extend(
                distinct(key.part(u64::from(c)), self.synapses / fan, CORE)
                    .iter()
                    .map(|t| first + t),
            );
        }
        targets
    }

    fn netlist(&self, name: &str) -> Netlist {
        let key = Key::new(1, Purpose::Stimulus);
        let mut targets = vec![];
        let mut weights = vec![];
        let mut offsets = vec![0u64];
        for source in 0..self.neurons {
            let key = key.part(u64::from(source));
            targets.extend(self.targets(source, key));
            weights.extend((0..u64::from(self.synapses)).map(|i| {
                let r = key.part(1000).draw(i);
                let magnitude = 2 * (1 + (r >> 32) % 4) as i32;
                if r & 1 == 0 { magnitude } else { -magnitude }
            }));
            offsets.push(targets.len() as u64);
        }
        let draw = |part: u64, n: u32| key.part(u64::MAX - part).draw(u64::from(n));
        let decay = f64::from(VOLTAGE_DECAY) / 4096.0;
        let bias = |n| {
            let uniform = (draw(0, n) >> 11) as f64 / (1u64 << 53) as f64;
            let interval = self.interval.0 + uniform * (self.interval.1 - self.interval.0);
            (f64::from(THRESHOLD) * 64.0 * decay / (1.0 - (1.0 - decay).powf(interval))).round()
                as i16
        };
        let mut net = Netlist::new(name);
        net.add(
            Population::new("neurons", self.neurons)
                .core(CoreSettings {
                    ds_offset: false,
                    ..CoreSettings::default()
                })
                .current_decay(1024)
                .voltage_decay(VOLTAGE_DECAY)
                .threshold_mantissa(THRESHOLD)
                .bias((0..self.neurons).map(bias).collect::<Vec<i16>>(), 0)
                .initial_voltage(
                    (0..self.neurons)
                        .map(|n| (draw(1, n) % u64::from(THRESHOLD * 64)) as i32)
                        .collect::<Vec<_>>(),
                ),
        );
        let edges = Edges {
            offsets: offsets.into(),
            targets: targets.into(),
            weights: weights.into(),
            delays: Values::Shared(0),
        };
        net.connect("neurons", "neurons").lists(edges);
        net
    }
}

fn idle() -> Netlist {
    let mut net = Netlist::new("idle");
    net.add(
        Population::new("neurons", 131_072)
            .current_decay(1024)
            .voltage_decay(128)
            .threshold_mantissa(THRESHOLD),
    );
    net
}

fn time(options: &BenchOptions, image: &CheckedImage, progress: Progress) -> BenchReport {
    let clock = Instant::now();
    let program = Arc::new(ChipProgram::new(image));
    let load_s = clock.elapsed().as_secs_f64();
    let mut chip = Chip::new(Arc::clone(&program));
    let silence = SpikeTrain::default();
    let run_options = RunOptions::new().threads(options.threads.into());
    let mut run_s = vec![];
    let mut total = Default::default();
    for repeat in 0..=options.repeats {
        // run 0 warms caches and is not counted
        chip.reset(0);
        let clock = Instant::now();
        let seen = chip.run(options.steps, &silence, &run_options);
        if repeat > 0 {
            run_s.push(clock.elapsed().as_secs_f64());
        }
        total = seen.total();
        progress(u64::from(repeat) + 1, u64::from(options.repeats) + 1);
    }
    BenchReport {
        cores: program.cores.len(),
        load_s,
        activity: total.spikes as f64 / options.steps as f64,
        ..BenchReport::timed(
            options,
            options.steps,
            run_s,
            total.synaptic_operations as f64,
        )
    }
}

impl BenchReport {
    /// Rates of timed runs of so many steps and synaptic operations each. What the network is and
    /// what came before the runs is for the caller to fill in.
    fn timed(options: &BenchOptions, steps: u64, run_s: Vec<f64>, operations: f64) -> BenchReport {
        let mut sorted = run_s.clone();
        sorted.sort_by(f64::total_cmp);
        let best = sorted[0];
        let median = sorted[sorted.len() / 2];
        BenchReport {
            workload: options.workload.clone(),
            description: String::new(),
            neurons: 0,
            synapses: 0,
            cores: 0,
            breaches: vec![],
            threads: options.threads.into(),
            instruction_set: seamount_chip::instruction_set().into(),
            steps,
            generate_s: 0.0,
            compile_s: 0.0,
            load_s: 0.0,
            activity: 0.0,
            synaptic_operations: operations as u64,
            msops_best: operations / best / 1e6,
            msops_median: operations / median / 1e6,
            step_us: median / steps as f64 * 1e6,
            steps_per_second: steps as f64 / median,
            run_s,
            memory_mb: None,
            ceilings: None,
            fraction_of_ceiling: None,
        }
    }
}

fn lsnn_bench(
    options: &BenchOptions,
    description: &str,
    progress: Progress,
) -> Result<BenchReport, Failure> {
    let lsnn = LsnnOptions {
        threads: Some(options.threads),
        ..LsnnOptions::default()
    };
    let mut run_s = vec![];
    let mut last = LsnnSmnist::run(&lsnn, progress)?;
    for _ in 0..options.repeats {
        last = LsnnSmnist::run(&lsnn, progress)?;
        run_s.push(last.predictions.len() as f64 / last.images_per_second);
    }
    let images = last.predictions.len() as f64;
    let operations = last.synaptic_operations_mean * images;
    let steps = last.steps_per_image * images as u64;
    Ok(BenchReport {
        description: description.into(),
        neurons: 250,
        synapses: 15_775,
        cores: 1,
        activity: last.per_inference.spikes() / 250.0 / last.steps_per_image as f64,
        memory_mb: memory_mb(),
        ..BenchReport::timed(options, steps, run_s, operations)
    })
}

/// Peak resident memory of this process, where the system tells.
pub(crate) fn memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<f64>()
        .ok()
        .map(|kb| kb / 1024.0)
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.workload, self.description)?;
        writeln!(
            f,
            "{} neurons, {} synapses, {} core(s), {} thread(s), {}",
            self.neurons, self.synapses, self.cores, self.threads, self.instruction_set
        )?;
        for breach in &self.breaches {
            writeln!(f, "does not fit the chip: {breach}")?;
        }
        writeln!(
            f,
            "generate {:.2} s, compile {:.2} s, load {:.2} s",
            self.generate_s, self.compile_s, self.load_s
        )?;
        let runs: Vec<String> = self.run_s.iter().map(|s| format!("{s:.4}")).collect();
        writeln!(f, "{} steps in {} s", self.steps, runs.join(", "))?;
        writeln!(
            f,
            "{:.2} % activity, {:.2} us a step, {:.0} steps/s",
            self.activity * 100.0,
            self.step_us,
            self.steps_per_second
        )?;
        write!(
            f,
            "{:.1} million synaptic operations/s best, {:.1} median",
            self.msops_best, self.msops_median
        )?;
        if let Some(c) = &self.ceilings {
            write!(
                f,
                "\nceilings of one thread here, M scatter-adds/s: {:.0} in L2; rows of 16: {:.0} \
                in 4 MB, {:.0} in 32 MB; \
                 64 MB: {:.0} rows of 128, {:.0} rows of 8",
                c.l2,
                c.l3_rows_of_16,
                c.memory_rows_of_16,
                c.memory_rows_of_128,
                c.memory_rows_of_8
            )?;
        }
        if let Some(fraction) = self.fraction_of_ceiling {
            write!(
                f,
                "\nbest rate: {:.0} % of the ceiling of such rows in such memory, per thread",
                fraction * 100.0
            )?;
        }
        if let Some(mb) = self.memory_mb {
            write!(f, "\npeak memory {mb:.0} MB")?;
        }
        Ok(())
    }
}
