//! Synapses made from a seed (MC-038): the chip against the oracle, against the same synapses
//! stored, and what they take of memory.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, Compiled, compile};
use seamount_image::generated::{self, row_seed};
use seamount_image::{CheckedImage, Encoding, LimitPolicy};
use seamount_network::netlist::{
    Axons, Connectivity, Generated, Netlist, Population, Precision, Programmed, Register, Values,
};
use seamount_spec::Board;
use seamount_tests::generate::{Case, Options, cases};
use seamount_tests::lockstep::{self, Plan};

fn loihi2() -> Board {
    Board::preset("loihi2").unwrap()
}

/// Makes projections of a case from seeds, where that can be; how many.
fn seeded(case: &mut Case, salt: u64) -> usize {
    let mut count = 0;
    for (i, p) in case.netlist.projections.iter_mut().enumerate() {
        let bare = p.precision == Precision::Exact
            && p.axons == Axons::Discrete
            && !p.box_synapse
            && p.learning.is_none();
        if !bare || (i as u64 + salt).is_multiple_of(3) {
            continue;
        }
        p.weight_exponent = Values::Shared(p.weight_exponent.get(0));
        let seed = salt * 1000 + i as u64;
        let chance = [65_536, 20_000, 3000][i % 3];
        let weights = [[-60, 90], [0, 1], [-256, 255]][i % 3];
        p.connectivity = Connectivity::Generated(Generated {
            seed,
            chance,
            weights,
            delay: (i % 4) as u8,
        });
        count += 1;
    }
    count
}

/// MC-038: every register of every step of random networks, on one core and on several, for any
/// number of threads and across restores, against an oracle that writes the synapses out.
#[test]
fn mc_038_generated_synapses_equal_the_oracle() {
    let mut runner = TestRunner::deterministic();
    let strategy = cases(Options::default());
    let mut ran = 0;
    let mut made = 0;
    let mut split = 0;
    for salt in 0..400u64 {
        let mut case = strategy.new_tree(&mut runner).unwrap().current();
        let count = seeded(&mut case, salt);
        let plan = Plan {
            compartments_per_core: [12, 64, 8192][salt as usize % 3],
            threads: 1 + salt as usize % 3,
            vectors: salt % 2 == 0,
            restore_at: vec![case.steps / 2],
            accumulators: salt % 5 == 0,
        };
        let Ok(image) = lockstep::image_on(&case, &plan, loihi2()) else {
            continue;
        };
        let (seen, last) = lockstep::run(&case, &plan, &image);
        lockstep::compare(&case, &seen, &case.run()).unwrap_or_else(|e| panic!("{e}\n{case:?}"));
        let plain = Plan {
            threads: 1,
            restore_at: vec![],
            ..plan
        };
        assert_eq!(
            lockstep::run(&case, &plain, &image).1,
            last,
            "threads and restores change nothing"
        );
        (ran, made, split) = (
            ran + 1,
            made + count,
            split + usize::from(image.image().cores.len() > 1),
        );
    }
    assert!(
        ran > 200 && made > 200 && split > 50,
        "{ran} cases, {made} projections from seeds, {split} on several cores"
    );
}

fn network(connect: impl Fn(&mut Netlist, &str, &str, Generated)) -> Netlist {
    let mut net = Netlist::new("made");
    net.input("in", 40);
    net.add(
        Population::new("a", 300)
            .current_decay(1000)
            .voltage_decay(200)
            .threshold_mantissa(300),
    );
    let program = Programmed {
        ports: 2,
        ..Programmed::new("li")
    };
    net.add(Population::programmed("b", 50, program).parameter("keep_v", 4000));
    let made = |seed, chance, weights| Generated {
        seed,
        chance,
        weights,
        delay: 2,
    };
    connect(&mut net, "in", "a", made(5, 30_000, [-20, 100]));
    connect(&mut net, "a", "a", made(6, 6_000, [-90, 60]));
    connect(&mut net, "a", "b", made(7, 20_000, [-50, 50]));
    connect(&mut net, "a", "b.feedback", made(8, 50_000, [1, 9]));
    net.probe("a", Register::Spike);
    net.probe_state("b", "v");
    net
}

fn built(net: &Netlist, compartments: u32) -> (Compiled, CheckedImage) {
    let mut options = CompileOptions::new(loihi2());
    options.board.core.compartments = compartments;
    let compiled = compile(net, &options).unwrap_or_else(|e| panic!("{e}"));
    let image = CheckedImage::prove(compiled.image.clone(), &options.board, LimitPolicy::Enforce)
        .unwrap_or_else(|e| panic!("{e:?}"));
    (compiled, image)
}

/// The same network with its synapses in memory does the same, step by step, and takes more memory.
#[test]
fn what_is_made_equals_what_is_stored() {
    let made = network(|net, from, to, how| {
        net.connect(from, to).connectivity = Connectivity::Generated(how);
    });
    let mut stored = network(|net, from, to, how| {
        net.connect(from, to).connectivity = Connectivity::Generated(how);
    });
    let lists: Vec<_> = stored
        .projections
        .iter()
        .map(|p| p.edges(&stored).into_owned())
        .collect();
    stored
        .projections
        .iter_mut()
        .zip(lists)
        .for_each(|(p, edges)| p.connectivity = Connectivity::Lists(edges));
    let mut seen = vec![];
    for (net, compartments) in [(&made, 8192), (&made, 64), (&stored, 8192)] {
        let (compiled, image) = built(net, compartments);
        let mut chip = Chip::load(&image);
        let events = (0..200u64)
            .flat_map(|s| (0..8).map(move |k| (s, ((s * 7 + k * 11) % 40) as u32)))
            .collect();
        let input = SpikeTrain::new(chip.program(), events).unwrap();
        let out = chip.run(200, &input, &RunOptions::new().threads(2));
        let words: usize = image
            .image()
            .cores
            .iter()
            .map(|c| c.synapse_memory.len())
            .sum();
        // what is made has a price too: that of a synapse in a dense list
        let made = matches!(net.projections[0].connectivity, Connectivity::Generated(_));
        assert!(!made || out.total().synapse_reads_dense >= out.total().synaptic_operations);
        let of = |name: &str| out.recording(name).unwrap().to_words();
        seen.push((
            of("a.spike"),
            of("b.v"),
            out.total().synaptic_operations,
            words,
            compiled.report.synapses,
        ));
    }
    assert!(seen[0].0.iter().sum::<i32>() > 500, "it spikes");
    for other in &seen[1..] {
        assert_eq!(
            (&seen[0].0, &seen[0].1, seen[0].2),
            (&other.0, &other.1, other.2)
        );
    }
    let report = &seen[0].4.stored;
    let stored = &seen[2].4.stored;
    assert_eq!(report.generated + seen[0].4.dropped, seen[0].4.written);
    assert_eq!(report.sparse + report.run_length + report.dense, 0);
    assert_eq!(stored.generated, 0);
    // a list takes 3 words, whatever it makes: here 32 synapses on average
    assert_eq!(seen[0].3, 3 * (40 + 3 * 300));
    assert!(
        seen[2].3 > 2 * seen[0].3,
        "{} words where they are stored",
        seen[2].3
    );
}

/// What the image holds makes what the netlist says.
#[test]
fn the_core_makes_what_the_netlist_says() {
    for (seed, chance, weights) in [
        (0, 65_536, [0, 255]),
        (u64::MAX, 1, [-256, 255]),
        (9, 300, [7, 7]),
        (77, 40_000, [-3, 3]),
    ] {
        let sources = 30;
        let targets = 700;
        let edges = Generated {
            seed,
            chance,
            weights,
            delay: 1,
        }
        .edges(sources, targets);
        for source in 0..sources {
            let entry = |first: u32, neurons: u32| generated::SeededEntry {
                index: first,
                seed: row_seed(seed, source),
                first,
                neurons,
                chance,
                weights,
                delay: 1,
            };
            let mut found = vec![];
            // as a core has it that holds a part of the neurons
            for part in [entry(0, 123), entry(123, 577)] {
                part.each(|s| found.push((s.index, s.weight, s.delay)));
            }
            assert_eq!(
                found,
                edges.of(source).collect::<Vec<_>>(),
                "seed {seed}, source {source}"
            );
        }
    }
    let share = Generated {
        seed: 3,
        chance: 16_384,
        weights: [-10, 10],
        delay: 0,
    }
    .edges(100, 1000);
    assert!(
        (24_500..25_500).contains(&share.len()),
        "{} of 100,000 with a chance of a quarter",
        share.len()
    );
}

/// Boards that store their synapses refuse them by name, compiled or as an image; so do wrong
/// numbers.
#[test]
fn boards_without_it_say_so() {
    let net = network(|net, from, to, how| {
        net.connect(from, to).connectivity = Connectivity::Generated(how);
    });
    let text = compile(&net, &CompileOptions::default())
        .unwrap_err()
        .to_string();
    assert!(text.contains("projection 'in->a': is generated from a seed; loihi1 stores its synapses: compile for loihi2"), "{text}");
    let (compiled, _) = built(&net, 8192);
    assert!(
        compiled.image.cores[0]
            .synapse_formats
            .iter()
            .any(|f| f.encoding == Encoding::Generated)
    );
    let mut image = compiled.image;
    image.programs = Default::default();
    image.probes.clear();
    let found = CheckedImage::prove(image, &CompileOptions::default().board, LimitPolicy::Report)
        .unwrap_err();
    assert!(
        found
            .iter()
            .any(|f| f.to_string().contains("loihi1 stores its synapses")),
        "{found:?}"
    );
    let mut wrong = network(|net, from, to, _| {
        let how = Generated {
            seed: 1,
            chance: 0,
            weights: [300, 2],
            delay: 63,
        };
        let p = net.connect(from, to);
        p.connectivity = Connectivity::Generated(how);
        p.box_synapse = from == to;
    });
    wrong.projections[0].weight_exponent = vec![0i8; 300].into();
    let text: Vec<String> = wrong.check().iter().map(ToString::to_string).collect();
    for part in [
        "connectivity.chance",
        "connectivity.weights",
        "connectivity.delay",
        "the smallest comes first",
        "no box_synapse",
    ] {
        assert!(
            text.iter().any(|t| t.contains(part)),
            "{part} is not in {text:?}"
        );
    }
}
