//! What the documents say that the chip learns. Everything here is deterministic: the same bits on
//! every machine, so that a result which moves is a change of what is computed. Needs the data for
//! cue accumulation: `SEAMOUNT_DATA`, default `../shared/data` from the root of the workspace.

use seamount_systems::eprop::control::Intervention;
use seamount_systems::eprop_cue::chip::{
    ByteWeights, ChipCueSettings, CompiledCue, Rule, by_source, train_and_test,
};
use seamount_systems::eprop_cue::float::{self as cue, CLASSES, INPUTS, Samples};
use seamount_systems::eprop_evidence::{self as evidence, EvidenceOptions};
use seamount_systems::eprop_pattern::{self as pattern, PatternOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The loss of the published pattern after 200 sequences, of the whole network or without
/// something; beside it that of floats at the same rates, if it is wanted.
fn pattern_loss(intervention: Option<Intervention>, float: bool) -> [f64; 2] {
    let options = PatternOptions {
        case: Some(root().join("fixtures/golden/eprop-sine-lif.json")),
        no_float: !float,
        intervention,
        ..PatternOptions::default()
    };
    let report = pattern::run(&options, seamount_study::Progress::UNSEEN).unwrap();
    let first = report.losses[0];
    // Nothing is learned yet; targets in another order are as far away, give or take a few percent.
    assert!((95.0..110.0).contains(&first), "loss {first} at first");
    assert_eq!(report.losses.len(), 200);
    let last = |losses: &[f64]| losses.last().copied().unwrap_or(f64::NAN);
    let both = [last(&report.losses), last(&report.losses_float)];
    println!(
        "{intervention:?}: loss {:.2}, in floats {:.2}",
        both[0], both[1]
    );
    both
}

/// The published pattern with its own weights is learned as by floats at the same rates, within a
/// quarter (one seed; the page has ten, of which the median is compared), and not without errors
/// that come to the recurrent neurons: readout weights alone leave several times as much.
#[test]
fn the_published_pattern_is_learned_as_in_floats_and_not_without_feedback() {
    let [chip, float] = pattern_loss(None, true);
    assert!(
        (chip / float - 1.0).abs() < 0.25,
        "{chip} on the chip, {float} in floats"
    );
    for taken in [
        Intervention::HiddenFrozen,
        Intervention::FeedbackRemoved,
        Intervention::TargetsShuffled,
    ] {
        let [without, _] = pattern_loss(Some(taken), false);
        assert!(
            without > 3.0 * float,
            "{taken:?}: {without}, in floats {float}"
        );
    }
}

/// The folder of the cue task; without it the test is skipped by name, or fails where `CI` is true.
fn cues(test: &str) -> Option<PathBuf> {
    let default = || root().join("../shared/data");
    let folder = std::env::var_os("SEAMOUNT_DATA")
        .map_or_else(default, |data| root().join(data))
        .join("eprop-cue-accumulation");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{test}: {} is absent and CI is true",
        folder.display()
    );
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: {} is absent",
        folder.display()
    );
    None
}

/// The share of the samples of the first of five folds of seed 0 that a network which has learned
/// the other four gets right. One fold, because a network takes 14 s; `seamount lab eprop-cue
/// --engine a --seeds 1` runs all five: 0.90 of the 50 samples, 0.96 with engine c.
fn accuracy(folder: &Path, rule: Rule) -> f64 {
    let read = |layer: &str, sources: usize, targets: usize| {
        let file = folder.join(format!("init_rand_weights_{layer}_cueAcc.dat"));
        let text = std::fs::read_to_string(file).unwrap();
        by_source(&cue::parse_weights(&text, sources, targets).unwrap(), 1.0)
    };
    let weights = ByteWeights {
        input: read("inp", INPUTS, 100),
        recurrent: read("rec", 100, 100),
        output: read("out", 100, CLASSES),
    };
    let compiled = CompiledCue::new(&ChipCueSettings::new(rule), &weights, 0).unwrap();
    let text = std::fs::read_to_string(folder.join("dataset_cueAcc_train.dat")).unwrap();
    let samples = cue::parse_samples(&text).unwrap();
    let Samples { sequences, .. } = &samples;
    let hand = &cue::deal(&samples, 5, 0)[0];
    let (test, learn): (Vec<_>, Vec<_>) = (0..sequences.len()).partition(|s| hand.contains(s));
    let of = |which: Vec<usize>| {
        which
            .into_iter()
            .map(|s| sequences[s].clone())
            .collect::<Vec<_>>()
    };
    let test = of(test);
    let learn = of(learn);
    assert_eq!((learn.len(), test.len()), (40, 10));
    let trained = train_and_test(&compiled, 0, &learn, &test);
    let share = trained.epochs[19].test_accuracy.unwrap();
    println!(
        "{rule:?}: {share:.2}, of those learned {:.2}",
        trained.epochs[19].train_accuracy
    );
    share
}

#[test]
fn cues_are_learned_with_tags() {
    let Some(folder) = cues("cues_are_learned_with_tags") else {
        return;
    };
    let share = accuracy(&folder, Rule::Tag);
    assert!(share >= 0.75, "{share}");
}

#[test]
fn cues_are_learned_with_traces_of_neurons() {
    let Some(folder) = cues("cues_are_learned_with_traces_of_neurons") else {
        return;
    };
    let share = accuracy(&folder, Rule::Traces);
    assert!(share >= 0.75, "{share}");
}

/// 50 LIF and 50 ALIF neurons, seed 1: wrong decisions on 100 fresh samples: 26 %. 250 to learn
/// from, because of the time; 500 leave 14 % wrong (`seamount lab eprop-evidence --samples 500`). A
/// share of 35 % is three standard errors below chance.
#[test]
fn evidence_is_learned_from_250_samples() {
    let options = EvidenceOptions {
        samples: 250,
        test_every: 250,
        ..EvidenceOptions::default()
    };
    let report = evidence::run(&options, seamount_study::Progress::UNSEEN).unwrap();
    let [before, after] = &report.points[..] else {
        panic!("{:?}", report.points)
    };
    println!(
        "{:.2} wrong before, {:.2} after 250 samples",
        before.error, after.error
    );
    assert!(
        before.error > 0.35 && after.error <= 0.35,
        "{} wrong before, {} after",
        before.error,
        after.error
    );
}
