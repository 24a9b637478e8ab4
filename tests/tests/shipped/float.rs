//! A bench for shipped programs beside float models.

use super::{Bench, Draws};
use seamount_microcode::ParameterValues;

pub const N: usize = 100;
pub const STEPS: usize = 300;
/// Units of the membrane for 1.0.
pub const ONE: f64 = 1_048_576.0;

/// State of a float neuron.
pub type State = [f64; 4];

pub struct Case<'a> {
    pub name: &'a str,
    pub values: Vec<(&'a str, ParameterValues)>,
    /// Inputs of ports 0 and 1 are within -low..=high, in weight units.
    pub inputs: [(i64, i64); 2],
    /// State words and the float states they stand for: index, units of 1.0, difference allowed.
    pub states: Vec<(&'a str, usize, f64, f64)>,
    /// Difference allowed of payloads.
    pub payload: f64,
    /// Share of spike trains that must be equal to the last spike.
    pub equal: f64,
}

pub fn one(value: f64) -> ParameterValues {
    ParameterValues::One(value.round() as i32)
}

pub fn each(values: &[f64], scale: f64) -> ParameterValues {
    ParameterValues::Each(values.iter().map(|v| (v * scale).round() as i32).collect())
}

/// Runs both; `step` is one float step of neuron i: state, inputs in weight units; its spike's
/// payload.
pub fn against_float(
    case: &Case,
    step: impl Fn(usize, &mut State, f64, f64) -> Option<f64>,
) -> Bench {
    watched(case, step, |_, _| ())
}

/// As [`against_float`]; `watch` sees every step after both have done it, and whose trains are
/// still equal.
pub fn watched(
    case: &Case,
    step: impl Fn(usize, &mut State, f64, f64) -> Option<f64>,
    mut watch: impl FnMut(&Bench, &[bool; N]),
) -> Bench {
    let mut bench = Bench::new(case.name, N, &case.values);
    let draws = &mut Draws(31);
    let mut floats = [[0.0; 4]; N];
    let mut equal = [true; N];
    let mut spikes = 0;
    for _ in 0..STEPS {
        let draw = |draws: &mut Draws, (low, high): (i64, i64)| {
            if draws.between(0, 2) == 0 {
                draws.between(low, high) as i32
            } else {
                0
            }
        };
        let port_0: Vec<i32> = (0..N).map(|_| draw(draws, case.inputs[0])).collect();
        let port_1: Vec<i32> = (0..N).map(|_| draw(draws, case.inputs[1])).collect();
        bench.step(port_0.clone(), port_1.clone());
        for i in 0..N {
            let spike = step(i, &mut floats[i], port_0[i].into(), port_1[i].into());
            spikes += usize::from(spike.is_some());
            equal[i] &= spike.is_some() == (bench.fired[i] != 0);
            if let Some(payload) = spike.filter(|_| equal[i]) {
                let sent = f64::from(bench.payload[i]);
                assert!(
                    (payload - sent).abs() <= case.payload,
                    "{}: payload {sent}, float {payload}",
                    case.name
                );
            }
        }
        watch(&bench, &equal);
    }
    let same = equal.iter().filter(|e| **e).count();
    println!("{}: {spikes} spikes, {same} of {N} trains equal", case.name);
    assert!(
        spikes > STEPS,
        "{}: {spikes} spikes in {N} trains",
        case.name
    );
    assert!(
        same as f64 >= case.equal * N as f64,
        "{}: {same} of {N} trains equal",
        case.name
    );
    for &(state, index, units, tolerance) in &case.states {
        let worst = (0..N)
            .filter(|i| equal[*i])
            .map(|i| (f64::from(bench.state(state)[i]) / units - floats[i][index]).abs())
            .fold(0.0, f64::max);
        println!("  {state}: differs by {worst:.2e}");
        assert!(
            worst <= tolerance,
            "{}: {state} differs by {worst}, allowed {tolerance}",
            case.name
        );
    }
    bench
}

/// Fractions of 4096, so that both have the same decay.
pub const ALPHA: f64 = 3072.0 / 4096.0;
pub const BETA: f64 = 3891.0 / 4096.0;
pub const RHO: f64 = 4090.0 / 4096.0;
