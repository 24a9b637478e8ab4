//! The shipped programs against float models: the equations as papers have them, in f64. What may
//! differ is what rounding toward zero does; a spike that falls on the other side of a threshold
//! parts two trains for good, so most trains must be equal, and states only where they are.

mod shipped;

use seamount_microcode::ParameterValues;
use shipped::float::*;
use shipped::*;

fn lif_values() -> Vec<(&'static str, ParameterValues)> {
    vec![
        ("keep_u", one(3072.0)),
        ("keep_v", one(3891.0)),
        ("threshold", one(ONE)),
    ]
}

#[test]
fn lif_follows_the_float_model() {
    // truncation costs a current less than 1 unit a step, 4 in all, a membrane 5 / (1 - BETA) = 100
    let states = vec![("u", 0, ONE, 5e-6), ("v", 1, ONE, 1.1e-4)];
    let case = Case {
        name: "lif",
        values: lif_values(),
        inputs: [(-500, 2000), (0, 0)],
        states,
        payload: 0.0,
        equal: 0.9,
    };
    against_float(&case, |_, x, a, _| {
        x[0] = ALPHA * x[0] + a * 64.0 / ONE;
        x[1] = BETA * x[1] + x[0];
        let spike = x[1] > 1.0;
        if spike {
            x[1] = 0.0;
        }
        spike.then_some(1.0)
    });
}

#[test]
fn lif_subtract_follows_the_float_model() {
    let states = vec![("u", 0, ONE, 5e-6), ("v", 1, ONE, 1.1e-4)];
    let case = Case {
        name: "lif_subtract",
        values: lif_values(),
        inputs: [(-500, 2000), (0, 0)],
        states,
        payload: 0.0,
        equal: 0.85,
    };
    against_float(&case, |_, x, a, _| {
        x[0] = ALPHA * x[0] + a * 64.0 / ONE;
        x[1] = BETA * x[1] + x[0];
        let spike = x[1] > 1.0;
        x[1] -= f64::from(u8::from(spike));
        spike.then_some(1.0)
    });
}

#[test]
fn cuba_ahp_follows_the_float_model() {
    let values = [
        lif_values(),
        vec![("keep_ahp", one(4090.0)), ("jump", one(-0.02 * ONE))],
    ]
    .concat();
    let states = vec![("u", 0, ONE, 5e-6), ("ahp", 2, ONE, 3e-4)];
    let case = Case {
        name: "cuba_ahp",
        values,
        inputs: [(0, 3000), (0, 0)],
        states,
        payload: 0.0,
        equal: 0.8,
    };
    let jump = -(0.02 * ONE).round() / ONE;
    let bench = against_float(&case, |_, x, a, _| {
        x[2] = RHO * x[2] + jump * x[3];
        x[0] = ALPHA * x[0] + a * 64.0 / ONE;
        x[1] = BETA * x[1] + x[0] + x[2];
        x[3] = f64::from(u8::from(x[1] > 1.0));
        if x[3] > 0.0 {
            x[1] = 0.0;
        }
        (x[3] > 0.0).then_some(1.0)
    });
    assert!(bench.state("ahp").iter().all(|ahp| *ahp < 0));
}

#[test]
fn alif_follows_the_float_model() {
    let values = [
        &lif_values()[..2],
        &[
            ("theta0", one(ONE)),
            ("keep_th", one(4090.0)),
            ("keep_r", one(3072.0)),
            ("theta_step", one(0.1 * ONE)),
        ],
    ]
    .concat();
    let step = (0.1 * ONE).round() / ONE;
    let states = vec![("v", 1, ONE, 1.1e-4), ("adapt", 2, ONE, 3e-4)];
    let case = Case {
        name: "alif",
        values,
        inputs: [(-200, 3000), (0, 0)],
        states,
        payload: 0.0,
        equal: 0.8,
    };
    against_float(&case, |_, x, a, _| {
        x[0] = ALPHA * x[0] + a * 64.0 / ONE;
        x[1] = BETA * x[1] + x[0];
        x[2] *= RHO;
        x[3] *= ALPHA;
        let threshold = 1.0 + x[2];
        let spike = x[1] >= 1.0 + x[2] + x[3];
        if spike {
            x[3] += 2.0 * threshold;
            x[2] += step;
        }
        spike.then_some(1.0)
    });
}

/// Published form: b0 0.01, beta 1.8, gains (1 - alpha), time constants of each neuron.
#[test]
fn srnn_follows_the_float_model() {
    let draws = &mut Draws(5);
    let mut decays = |low: i64, high: i64, one: f64| -> Vec<f64> {
        (0..N)
            .map(|_| draws.between(low, high) as f64 / one)
            .collect()
    };
    let alpha = decays(3500, 4000, 4096.0);
    let rho = decays(60_000, 65_000, 65_536.0);
    let unit = 65_536.0; // of b and, times 8, of v
    let complement = |x: &[f64]| x.iter().map(|x| 1.0 - x).collect::<Vec<_>>();
    let values = vec![
        ("keep_v", each(&alpha, 4096.0)),
        ("keep_b", each(&rho, 65_536.0)),
        ("b_shift", one(16.0)),
        ("b_step", each(&complement(&rho), unit)),
        ("gain", each(&complement(&alpha), 4096.0)),
        ("beta", one(1.8 * 8.0 * 4096.0)),
        ("beta_shift", one(12.0)),
        ("theta0", one(0.01 * 8.0 * unit)),
    ];
    // gain brings weight units to (1 - alpha) * 4096 of 524288
    // b loses less than 1 unit a step and its step is rounded: 1.5 / (1 - rho), at most 183 units;
    // v inherits 1.8 times that with every spike, over its time constant
    let states = vec![("b", 0, unit, 2.8e-3), ("v", 1, 8.0 * unit, 2e-2)];
    let case = Case {
        name: "srnn",
        values,
        inputs: [(-30, 300), (0, 0)],
        states,
        payload: 0.0,
        equal: 0.7,
    };
    against_float(&case, |i, x, a, _| {
        x[0] = rho[i] * x[0] + (1.0 - rho[i]) * x[2];
        let threshold = 0.01 + 1.8 * x[0];
        x[1] = alpha[i] * x[1] + (1.0 - alpha[i]) * a * 4096.0 / (8.0 * unit) - threshold * x[2];
        x[2] = f64::from(u8::from(x[1] > threshold));
        (x[2] > 0.0).then_some(1.0)
    });
}

/// What is sent adds up to the activation, to within the threshold.
#[test]
fn sigma_delta_follows_the_float_model() {
    let values = vec![("threshold", one(500.0)), ("bias", one(100.0))];
    let case = Case {
        name: "sigma_delta",
        values,
        inputs: [(-300, 300), (0, 0)],
        states: vec![("sigma", 0, 1.0, 0.0)],
        payload: 0.0,
        equal: 1.0,
    };
    let bench = against_float(&case, |_, x, a, _| {
        x[0] += a;
        let activation = (x[0] + 100.0).max(0.0);
        let delta = activation - x[1];
        let send = delta.abs() >= 500.0;
        if send {
            x[1] = activation; // what the receiver has
        }
        send.then_some(delta)
    });
    let close = |(act, residue): (&i32, &i32)| residue.abs() < 500 && *act >= 0;
    assert!(
        bench
            .state("act")
            .iter()
            .zip(bench.state("residue"))
            .all(close)
    );
}

#[test]
fn resonate_and_fire_follows_the_float_model() {
    let turn = 2.0 * std::f64::consts::PI / 17.0;
    let cos = 0.98 * turn.cos();
    let sin = 0.98 * turn.sin();
    let of = |x: f64| (x * 32_768.0).round();
    let values = vec![
        ("cos", one(of(cos))),
        ("sin", one(of(sin))),
        ("threshold", one(2000.0)),
    ];
    let c = of(cos) / 32_768.0;
    let s = of(sin) / 32_768.0;
    // less than 2 units are lost a step, 2 / (1 - 0.98) in all
    let states = vec![("re", 0, 1.0, 100.0), ("im", 1, 1.0, 100.0)];
    let case = Case {
        name: "resonate_and_fire",
        values,
        inputs: [(-20_000, 20_000), (0, 0)],
        states,
        payload: 100.0,
        equal: 0.85,
    };
    against_float(&case, |_, x, a, b| {
        let re = c * x[0] - s * x[1] + a;
        let im = s * x[0] + c * x[1] + b;
        let spike = x[1] < 0.0 && im >= 0.0 && re > 2000.0;
        *x = [re, im, 0.0, 0.0];
        spike.then_some(re)
    });
}

#[test]
fn li_follows_the_float_model() {
    let values = vec![
        ("keep_v", one(3891.0)),
        ("y_shift", one(6.0)),
        ("keep_target", one(4096.0)),
    ];
    let case = Case {
        name: "li",
        values,
        inputs: [(-300, 300), (-40, 40)],
        states: vec![("v", 0, 64.0, 0.4), ("target", 1, 1.0, 0.0)],
        payload: 2.0,
        equal: 0.0,
    };
    let bench = against_float(&case, |_, x, a, b| {
        x[0] = BETA * x[0] + a;
        x[1] += b;
        x[2] = x[0] - x[1];
        (x[2].abs() >= 1.0).then_some(x[2])
    });
    assert!(
        bench
            .probe("y")
            .iter()
            .zip(bench.state("v"))
            .all(|(y, v)| *y == v / 64)
    );
}

/// V of 1.0 is 32768 units; tau = 6/pi, I0 = 5/4, dt = 0.01. The period is 6 but for what lies
/// beyond V_max.
#[test]
fn qif_follows_the_float_model() {
    let dt = 0.01;
    let tau = 6.0 / std::f64::consts::PI;
    let most = 100.0;
    let rate = (dt / tau * 4096.0 * 64.0_f64).round();
    let values = vec![
        ("one", one(32_768.0)),
        ("square_shift", one(21.0)),
        ("rate", one(rate)),
        ("rate_shift", one(12.0)),
        ("drive", one(dt / tau * 1.25 * 32_768.0)),
        ("v_max", one(most * 32_768.0)),
    ];
    let k = rate / 4096.0 / 64.0;
    let drive = (dt / tau * 1.25 * 32_768.0).round() / 32_768.0;
    let mut bench = Bench::new("qif", 1, &values);
    let mut v = 0.0;
    let mut times = vec![];
    let mut float_times = vec![];
    for t in 0..6000 {
        bench.drive(0, 0);
        if bench.fired[0] != 0 {
            times.push(t);
        }
        v = f64::max(v + k * v * (v - 1.0) + drive, -most);
        if v >= most {
            float_times.push(t);
            v = -most;
        }
    }
    println!("qif: spikes at {times:?}, float {float_times:?}");
    assert_eq!(times.len(), float_times.len());
    let period = |t: &[i32]| f64::from(t[t.len() - 1] - t[0]) / (t.len() - 1) as f64 * dt;
    let whole = period(&times);
    let float = period(&float_times);
    println!(
        "qif: period {whole:.3}, float {float:.3}, exact 6 less {:.3}",
        2.0 * tau / most
    );
    assert!(
        (whole - float).abs() < 0.02 * float,
        "period {whole}, float {float}"
    );
    assert!(
        (whole - 6.0 + 2.0 * tau / most).abs() < 0.1,
        "period {whole}"
    );
    // an input moves V by the same amount
    let mut bench = Bench::new("qif", 1, &values);
    bench.drive(32_768, 0);
    assert_eq!(
        f64::from(bench.state("v")[0]),
        32_768.0 + (drive * 32_768.0).round()
    );
}

/// Bellec et al. 2020, the order of `docs/equations.md` A.1: v, A, psi, z of one step.
fn eprop(adaptive: bool) {
    let beta = if adaptive { 0.07 } else { 0.0 };
    let step = 1024.0; // units of a
    let gamma = 0.3;
    let psi_unit = 100.0; // y1 for psi of gamma / v_th
    let mut values = vec![
        ("keep_v", one(3891.0)),
        ("threshold", one(ONE)),
        ("refr_steps", one(3.0)),
        ("psi_gain", one(psi_unit * 1024.0)),
        ("psi_shift", one(30.0)),
        ("l_shift", one(2.0)),
    ];
    if adaptive {
        let beta_units = (beta * ONE / step * 64.0).round();
        values.extend([
            ("keep_a", one(4090.0)),
            ("a_step", one(step)),
            ("beta", one(beta_units)),
            ("beta_shift", one(6.0)),
        ]);
    }
    let beta = (beta * ONE / step * 64.0).round() / 64.0 * step / ONE;
    let name = if adaptive { "eprop_alif" } else { "eprop_lif" };
    let mut states = vec![("v", 0, ONE, 3e-5), ("refr", 2, 1.0, 0.0)];
    if adaptive {
        // less than 1 unit is lost a step, (1 - RHO^300) / (1 - RHO) = 243 in all
        states.push(("a", 1, step, 0.24));
    }
    // a is coarse, a spike is 1024: its rounding moves thresholds by up to beta 0.24
    let equal = if adaptive { 0.8 } else { 0.95 };
    let case = Case {
        name,
        values,
        inputs: [(-1000, 6000), (-400, 400)],
        states,
        payload: 0.0,
        equal,
    };
    let psi = std::cell::RefCell::new(vec![0.0; N]);
    let bench = against_float(&case, |i, x, a, _| {
        x[2] = f64::max(x[2] - 1.0, 0.0);
        x[0] = BETA * x[0] + a * 64.0 / ONE - x[3];
        x[1] = RHO * x[1] + x[3];
        let upper = 1.0 + beta * x[1];
        psi.borrow_mut()[i] = if x[2] > 0.0 {
            0.0
        } else {
            gamma * f64::max(0.0, 1.0 - (x[0] - upper).abs())
        };
        let spike = x[2] == 0.0 && x[0] >= upper;
        x[3] = f64::from(u8::from(spike));
        if spike {
            x[2] = 3.0;
        }
        spike.then_some(1.0)
    });
    let close = |(y1, psi): (&u8, &f64)| (f64::from(*y1) - psi / gamma * psi_unit).abs() <= 2.0;
    let share = bench.traces[0]
        .iter()
        .zip(psi.borrow().iter())
        .filter(|p| close(*p))
        .count() as f64
        / N as f64;
    assert!(
        share >= equal,
        "{name}: psi close in {share} of the neurons"
    );
    // y2 - y3 is the learning signal
    let mut bench = bench;
    bench.drive(0, 200);
    assert!(
        bench.traces[1]
            .iter()
            .zip(&bench.traces[2])
            .all(|(up, down)| (*up, *down) == (50, 0))
    );
    bench.drive(0, -4);
    assert!(
        bench.traces[1]
            .iter()
            .zip(&bench.traces[2])
            .all(|(up, down)| (*up, *down) == (0, 1))
    );
}

#[test]
fn eprop_lif_follows_the_float_model() {
    eprop(false);
}

#[test]
fn eprop_alif_follows_the_float_model() {
    eprop(true);
}

/// ReckOn's membrane: alpha in fractions of 32768, soft reset in the step of the spike.
#[test]
fn eprop_reckon_follows_the_float_model() {
    let values = vec![
        ("keep_v", one(32_700.0)),
        ("threshold", one(20_000.0)),
        ("psi_from", one(10_000.0)),
    ];
    let alpha = 32_700.0 / 32_768.0;
    let states = vec![("v", 0, 1.0, 300.0)];
    let case = Case {
        name: "eprop_reckon",
        values,
        inputs: [(0, 40), (0, 0)],
        states,
        payload: 0.0,
        equal: 0.65,
    };
    let bench = against_float(&case, |_, x, a, _| {
        x[0] = (alpha * x[0] + a * 64.0).clamp(-32_768.0, 32_767.0);
        let spike = x[0] >= 20_000.0;
        x[0] -= if spike { 20_000.0 } else { 0.0 };
        spike.then_some(1.0)
    });
    assert!(bench.traces[0].iter().all(|psi| *psi <= 1));
}
