//! An e-prop network (`docs/equations.md` A.1) as a netlist of programmed neurons and synapses that
//! learn.
//!
//! Units. A weight w is the integer `w * 254 / full`, even, of 8 bits with a sign; a membrane is in
//! 64ths of such integers. The presynaptic trace x1 moves by [`X_IMPULSE`] a
//! spike, or less. The smallest factor that a rule has is 2^-7 (LE-002), while learning rates are
//! far below a weight's step: so the learning signal comes as *pulses*. In each step a neuron's
//! program draws how many it hands to the engine, right in the mean: the signal times a factor,
//! `pulse_gain / 2^pulse_shift` (fragment `stochastic_pulses`). That factor is the nearest such
//! fraction to the rate that was asked for, and [`ChipNetwork`] says which rate that is.
//!
//! What LIF and ALIF neurons differ in (program, rule of the recurrent synapses, what psi stands
//! for) is in the systems that have them.

use super::control::rewritable;
use super::float::EpropTask;
use seamount_network::netlist::{
    LearningRule, Netlist, Population, Precision, Programmed, Register, SignMode, Trace,
};
use seamount_reference::Matrix;
use seamount_reference::eprop::{EpropNetwork, Feedback};
use seamount_session::Failure;
use serde::Serialize;

/// Amount by which a spike moves x1, unless a network says otherwise.
pub const X_IMPULSE: u8 = 16;
/// State words that a rest between sequences leaves: the running rate of spikes is a mean over
/// more than a sequence. Begun anew each time it follows single spikes, and these are not
/// independent of the eligibility that they meet.
pub(crate) const CARRIED: &[&str] = &["rate"];
/// Largest 8-bit weight with a sign.
pub(crate) const WEIGHT_MAX: f64 = 254.0;
/// Smallest factor of a product in a rule (LE-002).
pub(crate) const SMALLEST: f64 = 1.0 / 128.0;
/// Units of the error: about this many are a readout of 1.
const ERROR_UNITS: f64 = 60.0;
/// Largest power of two that a pulse can stand for, and largest gain of a signal before it.
const SHIFT_MAX: i32 = 23;
const GAIN_MAX: f64 = 127.0;

/// Synapses that learn: 8 bits with a sign.
pub(super) const PLASTIC: Precision = Precision::Format {
    sign_mode: SignMode::Mixed,
    weight_bits: 8,
};

/// Learning rates, eta of the float rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rates {
    /// eta of input and recurrent weights.
    pub recurrent: f64,
    /// eta of readout weights.
    pub readout: f64,
}

/// A network for the chip, and what its integers mean.
#[derive(Debug, Clone)]
pub struct ChipNetwork {
    /// Inputs `in` and `target`, populations `rec` and `out`, probes of `out.v` and `rec.spike`.
    pub netlist: Netlist,
    /// Integer weights of 1.0 in the projections that learn.
    pub weight_units: f64,
    /// Integers of a readout of 1.0 in the state word `v` of the readout.
    pub readout_units: f64,
    /// Graded units of a target of 1.0.
    pub error_units: f64,
    /// Rates in force, the nearest to those asked for that pulses give.
    pub rates: Rates,
    /// Range of rates that this network could have.
    pub one_pulse: OnePulse,
    /// Share of the running rate of spikes that a step leaves.
    pub rate_keep: f64,
}

/// Rates at which one unit of the signal is one pulse. A network has rates from 2^-23 times these
/// up to these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnePulse(pub Rates);

impl OnePulse {
    /// Checks that a network has these rates.
    ///
    /// # Errors
    /// Every rate that it does not have, with the smallest and the largest.
    pub fn check(&self, asked: Rates) -> Result<(), Failure> {
        let each = [
            ("learning rate", asked.recurrent, self.0.recurrent),
            ("readout rate", asked.readout, self.0.readout),
        ];
        let smallest = f64::from(-SHIFT_MAX).exp2();
        let found: Vec<String> = each
            .into_iter()
            .filter(|(_, rate, one)| !(smallest..=1.0).contains(&(rate / one)))
            .map(|(name, rate, one)| {
                format!(
                    "{name} {rate:.2e}: this network has {:.2e} to {one:.2e}",
                    one * smallest
                )
            })
            .collect();
        if found.is_empty() {
            Ok(())
        } else {
            Err(Failure::call(found.join("\n")))
        }
    }
}

/// Integers of 1.0, for each quantity of a network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Units {
    /// Weights of the projections that learn.
    pub weight: f64,
    /// What a synapse of weight 1.0 adds to a membrane.
    pub contribution: f64,
    /// State word `v` of a readout.
    pub readout: f64,
    /// Power of two between the readout's word and the error.
    pub y_shift: i32,
    /// Error, and with it targets.
    pub error: f64,
}

impl Units {
    /// Units of a network whose weights up to `full` are held.
    pub fn new(network: &EpropNetwork, full: f64) -> Units {
        let weight = WEIGHT_MAX / full;
        let contribution = weight * 64.0;
        let readout = contribution / network.decays().zeta_out;
        let y_shift = (readout / ERROR_UNITS).log2().round();
        Units {
            weight,
            contribution,
            readout,
            y_shift: y_shift as i32,
            error: readout / y_shift.exp2(),
        }
    }
}

/// Pulses of a signal of 1, before they are rounded to what programs have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pulses {
    asked: Rates,
    recurrent: f64,
    readout: f64,
}

impl Pulses {
    /// Pulses that give `rates`, if a tag of 1 stands for `ebar` and `signal` integers are L = 1.
    ///
    /// dw = -eta L ebar in weight units has to be: pulses of L, times SMALLEST, times the tag.
    pub fn new(
        network: &EpropNetwork,
        units: &Units,
        rates: Rates,
        ebar: f64,
        signal: f64,
    ) -> Pulses {
        let readout_trace = network.decays().zeta_out / f64::from(X_IMPULSE);
        Pulses {
            asked: rates,
            recurrent: rates.recurrent * units.weight * ebar / (SMALLEST * signal),
            readout: rates.readout * units.weight * readout_trace / (SMALLEST * units.error),
        }
    }

    /// Parameters of the recurrent neurons' pulses.
    pub fn recurrent(&self) -> PulseFactor {
        PulseFactor::nearest(self.recurrent)
    }

    /// Parameters of the readouts' pulses.
    pub fn readout(&self) -> PulseFactor {
        PulseFactor::nearest(self.readout)
    }

    fn one_pulse(&self) -> OnePulse {
        OnePulse(Rates {
            recurrent: self.asked.recurrent / self.recurrent,
            readout: self.asked.readout / self.readout,
        })
    }

    fn in_force(&self) -> Rates {
        Rates {
            recurrent: self.asked.recurrent * self.recurrent().value() / self.recurrent,
            readout: self.asked.readout * self.readout().value() / self.readout,
        }
    }
}

/// Pulses of a signal of 1 as programs have them: `gain / 2^shift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PulseFactor {
    gain: i32,
    shift: i32,
}

impl PulseFactor {
    /// The nearest to `pulses`: with the largest gain that there is.
    fn nearest(pulses: f64) -> PulseFactor {
        let shift = (GAIN_MAX / pulses).log2().floor();
        let shift = shift.clamp(0.0, f64::from(SHIFT_MAX));
        PulseFactor {
            gain: (pulses * shift.exp2()).round().clamp(1.0, GAIN_MAX) as i32,
            shift: shift as i32,
        }
    }

    fn value(self) -> f64 {
        f64::from(self.gain) * f64::from(-self.shift).exp2()
    }

    /// Neurons whose signal comes in these pulses.
    pub fn of(self, neurons: Population) -> Population {
        neurons
            .parameter("pulse_shift", self.shift)
            .parameter("pulse_gain", self.gain)
    }
}

/// Feedback weights for the chip.
pub(crate) struct Back {
    /// Integers `[readout][neuron]`.
    pub weights: Vec<Vec<i32>>,
    /// Integers of 1.0.
    pub units: f64,
    /// Whether the host rewrites them while the network learns, as symmetric feedback asks for.
    rewritten: bool,
}

impl Back {
    /// Feedback of a task. Where it is symmetric its integers are the readout weights'; else they
    /// are scaled so that the largest is [`WEIGHT_MAX`].
    pub fn new(task: &EpropTask, units: &Units) -> Back {
        let broadcast = task.feedback.broadcast(&task.weights);
        let rewritten = matches!(task.feedback, Feedback::Symmetric);
        let units = if rewritten {
            units.weight
        } else {
            let largest = broadcast
                .values()
                .iter()
                .fold(0.0, |m: f64, w| m.max(w.abs()));
            WEIGHT_MAX / largest.max(1e-9)
        };
        let integer = |j: usize, k: usize| {
            let w = (broadcast.at(j, k) * units).round();
            w.clamp(-WEIGHT_MAX, WEIGHT_MAX) as i32
        };
        let to_neurons = |k| (0..broadcast.rows()).map(|j| integer(j, k)).collect();
        Back {
            weights: (0..broadcast.cols()).map(to_neurons).collect(),
            units,
            rewritten,
        }
    }
}

/// Parts of a network that depend on the kind of its neurons.
pub(crate) struct Parts {
    /// Name of the netlist.
    pub name: &'static str,
    /// Population `rec`.
    pub neurons: Population,
    /// Population `out`.
    pub readouts: Population,
    /// Rule `recurrent`, of input and recurrent synapses.
    pub rule: LearningRule,
    /// Share of the running rate of spikes that a step leaves.
    pub rate_keep: f64,
}

/// Puts a network together: populations, projections that learn, feedback, targets, probes.
pub(crate) fn assemble(
    task: &EpropTask,
    units: &Units,
    pulses: &Pulses,
    back: Back,
    parts: Parts,
) -> ChipNetwork {
    let network = &task.network;
    let mut net = Netlist::new(parts.name);
    net.input("in", network.inputs as u32);
    net.input("target", network.outputs as u32);
    net.add(parts.neurons);
    net.add(parts.readouts);
    net.rule(parts.rule).rule(readout_rule(network));
    connect_plastic(&mut net, task, units.weight);
    connect_back(&mut net, back);
    net.connect("target", "out.feedback").one_to_one(1);
    net.probe_state("out", "v");
    net.probe("rec", Register::Spike);
    ChipNetwork {
        netlist: net,
        weight_units: units.weight,
        readout_units: units.readout,
        error_units: units.error,
        rates: pulses.in_force(),
        one_pulse: pulses.one_pulse(),
        rate_keep: parts.rate_keep,
    }
}

/// Neurons of a program with a second port, `feedback`.
pub(crate) fn programmed(name: &str, count: usize, program: &str) -> Population {
    let program = Programmed {
        ports: 2,
        ..Programmed::new(program)
    };
    Population::programmed(name, count as u32, program)
}

/// Share of 4096 that a step of a leak leaves.
pub(crate) fn keep(decay: f64) -> i32 {
    (4096.0 * decay).round() as i32
}

/// Readouts, but for the parameters of their pulses.
pub(crate) fn readouts(network: &EpropNetwork, units: &Units) -> Population {
    programmed("out", network.outputs, "eprop_readout")
        .parameter("keep_v", keep(network.decays().kappa))
        .parameter("y_shift", units.y_shift)
}

/// Connects what learns: inputs and neurons by the rule `recurrent`, readouts by the rule
/// `readout`.
fn connect_plastic(net: &mut Netlist, task: &EpropTask, units: f64) {
    let w = &task.weights;
    let projections = [
        ("in", "rec", "recurrent", integers(&w.w_in, units, false)),
        ("rec", "rec", "recurrent", integers(&w.w_rec, units, true)),
        ("rec", "out", "readout", integers(&w.w_out, units, false)),
    ];
    for (source, target, rule, weights) in projections {
        let projection = net.connect(source, target).dense(weights);
        projection.precision = PLASTIC;
        projection.learning = Some(rule.into());
    }
}

/// Connects the feedback, such that the host can rewrite it where that is asked for.
fn connect_back(net: &mut Netlist, back: Back) {
    net.connect("out", "rec.feedback").dense(back.weights);
    if back.rewritten {
        rewritable(net);
    }
}

/// Integer weights `[pre][post]`, even, never 0 where there is a synapse: one of 0 would not be
/// stored and could not learn.
fn integers(weights: &Matrix, units: f64, skip_diagonal: bool) -> Vec<Vec<i32>> {
    let one = |post: usize, pre: usize| {
        if skip_diagonal && pre == post {
            return 0;
        }
        let w = weights.at(post, pre) * units;
        match ((w / 2.0).round() * 2.0).clamp(-256.0, WEIGHT_MAX) as i32 {
            0 if w < 0.0 => -2,
            0 => 2,
            even => even,
        }
    };
    let to_targets = |pre| (0..weights.rows()).map(|post| one(post, pre)).collect();
    (0..weights.cols()).map(to_targets).collect()
}

/// Smallest and largest weight that is held if `full` is.
pub fn held(full: f64) -> [f64; 2] {
    [-256.0 / WEIGHT_MAX * full, full]
}

/// Number of weights of a task beyond what is held, and the size of the largest weight.
pub fn limited(task: &EpropTask, full: f64) -> (usize, f64) {
    let [least, most] = held(full);
    let all = || task.weights.layers().into_iter().flat_map(Matrix::values);
    (
        all().filter(|w| !(least..=most).contains(*w)).count(),
        all().fold(0.0, |largest, w| w.abs().max(largest)),
    )
}

/// The trace of a variable that programs write: y1, y2 and y3 of neurons and readouts.
pub(crate) fn written() -> Option<Trace> {
    Some(Trace::written())
}

/// Rule of the readout weights: pulses of the readout's own error times the filtered spikes.
fn readout_rule(network: &EpropNetwork) -> LearningRule {
    let mut rule = LearningRule::new("readout");
    rule.dw = Some("2^-7*u0*x1*y3 - 2^-7*u0*x1*y2".into());
    rule.x1 = Some(Trace::new(X_IMPULSE, network.tau_readout_ms));
    rule.y2 = written();
    rule.y3 = written();
    rule
}
