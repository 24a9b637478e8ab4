//! Neurons that run programs, on the chip: equal to fixed compartments where they say so, graded
//! spikes, and the same bits for any number of threads and across restores.

mod shipped;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileError, CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::{CoreSettings, Netlist, Population, Programmed, Register};
use seamount_spec::Board;
use seamount_tests::generate::{Options, cases};
use seamount_tests::lockstep;
use seamount_tests::programmed::programmed;
use shipped::Draws;
use std::collections::BTreeMap;

fn board(compartments: u32) -> CompileOptions {
    let mut board = Board::preset("loihi2").unwrap();
    board.core.compartments = compartments;
    CompileOptions::new(board)
}

fn checked(net: &Netlist, options: &CompileOptions) -> Result<CheckedImage, CompileError> {
    let compiled = compile(net, options)?;
    let image =
        Image::from_bytes(&compiled.image.to_bytes()).expect("an image survives its file form");
    Ok(
        CheckedImage::prove(image, &options.board, LimitPolicy::Enforce)
            .unwrap_or_else(|found| panic!("{found:#?}")),
    )
}

/// Every spike, u, v and q of every step of random networks, the oracle's fixed compartments beside
/// the program.
#[test]
fn program_lif_equals_the_fixed_compartment_on_random_networks() {
    let mut runner = TestRunner::deterministic();
    let strategy = cases(Options {
        large: true,
        ..Options::default()
    });
    let mut ran = 0;
    let mut populations = 0;
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
        let events = || {
            case.events
                .iter()
                .map(|e| (e.step, case.netlist.inputs[e.input].name.as_str(), e.neuron))
        };
        let mut last = vec![];
        for (threads, vectors) in [(1, true), (3, false)] {
            let mut chip = Chip::load(&image);
            let input = SpikeTrain::named(chip.program(), events()).unwrap();
            let options = RunOptions::new().threads(threads).vectors(vectors);
            let half = case.steps / 2;
            let first = chip.run(half, &input, &options);
            let saved = chip.snapshot();
            let mut chip = Chip::load(&image);
            chip.restore(&saved).unwrap();
            let second = chip.run(case.steps - half, &input, &options);
            lockstep::compare(&case, &[first, second], &case.run())
                .unwrap_or_else(|e| panic!("{e}\n{case:?}"));
            last.push(chip.snapshot());
        }
        assert_eq!(last[0], last[1], "threads and vectors change nothing");
    }
    assert!(
        populations > 150,
        "{populations} populations ran the program"
    );
}

/// A random recurrent network of neurons with AHP and without, twice: as fixed compartments
/// (NC-045) and as the programs `cuba_ahp` and `lif`. Probes have the same names in both; how many
/// are of AHP comes with it.
fn ahp_networks(draws: &mut Draws) -> ([Netlist; 2], usize) {
    let mut nets = ["fixed", "programs"].map(Netlist::new);
    for net in &mut nets {
        net.input("in", 6);
    }
    let names = ["a", "b", "c", "d"];
    let sizes: Vec<u32> = (0..draws.between(1, 4))
        .map(|_| draws.between(1, 24) as u32)
        .collect();
    let kinds: Vec<bool> = (0..sizes.len())
        .map(|p| p == 0 || draws.between(0, 2) > 0)
        .collect();
    for ((&size, &name), &ahp) in sizes.iter().zip(&names).zip(&kinds) {
        let core = CoreSettings {
            v_min_exponent: draws.between(8, 23) as u8,
            v_max_exponent: draws.between(3, 7) as u8,
            dm_offset: draws.between(0, 1) > 0,
            ..CoreSettings::default()
        };
        // ds_offset, which is set, counts in both compartments
        let current = draws.between(0, 4095) as u16;
        let voltage = draws.between(0, 4095) as u16;
        let slow = draws.between(0, 200) as u16;
        let threshold = draws.between(5, 400) as u32;
        let refractory = draws.between(1, 5) as u8;
        let bias: Vec<i16> = (0..size)
            .map(|_| draws.between(-300, 1000) as i16)
            .collect();
        let push = draws.between(1, 60) as i32;
        let exponent = draws.between(0, 3) as i8;
        let dm = i32::from(core.dm_offset);
        let fixed = if ahp {
            Population::ahp(name, size, slow)
        } else {
            Population::new(name, size)
        };
        let fixed = fixed
            .core(core)
            .current_decay(current)
            .voltage_decay(voltage)
            .threshold_mantissa(threshold);
        nets[0].add(fixed.refractory_steps(refractory).bias(bias.clone(), 0));
        let program = Population::programmed(
            name,
            size,
            Programmed::new(if ahp { "cuba_ahp" } else { "lif" }),
        )
        .core(core)
        .parameter("keep_u", 4095 - i32::from(current))
        .parameter("keep_v", 4096 - i32::from(voltage) - dm)
        .parameter("threshold", (threshold as i32) << 6)
        .parameter(
            "hold_steps",
            if refractory > 1 {
                i32::from(refractory)
            } else {
                0
            },
        )
        .parameter(
            "bias",
            bias.into_iter().map(i32::from).collect::<Vec<i32>>(),
        )
        .parameter("v_min", -(1 << core.v_min_exponent) + 1)
        .parameter("v_max", (1 << (9 + 2 * core.v_max_exponent)) - 1);
        let jump = -(push << (6 + exponent));
        let own = |p: Population| {
            p.parameter("keep_ahp", 4096 - i32::from(slow) - dm)
                .parameter("jump", jump)
        };
        nets[1].add(if ahp { own(program) } else { program });
        if ahp {
            nets[0]
                .connect(name, &format!("{name}.ahp"))
                .one_to_one(-push)
                .weight_exponent(exponent);
            nets[0]
                .probe(&format!("{name}.ahp"), Register::Voltage)
                .name = format!("{name} ahp");
            nets[1].probe_state(name, "ahp").name = format!("{name} ahp");
        }
        for (register, word) in [(Register::Current, "u"), (Register::Voltage, "v")] {
            nets[0].probe(name, register).name = format!("{name} {word}");
            nets[1].probe_state(name, word).name = format!("{name} {word}");
        }
        nets.iter_mut()
            .for_each(|net| net.probe(name, Register::Spike).name = format!("{name} spike"));
    }
    connect_at_random(&mut nets, &names[..sizes.len()], &sizes, draws);
    (nets, kinds.iter().filter(|ahp| **ahp).count())
}

/// The inputs and every population to every population and itself, with the same weights in both.
fn connect_at_random(nets: &mut [Netlist; 2], names: &[&str], sizes: &[u32], draws: &mut Draws) {
    for (source, from) in [("in", 6)]
        .into_iter()
        .chain(names.iter().copied().zip(sizes.iter().copied()))
    {
        for (&target, &to) in names.iter().zip(sizes) {
            let scale = if source == "in" {
                120
            } else {
                draws.between(1, 60)
            };
            let row = |draws: &mut Draws| {
                (0..to)
                    .map(|_| draws.between(-scale * 2 / 3, scale) as i32)
                    .collect::<Vec<i32>>()
            };
            let weights: Vec<Vec<i32>> = (0..from).map(|_| row(draws)).collect();
            let delay = draws.between(1, 7) as u8;
            let exponent = draws.between(0, 2) as i8;
            for net in nets.iter_mut() {
                net.connect(source, target)
                    .dense(weights.clone())
                    .delay(delay)
                    .weight_exponent(exponent);
            }
        }
    }
}

/// Every spike, u, v and current of the AHP of every step of random recurrent networks: `cuba_ahp`
/// beside two compartments of the fixed form, by 1 and 3 threads, with a restore in between.
#[test]
fn program_cuba_ahp_equals_the_two_compartments_on_random_networks() {
    let mut populations = 0;
    let mut spikes = 0;
    let mut adapted = 0;
    for seed in 0..45 {
        let draws = &mut Draws(seed * 31 + 7);
        let (nets, count) = ahp_networks(draws);
        populations += count;
        let steps = draws.between(40, 90) as u64;
        let events: Vec<(u64, u32)> = (0..steps)
            .flat_map(|t| (0..6).map(move |n| (t, n)))
            .filter(|_| draws.between(0, 3) == 0)
            .collect();
        let options = board([16, 60, 8192][seed as usize % 3]);
        let record = |net: &Netlist, threads: usize, vectors: bool| {
            let image = checked(net, &options).unwrap_or_else(|e| panic!("{e}"));
            let options = RunOptions::new().threads(threads).vectors(vectors);
            let mut chip = Chip::load(&image);
            let input = SpikeTrain::new(chip.program(), events.clone()).unwrap();
            let first = chip.run(steps / 2, &input, &options);
            let saved = chip.snapshot();
            let mut chip = Chip::load(&image);
            chip.restore(&saved).unwrap();
            let second = chip.run(steps - steps / 2, &input, &options);
            let all = first
                .recordings
                .iter()
                .chain(&second.recordings)
                .map(|r| ((r.name.clone(), r.steps[0]), r.to_words()));
            all.collect::<BTreeMap<_, _>>()
        };
        let fixed = record(&nets[0], 1, true);
        for (threads, vectors) in [(1, true), (3, false)] {
            let programs = record(&nets[1], threads, vectors);
            let shape = |all: &BTreeMap<(String, u64), Vec<i32>>| {
                all.iter()
                    .map(|(place, words)| (place.clone(), words.len()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(shape(&fixed), shape(&programs));
            for (place, words) in &fixed {
                let apart = words.iter().zip(&programs[place]).position(|(a, b)| a != b);
                assert_eq!(apart, None, "seed {seed}, {place:?}, {threads} threads");
            }
        }
        let of = |what: &str, test: fn(&i32) -> bool| {
            let all = fixed.iter().filter(|((name, _), _)| name.ends_with(what));
            all.map(|(_, words)| words.iter().filter(|w| test(w)).count())
                .sum::<usize>()
        };
        spikes += of(" spike", |s| *s != 0);
        adapted += of(" ahp", |v| *v < 0);
    }
    assert!(
        populations > 60 && spikes > 10_000 && adapted > 10_000,
        "{populations} populations, {spikes} spikes, {adapted} steps with AHP"
    );
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
    net.connect("a", "b")
        .dense(vec![vec![1, 2, 0], vec![-4, 0, 7]])
        .delay(2);
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
            let seen = chip.run(6, &input, &RunOptions::new().threads(threads));
            let a = seen.recording("a.payload").unwrap().to_words();
            assert_eq!(
                a[..6],
                [3000, 100, 3, 0, 0, 0],
                "{compartments} compartments a core, {threads} threads"
            );
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
    net.add(
        Population::programmed("c", 2, Programmed::new("lif"))
            .parameter("nonsense", 1)
            .initial("w", 0),
    );
    net.connect("in", "a").all_to_all(1);
    let text = compile(&net, &board(8192)).unwrap_err().to_string();
    for part in [
        "nowhere",
        "'unknown'",
        "'nonsense'",
        "'keep_v'",
        "state word 'w'",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let refused = compile(&net, &CompileOptions::default())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("not programmable"), "{refused}");
}

/// MC-001, MC-002: 8192 neurons a core, and its memory split between states and synapses as the
/// network asks; what does not fit goes to more cores.
#[test]
fn mc_001_memory_is_split_as_the_network_asks() {
    let states = |words: usize| (0..words).map(|k| format!(" w{k}")).collect::<String>();
    // all state words are used, so that none could be left out
    let text = |words: usize| {
        let body: String = (0..words).map(|k| format!(" RMW _, w{k}, r0\n")).collect();
        format!(
            ".program many\n.state{}\n RDC r0, s0\n{body}",
            states(words)
        )
    };
    let net = |words: usize, neurons: u32, sources: u32| {
        let mut net = Netlist::new("split");
        net.input("in", sources);
        net.program("many", &text(words));
        net.add(Population::programmed(
            "a",
            neurons,
            Programmed::new("many"),
        ));
        let rows = (0..sources)
            .map(|s| {
                (0..neurons)
                    .map(|n| (s * s * 31 + n * (s + 3)) as i32 % 1009 % 120 + 1)
                    .collect()
            })
            .collect::<Vec<Vec<i32>>>();
        net.connect("in", "a").dense(rows);
        net
    };
    let cores = |net: &Netlist| {
        let image = checked(net, &board(8192)).unwrap_or_else(|e| panic!("{e}"));
        let bytes = |core: usize| {
            let core = &image.image().cores[core];
            core.synapse_memory.len() as u64 * 8
                + image
                    .image()
                    .programs
                    .cores
                    .iter()
                    .find(|p| p.core == 0)
                    .map_or(0, |p| p.bytes())
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
    let kinds = [
        ("binary", [1, 1]),
        ("graded8", [127, -128]),
        ("graded16", [32_767, -32_768]),
        ("graded24", [100_000, -100_000]),
    ];
    for (kind, expected) in kinds.into_iter().chain([("graded32", [100_000, -100_000])]) {
        let mut net = Netlist::new("kinds");
        net.input("in", 2);
        net.program(
            "send",
            &format!(".program send\n.spike {kind}\n RDC r0, s0\n EQ r0, 0\n SKP_C 1\n SPIKE r0"),
        );
        net.program(
            "seen",
            ".program seen\n.state x\n RDC r0, s0\n RMW _, x, r0",
        );
        net.add(Population::programmed("a", 2, Programmed::new("send")));
        net.add(Population::programmed("b", 2, Programmed::new("seen")));
        net.connect("in", "a").one_to_one(100);
        net.connect("a", "b").one_to_one(1);
        net.probe_state("b", "x");
        let image = checked(&net, &board(8192)).unwrap();
        let mut chip = Chip::load(&image);
        let input = SpikeTrain::new(chip.program(), vec![]).unwrap();
        let input = input
            .with_graded(chip.program(), vec![(0, 0, 1000), (0, 1, -1000)])
            .unwrap();
        let seen = chip.run(2, &input, &RunOptions::default());
        assert_eq!(
            seen.recording("b.x").unwrap().to_words()[2..],
            expected,
            "{kind}"
        );
    }
}

#[test]
fn the_same_with_narrower_vectors() {
    seamount_tests::narrower::again("random_networks", &[]);
}
