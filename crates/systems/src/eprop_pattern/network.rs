//! The LIF network of the pattern task for the chip.
//!
//! Beside the units of [`eprop::chip`](crate::eprop::chip): the threshold v_th is
//! `254 * 64 * v_th / (zeta full)` in membranes, and the pseudo-derivative psi has its peak at
//! [`PSI_PEAK`]. The tag holds the filtered eligibility ebar.

use crate::eprop::chip::{
    Back, ChipNetwork, Parts, Pulses, Rates, SMALLEST, Units, assemble, keep, programmed, readouts,
    written,
};
use crate::eprop::float::EpropTask;
use seamount_network::netlist::{LearningRule, Population, Trace};
use seamount_reference::eprop::EpropNetwork;

/// y1 where the pseudo-derivative is largest.
pub const PSI_PEAK: f64 = 16.0;
/// Amount by which a spike moves x1 of recurrent synapses. The smaller it is, the smaller are tags
/// and with them what one pulse of the learning signal does; pulses that come seldom are noise
/// that all synapses of a neuron share.
const X_STEP: u8 = 4;
/// Share of the tag that a step takes away: 2^-5, as the rule has it.
const TAG_DECAY: f64 = 1.0 / 32.0;

/// A network of LIF neurons with the mean squared error; weights up to `full` are held.
pub fn lif_network(task: &EpropTask, full: f64, rates: Rates) -> ChipNetwork {
    let network = &task.network;
    let decays = network.decays();
    let units = Units::new(network, full);
    let back = Back::new(task, &units);
    // what the integers of the rule mean: psi, zbar, ebar, L
    let psi = network.surrogate_height / PSI_PEAK;
    let zbar = decays.zeta_rec / f64::from(X_STEP);
    let ebar = psi * zbar * TAG_DECAY / SMALLEST;
    let signal = back.units * units.error;
    let pulses = Pulses::new(network, &units, rates, ebar, signal);
    let rate = RateTerm::new(network, signal);
    let parts = Parts {
        name: "e-prop on the chip",
        neurons: pulses
            .recurrent()
            .of(neurons(network, &units, &rate))
            .initial("rate", rate.target),
        readouts: pulses.readout().of(readouts(network, &units)),
        rule: recurrent_rule(network),
        rate_keep: f64::from(rate.keep) / 4096.0,
    };
    assemble(task, &units, &pulses, back, parts)
}

/// Recurrent neurons, but for the parameters of their pulses and the initial rate.
fn neurons(network: &EpropNetwork, units: &Units, rate: &RateTerm) -> Population {
    let decays = network.decays();
    let threshold = units.contribution * network.threshold / decays.zeta_rec;
    let psi_gain = (PSI_PEAK * 65_536.0 * 16.0 / threshold).round() as i32;
    // half a unit of psi in units of the membrane: cut off, eligibility was 6 % too small
    let psi_round = (threshold / PSI_PEAK / 2.0).round() as i32;
    programmed("rec", network.recurrent_count(), "eprop_lif_pulses")
        .parameter("keep_v", keep(decays.alpha))
        .parameter("threshold", threshold.round() as i32)
        .parameter("refr_steps", network.refractory_steps as i32)
        .parameter("psi_gain", psi_gain)
        .parameter("psi_shift", 20)
        .parameter("psi_round", psi_round)
        .parameter("keep_rate", rate.keep)
        .parameter("rate_step", rate.step)
        .parameter("rate_target", rate.target)
        .parameter("rate_gain", rate.gain)
        .parameter("rate_shift", rate.shift)
}

/// Rule of input and recurrent synapses: ebar in the tag, moved into the weight by pulses of L.
fn recurrent_rule(network: &EpropNetwork) -> LearningRule {
    let mut rule = LearningRule::new("recurrent");
    rule.dt = Some("2^-7*u0*x1*y1 - 2^-5*u0*t".into());
    rule.dw = Some("2^-7*u0*y3*t - 2^-7*u0*y2*t".into());
    rule.x1 = Some(Trace::new(X_STEP, network.tau_membrane_ms));
    rule.y1 = written();
    rule.y2 = written();
    rule.y3 = written();
    rule
}

/// Integers of the term of the rate in the learning signal: c_reg (f - f_target) / T, where f is a
/// running mean of the neuron's spikes instead of the mean over a sequence, which a chip knows too
/// late.
struct RateTerm {
    keep: i32,
    step: i32,
    target: i32,
    gain: i32,
    shift: i32,
}

impl RateTerm {
    /// The term in a learning signal of which `signal` integers are L = 1.
    fn new(network: &EpropNetwork, signal: f64) -> RateTerm {
        // a running mean over 1024 steps in units of 2^-22 spikes a step; over 128 steps, begun
        // anew with each sequence, it raised the loss (examples/pattern_gap.rs)
        let keep: i32 = 4092;
        let units: f64 = 4_194_304.0;
        let step = (units * (1.0 - f64::from(keep) / 4096.0)).round() as i32;
        let target = (network.rate_target_hz * 1e-3 * units).round() as i32;
        let factor = network.rate_regularisation / network.sequence_steps as f64 * signal / units;
        RateTerm {
            keep,
            step,
            target,
            gain: (factor * 4_194_304.0).round() as i32,
            shift: 22,
        }
    }
}
