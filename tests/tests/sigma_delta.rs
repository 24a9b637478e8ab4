//! Sigma-delta neurons on graded spikes: random networks beside an integer model written from
//! Lava's definition, and PilotNet beside Lava's recording.

use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Population, Programmed, Register};
use seamount_spec::Board;
use seamount_study::experiment::Experiment;
use seamount_systems::DumpedOptions;
use seamount_systems::netx::pilotnet_sdnn;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const STEPS: u64 = 40;

/// A word of 24 bit.
fn wrap(x: i64) -> i64 {
    ((x & 0xff_ffff) ^ 0x80_0000) - 0x80_0000
}

/// One layer of the model: constants, state.
struct Layer {
    weights: Vec<Vec<i64>>,
    bias: Vec<i64>,
    threshold: i64,
    bounded: bool,
    in_shift: u32,
    sigma: Vec<i64>,
    act: Vec<i64>,
    residue: Vec<i64>,
}

impl Layer {
    fn new(random: &mut Random, sources: usize, size: usize, input: bool) -> Layer {
        let weight = |random: &mut Random, s: usize, t: usize| {
            if input {
                i64::from(s == t)
            } else {
                2 * random.below(201) - 200
            }
        };
        let weights = (0..sources)
            .map(|s| (0..size).map(|t| weight(random, s, t)).collect())
            .collect();
        let bias = (0..size)
            .map(|_| {
                if input {
                    0
                } else {
                    (random.below(4096) - 2048) << 12
                }
            })
            .collect();
        let zeros = vec![0; size];
        let threshold = random.below(60) << 12;
        Layer {
            weights,
            bias,
            threshold,
            bounded: !input,
            in_shift: if input { 12 } else { 0 },
            sigma: zeros.clone(),
            act: zeros.clone(),
            residue: zeros,
        }
    }

    /// Messages out for messages in; a message of 0 is none.
    fn step(&mut self, messages: &[i64]) -> Vec<i64> {
        let one = |n: usize| {
            let sum: i64 = messages
                .iter()
                .zip(&self.weights)
                .map(|(message, row)| message * row[n])
                .sum();
            self.sigma[n] = wrap(self.sigma[n] + (wrap(sum) << self.in_shift));
            let biased = wrap(self.sigma[n] + self.bias[n]);
            let act = if self.bounded { biased.max(0) } else { biased };
            let delta = wrap(wrap(act - self.act[n]) + self.residue[n]);
            self.act[n] = act;
            let sent = if delta.abs() >= self.threshold {
                delta
            } else {
                0
            };
            self.residue[n] = delta - sent;
            sent >> 6
        };
        (0..self.bias.len()).map(one).collect()
    }

    fn population(&self, name: &str) -> Population {
        let words = |list: &[i64]| list.iter().map(|&x| x as i32).collect::<Vec<_>>();
        Population::programmed(name, self.bias.len() as u32, Programmed::new("sigma_delta"))
            .parameter("bias", words(&self.bias))
            .parameter("threshold", self.threshold as i32)
            .parameter("act_min", if self.bounded { 0 } else { -(1 << 23) })
            .parameter("in_shift", self.in_shift as i32)
            .parameter("out_shift", -6)
    }
}

/// A sequence by a linear congruence (Knuth's MMIX constants).
struct Random(u64);

impl Random {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % n
    }
}

/// A chain of layers with every word recorded.
fn network(layers: &[Layer]) -> Netlist {
    let mut net = Netlist::new("sigma-delta");
    net.input("host", layers[0].weights.len() as u32);
    let mut before = "host".to_string();
    for (k, layer) in layers.iter().enumerate() {
        let name = format!("l{k}");
        net.add(layer.population(&name));
        let rows = layer
            .weights
            .iter()
            .map(|row| row.iter().map(|&w| w as i32).collect())
            .collect();
        net.connect(&before, &name).dense(rows);
        net.probe(&name, Register::Payload);
        ["sigma", "act", "residue"].iter().for_each(|word| {
            net.probe_state(&name, word);
        });
        before = name;
    }
    net
}

/// Runs in two halves with a restore between them.
fn run(
    net: &Netlist,
    events: &[(u64, u32, i32)],
    compartments: u32,
    options: &RunOptions,
) -> [Observations; 2] {
    let mut board = Board::preset("loihi2").unwrap();
    board.core.compartments = compartments;
    let compiled = compile(net, &CompileOptions::new(board.clone())).unwrap();
    let image = CheckedImage::prove(compiled.image, &board, LimitPolicy::Enforce).unwrap();
    let mut chip = Chip::load(&image);
    let train = SpikeTrain::default()
        .with_graded(chip.program(), events.to_vec())
        .unwrap();
    let first = chip.run(STEPS / 2, &train, options);
    let saved = chip.snapshot();
    let mut chip = Chip::load(&image);
    chip.restore(&saved).unwrap();
    [first, chip.run(STEPS / 2, &train, options)]
}

#[test]
fn random_networks_equal_the_integer_model() {
    let mut messages = 0;
    let mut wrapped = 0;
    let mut held = 0;
    for seed in 0..20 {
        let mut random = Random(seed);
        let sizes = [6, 6, 9, 5];
        let mut layers: Vec<Layer> = (0..3)
            .map(|k| Layer::new(&mut random, sizes[k], sizes[k + 1], k == 0))
            .collect();
        let net = network(&layers);
        let mut picture = vec![0; sizes[0]];
        let mut events = vec![];
        for step in (0..STEPS).step_by(4) {
            for (n, pixel) in picture.iter_mut().enumerate() {
                let next = random.below(4096) - 2048;
                events.push((step, n as u32, (next - *pixel) as i32));
                *pixel = next;
            }
        }
        let settings = |threads, vectors| RunOptions::new().threads(threads).vectors(vectors);
        let whole = run(&net, &events, 8192, &settings(1, true));
        let split = run(&net, &events, 4, &settings(3, false));
        assert_eq!(
            [&whole[0].recordings, &whole[1].recordings],
            [&split[0].recordings, &split[1].recordings],
            "seed {seed}"
        );
        let mut sent: Vec<Vec<i64>> = sizes.map(|n| vec![0; n]).to_vec();
        for step in 1..=STEPS {
            let of_host = |n: usize| {
                events
                    .iter()
                    .filter(|e| e.0 + 1 == step && e.1 as usize == n)
                    .map(|e| i64::from(e.2))
                    .sum::<i64>()
            };
            sent[0] = (0..sizes[0]).map(of_host).collect();
            let before = sent.clone();
            let half = usize::from(step > STEPS / 2);
            let row = (step - 1) as usize % (STEPS / 2) as usize;
            for (k, layer) in layers.iter_mut().enumerate() {
                let old = layer.sigma.clone();
                sent[k + 1] = layer.step(&before[k]);
                let columns = [
                    ("payload", &sent[k + 1]),
                    ("sigma", &layer.sigma),
                    ("act", &layer.act),
                    ("residue", &layer.residue),
                ];
                for (word, wanted) in columns {
                    let recording = whole[half].recording(&format!("l{k}.{word}")).unwrap();
                    let found: Vec<i64> = (0..wanted.len())
                        .map(|n| i64::from(recording.get(row, n)))
                        .collect();
                    assert_eq!(
                        &found, wanted,
                        "seed {seed}, layer {k}, {word}, step {step}"
                    );
                }
                messages += sent[k + 1].iter().filter(|m| **m != 0).count();
                wrapped += old
                    .iter()
                    .zip(&layer.sigma)
                    .filter(|(a, b)| (*a - *b).abs() >= 1 << 23)
                    .count();
                held += layer.residue.iter().filter(|r| **r != 0).count();
            }
        }
    }
    println!("{messages} messages, {wrapped} sums that wrapped, {held} changes held back");
    assert!(
        messages > 1000 && wrapped > 20 && held > 20,
        "{messages} messages, {wrapped} wraps, {held} held back"
    );
}

/// A folder of the shared data; absent data skip a test, except in CI.
fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = std::env::var_os("SEAMOUNT_DATA")
        .map_or(default, PathBuf::from)
        .join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{} is absent",
        path.display()
    );
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: {} is absent",
        path.display()
    );
    None
}

/// Every message of the input layer, every sum of the first convolution, every output, for one and
/// three threads.
#[test]
fn pilotnet_sdnn_equals_the_recordings() {
    let Some(folder) = shared("pilotnet_sdnn_equals_the_recordings", "lava-netx") else {
        return;
    };
    let run = |threads: u16| {
        let options = DumpedOptions {
            data: Some(folder.clone()),
            threads: Some(threads),
            // the report keeps the arrays; whoever prints it writes the file
            dump: Some("kept.npz".into()),
        };
        pilotnet_sdnn::NetxPilotnetSdnn::run(&options, seamount_study::Progress::UNSEEN).unwrap()
    };
    let report = run(1);
    let sizes: Vec<(&str, u64)> = report
        .files
        .iter()
        .map(|f| (f.name.as_str(), f.compared))
        .collect();
    assert_eq!(
        sizes,
        [
            ("act0", 9900 * 20),
            ("sigma1", 24 * 16 * 49 * 20),
            ("output", 9)
        ]
    );
    assert_eq!(report.compared, report.equal, "{report}");
    assert_eq!(report.outputs[8], -31026);
    assert_eq!(
        report.synaptic_operations_after, 0,
        "an unchanged picture costs nothing"
    );
    assert_eq!(run(3).dump, report.dump, "threads change nothing");
    println!("{report}");
}
