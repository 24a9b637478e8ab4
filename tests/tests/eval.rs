//! Data sets in one call, held against a slow count that shares nothing with it: every sample is
//! run by itself with every spike recorded, and operations are counted as a table of weights and
//! spikes would be in numpy. Two published systems are shown once more as data sets, and must come
//! out as `seamount lab` reports them.

use seamount::{
    Board, Chip, CompileOptions, Events, Fidelity, IntegerNetwork, LimitPolicy, Netlist,
    NetworkFile, PerInference, Placed, Population, Profile, Recording, Register, RunOptions,
    SourceOptions,
};
use seamount_network::npy;
use seamount_session::eval::{
    EvalData, EvalOptions, Evaluation, SampleDecoder, SampleEncoder, SampleRow, evaluate,
};
use seamount_study::datasets::Datasets;
use seamount_study::experiment::Experiment;
use seamount_systems::lsnn::{LsnnOptions, LsnnSmnist, SYSTEM};
use seamount_systems::netx::mnist::{NetxMnist, NetxMnistOptions};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const INPUTS: usize = 6;
const HIDDEN: usize = 8;
const OUTPUTS: usize = 3;
const STEPS: usize = 12;
const SAMPLES: usize = 40;

/// Numbers of a generator that everybody can write down.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: u64) -> u64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Two layers with weights as tables, rows by source; a quarter of them 0.
struct TwoLayers {
    first: Vec<Vec<i32>>,
    second: Vec<Vec<i32>>,
    /// Samples x steps x sources.
    spikes: Vec<Vec<Vec<u8>>>,
    labels: Vec<u8>,
}

impl TwoLayers {
    fn new() -> TwoLayers {
        let mut dice = Lcg(7);
        let mut table = |rows: usize, columns: usize| -> Vec<Vec<i32>> {
            let mut weight = || match dice.below(4) {
                0 => 0,
                _ => 4 * dice.below(50) as i32 - 60,
            };
            (0..rows)
                .map(|_| (0..columns).map(|_| weight()).collect())
                .collect()
        };
        let first = table(INPUTS, HIDDEN);
        let second = table(HIDDEN, OUTPUTS);
        let sample = |dice: &mut Lcg| -> Vec<Vec<u8>> {
            let row = |dice: &mut Lcg| -> Vec<u8> {
                (0..INPUTS).map(|_| u8::from(dice.below(3) == 0)).collect()
            };
            (0..STEPS).map(|_| row(dice)).collect()
        };
        TwoLayers {
            first,
            second,
            spikes: (0..SAMPLES).map(|_| sample(&mut dice)).collect(),
            labels: (0..SAMPLES).map(|_| dice.below(3) as u8).collect(),
        }
    }

    /// The network; its neurons have noise, so that a sample with the noise of another one shows.
    fn netlist(&self) -> Netlist {
        let mut net = Netlist::new("two layers");
        net.input("in", INPUTS as u32);
        for (name, size) in [("hidden", HIDDEN), ("out", OUTPUTS)] {
            let population = Population::new(name, size as u32);
            let population = population.current_decay(2048).voltage_decay(300);
            net.add(population.threshold_mantissa(60).noise());
        }
        net.connect("in", "hidden").dense(self.first.clone());
        net.connect("hidden", "out").dense(self.second.clone());
        net
    }

    fn placed(&self) -> Placed {
        placed(&self.netlist(), Board::loihi1())
    }

    fn data(&self) -> EvalData {
        let spikes = self.spikes.iter().flatten().flatten().copied();
        let shape = [SAMPLES, STEPS, INPUTS].map(|axis| axis as u64);
        let samples = npy::to_bytes(&shape, spikes);
        of_arrays(samples, &self.labels)
    }

    /// The same samples as lists of events.
    fn lists(&self) -> EvalData {
        let mut offsets = vec![0i64];
        let mut steps = vec![];
        let mut neurons = vec![];
        for sample in &self.spikes {
            for (step, row) in sample.iter().enumerate() {
                for (neuron, _) in row.iter().enumerate().filter(|(_, spike)| **spike == 1) {
                    steps.push(step as i64);
                    neurons.push(neuron as i64);
                }
            }
            offsets.push(steps.len() as i64);
        }
        let array = |list: &[i64]| npy::to_bytes(&[list.len() as u64], list.iter().copied());
        let labels = self.labels.iter().copied();
        let arrays = BTreeMap::from([
            ("offsets".to_string(), array(&offsets)),
            ("steps".to_string(), array(&steps)),
            ("neurons".to_string(), array(&neurons)),
            (
                "labels".to_string(),
                npy::to_bytes(&[SAMPLES as u64], labels),
            ),
        ]);
        EvalData::of_arrays("lists", &arrays, None, None)
    }
}

fn placed(net: &Netlist, board: Board) -> Placed {
    let options = CompileOptions::new(board);
    let network = IntegerNetwork::new(net.name.as_str(), net.clone());
    let compiled = network.compile(&options).expect("it fits");
    network.placed(&compiled, &options.board)
}

fn of_arrays(samples: Vec<u8>, labels: &[u8]) -> EvalData {
    let labels = npy::to_bytes(&[labels.len() as u64], labels.iter().copied());
    let arrays = BTreeMap::from([
        ("samples".to_string(), samples),
        ("labels".to_string(), labels),
    ]);
    EvalData::of_arrays("arrays", &arrays, None, None)
}

fn shown(placed: Placed, data: &EvalData, options: &EvalOptions) -> Evaluation {
    let go_on = &mut |_, _| ControlFlow::Continue(());
    let done = evaluate(placed, LimitPolicy::Enforce, data, options, go_on);
    done.unwrap_or_else(|failure| panic!("{failure}"))
        .expect("nobody stops it")
}

fn options(decoder: SampleDecoder) -> EvalOptions {
    let mut options = EvalOptions::new(SampleEncoder::Direct, decoder);
    options.output = Some("out".into());
    options
}

/// What the slow count says of a sample.
struct SlowSample {
    operations: u64,
    spikes: u64,
    /// Spikes of each output.
    counts: Vec<i64>,
    /// Step of the first spike of each output, -1 without any.
    first: Vec<i64>,
    last_voltage: Vec<i64>,
    largest_voltage: Vec<i64>,
    energy_fj: u64,
}

/// Weights of a row that are not 0.
fn fan_out(row: &[i32]) -> u64 {
    row.iter().filter(|weight| **weight != 0).count() as u64
}

fn column(recording: &Recording, neuron: usize) -> Vec<i64> {
    let rows = 0..recording.steps.len();
    rows.map(|row| recording.get(row, neuron).into()).collect()
}

fn slow(net: &TwoLayers, profile: &Profile) -> Vec<SlowSample> {
    let mut netlist = net.netlist();
    netlist.probe("hidden", Register::Spike);
    netlist.probe("out", Register::Spike);
    netlist.probe("out", Register::Voltage);
    let mut chip = Chip::build(&netlist, &Board::loihi1()).expect("it fits");
    let mut all = vec![];
    for (sample, table) in net.spikes.iter().enumerate() {
        chip.reset(sample as u64);
        let events = Events::none().and_dense("in", table.concat());
        let seen = chip
            .run(STEPS as u64, &events, &RunOptions::new().scalar())
            .expect("events fit");
        let hidden = seen.recording("hidden.spike").expect("a probe");
        let out = seen.recording("out.spike").expect("a probe");
        let voltage = seen.recording("out.voltage").expect("a probe");
        let mut operations = 0;
        for row in table {
            for (source, spike) in row.iter().enumerate() {
                operations += u64::from(*spike) * fan_out(&net.first[source]);
            }
        }
        let mut spikes = 0;
        for neuron in 0..HIDDEN {
            let fired = column(hidden, neuron);
            spikes += fired.iter().sum::<i64>() as u64;
            // a spike of the last step arrives after it
            let arrived: i64 = fired[..STEPS - 1].iter().sum();
            operations += arrived as u64 * fan_out(&net.second[neuron]);
        }
        let outputs: Vec<Vec<i64>> = (0..OUTPUTS).map(|o| column(out, o)).collect();
        let counts: Vec<i64> = outputs.iter().map(|fired| fired.iter().sum()).collect();
        spikes += counts.iter().sum::<i64>() as u64;
        let first = |fired: &Vec<i64>| {
            let row = fired.iter().position(|spike| *spike == 1);
            row.map_or(-1, |row| row as i64 + 1)
        };
        let voltages: Vec<Vec<i64>> = (0..OUTPUTS).map(|o| column(voltage, o)).collect();
        all.push(SlowSample {
            operations,
            spikes,
            first: outputs.iter().map(first).collect(),
            counts,
            last_voltage: voltages.iter().map(|v| v[STEPS - 1]).collect(),
            largest_voltage: voltages.iter().map(|v| *v.iter().max().unwrap()).collect(),
            energy_fj: profile.price(&seen.total()).dynamic_fj,
        });
    }
    all
}

/// The first output that no other is better than.
fn slow_answer(scores: &[i64], decoder: SampleDecoder) -> Option<u32> {
    let mut best: Option<usize> = None;
    for output in 0..scores.len() {
        let better = match (decoder, best) {
            (SampleDecoder::FirstSpike, _) if scores[output] < 0 => false,
            (SampleDecoder::FirstSpike, Some(best)) => scores[output] < scores[best],
            (_, Some(best)) => scores[output] > scores[best],
            (_, None) => true,
        };
        if better {
            best = Some(output);
        }
    }
    best.map(|output| output as u32)
}

#[test]
fn every_number_is_that_of_a_slow_count() {
    let net = TwoLayers::new();
    let profile = Profile::preset("davies2018").expect("built in");
    let wanted = slow(&net, &profile);
    assert!(
        wanted.iter().any(|sample| sample.spikes > 20),
        "it is silent"
    );
    type Scores = fn(&SlowSample) -> &Vec<i64>;
    let decoders: [(SampleDecoder, Scores); 4] = [
        (SampleDecoder::Count, |s| &s.counts),
        (SampleDecoder::FirstSpike, |s| &s.first),
        (SampleDecoder::Voltage, |s| &s.last_voltage),
        (SampleDecoder::VoltageMax, |s| &s.largest_voltage),
    ];
    for (decoder, scores) in decoders {
        let found = shown(net.placed(), &net.data(), &options(decoder));
        let mut confusion = vec![vec![0u64; OUTPUTS + 1]; OUTPUTS];
        for (row, sample) in found.rows.iter().zip(&wanted) {
            let answer = slow_answer(scores(sample), decoder);
            assert_eq!(&row.scores, scores(sample), "{decoder:?} {}", row.sample);
            assert_eq!(row.answer, answer);
            assert_eq!(row.counts.synaptic_operations, sample.operations);
            assert_eq!(row.counts.spikes, sample.spikes);
            let label = usize::from(net.labels[row.sample as usize]);
            confusion[label][answer.map_or(OUTPUTS, |answer| answer as usize)] += 1;
        }
        assert_eq!(found.rows.len(), SAMPLES);
        let accuracy = found.report.accuracy.expect("labels");
        assert_eq!(accuracy.confusion, confusion);
        let right: u64 = (0..OUTPUTS).map(|class| confusion[class][class]).sum();
        assert_eq!(accuracy.right, right);
        assert_eq!(accuracy.accuracy, right as f64 / SAMPLES as f64);
        assert!(right > 0 && right < SAMPLES as u64);
    }
    let report = shown(net.placed(), &net.data(), &options(SampleDecoder::Count)).report;
    let mean =
        |of: fn(&SlowSample) -> u64| wanted.iter().map(of).sum::<u64>() as f64 / SAMPLES as f64;
    let possible = INPUTS * HIDDEN + HIDDEN * OUTPUTS;
    let there: u64 = net
        .first
        .iter()
        .chain(&net.second)
        .map(|row| fan_out(row))
        .sum();
    let metrics = &report.neurobench;
    assert_eq!(
        metrics.ConnectionSparsity,
        Some(1.0 - there as f64 / possible as f64)
    );
    let neurons = (HIDDEN + OUTPUTS) * STEPS * SAMPLES;
    let spikes: u64 = wanted.iter().map(|sample| sample.spikes).sum();
    assert_eq!(
        metrics.ActivationSparsity,
        Some(1.0 - spikes as f64 / neurons as f64)
    );
    let operations = &metrics.SynapticOperations;
    assert_eq!(
        operations.Effective_ACs,
        Some(mean(|sample| sample.operations))
    );
    assert_eq!(operations.Effective_MACs, Some(0.0));
    assert_eq!(operations.Dense, (possible * STEPS) as f64);
    let energy = report.energy.iter().find(|e| e.profile == profile.name);
    let energy = energy.and_then(|e| e.each_fj).expect("priced");
    assert_eq!(energy.mean, mean(|sample| sample.energy_fj));
    let largest = wanted.iter().map(|sample| sample.energy_fj).max();
    assert_eq!(Some(energy.max), largest);
}

#[test]
fn threads_vectors_restarts_and_the_choice_of_samples_change_no_bit() {
    let net = TwoLayers::new();
    let mut options = options(SampleDecoder::Voltage);
    options.fidelity = Fidelity::Pipeline;
    let whole = shown(net.placed(), &net.data(), &options);
    assert!(
        whole
            .rows
            .iter()
            .all(|row| row.duration_ps.iter().all(|ps| *ps > 0))
    );
    assert_eq!(whole.report.time.len(), options.profiles.len());
    let document = |evaluation: &Evaluation| {
        let mut document = serde_json::to_value(&evaluation.report).expect("plain data");
        document["wall"].take();
        document.to_string()
    };
    for (threads, vectors) in [(2, true), (3, false), (1, false)] {
        options.threads = threads;
        options.vectors = vectors;
        let again = shown(net.placed(), &net.data(), &options);
        assert_eq!(
            again.rows, whole.rows,
            "{threads} threads, vectors {vectors}"
        );
        assert_eq!(document(&again), document(&whole));
    }
    assert_eq!(
        shown(net.placed(), &net.lists(), &{
            let mut options = options.clone();
            options.steps = Some(STEPS as u64);
            options
        })
        .rows,
        whole.rows
    );
    options.first = 11;
    options.limit = Some(5);
    let some = shown(net.placed(), &net.data(), &options);
    assert_eq!(some.rows, whole.rows[11..16]);
}

#[test]
fn values_of_the_host_are_multiplications() {
    let net = TwoLayers::new();
    let mut dice = Lcg(3);
    let payload = |dice: &mut Lcg| match dice.below(3) {
        0 => 0,
        _ => dice.below(7) as i32 - 3,
    };
    let table: Vec<i32> = (0..4 * STEPS * INPUTS)
        .map(|_| payload(&mut dice))
        .collect();
    let shape = [4, STEPS as u64, INPUTS as u64];
    let data = of_arrays(npy::to_bytes(&shape, table.iter().copied()), &[0; 4]);
    let mut options = options(SampleDecoder::Count);
    options.encoder = SampleEncoder::Graded;
    let found = shown(placed(&net.netlist(), Board::loihi2()), &data, &options);
    for (sample, row) in found.rows.iter().enumerate() {
        let mut wanted = 0;
        for step in 0..STEPS {
            let from = (sample * STEPS + step) * INPUTS;
            let sent = &table[from..from + INPUTS];
            if sent.iter().any(|value| !(-1..=1).contains(value)) {
                let sources = (0..INPUTS).filter(|source| sent[*source] != 0);
                wanted += sources
                    .map(|source| fan_out(&net.first[source]))
                    .sum::<u64>();
            }
        }
        assert!(wanted > 0);
        assert_eq!(row.multiplications, Some(wanted));
        assert!(row.counts.synaptic_operations >= wanted);
    }
}

fn data_folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let root = root.expect("the workspace");
    let data = std::env::var_os("SEAMOUNT_DATA").map(|data| root.join(data));
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(
        data.is_some() || !ci,
        "SEAMOUNT_DATA is not set, and CI must not skip this"
    );
    data
}

/// Test images of MNIST by their indices, as a data set.
fn mnist(folder: &Path, indices: &[usize]) -> EvalData {
    let mnist = Datasets::new(Some(folder)).mnist(None, None);
    let mnist = mnist.unwrap_or_else(|failure| panic!("{failure}"));
    let pixels: Vec<u8> = indices
        .iter()
        .flat_map(|i| mnist.image(*i).to_vec())
        .collect();
    let labels: Vec<u8> = indices.iter().map(|i| mnist.labels[*i]).collect();
    let shape = [indices.len() as u64, 28, 28];
    of_arrays(npy::to_bytes(&shape, pixels), &labels)
}

fn answers(rows: &[SampleRow]) -> Vec<u8> {
    let answer = |row: &SampleRow| row.answer.expect("an answer") as u8;
    rows.iter().map(answer).collect()
}

#[test]
fn the_published_perceptron_as_a_data_set_is_that_of_the_lab() {
    let Some(folder) = data_folder() else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the_published_perceptron_as_a_data_set_is_that_of_the_lab needs \
             SEAMOUNT_DATA (lava-netx, mnist)"
        );
        return;
    };
    let count = 200;
    let lab = NetxMnistOptions {
        data: Some(folder.clone()),
        count: Some(count),
        threads: Some(1),
        ..NetxMnistOptions::default()
    };
    let lab =
        NetxMnist::run(&lab, seamount_study::Progress::UNSEEN).unwrap_or_else(|e| panic!("{e}"));
    let path = folder.join("lava-netx/mnist_mlp/trained_mnist_network.net");
    let file = NetworkFile::read(&path).unwrap_or_else(|e| panic!("{e}"));
    let placed = file.image(&SourceOptions::new(), LimitPolicy::Enforce);
    let placed = placed.unwrap_or_else(|e| panic!("{e}"));
    let encoder = SampleEncoder::parse("accumulate:shown=32").expect("an encoder");
    let mut options = EvalOptions::new(encoder, SampleDecoder::Count);
    options.output = Some("fc-2".into());
    options.steps = Some(35);
    options.threads = 2;
    let indices: Vec<usize> = (0..count).collect();
    let found = shown(placed, &mnist(&folder, &indices), &options);
    assert_eq!(answers(&found.rows), lab.predictions);
    let accuracy = found.report.accuracy.expect("labels");
    assert_eq!(
        (accuracy.right, accuracy.accuracy),
        (lab.right as u64, lab.accuracy)
    );
    let json = |cost: &PerInference| serde_json::to_string(cost).expect("plain data");
    assert_eq!(json(&found.report.per_inference), json(&lab.per_inference));
}

#[test]
fn the_lsnn_as_a_data_set_is_that_of_the_lab() {
    let Some(folder) = data_folder() else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the_lsnn_as_a_data_set_is_that_of_the_lab needs SEAMOUNT_DATA \
             (loihi-lsnn-smnist, mnist)"
        );
        return;
    };
    let lab = LsnnOptions {
        data: Some(folder.clone()),
        count: Some(60),
        threads: Some(1),
        ..LsnnOptions::default()
    };
    let lab =
        LsnnSmnist::run(&lab, seamount_study::Progress::UNSEEN).unwrap_or_else(|e| panic!("{e}"));
    let network = SYSTEM.network(None).unwrap_or_else(|e| panic!("{e}"));
    let netlist = network.netlist(&folder.join("loihi-lsnn-smnist"));
    let netlist = netlist.unwrap_or_else(|e| panic!("{e}"));
    let encoder = SampleEncoder::parse("level-crossing:levels=38,white=78,cue=79");
    let mut options = EvalOptions::new(encoder.expect("an encoder"), SampleDecoder::Voltage);
    options.output = Some("output".into());
    options.steps = Some(840);
    options.threads = 2;
    let set = mnist(&folder, &lab.indices);
    let found = shown(placed(&netlist, Board::loihi1()), &set, &options);
    assert_eq!(answers(&found.rows), lab.predictions);
    let accuracy = found.report.accuracy.expect("labels");
    assert_eq!(accuracy.accuracy, lab.accuracy);
    let json = |cost: &PerInference| serde_json::to_string(cost).expect("plain data");
    assert_eq!(json(&found.report.per_inference), json(&lab.per_inference));
}
