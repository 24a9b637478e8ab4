//! The record of a run, that time is computed from (ME-031), against what the cores counted: every
//! packet that arrived is in the record, whatever it carries and whoever sent it.

use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Population, Programmed};
use seamount_spec::HOST;
use seamount_spec::{Board, Profile};
use seamount_tests::generate::dice::Dice;
use seamount_timing::{Fidelity, Machine, Timer, Traffic};

const STEPS: u64 = 24;
const INPUTS: u32 = 5;

/// What the spikes of relays carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No payload.
    Plain,
    /// The payload 1, which acts as a plain spike does.
    One,
    /// What came in.
    Sum,
}

/// A program that fires where its input exceeds a threshold.
fn relay(kind: Kind) -> String {
    let name = format!("{kind:?}").to_lowercase();
    let spike = match kind {
        Kind::Plain => "binary",
        _ => "graded24",
    };
    let payload = match kind {
        Kind::Sum => "MOV r1, r0",
        _ => "MOV r1, 1",
    };
    format!(
        ".program relay_{name}\n.spike {spike}\n.state seen\n.param shared threshold\n \
         RDC r0, s0\n RMW _, seen, r0\n {payload}\n LT threshold, r0\n SKP_C 1\n \
         JMP done\n SPIKE r1\ndone: END"
    )
}

/// A random network of relays and its events (step, source, payload); `kind` chooses what each
/// population and each event carries, and nothing else depends on it.
fn network(dice: &mut Dice, kind: impl Fn(u64) -> Kind) -> (Netlist, Vec<(u64, u32, Kind)>) {
    let mut net = Netlist::new("relays");
    net.input("in", INPUTS);
    for kind in [Kind::Plain, Kind::One, Kind::Sum] {
        net.program(&format!("relay_{kind:?}").to_lowercase(), &relay(kind));
    }
    let mut sizes = vec![("in".to_string(), INPUTS)];
    for p in 0..dice.range(1, 4) {
        let name = format!("p{p}");
        let size = dice.range(1, 20) as u32;
        let program = format!("relay_{:?}", kind(dice.below(3))).to_lowercase();
        net.add(
            Population::programmed(&name, size, Programmed::new(&program))
                .parameter("threshold", dice.range(0, 3) as i32),
        );
        sizes.push((name, size));
    }
    for (source, from) in &sizes {
        for (target, to) in &sizes[1..] {
            let mut pairs = vec![];
            for (i, j) in (0..*from).flat_map(|i| (0..*to).map(move |j| (i, j))) {
                if dice.chance(25) {
                    pairs.push((i, j, dice.signed(-3, 6) as i32));
                }
            }
            if !pairs.is_empty() {
                let delay = dice.range(0, 3) as u8;
                net.connect(source, target).pairs(pairs).delay(delay);
            }
        }
    }
    let mut events = vec![];
    for step in 0..STEPS {
        for source in 0..INPUTS {
            if dice.chance(40) {
                events.push((step, source, kind(dice.below(3))));
            }
        }
    }
    (net, events)
}

/// The network on four chips of four cores each, spread as thin as `compartments` makes it.
fn chip(net: &Netlist, compartments: u32) -> Option<Chip> {
    let mut board = Board::loihi2();
    (board.chips_x, board.chips_y) = (2, 2);
    (board.tiles_x, board.tiles_y, board.cores_per_tile) = (2, 1, 2);
    board.core.compartments = compartments;
    let options = CompileOptions::new(board);
    let image = compile(net, &options).ok()?.image;
    let checked = CheckedImage::prove(image, &options.board, LimitPolicy::Enforce);
    Some(Chip::load(&checked.expect("the compiler's own image")))
}

fn train(chip: &Chip, events: &[(u64, u32, Kind)]) -> SpikeTrain {
    let plain = events.iter().filter(|e| e.2 == Kind::Plain);
    let plain = plain.map(|e| (e.0, e.1)).collect();
    let graded = events.iter().filter(|e| e.2 != Kind::Plain);
    let payload = |kind| if kind == Kind::One { 1 } else { 3 };
    let graded = graded.map(|e| (e.0, e.1, payload(e.2))).collect();
    SpikeTrain::new(chip.program(), plain)
        .and_then(|train| train.with_graded(chip.program(), graded))
        .expect("sources that exist")
}

fn run(chip: &mut Chip, steps: u64, input: &SpikeTrain, threads: usize) -> Observations {
    let options = RunOptions::new().threads(threads).recorded();
    chip.run(steps, input, &options)
}

/// Packets that the record says reached each core in each step: those of the host in the step,
/// those of cores sent in the step before.
fn arrivals(seen: &[Observations], cores: usize) -> Vec<Vec<u64>> {
    let mut reached = vec![vec![0; cores]; STEPS as usize + 2];
    for step in seen.iter().flat_map(|part| part.record.steps()) {
        for packet in step.packets {
            let arrives = step.step + u64::from(packet.from != HOST);
            reached[arrives as usize][packet.to as usize] += 1;
        }
    }
    reached
}

#[test]
fn every_packet_that_arrives_is_in_the_record() {
    let mut ran = 0;
    let mut of_cores = 0;
    let mut of_host = 0;
    let mut apart = 0;
    for seed in 0..100 {
        let kinds = [Kind::Plain, Kind::One, Kind::Sum];
        let (net, events) = network(&mut Dice::new(seed), |k| kinds[k as usize]);
        let compartments = [4, 12, 8192][seed as usize % 3];
        let Some(mut chip) = chip(&net, compartments) else {
            continue;
        };
        let input = train(&chip, &events);
        let cores = chip.program().cores.len();
        let chips = chip.program().locations.iter().map(|l| l.chip);
        ran += 1;
        apart += usize::from(chips.collect::<std::collections::BTreeSet<_>>().len() > 1);
        let mut records = vec![];
        for threads in [1, 2, 3] {
            chip.reset(0);
            let first = seed % STEPS;
            let seen = [first, STEPS - first].map(|steps| run(&mut chip, steps, &input, threads));
            let reached = arrivals(&seen, cores);
            for step in seen.iter().flat_map(|part| part.record.steps()) {
                let counted: Vec<u64> = step.counts.iter().map(|c| c.packets_in).collect();
                let place = format!("seed {seed}, {threads} threads, step {}", step.step);
                assert_eq!(reached[step.step as usize], counted, "{place}");
                let sent = step.packets.iter().filter(|p| p.from != HOST).count() as u64;
                let counted = step.counts.iter().map(|c| c.packets_out).sum::<u64>();
                assert_eq!(sent, counted, "{place}");
                of_cores += sent;
                of_host += step.packets.len() as u64 - sent;
            }
            records.push(seen.map(|part| part.record));
        }
        assert_eq!(records[0], records[1], "seed {seed}");
        assert_eq!(records[0], records[2], "seed {seed}");
    }
    assert!(
        ran > 75 && apart > 15 && of_cores > 25_000 && of_host > 5_000,
        "{ran} networks, {apart} on several chips, {of_cores} packets of cores, {of_host} of the host"
    );
}

/// A spike that carries 1 acts as a plain one, so a network of the one kind does in the same time
/// what its twin of the other kind does, over the same links.
#[test]
fn graded_relays_take_the_time_of_their_plain_twins() {
    let mut ran = 0;
    let mut packets = 0;
    for seed in 0..20 {
        let twins = [Kind::Plain, Kind::One].map(|kind| network(&mut Dice::new(seed), |_| kind));
        let compartments = [4, 12, 8192][seed as usize % 3];
        let [Some(mut plain), Some(mut graded)] =
            [&twins[0], &twins[1]].map(|(net, _)| chip(net, compartments))
        else {
            continue;
        };
        let [of_plain, of_graded] = [(&mut plain, &twins[0].1), (&mut graded, &twins[1].1)]
            .map(|(chip, events)| run(chip, STEPS, &train(chip, events), 2));
        assert_eq!(of_plain.record, of_graded.record, "seed {seed}");
        ran += 1;
        packets += of_plain.record.packets.len();
        for profile in Profile::all() {
            let [plain, graded] = [(&plain, &of_plain), (&graded, &of_graded)].map(
                |(chip, seen): (&Chip, &Observations)| {
                    let machine = Machine::new(chip.program().floorplan(), &profile);
                    let mut traffic = Traffic::new(&machine);
                    traffic.observe(&seen.record);
                    let times = [Fidelity::Pipeline, Fidelity::Cycle].map(|fidelity| {
                        let mut timer = Timer::new(machine.clone(), fidelity).expect("knows time");
                        let mut steps = vec![];
                        timer.observe(&seen.record, |step, _| steps.push(step.clone()));
                        (steps, timer.ledger)
                    });
                    (times, traffic.chips(&machine), traffic.pairs)
                },
            );
            assert_eq!(plain, graded, "seed {seed}, {}", profile.name);
        }
    }
    assert!(
        ran > 12 && packets > 2_500,
        "{ran} networks, {packets} packets"
    );
}
