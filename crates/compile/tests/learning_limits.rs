//! Limits of learning: what breaks them is named, with wanted and available.

use seamount_compile::{CompileError, CompileOptions, Limit, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::*;

/// `rules` rules between inputs of `sources` neurons and one neuron.
fn network(rules: usize, sources: u32, rule: impl Fn(usize) -> LearningRule) -> Netlist {
    let mut net = Netlist::new("limits");
    net.add(Population::new("p", 1));
    for i in 0..rules {
        let input = format!("in{i}");
        let name = format!("rule{i}");
        net.input(&input, sources).rule(LearningRule {
            name: name.clone(),
            ..rule(i)
        });
        net.connect(&input, "p")
            .all_to_all(1)
            .format(SignMode::Mixed, 8)
            .learn(&name);
    }
    net
}

fn plain(_: usize) -> LearningRule {
    LearningRule {
        dw: Some("x1*y0".into()),
        x1: Some(Trace::keeping(1, 1)),
        ..LearningRule::new("")
    }
}

fn broken(net: &Netlist) -> Vec<Limit> {
    match compile(net, &CompileOptions::default()) {
        Err(CompileError::Limits(limits)) => limits,
        other => panic!("{:?}", other.map(|_| "it compiles")),
    }
}

#[track_caller]
fn names(net: &Netlist, resource: &str, wanted: u64, available: u64) {
    let limits = broken(net);
    let found = limits.iter().any(|l| {
        l.resource == resource && (l.wanted, l.available) == (wanted, available) && l.who == ["p"]
    });
    assert!(found, "{limits:?}");
}

fn fits(net: &Netlist, ignore_limits: bool) -> seamount_image::Image {
    let mut options = CompileOptions::default();
    options.ignore_limits = ignore_limits;
    let image = compile(net, &options)
        .unwrap_or_else(|e| panic!("{e}"))
        .image;
    let policy = if ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    };
    CheckedImage::prove(image.clone(), &options.board, policy).unwrap_or_else(|e| panic!("{e:#?}"));
    image
}

#[test]
fn a_rule_has_so_many_products_and_a_product_so_many_factors() {
    let text = |products: usize| vec!["x1*y0"; products].join(" + ");
    let rule = |products: usize| {
        move |i| LearningRule {
            dw: Some(text(products)),
            ..plain(i)
        }
    };
    fits(&network(1, 1, rule(32)), false);
    let error = compile(&network(1, 1, rule(33)), &CompileOptions::default())
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(error.contains("33 products, at most 32 a rule"), "{error}");
    let factors = |n: usize| {
        move |i| LearningRule {
            dw: Some(format!("{}*y0", vec!["w"; n].join("*"))),
            ..plain(i)
        }
    };
    fits(&network(1, 1, factors(6)), false);
    let error = compile(&network(1, 1, factors(7)), &CompileOptions::default())
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(error.contains("7 factors, at most 6"), "{error}");
}

#[test]
fn a_core_has_so_many_rules_and_reward_channels() {
    fits(&network(16, 1, plain), false);
    names(&network(17, 1, plain), "learning rules", 17, 16);
    let rewarded = |i: usize| {
        let sources = vec![RewardSource {
            source: Endpoint("in0".into()),
            impulse: 1,
        }];
        LearningRule {
            reward: Some(Reward {
                sources,
                tau: Some(5.0),
                linear: false,
                k: None,
            }),
            ..plain(i)
        }
    };
    fits(&network(4, 1, rewarded), false);
    names(&network(5, 1, rewarded), "reward channels", 5, 4);
}

#[test]
fn a_core_has_so_many_trace_configurations() {
    let pre = |i: usize| LearningRule {
        x1: Some(Trace::keeping(1, i as u16)),
        ..plain(i)
    };
    fits(&network(3, 1, pre), false);
    names(&network(4, 1, pre), "pre-trace configurations", 4, 3);
    fits(&network(4, 1, pre), true);
    // seventeen populations with traces of their own do not share a core of sixteen
    let mut net = Netlist::new("post");
    net.input("in", 1);
    for i in 0..17u16 {
        let name = format!("p{i}");
        let rule = format!("rule{i}");
        net.add(Population::new(&name, 1));
        net.rule(LearningRule {
            dw: Some("y1*x0".into()),
            y1: Some(Trace::keeping(1, 100 * i)),
            ..LearningRule::new(&rule)
        });
        net.connect("in", &name)
            .all_to_all(1)
            .format(SignMode::Mixed, 8)
            .learn(&rule);
    }
    let image = fits(&net, false);
    assert!(
        image.cores.len() >= 2
            && image
                .learning
                .cores
                .iter()
                .all(|c| c.post_profiles.len() <= 16)
    );
}

#[test]
fn nc_028_a_learning_axon_takes_two_input_slots() {
    let net = network(1, 2048, plain);
    let image = fits(&net, false);
    let options = CompileOptions::default();
    let usage = seamount_image::limit_uses(&image, &image.cores[0], &options.board);
    let slots = usage
        .iter()
        .find(|u| u.resource == "input slots")
        .expect("counted");
    assert_eq!((slots.used, slots.available), (4096, 4096));
    let limits = broken(&network(1, 2049, plain));
    assert!(
        limits
            .iter()
            .any(|l| l.resource == "input slots" && (l.wanted, l.available) == (4098, 4096)),
        "{limits:?}"
    );
}
