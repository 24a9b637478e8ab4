//! The networks on a chip of the Loihi 2 class: a population a layer, all running the shipped
//! program `srnn_scaled`, held against the integer definition word by word.
//!
//! A spike arrives a step after it was fired, so layer k of a pipeline is k steps late and waits so
//! long: step t + k of the chip's layer k is step t of the definition in the paper's order.

use super::integer::{RoundedLayer, RoundedNetwork, RoundedState};
use crate::kept_batch::KeptBatch;
use crate::srnn::float::Order;
use seamount_chip::{Chip, ChipProgram, Column, Observations, RunOptions, SpikeTrain, run_batch};
use seamount_compile::CompileOptions;
use seamount_network::netlist::{Netlist, Population, Programmed, Register, Values};
use seamount_session::{Failure, PerInference, build};
use seamount_spec::{Board, EventCounts, Profile};
use seamount_study::trials::Trials;
use seamount_timing::{Fidelity, Machine, Timer};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// The board: an adapted threshold that is subtracted is more than fixed compartments can do.
pub const BOARD: &str = "loihi2";
const PROGRAM: &str = "srnn_scaled";
const INPUT: &str = "input";
/// Words recorded of a neuron that is held against the integer definition.
const WORDS: [&str; 2] = ["u", "a"];

/// Registers that a run records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SrnnWatch {
    /// Spikes of the last layer.
    Outputs,
    /// Every word and spike of every neuron, which [`SrnnChip::compare`] needs.
    All,
}

/// A network on a chip.
#[derive(Debug, Clone)]
pub struct SrnnChip {
    program: Arc<ChipProgram>,
    integers: RoundedNetwork,
    names: Vec<String>,
    order: Order,
    inputs: usize,
}

/// Results of all samples of a batch, and its events.
#[derive(Debug, Clone)]
pub struct SrnnBatch<R> {
    /// A result for each sample, in order.
    pub results: Vec<R>,
    /// Events of all samples.
    pub counts: EventCounts,
    /// Wall clock, seconds.
    pub seconds: f64,
}

impl<R> SrnnBatch<R> {
    fn new(all: Vec<(R, EventCounts)>, seconds: f64) -> SrnnBatch<R> {
        let mut counts = EventCounts::default();
        all.iter().for_each(|(_, own)| counts += *own);
        SrnnBatch {
            results: all.into_iter().map(|(result, _)| result).collect(),
            counts,
            seconds,
        }
    }
}

fn each(values: impl Iterator<Item = i64>) -> Values<i32> {
    Values::Each(values.map(|v| v as i32).collect::<Vec<i32>>().into())
}

/// Mantissas as even weights, which the formats with a sign hold at their full width.
fn rows(by_source: &[Vec<i32>]) -> Vec<Vec<i32>> {
    by_source
        .iter()
        .map(|row| row.iter().map(|mantissa| 2 * mantissa).collect())
        .collect()
}

fn population(name: &str, layer: &RoundedLayer, wait: usize) -> Population {
    let n = layer.neurons.len() as u32;
    let program = Programmed {
        ports: 2,
        ..Programmed::new(PROGRAM)
    };
    let own_shift = layer
        .recurrent
        .as_ref()
        .and_then(|r| r.shift.first())
        .copied()
        .unwrap_or(0);
    Population::programmed(name, n, program)
        .parameter("keep_u", each(layer.neurons.iter().map(|c| c.keep_u)))
        .parameter("keep_a", each(layer.neurons.iter().map(|c| c.keep_a)))
        .parameter("threshold", each(layer.neurons.iter().map(|c| c.threshold)))
        .parameter("jump", each(layer.neurons.iter().map(|c| c.jump)))
        .parameter("bias", each(layer.neurons.iter().map(|c| c.bias)))
        .parameter(
            "in_shift",
            each(layer.input.shift.iter().map(|shift| i64::from(*shift))),
        )
        .parameter("own_shift", own_shift as i32)
        .initial("a", each(layer.neurons.iter().map(|c| c.adaptation_start)))
        .initial("s", -(wait as i32))
}

/// The network with the layers' names; inputs are graded spikes.
pub fn netlist(
    name: &str,
    integers: &RoundedNetwork,
    names: &[String],
    order: Order,
    watch: SrnnWatch,
) -> Netlist {
    let mut netlist = Netlist::new(name);
    netlist.input(
        INPUT,
        integers
            .layers
            .first()
            .map_or(0, |l| l.input.by_source.len()) as u32,
    );
    let mut source = INPUT;
    for (k, (layer, name)) in integers.layers.iter().zip(names).enumerate() {
        netlist.add(population(
            name,
            layer,
            if order == Order::Late { 0 } else { k },
        ));
        netlist
            .connect(source, name)
            .dense(rows(&layer.input.by_source))
            .weight_exponent(-1);
        if let Some(own) = &layer.recurrent {
            netlist
                .connect(name, &format!("{name}.feedback"))
                .dense(rows(&own.by_source))
                .weight_exponent(-1);
        }
        source = name;
        if watch == SrnnWatch::All || k + 1 == integers.layers.len() {
            netlist.probe(name, Register::Spike);
        }
        if watch == SrnnWatch::All {
            WORDS.iter().for_each(|word| {
                netlist.probe_state(name, word);
            });
        }
    }
    netlist
}

impl SrnnChip {
    /// Compiles a network whose layers see each other a step later: a pipeline, or [`Order::Late`].
    pub fn new(
        name: &str,
        integers: RoundedNetwork,
        names: &[&str],
        order: Order,
        watch: SrnnWatch,
    ) -> Result<SrnnChip, Failure> {
        let order = if order == Order::Late {
            Order::Late
        } else {
            Order::Pipelined
        };
        let names: Vec<String> = names.iter().map(|n| (*n).to_string()).collect();
        let netlist = netlist(name, &integers, &names, order, watch);
        let image = build(&netlist, &CompileOptions::new(Board::loihi2()))?;
        let inputs = integers
            .layers
            .first()
            .map_or(0, |l| l.input.by_source.len());
        Ok(SrnnChip {
            program: Arc::new(ChipProgram::new(&image)),
            integers,
            names,
            order,
            inputs,
        })
    }

    /// The definition that it was made from.
    pub fn integers(&self) -> &RoundedNetwork {
        &self.integers
    }

    /// Steps by which layer `k` is late.
    pub fn lag(&self, k: usize) -> usize {
        if self.order == Order::Late { 0 } else { k }
    }

    /// Steps that a sample of `steps` inputs takes.
    pub fn steps(&self, steps: usize) -> u64 {
        (steps + self.lag(self.names.len() - 1)) as u64
    }

    /// An integer for each input and step, as graded spikes; 0 is none.
    fn train(&self, stimulus: &[i64]) -> SpikeTrain {
        let at = |i: usize| ((i / self.inputs) as u64, (i % self.inputs) as u32);
        let events = stimulus
            .iter()
            .enumerate()
            .filter(|(_, x)| **x != 0)
            .map(|(i, x)| (at(i).0, at(i).1, *x as i32));
        SpikeTrain::default()
            .with_graded(&self.program, events.collect())
            .expect("inputs of the network, of 24 bit")
    }

    /// As [`run`](Self::run), with each sample kept under a name where the experiment keeps its
    /// finished parts.
    ///
    /// # Errors
    /// Kept results of another form.
    pub fn run_kept<R: Send + Serialize + DeserializeOwned>(
        &self,
        name: &str,
        trials: &Trials<'_>,
        samples: usize,
        steps: usize,
        stimulus: impl Fn(usize) -> Vec<i64> + Sync,
        finish: impl Fn(usize, &Observations) -> R + Sync,
    ) -> Result<SrnnBatch<R>, Failure> {
        let clock = Instant::now();
        let batch = KeptBatch {
            name,
            program: &self.program,
            options: &RunOptions::default(),
            steps: self.steps(steps),
        };
        let all = batch.run(
            trials,
            samples,
            |i| self.train(&stimulus(i)),
            |sample, _, seen| (finish(sample, seen), seen.total()),
        )?;
        Ok(SrnnBatch::new(all, clock.elapsed().as_secs_f64()))
    }

    /// Runs so many of the trials: `stimulus(sample)` has an integer for each step and input,
    /// `finish` sees what came of it.
    pub fn run<R: Send>(
        &self,
        trials: &Trials<'_>,
        samples: usize,
        steps: usize,
        stimulus: impl Fn(usize) -> Vec<i64> + Sync,
        finish: impl Fn(usize, &Observations) -> R + Sync,
    ) -> SrnnBatch<R> {
        let clock = Instant::now();
        let done = |sample: usize, _: &Chip, seen: &Observations| {
            trials.finish_one();
            (finish(sample, seen), seen.total())
        };
        let all = run_batch(
            &self.program,
            samples,
            self.steps(steps),
            trials.threads(),
            |i| self.train(&stimulus(i)),
            done,
        );
        SrnnBatch::new(all, clock.elapsed().as_secs_f64())
    }

    /// Cost of an inference: counts of `batch`, and the time of one more run with `stimulus`.
    pub fn cost<R>(
        &self,
        batch: &SrnnBatch<R>,
        steps: usize,
        threads: usize,
        stimulus: &[i64],
    ) -> ChipCost {
        let samples = batch.results.len().max(1);
        let options = RunOptions::new().recorded();
        let seen = Chip::new(Arc::clone(&self.program)).run(
            self.steps(steps),
            &self.train(stimulus),
            &options,
        );
        let time = |profile: &Profile| {
            let mut timer = Timer::new(
                Machine::new(self.program.floorplan(), profile),
                Fidelity::Pipeline,
            )?;
            timer.observe(&seen.record, |_, _| ());
            Some(ModelledTime {
                profile: profile.name.clone(),
                us: timer.ledger.duration_ps as f64 * 1e-6,
            })
        };
        ChipCost {
            board: BOARD.into(),
            cores: seen.cores.len(),
            instructions: batch.counts.microcode_instructions as f64 / samples as f64,
            time: Profile::all().iter().filter_map(time).collect(),
            wall_ms: batch.seconds * 1e3 / samples as f64 * threads.clamp(1, samples) as f64,
            per_inference: PerInference::new(&batch.counts, samples as u64),
        }
    }

    /// Holds a sample against the definition, step by step; a network compiled with
    /// [`SrnnWatch::All`].
    pub fn compare(&self, seen: &Observations, stimulus: &[i64]) -> WordComparison {
        let mut state = self.integers.rest();
        let layers = 0..self.names.len();
        let found = |step, k: usize, state: &[RoundedState]| self.differs(seen, step, k, &state[k]);
        // what waits is at rest
        let mut first = layers
            .clone()
            .find_map(|k| (0..self.lag(k)).find_map(|step| found(step, k, &state)));
        let order = if self.order == Order::Late {
            Order::Late
        } else {
            Order::SameStep
        };
        for (step, input) in stimulus.chunks(self.inputs).enumerate() {
            self.integers.step(input, order, step, &mut state);
            first = first.or_else(|| {
                layers
                    .clone()
                    .find_map(|k| found(step + self.lag(k), k, &state))
            });
        }
        let peak = state.iter().map(|s| s.peak).max().unwrap_or(0);
        WordComparison {
            first,
            peak,
            clipped: state.iter().map(|s| s.clipped).sum(),
        }
    }

    fn differs(
        &self,
        seen: &Observations,
        step: usize,
        layer: usize,
        state: &RoundedState,
    ) -> Option<WordDifference> {
        let name = &self.names[layer];
        let n = state.u.len();
        let row = step * n..(step + 1) * n;
        let at = |neuron: usize, word: &'static str| WordDifference {
            step: step as u64 + 1,
            layer: name.clone(),
            neuron,
            word: word.into(),
        };
        let words = |word: &str| match &seen.recording(&format!("{name}.{word}"))?.values {
            Column::Words(words) => words.get(row.clone()),
            Column::Bits(_) => None,
        };
        for (word, wanted) in WORDS.into_iter().zip([&state.u, &state.a]) {
            let Some(words) = words(word) else {
                return Some(at(0, word));
            };
            if let Some(neuron) = words
                .iter()
                .zip(wanted)
                .position(|(w, wanted)| i64::from(*w) != *wanted)
            {
                return Some(at(neuron, word));
            }
        }
        let Some(spikes) = seen.recording(&format!("{name}.spike")) else {
            return Some(at(0, "spike"));
        };
        let wanted = |j: usize| state.active.binary_search(&(j as u32)).is_ok();
        let neuron = (0..n).find(|j| (spikes.get(step, *j) != 0) != wanted(*j))?;
        Some(at(neuron, "spike"))
    }
}

/// Spikes of a layer that was recorded, in each of `steps` steps from the layer's first on.
pub fn spikes_per_neuron(seen: &Observations, layer: &str, lag: usize, steps: usize) -> Vec<u32> {
    let Some(r) = seen.recording(&format!("{layer}.spike")) else {
        return vec![];
    };
    let n = r.neurons.len();
    let mut counts = vec![0; n];
    if let Column::Bits(bits) = &r.values {
        let own = lag * n..((lag + steps) * n).min(bits.len());
        bits[own].iter_ones().for_each(|at| counts[at % n] += 1);
    }
    counts
}

/// A sample on the chip beside the definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordComparison {
    /// Where they first differ.
    pub first: Option<WordDifference>,
    /// Largest |u| of the definition.
    pub peak: i64,
    /// Sums of the definition that were clipped to 24 bits.
    pub clipped: u64,
}

/// Where the chip is not what the definition says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordDifference {
    /// Step of the chip, from 1.
    pub step: u64,
    /// Layer.
    pub layer: String,
    /// Neuron.
    pub neuron: usize,
    /// Word, or "spike".
    pub word: String,
}

impl fmt::Display for WordDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "step {}: {} of {}[{}]",
            self.step, self.word, self.layer, self.neuron
        )
    }
}

/// Time of an inference by a model.
#[derive(Debug, Clone, Serialize)]
pub struct ModelledTime {
    /// Profile with the latencies.
    pub profile: String,
    /// Microseconds of the first sample. Instructions of programs and graded spikes of the host
    /// have no price and are not in it.
    pub us: f64,
}

/// Board, counts, energy and time of an inference.
#[derive(Debug, Clone, Serialize)]
pub struct ChipCost {
    /// Board it was compiled for.
    pub board: String,
    /// Cores in use.
    pub cores: usize,
    /// Instructions of programs, mean; no profile has a price for them.
    pub instructions: f64,
    /// Time on a chip, as a model has it.
    pub time: Vec<ModelledTime>,
    /// Milliseconds of the emulator, one thread's wall clock.
    pub wall_ms: f64,
    /// Counts and energy.
    pub per_inference: PerInference,
}

impl fmt::Display for ChipCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.per_inference)?;
        writeln!(
            f,
            "  instructions         {:>14.1}   (of programs; no profile has a price for them)",
            self.instructions
        )?;
        for time in &self.time {
            writeln!(
                f,
                "  time on a chip       {:>11.1} us   modelled with {}, without instructions",
                time.us, time.profile
            )?;
        }
        writeln!(
            f,
            "  time of the emulator {:>11.3} ms   one thread",
            self.wall_ms
        )
    }
}
