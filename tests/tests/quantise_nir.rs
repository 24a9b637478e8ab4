//! The published NIR networks. Needs the data folder (`SEAMOUNT_DATA`, default `../shared/data`
//! beside the workspace).

use seamount_study::experiment::Experiment;
use seamount_systems::DumpedOptions;
use seamount_systems::nir::{LifOptions, NirBraille, NirCnn, StreamOptions, lif};
use std::io::Write as _;
use std::path::PathBuf;

/// The data folder; without it the test is skipped by name, or fails where `CI` is true.
fn data(test: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    let folder = std::env::var_os("SEAMOUNT_DATA").map_or_else(beside, PathBuf::from);
    if folder.join("nir/01_lif/lif_norse.nir").is_file() {
        return Some(folder);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{test}: no NIR data in {}",
        folder.display()
    );
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: no NIR data in {}",
        folder.display()
    );
    None
}

fn in_folder(folder: PathBuf) -> DumpedOptions {
    DumpedOptions {
        data: Some(folder),
        ..DumpedOptions::default()
    }
}

#[test]
fn lif_equals_the_recording_on_loihi() {
    let Some(folder) = data("lif_equals_the_recording_on_loihi") else {
        return;
    };
    let report = lif::NirLif::run(
        &LifOptions {
            files: in_folder(folder),
            ..LifOptions::default()
        },
        seamount_study::Progress::UNSEEN,
    )
    .unwrap();
    println!("{report}");
    assert_eq!(report.steps, 1000);
    assert!(
        report.exact_voltage_error_max < 1e-6,
        "{}",
        report.exact_voltage_error_max
    );
    assert_eq!(report.exact_spikes_equal, 1000);
    assert_eq!(report.recorded_voltage_equal, 1000);
    assert_eq!(report.recorded_spikes_equal, 1000);
    assert_eq!(report.recorded_dynamics_equal, 996);
    assert!(
        report.chosen.whole.first_spike.is_none(),
        "{}",
        report.chosen.whole
    );
}

#[test]
fn braille_on_the_chip_is_close_to_the_reference() {
    let Some(folder) = data("braille_on_the_chip_is_close_to_the_reference") else {
        return;
    };
    let options = StreamOptions {
        files: in_folder(folder),
        ..StreamOptions::default()
    };
    let report = NirBraille::run(&options, seamount_study::Progress::UNSEEN).unwrap();
    println!("{report}");
    assert_eq!(report.second, Some(("1.0.8".into(), true)));
    let (_, float, chip, _) = report.layers[0];
    assert!(
        (109.0..=174.0).contains(&float),
        "as often as in the published activity: {float}"
    );
    assert!((chip / float - 1.0).abs() < 0.03, "{float} {chip}");
    assert!(
        report.classes_equal >= 17,
        "{} of {}",
        report.classes_equal,
        report.samples
    );
}

#[test]
fn the_cnn_on_the_chip_is_close_to_the_reference() {
    let Some(folder) = data("the_cnn_on_the_chip_is_close_to_the_reference") else {
        return;
    };
    let options = StreamOptions {
        files: in_folder(folder),
        samples: Some(1),
        ..StreamOptions::default()
    };
    let report = NirCnn::run(&options, seamount_study::Progress::UNSEEN).unwrap();
    println!("{report}");
    let (name, float, chip, both) = &report.layers[0];
    assert_eq!(name, "1");
    assert!(
        (3590.0..=15043.0).contains(float),
        "as often as in the published activity: {float}"
    );
    assert!(
        (chip / float - 1.0).abs() < 0.03 && *both > 0.9 * float,
        "{float} {chip} {both}"
    );
}
