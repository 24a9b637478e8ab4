//! Fidelity `pipeline` by hand.

mod common;

use common::{board, packet, plan, profile, record};
use seamount_spec::{HOST, LearningPlace};
use seamount_timing::{Fidelity, Machine, Stage, StepTime, Timer};

fn times(machine: &Machine, record: &seamount_spec::Record) -> Vec<StepTime> {
    let mut timer = Timer::new(machine.clone(), Fidelity::Pipeline).unwrap();
    let mut seen = vec![];
    timer.observe(record, |time, _| seen.push(time.clone()));
    seen
}

/// 90 x 6.0 + 10 x 9.7 ns
const UPDATES_PS: u64 = 637_000;

/// ME-030, ME-033
#[test]
fn me_030_an_idle_core_takes_its_updates_and_the_barrier() {
    let machine = Machine::new(plan(board("loihi1"), &[(0, 0)]), &profile("sanafe-loihi"));
    let time = &times(&machine, &record(1, &[vec![]]))[0];
    assert_eq!(time.duration_ps, UPDATES_PS + 600_000);
    assert_eq!(time.critical.core, Some(0));
    assert_eq!(time.critical.parts_ps, [UPDATES_PS, 0, 0, 0, 0, 600_000]);
}

/// ME-030: at the end of an epoch traces of learning axons take the time that was chosen for them,
/// after everything else.
#[test]
fn me_030_traces_of_learning_axons_take_time_at_the_end_of_an_epoch() {
    let mut profile = profile("sanafe-loihi");
    let mut plan = plan(board("loihi1"), &[(0, 0)]);
    plan.learning[0] = LearningPlace { axons: 7, epoch: 2 };
    let steps = record(1, &[vec![], vec![], vec![], vec![]]);
    for axon_ps in [0, 1_000] {
        let chosen = profile.chosen.set("learning_axon_ps", axon_ps, "test");
        chosen.expect("in range");
        let machine = Machine::new(plan.clone(), &profile);
        for fidelity in [Fidelity::Pipeline, Fidelity::Cycle] {
            let mut timer = Timer::new(machine.clone(), fidelity).unwrap();
            let mut seen = vec![];
            timer.observe(&steps, |time, _| seen.push(time.critical.parts_ps));
            let learning: Vec<u64> = seen.iter().map(|p| p[Stage::Learning as usize]).collect();
            assert_eq!(learning, [0, 7 * axon_ps, 0, 7 * axon_ps], "{fidelity:?}");
        }
        let seen = times(&machine, &steps);
        assert_eq!(seen[0].duration_ps, UPDATES_PS + 600_000);
        assert_eq!(seen[1].duration_ps, UPDATES_PS + 600_000 + 7 * axon_ps);
    }
}

/// ME-030: the loop and the packets that come meanwhile overlap.
#[test]
fn me_030_packets_of_the_host_are_added_while_the_loop_runs() {
    let machine = Machine::new(plan(board("loihi1"), &[(0, 0)]), &profile("sanafe-loihi"));
    let service_ps = 16_000 + 100 * 4_700;
    let one = &times(&machine, &record(1, &[vec![packet(HOST, 0, 2, 0)]]))[0];
    assert_eq!(
        one.duration_ps,
        UPDATES_PS + 600_000,
        "hidden behind the loop"
    );
    let two = &times(&machine, &record(1, &[vec![packet(HOST, 0, 2, 0); 2]]))[0];
    assert_eq!(two.duration_ps, 2 * service_ps + 600_000);
    assert_eq!(
        (two.critical.stage(), two.critical.from),
        (Stage::Synapses, Some(HOST))
    );
}

/// ME-032: tiles 0 and 9 are one hop apart in x and in y.
#[test]
fn me_032_a_packet_takes_its_place_in_the_loop_its_hops_and_its_synapses() {
    let machine = Machine::new(
        plan(board("loihi1"), &[(0, 0), (0, 36)]),
        &profile("sanafe-loihi"),
    );
    let time = &times(&machine, &record(2, &[vec![packet(0, 1, 2, 99)]]))[0];
    let sent_ps = UPDATES_PS + 30_000 + 5_100;
    assert_eq!(
        time.critical.parts_ps,
        [
            UPDATES_PS,
            35_100,
            4_100 + 6_500,
            16_000 + 470_000,
            0,
            1_000_000
        ]
    );
    assert_eq!(time.duration_ps, sent_ps + 10_600 + 486_000 + 1_000_000);
    assert_eq!((time.critical.core, time.critical.from), (Some(1), Some(0)));
    // the compartment half way is reached after half the updates
    let early = &times(&machine, &record(2, &[vec![packet(0, 1, 2, 49)]]))[0];
    assert_eq!(early.critical.parts_ps[0], UPDATES_PS / 2);
}

#[test]
fn parts_of_the_critical_chain_add_up() {
    let machine = Machine::new(
        plan(board("kapoho-bay"), &[(0, 0), (0, 127), (1, 4)]),
        &profile("davies2018"),
    );
    let steps: Vec<_> = (0..40u32)
        .map(|i| {
            (0..i)
                .map(|k| packet(k % 3, (k * 7 + i) % 3, k % 3, (k * 2) as u16))
                .collect()
        })
        .collect();
    for time in times(&machine, &record(3, &steps)) {
        assert_eq!(time.critical.duration_ps(), time.duration_ps);
        assert_eq!(
            time.critical.parts_ps[Stage::Barrier as usize],
            machine.barrier_ps
        );
    }
    // two chips in a row: one link more, and its handling
    assert_eq!(machine.barrier_ps, 113_000 + 11_350 + 100_000 + 25_900);
}
