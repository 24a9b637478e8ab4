//! The programs that learn against their integer definitions, written a second time here, and those
//! that learn by pulses against float models.

mod shipped;

use seamount_microcode::ParameterValues;
use shipped::float::*;
use shipped::*;
use std::cell::{Cell, RefCell};

/// How often something happened that a test is there for.
#[derive(Default)]
struct Counted(Cell<u64>);

impl Counted {
    fn when(&self, test: bool) {
        self.0.set(self.0.get() + u64::from(test));
    }

    fn assert_often(&self, what: &str) {
        assert!(
            self.0.get() > 500,
            "{what} only {} times: nothing was tested",
            self.0.get()
        );
    }
}

/// Pulses that were sent, and those that the limits held back.
#[derive(Default)]
struct Pulses {
    sent: Counted,
    limited: Counted,
    saturated: Counted,
}

impl Pulses {
    /// y2 and y3 of the fragment `stochastic_pulses` for a signal.
    fn of(&self, n: &mut Neuron, signal: i64) -> [Option<i64>; 2] {
        let counted = signal.clamp(-65_535, 65_535) * n.p("pulse_gain");
        let one = 1 << n.p("pulse_shift");
        let drawn = *n.random.last().expect("one random operand");
        let left = counted.rem_euclid(one) * ((1 << 23) / one);
        let pulses = counted.div_euclid(one) + i64::from(left > drawn);
        self.sent.when(pulses != 0);
        self.limited.when(pulses.abs() > 127);
        self.saturated.when(signal.abs() > 65_535);
        [Some(pulses.clamp(0, 127)), Some((-pulses).clamp(0, 127))]
    }

    /// y2 and y3 of the fragment `learning_pulses`, which adds its signal up.
    fn of_sums(&self, n: &mut Neuron, signal: i64) -> [Option<i64>; 2] {
        let sum = n.s("pulses") + signal;
        let due = sat(sum) / (1 << n.p("pulse_shift"));
        let pulses = due.signum() * due.abs().min(127);
        n.set("pulses", sat(sum) - (pulses << n.p("pulse_shift")));
        self.sent.when(pulses != 0);
        self.limited.when(pulses != due);
        self.saturated.when(sum != sat(sum));
        [Some(pulses.max(0)), Some((-pulses).max(0))]
    }

    fn assert_often(&self) {
        self.sent.assert_often("pulses");
        self.limited.assert_often("more than 127 pulses were due");
        self.saturated
            .assert_often("the signal or the sum was limited");
    }
}

/// y1..y3 of the fragment `learning_signal`.
fn learning_signal(n: &mut Neuron, psi: i64, spike: bool, s1: i64) -> Out {
    let rate = sat(keep(n.s("rate"), n.p("keep_rate")) + if spike { n.p("rate_step") } else { 0 });
    n.set("rate", rate);
    let l = sat(s(s1)
        + wrap(
            scaled(
                sat(rate - n.p("rate_target")),
                n.p("rate_gain"),
                n.p("rate_shift"),
            ),
            24,
        ));
    let small = scaled(l, 1, n.p("l_shift"));
    let trace = |x: i64| Some(x.clamp(0, 127));
    let probes = vec![("psi", psi), ("learning_signal", l)];
    Out {
        spike: spike.then_some(1),
        traces: [trace(psi), trace(small), trace(wrap(-small, 24))],
        probes,
    }
}

const SIGNAL: [(&str, i64, i64); 6] = [
    ("l_shift", 0, 6),
    ("keep_rate", 0, 4096),
    ("rate_step", 0, 4096),
    ("rate_target", 0, 3000),
    ("rate_gain", -2000, 2000),
    ("rate_shift", 8, 14),
];

/// eprop_lif with `beta` absent, eprop_alif with it.
fn eprop(n: &mut Neuron, a0: i64, a1: i64, adaptive: bool) -> Out {
    let z = n.s("z") != 0;
    let threshold = n.p("threshold");
    let refr = (n.s("refr") - 1).max(0);
    let reset = if z { threshold } else { 0 };
    let v = sat(keep(n.s("v"), n.p("keep_v")) + a(a0) + sat(n.p("bias") - reset));
    n.set("v", v);
    let mut upper = threshold;
    if adaptive {
        let adapted = sat(
            scaled(n.s("a"), n.p("keep_a"), n.p("a_shift")) + if z { n.p("a_step") } else { 0 }
        );
        n.set("a", adapted);
        upper = sat(threshold + wrap(scaled(adapted, n.p("beta"), n.p("beta_shift")), 24));
    }
    let distance = sat(v - upper);
    let open = sat(threshold - distance.abs()).max(0);
    let psi = if refr > 0 {
        0
    } else {
        let rounded = sat(open + n.p("psi_round"));
        wrap(scaled(rounded, n.p("psi_gain"), n.p("psi_shift")), 24)
    };
    let spike = refr == 0 && distance >= 0;
    n.set("refr", if spike { n.p("refr_steps") } else { refr });
    n.set("z", i64::from(spike));
    learning_signal(n, psi, spike, a1)
}

const EPROP: [(&str, i64, i64); 7] = [
    ("psi_round", 0, 2000),
    ("keep_v", 0, 4096),
    ("bias", -500, 2000),
    ("threshold", 1, 30_000),
    ("refr_steps", 0, 6),
    ("psi_gain", 0, 4000),
    ("psi_shift", 10, 20),
];

#[test]
fn eprop_lif_is_its_definition() {
    equals(
        "eprop_lif",
        &[&EPROP[..], &SIGNAL].concat(),
        [300, 300],
        |n, a0, a1| eprop(n, a0, a1, false),
    );
}

#[test]
fn eprop_alif_is_its_definition() {
    let adaptation = [
        ("keep_a", 0, 65_536),
        ("a_shift", 16, 16),
        ("a_step", 0, 4096),
        ("beta", 0, 4000),
        ("beta_shift", 10, 14),
    ];
    equals(
        "eprop_alif",
        &[&EPROP[..], &SIGNAL, &adaptation].concat(),
        [300, 300],
        |n, a0, a1| eprop(n, a0, a1, true),
    );
}

const RECKON: [(&str, i64, i64); 7] = [
    ("keep_v", 28_672, 32_768),
    ("bias", -100, 300),
    ("threshold", 0, 20_000),
    ("hard", 0, 1),
    ("psi_from", 0, 9000),
    ("psi_to", 5000, 40_000),
    ("psi_value", 0, 200),
];

fn reckon(n: &mut Neuron, a0: i64, a1: i64) -> Out {
    let kept = wrap(scaled(n.s("v"), n.p("keep_v"), n.p("v_shift")), 24);
    let x = clipped(n, sat(kept + a(a0) + n.p("bias")));
    let psi = if (n.p("psi_from")..n.p("psi_to")).contains(&x) {
        n.p("psi_value")
    } else {
        0
    };
    let spike = x >= n.p("threshold");
    let reset = if n.p("hard") == 1 {
        0
    } else {
        x - n.p("threshold")
    };
    n.set("v", if spike { reset } else { x });
    learning_signal(n, psi, spike, a1)
}

#[test]
fn eprop_reckon_is_its_definition() {
    let ranges = [&RECKON[..], &SIGNAL].concat();
    equals("eprop_reckon", &ranges, [100, 300], reckon);
}

#[test]
fn eprop_reckon_pulses_is_its_definition() {
    let pulses = Pulses::default();
    let ranges = [&RECKON[..], &SIGNAL, &PULSES].concat();
    equals(
        "eprop_reckon_pulses",
        &ranges,
        [100, 300_000],
        |n, a0, a1| {
            let out = reckon(n, a0, a1);
            let [y2, y3] = pulses.of(n, out.probes[1].1);
            Out {
                traces: [out.traces[0], y2, y3],
                ..out
            }
        },
    );
    pulses.assert_often();
}

const PULSES: [(&str, i64, i64); 2] = [("pulse_shift", 0, 23), ("pulse_gain", 1, 127)];

#[test]
fn eprop_lif_pulses_is_its_definition() {
    let pulses = Pulses::default();
    equals(
        "eprop_lif_pulses",
        &[&EPROP[..], &SIGNAL, &PULSES].concat(),
        [300, 300_000],
        |n, a0, a1| {
            let out = eprop(n, a0, a1, false);
            let signal = out.probes[1].1;
            let [y2, y3] = pulses.of(n, signal);
            Out {
                traces: [out.traces[0], y2, y3],
                ..out
            }
        },
    );
    pulses.assert_often();
}

/// The fragment that adds the signal up, from 24 on without pulses: the sum has 24 bit.
#[test]
fn learning_pulses_is_its_definition() {
    let pulses = Pulses::default();
    let ranges = [&EPROP[..], &SIGNAL, &[("pulse_shift", 0, 24)]].concat();
    equals("eprop_lif_sums", &ranges, [300, 300_000], |n, a0, a1| {
        let out = eprop(n, a0, a1, false);
        let [y2, y3] = pulses.of_sums(n, out.probes[1].1);
        Out {
            traces: [out.traces[0], y2, y3],
            ..out
        }
    });
    pulses.assert_often();
}

#[test]
fn eprop_alif_pulses_is_its_definition() {
    let ranges = [
        ("keep_v", 0, 4096),
        ("threshold", 1, 30_000),
        ("refr_steps", 1, 6),
        ("keep_a", 0, 1 << 20),
        ("a_shift", 20, 20),
        ("a_step", 0, 9000),
        ("beta", 0, 4000),
        ("beta_shift", 8, 14),
        ("keep_rate", 0, 4096),
        ("rate_offset", -9000, 0),
        ("rate_gain", -90_000, 90_000),
        ("rate_shift", 8, 20),
        ("psi_gain", 0, 4000),
        ("psi_shift", 4, 14),
        ("psi_one", 1, 60_000),
        PULSES[0],
        PULSES[1],
    ];
    let pulses = Pulses::default();
    let psi_pulses = Counted::default();
    let silent = Counted::default();
    equals("eprop_alif_pulses", &ranges, [300, 300_000], |n, a0, s1| {
        let threshold = n.p("threshold");
        let spiked = n.s("refr") == n.p("refr_steps");
        let of_spike = |x: i64| if spiked { x } else { 0 };
        let v = sat(keep(n.s("v"), n.p("keep_v")) + a(a0) - of_spike(threshold));
        let adaptation =
            sat(scaled(n.s("a"), n.p("keep_a"), n.p("a_shift")) + of_spike(n.p("a_step")));
        let rate = sat(keep(n.s("rate"), n.p("keep_rate")) + of_spike(n.p("a_step")));
        let above = sat(rate + n.p("rate_offset"));
        let signal = sat(s(s1) + wrap(scaled(above, n.p("rate_gain"), n.p("rate_shift")), 24));
        let upper = sat(threshold + wrap(scaled(adaptation, n.p("beta"), n.p("beta_shift")), 24));
        let distance = sat(v - upper);
        let refr = (n.s("refr") - 1).max(0);
        let open = (threshold - distance.abs()).max(0);
        let psi = if refr > 0 {
            0
        } else {
            wrap(scaled(open, n.p("psi_gain"), n.p("psi_shift")), 24)
        };
        let spike = refr == 0 && distance >= 0;
        let pulse = n.random[0] * n.p("psi_one") / (1 << 23) < psi;
        psi_pulses.when(pulse);
        silent.when(!pulse && psi > 0);
        let states = [("v", v), ("a", adaptation), ("rate", rate)];
        states
            .into_iter()
            .for_each(|(name, value)| n.set(name, value));
        n.set("refr", if spike { n.p("refr_steps") } else { refr });
        let [y2, y3] = pulses.of(n, signal);
        Out {
            traces: [Some(i64::from(pulse)), y2, y3],
            ..Out::spike_if(spike)
        }
    });
    pulses.assert_often();
    psi_pulses.assert_often("pulses of psi");
    silent.assert_often("psi without a pulse");
}

#[test]
fn eprop_readout_is_its_definition() {
    let ranges = [
        ("keep_v", 0, 4096),
        ("bias", -20_000, 20_000),
        ("y_shift", 0, 12),
        ("gate", 0, 1),
        PULSES[0],
        PULSES[1],
    ];
    let pulses = Pulses::default();
    let gated = Counted::default();
    equals("eprop_readout", &ranges, [30_000, 300_000], |n, a0, s1| {
        let v = sat(keep(n.s("v"), n.p("keep_v")) + a(a0) + n.p("bias"));
        n.set("v", v);
        let y = scaled(v, 1, n.p("y_shift"));
        let target = s(s1);
        let error = sat(y + wrap(-target, 24)); // -2^23 has no negative (MC-025)
        let learns = n.p("gate") == 0 || target != 0;
        gated.when(!learns && error != 0);
        let [y2, y3] = pulses.of(n, if learns { error } else { 0 });
        let spike = (learns && error != 0).then_some(error);
        Out {
            spike,
            traces: [None, y2, y3],
            probes: vec![("y", y), ("error", error)],
        }
    });
    pulses.assert_often();
    gated.assert_often("errors that the gate held back");
}

#[test]
fn cue_readout_is_its_definition() {
    let ranges = [
        ("keep_v", 0, 4096),
        ("y_shift", 0, 12),
        ("limit", 0, 300_000),
        PULSES[0],
        PULSES[1],
    ];
    let pulses = Pulses::default();
    let clipped = Counted::default();
    equals("cue_readout", &ranges, [30_000, 300_000], |n, a0, s1| {
        let v = sat(keep(n.s("v"), n.p("keep_v")) + a(a0));
        n.set("v", v);
        let y = scaled(v, 1, n.p("y_shift"));
        let target = s(s1);
        let limit = n.p("limit");
        let error = if target == 0 {
            0
        } else {
            sat(y.clamp(-limit, limit) + wrap(-target, 24))
        };
        clipped.when(y.abs() > limit);
        let [y2, y3] = pulses.of(n, error);
        Out {
            spike: (error != 0).then_some(error),
            traces: [None, y2, y3],
            probes: vec![("y", y), ("error", error)],
        }
    });
    clipped.assert_often("y beyond the limit");
    pulses.assert_often();
}

/// What a float neuron that learns sends in a step; sums since the start of what it stands for and
/// of what the program sent, and the variances of these.
#[derive(Clone, Copy, Default)]
struct Sent {
    rate: f64,
    /// Learning signal and psi of this step, in pulses.
    now: [f64; 2],
    wanted: [f64; 2],
    sent: [f64; 2],
    variance: [f64; 2],
}

/// Sums over all trains that are equal so far of pulses of the learning signal and of psi, beside
/// sums of what they stand for: within five standard errors, and what rounding takes each step
/// (`losses`, in pulses).
fn pulses_follow(bench: &Bench, equal: &[bool; N], all: &mut [Sent], losses: [f64; 2], t: f64) {
    let [mut apart, mut variance] = [[0.0; 2]; 2];
    for (i, one) in all.iter_mut().enumerate() {
        let [y1, y2, y3] = [0, 1, 2].map(|y| f64::from(bench.traces[y][i]));
        for (k, pulses) in [y2 - y3, y1].into_iter().enumerate() {
            let chance = one.now[k].rem_euclid(1.0);
            one.sent[k] += pulses;
            one.wanted[k] += one.now[k];
            one.variance[k] += chance * (1.0 - chance);
            if equal[i] {
                apart[k] += one.sent[k] - one.wanted[k];
                variance[k] += one.variance[k];
            }
        }
    }
    for k in 0..2 {
        let most = 5.0 * variance[k].sqrt() + N as f64 * t * losses[k];
        assert!(
            apart[k].abs() <= most,
            "step {t}: {apart:?} apart, at most {most}"
        );
    }
}

/// One step of Bellec et al. 2020 (`docs/equations.md` A.1): v, adaptation, refractory steps, z;
/// psi is returned.
fn float_neuron(x: &mut State, a: f64, beta: f64) -> f64 {
    x[2] = f64::max(x[2] - 1.0, 0.0);
    x[0] = BETA * x[0] + a * 64.0 / ONE - x[3];
    x[1] = RHO * x[1] + x[3];
    let distance = x[0] - 1.0 - beta * x[1];
    let psi = if x[2] > 0.0 {
        0.0
    } else {
        f64::max(0.0, 1.0 - distance.abs())
    };
    x[3] = f64::from(u8::from(x[2] == 0.0 && distance >= 0.0));
    if x[3] > 0.0 {
        x[2] = 3.0;
    }
    psi
}

const KEEP_RATE: f64 = 4064.0;
const RATE_TARGET: f64 = 300_000.0;
const RATE_STEP: f64 = 65_536.0;
/// Learning signal of one pulse: 2^10 / 4.
const PULSE: f64 = 256.0;

/// The signal of a step: port 1 and 1/1024 of how far the running rate is above its target.
fn float_signal(sent: &mut Sent, spiked: f64, b: f64) {
    sent.rate = KEEP_RATE / 4096.0 * sent.rate + RATE_STEP * spiked;
    sent.now[0] = (b + (sent.rate - RATE_TARGET) / 1024.0) / PULSE;
}

#[test]
fn eprop_lif_pulses_follows_the_float_model() {
    let values = vec![
        ("keep_v", one(3891.0)),
        ("threshold", one(ONE)),
        ("refr_steps", one(3.0)),
        ("psi_gain", one(102_400.0)),
        ("psi_shift", one(30.0)),
        ("keep_rate", one(KEEP_RATE)),
        ("rate_step", one(RATE_STEP)),
        ("rate_target", one(RATE_TARGET)),
        ("rate_gain", one(4.0)),
        ("pulse_shift", one(10.0)),
        ("pulse_gain", one(4.0)),
    ];
    let states = vec![("v", 0, ONE, 3e-5), ("refr", 2, 1.0, 0.0)];
    let case = Case {
        name: "eprop_lif_pulses",
        values,
        inputs: [(-1000, 6000), (-400, 400)],
        states,
        payload: 0.0,
        equal: 0.85,
    };
    let sums = RefCell::new(vec![Sent::default(); N]);
    let mut t = 0.0;
    let step = |i: usize, x: &mut State, a: f64, b: f64| {
        float_neuron(x, a, 0.0);
        float_signal(&mut sums.borrow_mut()[i], x[3], b);
        (x[3] > 0.0).then_some(1.0)
    };
    watched(&case, step, |bench, equal| {
        t += 1.0;
        // the term of the rate loses less than 1, its rate 128 of 1024ths; psi is no pulse here
        let sums = &mut sums.borrow_mut();
        pulses_follow(bench, equal, sums, [1.125 / PULSE, f64::INFINITY], t);
    });
    let most = sums
        .borrow()
        .iter()
        .map(|s| s.sent[0].abs())
        .fold(0.0, f64::max);
    assert!(most > 50.0, "{most} pulses at most");
}

#[test]
fn eprop_alif_pulses_follows_the_float_model() {
    let beta = 0.07;
    let a_step = RATE_STEP;
    let psi_one = 1.5;
    let beta_units = (beta * ONE / a_step * 4096.0_f64).round();
    let values = vec![
        ("keep_v", one(3891.0)),
        ("threshold", one(ONE)),
        ("refr_steps", one(3.0)),
        ("keep_a", one(RHO * 1_048_576.0)),
        ("a_shift", one(20.0)),
        ("a_step", one(a_step)),
        ("beta", one(beta_units)),
        ("beta_shift", one(12.0)),
        ("keep_rate", one(KEEP_RATE)),
        ("rate_offset", one(-RATE_TARGET)),
        ("rate_gain", one(4.0)),
        ("psi_one", one(psi_one * ONE)),
        ("pulse_shift", one(10.0)),
        ("pulse_gain", one(4.0)),
    ];
    // a loses less than 1 unit a step, 683 in all
    let states = vec![
        ("v", 0, ONE, 3e-5),
        ("refr", 2, 1.0, 0.0),
        ("a", 1, a_step, 0.011),
    ];
    let case = Case {
        name: "eprop_alif_pulses",
        values,
        inputs: [(-1000, 6000), (-400, 400)],
        states,
        payload: 0.0,
        equal: 0.85,
    };
    let beta = beta_units / 4096.0 * a_step / ONE;
    let sums = RefCell::new(vec![Sent::default(); N]);
    let mut t = 0.0;
    let step = |i: usize, x: &mut State, a: f64, b: f64| {
        // the rate takes the spike of the step before
        let before = x[3];
        let sent = &mut sums.borrow_mut()[i];
        sent.now[1] = (float_neuron(x, a, beta) / psi_one).min(1.0);
        float_signal(sent, before, b);
        (x[3] > 0.0).then_some(1.0)
    };
    watched(&case, step, |bench, equal| {
        t += 1.0;
        // psi inherits what v lost, and beta times what a lost
        let losses = [1.125 / PULSE, (3e-5 + 0.07 * 0.011) / psi_one];
        pulses_follow(bench, equal, &mut sums.borrow_mut(), losses, t);
    });
    let sums = sums.borrow();
    let most = |k: usize| sums.iter().map(|s| s.sent[k].abs()).fold(0.0, f64::max);
    let most = [most(0), most(1)];
    assert!(most.iter().all(|m| *m > 50.0), "{most:?} pulses at most");
}

/// Mean of pulses times the sign of their signal, beside the size of the signal, with its standard
/// error, in pulses: for a signal of `size` that changes its sign every seven steps. What the
/// engine multiplies a signal by (the eligibility) changes as fast.
fn pulses_along_a_signal(name: &str, size: i32, shift: i64, steps: i32) -> [f64; 2] {
    let n = 1024;
    let values = [("keep_v", 0), ("y_shift", 0), ("pulse_shift", shift)];
    let mut bench = Bench::same(name, n, &values);
    let [mut sum, mut squares] = [0.0; 2];
    for t in 0..steps {
        let sign = if t / 7 % 2 == 0 { 1 } else { -1 };
        // the error is minus what port 1 brings: y is 0
        bench.drive(0, -sign * size);
        for (up, down) in bench.traces[1].iter().zip(&bench.traces[2]) {
            let along = f64::from(sign) * (f64::from(*up) - f64::from(*down));
            sum += along;
            squares += along * along;
        }
    }
    let draws = f64::from(steps) * n as f64;
    let one = (shift as f64).exp2() / f64::from(size);
    let mean = sum / draws;
    let error = ((squares / draws - mean * mean) / draws).sqrt();
    [mean * one, error * one.abs()]
}

/// Whatever its size, pulses by chance are the signal in the mean, moment by moment, within three
/// standard errors of at most 2.5 %; pulses of sums lose it where it is small. The largest signal
/// is a pulse and a quarter a step, the smallest a 4096th.
#[test]
fn stochastic_pulses_are_their_signal_in_the_mean_and_sums_are_not() {
    for (size, shift, steps) in [
        (1, 12, 8008),
        (-3, 12, 3500),
        (40, 10, 700),
        (1280, 10, 140),
    ] {
        let [share, error] = pulses_along_a_signal("eprop_readout", size, shift, steps);
        println!("signal {size} of 2^{shift}: {share:.4} +- {error:.4}");
        assert!(
            error < 0.025,
            "{size}: nothing is known with an error of {error}"
        );
        assert!(
            (share - 1.0).abs() < 3.0 * error.max(1e-9),
            "{size}: {share} +- {error}"
        );
        let [lost, error] = pulses_along_a_signal("eprop_readout_sums", size, shift, steps);
        println!("  in sums: {lost:.4} +- {error:.4}");
        // sums of 7 steps of the three small ones never come to a pulse
        assert_eq!(lost < 0.1, size < 1000, "{size} in sums: {lost}");
    }
}

/// Both readouts: nothing that they send comes back to them, so that all steps can be compared.
fn readout(
    name: &str,
    values: Vec<(&str, ParameterValues)>,
    keep: f64,
    watch: impl Fn(&Bench, usize, f64) -> f64,
    y: impl Fn(f64) -> f64,
) {
    let values = [values, vec![("keep_v", one(keep))]].concat();
    let states = vec![("v", 0, 1.0, 4096.0 / (4096.0 - keep))];
    let case = Case {
        name,
        values,
        inputs: [(-50, 200), (-128, 128)],
        states,
        payload: 2.0,
        equal: 0.0,
    };
    let errors = RefCell::new(vec![0.0; N]);
    let worst = Cell::new(0.0);
    let step = |i: usize, x: &mut State, a: f64, b: f64| {
        x[0] = keep / 4096.0 * x[0] + 64.0 * a;
        let error = if b == 0.0 { 0.0 } else { y(x[0]) - b };
        errors.borrow_mut()[i] = error;
        (error.abs() >= 1.0).then_some(error)
    };
    watched(&case, step, |bench, _| {
        for (i, &error) in errors.borrow().iter().enumerate() {
            let payload = f64::from(bench.payload[i]);
            assert!(
                (payload - error).abs() <= 2.0,
                "{name}, neuron {i}: error {payload}, float {error}"
            );
            worst.set(f64::max(worst.get(), watch(bench, i, error)));
        }
    });
    println!("  traces differ by {:.2}", worst.get());
}

/// Pulses of all readouts since the start, what they stand for, and the variance of the difference.
#[derive(Default)]
struct Total {
    pulses: f64,
    wanted: f64,
    variance: f64,
    steps: f64,
}

impl Total {
    /// Adds the pulses of a readout in a step; how far they are from `wanted`, which is their mean:
    /// less than one, and what 2 units of an error are.
    fn add(&mut self, bench: &Bench, i: usize, wanted: f64, slack: f64) -> f64 {
        let pulses = f64::from(bench.traces[1][i]) - f64::from(bench.traces[2][i]);
        let apart = (pulses - wanted).abs();
        assert!(
            apart < 1.0 + slack,
            "neuron {i}: {pulses} pulses, float {wanted}"
        );
        let chance = wanted.rem_euclid(1.0);
        self.pulses += pulses;
        self.wanted += wanted;
        self.variance += chance * (1.0 - chance);
        self.steps += slack;
        apart
    }

    fn assert_equal_in_the_mean(&self) {
        let apart = (self.pulses - self.wanted).abs();
        let error = self.variance.sqrt();
        println!(
            "  {} pulses for {:.1} +- {error:.1}",
            self.pulses, self.wanted
        );
        assert!(apart < 5.0 * error + self.steps, "{apart} apart");
        assert!(self.wanted.abs() > 10.0 * error, "nothing was tested");
    }
}

#[test]
fn eprop_readout_follows_the_float_model() {
    let values = vec![
        ("y_shift", one(6.0)),
        ("gate", one(1.0)),
        ("pulse_shift", one(12.0)),
        ("pulse_gain", one(4.0)),
    ];
    let total = RefCell::new(Total::default());
    let watch = |bench: &Bench, i: usize, error: f64| {
        total
            .borrow_mut()
            .add(bench, i, error / 1024.0, 2.0 / 1024.0)
    };
    readout("eprop_readout", values, 3891.0, watch, |v| v / 64.0);
    total.borrow().assert_equal_in_the_mean();
}

#[test]
fn cue_readout_follows_the_float_model() {
    let values = vec![
        ("y_shift", one(8.0)),
        ("limit", one(128.0)),
        ("pulse_shift", one(4.0)),
    ];
    let clipped = Counted::default();
    let total = RefCell::new(Total::default());
    let watch = |bench: &Bench, i: usize, error: f64| {
        clipped.when(bench.probe("y")[i] > 128);
        // an error that is 2 apart is an eighth of a pulse
        total.borrow_mut().add(bench, i, error / 16.0, 0.125)
    };
    readout("cue_readout", values, 3896.0, watch, |v| {
        (v / 256.0).clamp(-128.0, 128.0)
    });
    clipped.assert_often("y beyond the limit");
    total.borrow().assert_equal_in_the_mean();
}
