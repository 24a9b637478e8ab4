//! The evidence task's network of LIF and ALIF neurons (A.3) on the chip: two variables a synapse,
//! eps in d as a second tag and the filtered eligibility in t.
//!
//! Units: as in [`super::network`]; a pulse of y1 stands for psi = [`PSI_PULSE`]. Then
//! `beta psi` is the smallest scale that a rule has, 2^-7, and the rest follows: d is 2.2 eps, t is
//! ebar / ((1 - kappa) PSI_PULSE). The slow decay of eps (2000 steps, about one trial) is left out.

use super::network::{
    OnePulse, Rates, WEIGHT_MAX, X_IMPULSE, connect_plastic, feedback, in_force, readout_rule,
    shift,
};
use seamount_network::netlist::{LearningRule, Netlist, Population, Programmed, Register, Trace};
use seamount_reference::eprop::Network;
use seamount_reference::tasks::Task;

/// psi of one pulse of y1.
pub const PSI_PULSE: f64 = 0.45;
/// Units of the error: about this many are a readout of 1.
const ERROR_UNITS: f64 = 60.0;
/// Integers of the adaptation a of 1.
const A_UNITS: f64 = 8192.0;
/// What a step leaves of the running rate in 4096ths: a mean over 512 steps.
const KEEP_RATE: i32 = 4088;
/// Smallest scale of a rule (LE-002).
const SMALLEST: f64 = 1.0 / 128.0;

/// What learning is tuned by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvidenceRates {
    /// eta of input and recurrent weights.
    pub recurrent: f64,
    /// eta of readout weights.
    pub readout: f64,
    /// Term of the rate in the learning signal, per spike a step above the target.
    pub regularisation: f64,
    /// Target of the readout of the right class; minus this for the other.
    pub target: f64,
}

/// The network on the chip and what its integers mean.
#[derive(Debug, Clone)]
pub struct EvidenceNetwork {
    /// The network.
    pub netlist: Netlist,
    /// Integer weights of 1.0 in plastic projections.
    pub weight_units: f64,
    /// Integers of a readout of 1.0 in the state word `v` of the readout.
    pub readout_units: f64,
    /// Graded units of a target of 1.0.
    pub error_units: f64,
    /// The rates in force: pulses are worth a power of two, so these are the nearest that there are.
    pub rates: EvidenceRates,
    /// Which rates there are.
    pub one_pulse: OnePulse,
    /// What a step leaves of the running rate of spikes.
    pub rate_keep: f64,
}

impl EvidenceNetwork {
    /// A network of adaptive neurons with unit gain; weights up to `full` are held.
    pub fn new(task: &Task, full: f64, rates: EvidenceRates) -> EvidenceNetwork {
        let network = &task.network;
        let decays = network.decays();
        let weight_units = WEIGHT_MAX / full;
        let contribution = weight_units * 64.0;
        let readout_units = contribution / decays.zeta_out;
        let y_shift = (readout_units / ERROR_UNITS).log2().round();
        let error_units = readout_units / y_shift.exp2();
        let (back, feedback_units) = feedback(task, None);
        let signal = feedback_units * error_units;
        let ebar = (1.0 - decays.kappa) * PSI_PULSE;
        let pulses = rates.recurrent * weight_units * ebar / (SMALLEST * signal);
        let readout_trace = decays.zeta_out / f64::from(X_IMPULSE);
        let readout_pulses =
            rates.readout * weight_units * readout_trace / (SMALLEST * error_units);
        let mut net = Netlist::new("e-prop of adaptive neurons on the chip");
        net.input("in", network.inputs as u32);
        net.input("target", network.outputs as u32);
        let keep = |decay: f64| (4096.0 * decay).round() as i32;
        let two_ports = |name: &str| Programmed {
            ports: 2,
            ..Programmed::new(name)
        };
        net.add(neurons(
            network,
            contribution,
            (rates.regularisation, signal),
            shift(pulses),
        ));
        net.add(
            Population::programmed("out", network.outputs as u32, two_ports("eprop_readout"))
                .parameter("keep_v", keep(decays.kappa))
                .parameter("y_shift", y_shift as i32)
                .parameter("gate", 1)
                .parameter("pulse_shift", shift(readout_pulses)),
        );
        net.rule(recurrent_rule(network))
            .rule(readout_rule(network));
        connect_plastic(&mut net, task, weight_units);
        net.connect("out", "rec.feedback").dense(back);
        net.connect("target", "out.feedback").one_to_one(1);
        net.probe_state("out", "v");
        net.probe("rec", Register::Spike);
        let one_pulse = OnePulse(Rates {
            recurrent: rates.recurrent / pulses,
            readout: rates.readout / readout_pulses,
        });
        let (recurrent, readout) = (
            in_force(rates.recurrent, pulses),
            in_force(rates.readout, readout_pulses),
        );
        let rates = EvidenceRates {
            recurrent,
            readout,
            ..rates
        };
        let rate_keep = f64::from(KEEP_RATE) / 4096.0;
        EvidenceNetwork {
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

fn neurons(
    network: &Network,
    contribution: f64,
    (regularisation, signal): (f64, f64),
    pulse_shift: i32,
) -> Population {
    let decays = network.decays();
    let threshold = contribution * network.threshold;
    let beta = |b: &f64| (b * contribution / A_UNITS * 4096.0).round() as i32;
    let rate_steps = 4096.0 / f64::from(4096 - KEEP_RATE);
    let target = (network.rate_target_hz * 1e-3 * rate_steps * A_UNITS).round() as i32;
    let gain = regularisation * signal / (rate_steps * A_UNITS);
    let program = Programmed {
        ports: 2,
        ..Programmed::new("eprop_alif_pulses")
    };
    Population::programmed("rec", network.recurrent_count() as u32, program)
        .parameter("keep_v", (4096.0 * decays.alpha).round() as i32)
        .parameter("threshold", threshold.round() as i32)
        .parameter("refr_steps", network.refractory_steps as i32)
        .parameter("keep_a", (1_048_576.0 * decays.rho).round() as i32)
        .parameter("a_shift", 20)
        .parameter("a_step", A_UNITS as i32)
        .parameter(
            "beta",
            network
                .adaptation_strength
                .iter()
                .map(beta)
                .collect::<Vec<i32>>(),
        )
        .parameter("beta_shift", 12)
        .parameter("keep_rate", KEEP_RATE)
        .parameter("rate_offset", -target)
        .parameter("rate_gain", (gain * 1_048_576.0).round() as i32)
        .parameter("rate_shift", 20)
        .parameter(
            "psi_one",
            (PSI_PULSE / network.surrogate_height * threshold).round() as i32,
        )
        .parameter("pulse_shift", pulse_shift)
        .initial("rate", target)
}

/// dt and dd of the adaptive eligibility, 2^-4 16 = 1 for each pulse of y1.
fn recurrent_rule(network: &Network) -> LearningRule {
    let mut rule = LearningRule::new("recurrent");
    rule.d_is_tag = true;
    rule.dd = Some("2^-4*u0*x1*y1 - 2^-7*u0*y1*d".into());
    rule.dt = Some("2^-4*u0*x1*y1 - 2^-7*u0*y1*d - 3*2^-6*u0*t".into());
    rule.dw = Some("2^-7*u0*y3*t - 2^-7*u0*y2*t".into());
    rule.x1 = Some(Trace::new(X_IMPULSE, network.tau_membrane_ms));
    (rule.y1, rule.y2, rule.y3) = (
        Some(Trace::written()),
        Some(Trace::written()),
        Some(Trace::written()),
    );
    rule
}
