//! One network on 1 to 7 ranks, divided in any way, does what one thread does: recordings, counts,
//! records and snapshots, to the bit. Ranks are threads here; messages between them are those that
//! MPI carries.
//!
//! `SEAMOUNT_RANK_CASES` sets the number of cases of each kind.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use seamount_chip::{
    Chip, Division, DivisionError, DivisionKind, NoiseReplay, Observations, RankError, RankedChip,
    RunOptions, SpikeTrain,
};
use seamount_compile::{CompileError, CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Population, Programmed, Register};
use seamount_spec::Board;
use seamount_tests::channels::{Channels, Wrong, on_ranks};
use seamount_tests::generate::dice::Dice;
use seamount_tests::generate::{Options, cases};
use seamount_tests::learn_case::{LearnDice, learning_network};
use seamount_tests::lockstep;
use seamount_tests::programmed::programmed;

/// A network, what enters it, and how often it is stopped.
struct Sample {
    image: CheckedImage,
    input: SpikeTrain,
    noise: Option<NoiseReplay>,
    /// Steps of the parts of the run; after each the state is saved and restored.
    parts: Vec<u64>,
    options: RunOptions,
}

/// What a run comes to: each part as it was seen, and the last snapshot.
type Outcome = (Vec<Observations>, Vec<u8>);

fn cases_of_a_kind() -> usize {
    let cases = std::env::var("SEAMOUNT_RANK_CASES").ok();
    cases.and_then(|text| text.parse().ok()).unwrap_or(60)
}

fn proved(net: &Netlist, board: &str, compartments: u32) -> Option<CheckedImage> {
    let mut board = Board::preset(board).expect("a board");
    board.core.compartments = compartments;
    let options = CompileOptions::new(board);
    let image = match compile(net, &options) {
        Ok(compiled) => compiled.image,
        // more formats or slots than a core has: not a case
        Err(CompileError::Limits(_)) => return None,
        Err(other) => panic!("{other}\n{}", net.to_json()),
    };
    let checked = CheckedImage::prove(image, &options.board, LimitPolicy::Enforce);
    Some(checked.unwrap_or_else(|found| panic!("{found:#?}")))
}

/// The run in one process, on one thread.
fn alone(sample: &Sample) -> Outcome {
    let mut seen = vec![];
    let mut saved: Option<Vec<u8>> = None;
    for steps in &sample.parts {
        let mut chip = Chip::load(&sample.image);
        if let Some(noise) = &sample.noise {
            chip.replay_noise(noise.clone()).expect("its own noise");
        }
        if let Some(saved) = &saved {
            chip.restore(saved).expect("its own snapshot");
        }
        seen.push(chip.run(*steps, &sample.input, &sample.options));
        saved = Some(chip.snapshot());
    }
    (seen, saved.expect("at least one part"))
}

/// One part of a run on ranks, from a snapshot to the next.
fn part(
    sample: &Sample,
    division: Division,
    transport: Channels,
    steps: u64,
    saved: Option<&Vec<u8>>,
) -> Result<(Observations, Vec<u8>), RankError> {
    let mut chip = RankedChip::load(&sample.image, division, transport)?;
    if let Some(noise) = &sample.noise {
        chip.replay_noise(noise.clone())?;
    }
    if let Some(saved) = saved {
        chip.restore(saved)?;
    }
    chip.feed(&sample.input)?;
    let seen = chip.run(steps, &sample.options)?;
    Ok((seen, chip.snapshot()?))
}

/// The run on ranks: each part on another number of them.
fn together(sample: &Sample, dice: &mut Dice, wrong: Wrong) -> Result<Outcome, RankError> {
    let image = sample.image.image();
    let cores = image.cores.len();
    let mut seen = vec![];
    let mut saved: Option<Vec<u8>> = None;
    for steps in &sample.parts {
        let ranks = dice.range(1, 7) as usize;
        let division = match dice.range(0, 3) {
            0 if ranks <= cores => Division::new(image, ranks, DivisionKind::Runs),
            1 if ranks <= cores => Division::new(image, ranks, DivisionKind::LeastCut),
            _ => {
                let rank_of = (0..cores).map(|_| dice.range(0, ranks as u64 - 1) as u32);
                Division::given(image, rank_of.collect(), ranks)
            }
        };
        let division = division.expect("a division");
        let (part, state) = on_ranks(ranks, wrong, |transport| {
            part(sample, division, transport, *steps, saved.as_ref())
        })?;
        seen.push(part);
        saved = Some(state);
    }
    Ok((seen, saved.expect("at least one part")))
}

fn options(dice: &mut Dice) -> RunOptions {
    let options = RunOptions::new().per_step().vectors(dice.chance(70));
    match dice.chance(50) {
        true => options.recorded(),
        false => options,
    }
}

fn parts(steps: u64, dice: &mut Dice) -> Vec<u64> {
    let first = dice.range(0, steps);
    vec![first, steps - first]
}

/// Random networks of fixed compartments with delays, or of the same as programs, with the numbers
/// that their noise draws generated or recorded.
fn fixed(case: &seamount_tests::generate::Case, dice: &mut Dice) -> Option<Sample> {
    let board = dice.pick(&["loihi1", "loihi2"]);
    let net = match board {
        "loihi1" => case.netlist.clone(),
        _ => programmed(case).0,
    };
    let mut net = net;
    for population in &case.netlist.populations {
        let soma = population.compartments.last().expect("a compartment");
        let place = format!("{}.{}", population.name, soma.name);
        let own = format!("{}.", population.name);
        if net.probes.iter().any(|probe| probe.name.starts_with(&own)) {
            continue;
        }
        if population.compartments.len() == 1 && dice.chance(70) {
            net.probe(&population.name, Register::Spike);
        } else if population.compartments.len() > 1 {
            net.probe(&place, Register::Voltage);
        }
    }
    let image = proved(&net, board, dice.pick(&[12u32, 20, 64]))?;
    let program = seamount_chip::ChipProgram::new(&image);
    let name = |i: usize| case.netlist.inputs[i].name.as_str();
    let events = case
        .events
        .iter()
        .map(|e| (e.step, name(e.input), e.neuron));
    let input = SpikeTrain::named(&program, events).expect("its own inputs");
    let noise = match dice.chance(50) {
        true => lockstep::replay(case, image.image()),
        false => None,
    };
    Some(Sample {
        input,
        noise,
        parts: parts(case.steps, dice),
        options: options(dice),
        image,
    })
}

/// Random networks that learn, by random rules, with rewards.
fn learning(seed: u64, dice: &mut Dice) -> Option<Sample> {
    let (net, steps, events) = learning_network(&mut LearnDice::seeded(seed));
    let image = proved(&net, "loihi1", dice.pick(&[1u32, 2, 5, 64]))?;
    let program = seamount_chip::ChipProgram::new(&image);
    let input = SpikeTrain::named(&program, events).expect("its own inputs");
    Some(Sample {
        input,
        noise: None,
        parts: parts(steps, dice),
        options: options(dice),
        image,
    })
}

/// Two populations that send each other graded spikes, one of plain spikes that hears both, and one
/// that draws random bits.
fn graded(dice: &mut Dice) -> Option<Sample> {
    let mut net = Netlist::new("graded");
    net.seed = dice.range(0, 1 << 30);
    net.input("in", 6);
    let size = |dice: &mut Dice| dice.range(3, 25) as u32;
    for name in ["a", "b"] {
        let threshold = dice.range(1, 2000) as i32;
        let program = Programmed::new("sigma_delta");
        let population = Population::programmed(name, size(dice), program)
            .parameter("threshold", threshold)
            .parameter("act_min", -(1 << 23))
            .parameter("out_shift", -6);
        net.add(population);
        net.probe(name, Register::Payload);
        net.probe_state(name, "sigma");
    }
    let lif = Population::programmed("c", size(dice), Programmed::new("lif"))
        .parameter("keep_v", 4000)
        .parameter("threshold", dice.range(100, 40_000) as i32);
    net.add(lif);
    net.probe("c", Register::Spike);
    let ends = [
        ("in", "a"),
        ("in", "c"),
        ("a", "b"),
        ("b", "a"),
        ("a", "c"),
        ("b", "c"),
        ("c", "c"),
        ("c", "b"),
    ];
    for (from, to) in ends {
        let weight = dice.range(0, 80) as i32 - 20;
        net.connect(from, to)
            .all_to_all(weight)
            .delay(dice.range(0, 3) as u8);
    }
    let image = proved(&net, "loihi2", dice.pick(&[3u32, 8, 20]))?;
    let steps = 30;
    let program = seamount_chip::ChipProgram::new(&image);
    let mut events = vec![];
    for step in 0..steps {
        for neuron in 0..6 {
            if dice.chance(30) {
                events.push((step, neuron, dice.range(0, 6000) as i32 - 3000));
            }
        }
    }
    let input = SpikeTrain::default().with_graded(&program, events);
    Some(Sample {
        input: input.expect("its own inputs"),
        noise: None,
        parts: parts(steps, dice),
        options: options(dice),
        image,
    })
}

/// Runs samples alone and on ranks; how many spikes were sent by how many of them.
fn compare(mut next: impl FnMut(usize, &mut Dice) -> Option<Sample>) -> (usize, u64) {
    let mut ran = 0;
    let mut packets = 0;
    for number in 0.. {
        if ran == cases_of_a_kind() {
            break;
        }
        let mut dice = Dice::new(number as u64 + 1);
        let Some(sample) = next(number, &mut dice) else {
            continue;
        };
        let expected = alone(&sample);
        let wrong = dice.pick(&[Wrong::Nothing, Wrong::Swaps]);
        let found = together(&sample, &mut dice, wrong).expect("nobody is gone");
        for (found, expected) in found.0.iter().zip(&expected.0) {
            for (found, expected) in found.recordings.iter().zip(&expected.recordings) {
                assert!(found == expected, "sample {number}: {} differs", found.name);
            }
            assert!(found.cores == expected.cores, "sample {number}: counts");
            assert!(
                found.per_step == expected.per_step,
                "sample {number}: steps"
            );
            assert!(found == expected, "sample {number}: records differ");
            packets += found.total().packets_out;
        }
        assert!(found.1 == expected.1, "sample {number}: snapshots differ");
        ran += 1;
    }
    (ran, packets)
}

#[test]
fn ranks_change_nothing_where_there_is_noise() {
    let mut runner = TestRunner::deterministic();
    let strategy = cases(Options {
        noise: true,
        large: true,
        ..Options::default()
    });
    let (ran, packets) = compare(|_, dice| {
        let case = strategy.new_tree(&mut runner).expect("a case").current();
        fixed(&case, dice)
    });
    println!("{ran} samples, {packets} packets");
    assert!(packets > 10_000, "{packets} packets");
}

#[test]
fn ranks_change_nothing_where_synapses_learn() {
    let (ran, packets) = compare(|number, dice| learning(number as u64, dice));
    println!("{ran} samples, {packets} packets");
    assert!(packets > 10_000, "{packets} packets");
}

#[test]
fn ranks_change_nothing_where_spikes_are_graded() {
    let (ran, packets) = compare(|_, dice| graded(dice));
    println!("{ran} samples, {packets} packets");
    assert!(packets > 10_000, "{packets} packets");
}

/// A network on several cores that is never quiet.
fn lively() -> Sample {
    let mut dice = Dice::new(9);
    let mut net = Netlist::new("lively");
    net.input("in", 8);
    let neurons = Population::new("a", 60).threshold_mantissa(400);
    net.add(neurons.current_decay(4095));
    net.connect("in", "a").all_to_all(30);
    net.connect("a", "a").all_to_all(1);
    // adds up and never spikes: what did not arrive is missed for ever
    let sum = Population::new("sum", 40).threshold_mantissa(131_071);
    net.add(sum.current_decay(4095).voltage_decay(0));
    net.connect("a", "sum").all_to_all(1);
    net.probe("a", Register::Voltage);
    net.probe("sum", Register::Voltage);
    let image = proved(&net, "loihi1", 10).expect("it fits");
    let program = seamount_chip::ChipProgram::new(&image);
    let events = (0..40).flat_map(|t| (0..8).map(move |n| (t, n)));
    let events = events.filter(|_| dice.chance(50)).collect();
    Sample {
        input: SpikeTrain::new(&program, events).expect("its own inputs"),
        noise: None,
        parts: vec![40],
        options: RunOptions::new(),
        image,
    }
}

fn on_three(sample: &Sample, wrong: Wrong) -> Result<(Observations, Vec<u8>), RankError> {
    let division = Division::new(sample.image.image(), 3, DivisionKind::LeastCut)?;
    on_ranks(3, wrong, |transport| {
        part(sample, division, transport, sample.parts[0], None)
    })
}

/// The control of the tests above: one packet that is lost is seen in recordings and counts.
#[test]
fn a_packet_that_is_lost_is_seen() {
    let sample = lively();
    let (whole, state) = alone(&sample);
    let (found, found_state) = on_three(&sample, Wrong::Nothing).expect("nobody is gone");
    assert!(found == whole[0] && found_state == state);
    for round in 1..=30 {
        let (found, _) = on_three(&sample, Wrong::Drops(round)).expect("nobody is gone");
        assert!(found.cores != whole[0].cores, "from exchange {round}");
        assert!(
            found.recordings != whole[0].recordings,
            "from exchange {round}"
        );
    }
}

/// Whoever waits for a rank that is gone is told, and the last snapshot goes on elsewhere.
#[test]
fn a_rank_that_ends_ends_the_others_and_the_state_before_goes_on() {
    let mut sample = lively();
    sample.parts = vec![15, 25];
    let (whole, state) = alone(&sample);
    let division = |ranks| {
        let image = sample.image.image();
        Division::new(image, ranks, DivisionKind::Runs).expect("enough cores")
    };
    let (first, saved) = on_ranks(4, Wrong::Dies(16), |transport| {
        let mut chip = RankedChip::load(&sample.image, division(4), transport).expect("loads");
        chip.feed(&sample.input).expect("nobody is gone");
        let first = chip.run(15, &sample.options).expect("nobody is gone");
        let saved = chip.snapshot().expect("nobody is gone");
        let lost = chip.run(25, &sample.options).expect_err("rank 3 is gone");
        assert!(matches!(lost, RankError::Lost(_)), "{lost}");
        (first, saved)
    });
    assert!(first == whole[0]);
    let (second, last) = on_ranks(2, Wrong::Nothing, |transport| {
        part(&sample, division(2), transport, 25, Some(&saved))
    })
    .expect("nobody is gone");
    assert!(second == whole[1] && last == state);
}

#[test]
fn what_cannot_be_divided_is_refused() {
    let sample = lively();
    let image = sample.image.image();
    let cores = image.cores.len();
    let refused = Division::new(image, cores + 1, DivisionKind::LeastCut);
    let ranks = cores + 1;
    assert_eq!(refused, Err(DivisionError::TooMany { ranks, cores }));
    let refused = Division::given(image, vec![0, 1, 2], 3);
    assert!(refused.is_err_and(|e| e.to_string().contains("3 cores among 3 ranks")));
    let division = Division::new(image, 2, DivisionKind::Runs).expect("enough cores");
    // a division for two on three ranks leaves one without cores; for three on two it is refused
    let three = Division::new(image, 3, DivisionKind::Runs).expect("enough cores");
    let load = |ranks, division| {
        on_ranks(ranks, Wrong::Nothing, |transport| {
            RankedChip::load(&sample.image, division, transport).map(drop)
        })
    };
    assert!(load(3, division).is_ok());
    assert!(matches!(load(2, three), Err(RankError::Division(_))));
}

#[test]
fn a_snapshot_that_is_none_is_refused_by_name() {
    let sample = lively();
    let division = Division::new(sample.image.image(), 3, DivisionKind::Runs);
    let refused = on_ranks(3, Wrong::Nothing, |transport| {
        let saved = vec![1, 2, 3];
        part(
            &sample,
            division.expect("enough cores"),
            transport,
            1,
            Some(&saved),
        )
    });
    let refused = refused.map(drop).expect_err("three bytes");
    assert!(matches!(refused, RankError::Snapshot(_)), "{refused}");
}
