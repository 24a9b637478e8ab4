//! Records of silicon against this emulator, value by value. Need the data: `SEAMOUNT_DATA` names
//! the folder, from the root of the workspace; without it a test says that it is skipped, unless
//! `CI` is `true`.

use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
use seamount_compile::CompileOptions;
use seamount_network::netlist::{Netlist, Netx, Register};
use seamount_network::npy;
use seamount_session::{ImportOptions, NetworkFile, SourceOptions, build};
use seamount_spec::Board;
use seamount_study::experiment::Experiment;
use seamount_systems::records::{RecordResult, Records, RecordsOptions, RecordsReport, nmnist};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn data(test: &str, folder: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = root.parent().expect("the workspace");
    let data = std::env::var_os("SEAMOUNT_DATA").map(|data| root.join(data));
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(
        data.is_some() || !ci,
        "SEAMOUNT_DATA is not set, and CI must not skip this"
    );
    if data.is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {test} needs SEAMOUNT_DATA ({folder})"
        );
    }
    Some(data?.join(folder))
}

fn report(data: &Path, only: &str) -> RecordsReport {
    let options = RecordsOptions {
        data: Some(data.into()),
        only: vec![only.into()],
        threads: Some(2),
        ..RecordsOptions::default()
    };
    Records::run(&options, seamount_study::Progress::UNSEEN).unwrap_or_else(|e| panic!("{e}"))
}

/// Values and equal values of every record of an origin that is compared value by value.
fn bits(report: &RecordsReport) -> Vec<(String, u64, u64)> {
    let compared = report.records.iter().filter_map(|record| {
        let bits = record.result.bits()?;
        Some((record.name.clone(), bits.values, bits.equal))
    });
    compared.collect()
}

#[test]
fn nc_014_the_recorded_response_counts_up_in_the_hold() {
    let test = "nc_014_the_recorded_response_counts_up_in_the_hold";
    let Some(folder) = data(test, "slayer-loihi") else {
        return;
    };
    let report = report(&folder, "slayer");
    let wanted = [
        ("slayer/hidden-spikes", 25 * 499),
        ("slayer/hidden-voltage", 499),
        ("slayer/response-quiet", 110),
        ("slayer/response-in-the-hold", 46),
    ];
    assert_eq!(bits(&report), wanted.map(|(name, n)| (name.into(), n, n)));
    assert!(report.equal);
    assert_eq!(report.silicon_values, report.values);
}

/// The counts of another model of the chip, one sample after the other; and whether classes are
/// right, as on the chip.
#[test]
fn nmnist_gives_the_recorded_classes_and_the_counts_of_another_model() {
    let test = "nmnist_gives_the_recorded_classes_and_the_counts_of_another_model";
    let Some(folder) = data(test, "nmnist-loihi") else {
        return;
    };
    assert_eq!(
        bits(&report(&folder, "nmnist")),
        [("nmnist/classes".into(), 50, 50)]
    );
    let net = nmnist::network(&folder).unwrap();
    let samples = nmnist::test_samples(&folder).unwrap();
    let shown = nmnist::shown(net, &samples, 2).unwrap();
    let counts = npy::read(&folder.join("own_counts_1_50.npy")).unwrap().data;
    let found: Vec<i64> = shown
        .rows
        .iter()
        .flat_map(|row| row.scores.clone())
        .collect();
    assert_eq!(found, counts);
    let operations: u64 = shown
        .rows
        .iter()
        .map(|row| row.counts.synaptic_operations)
        .sum();
    println!("{} synaptic operations a sample", operations / 50);
}

/// All that is at hand, in one call; how long it takes is printed, not judged.
#[test]
fn nmnist_tells_a_thousand_training_samples_right() {
    let test = "nmnist_tells_a_thousand_training_samples_right";
    let Some(folder) = data(test, "nmnist-loihi") else {
        return;
    };
    let net = nmnist::network(&folder).unwrap();
    let samples = nmnist::training_samples(&folder).unwrap();
    let begun = std::time::Instant::now();
    let shown = nmnist::shown(net, &samples, 2).unwrap();
    println!("1000 samples in {:.1} s", begun.elapsed().as_secs_f64());
    let right = shown
        .rows
        .iter()
        .filter(|row| row.answer == row.label)
        .count();
    assert_eq!(right, 1000);
}

#[test]
fn exported_networks_give_what_lava_recorded() {
    let test = "exported_networks_give_what_lava_recorded";
    let Some(all) = data(test, "") else {
        return;
    };
    let digits = report(&all, "ntidigits");
    let spikes = 121 * 3000;
    assert_eq!(
        bits(&digits),
        [("ntidigits/output-spikes".into(), spikes, spikes)]
    );
    let delays = report(&all, "dense-delay");
    let wanted = [
        ("dense-delay/first-layer", 8000),
        ("dense-delay/second-layer", 2400),
    ];
    assert_eq!(bits(&delays), wanted.map(|(name, n)| (name.into(), n, n)));
}

/// A program of ours with the rule that the ground truth follows.
#[test]
fn resonators_after_izhikevich_are_lavas() {
    let Some(all) = data("resonators_after_izhikevich_are_lavas", "") else {
        return;
    };
    let found = bits(&report(&all, "resonators"));
    assert_eq!(found, [("resonators/spikes".into(), 400_000, 400_000)]);
}

/// What has no data is named with how to get it, and is no mismatch.
#[test]
fn records_without_data_are_named() {
    let nowhere = std::env::temp_dir().join("seamount-no-such-records");
    let report = report(&nowhere, "slayer");
    assert_eq!(
        (report.values, report.compared, report.mismatches),
        (0, 0, 0)
    );
    let RecordResult::Absent { reason } = &report.records[0].result else {
        panic!("{:?}", report.records[0].result);
    };
    assert!(
        reason.contains("to get it: folder slayer-loihi"),
        "{reason}"
    );
    let last = report.to_string();
    let last = last.lines().last().unwrap();
    assert_eq!(
        last,
        "0 values of 0 records from 0 laboratories: 0 mismatches"
    );
}

#[test]
fn an_origin_that_does_not_exist_is_refused() {
    let options = RecordsOptions {
        only: vec!["none".into(), "slayer".into(), "such".into()],
        ..RecordsOptions::default()
    };
    let refused = Records::run(&options, seamount_study::Progress::UNSEEN)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("none,such: no such origin; there are slayer, nmnist"),
        "{refused}"
    );
}

/// Neurons of shape [1, n], as snnTorch and Norse export them.
#[test]
fn exports_with_unit_axes_load() {
    let Some(folder) = data("exports_with_unit_axes_load", "nir/others") else {
        return;
    };
    let names = [
        "norse_libox",
        "snntorch_leaky",
        "snntorch_rleaky",
        "snntorch_synaptic",
    ];
    for name in names {
        let path = folder.join(format!("made_{name}.nir"));
        let import = ImportOptions::new().ignore_unit_axes();
        let options = SourceOptions::new().import(import);
        let network = NetworkFile::read(&path).and_then(|file| file.graph(&options));
        let network = network.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(network.graph.check(), [], "{name}");
    }
}

/// Spikes of every row of the only population that spikes, run on a programmable board.
fn spikes_on_loihi2(
    net: &Netlist,
    population: &str,
    steps: u64,
    events: &[(u64, u32)],
) -> Vec<bool> {
    let mut net = net.clone();
    net.probe(population, Register::Spike);
    let options = CompileOptions::new(Board::preset("loihi2").unwrap());
    let image = build(&net, &options).unwrap_or_else(|e| panic!("{e}"));
    let program = Arc::new(ChipProgram::new(&image));
    let train = SpikeTrain::new(&program, events.to_vec()).unwrap();
    let seen = Chip::new(program).run(steps, &train, &RunOptions::new());
    let words = seen.recordings[0].to_words();
    words.into_iter().map(|w| w != 0).collect()
}

/// Weights from a source to every target of a projection; 0 where there is no synapse.
fn weights_of(net: &Netlist, projection: usize, source: u32, targets: usize) -> Vec<i64> {
    let mut all = vec![0; targets];
    let edges = net.projections[projection].edges(net);
    for (target, weight, _) in edges.of(source) {
        all[target as usize] = weight.into();
    }
    all
}

/// A fixed pattern of spikes of so many inputs.
fn pattern(inputs: u32, steps: u64) -> Vec<(u64, u32)> {
    let all = (0..steps).flat_map(|step| (0..inputs).map(move |n| (step, n)));
    all.filter(|(step, n)| (step * 7 + u64::from(*n) * 11) % 5 == 0)
        .collect()
}

/// Resonators of a .net file beside the definition of Lava's fixed-point RF.
#[test]
fn resonators_of_net_files_are_lavas() {
    let Some(folder) = data("resonators_of_net_files_are_lavas", "lava-netx/others") else {
        return;
    };
    let net = Netx::read(&folder.join("made_rf_dense.net"))
        .unwrap()
        .netlist;
    const STEPS: u64 = 200;
    let events = pattern(24, STEPS);
    let found = spikes_on_loihi2(&net, "fc-0", STEPS, &events);
    let mut state = [(0i64, 0i64); 30];
    let mut wanted = vec![];
    for step in 0..STEPS {
        let mut sums = [(0i64, 0i64); 30];
        for (_, source) in events.iter().filter(|event| event.0 == step) {
            let real = weights_of(&net, 0, *source, 30);
            let imaginary = weights_of(&net, 1, *source, 30);
            for (sum, weights) in sums.iter_mut().zip(real.iter().zip(&imaginary)) {
                sum.0 += weights.0;
                sum.1 += weights.1;
            }
        }
        // sine, cosine and threshold mantissa as the file has them
        let sin = 2501;
        let cos = 2981;
        let threshold = 25 * 64;
        for (own, sum) in state.iter_mut().zip(&sums) {
            let turned = |a: i64, b: i64| a * b / 4096;
            let real = turned(own.0, cos) - turned(own.1, sin) + 64 * sum.0;
            let imaginary = turned(own.0, sin) + turned(own.1, cos) + 64 * sum.1;
            wanted.push(real >= threshold && imaginary >= 0 && own.1 < 0);
            *own = (real, imaginary);
        }
    }
    assert!(
        wanted.iter().filter(|w| **w).count() > 20,
        "resonators fire"
    );
    assert_eq!(found, wanted);
}

/// Adaptive neurons of a .net file beside the definition of Lava's fixed-point ATRLIF.
#[test]
fn adaptive_neurons_of_net_files_are_lavas() {
    let Some(folder) = data(
        "adaptive_neurons_of_net_files_are_lavas",
        "lava-netx/others",
    ) else {
        return;
    };
    let net = Netx::read(&folder.join("made_alif_dense.net"))
        .unwrap()
        .netlist;
    const STEPS: u64 = 200;
    let events = pattern(16, STEPS);
    let found = spikes_on_loihi2(&net, "fc-0", STEPS, &events);
    let decayed = |x: i64, decay: i64| x * (4096 - decay) / 4096;
    let mut state = [(0i64, 0i64, 64 * 64i64, 0i64); 20];
    let mut wanted = vec![];
    for step in 0..STEPS {
        let mut sums = [0i64; 20];
        for (_, source) in events.iter().filter(|event| event.0 == step) {
            for (sum, weight) in sums.iter_mut().zip(weights_of(&net, 0, *source, 20)) {
                *sum += weight;
            }
        }
        for ((u, v, threshold, refractory), sum) in state.iter_mut().zip(sums) {
            *u = decayed(*u, 1024) + 64 * sum;
            *v = decayed(*v, 410) + *u;
            *threshold = decayed(*threshold - 64 * 64, 205) + 64 * 64;
            *refractory = decayed(*refractory, 410);
            let spike = *v >= *threshold + *refractory;
            if spike {
                *refractory += 2 * *threshold;
                *threshold += 64 * 19;
            }
            wanted.push(spike);
        }
    }
    assert!(
        wanted.iter().filter(|w| **w).count() > 20,
        "adaptive neurons fire"
    );
    assert_eq!(found, wanted);
}
