//! Function first, time as an observer (ME-031): whatever is known of time, and on however many
//! threads, a run does the same; and its time is the same.

use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Population, Register};
use seamount_spec::{Board, EventCounts, Profile};
use seamount_timing::{Fidelity, Ledger, Machine, StepTime, Timer};

const STEPS: u64 = 60;

/// Three layers of 600 neurons that drive themselves and each other, on five cores or more.
fn network() -> Netlist {
    let mut net = Netlist::new("three layers");
    net.input("drive", 20);
    for (k, name) in ["first", "second", "third"].into_iter().enumerate() {
        let bias: Vec<i16> = (0..600).map(|n| ((n * 37 + k * 11) % 90) as i16).collect();
        net.add(
            Population::new(name, 600)
                .current_decay(2048)
                .voltage_decay(100)
                .threshold_mantissa(60)
                .bias(bias, 2),
        );
    }
    net.connect("drive", "first").all_to_all(40);
    net.connect("first", "second").one_to_one(90);
    net.connect("second", "third").one_to_one(-30);
    net.connect("third", "first")
        .pairs((0..600).map(|n| (n, (n * 7 + 13) % 600, 20)));
    net.connect("drive", "third").all_to_all(-5);
    net.probe("third", Register::Spike);
    net
}

fn chip(board: &str) -> Chip {
    let mut spec = Board::preset(board).unwrap();
    // small cores, so that the network is spread
    spec.core.compartments = 150;
    let options = CompileOptions::new(spec);
    let compiled = compile(&network(), &options).unwrap();
    Chip::load(&CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce).unwrap())
}

fn run(board: &str, threads: usize, record: bool) -> (Chip, Observations) {
    let mut chip = chip(board);
    let events = (0..STEPS).flat_map(|t| {
        (0..20)
            .filter(move |n| (t * 7 + n) % 5 == 0)
            .map(move |n| (t, n as u32))
    });
    let input = SpikeTrain::new(chip.program(), events.collect()).unwrap();
    let mut options = RunOptions::new().threads(threads);
    options.record = record;
    let seen = chip.run(STEPS, &input, &options);
    (chip, seen)
}

fn time(
    chip: &Chip,
    seen: &Observations,
    profile: &Profile,
    fidelity: Fidelity,
) -> (Vec<StepTime>, Ledger) {
    let mut timer =
        Timer::new(Machine::new(chip.program().floorplan(), profile), fidelity).unwrap();
    let mut steps = vec![];
    timer.observe(&seen.record, |step, _| steps.push(step.clone()));
    (steps, timer.ledger)
}

#[test]
fn me_031_results_do_not_depend_on_what_is_known_of_time() {
    for board in ["loihi1", "kapoho-bay"] {
        let (plain_chip, plain) = run(board, 1, false);
        assert!(
            plain.total().spikes > 1000 && plain.total().packets_out > 1000,
            "{:?}",
            plain.total()
        );
        assert!(plain.record.is_empty());
        for threads in [1, 2, 3] {
            let (chip, seen) = run(board, threads, true);
            assert_eq!(chip.state(), plain_chip.state());
            assert_eq!(
                (&seen.recordings, &seen.cores),
                (&plain.recordings, &plain.cores)
            );
            assert_eq!(seen.record.len() as u64, STEPS);
        }
    }
}

/// The record is what was counted: sums over steps and cores, and every packet.
#[test]
fn the_record_adds_up_to_the_counts() {
    let (chip, seen) = run("loihi1", 2, true);
    let mut cores = vec![EventCounts::default(); chip.program().cores.len()];
    let mut sent = 0;
    let mut host = 0;
    let rows = chip.program().floorplan().rows;
    let mut read = vec![EventCounts::default(); cores.len()];
    for (i, step) in seen.record.steps().enumerate() {
        cores
            .iter_mut()
            .zip(step.counts)
            .for_each(|(sum, counts)| *sum += *counts);
        let own = step
            .packets
            .iter()
            .filter(|p| p.from != seamount_spec::HOST);
        sent += own.clone().count() as u64;
        host += step.packets.len() as u64 - own.count() as u64;
        for p in step
            .packets
            .iter()
            .filter(|p| p.from == seamount_spec::HOST || i as u64 + 1 < STEPS)
        {
            read[p.to as usize] += rows[p.to as usize][p.row as usize];
        }
    }
    let totals: Vec<EventCounts> = seen.cores.iter().map(|c| c.total()).collect();
    assert_eq!(cores, totals);
    assert_eq!(sent, seen.total().packets_out);
    assert!(host > 0);
    // packets of the last step have not arrived yet
    for (read, total) in read.iter().zip(&totals) {
        assert_eq!(
            (read.packets_in, read.synapse_reads()),
            (total.packets_in, total.synapse_reads())
        );
        assert_eq!(
            (read.synapse_words, read.synaptic_operations),
            (total.synapse_words, total.synaptic_operations)
        );
    }
}

#[test]
fn time_does_not_depend_on_threads() {
    for board in ["loihi1", "kapoho-bay"] {
        let ((chip, one), (_, three)) = (run(board, 1, true), run(board, 3, true));
        assert_eq!(one.record, three.record);
        for profile in Profile::all() {
            let [formulas, cycles] =
                [Fidelity::Pipeline, Fidelity::Cycle].map(|f| time(&chip, &one, &profile, f));
            assert_eq!(cycles, time(&chip, &three, &profile, Fidelity::Cycle));
            assert_eq!(formulas, time(&chip, &three, &profile, Fidelity::Pipeline));
            assert!(
                cycles
                    .0
                    .iter()
                    .chain(&formulas.0)
                    .all(|step| step.critical.duration_ps() == step.duration_ps)
            );
        }
    }
}

/// The same network on one chip, on two and on eight gives the same spikes and counts of everything
/// but the way.
#[test]
fn me_031_chips_change_nothing_but_the_way() {
    let run = |board: &str, compartments: u32| {
        let mut spec = Board::preset(board).unwrap();
        spec.core.compartments = compartments;
        let options = CompileOptions::new(spec);
        let compiled = compile(&network(), &options).unwrap();
        let mut chip = Chip::load(
            &CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce).unwrap(),
        );
        let seen = chip.run(STEPS, &SpikeTrain::default(), &RunOptions::default());
        (seen.total(), seen.recordings)
    };
    let (one, spikes) = run("loihi1", 20);
    assert_eq!(one.chip_crossings, 0);
    for (board, compartments) in [("kapoho-bay", 10), ("nahuku8", 2)] {
        let (total, recordings) = run(board, compartments);
        assert!(
            total.chip_crossings > 0 && recordings == spikes,
            "{board}: {total:?}"
        );
        let kind = |c: &EventCounts| {
            (
                c.spikes,
                c.neuron_updates_active,
                c.neuron_updates_inactive,
                c.synaptic_operations,
            )
        };
        assert_eq!(kind(&total), kind(&one), "{board}");
    }
}

/// A run in pieces is timed as a run at once.
#[test]
fn time_of_pieces_is_time_of_the_whole() {
    let (chip, whole) = run("kapoho-bay", 1, true);
    let profile = Profile::preset("davies2018").unwrap();
    let mut again = self::chip("kapoho-bay");
    let events = (0..STEPS).flat_map(|t| {
        (0..20)
            .filter(move |n| (t * 7 + n) % 5 == 0)
            .map(move |n| (t, n as u32))
    });
    let input = SpikeTrain::new(again.program(), events.collect()).unwrap();
    for fidelity in [Fidelity::Pipeline, Fidelity::Cycle] {
        let (steps, ledger) = time(&chip, &whole, &profile, fidelity);
        let mut timer =
            Timer::new(Machine::new(chip.program().floorplan(), &profile), fidelity).unwrap();
        let mut seen = vec![];
        again.reset(0);
        for piece in [1, 20, 39] {
            let record = again
                .run(piece, &input, &RunOptions::new().recorded())
                .record;
            timer.observe(&record, |step, _| seen.push(step.clone()));
        }
        assert_eq!((seen, timer.ledger), (steps, ledger));
    }
}

/// Compile spreads a network over chips when one has too few cores.
#[test]
fn me_034_a_network_is_spread_over_chips_when_it_must_be() {
    let mut spec = Board::preset("kapoho-bay").unwrap();
    spec.core.compartments = 10;
    let options = CompileOptions::new(spec.clone());
    let compiled = compile(&network(), &options).unwrap();
    let chips: std::collections::BTreeSet<u16> = compiled
        .image
        .cores
        .iter()
        .map(|c| c.location.chip)
        .collect();
    assert_eq!((compiled.image.cores.len() > 128, chips.len()), (true, 2));
    let one = CompileOptions::new(Board { chips_x: 1, ..spec });
    assert!(compile(&network(), &one).is_err());
    let mut chip = Chip::load(
        &CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce).unwrap(),
    );
    let seen = chip.run(20, &SpikeTrain::default(), &RunOptions::new().recorded());
    assert!(seen.total().chip_crossings > 0, "{:?}", seen.total());
    let profile = Profile::preset("davies2018").unwrap();
    let mut timer = Timer::new(
        Machine::new(chip.program().floorplan(), &profile),
        Fidelity::Cycle,
    )
    .unwrap();
    timer.observe(&seen.record, |_, _| ());
    let crossed: u64 = timer
        .cycle()
        .unwrap()
        .link_packets()
        .map(|(_, packets)| packets)
        .sum();
    // each border is crossed once: kapoho-bay has one
    assert_eq!(crossed, seen.total().chip_crossings);
    // energy of links is unknown until somebody chooses one
    let bill = profile.price(&seen.total());
    assert_eq!(bill.unknown, ["chip_crossings"]);
    let mut chosen = profile.clone();
    chosen.chosen.set("link_packet_fj", 50_000, "test").unwrap();
    assert_eq!(
        chosen.price(&seen.total()).dynamic_fj,
        bill.dynamic_fj + 50_000 * crossed
    );
}

#[test]
fn me_053_processors_add_a_constant_to_every_step() {
    let (chip, seen) = run("loihi1", 1, true);
    let mut profile = Profile::davies2018();
    for fidelity in [Fidelity::Pipeline, Fidelity::Cycle] {
        let (without, _) = time(&chip, &seen, &profile, fidelity);
        profile
            .chosen
            .set("processors_ps", 10_650_000, "test")
            .expect("in range");
        let (with, _) = time(&chip, &seen, &profile, fidelity);
        profile
            .chosen
            .set("processors_ps", 0, "test")
            .expect("in range");
        let more = without.iter().zip(&with);
        let more: Vec<u64> = more.map(|(a, b)| b.duration_ps - a.duration_ps).collect();
        assert_eq!(more, vec![10_650_000; STEPS as usize], "{fidelity:?}");
    }
}
