//! One network on the chip and in float, sequence by sequence.

use super::file::{File, Task};
use crate::LabError;
use crate::build_on;
use crate::onchip::evidence::{self, RECALL_STEPS};
use crate::onchip::{ChipNetwork, EvidenceOptions, Rates, alif, pattern};
use crate::validate::chip::Frame;
use seamount_chip::{Chip, RunOptions};
use seamount_network::netlist::Netlist;
use seamount_reference::network::{Feedback, Network, Sequence, Target, Weights};
use seamount_reference::online::{Late, LateInput, LateRule};
use seamount_reference::tasks;
use seamount_spec::ChipSpec;

/// The projections that learn, and what a report calls their weights.
pub const LAYERS: [(&str, &str); 3] = [("in->rec", "w_in"), ("rec->rec", "w_rec"), ("rec->out", "w_out")];

/// What one sequence gave on one side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// Readouts in float units, `[step][output]`.
    pub y: Vec<Vec<f64>>,
    /// Recurrent neurons that spiked, by step.
    pub spikes: Vec<Vec<u32>>,
    /// Half the squared error, summed over outputs and the steps that have a target.
    pub loss: f64,
}

/// A chip that learns, and what its integers mean.
pub struct OnChip {
    chip: Chip,
    task: Task,
    seed: u64,
    keep: &'static [&'static str],
    weight_units: f64,
    readout_units: f64,
    error_units: f64,
    target: f64,
    /// What the float side is to compute, latency apart.
    pub rule: LateRule,
    /// The float network.
    pub network: Network,
    /// Its feedback.
    pub feedback: Feedback,
    like: Weights,
}

impl OnChip {
    /// Compiles and loads the file's network.
    ///
    /// # Errors
    /// If it does not compile.
    pub fn new(file: &File) -> Result<OnChip, LabError> {
        let rates = Rates { recurrent: file.rate_recurrent, readout: file.rate_readout };
        let rule = |recurrent, readout, rate_keep, rate_gain| LateRule {
            latency_steps: file.latency_steps,
            rate_recurrent: recurrent,
            rate_readout: readout,
            rate_keep,
            rate_gain,
            weight_limit: file.full,
        };
        match file.task {
            Task::Pattern => {
                let task = tasks::pattern::task(file.seed);
                let net = ChipNetwork::new(&task, file.full, rates);
                let gain = task.network.rate_regularisation / task.network.sequence_steps as f64;
                Ok(OnChip {
                    chip: load(net.netlist, file.seed)?,
                    task: file.task,
                    seed: file.seed,
                    keep: &["pulses"],
                    weight_units: net.weight_units,
                    readout_units: net.readout_units,
                    error_units: net.error_units,
                    target: 0.0,
                    rule: rule(net.rates.recurrent, net.rates.readout, net.rate_keep, gain),
                    network: task.network,
                    feedback: task.feedback,
                    like: task.weights,
                })
            }
            Task::Evidence => {
                let task = tasks::evidence::task(file.seed);
                let defaults = EvidenceOptions::default().rates;
                let rates = alif::EvidenceRates { recurrent: rates.recurrent, readout: rates.readout, ..defaults };
                let net = alif::EvidenceNetwork::new(&task, file.full, rates);
                Ok(OnChip {
                    chip: load(net.netlist, file.seed)?,
                    task: file.task,
                    seed: file.seed,
                    keep: &["pulses", "psi_sum"],
                    weight_units: net.weight_units,
                    readout_units: net.readout_units,
                    error_units: net.error_units,
                    target: rates.target,
                    rule: rule(net.rates.recurrent, net.rates.readout, net.rate_keep, rates.regularisation),
                    network: task.network,
                    feedback: task.feedback,
                    like: task.weights,
                })
            }
        }
    }

    /// A sequence of the task; pattern generation has one, over and over.
    pub fn sequence(&self, index: u64) -> Sequence {
        match self.task {
            Task::Pattern => tasks::pattern::sequence(self.seed),
            Task::Evidence => tasks::evidence::sequence(self.seed, index),
        }
    }

    /// What the readouts should be, by step; `None` where nothing is asked.
    pub fn targets(&self, sequence: &Sequence) -> Vec<Option<Vec<f64>>> {
        match &sequence.target {
            Target::Signal(signal) => signal.iter().map(|y| Some(vec![*y])).collect(),
            Target::Class(class) => {
                let start = sequence.input.len() - RECALL_STEPS as usize;
                let wanted: Vec<f64> = (0..self.network.outputs).map(|k| if k == *class { self.target } else { -self.target }).collect();
                (0..sequence.input.len()).map(|t| (t >= start).then(|| wanted.clone())).collect()
            }
        }
    }

    /// Learns from one sequence.
    ///
    /// # Errors
    /// If the task's own input does not fit: our mistake.
    pub fn learn(&mut self, sequence: &Sequence) -> Result<Seen, LabError> {
        let steps = sequence.input.len();
        let train = match &sequence.target {
            Target::Signal(signal) => pattern::present(&self.chip, self.error_units, sequence, signal)?,
            Target::Class(_) => evidence::present(&self.chip, sequence, Some((self.target * self.error_units).round() as i32))?,
        };
        let late = pattern::LATENCY;
        let run = self.chip.run(steps as u64 + late, &train, &RunOptions::default());
        let (v, z) = (run.recording("out.v").expect("probed"), run.recording("rec.spike").expect("probed"));
        let y = |t: usize| (0..self.network.outputs).map(|k| f64::from(v.get(t + 1, k)) / self.readout_units).collect();
        let fired = |t: usize| (0..self.network.recurrent_count()).filter(|j| z.get(t, *j) != 0).map(|j| j as u32).collect();
        let mut seen = Seen { y: (0..steps).map(y).collect(), spikes: (0..steps).map(fired).collect(), loss: 0.0 };
        seen.loss = loss(&seen.y, &self.targets(sequence));
        self.chip.rest(self.keep);
        Ok(seen)
    }

    /// All weights, in integers, in the order of the chip's synapses.
    pub fn frame(&self, step: u64) -> Frame {
        let of = |(name, _)| self.learned(name).1.iter().map(|w| f64::from(*w)).collect();
        Frame { step, variables: LAYERS.map(of), ..Frame::default() }
    }

    fn learned(&self, projection: &str) -> (Vec<(u32, u32)>, Vec<i32>) {
        self.chip.learned(projection).map(|l| (l.ends, l.weights)).expect("the network has this projection")
    }

    /// The weights as floats.
    pub fn weights(&self) -> Weights {
        let mut weights = Weights::zeros_like(&self.like);
        for ((name, _), matrix) in LAYERS.iter().zip(weights.layers_mut()) {
            let (ends, integers) = self.learned(name);
            for ((pre, post), w) in ends.iter().zip(integers) {
                matrix.set(*post as usize, *pre as usize, f64::from(w) / self.weight_units);
            }
        }
        weights
    }

    /// Float weights as the chip's frames have theirs, unrounded.
    pub fn frame_of(&self, step: u64, weights: &Weights) -> Frame {
        let layers = weights.layers();
        let of = |at: usize| -> Vec<f64> {
            let (ends, _) = self.learned(LAYERS[at].0);
            ends.iter().map(|(pre, post)| layers[at].at(*post as usize, *pre as usize) * self.weight_units).collect()
        };
        Frame { step, variables: [of(0), of(1), of(2)], ..Frame::default() }
    }
}

fn load(mut netlist: Netlist, seed: u64) -> Result<Chip, LabError> {
    netlist.seed = seed;
    Ok(Chip::load(&build_on(&netlist, ChipSpec::preset("loihi2"), false)?))
}

/// One sequence of a float network, from rest; with spikes given, those are fired.
pub fn float(late: &mut Late, sequence: &Sequence, targets: &[Option<Vec<f64>>], forced: Option<&[Vec<u32>]>) -> Seen {
    late.rest();
    let mut seen = Seen::default();
    for (t, input) in sequence.input.iter().enumerate() {
        let given = LateInput { input, target: targets[t].as_deref(), spikes: forced.map(|f| f[t].as_slice()) };
        seen.y.push(late.step(given).to_vec());
        seen.spikes.push(late.spikes().to_vec());
    }
    seen.loss = loss(&seen.y, targets);
    seen
}

fn loss(y: &[Vec<f64>], targets: &[Option<Vec<f64>>]) -> f64 {
    let of = |(y, wanted): (&Vec<f64>, &Vec<f64>)| y.iter().zip(wanted).map(|(y, w)| 0.5 * (y - w).powi(2)).sum::<f64>();
    y.iter().zip(targets).filter_map(|(y, target)| Some(of((y, target.as_ref()?)))).sum()
}
