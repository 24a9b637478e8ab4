//! The shipped programs against their integer definitions, written a second time here, and against
//! the fixed-function compartment.

mod shipped;

use seamount_neurocore::kernel::{Columns, Settings, update};
use shipped::*;

/// u of the fragment `current`.
fn current(n: &mut Neuron, a0: i64) -> i64 {
    let u = wrap(keep(n.s("u"), n.p("keep_u")) + a(a0), 24);
    n.set("u", u);
    u
}

/// x of the fragment `membrane`.
fn membrane(n: &Neuron, input: i64) -> i64 {
    clipped(n, keep(n.s("v"), n.p("keep_v")) + input + n.p("bias"))
}

const LIF: [(&str, i64, i64); 5] = [
    ("keep_u", 0, 4096),
    ("keep_v", 0, 4096),
    ("bias", -2000, 3000),
    ("threshold", 0, 40_000),
    ("v_min", -8_388_607, 0),
];

#[test]
fn lif_is_its_definition() {
    let ranges = [&LIF[..], &[("hold_steps", 0, 6), ("v_max", 511, 8_388_607)]].concat();
    equals("lif", &ranges, [200, 0], |n, a0, _| {
        let u = current(n, a0);
        let held = n.s("hold") > 1;
        let x = if held { 0 } else { membrane(n, u) };
        let spike = x > n.p("threshold");
        n.set("v", if spike { 0 } else { x });
        n.set(
            "hold",
            if spike {
                n.p("hold_steps")
            } else {
                (n.s("hold") - 1).max(0)
            },
        );
        Out::spike_if(spike)
    });
}

#[test]
fn mc_039_lif_scaled_is_its_definition() {
    let ranges = [
        &LIF[..],
        &[
            ("hold_steps", 0, 6),
            ("v_max", 511, 8_388_607),
            ("scale", -40_000, 40_000),
            ("scale_shift", 0, 12),
        ],
    ]
    .concat();
    equals("lif_scaled", &ranges, [200, 0], |n, s0, _| {
        let input = wrap(scaled(s(s0), n.p("scale"), n.p("scale_shift")), 24);
        let u = wrap(keep(n.s("u"), n.p("keep_u")) + input, 24);
        n.set("u", u);
        let held = n.s("hold") > 1;
        let x = if held { 0 } else { membrane(n, u) };
        let spike = x > n.p("threshold");
        n.set("v", if spike { 0 } else { x });
        n.set(
            "hold",
            if spike {
                n.p("hold_steps")
            } else {
                (n.s("hold") - 1).max(0)
            },
        );
        Out::spike_if(spike)
    });
}

#[test]
fn lif_subtract_is_its_definition() {
    equals("lif_subtract", &LIF, [200, 0], |n, a0, _| {
        let u = current(n, a0);
        let x = membrane(n, u);
        let spike = x > n.p("threshold");
        n.set("v", if spike { x - n.p("threshold") } else { x });
        Out::spike_if(spike)
    });
}

#[test]
fn cuba_ahp_is_its_definition() {
    let ranges = [
        &LIF[..],
        &[
            ("keep_ahp", 0, 4096),
            ("jump", -3000, 0),
            ("hold_steps", 0, 6),
        ],
    ]
    .concat();
    equals("cuba_ahp", &ranges, [200, 0], |n, a0, _| {
        let ahp = clipped(n, keep(n.s("ahp"), n.p("keep_ahp")) + n.s("last"));
        n.set("ahp", ahp);
        let u = current(n, a0);
        let held = n.s("hold") > 1;
        let x = if held {
            0
        } else {
            clipped(
                n,
                keep(n.s("v"), n.p("keep_v")) + u + sat(ahp + n.p("bias")),
            )
        };
        let spike = x > n.p("threshold");
        n.set("v", if spike { 0 } else { x });
        n.set("last", if spike { n.p("jump") } else { 0 });
        n.set(
            "hold",
            if spike {
                n.p("hold_steps")
            } else {
                (n.s("hold") - 1).max(0)
            },
        );
        Out::spike_if(spike)
    });
}

#[test]
fn alif_is_its_definition() {
    let ranges = [
        &LIF[..3],
        &[
            ("theta0", 0, 20_000),
            ("keep_th", 0, 4096),
            ("keep_r", 0, 4096),
            ("theta_step", 0, 3000),
            ("v_min", -8_388_607, 0),
        ],
    ]
    .concat();
    equals("alif", &ranges, [200, 0], |n, a0, _| {
        let u = current(n, a0);
        let v = membrane(n, u);
        n.set("v", v);
        let adapt = keep(n.s("adapt"), n.p("keep_th"));
        let th = sat(adapt + n.p("theta0"));
        let r = keep(n.s("refr"), n.p("keep_r"));
        let spike = v >= sat(th + r);
        n.set(
            "adapt",
            if spike {
                sat(adapt + n.p("theta_step"))
            } else {
                adapt
            },
        );
        n.set("refr", if spike { sat(r + 2 * th) } else { r });
        Out::spike_if(spike)
    });
}

#[test]
fn srnn_is_its_definition() {
    let ranges = [
        ("keep_v", 0, 4096),
        ("keep_b", 0, 65_536),
        ("b_shift", 16, 16),
        ("b_step", 0, 60_000),
        ("gain", -300, 300),
        ("gain_shift", 0, 4),
        ("bias", -500, 2000),
        ("beta", 0, 4000),
        ("beta_shift", 10, 16),
        ("theta0", 0, 9000),
    ];
    equals("srnn", &ranges, [500, 0], |n, a0, _| {
        let z = n.s("z") != 0;
        let b = sat(
            scaled(n.s("b"), n.p("keep_b"), n.p("b_shift")) + if z { n.p("b_step") } else { 0 }
        );
        n.set("b", b);
        let th = sat(wrap(scaled(b, n.p("beta"), n.p("beta_shift")), 24) + n.p("theta0"));
        let input = sat(wrap(scaled(s(a0), n.p("gain"), n.p("gain_shift")), 24) + n.p("bias"));
        let v =
            sat(scaled(n.s("v"), n.p("keep_v"), n.p("v_shift")) + input - if z { th } else { 0 });
        n.set("v", v);
        n.set("z", i64::from(v > th));
        Out::spike_if(v > th)
    });
}

#[test]
fn srnn_scaled_is_its_definition() {
    let ranges = [
        ("keep_u", 0, 65_536),
        ("keep_a", 0, 65_536),
        ("threshold", 0, 90_000),
        ("jump", 0, 30_000),
        ("bias", -5000, 20_000),
        ("in_shift", 0, 9),
        ("own_shift", 0, 7),
    ];
    equals("srnn_scaled", &ranges, [500, 500], |n, a0, a1| {
        let fired = n.s("s") != 0;
        let a = sat(scaled(n.s("a"), n.p("keep_a"), 16) + if fired { n.p("jump") } else { 0 });
        let threshold = sat(a + n.p("threshold"));
        let input = sat(wrap(s(a0) << n.p("in_shift"), 24) + wrap(s(a1) << n.p("own_shift"), 24));
        let biased = sat(sat(scaled(n.s("u"), n.p("keep_u"), 16) + input) + n.p("bias"));
        let u = sat(biased - if fired { threshold } else { 0 });
        n.set("a", a);
        n.set("u", u);
        n.set("s", i64::from(u > threshold));
        Out::spike_if(u > threshold)
    });
}

#[test]
fn sigma_delta_is_its_definition() {
    let ranges = [
        ("bias", -500, 500),
        ("act_min", -100, 0),
        ("threshold", 0, 400),
        ("in_shift", 0, 3),
        ("out_shift", -6, 0),
    ];
    equals("sigma_delta", &ranges, [100, 0], |n, a0, _| {
        let sigma = wrap(n.s("sigma") + wrap(s(a0) << n.p("in_shift"), 24), 24);
        n.set("sigma", sigma);
        let act = wrap(sigma + n.p("bias"), 24).max(n.p("act_min"));
        let delta = wrap(act - n.s("act") + n.s("residue"), 24);
        n.set("act", act);
        // |-2^23| is not a word: it stays negative
        let sent = wrap(delta.abs(), 24) >= n.p("threshold");
        n.set("residue", if sent { 0 } else { delta });
        let payload = delta >> -n.p("out_shift");
        Out {
            spike: (sent && payload != 0).then_some(payload),
            ..Out::default()
        }
    });
}

#[test]
fn resonate_and_fire_is_its_definition() {
    let ranges = [
        ("cos", 20_000, 32_000),
        ("sin", -15_000, 15_000),
        ("threshold", 0, 400),
        ("in_shift", 0, 4),
        ("out_shift", -3, 3),
    ];
    equals("resonate_and_fire", &ranges, [300, 300], |n, a0, a1| {
        let turn = |x: i64, k: &str| wrap(scaled(x, n.p(k), n.p("rot_shift")), 24);
        let input = |x: i64| wrap(s(x) << n.p("in_shift"), 24);
        let re = n.s("re");
        let im = n.s("im");
        let re_new = sat(turn(re, "cos") + wrap(-turn(im, "sin"), 24) + input(a0));
        let im_new = sat(turn(re, "sin") + turn(im, "cos") + input(a1));
        n.set("re", re_new);
        n.set("im", im_new);
        let spike = im < 0 && im_new >= 0 && re_new > n.p("threshold");
        let shift = n.p("out_shift");
        let payload = if shift >= 0 {
            wrap(re_new << shift, 24)
        } else {
            re_new >> -shift
        };
        Out {
            spike: spike.then_some(payload),
            ..Out::default()
        }
    });
}

#[test]
fn li_is_its_definition() {
    let ranges = [
        ("keep_v", 0, 4096),
        ("bias", -200, 200),
        ("y_min", -2000, 0),
        ("y_max", 0, 2000),
        ("keep_target", 0, 4096),
        ("target_shift", 0, 3),
        ("always", 0, 1),
        ("error_min", 0, 300),
        ("error_shift", 0, 4),
    ];
    equals("li", &ranges, [300, 300], |n, a0, a1| {
        let v = sat(keep(n.s("v"), n.p("keep_v")) + a(a0) + n.p("bias"));
        n.set("v", v);
        let y = scaled(v, 1, n.p("y_shift"))
            .min(n.p("y_max"))
            .max(n.p("y_min"));
        let arrived = s(a1);
        let target =
            sat(keep(n.s("target"), n.p("keep_target")) + wrap(arrived << n.p("target_shift"), 24));
        n.set("target", target);
        let error = sat(y + wrap(-target, 24)); // -2^23 has no negative (MC-025)
        let payload = scaled(error, 1, n.p("error_shift")); // nor has it a magnitude
        let wanted = n.p("always") == 1 || arrived != 0;
        Out {
            spike: (wanted && wrap(error.abs(), 24) >= n.p("error_min") && payload != 0)
                .then_some(payload),
            ..Out::default()
        }
    });
}

#[test]
fn qif_is_its_definition() {
    let ranges = [
        ("square_shift", 14, 16),
        ("rate", 1, 400),
        ("rate_shift", 6, 9),
        ("drive", -20, 60),
        ("v_max", 40_000, 400_000),
        ("in_shift", 0, 4),
    ];
    equals("qif", &ranges, [3000, 0], |n, a0, _| {
        let v = n.s("v");
        let p = wrap(scaled(v, sat(v - n.p("one")), n.p("square_shift")), 24);
        let input = sat(wrap(s(a0) << n.p("in_shift"), 24) + n.p("drive"));
        let x = sat(v + wrap(scaled(p, n.p("rate"), n.p("rate_shift")), 24) + input);
        let spike = x >= n.p("v_max");
        n.set(
            "v",
            if spike {
                -n.p("v_max")
            } else {
                x.max(-n.p("v_max"))
            },
        );
        Out::spike_if(spike)
    });
}

/// Fixed-function columns: u, v, hold, fired.
struct Fixed {
    u: Vec<i32>,
    v: Vec<i32>,
    hold: Vec<u8>,
    fired: Vec<u8>,
}

impl Fixed {
    fn new(n: usize) -> Fixed {
        Fixed {
            u: vec![0; n],
            v: vec![0; n],
            hold: vec![0; n],
            fired: vec![0; n],
        }
    }

    fn step(&mut self, settings: Settings, mut q: Vec<i32>, input: &[i32]) {
        let u = &mut self.u;
        let v = &mut self.v;
        let hold = &mut self.hold;
        let fired = &mut self.fired;
        update(
            settings,
            Columns {
                q: &mut q,
                input,
                u,
                v,
                hold,
                fired,
            },
        );
    }
}

fn settings(draws: &mut Draws, m: u32) -> Settings {
    Settings {
        keep_u: draws.between(0, 4096) as i32,
        keep_v: draws.between(0, 4096) as i32,
        threshold: (draws.between(0, 1 << 13) << 6) as i32,
        v_limits: (-(1 << draws.between(0, 23)) + 1, (1 << (9 + 2 * m)) - 1),
        refractory_steps: draws.between(1, 63) as i32 >> draws.between(0, 6).min(5),
        spikes: true,
    }
}

fn accumulators(draws: &mut Draws, n: usize) -> Vec<i32> {
    let one = |draws: &mut Draws| match draws.between(0, 7) {
        0 => draws.between(-100_000, 100_000) as i32,
        1 | 2 => 0,
        _ => draws.between(-800, 1500) as i32,
    };
    (0..n).map(|_| one(draws)).collect()
}

fn parameters(s: &Settings) -> Vec<(&'static str, i64)> {
    let hold = if s.refractory_steps > 1 {
        s.refractory_steps
    } else {
        0
    };
    let pairs = [
        ("keep_u", s.keep_u),
        ("keep_v", s.keep_v),
        ("threshold", s.threshold),
        ("v_min", s.v_limits.0),
        ("v_max", s.v_limits.1),
        ("hold_steps", hold),
    ];
    pairs.map(|(n, v)| (n, i64::from(v))).to_vec()
}

/// The program lif and the fixed compartment (NC-001..NC-014), bit for bit, wraps and clips
/// included.
#[test]
fn lif_equals_the_fixed_compartment() {
    let mut spikes = 0;
    let n = 200;
    for seed in 0..60 {
        let draws = &mut Draws(seed + 100);
        let s = Settings {
            refractory_steps: draws.between(1, 5) as i32,
            ..settings(draws, draws.0 as u32 % 8)
        };
        let bias = draws.between(-524_160, 524_160) >> draws.between(0, 10);
        let mut fixed = Fixed::new(n);
        let input = vec![bias as i32; n];
        let mut bench = Bench::same("lif", n, &[&parameters(&s)[..], &[("bias", bias)]].concat());
        for t in 0..120 {
            let q = accumulators(draws, n);
            fixed.step(s, q.clone(), &input);
            bench.step(q, vec![]);
            assert_eq!(bench.state("u"), fixed.u, "u, seed {seed}, step {t}");
            assert_eq!(bench.state("v"), fixed.v, "v, seed {seed}, step {t}");
            assert!(
                bench
                    .state("hold")
                    .iter()
                    .zip(&fixed.hold)
                    .all(|(a, b)| *a == i32::from(*b)),
                "hold, seed {seed}, step {t}"
            );
            assert_eq!(bench.fired, fixed.fired, "spikes, seed {seed}, step {t}");
            spikes += fixed.fired.iter().map(|f| u32::from(*f)).sum::<u32>();
        }
    }
    assert!(spikes > 10_000, "{spikes} spikes");
}

/// The program cuba_ahp and the two compartments of NC-045: the auxiliary one is updated first,
/// gets the spike of the step before, and its v is added to the input of the main one.
#[test]
fn cuba_ahp_equals_the_two_compartments() {
    let mut spikes = 0;
    let n = 200;
    for seed in 0..60 {
        let draws = &mut Draws(seed + 900);
        let s = Settings {
            refractory_steps: draws.between(1, 4) as i32,
            v_limits: (-(1 << 22) + 1, (1 << 23) - 1),
            ..settings(draws, 7)
        };
        let bias = draws.between(-500, 3000);
        let jump = -64 * draws.between(0, 100);
        let auxiliary = Settings {
            keep_u: 0,
            keep_v: draws.between(3900, 4096) as i32,
            threshold: 640_000,
            refractory_steps: 1,
            spikes: false,
            ..s
        };
        let mut aux = Fixed::new(n);
        let mut main = Fixed::new(n);
        let own = [
            ("bias", bias),
            ("keep_ahp", auxiliary.keep_v.into()),
            ("jump", jump),
        ];
        let mut bench = Bench::same("cuba_ahp", n, &[&parameters(&s)[..], &own].concat());
        for t in 0..150 {
            let q = accumulators(draws, n);
            let from_main = main
                .fired
                .iter()
                .map(|f| i32::from(*f) * (jump / 64) as i32)
                .collect();
            aux.step(auxiliary, from_main, &vec![0; n]);
            let input: Vec<i32> = aux.v.iter().map(|v| v + bias as i32).collect();
            main.step(s, q.clone(), &input);
            bench.step(q, vec![]);
            assert_eq!(bench.state("u"), main.u, "u, seed {seed}, step {t}");
            assert_eq!(bench.state("ahp"), aux.v, "ahp, seed {seed}, step {t}");
            assert_eq!(bench.state("v"), main.v, "v, seed {seed}, step {t}");
            assert_eq!(bench.fired, main.fired, "spikes, seed {seed}, step {t}");
            spikes += main.fired.iter().map(|f| u32::from(*f)).sum::<u32>();
        }
    }
    assert!(spikes > 10_000, "{spikes} spikes");
}
