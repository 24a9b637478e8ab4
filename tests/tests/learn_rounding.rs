//! Stochastic rounding is unbiased, and cutting changes off freezes (LE-007).

use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::*;

/// Weights of `synapses` synapses after `steps` steps in which every post neuron of 128 adds
/// 2^-7 * x1, x1 = 13, to each of its weights, which start at 64.
fn weights(synapses: u32, steps: u64, dw_rounding: DwRounding, format: (SignMode, u8)) -> Vec<i32> {
    let mut net = Netlist::new("small steps");
    net.input("pre", synapses / 128);
    net.add(
        Population::new("post", 128)
            .current_decay(4095)
            .voltage_decay(4095)
            .threshold_mantissa(100_000),
    );
    let rule = LearningRule {
        dw: Some("2^-7*x1*u0".into()),
        x1: Some(Trace::keeping(13, 4096)),
        dw_rounding,
        ..LearningRule::new("small")
    };
    net.rule(rule)
        .connect("pre", "post")
        .all_to_all(64)
        .weight_exponent(-8)
        .format(format.0, format.1)
        .learn("small");
    let options = CompileOptions::default().ignoring_limits();
    let image = compile(&net, &options)
        .unwrap_or_else(|e| panic!("{e}"))
        .image;
    let mut chip = Chip::load(
        &CheckedImage::prove(image, &options.board, LimitPolicy::Report)
            .unwrap_or_else(|e| panic!("{e:#?}")),
    );
    let events = (0..synapses / 128).map(|n| (0, "pre", n));
    let input = SpikeTrain::named(chip.program(), events).expect("its own input");
    let seen = chip.run(steps, &input, &RunOptions::default());
    assert_eq!(seen.total().learning_visits, u64::from(synapses) * steps);
    chip.learned("pre->post").expect("learns").weights
}

#[test]
fn le_007_a_million_updates_are_unbiased() {
    // all 8 bits, even weights, multiples of 8
    for (format, step) in [
        ((SignMode::Excitatory, 8), 1.0),
        ((SignMode::Mixed, 8), 2.0),
        ((SignMode::Excitatory, 5), 8.0),
    ] {
        // 20,480 synapses x 50 steps = 1,024,000 updates of 13/128 each: a step or nothing
        let all = weights(20_480, 50, DwRounding::Stochastic, format);
        assert!(
            all.iter()
                .all(|w| f64::from(*w) % step == 0.0 && *w < 255 - 64)
        );
        let (n, p): (f64, f64) = (20_480.0 * 50.0, 13.0 / 128.0 / step);
        let sum: f64 = all.iter().map(|w| f64::from(w - 64)).sum();
        let error = step * (n * p * (1.0 - p)).sqrt();
        println!(
            "{format:?}: mean change {:.6}, wanted {:.6}, standard error {:.6}",
            sum / n,
            p * step,
            error / n
        );
        assert!(
            (sum - n * p * step).abs() < 4.0 * error,
            "{format:?}: {sum} instead of {}",
            n * p * step
        );
    }
}

#[test]
fn le_007_cutting_off_freezes() {
    let format = (SignMode::Excitatory, 8);
    assert!(
        weights(128, 1000, DwRounding::TowardZero, format)
            .iter()
            .all(|w| *w == 64)
    );
    let moved = weights(128, 1000, DwRounding::Stochastic, format);
    assert!(moved.iter().all(|w| (114..219).contains(w)), "{moved:?}");
}

#[test]
fn learned_weights_are_written_to_a_chip_of_the_same_shape() {
    let chip = |sources: u32, threshold: u32| {
        let mut net = Netlist::new("of one shape");
        net.input("pre", sources);
        net.add(Population::new("post", 4).threshold_mantissa(threshold));
        let rule = LearningRule {
            dw: Some("2^-7*x1*u0".into()),
            x1: Some(Trace::keeping(13, 4096)),
            ..LearningRule::new("small")
        };
        net.rule(rule)
            .connect("pre", "post")
            .all_to_all(64)
            .weight_exponent(-8)
            .format(SignMode::Excitatory, 8)
            .learn("small");
        let options = CompileOptions::default();
        let image = compile(&net, &options)
            .unwrap_or_else(|e| panic!("{e}"))
            .image;
        Chip::load(
            &CheckedImage::prove(image, &options.board, LimitPolicy::Report)
                .unwrap_or_else(|e| panic!("{e:#?}")),
        )
    };
    let weights = |chip: &Chip| chip.learned("pre->post").expect("learns").weights;
    let mut first = chip(8, 1000);
    let mut other = chip(8, 2000);
    let mut larger = chip(9, 1000);
    let input =
        SpikeTrain::named(first.program(), (0..8).map(|n| (0, "pre", n))).expect("its own input");
    first.run(50, &input, &RunOptions::default());
    assert_ne!(weights(&first), weights(&other));
    assert!(other.write_learned(&first));
    assert_eq!((weights(&first), other.t()), (weights(&other), 0));
    assert!(!larger.write_learned(&first));
    assert!(weights(&larger).iter().all(|w| *w == 64));
}
