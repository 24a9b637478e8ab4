//! The network of LIF and ALIF neurons of the evidence task for the chip: two variables a synapse,
//! eps in d as a second tag and the filtered eligibility in t.
//!
//! Beside the units of [`eprop::chip`](crate::eprop::chip): a pulse of y1 stands for psi =
//! [`PSI_PULSE`], which makes `beta psi` the smallest scale that a rule has, 2^-7. The rest
//! follows: d is 2.2 eps, t is ebar / ((1 - kappa) PSI_PULSE). The slow decay of eps (2000 steps,
//! about one trial) is left out: a set of rules has one uk, so that a term every 16 steps cannot
//! stand beside terms of every step.

use crate::eprop::chip::{
    Back, ChipNetwork, Parts, Pulses, Rates, Units, X_IMPULSE, assemble, keep, programmed,
    readouts, written,
};
use crate::eprop::float::EpropTask;
use seamount_network::netlist::{LearningRule, Population, Trace};
use seamount_reference::eprop::EpropNetwork;

/// psi of one pulse of y1.
pub const PSI_PULSE: f64 = 0.45;
/// Integers of the adaptation a of 1.
const A_UNITS: f64 = 8192.0;
/// Share of 4096 of the running rate that a step leaves: a mean over 1024 steps.
const KEEP_RATE: i32 = 4092;

/// What a synapse onto a recurrent neuron keeps beside its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SynapseVariables {
    /// ebar and eps, in t and d.
    Two,
    /// ebar alone, as if no neuron adapted: an ablation.
    One,
}

/// A network of adaptive neurons with unit gain; weights up to `full` are held. `regularisation` is
/// the learning signal of one spike a step above the target rate.
pub fn alif_network(
    task: &EpropTask,
    full: f64,
    rates: Rates,
    regularisation: f64,
    variables: SynapseVariables,
) -> ChipNetwork {
    let network = &task.network;
    let units = Units::new(network, full);
    let back = Back::new(task, &units);
    let signal = back.units * units.error;
    let ebar = (1.0 - network.decays().kappa) * PSI_PULSE;
    let pulses = Pulses::new(network, &units, rates, ebar, signal);
    let parts = Parts {
        name: "e-prop of adaptive neurons on the chip",
        neurons: pulses
            .recurrent()
            .of(neurons(network, &units, regularisation * signal)),
        // errors come in the recall only: `gate` lets them through while there is a target
        readouts: pulses
            .readout()
            .of(readouts(network, &units).parameter("gate", 1)),
        rule: recurrent_rule(network, variables),
        rate_keep: f64::from(KEEP_RATE) / 4096.0,
    };
    assemble(task, &units, &pulses, back, parts)
}

/// Recurrent neurons. `rate_signal` integers of the learning signal are one spike a step too many.
fn neurons(network: &EpropNetwork, units: &Units, rate_signal: f64) -> Population {
    let decays = network.decays();
    let threshold = units.contribution * network.threshold;
    let beta = |b: &f64| (b * units.contribution / A_UNITS * 4096.0).round() as i32;
    let betas: Vec<i32> = network.adaptation_strength.iter().map(beta).collect();
    let rate_steps = 4096.0 / f64::from(4096 - KEEP_RATE);
    let target = (network.rate_target_hz * 1e-3 * rate_steps * A_UNITS).round() as i32;
    let gain = rate_signal / (rate_steps * A_UNITS);
    let psi_one = (PSI_PULSE / network.surrogate_height * threshold).round() as i32;
    programmed("rec", network.recurrent_count(), "eprop_alif_pulses")
        .parameter("keep_v", keep(decays.alpha))
        .parameter("threshold", threshold.round() as i32)
        .parameter("refr_steps", network.refractory_steps as i32)
        .parameter("keep_a", (1_048_576.0 * decays.rho).round() as i32)
        .parameter("a_shift", 20)
        .parameter("a_step", A_UNITS as i32)
        .parameter("beta", betas)
        .parameter("beta_shift", 12)
        .parameter("keep_rate", KEEP_RATE)
        .parameter("rate_offset", -target)
        .parameter("rate_gain", (gain * 1_048_576.0).round() as i32)
        .parameter("rate_shift", 20)
        .parameter("psi_one", psi_one)
        .initial("rate", target)
}

/// Rule of input and recurrent synapses: dd and dt of the adaptive eligibility, 2^-4 16 = 1 for
/// each pulse of y1.
fn recurrent_rule(network: &EpropNetwork, variables: SynapseVariables) -> LearningRule {
    let mut rule = LearningRule::new("recurrent");
    match variables {
        SynapseVariables::Two => {
            rule.d_is_tag = true;
            rule.dd = Some("2^-4*u0*x1*y1 - 2^-7*u0*y1*d".into());
            rule.dt = Some("2^-4*u0*x1*y1 - 2^-7*u0*y1*d - 3*2^-6*u0*t".into());
        }
        SynapseVariables::One => rule.dt = Some("2^-4*u0*x1*y1 - 3*2^-6*u0*t".into()),
    }
    rule.dw = Some("2^-7*u0*y3*t - 2^-7*u0*y2*t".into());
    rule.x1 = Some(Trace::new(X_IMPULSE, network.tau_membrane_ms));
    rule.y1 = written();
    rule.y2 = written();
    rule.y3 = written();
    rule
}
