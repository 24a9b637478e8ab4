use super::*;
use crate::eprop::control::Intervention;
use seamount_reference::eprop::{Sequence, Target};
use seamount_spec::Board;

const STEPS: usize = 300;

/// Twelve neurons; weights that repeat with odd periods.
fn weights() -> ByteWeights {
    let of = |pre: usize, post: usize, size: i32| {
        let one = |i: usize, j: usize| (i * 7 + j * 11) as i32 % (2 * size + 1) - size + 3;
        (0..pre)
            .map(|i| (0..post).map(|j| one(i, j)).collect())
            .collect()
    };
    ByteWeights {
        input: of(40, 12, 40),
        recurrent: of(12, 12, 6),
        output: of(12, 2, 20),
    }
}

/// The first or the next ten inputs spike, by class; then the third ten, in the recall window.
fn sample(class: usize) -> Sequence {
    let spikes = |t: usize| match t {
        ..100 => vec![
            (10 * class + t % 10) as u32,
            (10 * class + (t / 3) % 10) as u32,
        ],
        170.. => vec![20 + (t % 10) as u32],
        _ => vec![],
    };
    let mut input: Vec<Vec<u32>> = (0..STEPS).map(spikes).collect();
    input.iter_mut().for_each(|spikes| spikes.dedup());
    Sequence {
        input,
        target: Target::Class(class),
    }
}

/// On cores of so many neurons.
fn compiled(rule: Rule, neurons_a_core: u32) -> CompiledCue {
    let mut board = Board::preset("loihi2").unwrap();
    board.core.compartments = neurons_a_core;
    CompiledCue::on(&ChipCueSettings::new(rule), &weights(), 3, board).unwrap()
}

fn show_all(learner: &mut CueLearner, samples: &[Sequence]) {
    for sample in samples {
        learner.learn(sample);
    }
}

fn learned(learner: &CueLearner) -> Vec<Vec<i32>> {
    ["in->rec", "rec->rec", "rec->out"]
        .map(|p| learner.chip().learned(p).unwrap().weights)
        .to_vec()
}

#[test]
fn same_bits_for_any_number_of_threads_and_after_restore_in_mid_training() {
    for rule in [Rule::Tag, Rule::Traces] {
        let samples: Vec<Sequence> = (0..12).map(|n| sample(n * 5 % 7 % 2)).collect();
        let compiled = compiled(rule, 8);
        let mut one = compiled.learner(1);
        let mut saved = vec![];
        for (n, sample) in samples.iter().enumerate() {
            one.learn(sample);
            if n == 6 {
                saved = one.chip().snapshot();
            }
        }
        assert!(
            learned(&one)
                .iter()
                .zip(learned(&compiled.learner(1)))
                .all(|(now, then)| *now != then),
            "{rule:?}: all learn"
        );
        let mut three = compiled.learner(3);
        show_all(&mut three, &samples);
        assert_eq!(
            one.chip().snapshot(),
            three.chip().snapshot(),
            "{rule:?}: threads"
        );
        let mut later = compiled.learner(2);
        later.restore(&saved).unwrap();
        show_all(&mut later, &samples[7..]);
        assert_eq!(
            one.chip().snapshot(),
            later.chip().snapshot(),
            "{rule:?}: restored"
        );
    }
}

#[test]
fn two_samples_are_learnt_and_tests_change_nothing() {
    for rule in [Rule::Tag, Rule::Traces] {
        let compiled = compiled(rule, 8192);
        let samples = [sample(0), sample(1)];
        let mut settled = vec![];
        let mut learner = compiled.learner(1);
        for _ in 0..60 {
            show_all(&mut learner, &samples);
            let before = learned(&learner);
            settled.push(samples.each_ref().map(|sample| learner.test(sample).class));
            assert_eq!(learned(&learner), before, "{rule:?}");
        }
        assert!(
            settled[50..].iter().all(|classes| *classes == [0, 1]),
            "{rule:?}: {settled:?}"
        );
    }
}

/// Weights before and after eight samples, of the whole network or without something.
fn before_and_after(rule: Rule, intervention: Option<Intervention>) -> [Vec<Vec<i32>>; 2] {
    let settings = ChipCueSettings {
        intervention,
        ..ChipCueSettings::new(rule)
    };
    let board = Board::preset("loihi2").unwrap();
    let mut learner = CompiledCue::on(&settings, &weights(), 3, board)
        .unwrap()
        .learner(1);
    let before = learned(&learner);
    let samples: Vec<Sequence> = (0..8).map(|n| sample(n % 2)).collect();
    show_all(&mut learner, &samples);
    [before, learned(&learner)]
}

/// Input and recurrent weights move by what comes back from the readouts and by nothing else: there
/// is no term of the rate here. Readout weights do not need it.
#[test]
fn without_feedback_hidden_weights_stay() {
    for rule in [Rule::Tag, Rule::Traces] {
        let [before, after] = before_and_after(rule, None);
        assert_ne!(before[0], after[0], "{rule:?}: input weights learn");
        let [before, after] = before_and_after(rule, Some(Intervention::FeedbackRemoved));
        assert_eq!(before[..2], after[..2], "{rule:?}: hidden weights stay");
        assert_ne!(before[2], after[2], "{rule:?}: readout weights learn");
    }
}

/// Halved rates of learning go on from the weights as they are.
#[test]
fn halved_rates_go_on_from_the_same_weights() {
    let settings = ChipCueSettings {
        epochs: 4,
        halve_every: 2,
        ..ChipCueSettings::new(Rule::Traces)
    };
    let board = Board::preset("loihi2").unwrap();
    let compiled = CompiledCue::on(&settings, &weights(), 3, board).unwrap();
    let mut learner = compiled.learner(1);
    show_all(&mut learner, &[sample(0), sample(1)]);
    let before = learned(&learner);
    let step = learner.chip().t();
    learner.enter(&compiled, 1);
    assert_eq!(step, learner.chip().t(), "the same chip");
    learner.enter(&compiled, 2);
    assert_eq!(before, learned(&learner));
    show_all(&mut learner, &[sample(0), sample(1)]);
    assert_ne!(before, learned(&learner), "it learns on");
}
