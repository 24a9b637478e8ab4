//! Intel's sequential-MNIST network of LIF and AHP neurons against what was recorded on Loihi
//! (NC-010, NC-011, NC-041, NC-045). Needs the data: `SEAMOUNT_DATA` names the folder, from the
//! root of the workspace; without it the test says that it is skipped, unless `CI` is `true`.

use seamount_study::experiment::Experiment;
use seamount_systems::lsnn::{LsnnOptions, LsnnReport, LsnnSmnist};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let data = std::env::var_os("SEAMOUNT_DATA").map(|data| root.join(data));
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(
        data.is_some() || !ci,
        "SEAMOUNT_DATA is not set, and CI must not skip this"
    );
    data
}

fn report(data: &Path, ablate_ahp: bool, threads: u16) -> LsnnReport {
    let options = LsnnOptions {
        data: Some(data.into()),
        ablate_ahp,
        threads: Some(threads),
        ..LsnnOptions::default()
    };
    LsnnSmnist::run(&options, seamount_study::Progress::UNSEEN).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn nc_045_lsnn_gives_the_100_classes_recorded_on_loihi() {
    let Some(data) = data() else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: nc_045_lsnn_gives_the_100_classes_recorded_on_loihi needs SEAMOUNT_DATA (loihi-lsnn-smnist, mnist)"
        );
        return;
    };
    let one = report(&data, false, 1);
    assert_eq!((one.recorded_agreeing, one.recorded_images), (100, 100));
    assert_eq!(one.hidden_spikes_mean, 10578.36);
    assert_eq!(one.synaptic_operations_mean, 633588.5);

    let two = report(&data, false, 2);
    assert_eq!(two.predictions, one.predictions);
    assert_eq!(
        (two.hidden_spikes_mean, two.synaptic_operations_mean),
        (one.hidden_spikes_mean, one.synaptic_operations_mean)
    );

    let options = LsnnOptions {
        data: Some(data.clone()),
        board: "loihi2".into(),
        threads: Some(2),
        ..LsnnOptions::default()
    };
    let programs = LsnnSmnist::run(&options, seamount_study::Progress::UNSEEN)
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        programs.predictions, one.predictions,
        "the programs lif and cuba_ahp"
    );
    assert_eq!(programs.hidden_spikes_mean, one.hidden_spikes_mean);

    let cut = report(&data, true, 2);
    println!(
        "accuracy {} with the AHP path, {} without",
        one.accuracy, cut.accuracy
    );
    assert!(
        cut.accuracy < one.accuracy - 0.2,
        "cutting the AHP path hurts: {} against {}",
        cut.accuracy,
        one.accuracy
    );
}
