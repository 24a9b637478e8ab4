//! Cue accumulation: the reader, and learning on ReckOn's fifty samples.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use seamount_reference::eprop::Target;
use seamount_systems::eprop_cue::float::{
    CueSettings, Problem, Samples, deal, parse_samples, parse_weights, train_and_test,
};
use seamount_systems::eprop_cue::{EpropCueOptions, EpropCueReport, run};

/// The data directory, or `None` (after saying so) where there is none and CI does not ask for it.
fn data(test: &str) -> Option<PathBuf> {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("SEAMOUNT_DATA").map_or_else(default, PathBuf::from);
    let folder = root.join("eprop-cue-accumulation");
    if folder.is_dir() {
        return Some(folder);
    }
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: no {}",
        folder.display()
    );
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{test}: CI must have {}",
        folder.display()
    );
    None
}

fn text_of(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn samples_of(folder: &Path) -> Samples {
    parse_samples(&text_of(folder, "dataset_cueAcc_train.dat")).unwrap_or_else(|e| panic!("{e:?}"))
}

#[test]
fn five_fold_accuracy_over_three_seeds() {
    let Some(folder) = data("five_fold_accuracy_over_three_seeds") else {
        return;
    };
    let options = EpropCueOptions {
        data: Some(folder),
        ..EpropCueOptions::default()
    };
    let report = run(&options, seamount_study::Progress::UNSEEN).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(report.seeds.len(), 3);
    for seed in &report.seeds {
        let tested: usize = seed.folds.iter().map(|fold| fold.tested.len()).sum();
        assert_eq!(tested, 50, "every sample is tested once");
        println!(
            "cue accumulation, seed {}: accuracy {:.2} after 20 epochs",
            seed.seed, seed.accuracy
        );
    }
    println!(
        "cue accumulation: mean {:.3}, golden curves' medians {:?}",
        report.accuracy,
        golden_medians()
    );
    assert!(report.accuracy >= 0.80);
}

/// Median test accuracy after 20 epochs of the golden runs, for each learning rate.
/// They trained on all fifty samples and were tested on fifty others.
fn golden_medians() -> Vec<(String, f64)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden/eprop-reckon-cue-curves.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let curves: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let median = |rate: &str| {
        let last = |seed| {
            curves["runs"][format!("{rate}_seed{seed}")][19][1]
                .as_f64()
                .expect("an accuracy")
        };
        let mut finals = [0, 1, 2].map(last);
        finals.sort_by(f64::total_cmp);
        (rate.to_string(), finals[1])
    };
    ["lr0.0001", "lr0.001"].map(median).to_vec()
}

/// Files of samples in a folder of its own, which is removed at the end.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Files {
        let folder = format!("seamount-cue-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&folder).expect("creates");
        Files(folder)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("writes");
        path
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sample_of(steps: usize) -> String {
    format!("1\n3, 1\n-2, 0\n-1, {steps}\n")
}

/// Learns one file and tests another, with three neurons and two epochs.
fn learn_and_test(train: PathBuf, test: PathBuf) -> Result<EpropCueReport, String> {
    let options = EpropCueOptions {
        train: Some(train),
        test: Some(test),
        seeds: 1,
        neurons: 3,
        epochs: 2,
        ..EpropCueOptions::default()
    };
    run(&options, seamount_study::Progress::UNSEEN).map_err(|e| e.to_string())
}

#[test]
fn training_and_test_files_must_have_one_length() {
    let settings = CueSettings {
        neurons: 3,
        epochs: 2,
        ..CueSettings::default()
    };
    let ten = parse_samples(&sample_of(10)).expect("reads");
    let epochs = train_and_test(&settings, 0, &ten, &ten);
    assert!(epochs[0].test_accuracy.is_none() && epochs[1].test_accuracy.is_some());
    let files = Files::new("lengths");
    let short = files.write("ten.dat", &sample_of(10));
    let long = files.write("eleven.dat", &sample_of(11));
    assert!(learn_and_test(short.clone(), short.clone()).is_ok());
    let differ = learn_and_test(short, long).expect_err("lengths differ");
    assert!(
        differ.contains("eleven.dat: samples of 11 steps; those to learn have 10"),
        "{differ}"
    );
}

#[test]
fn data_files_read_as_described() {
    let Some(folder) = data("data_files_read_as_described") else {
        return;
    };
    let samples = samples_of(&folder);
    assert_eq!(
        (samples.sequences.len(), samples.sequence_steps),
        (50, 2250)
    );
    let events: usize = samples
        .sequences
        .iter()
        .flat_map(|s| &s.input)
        .map(Vec::len)
        .sum();
    assert_eq!(events, 28_153);
    assert_eq!(
        samples
            .sequences
            .iter()
            .filter(|s| s.target == Target::Class(0))
            .count(),
        22
    );
    for (name, sources, targets) in [("inp", 40, 100), ("rec", 100, 100), ("out", 100, 2)] {
        let text = text_of(&folder, &format!("init_rand_weights_{name}_cueAcc.dat"));
        let weights = parse_weights(&text, sources, targets).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!((weights.rows(), weights.cols()), (targets, sources));
        assert!(weights.values().iter().all(|w| (-128.0..128.0).contains(w)));
    }
}

#[test]
fn hands_hold_every_sample_once_and_both_classes() {
    let sample = |class: usize| format!("3, 1\n-2, {class}\n-1, 10\n");
    let text = format!("20\n{}", (0..20).map(|s| sample(s % 2)).collect::<String>());
    let samples = parse_samples(&text).expect("reads");
    let hands = deal(&samples, 5, 4);
    let mut all: Vec<usize> = hands.iter().flatten().copied().collect();
    all.sort_unstable();
    assert_eq!(all, (0..20).collect::<Vec<_>>());
    assert!(
        hands
            .iter()
            .all(|hand| hand.iter().filter(|&&s| s % 2 == 0).count() == 2)
    );
    assert_ne!(hands, deal(&samples, 5, 5));
}

#[test]
fn carriage_returns_and_blank_lines_do_not_matter() {
    let plain = parse_samples("1\n0, 0\n39, 9\n-2, 1\n-1, 10\n").expect("reads");
    let other = parse_samples("1\r\n0,0\r\n\r\n39, 9\r\n-2, 1\r\n-1, 10\r\n\r\n").expect("reads");
    assert_eq!(plain, other);
    assert_eq!(plain.sequences[0].input[9], [39]);
}

#[test]
fn every_problem_is_listed_with_its_line() {
    let text = "3\n40, 1\nfive, 2\n5, 12\n5, 3\n5, 3\n-2, 0\n-2, 1\n-1, 10\n-2, 7\n-1, 11\n1, 1\n";
    let problems = parse_samples(text).expect_err("is broken");
    let found: Vec<(usize, Problem)> = problems.into_iter().map(|p| (p.line, p.problem)).collect();
    let length = Problem::Length {
        expected: "10".into(),
        found: 11,
    };
    let wanted = [
        (1, Problem::Count { said: 3, found: 2 }),
        (2, Problem::Address(40)),
        (3, Problem::NotAPair("five, 2".into())),
        (
            4,
            Problem::Time {
                time: 12,
                steps: 10,
            },
        ),
        (
            6,
            Problem::Twice {
                address: 5,
                time: 3,
            },
        ),
        (8, Problem::ClassTwice),
        (10, Problem::Class(7)),
        (11, length),
        (12, Problem::Unfinished),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn errors_name_the_file_and_every_line() {
    let files = Files::new("errors");
    let good = files.write("good.dat", &sample_of(10));
    let gone = learn_and_test("no/such/file.dat".into(), good.clone()).expect_err("is missing");
    assert!(gone.starts_with("no/such/file.dat: "), "{gone}");
    let bad = files.write("bad.dat", "1\n99, 1\nx\n-2, 0\n-1, 5\n");
    let broken = learn_and_test(good, bad.clone()).expect_err("is broken");
    assert!(
        broken.contains(&format!("{}: line 2: address 99", bad.display()))
            && broken.contains("line 3: expected 'address, time', found 'x'"),
        "{broken}"
    );
}

#[test]
fn texts_that_are_no_samples_are_errors() {
    for text in [
        "",
        "\n\n",
        "x",
        "0\n",
        "1\n",
        "-1\n",
        "2\n-2, 0\n-1, 0\n",
        "1\n-2, 0\n-1, 99999999999\n",
        "1\n-1, 5\n",
    ] {
        assert!(parse_samples(text).is_err(), "{text:?}");
    }
    assert!(parse_weights("1\n2\n3\n", 2, 2).is_err());
    let all = parse_weights("1\n300\nx\n-128\n-129\n", 2, 2).expect_err("is broken");
    let found: Vec<(usize, Problem)> = all.into_iter().map(|p| (p.line, p.problem)).collect();
    let count = Problem::Weights {
        expected: 4,
        found: 5,
    };
    let range = |line, weight| (line, Problem::WeightRange(weight));
    assert_eq!(
        found,
        [
            range(2, 300),
            (3, Problem::NotANumber("x".into())),
            range(5, -129),
            (5, count)
        ]
    );
    assert_eq!(
        parse_weights("1\n2\n3\n4\n", 2, 2).expect("reads").row(0),
        [1.0, 3.0]
    );
}
