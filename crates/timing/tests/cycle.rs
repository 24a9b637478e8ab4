//! Fidelity `cycle` against fidelity `pipeline`, and under any traffic.

mod common;

use common::{board, packet, plan, profile, record};
use proptest::prelude::*;
use seamount_mesh::audit;
use seamount_spec::{Board, ChosenKey, Floorplan, Profile, Record};
use seamount_spec::{HOST, SentPacket};
use seamount_timing::Side;
use seamount_timing::{Cycle, Fidelity, Machine, StepTime, Timer, Way};

fn times(machine: &Machine, record: &Record, fidelity: Fidelity) -> Vec<StepTime> {
    let mut timer = Timer::new(machine.clone(), fidelity).unwrap();
    let mut seen = vec![];
    timer.observe(record, |time, _| seen.push(time.clone()));
    seen
}

/// Without anything to wait for, cycles and formulas say the same, but for whole cycles.
#[test]
fn me_031_without_contention_cycle_is_pipeline_within_some_cycles() {
    for name in Profile::names() {
        let profile = profile(name);
        let cycle_ps = profile.chosen.value(ChosenKey::CyclePs);
        let machine = Machine::new(plan(board("loihi1"), &[(0, 0), (0, 1)]), &profile);
        let steps = [
            vec![],
            vec![packet(HOST, 0, 2, 0); 3],
            vec![packet(0, 1, 2, 99)],
            vec![packet(0, 0, 1, 50), packet(1, 0, 2, 70)],
        ];
        let record = record(2, &steps);
        let formulas = times(&machine, &record, Fidelity::Pipeline);
        let cycles = times(&machine, &record, Fidelity::Cycle);
        for (formula, cycle) in formulas.iter().zip(&cycles) {
            let more = cycle
                .duration_ps
                .checked_sub(formula.duration_ps)
                .expect("not shorter");
            // out of the FIFO, through one router, into the FIFO
            assert!(
                more <= 12 * cycle_ps,
                "{name} step {}: {formula:?} {cycle:?}",
                cycle.step
            );
            assert_eq!(cycle.critical.duration_ps(), cycle.duration_ps);
        }
    }
}

/// ME-033: the sweep over an idle chip takes what the sources say of the barrier.
#[test]
fn me_033_the_barrier_as_messages_takes_what_the_profile_says() {
    let corners: Vec<(u16, u16)> = (0..32).map(|tile| (0, tile * 4)).collect();
    for name in ["davies2018", "sanafe-loihi"] {
        let machine = Machine::new(plan(board("loihi1"), &corners), &profile(name));
        let record = record(32, &[vec![], vec![]]);
        let formula = times(&machine, &record, Fidelity::Pipeline);
        let cycle = times(&machine, &record, Fidelity::Cycle);
        let formula = formula[0].duration_ps;
        let cycle = cycle[0].duration_ps;
        assert!(
            formula.abs_diff(cycle) * 100 <= formula * 2,
            "{name}: {formula} {cycle}"
        );
    }
}

/// A FIFO of one place and one slow receiver: the senders' loops stop, and nothing is lost.
#[test]
fn me_036_a_full_receiver_stops_the_loops_of_its_senders() {
    let mut profile = profile("sanafe-loihi");
    for (name, value) in [
        ("ingress_packets", 1),
        ("egress_packets", 1),
        ("buffer_flits", 1),
    ] {
        profile.chosen.set(name, value, "test").unwrap();
    }
    let machine = Machine::new(plan(board("loihi1"), &[(0, 0), (0, 4), (0, 8)]), &profile);
    let packets = (0..100)
        .flat_map(|c| [packet(0, 2, 2, c), packet(1, 2, 2, c)])
        .collect();
    let record = record(3, &[packets]);
    let mut timer = Timer::new(machine.clone(), Fidelity::Cycle).unwrap();
    timer.observe(&record, |time, cores| {
        assert!(
            cores[0].stalled_ps > 10_000_000 && cores[1].stalled_ps > 10_000_000,
            "{cores:?}"
        );
        assert!(time.duration_ps >= 200 * 486_000);
        assert_eq!(time.critical.duration_ps(), time.duration_ps);
    });
}

/// ME-002: two planes carry more than one.
#[test]
fn me_002_two_meshes_are_never_slower() {
    let places: Vec<(u16, u16)> = (0..8).map(|tile| (0, tile * 4)).collect();
    let packets: Vec<SentPacket> = (0..100)
        .flat_map(|c| (0..7).map(move |core| packet(core, 7, 0, c)))
        .collect();
    let record = record(8, &[packets]);
    let mut durations = vec![];
    for planes in [1, 2] {
        let mut profile = profile("loihi2-scaled");
        profile.chosen.set("meshes", planes, "test").unwrap();
        durations.push(
            times(
                &Machine::new(plan(board("loihi1"), &places), &profile),
                &record,
                Fidelity::Cycle,
            )[0]
            .duration_ps,
        );
    }
    assert!(durations[1] <= durations[0], "{durations:?}");
}

/// Seven cores in a row send to the eighth: all of it passes the last link of the row, and that is
/// what the critical chain names; between chips it is the link between them.
#[test]
fn me_038_the_chain_names_the_link_that_was_busiest() {
    let mut profile = profile("sanafe-loihi");
    profile
        .chosen
        .set("link_packet_ps", 50_000, "test")
        .unwrap();
    let last = |places: &[(u16, u16)], name: &str| {
        let to = places.len() as u32 - 1;
        let packets = (0..100)
            .flat_map(|c| (0..to).map(move |core| packet(core, to, 0, c)))
            .collect();
        let record = record(places.len(), &[vec![], packets]);
        times(
            &Machine::new(plan(board(name), places), &profile),
            &record,
            Fidelity::Cycle,
        )
    };
    let row: Vec<(u16, u16)> = (0..8).map(|tile| (0, tile * 4)).collect();
    let steps = last(&row, "loihi1");
    assert_eq!(steps[0].critical.limit, None, "no packet, no link");
    let limit = steps[1].critical.limit.unwrap();
    // 700 packets, and the message of the barrier
    assert_eq!(
        (limit.link.tile, limit.link.way, limit.busy_cycles),
        ((6, 0), Way::East, 701)
    );
    let apart: Vec<(u16, u16)> = (0..4).map(|tile| (0, tile * 4)).chain([(1, 0)]).collect();
    let limit = last(&apart, "kapoho-bay")[1].critical.limit.unwrap();
    let cycles = 50_000u64.div_ceil(profile.chosen.value(ChosenKey::CyclePs));
    assert_eq!(
        (limit.link.chip, limit.link.way, limit.busy_cycles),
        ((0, 0, 0), Way::Chip(Side::East), 400 * cycles)
    );
    assert_eq!(
        limit.link.to_string(),
        "chip (0, 0, 0) tile (7, 0) to the chip in the east"
    );
}

/// Boards of up to 2 x 2 x 2 chips of 3 x 2 tiles of 2 cores.
fn small_board() -> impl Strategy<Value = Board> {
    (1..3u16, 1..3u16, 1..3u16).prop_map(|(chips_x, chips_y, chips_z)| Board {
        chips_x,
        chips_y,
        chips_z,
        tiles_x: 3,
        tiles_y: 2,
        cores_per_tile: 2,
        ..board("loihi1")
    })
}

fn machines() -> impl Strategy<Value = (Floorplan, Profile)> {
    let cores = prop::collection::btree_set((0..8u16, 0..12u16), 1..12);
    let numbers = (1..4u64, 1..4u64, 1..5u64, 1..3u64, 1..4u64, 0..2u64);
    (small_board(), cores, numbers, 0..3usize).prop_map(|(spec, cores, numbers, name)| {
        let places: Vec<(u16, u16)> = cores
            .into_iter()
            .map(|(chip, core)| (chip % spec.chips() as u16, core))
            .collect();
        let mut places: Vec<(u16, u16)> = places;
        places.sort_unstable();
        places.dedup();
        let mut profile = profile(Profile::names().nth(name).unwrap());
        let (ingress, egress, buffer, meshes, flits, routing) = numbers;
        let set = [
            ("ingress_packets", ingress),
            ("egress_packets", egress),
            ("buffer_flits", buffer),
            ("meshes", meshes),
            ("packet_flits", flits),
            ("routing_delay_cycles", routing),
        ];
        set.into_iter()
            .for_each(|(name, value)| profile.chosen.set(name, value, "test").unwrap());
        (plan(spec, &places), profile)
    })
}

fn traffic() -> impl Strategy<Value = Vec<Vec<(u8, u8, u8, u8)>>> {
    prop::collection::vec(
        prop::collection::vec((any::<u8>(), any::<u8>(), 0..3u8, 0..100u8), 0..60),
        1..4,
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Every packet is added once, credits are conserved, nothing is stuck, no spike is left behind
    /// the barrier; a step is never shorter than the formulas say.
    #[test]
    fn me_036_every_packet_arrives_once_and_nothing_is_stuck(
        (plan, profile) in machines(),
        traffic in traffic(),
    ) {
        let cores = plan.locations.len();
        let packet_of = |&(from, to, row, compartment): &(u8, u8, u8, u8)| {
            let from = if from == 0 { HOST } else { u32::from(from) % cores as u32 };
            let compartment = if from == HOST { 0 } else { compartment.into() };
            packet(from, u32::from(to) % cores as u32, row.into(), compartment)
        };
        let steps: Vec<Vec<SentPacket>> = traffic
            .iter()
            .map(|step| step.iter().map(packet_of).collect())
            .collect();
        let record = record(cores, &steps);
        let machine = Machine::new(plan, &profile);
        let formulas = times(&machine, &record, Fidelity::Pipeline);
        let mut engine = Cycle::new(&machine);
        for (step, formula) in record.steps().zip(formulas) {
            let time = engine.step(&machine, step);
            prop_assert_eq!(time.critical.duration_ps(), time.duration_ps);
            let core_end = |t: &StepTime| t.duration_ps - t.critical.parts_ps[5];
            // a hop of the routers can be faster than the latency of the profile
            let hops: u64 = 12 * 6_500 + 3 * 100_000;
            prop_assert!(core_end(&time) + hops >= core_end(&formula), "{:?} {:?}", time, formula);
            for net in engine.nets() {
                prop_assert_eq!(net.under_way_packets(), 0, "left behind the barrier");
                prop_assert_eq!(audit(&engine.seats().mesh, net), Ok(()));
            }
            for core in 0..cores {
                let arrived = step.packets.iter().filter(|p| p.to as usize == core);
                let service: u64 = arrived.map(|p| machine.service_ps[core][p.row as usize]).sum();
                prop_assert_eq!(engine.cores()[core].ingress_ps, service, "each packet is added once");
            }
        }
    }
}
