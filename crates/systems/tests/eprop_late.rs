//! E-prop step by step without a history, on the tasks of the systems that learn with it.

use seamount_reference::eprop::{
    Eligibility, Fanout, Late, LateInput, LateRule, Method, Psi, Sequence, Target, gradient, run,
};
use seamount_systems::eprop_evidence::float as evidence;
use seamount_systems::eprop_pattern::float as pattern;

const RULE: LateRule = LateRule {
    latency_steps: 0,
    rates: [1e-9; 3],
    psi: Psi::Triangle,
    eligibility: Eligibility::Filtered,
    readout_limit: None,
    rate_keep: 0.99,
    rate_gain: 0.0,
    weight_limits: [1e9; 3],
};

/// Without latency, and so slowly that weights hardly move, the updates of a sequence add up to
/// minus eta times the gradient of A.1 without its term of the rate.
#[test]
fn without_latency_it_is_the_batched_rule() {
    let task = pattern::task(3);
    let mut network = task.network.clone();
    network.rate_regularisation = 0.0;
    let sequence = pattern::sequence(3);
    let run = run(&network, &Fanout::new(&task.weights), &sequence);
    let feedback = task.feedback.broadcast(&task.weights);
    let wanted = gradient(&network, Method::Adjoint, &feedback, &sequence, &run);
    let Target::Signal(target) = &sequence.target else {
        panic!("a signal")
    };
    let mut late = Late::new(network, RULE, task.weights.clone(), &task.feedback);
    for (t, input) in sequence.input.iter().enumerate() {
        let y = late
            .step(LateInput {
                input,
                target: Some(&target[t..=t]),
                spikes: None,
            })
            .to_vec();
        assert_eq!(late.spikes(), run.spikes[t], "step {t}");
        assert!((y[0] - run.y.at(t, 0)).abs() < 1e-6);
    }
    for ((moved, start), wanted) in late
        .weights()
        .layers()
        .into_iter()
        .zip(task.weights.layers())
        .zip(wanted.layers())
    {
        let scale = wanted.values().iter().fold(0.0f64, |m, x| m.max(x.abs()));
        for ((moved, start), wanted) in moved
            .values()
            .iter()
            .zip(start.values())
            .zip(wanted.values())
        {
            assert!(
                ((start - moved) / 1e-9 - wanted).abs() < 1e-4 * scale,
                "{} {wanted}",
                (start - moved) / 1e-9
            );
        }
    }
}

/// The latency shifts the signal and nothing else: with eligibility that does not change between
/// two steps there is no difference, and here there is one.
#[test]
fn latency_changes_the_update_and_forced_spikes_are_fired() {
    let task = evidence::task(1);
    let sequence: Sequence = evidence::sequence(1, 0);
    let updates = |latency_steps| {
        let rule = LateRule {
            latency_steps,
            rates: [1e-6, 1e-6, 1e-9],
            ..RULE
        };
        let mut late = Late::new(
            task.network.clone(),
            rule,
            task.weights.clone(),
            &task.feedback,
        );
        for (t, input) in sequence.input.iter().enumerate() {
            let target = [0.5, -0.5];
            let forced = [(t % 100) as u32];
            late.step(LateInput {
                input,
                target: (t > 2100).then_some(&target[..]),
                spikes: Some(&forced),
            });
            assert_eq!(late.spikes(), forced);
        }
        let w = late.weights().w_in.clone();
        late.rest();
        assert!(late.spikes().is_empty() && late.weights().w_in == w);
        w
    };
    let now = updates(0);
    let later = updates(2);
    assert!(now.distance(&later) > 0.0);
    assert!(now.distance(&task.weights.w_in) > 5.0 * now.distance(&later));
}
