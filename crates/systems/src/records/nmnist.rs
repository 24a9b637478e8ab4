//! SLAYER, 2019: a network of 2312, 512 and 10 neurons that told 98.5 % of the N-MNIST test set
//! right on Loihi 1, with the list of the samples that it got wrong.
//!
//! Of the ten thousand test samples fifty are at hand, all of which the chip got right, and a
//! thousand training samples, of which nothing was recorded. Both are shown as data sets
//! ([`seamount_session::eval`]), each sample to a network at rest.

use super::record::BitsCompared;
use super::slayer::by_source;
use seamount_compile::CompileOptions;
use seamount_image::LimitPolicy;
use seamount_network::netlist::{Netlist, Population};
use seamount_network::npy;
use seamount_session::eval::{
    EvalData, EvalOptions, Evaluation, SampleDecoder, SampleEncoder, evaluate,
};
use seamount_session::{Failure, IntegerNetwork};
use seamount_study::arrays::Archive;
use seamount_study::data;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// Steps of a sample, 1 ms each; later events are dropped, as in the record.
const STEPS: u64 = 300;
/// Inputs, hidden neurons, outputs.
const LAYERS: [u32; 3] = [2312, 512, 10];
/// Pixels of a polarity, and of a row.
const PIXELS: [i64; 2] = [1156, 34];
/// Number that the authors give the last training sample: test sample 1 is the one after it.
const TRAINING: i64 = 60_000;

/// The network with the weights of the record.
///
/// # Errors
/// The weights are missing, or not what they should be.
pub fn network(folder: &Path) -> Result<Netlist, Failure> {
    let [inputs, hidden, outputs] = LAYERS;
    let mut archive = Archive::open(&folder.join("weights.npz"))?;
    let mut weights = |name, targets: u32, sources: u32| {
        let shape = [Some(targets.into()), Some(sources.into())];
        let fits = |w| (-256..=255).contains(&w);
        archive.integers(name, &shape, "-256 to 255", fits).1
    };
    let first = weights("w1", hidden, inputs);
    let second = weights("w2", outputs, hidden);
    archive.end()?;
    let neurons = |name: &str, size| {
        Population::new(name, size)
            .current_decay(1023)
            .voltage_decay(128)
            .threshold_mantissa(80)
    };
    let mut net = Netlist::new("nmnist-2312-512-10");
    net.input("in", inputs);
    net.add(neurons("hidden", hidden));
    net.add(neurons("out", outputs));
    net.connect("in", "hidden").dense(by_source(&first, inputs));
    net.connect("hidden", "out")
        .dense(by_source(&second, hidden));
    Ok(net)
}

/// The fifty test samples, as a data set.
///
/// # Errors
/// The samples are missing, or not what they should be.
pub fn test_samples(folder: &Path) -> Result<EvalData, Failure> {
    let mut archive = Archive::open(&folder.join("test_1_50.npz"))?;
    let mut all = |name, most: i64| {
        let rule = format!("0 to {most}");
        archive
            .integers(name, &[None], &rule, |v| (0..=most).contains(&v))
            .1
    };
    let x = all("x", PIXELS[1] - 1);
    let y = all("y", PIXELS[1] - 1);
    let p = all("p", 1);
    let dt = all("dt", i64::from(u16::MAX));
    let labels = all("label", 9);
    let offsets = all("offset", dt.len() as i64);
    archive.end()?;
    let lines = (0..dt.len()).map(|i| p[i] * PIXELS[0] + y[i] * PIXELS[1] + x[i]);
    let lines: Vec<i64> = lines.collect();
    let events = of_samples(&offsets, &lines, &dt, |us| nearest(us, 1000));
    Ok(data_set("N-MNIST test samples 1 to 50", events, &labels))
}

/// The thousand training samples, as a data set.
///
/// # Errors
/// The samples are missing, or not what they should be.
pub fn training_samples(folder: &Path) -> Result<EvalData, Failure> {
    let mut archive = Archive::open(&folder.join("train_1000_1ms.npz"))?;
    let mut all = |name, most: i64| {
        let rule = format!("0 to {most}");
        archive
            .integers(name, &[None], &rule, |v| (0..=most).contains(&v))
            .1
    };
    let lines = all("line", i64::from(LAYERS[0]) - 1);
    let dt = all("dt", 255);
    let labels = all("label", 9);
    let offsets = all("offset", dt.len() as i64);
    archive.end()?;
    let events = of_samples(&offsets, &lines, &dt, |ms| ms);
    let name = "N-MNIST training samples 1 to 1000";
    Ok(data_set(name, events, &labels))
}

/// A number of units divided by how many are one, rounded to the nearest, halves to even.
fn nearest(number: i64, unit: i64) -> i64 {
    let whole = number / unit;
    let twice = 2 * (number % unit);
    let up = twice > unit || (twice == unit && whole % 2 == 1);
    whole + i64::from(up)
}

/// Steps and lines of every sample, in order and each once: times since the event before become
/// times since the start, and `step` makes a step of such a time.
fn of_samples(
    offsets: &[i64],
    lines: &[i64],
    dt: &[i64],
    step: impl Fn(i64) -> i64,
) -> Vec<Vec<(i64, i64)>> {
    let sample = |ends: &[i64]| {
        let range = ends[0].min(ends[1]) as usize..ends[1] as usize;
        let mut time = 0;
        let mut events = vec![];
        for i in range {
            time += dt[i];
            events.push((step(time), lines[i]));
        }
        events.retain(|event| event.0 < STEPS as i64);
        events.sort_unstable();
        events.dedup();
        events
    };
    offsets.windows(2).map(sample).collect()
}

/// A data set of lists of events with a label for each.
fn data_set(name: &str, samples: Vec<Vec<(i64, i64)>>, labels: &[i64]) -> EvalData {
    let mut offsets = vec![0];
    for sample in &samples {
        offsets.push(offsets[offsets.len() - 1] + sample.len() as i64);
    }
    let events: Vec<(i64, i64)> = samples.into_iter().flatten().collect();
    let bytes = |values: Vec<i64>| npy::to_bytes(&[values.len() as u64], values);
    let arrays = BTreeMap::from([
        ("offsets".to_string(), bytes(offsets)),
        (
            "steps".to_string(),
            bytes(events.iter().map(|e| e.0).collect()),
        ),
        (
            "neurons".to_string(),
            bytes(events.iter().map(|e| e.1).collect()),
        ),
        ("labels".to_string(), bytes(labels.to_vec())),
    ]);
    EvalData::of_arrays(name, &arrays, None, None)
}

/// A data set shown to the network: the answer is the output with most spikes.
///
/// # Errors
/// A sample that does not fit the network.
pub fn shown(net: Netlist, data: &EvalData, threads: usize) -> Result<Evaluation, Failure> {
    let network = IntegerNetwork::new("nmnist-2312-512-10", net);
    let options = CompileOptions::default();
    let compiled = network.compile(&options)?;
    let placed = network.placed(&compiled, &options.board);
    let mut eval = EvalOptions::new(SampleEncoder::Direct, SampleDecoder::Count);
    eval.output = Some("out".into());
    eval.steps = Some(STEPS);
    eval.threads = threads;
    let watch = &mut |_, _| ControlFlow::Continue(());
    let evaluation = evaluate(placed, LimitPolicy::Enforce, data, &eval, watch)?;
    evaluation.ok_or_else(|| Failure::call("the evaluation was stopped"))
}

/// Whether each test sample is right, as it was on the chip.
pub(super) fn records(
    folder: &Path,
    threads: usize,
) -> Result<Vec<(&'static str, BitsCompared)>, Failure> {
    let evaluation = shown(network(folder)?, &test_samples(folder)?, threads)?;
    let mut archive = Archive::open(&folder.join("test_1_50.npz"))?;
    let index = archive.integers("index", &[None], "a number", |_| true).1;
    archive.end()?;
    let wrong = data::array(&folder.join("loihi_misclassified.npy"), &[None])?.data;
    let pairs = evaluation.rows.iter().zip(&index).map(|(row, number)| {
        // whether the list counts from 0 or from 1 is not said
        let number = number - TRAINING;
        let recorded = !wrong.contains(&number) && !wrong.contains(&(number - 1));
        let found = row.answer == row.label;
        (i64::from(recorded), i64::from(found))
    });
    Ok(vec![("classes", BitsCompared::of(pairs))])
}
