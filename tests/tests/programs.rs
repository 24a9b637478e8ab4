//! Neurons that run programs, on the chip: equal to fixed compartments where they say so, graded
//! spikes, and the same bits for any number of threads and across restores.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use seamount::chip::{Chip, RunOptions, SpikeTrain};
use seamount::compile::{CompileError, CompileOptions, compile};
use seamount::image::{CheckedImage, Image, LimitPolicy};
use seamount::network::netlist::{Netlist, Population, Programmed, Register};
use seamount::spec::ChipSpec;
use seamount_tests::generate::{Options, cases};
use seamount_tests::lockstep;
use seamount_tests::programmed::programmed;

fn board(compartments: u32) -> CompileOptions {
    let mut board = ChipSpec::preset("loihi2").unwrap();
    board.core.compartments = compartments;
    CompileOptions { board, ..CompileOptions::default() }
}

fn checked(net: &Netlist, options: &CompileOptions) -> Result<CheckedImage, CompileError> {
    let compiled = compile(net, options)?;
    let image = Image::from_bytes(&compiled.image.to_bytes()).expect("an image survives its file form");
    Ok(CheckedImage::prove(image, &options.board, LimitPolicy::Enforce).unwrap_or_else(|found| panic!("{found:#?}")))
}

/// Every spike, u, v and q of every step of random networks, the oracle's fixed compartments beside
/// the program.
#[test]
fn program_lif_equals_the_fixed_compartment_on_random_networks() {
    let mut runner = TestRunner::deterministic();
    let strategy = cases(Options { large: true, ..Options::default() });
    let (mut ran, mut populations) = (0, 0);
    while ran < 150 {
        let case = strategy.new_tree(&mut runner).unwrap().current();
        let (net, count) = programmed(&case);
        let compartments = [20, 64, 8192][ran % 3];
        let image = match checked(&net, &board(compartments)) {
            Ok(image) => image,
            Err(CompileError::Limits(_)) => continue,
            Err(other) => panic!("{other}\n{case:?}"),
        };
        (ran, populations) = (ran + 1, populations + count);
        let events = || case.events.iter().map(|e| (e.step, case.netlist.inputs[e.input].name.as_str(), e.neuron));
        let mut last = vec![];
        for (threads, vectors) in [(1, true), (3, false)] {
            let mut chip = Chip::load(&image);
            let input = SpikeTrain::named(chip.program(), events()).unwrap();
            let options = RunOptions { threads, vectors, per_step: false, ..RunOptions::default() };
            let half = case.steps / 2;
            let first = chip.run(half, &input, &options);
            let saved = chip.snapshot();
            let mut chip = Chip::load(&image);
            chip.restore(&saved).unwrap();
            let second = chip.run(case.steps - half, &input, &options);
            lockstep::compare(&case, &[first, second], &case.run()).unwrap_or_else(|e| panic!("{e}\n{case:?}"));
            last.push(chip.snapshot());
        }
        assert_eq!(last[0], last[1], "threads and vectors change nothing");
    }
    assert!(populations > 150, "{populations} populations ran the program");
}

/// A graded spike counts payload times, at the next step, through every synapse.
#[test]
fn graded_spikes_count_their_payload() {
    let mut net = Netlist::new("graded");
    net.input("in", 2);
    net.program("relay", ".program relay\n.spike graded24\n.state seen\n RDC r0, s0\n RMW _, seen, r0\n EQ r0, 0\n SKP_C 1\n SPIKE r0");
    net.add(Population::programmed("a", 2, Programmed::new("relay")));
    net.add(Population::programmed("b", 3, Programmed::new("relay")));
    net.connect("in", "a").dense(vec![vec![3, 0], vec![0, -5]]);
    net.connect("a", "b").dense(vec![vec![1, 2, 0], vec![-4, 0, 7]]).delay(2);
    net.probe_state("b", "seen");
    net.probe("a", Register::Payload);
    for compartments in [8192, 1] {
        let image = checked(&net, &board(compartments)).unwrap();
        for threads in [1, 2] {
            let mut chip = Chip::load(&image);
            let input = SpikeTrain::new(chip.program(), vec![(1, 0)])
                .unwrap()
                .with_graded(chip.program(), vec![(0, 0, 1000), (0, 1, -20)])
                .unwrap();
            let seen = chip.run(6, &input, &RunOptions { threads, ..RunOptions::default() });
            let a = seen.recording("a.payload").unwrap().to_words();
            assert_eq!(a[..6], [3000, 100, 3, 0, 0, 0], "{compartments} compartments a core, {threads} threads");
            let b = seen.recording("b.seen").unwrap().to_words();
            // emitted in steps 1 and 2, delay 2: read in steps 4 and 5
            assert_eq!(b[9..15], [3000 - 400, 6000, 700, 3, 6, 0]);
            assert!(b[..9].iter().chain(&b[15..]).all(|w| *w == 0));
        }
    }
}

/// Everything wrong with programs at once, by name.
#[test]
fn wrong_programs_are_named() {
    let mut net = Netlist::new("wrong");
    net.input("in", 1);
    net.program("mine", ".program mine\n.state v\n JMP nowhere");
    net.add(Population::programmed("a", 2, Programmed::new("mine")));
    net.add(Population::programmed("b", 2, Programmed::new("unknown")));
    net.add(Population::programmed("c", 2, Programmed::new("lif")).parameter("nonsense", 1).initial("w", 0));
    net.connect("in", "a").all_to_all(1);
    let text = compile(&net, &board(8192)).unwrap_err().to_string();
    for part in ["nowhere", "'unknown'", "'nonsense'", "'keep_v'", "state word 'w'"] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let refused = compile(&net, &CompileOptions::default()).unwrap_err().to_string();
    assert!(refused.contains("not programmable"), "{refused}");
}

/// MC-001, MC-002: 8192 neurons a core, and its memory split between states and synapses as the network
/// asks; what does not fit goes to more cores.
#[test]
fn mc_001_memory_is_split_as_the_network_asks() {
    let states = |words: usize| (0..words).map(|k| format!(" w{k}")).collect::<String>();
    // all state words are used, so that none could be left out
    let text = |words: usize| {
        let body: String = (0..words).map(|k| format!(" RMW _, w{k}, r0\n")).collect();
        format!(".program many\n.state{}\n RDC r0, s0\n{body}", states(words))
    };
    let net = |words: usize, neurons: u32, sources: u32| {
        let mut net = Netlist::new("split");
        net.input("in", sources);
        net.program("many", &text(words));
        net.add(Population::programmed("a", neurons, Programmed::new("many")));
        let rows = (0..sources)
            .map(|s| (0..neurons).map(|n| (s * s * 31 + n * (s + 3)) as i32 % 1009 % 120 + 1).collect())
            .collect::<Vec<Vec<i32>>>();
        net.connect("in", "a").dense(rows);
        net
    };
    let cores = |net: &Netlist| {
        let image = checked(net, &board(8192)).unwrap_or_else(|e| panic!("{e}"));
        let bytes = |core: usize| {
            let core = &image.image().cores[core];
            core.synapse_memory.len() as u64 * 8 + image.image().programs.cores.iter().find(|p| p.core == 0).map_or(0, |p| p.bytes())
        };
        (image.image().cores.len(), bytes(0))
    };
    // 3 bytes a neuron and one dense row; then one neuron too many
    assert_eq!(cores(&net(1, 8192, 1)).0, 1);
    assert_eq!(cores(&net(1, 8193, 1)).0, 2);
    // 60 words, 180 bytes a neuron: 1092 neurons fill 196,608 bytes
    let (count, used) = cores(&net(60, 2000, 1));
    assert_eq!(count, 2);
    assert!(used <= 196_608);
    // few states, many synapses: the same memory the other way round
    let (count, used) = cores(&net(1, 1000, 150));
    assert_eq!(count, 1);
    assert!(used > 120_000, "{used} bytes, most of them synapses");
    assert!(cores(&net(1, 1000, 400)).0 > 1);
}

/// MC-004: what each kind of spike carries, as the next neuron sees it.
#[test]
fn mc_004_every_kind_of_spike_carries_its_width() {
    let kinds = [("binary", [1, 1]), ("graded8", [127, -128]), ("graded16", [32_767, -32_768]), ("graded24", [100_000, -100_000])];
    for (kind, expected) in kinds.into_iter().chain([("graded32", [100_000, -100_000])]) {
        let mut net = Netlist::new("kinds");
        net.input("in", 2);
        net.program("send", &format!(".program send\n.spike {kind}\n RDC r0, s0\n EQ r0, 0\n SKP_C 1\n SPIKE r0"));
        net.program("seen", ".program seen\n.state x\n RDC r0, s0\n RMW _, x, r0");
        net.add(Population::programmed("a", 2, Programmed::new("send")));
        net.add(Population::programmed("b", 2, Programmed::new("seen")));
        net.connect("in", "a").one_to_one(100);
        net.connect("a", "b").one_to_one(1);
        net.probe_state("b", "x");
        let image = checked(&net, &board(8192)).unwrap();
        let mut chip = Chip::load(&image);
        let input = SpikeTrain::new(chip.program(), vec![]).unwrap();
        let input = input.with_graded(chip.program(), vec![(0, 0, 1000), (0, 1, -1000)]).unwrap();
        let seen = chip.run(2, &input, &RunOptions::default());
        assert_eq!(seen.recording("b.x").unwrap().to_words()[2..], expected, "{kind}");
    }
}

#[test]
fn the_same_with_narrower_vectors() {
    seamount_tests::narrower::again("random_networks", &[]);
}
