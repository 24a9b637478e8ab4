//! Rules as text against the models they are written for, in f64.

use seamount_network::netlist::DwRounding;
use seamount_reference::Draws;
use seamount_reference::rules::{Engine, Precision, Rule, Seen, Synapses, Trace};
use seamount_reference::stdp::triplet::{Amplitudes, Times, Triplet};
use seamount_reference::stdp::{Pair, Rewarded};
use seamount_rules::{Product, RuleError};

/// The products of a text.
fn products(text: &str) -> Result<Vec<Product>, Vec<RuleError>> {
    seamount_rules::parse(text).map(|parsed| parsed.products)
}

/// Spikes of one source and one target in 2,000 steps, and rewards.
fn spikes(seed: u64) -> Vec<(bool, bool, bool)> {
    let mut draws = Draws::new(seed, 3);
    (0..2000)
        .map(|_| (draws.chance(0.03), draws.chance(0.04), draws.chance(0.01)))
        .collect()
}

fn one(rule: Rule) -> Engine {
    Engine::new(
        rule,
        Precision::default(),
        Synapses::new(vec![(0, 0)], vec![0.0]),
        (1, 1),
        1,
    )
}

fn seen((pre, post, reward): (bool, bool, bool)) -> Seen<'static> {
    Seen {
        pre: &[0][..usize::from(pre)],
        post: &[0][..usize::from(post)],
        reward: reward.then_some(8.0),
    }
}

#[test]
fn the_pair_rule_is_pairwise_stdp() {
    let mut rule = Rule::new();
    rule.sums[0] = products("2^-2*x1*y0 - 2^-3*(y1-8)*x0*y0 - 2^-3*y1*x0 + 2^-3*y1*x0*(y0+0)")
        .unwrap_or_default();
    assert!(rule.sums[0].is_empty(), "two gates are refused");
    // target spikes of the same step come after the source's: y1 without its own impulse there
    rule.sums[0] = products("2^-2*x1*y0 - 2^-3*y1*x0 + 8*2^-3*x0*(y0+0)").expect("a rule");
    rule.traces[0] = Trace::new(16.0, 20.0);
    rule.traces[2] = Trace::new(8.0, 30.0);
    let mut engine = one(rule);
    let mut model = Pair::new(0.0, (4.0, 20.0), (1.0, 30.0));
    for (step, now) in (1..).zip(spikes(1)) {
        if now.0 {
            model.pre(f64::from(step));
        }
        if now.1 {
            model.post(f64::from(step));
        }
        engine.step(seen(now));
        assert!(
            (engine.synapses.w[0] - model.weight).abs() < 1e-10,
            "step {step}"
        );
    }
    assert!(model.weight.abs() > 1.0);
}

#[test]
fn the_triplet_rule_is_that_of_pfister_and_gerstner() {
    let mut rule = Rule::new();
    // y2 and x2 without the impulse of the very spike; y1 without that of a simultaneous target
    // spike
    rule.sums[0] =
        products("2^-2*x1*y0 + 2^-5*x1*(y2-4)*y0 - 2^-3*y1*x0 - 2^-6*y1*(x2-2)*x0 + x0*(y0+0) + 2^-3*(x2-2)*x0*(y0+0)").expect("a rule");
    rule.traces = [
        Trace::new(16.0, 17.0),
        Trace::new(2.0, 100.0),
        Trace::new(8.0, 34.0),
        Trace::new(4.0, 125.0),
        Trace::default(),
    ];
    let mut engine = one(rule);
    let a = Amplitudes {
        pair_plus: 4.0,
        triplet_plus: 2.0,
        pair_minus: 1.0,
        triplet_minus: 0.25,
    };
    let mut model = Triplet::new(
        0.0,
        a,
        Times {
            plus: 17.0,
            x: 100.0,
            minus: 34.0,
            y: 125.0,
        },
    );
    for (step, now) in (1..).zip(spikes(2)) {
        if now.0 {
            model.pre(f64::from(step));
        }
        if now.1 {
            model.post(f64::from(step));
        }
        engine.step(seen(now));
        assert!(
            (engine.synapses.w[0] - model.weight).abs() < 1e-9,
            "step {step}: {} {}",
            engine.synapses.w[0],
            model.weight
        );
    }
}

#[test]
fn the_rewarded_rule_follows_its_model() {
    let mut rule = Rule::new();
    rule.sums[2] = products("2^-2*x1*y0 - 2^-3*y1*x0 + x0*(y0+0) - 2^-7*t*u0").expect("a rule");
    rule.sums[0] = products("2^-7*r1*t*u0").expect("a rule");
    rule.traces[0] = Trace::new(16.0, 20.0);
    rule.traces[2] = Trace::new(8.0, 30.0);
    rule.reward_keep = (-1.0f64 / 25.0).exp();
    let mut engine = one(rule);
    // a step leaves 127/128 of the tag; r1 jumps by 8, each step adds r1 * t / 128
    let tau = -1.0 / (127.0f64 / 128.0).ln();
    let mut model = Rewarded::new(0.0, (4.0, 20.0), (1.0, 30.0), (tau, 25.0));
    let mut worst = 0.0f64;
    let mut most = 0.0f64;
    for (step, now) in (1..).zip(spikes(3)) {
        let time = f64::from(step);
        if now.0 {
            model.pre(time);
        }
        if now.1 {
            model.post(time);
        }
        if now.2 {
            model.reward(time, 8.0 / 128.0);
        }
        engine.step(seen(now));
        model.pass(time);
        assert!(
            (engine.synapses.t[0] - model.eligibility(time)).abs()
                < 0.12 * model.eligibility(time).abs().max(8.0),
            "step {step}"
        );
        worst = worst.max((engine.synapses.w[0] - model.weight).abs());
        most = most.max(model.weight.abs());
    }
    // sums over steps against integrals over time: half a step in 18, the harmonic mean of the taus
    assert!(worst < 0.06 * most && most > 5.0, "{worst} of {most}");
}

#[test]
fn reading_x_before_its_impulse() {
    let mut rule = Rule::new();
    rule.sums[0] = products("x1*x0").expect("a rule");
    rule.traces[0] = Trace {
        impulse: 10.0,
        keep: 0.5,
    };
    rule.x_before = true;
    let mut engine = one(rule);
    for pre in [true, true, false, true] {
        engine.step(seen((pre, false, false)));
    }
    // 10 -> 5 at the second spike; 15 -> 3.75 two steps later
    assert_eq!(engine.synapses.w[0], 5.0 + 3.75);
}

/// 2,000 synapses whose weight grows by 13/128 a step.
fn grown(precision: Precision) -> Vec<f64> {
    let mut rule = Rule::new();
    rule.sums[0] = products("2^-7*x1*u0").expect("a rule");
    rule.traces[0] = Trace {
        impulse: 13.0,
        keep: 1.0,
    };
    let ends = (0..2000).map(|i| (0, i)).collect();
    let mut engine = Engine::new(
        rule,
        precision,
        Synapses::new(ends, vec![20.0; 2000]),
        (1, 2000),
        7,
    );
    (0..50).for_each(|step| {
        engine.step(Seen {
            pre: &[0][..usize::from(step == 0)],
            ..Seen::default()
        });
    });
    engine.synapses.w.clone()
}

#[test]
fn each_precision_does_what_it_says() {
    let exact = grown(Precision::default());
    let wanted = 20.0 + 50.0 * 13.0 / 128.0;
    assert!(exact.iter().all(|w| (w - wanted).abs() < 1e-12));
    let grid = Precision {
        weight_grid: Some(1.0),
        ..Precision::default()
    };
    let rounded = grown(grid);
    let mean = rounded.iter().sum::<f64>() / 2000.0;
    let error = (50.0 * 13.0 / 128.0 * 115.0 / 128.0 / 2000.0f64).sqrt();
    assert!(
        (mean - wanted).abs() < 4.0 * error,
        "{mean} {wanted} {error}"
    );
    assert!(rounded.iter().all(|w| w.fract() == 0.0));
    let frozen = grown(Precision {
        rounding: DwRounding::TowardZero,
        ..grid
    });
    assert!(frozen.iter().all(|w| *w == 20.0));
    let away = grown(Precision {
        rounding: DwRounding::AwayFromZero,
        ..grid
    });
    assert!(away.iter().all(|w| *w == 70.0));
}
