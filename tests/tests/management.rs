//! Management (NC-053): the chip against the oracle, act by act in random schedules, and what the
//! oracle does not know: cores, learning, bad schedules.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use seamount_chip::{Observations, Reading};
use seamount_network::netlist::{
    ManagementAct, ManagementAction, Netlist, ReadOut, Register, Schedule, SetRegisters,
};
use seamount_tests::generate::dice::Dice;
use seamount_tests::generate::{Case, Options, cases};
use seamount_tests::lockstep::{self, Plan};
use seamount_tests::oracle::StepRecord;

/// A random action that the oracle knows, other than a read.
fn action(kind: u64, dice: &mut Dice) -> ManagementAction {
    match kind {
        0 => ManagementAction::Freeze,
        1 => ManagementAction::Thaw { updates: None },
        2 => ManagementAction::ClearState,
        3 => ManagementAction::ClearAccumulators,
        4 => ManagementAction::Reset,
        _ => {
            let mut set = SetRegisters::default();
            let decay = |dice: &mut Dice| dice.below(4096) as u16;
            if dice.chance(50) {
                set.current_decay = Some(decay(dice));
            }
            if dice.chance(50) {
                set.voltage_decay = Some(decay(dice));
            }
            if dice.chance(30) {
                set.threshold_mantissa = Some(dice.range(1, 3000) as u32);
            }
            if dice.chance(30) {
                set.bias_mantissa = Some(dice.signed(-300, 600) as i16);
            }
            if dice.chance(30) {
                set.bias_exponent = Some(dice.below(5) as u8);
            }
            if dice.chance(20) {
                set.ds_offset = Some(dice.chance(50));
            }
            if set == SetRegisters::default() {
                set.dm_offset = Some(dice.chance(50));
            }
            ManagementAction::Set(set)
        }
    }
}

/// Random schedules for a case: one or two periods, acts on some populations or all.
fn managed(case: &mut Case, dice: &mut Dice) {
    let net = &mut case.netlist;
    // what is frozen comes back when its slot does, so the number of slots must be said
    for population in &mut net.populations {
        population.core.delay_bits.get_or_insert(6);
    }
    let names: Vec<String> = net.populations.iter().map(|p| p.name.clone()).collect();
    for s in 0..dice.range(1, 2) {
        let mut schedule = Schedule::every(dice.range(1, case.steps.min(20)));
        for a in 0..dice.range(1, 6) {
            let step = dice.range(0, schedule.period);
            let read = dice.chance(20) && step > 0;
            let kind = dice.below(7);
            let act = match read {
                true => schedule.act(
                    step,
                    ManagementAction::Read(ReadOut {
                        name: format!("read {s} {a}"),
                        register: dice.pick(&[Register::Voltage, Register::Current, Register::Spike]),
                        state: None,
                        argmax: dice.chance(50),
                    }),
                ),
                false => schedule.act(step, action(kind, dice)),
            };
            let some = read || dice.chance(60);
            if some {
                act.on(&names[dice.below(names.len() as u64) as usize]);
            }
        }
        net.manage(schedule);
    }
    valid(net);
}

/// Takes out acts that break a rule: thaws of what is never frozen, decays at box synapses.
fn valid(net: &mut Netlist) {
    while !net.check().is_empty() {
        let longest = net.management.iter_mut().max_by_key(|s| s.acts.len());
        let Some(schedule) = longest.filter(|s| s.acts.len() > 1) else {
            net.management.clear();
            return;
        };
        schedule.acts.pop();
    }
}

/// What the oracle says that a read saw.
fn expected(net: &Netlist, act: &ManagementAct, period: u64, oracle: &[StepRecord]) -> Vec<i32> {
    let ManagementAction::Read(read) = &act.action else {
        return vec![];
    };
    let population = net.names().population(act.targets[0].name()).expect("checked");
    let part = net.populations[population].compartments.len() - 1;
    let mut values = vec![];
    for record in oracle.iter().filter(|r| r.step % period == act.step % period) {
        let row: Vec<i32> = (record.cells[population][part].iter())
            .map(|cell| match read.register {
                Register::Voltage => cell.v as i32,
                Register::Current => cell.u as i32,
                _ => i32::from(cell.spiked),
            })
            .collect();
        if read.argmax {
            let largest = row.iter().max().expect("a neuron");
            values.push(row.iter().position(|v| v == largest).expect("there") as i32);
        } else {
            values.extend(row);
        }
    }
    values
}

fn readings(seen: &[Observations], name: &str) -> Vec<i32> {
    let of = |part: &Observations| -> Vec<Reading> {
        (part.readings.iter().filter(|r| r.name == name).cloned()).collect()
    };
    seen.iter().flat_map(of).flat_map(|r| r.values).collect()
}

fn run_and_compare(case: &Case, plan: &Plan) -> Result<bool, String> {
    let image = match lockstep::image(case, plan) {
        Ok(image) => image,
        Err(seamount_compile::CompileError::Limits(_)) => return Ok(false),
        Err(other) => return Err(format!("does not compile: {other}")),
    };
    let oracle = case.run();
    let (seen, last) = lockstep::run(case, plan, &image);
    lockstep::compare(case, &seen, &oracle)?;
    for schedule in &case.netlist.management {
        for act in &schedule.acts {
            let ManagementAction::Read(read) = &act.action else {
                continue;
            };
            let wanted = expected(&case.netlist, act, schedule.period, &oracle);
            let found = readings(&seen, &read.name);
            if found != wanted {
                return Err(format!("{}: chip {found:?}, oracle {wanted:?}", read.name));
            }
        }
    }
    let plain = Plan {
        threads: 1,
        vectors: !plan.vectors,
        restore_at: vec![],
        ..plan.clone()
    };
    match lockstep::run(case, &plain, &image).1 == last {
        true => Ok(true),
        false => Err("snapshots differ between threads, kernels or restores".into()),
    }
}

/// NC-053: every register of every step of random networks under random schedules equals the
/// oracle, on one core and on many, on any number of threads, with and without vectors, restored in
/// the middle of periods.
#[test]
fn nc_053_random_schedules_equal_the_oracle() {
    let mut runner = TestRunner::deterministic();
    let strategy = cases(Options::default());
    let mut ran = 0;
    let mut kinds = std::collections::BTreeMap::<&str, u32>::new();
    for salt in 0..600u64 {
        let mut case = strategy.new_tree(&mut runner).unwrap().current();
        let mut dice = Dice::new(salt);
        managed(&mut case, &mut dice);
        let mut restore_at = vec![dice.below(case.steps + 1), dice.below(case.steps + 1)];
        restore_at.sort_unstable();
        let plan = Plan {
            compartments_per_core: dice.pick(&[12, 20, 64, 1024]),
            threads: dice.range(1, 4) as usize,
            vectors: dice.chance(50),
            restore_at,
            accumulators: dice.chance(30),
        };
        match run_and_compare(&case, &plan) {
            Err(why) => panic!("salt {salt}: {why}\n{plan:?}\n{case:?}"),
            Ok(false) => continue,
            Ok(true) => ran += 1,
        }
        let acts = case.netlist.management.iter().flat_map(|s| &s.acts);
        acts.for_each(|act| *kinds.entry(act.action.word()).or_default() += 1);
    }
    println!("{ran} cases, {kinds:?}");
    let enough = kinds.values().all(|count| *count > 30) && kinds.len() == 7;
    assert!(ran > 300 && enough, "{ran} cases, {kinds:?}");
}
