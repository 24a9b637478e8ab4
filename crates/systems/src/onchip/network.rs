//! A float e-prop network (`docs/equations.md` A.1) as a network of programmed neurons.
//!
//! Units: a weight w of the recurrent network is the integer `w * 254 / full`, even, of 8 bits; a
//! membrane is in 64ths of such integers, so that v_th is `254 * 64 * v_th / (zeta full)`. The
//! pseudo-derivative psi has its peak at [`PSI_PEAK`], a trace moves by [`X_IMPULSE`] a spike. The
//! learning signal comes as pulses, which is what makes learning rates far below a weight step
//! possible.

use seamount_network::netlist::{
    LearningRule, Netlist, Population, Precision, Programmed, Register, SignMode, Trace,
};
use seamount_reference::Matrix;
use seamount_reference::eprop::{Feedback, Network};
use seamount_reference::tasks::Task;
use seamount_study::LabError;

/// y1 where the pseudo-derivative is largest.
pub const PSI_PEAK: f64 = 16.0;
/// What a spike adds to x1.
pub const X_IMPULSE: u8 = 16;
/// Largest 8-bit weight with a sign.
pub(super) const WEIGHT_MAX: f64 = 254.0;
/// Units of the error: this many are a readout of 1.
const ERROR_UNITS: f64 = 60.0;
/// dt of the rule takes 2^-5 of the tag away each step.
const TAG_DECAY: f64 = 1.0 / 32.0;
/// dw and dt of the rules have this factor: the smallest there is (LE-002).
const SMALLEST: f64 = 1.0 / 128.0;

/// Learning rates in float units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// eta of input and recurrent weights.
    pub recurrent: f64,
    /// eta of readout weights.
    pub readout: f64,
}

/// The network on the chip and what its integers mean.
#[derive(Debug, Clone)]
pub struct ChipNetwork {
    /// The network.
    pub netlist: Netlist,
    /// Integer weights of 1.0 in input and recurrent projections.
    pub weight_units: f64,
    /// Integers of a readout of 1.0 in the state word `v` of the readout.
    pub readout_units: f64,
    /// Graded units of a target of 1.0.
    pub error_units: f64,
    /// The rates in force: pulses are worth a power of two, so these are the nearest that there are.
    pub rates: Rates,
    /// Which rates there are.
    pub one_pulse: OnePulse,
    /// What a step leaves of the running rate of spikes.
    pub rate_keep: f64,
}

/// Integer weights `[pre][post]`, even, never 0 where there is a synapse.
fn integers(weights: &Matrix, units: f64, skip_diagonal: bool) -> Vec<Vec<i32>> {
    let one = |post: usize, pre: usize| {
        if skip_diagonal && pre == post {
            return 0;
        }
        let w = weights.at(post, pre) * units;
        let even = ((w / 2.0).round() * 2.0).clamp(-256.0, WEIGHT_MAX) as i32;
        match even {
            0 if w < 0.0 => -2,
            0 => 2,
            even => even,
        }
    };
    (0..weights.cols())
        .map(|pre| (0..weights.rows()).map(|post| one(post, pre)).collect())
        .collect()
}

/// Smallest and largest weight that is held if `full` is.
pub fn held(full: f64) -> [f64; 2] {
    [-256.0 / WEIGHT_MAX * full, full]
}

/// How many weights of a task are beyond what is held, and the largest weight's size.
pub fn limited(task: &Task, full: f64) -> (usize, f64) {
    let [least, most] = held(full);
    let all = || {
        [&task.weights.w_in, &task.weights.w_rec, &task.weights.w_out]
            .into_iter()
            .flat_map(|m| m.values())
    };
    (
        all().filter(|w| !(least..=most).contains(*w)).count(),
        all().fold(0.0, |largest, w| w.abs().max(largest)),
    )
}

/// Power of two whose negative exponent is nearest.
pub(super) fn shift(factor: f64) -> i32 {
    (-factor.log2()).round() as i32
}

/// Largest shift with which the sum of a signal, of 24 bits, can come to a pulse.
const SHIFT_MAX: i32 = 22;

/// Rates at which a unit of the signal is a pulse; a network has those from about 2^-22 times these to these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnePulse(pub Rates);

impl OnePulse {
    /// Whether a network has rates, or some within a factor of 1.4 of them.
    ///
    /// # Errors
    /// Those that it has not, with the smallest and the largest.
    pub fn check(&self, asked: Rates) -> Result<(), LabError> {
        let each = [
            ("learning rate", asked.recurrent, self.0.recurrent),
            ("readout rate", asked.readout, self.0.readout),
        ];
        let beyond = each
            .into_iter()
            .filter(|(_, rate, one)| !(0..=SHIFT_MAX).contains(&shift(rate / one)));
        let smallest = f64::from(-SHIFT_MAX).exp2();
        let found: Vec<String> = beyond
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
            Err(LabError::Option(found.join("\n")))
        }
    }
}

/// What becomes of a rate when its `pulses` are replaced by the nearest power of two.
pub(super) fn in_force(rate: f64, pulses: f64) -> f64 {
    rate * f64::from(-shift(pulses)).exp2() / pulses
}

impl ChipNetwork {
    /// LIF networks with the mean squared error; weights up to `full` are held.
    pub fn new(task: &Task, full: f64, rates: Rates) -> ChipNetwork {
        let network = &task.network;
        let decays = network.decays();
        let weight_units = WEIGHT_MAX / full;
        let contribution = weight_units * 64.0;
        let threshold = contribution * network.threshold / decays.zeta_rec;
        let readout_units = contribution / decays.zeta_out;
        let y_shift = (readout_units / ERROR_UNITS).log2().round();
        let error_units = readout_units / y_shift.exp2();
        let symmetric = matches!(task.feedback, Feedback::Symmetric);
        let (back, feedback_units) = feedback(task, symmetric.then_some(weight_units));
        // what the integers of the rule mean: psi, zbar, ebar, L
        let psi = network.surrogate_height / PSI_PEAK;
        let zbar = decays.zeta_rec / f64::from(X_IMPULSE);
        let ebar = psi * zbar * TAG_DECAY / SMALLEST;
        let signal = feedback_units * error_units;
        // dw = -eta L ebar in weight units: pulses of L times SMALLEST times the tag
        let pulses = rates.recurrent * weight_units * ebar / (SMALLEST * signal);
        let readout_trace = decays.zeta_out / f64::from(X_IMPULSE);
        let readout_pulses =
            rates.readout * weight_units * readout_trace / (SMALLEST * error_units);
        let keep = |decay: f64| (4096.0 * decay).round() as i32;
        let mut net = Netlist::new("e-prop on the chip");
        net.input("in", network.inputs as u32);
        net.input("target", network.outputs as u32);
        let two_ports = |name: &str| Programmed {
            ports: 2,
            ..Programmed::new(name)
        };
        let rate = RateTerm::new(network, signal);
        net.add(
            Population::programmed(
                "rec",
                network.recurrent_count() as u32,
                two_ports("eprop_lif_pulses"),
            )
            .parameter("keep_v", keep(decays.alpha))
            .parameter("threshold", threshold.round() as i32)
            .parameter("refr_steps", network.refractory_steps as i32)
            .parameter(
                "psi_gain",
                (PSI_PEAK * 65_536.0 * 16.0 / threshold).round() as i32,
            )
            .parameter("psi_shift", 20)
            .parameter("keep_rate", rate.keep)
            .parameter("rate_step", rate.step)
            .parameter("rate_target", rate.target)
            .parameter("rate_gain", rate.gain)
            .parameter("rate_shift", rate.shift)
            .parameter("pulse_shift", shift(pulses))
            .initial("rate", rate.target),
        );
        net.add(
            Population::programmed("out", network.outputs as u32, two_ports("eprop_readout"))
                .parameter("keep_v", keep(decays.kappa))
                .parameter("y_shift", y_shift as i32)
                .parameter("pulse_shift", shift(readout_pulses)),
        );
        net.rule(recurrent_rule(network))
            .rule(readout_rule(network));
        connect_plastic(&mut net, task, weight_units);
        if symmetric {
            // the host writes these; the rule never changes anything
            let back = back
                .iter()
                .map(|row| {
                    row.iter()
                        .map(|w| if *w == 0 { 2 } else { w & !1 })
                        .collect()
                })
                .collect();
            net.rule(idle_rule());
            let projection = net.connect("out", "rec.feedback").dense(back);
            (projection.precision, projection.learning) = (PLASTIC, Some("idle".into()));
        } else {
            net.connect("out", "rec.feedback").dense(back);
        }
        net.connect("target", "out.feedback").one_to_one(1);
        net.probe_state("out", "v");
        net.probe("rec", Register::Spike);
        let one_pulse = OnePulse(Rates {
            recurrent: rates.recurrent / pulses,
            readout: rates.readout / readout_pulses,
        });
        let rates = Rates {
            recurrent: in_force(rates.recurrent, pulses),
            readout: in_force(rates.readout, readout_pulses),
        };
        let rate_keep = f64::from(rate.keep) / 4096.0;
        ChipNetwork {
            netlist: net,
            weight_units,
            readout_units,
            error_units,
            rates,
            one_pulse,
            rate_keep,
        }
    }
}

/// Synapses that learn: 8 bits with a sign.
const PLASTIC: Precision = Precision::Format {
    sign_mode: SignMode::Mixed,
    weight_bits: 8,
};

/// The three projections that learn, by the rules `recurrent` and `readout`.
pub(super) fn connect_plastic(net: &mut Netlist, task: &Task, weight_units: f64) {
    let weights = [
        (
            "in",
            "rec",
            "recurrent",
            integers(&task.weights.w_in, weight_units, false),
        ),
        (
            "rec",
            "rec",
            "recurrent",
            integers(&task.weights.w_rec, weight_units, true),
        ),
        (
            "rec",
            "out",
            "readout",
            integers(&task.weights.w_out, weight_units, false),
        ),
    ];
    for (source, target, rule, weights) in weights {
        let projection = net.connect(source, target).dense(weights);
        (projection.precision, projection.learning) = (PLASTIC, Some(rule.into()));
    }
}

/// Feedback weights `[readout][neuron]`, and how many of their integers are 1.0: those given, or as
/// many as the largest weight lets there be.
pub(super) fn feedback(task: &Task, symmetric_units: Option<f64>) -> (Vec<Vec<i32>>, f64) {
    let broadcast = task.feedback.broadcast(&task.weights);
    let units = symmetric_units.unwrap_or(WEIGHT_MAX / largest(&broadcast).max(1e-9));
    let one = |j: usize, k: usize| {
        (broadcast.at(j, k) * units)
            .round()
            .clamp(-WEIGHT_MAX, WEIGHT_MAX) as i32
    };
    (
        (0..broadcast.cols())
            .map(|k| (0..broadcast.rows()).map(|j| one(j, k)).collect())
            .collect(),
        units,
    )
}

fn largest(matrix: &Matrix) -> f64 {
    (0..matrix.rows())
        .flat_map(|r| (0..matrix.cols()).map(move |c| (r, c)))
        .map(|at| matrix.at(at.0, at.1).abs())
        .fold(0.0, f64::max)
}

fn recurrent_rule(network: &Network) -> LearningRule {
    let mut rule = LearningRule::new("recurrent");
    rule.dt = Some("2^-7*u0*x1*y1 - 2^-5*u0*t".into());
    rule.dw = Some("2^-7*u0*y3*t - 2^-7*u0*y2*t".into());
    rule.x1 = Some(Trace::new(X_IMPULSE, network.tau_membrane_ms));
    (rule.y1, rule.y2, rule.y3) = (
        Some(Trace::written()),
        Some(Trace::written()),
        Some(Trace::written()),
    );
    rule
}

/// A rule whose only product is always 0, so that weights can be written from outside.
fn idle_rule() -> LearningRule {
    let mut rule = LearningRule::new("idle");
    rule.dw = Some("2^-7*u0*x1*y1".into());
    rule.x1 = Some(Trace::new(0, 1.0));
    rule.y1 = Some(Trace::written());
    rule
}

/// The rule of the readout weights, by pulses of the readout's own error.
pub(super) fn readout_rule(network: &Network) -> LearningRule {
    let mut rule = LearningRule::new("readout");
    rule.dw = Some("2^-7*u0*x1*y3 - 2^-7*u0*x1*y2".into());
    rule.x1 = Some(Trace::new(X_IMPULSE, network.tau_readout_ms));
    (rule.y2, rule.y3) = (Some(Trace::written()), Some(Trace::written()));
    rule
}

/// The term of the rate in the learning signal: c_reg (f - f_target) / T, f a running mean.
struct RateTerm {
    keep: i32,
    step: i32,
    target: i32,
    gain: i32,
    shift: i32,
}

impl RateTerm {
    /// `signal` integers of L are 1.0.
    fn new(network: &Network, signal: f64) -> RateTerm {
        // a running mean over 128 steps in units of 2^-20 spikes a step
        let (keep, units): (i32, f64) = (4064, 1_048_576.0);
        let step = (units * (1.0 - f64::from(keep) / 4096.0)).round() as i32;
        let target = (network.rate_target_hz * 1e-3 * units).round() as i32;
        let factor = network.rate_regularisation / network.sequence_steps as f64 * signal / units;
        let shift = 12;
        RateTerm {
            keep,
            step,
            target,
            gain: (factor * 4096.0).round() as i32,
            shift,
        }
    }
}
