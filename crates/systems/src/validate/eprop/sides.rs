//! One network on the chip and in float, sequence by sequence.

use super::file::{File, Task};
use crate::eprop::chip::{CARRIED, Rates};
use crate::eprop::show::{LATENCY, present};
use crate::eprop_cue::chip::{self as cue_chip, ByteWeights, ChipCueSettings, Rule};
use crate::eprop_cue::float::{self as cue, CueSettings};
use crate::eprop_evidence::{self, EvidenceOptions, RECALL_STEPS, SynapseVariables, alif_network};
use crate::eprop_pattern::{self, lif_network};
use seamount_chip::{Chip, RunOptions};
use seamount_compile::CompileOptions;
use seamount_network::netlist::{DwRounding, Netlist, Register};
use seamount_reference::Matrix;
use seamount_reference::eprop::{
    Eligibility, EpropNetwork, Feedback, Late, LateInput, LateRule, Psi, Sequence, Target, Weights,
};
use seamount_session::{Failure, build};
use seamount_spec::Board;
use seamount_study::validate::chip::Frame;

/// The projections that learn, and what a report calls their weights.
pub const LAYERS: [(&str, &str); 3] = [
    ("in->rec", "w_in"),
    ("rec->rec", "w_rec"),
    ("rec->out", "w_out"),
];

/// Readouts, spikes and loss of one sequence on one side.
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
    /// Network, task and rule that both sides have.
    pub set: Setup,
}

/// A task on the chip and in float.
pub struct Setup {
    task: Task,
    seed: u64,
    netlist: Netlist,
    /// States that are kept between sequences.
    keep: &'static [&'static str],
    /// Integers of 1.0: weights of each layer, the readout's word `v`, targets.
    weight_units: [f64; 3],
    readout_units: f64,
    error_units: f64,
    /// What the readout of the right class should be; that of the other, its negative.
    target: f64,
    /// What the float side is to compute.
    pub rule: LateRule,
    /// The float network.
    pub network: EpropNetwork,
    /// Its feedback.
    pub feedback: Feedback,
}

impl Setup {
    fn of(file: &File) -> Result<Setup, Failure> {
        match file.task {
            Task::Pattern => Setup::pattern(file),
            Task::Evidence => Setup::evidence(file),
            Task::CueTags => Ok(Setup::cue(file, Rule::Tag)),
            Task::CueTraces => Ok(Setup::cue(file, Rule::Traces)),
        }
    }

    fn pattern(file: &File) -> Result<Setup, Failure> {
        let task = eprop_pattern::float::task(file.seed);
        let asked = Rates {
            recurrent: file.rate_recurrent,
            readout: file.rate_readout,
        };
        let net = lif_network(&task, file.full, asked);
        net.one_pulse.check(asked)?;
        let rates = [net.rates.recurrent, net.rates.recurrent, net.rates.readout];
        let rate_gain = task.network.rate_regularisation / task.network.sequence_steps as f64;
        Ok(Setup {
            task: file.task,
            seed: file.seed,
            keep: CARRIED,
            weight_units: [net.weight_units; 3],
            readout_units: net.readout_units,
            error_units: net.error_units,
            target: 0.0,
            rule: LateRule {
                rates,
                rate_keep: net.rate_keep,
                rate_gain,
                weight_limits: [file.full; 3],
                ..plain(file)
            },
            netlist: net.netlist,
            network: task.network,
            feedback: task.feedback,
        })
    }

    fn evidence(file: &File) -> Result<Setup, Failure> {
        let task = eprop_evidence::float::task(file.seed);
        let EvidenceOptions {
            regularisation,
            target,
            ..
        } = EvidenceOptions::default();
        let asked = Rates {
            recurrent: file.rate_recurrent,
            readout: file.rate_readout,
        };
        let net = alif_network(
            &task,
            file.full,
            asked,
            regularisation,
            SynapseVariables::Two,
        );
        net.one_pulse.check(asked)?;
        let rates = [net.rates.recurrent, net.rates.recurrent, net.rates.readout];
        Ok(Setup {
            task: file.task,
            seed: file.seed,
            keep: CARRIED,
            weight_units: [net.weight_units; 3],
            readout_units: net.readout_units,
            error_units: net.error_units,
            target,
            rule: LateRule {
                rates,
                rate_keep: net.rate_keep,
                rate_gain: regularisation,
                weight_limits: [file.full; 3],
                ..plain(file)
            },
            netlist: net.netlist,
            network: task.network,
            feedback: task.feedback,
        })
    }

    /// The cue network of the lab on drawn weights; its rates are those of its settings, which an
    /// epoch has once.
    fn cue(file: &File, rule: Rule) -> Setup {
        let settings = ChipCueSettings::new(rule);
        let neurons = CueSettings::default().neurons;
        let weights = ByteWeights::drawn(neurons, file.seed);
        let mut netlist = cue_chip::network(&settings, &weights, file.seed);
        netlist.probe_state("out", "v");
        netlist.probe("rec", Register::Spike);
        let network = cue::network(&CueSettings::default(), eprop_evidence::float::STEPS);
        let one = f64::from(cue_chip::ONE);
        let back = Matrix::from_fn(neurons, network.outputs, |j, k| {
            f64::from(weights.output[j][k]) / one
        });
        let units = cue_chip::FINER.map(|finer| f64::from(finer) * one);
        let signal = one * one / f64::from(1u32 << settings.signal_shift);
        let smallest = 1.0 / 128.0;
        let (psi, eligibility, met) = match rule {
            // a tag loses half an epoch, so that it holds twice what an epoch adds; ebar holds 1 /
            // (1 - kappa) of e
            Rule::Tag => {
                let psi = f64::from(settings.psi_max) / network.surrogate_height;
                let held = 2.0 * smallest * psi * f64::from(settings.pre_impulse);
                (
                    Psi::Triangle,
                    Eligibility::Filtered,
                    held * (1.0 - network.decays().kappa),
                )
            }
            Rule::Traces => (
                Psi::StepFrom(network.threshold / 3.0),
                Eligibility::Unfiltered,
                f64::from(settings.psi_max),
            ),
        };
        let an_epoch = [smallest * met * signal, smallest * met * signal, {
            let error = one / f64::from(1u32 << settings.readout_shift);
            smallest * f64::from(settings.readout_impulse) * error
        }];
        let rates = [0, 1, 2].map(|at| an_epoch[at] / f64::from(settings.epoch) / units[at]);
        let readout_limit = Some(f64::from(settings.overshoot_percent) / 100.0);
        let weight_limits = units.map(|units| 256.0 / units);
        Setup {
            task: file.task,
            seed: file.seed,
            netlist,
            keep: &[],
            weight_units: units,
            readout_units: f64::from(cue_chip::READOUT_ONE),
            error_units: one,
            target: f64::from(settings.target) / one,
            rule: LateRule {
                rates,
                psi,
                eligibility,
                readout_limit,
                weight_limits,
                ..plain(file)
            },
            network,
            feedback: Feedback::Random(back),
        }
    }
}

/// The published rule, without a term of the rate.
fn plain(file: &File) -> LateRule {
    LateRule {
        latency_steps: file.latency_steps,
        rates: [0.0; 3],
        psi: Psi::Triangle,
        eligibility: Eligibility::Filtered,
        readout_limit: None,
        rate_keep: 0.0,
        rate_gain: 0.0,
        weight_limits: [f64::INFINITY; 3],
    }
}

impl OnChip {
    /// Compiles and loads the file's network, its updates rounded in some way.
    ///
    /// # Errors
    /// If it does not compile.
    pub fn new(file: &File, rounding: DwRounding) -> Result<OnChip, Failure> {
        let mut set = Setup::of(file)?;
        set.netlist.seed = file.seed;
        let rules = set.netlist.learning_rules.iter_mut();
        rules.for_each(|rule| {
            rule.dw_rounding = rounding;
            file.arithmetic.put(rule);
        });
        let chip = Chip::load(&build(&set.netlist, &CompileOptions::new(Board::loihi2()))?);
        Ok(OnChip { chip, set })
    }

    /// A sequence of the task; pattern generation has one, over and over.
    pub fn sequence(&self, index: u64) -> Sequence {
        match self.set.task {
            Task::Pattern => eprop_pattern::float::sequence(self.set.seed),
            Task::Evidence | Task::CueTags | Task::CueTraces => {
                eprop_evidence::float::sequence(self.set.seed, index)
            }
        }
    }

    /// What the readouts should be, by step; `None` where nothing is asked.
    pub fn targets(&self, sequence: &Sequence) -> Vec<Option<Vec<f64>>> {
        match &sequence.target {
            Target::Signal(signal) => signal.iter().map(|y| Some(vec![*y])).collect(),
            Target::Class(class) => {
                let start = sequence.input.len() - RECALL_STEPS as usize;
                let wanted: Vec<f64> = (0..self.set.network.outputs)
                    .map(|k| {
                        if k == *class {
                            self.set.target
                        } else {
                            -self.set.target
                        }
                    })
                    .collect();
                (0..sequence.input.len())
                    .map(|t| (t >= start).then(|| wanted.clone()))
                    .collect()
            }
        }
    }

    /// Learns from one sequence.
    ///
    /// # Errors
    /// If the task's own input does not fit: our mistake.
    pub fn learn(&mut self, sequence: &Sequence) -> Result<Seen, Failure> {
        let steps = sequence.input.len();
        let train = match &sequence.target {
            Target::Signal(signal) => {
                let targets = eprop_pattern::targets(signal, self.set.error_units);
                present(&self.chip, sequence, targets)?
            }
            Target::Class(_) => {
                let target = (self.set.target * self.set.error_units).round() as i32;
                let targets = eprop_evidence::targets(sequence, target)?;
                present(&self.chip, sequence, targets)?
            }
        };
        let all = steps as u64 + LATENCY;
        let run = self.chip.run(all, &train, &RunOptions::default());
        let v = run.recording("out.v").expect("probed");
        let z = run.recording("rec.spike").expect("probed");
        let y = |t: usize| {
            (0..self.set.network.outputs)
                .map(|k| f64::from(v.get(t + 1, k)) / self.set.readout_units)
                .collect()
        };
        let fired = |t: usize| {
            (0..self.set.network.recurrent_count())
                .filter(|j| z.get(t, *j) != 0)
                .map(|j| j as u32)
                .collect()
        };
        let mut seen = Seen {
            y: (0..steps).map(y).collect(),
            spikes: (0..steps).map(fired).collect(),
            loss: 0.0,
        };
        seen.loss = loss(&seen.y, &self.targets(sequence));
        self.chip.rest(self.set.keep);
        Ok(seen)
    }

    /// All weights, in integers, in the order of the chip's synapses.
    pub fn frame(&self, step: u64) -> Frame {
        let of = |(name, _)| self.learned(name).1.iter().map(|w| f64::from(*w)).collect();
        Frame {
            step,
            variables: LAYERS.map(of),
            ..Frame::default()
        }
    }

    fn learned(&self, projection: &str) -> (Vec<(u32, u32)>, Vec<i32>) {
        self.chip
            .learned(projection)
            .map(|l| (l.ends, l.weights))
            .expect("the network has this projection")
    }

    /// The weights as floats.
    pub fn weights(&self) -> Weights {
        let network = &self.set.network;
        let n = network.recurrent_count();
        let w_in = Matrix::zeros(n, network.inputs);
        let w_rec = Matrix::zeros(n, n);
        let mut weights = Weights {
            w_in,
            w_rec,
            w_out: Matrix::zeros(network.outputs, n),
        };
        for (((name, _), matrix), units) in LAYERS
            .iter()
            .zip(weights.layers_mut())
            .zip(self.set.weight_units)
        {
            let (ends, integers) = self.learned(name);
            for ((pre, post), w) in ends.iter().zip(integers) {
                matrix.set(*post as usize, *pre as usize, f64::from(w) / units);
            }
        }
        weights
    }

    /// Float weights as the chip's frames have theirs, unrounded.
    pub fn frame_of(&self, step: u64, weights: &Weights) -> Frame {
        let layers = weights.layers();
        let of = |at: usize| -> Vec<f64> {
            let (ends, _) = self.learned(LAYERS[at].0);
            ends.iter()
                .map(|(pre, post)| {
                    layers[at].at(*post as usize, *pre as usize) * self.set.weight_units[at]
                })
                .collect()
        };
        Frame {
            step,
            variables: [of(0), of(1), of(2)],
            ..Frame::default()
        }
    }
}

/// One sequence of a float network, from rest; with spikes given, those are fired.
pub fn float(
    late: &mut Late,
    sequence: &Sequence,
    targets: &[Option<Vec<f64>>],
    forced: Option<&[Vec<u32>]>,
) -> Seen {
    late.rest();
    let mut seen = Seen::default();
    for (t, input) in sequence.input.iter().enumerate() {
        let given = LateInput {
            input,
            target: targets[t].as_deref(),
            spikes: forced.map(|f| f[t].as_slice()),
        };
        seen.y.push(late.step(given).to_vec());
        seen.spikes.push(late.spikes().to_vec());
    }
    seen.loss = loss(&seen.y, targets);
    seen
}

fn loss(y: &[Vec<f64>], targets: &[Option<Vec<f64>>]) -> f64 {
    let of = |(y, wanted): (&Vec<f64>, &Vec<f64>)| {
        y.iter()
            .zip(wanted)
            .map(|(y, w)| 0.5 * (y - w).powi(2))
            .sum::<f64>()
    };
    y.iter()
        .zip(targets)
        .filter_map(|(y, target)| Some(of((y, target.as_ref()?))))
        .sum()
}
