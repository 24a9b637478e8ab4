//! The integers against the golden times and the float network; files; training.

use super::checkpoint::QifCheckpoint;
use super::integer::{Rotor, RotorState};
use super::quantise::{SynapsePrecision, quantise, rotor, rotor_state};
use super::train::{TrainOptions, run as train};
use super::trial::{QuantisedTheta, Stepped, ThetaForm};
use super::{QifOptions, chip, net, report};
use seamount_session::{Failure, FailureKind, Subject};
use seamount_study::Progress;
use seamount_study::data::{Mnist, PIXELS};
use std::f64::consts::PI;
use std::io::Read;
use std::io::Write as _;
use std::path::PathBuf;

/// The golden network of four neurons: W_net [post][pre], W_in [post][input].
struct Golden {
    file: serde_json::Value,
}

impl Golden {
    fn new() -> Golden {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../fixtures/golden/qif-theta-net.json"
        );
        Golden {
            file: serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture"))
                .expect("JSON"),
        }
    }

    fn floats(&self, key: &str) -> Vec<f64> {
        self.file[key]
            .as_array()
            .expect("an array")
            .iter()
            .map(|v| v.as_f64().expect("a number"))
            .collect()
    }

    fn weight(&self, key: &str, post: usize, from: usize) -> f64 {
        self.file[key][post][from].as_f64().expect("a weight")
    }

    /// Times of spikes in steps, by the rotor.
    fn errors(&self, steps: usize, precision: SynapsePrecision) -> Vec<f64> {
        let dt = 2.0 / steps as f64;
        let delta = PI / (3.0 * steps as f64);
        let turn: Rotor = rotor(delta);
        let incoming = |post: usize| -> Vec<f64> {
            let inputs = (0..3).map(|i| self.weight("W_in_post_input", post, i));
            inputs
                .chain((0..4).map(|i| self.weight("W_net_post_pre", post, i)))
                .collect()
        };
        let weights = |post: usize| -> (Vec<i64>, u32) {
            let quantised = quantise(&incoming(post), precision);
            (
                (0..7).map(|i| quantised.sum(i)).collect(),
                quantised.sum_shift(),
            )
        };
        let rows: Vec<(Vec<i64>, u32)> = (0..4).map(weights).collect();
        let inputs: Vec<(usize, usize)> = self
            .floats("input_times")
            .iter()
            .zip(self.floats("input_ids"))
            .map(|(t, id)| ((t / dt).round() as usize, id as usize))
            .collect();
        let mut states: Vec<RotorState> = self
            .floats("phi0")
            .iter()
            .map(|phi| rotor_state(PI * phi / 6.0, delta))
            .collect();
        let mut sums = [0i64; 4];
        let mut spikes = vec![];
        for step in 1..steps {
            for (_, input) in inputs.iter().filter(|i| i.0 == step) {
                (0..4).for_each(|post| sums[post] += rows[post].0[*input]);
            }
            let fires = |post: &usize| turn.step(&mut states[*post], sums[*post], rows[*post].1);
            let fired: Vec<usize> = (0..4).filter(fires).collect();
            sums.fill(0);
            for pre in fired {
                spikes.push((pre, (step + 1) as f64 * dt));
                (0..4).for_each(|post| sums[post] += rows[post].0[3 + pre]);
            }
        }
        let wanted = self.file["spikes"].as_array().expect("spikes");
        assert_eq!(spikes.len(), wanted.len(), "{steps} steps: {spikes:?}");
        let error = |(spike, want): (&(usize, f64), &serde_json::Value)| {
            assert_eq!(
                spike.0 as u64,
                want[1].as_u64().expect("a neuron"),
                "{steps} steps"
            );
            (spike.1 - want[0].as_f64().expect("a time")) / dt
        };
        spikes.iter().zip(wanted).map(error).collect()
    }
}

#[test]
fn golden_times_within_a_step_at_any_length_of_step() {
    let golden = Golden::new();
    for steps in [32, 64, 128, 256, 512, 1024, 2048] {
        let errors = golden.errors(steps, SynapsePrecision::Double);
        assert!(
            errors.iter().all(|e| e.abs() < 1.0),
            "{steps} steps, two synapses a connection: {errors:?} steps off"
        );
        let single = golden.errors(steps, SynapsePrecision::Single);
        println!("{steps} steps: {errors:.2?} steps off, single synapses {single:.2?}");
        if steps <= 512 {
            assert!(
                single.iter().all(|e| e.abs() < 1.0),
                "{steps} steps, 8-bit weights: {single:?} steps off"
            );
        }
    }
}

#[test]
fn second_synapses_hold_what_the_first_leave() {
    let weights: Vec<f64> = (0..200).map(|i| (f64::from(i) - 99.3) / 71.0).collect();
    let double = quantise(&weights, SynapsePrecision::Double);
    let single = quantise(&weights, SynapsePrecision::Single);
    assert_eq!(
        (double.mantissas.clone(), double.shift, single.sum_shift()),
        (single.mantissas, single.shift, single.shift)
    );
    let unit = f64::from(1u32 << double.sum_shift());
    for (i, w) in weights.iter().enumerate() {
        assert!(
            (double.sum(i) as f64 / unit - w).abs() <= 0.5 / unit,
            "weight {w}"
        );
        assert!(double.fine[i].unsigned_abs() <= 64);
    }
}

/// Without input a neuron fires once a period, wherever its phase starts.
#[test]
fn a_rotor_turns_at_the_right_rate() {
    for steps in [16, 256, 2048] {
        let delta = PI / (3.0 * steps as f64);
        let turn = rotor(delta);
        for phase in [0.0, 0.7, 3.0, 5.5] {
            let mut state = rotor_state(PI * phase / 6.0, delta);
            let fired: Vec<usize> = (1..10 * steps)
                .filter(|_| turn.step(&mut state, 0, 0))
                .collect();
            let first = (6.0 - phase) / 2.0 * steps as f64 - 1.0;
            assert!(
                (fired[0] as f64 - first).abs() <= 0.75,
                "{steps} steps, from {phase}: {} for {first}",
                fired[0]
            );
            let period = fired[1] - fired[0];
            assert!(
                period.abs_diff(3 * steps) <= 1,
                "{steps} steps, from {phase}: period {period}"
            );
        }
    }
}

/// Images that a test can make up: label k lights the k-th block of pixels, and a few others.
fn blocks(count: usize) -> Mnist {
    let pixel = |i: usize, p: usize| {
        if p / 78 == i % 10 || (p * 7 + i * 13).is_multiple_of(41) {
            255
        } else {
            0
        }
    };
    let images = (0..count)
        .flat_map(|i| (0..PIXELS).map(move |p| pixel(i, p)))
        .collect();
    Mnist::new(images, (0..count).map(|i| (i % 10) as u8).collect())
}

#[test]
fn shipped_weights_do_on_the_integers_what_they_do_in_floats() {
    let parameters = net::shipped().expect("the shipped parameters");
    let net = QuantisedTheta::new(&parameters, SynapsePrecision::Single);
    assert!(net.largest_kick() <= 125.0, "{}", net.largest_kick());
    let setting = crate::qif::float::trial::Setting::published(&super::SIZES);
    let mut scratch = Default::default();
    let images = blocks(40);
    let stepped = Stepped::new(&net, ThetaForm::Rotor, 1024);
    let mut spikes = 0usize;
    let mut equal = 0;
    for i in 0..40 {
        let float = net::float_trial(&setting, &parameters, images.image(i), &mut scratch)
            .expect("few events");
        let integer = stepped.run(images.image(i));
        let hidden = integer.spikes.iter().filter(|s| s.0 < 200).count();
        assert!(
            hidden.abs_diff(float.hidden_spikes) <= 1 + float.hidden_spikes / 10,
            "image {i}: {hidden} for {}",
            float.hidden_spikes
        );
        spikes += hidden;
        equal += usize::from(integer.fired.map(|f| f.0) == float.fired);
    }
    assert!(
        spikes > 400 && equal >= 36,
        "{spikes} hidden spikes, {equal} of 40 classes equal"
    );
}

/// Every spike of every neuron on the chip is in the step that the integer definition says.
#[test]
fn the_chip_is_the_integer_definition_spike_for_spike() {
    let shipped = net::shipped().expect("the shipped parameters");
    let [net, double] = [SynapsePrecision::Single, SynapsePrecision::Double]
        .map(|precision| QuantisedTheta::new(&shipped, precision));
    for (net, steps, threads) in [(&net, 32, 1), (&net, 300, 2), (&double, 64, 1)] {
        let stepped = Stepped::new(net, ThetaForm::Rotor, steps);
        let figures =
            chip::run(&stepped, &blocks(20), 20, threads, Progress::UNSEEN).expect("it compiles");
        assert_eq!(figures.equal_to_integers, 20, "{steps} steps");
        assert!(
            figures.per_inference.spikes() > 10.0,
            "{}",
            figures.per_inference.spikes()
        );
    }
    let euler = Stepped::new(&net, ThetaForm::Euler, 32);
    assert!(matches!(
        chip::run(&euler, &blocks(1), 1, 1, Progress::UNSEEN),
        Err(Failure {
            kind: FailureKind::Usage,
            what: Subject::Call,
            ..
        })
    ));
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("seamount-qif-{}-{name}", std::process::id()))
}

#[test]
fn parameters_and_checkpoints_are_refused_if_damaged() {
    let file = temporary("weights.gz");
    let good = net::pack(&net::shipped().expect("the shipped parameters")).expect("bytes");
    std::fs::write(&file, &good).expect("written");
    assert_eq!(
        net::read(&file).expect("readable"),
        net::shipped().expect("the same")
    );
    std::fs::write(&file, &good[..good.len() / 2]).expect("written");
    assert!(matches!(
        net::read(&file),
        Err(Failure {
            kind: FailureKind::Input,
            ..
        })
    ));
    std::fs::write(&file, net::pack(&[7.0; 89_610]).expect("bytes")).expect("written");
    let error = net::read(&file)
        .expect_err("phases out of range")
        .to_string();
    assert!(error.contains("phase of neuron 0 is 7"), "{error}");
    assert!(matches!(
        QifCheckpoint::read(&file),
        Err(Failure {
            kind: FailureKind::Input,
            ..
        })
    ));
    let _ = std::fs::remove_file(&file);
}

/// Its checksum is right, but a number in it is none: a training would go on with it.
#[test]
fn a_checkpoint_that_holds_no_number_is_refused_with_its_place() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/hostile/qif-nan.ck.gz"
    );
    let packed = std::fs::File::open(path).expect("the fixture");
    let mut bytes = vec![];
    flate2::read::GzDecoder::new(packed)
        .read_to_end(&mut bytes)
        .expect("gzip");
    let file = temporary("nan.ck");
    std::fs::write(&file, bytes).expect("written");
    let error = QifCheckpoint::read(&file).expect_err("NaN").to_string();
    assert!(error.contains("is NaN, wanted a finite number"), "{error}");
    let _ = std::fs::remove_file(&file);
}

/// 600 images, on any number of threads, in one go or resumed: the same bits.
#[test]
fn training_is_the_same_resumed_and_on_more_threads() {
    let Some(data) = std::env::var_os("SEAMOUNT_DATA")
        .map(PathBuf::from)
        .filter(|d| d.join("mnist").is_dir())
    else {
        assert!(
            std::env::var_os("CI").is_none(),
            "SEAMOUNT_DATA must name the data"
        );
        let _ = writeln!(
            std::io::stderr(),
            "skipped: training_is_the_same_resumed_and_on_more_threads: no SEAMOUNT_DATA"
        );
        return;
    };
    let out = temporary("trained.gz");
    let checkpoint = temporary("checkpoint");
    let options = |epochs, threads, resume| TrainOptions {
        data: Some(data.clone()),
        epochs,
        batch: 60,
        seed: 3,
        count: Some(600),
        threads,
        checkpoint: Some(checkpoint.clone()),
        resume,
        out: out.clone(),
    };
    let report = train(&options(4, 1, false), Progress::UNSEEN).expect("trained");
    let whole = QifCheckpoint::read(&checkpoint).expect("a checkpoint");
    assert!(
        report.epochs[3].loss < 0.6 * report.epochs[0].loss,
        "{:?}",
        report.epochs
    );
    train(&options(2, 3, false), Progress::UNSEEN).expect("trained");
    assert_ne!(
        QifCheckpoint::read(&checkpoint).expect("a checkpoint"),
        whole
    );
    train(&options(4, 2, true), Progress::UNSEEN).expect("trained");
    assert_eq!(
        QifCheckpoint::read(&checkpoint).expect("a checkpoint"),
        whole
    );
    let other = train(
        &TrainOptions {
            seed: 4,
            ..options(5, 1, true)
        },
        Progress::UNSEEN,
    )
    .expect_err("another seed")
    .to_string();
    assert!(other.contains("seed 3 and batches of 60"), "{other}");
    let _ = (
        std::fs::remove_file(&out),
        std::fs::remove_file(&checkpoint),
    );
}

#[test]
fn options_without_meaning_are_refused() {
    for steps in [vec![0], vec![3], vec![32, 5000]] {
        let options = QifOptions {
            steps,
            ..QifOptions::default()
        };
        assert!(matches!(
            report::run(&options, Progress::UNSEEN),
            Err(Failure {
                kind: FailureKind::Usage,
                what: Subject::Call,
                ..
            })
        ));
    }
}
