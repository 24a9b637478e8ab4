//! Management (NC-051): the chip against the oracle, act by act in random schedules, and what the
//! oracle does not know: cores, learning, bad schedules.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use seamount_chip::{Chip, Observations, Reading, RunOptions, SpikeTrain, run_batch};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::{
    LearningRule, ManagementAct, ManagementAction, Netlist, Population, Programmed, ReadOut,
    Register, Schedule, SetRegisters, SignMode, Trace,
};
use seamount_study::Progress;
use seamount_study::datasets::Datasets;
use seamount_study::experiment::Experiment;
use seamount_systems::lsnn::SYSTEM;
use seamount_systems::relnet::{PlacedBy, RelNet, RelNetOptions};
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
                        register: dice.pick(&[
                            Register::Voltage,
                            Register::Current,
                            Register::Spike,
                        ]),
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
    let population = net
        .names()
        .population(act.targets[0].name())
        .expect("checked");
    let part = net.populations[population].compartments.len() - 1;
    let mut values = vec![];
    for record in oracle
        .iter()
        .filter(|r| r.step % period == act.step % period)
    {
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

/// NC-051: every register of every step of random networks under random schedules equals the
/// oracle, on one core and on many, on any number of threads, with and without vectors, restored in
/// the middle of periods.
#[test]
fn nc_051_random_schedules_equal_the_oracle() {
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

/// A chip of a network on cores of so many compartments.
fn chip(net: &Netlist, compartments: u32) -> Chip {
    let mut options = CompileOptions::default();
    options.board.core.compartments = compartments;
    let compiled = compile(net, &options).unwrap_or_else(|e| panic!("{e}"));
    let image = Image::from_bytes(&compiled.image.to_bytes()).expect("its own bytes");
    let checked = CheckedImage::prove(image, &options.board, LimitPolicy::Enforce);
    Chip::load(&checked.unwrap_or_else(|e| panic!("{e:?}")))
}

/// A network that learns while a schedule lets it; weights drive nothing, so that spikes and traces
/// are the same whatever is learned.
fn learner(off: Option<(u64, u64)>) -> Netlist {
    let mut net = Netlist::new("learner");
    net.input("pre", 12).input("teach", 5);
    net.add(
        Population::new("post", 5)
            .current_decay(4095)
            .voltage_decay(4095)
            .threshold_mantissa(4000),
    );
    net.connect("teach", "post")
        .one_to_one(255)
        .weight_exponent(7);
    let trace = |impulse, tau| Some(Trace::new(impulse, tau));
    let mut rule = LearningRule::new("rule");
    rule.dw = Some("2^-3*x1*y0 - 2^-3*y1*x0 + 2^-2*u0".into());
    rule.dt = Some("2^-2*x1*y0".into());
    rule.epoch = 2;
    rule.x1 = trace(40, 10.0);
    rule.y1 = trace(30, 7.0);
    net.rule(rule);
    let pre = net.connect("pre", "post").all_to_all(20);
    pre.weight_exponent(-8)
        .format(SignMode::Mixed, 8)
        .learn("rule");
    if let Some((from, to)) = off {
        let mut schedule = Schedule::every(1000);
        let learning = |on| ManagementAction::Learning { on };
        schedule.act(from, learning(false)).on("post");
        schedule.act(to, learning(true));
        net.manage(schedule);
    }
    net
}

fn stimulus(chip: &Chip, steps: u64) -> SpikeTrain {
    let mut dice = Dice::new(5);
    let sources = chip.program().sources();
    let mut events = vec![];
    for step in 0..steps {
        events.extend(
            (0..sources)
                .filter(|_| dice.chance(25))
                .map(|source| (step, source)),
        );
    }
    SpikeTrain::new(chip.program(), events).expect("its own sources")
}

#[test]
fn learning_off_leaves_weights_and_tags_and_lets_traces_go_on() {
    for options in [RunOptions::new(), RunOptions::new().scalar()] {
        let mut managed = chip(&learner(Some((10, 30))), 1024);
        let mut free = chip(&learner(None), 1024);
        let input = stimulus(&free, 60);
        let both = |managed: &mut Chip, free: &mut Chip, steps| {
            managed.run(steps, &input, &options);
            free.run(steps, &input, &options);
            let learned = |chip: &Chip| {
                let learned = chip.learned("pre->post").expect("it learns");
                (learned.weights, learned.tags)
            };
            let traces = |chip: &Chip| (chip.pre_traces("pre->post"), chip.post_traces("post", 0));
            assert_eq!(traces(managed), traces(free), "traces go on");
            (learned(managed), learned(free))
        };
        let (at_10, free_10) = both(&mut managed, &mut free, 10);
        assert_eq!(at_10, free_10);
        let (at_30, free_30) = both(&mut managed, &mut free, 20);
        assert_eq!(at_10, at_30, "nothing is learned while it is off");
        assert_ne!(free_10, free_30, "without management something is");
        // a snapshot in the middle knows from its step that learning is on again
        let saved = managed.snapshot();
        let mut restored = chip(&learner(Some((10, 30))), 1024);
        restored.restore(&saved).expect("its own snapshot");
        assert_eq!(restored.state(), managed.state());
        let (at_60, _) = both(&mut managed, &mut free, 30);
        assert_ne!(at_30, at_60, "it is on again");
    }
}

/// Neurons that spike in every step of their own.
fn busy(size: u32) -> Netlist {
    let mut net = Netlist::new("busy");
    net.add(
        Population::new("busy", size)
            .current_decay(4095)
            .voltage_decay(4095)
            .threshold_mantissa(1)
            .bias(100, 0),
    );
    net.probe("busy", Register::Spike);
    net
}

#[test]
fn cores_and_updates_are_those_of_the_placement() {
    let mut net = busy(100);
    let mut schedule = Schedule::every(20);
    schedule
        .act(0, ManagementAction::Freeze)
        .on("busy")
        .cores([1]);
    let some = ManagementAction::Thaw { updates: Some(2) };
    schedule.act(10, some).on("busy").cores([1]);
    net.manage(schedule);
    for threads in [1, 3] {
        for vectors in [true, false] {
            let mut chip = chip(&net, 40);
            let options = RunOptions::new().threads(threads).vectors(vectors);
            let seen = chip.run(30, &SpikeTrain::default(), &options);
            let spikes = &seen.recordings[0];
            for row in 0..30 {
                for neuron in 0..100 {
                    let frozen = match neuron {
                        40..48 => row % 20 < 10,
                        48..80 => true,
                        _ => false,
                    };
                    let at = format!("step {}, neuron {neuron}", row + 1);
                    assert_eq!(spikes.get(row, neuron), i32::from(!frozen), "{at}");
                }
            }
            assert_eq!(seen.total().neuron_updates(), 20 * 60 + 10 * 68);
        }
    }
}

#[test]
fn every_sample_of_a_batch_begins_its_schedule_anew() {
    let mut net = busy(3);
    net.input("in", 1);
    net.connect("in", "busy").all_to_all(10);
    let mut schedule = Schedule::every(8);
    schedule.act(3, ManagementAction::Freeze);
    schedule.act(6, ManagementAction::Thaw { updates: None });
    schedule
        .act(8, ManagementAction::read("v", Register::Spike))
        .on("busy");
    net.manage(schedule);
    let one = chip(&net, 1024);
    let input = |sample: usize| {
        let events = vec![(sample as u64, 0), (4, 0)];
        SpikeTrain::new(one.program(), events).expect("its own source")
    };
    let alone: Vec<Vec<u8>> = (0..5)
        .map(|sample| {
            let mut chip = Chip::new(one.program().clone());
            chip.reset(sample as u64);
            chip.run(21, &input(sample), &RunOptions::new());
            chip.snapshot()
        })
        .collect();
    for threads in [1, 2] {
        let snapshot = |_: usize, chip: &Chip, seen: &Observations| {
            assert_eq!(seen.readings[0].steps, [8, 16]);
            chip.snapshot()
        };
        let batch = run_batch(one.program(), 5, 21, threads, input, snapshot);
        assert_eq!(batch, alone);
    }
}

/// NC-051: spikes that the host emits in the step of an act are not on their way yet.
#[test]
fn nc_051_a_cleared_core_takes_the_next_spike_of_the_host() {
    let mut net = Netlist::new("cleared");
    net.input("in", 1);
    net.add(
        Population::new("first", 1)
            .current_decay(4095)
            .threshold_mantissa(5),
    );
    net.add(
        Population::new("second", 1)
            .current_decay(4095)
            .threshold_mantissa(5),
    );
    net.connect("in", "first").one_to_one(10);
    net.connect("first", "second").one_to_one(10);
    net.probe("first", Register::Spike);
    net.probe("second", Register::Spike);
    let mut schedule = Schedule::every(5);
    schedule.act(2, ManagementAction::ClearAccumulators);
    net.manage(schedule);
    let mut chip = chip(&net, 1024);
    // the host's spike of step 1 makes the first neuron spike in step 2; that spike is lost
    let input = SpikeTrain::new(chip.program(), vec![(1, 0), (2, 0)]).expect("a source");
    let seen = chip.run(5, &input, &RunOptions::new());
    assert_eq!(seen.recordings[0].to_words(), [0, 1, 1, 0, 0]);
    assert_eq!(seen.recordings[1].to_words(), [0, 0, 0, 1, 0]);
}

#[test]
fn populations_under_other_acts_share_no_core() {
    let mut net = busy(3);
    let other = Population {
        name: "other".into(),
        ..net.populations[0].clone()
    };
    net.add(other);
    let cores = |net: &Netlist| {
        let compiled = compile(net, &CompileOptions::default()).expect("it fits");
        (compiled.image.cores.len(), compiled.placement)
    };
    let (together, placement) = cores(&net);
    assert_eq!(together, 1);
    let mut schedule = Schedule::every(4);
    schedule.act(1, ManagementAction::ClearState).on("other");
    net.manage(schedule);
    assert_eq!(cores(&net).0, 2);
    let mut options = CompileOptions::default();
    options.placement = Some(placement);
    let refused = compile(&net, &options).expect_err("they share a core");
    let wanted = "core 0: 'busy' and 'other' are named by different acts of management";
    assert!(refused.to_string().contains(wanted), "{refused}");
    net.management[0].acts[0].cores([1]);
    let refused = compile(&net, &CompileOptions::default()).expect_err("one core");
    let wanted = "management[0].acts[0].cores[0]: 1 is not one of the 1 cores of 'other'";
    assert!(refused.to_string().contains(wanted), "{refused}");
}

/// Everything that can be wrong, each with its place, in one call.
#[test]
fn bad_schedules_give_every_finding_at_once() {
    let mut net = busy(3);
    net.input("in", 1);
    let program = Population::programmed("programmed", 2, Programmed::new("li"));
    net.add(program);
    let mut schedule = Schedule::every(10);
    let thaw = |updates| ManagementAction::Thaw { updates };
    schedule
        .act(11, ManagementAction::Freeze)
        .on("busi")
        .on("in");
    schedule.act(3, thaw(Some(0))).on("busy");
    schedule
        .act(3, ManagementAction::ClearState)
        .on("busy.soma")
        .cores([0, 0]);
    let set = SetRegisters {
        voltage_decay: Some(4096),
        bias_mantissa: Some(4096),
        ..SetRegisters::default()
    };
    schedule
        .act(4, ManagementAction::Set(set))
        .on("busy")
        .on("programmed");
    schedule
        .act(4, ManagementAction::Set(SetRegisters::default()))
        .on("busy");
    schedule.act(5, ManagementAction::Learning { on: false });
    schedule
        .act(0, ManagementAction::read("busy.spike", Register::Voltage))
        .on("busy");
    schedule
        .act(6, ManagementAction::read("v", Register::Voltage))
        .on("programmed");
    schedule.act(6, ManagementAction::read("all", Register::Voltage));
    net.manage(schedule).manage(Schedule::every(0));
    let found: Vec<String> = net.check().iter().map(ToString::to_string).collect();
    println!("{}", found.join("\n"));
    let wanted = [
        "acts[0] 'freeze'.step: 11 is beyond the period of 10 steps",
        "acts[0] 'freeze'.targets[0]: 'busi' names nothing here; did you mean 'busy'?",
        "acts[0] 'freeze'.targets[1]: is an input, which has no cores",
        "acts[1] 'thaw'.action.updates: 0 is outside 1..=2048",
        "acts[1] 'thaw': thaws 'busy', which no act freezes",
        "acts[2] 'clear_state'.targets[0]: is a compartment; 'clear_state' is done to whole",
        "acts[2] 'clear_state'.cores[1]: core 0 is named twice",
        "acts[3] 'set'.targets[1]: runs a program, which takes no 'set'",
        "acts[3] 'set'.action.voltage_decay: 4096 is outside 0..=4095",
        "acts[3] 'set'.action.bias_mantissa: 4096 is outside -4096..=4095",
        "acts[4] 'set'.action: sets no register",
        "acts[5] 'learning'.action: no projection to the targets has a learning rule",
        "acts[6] 'read'.action: nothing is read before the first step; the end of a period is step 10",
        "acts[6] 'read'.action.name: ",
        "acts[7] 'read'.action.register: 'programmed' has a program",
        "acts[8] 'read'.action: reads one target; there are 0",
        "management[1].period: 0 is outside 1..=",
        "management[1].acts: has no act",
    ];
    for text in wanted {
        assert!(
            found.iter().any(|f| f.contains(text)),
            "{text}\n{}",
            found.join("\n")
        );
    }
    assert_eq!(found.len(), wanted.len(), "{}", found.join("\n"));
}

/// Intel's sequential-MNIST network, whose embedded processors cleared it between images: one run
/// with that reset as data reads what as many runs from reset end with.
#[test]
fn the_smnist_network_is_reset_between_images_by_its_schedule() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let Some(data) = std::env::var_os("SEAMOUNT_DATA").map(|data| root.join(data)) else {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "SEAMOUNT_DATA is not set, and CI must not skip this");
        let name = "the_smnist_network_is_reset_between_images_by_its_schedule";
        println!("skipped: {name} needs SEAMOUNT_DATA (loihi-lsnn-smnist)");
        return;
    };
    let folder = SYSTEM
        .folder(&Datasets::new(Some(&data)))
        .unwrap_or_else(|e| panic!("{e}"));
    let system = SYSTEM.network(None).unwrap_or_else(|e| panic!("{e}"));
    let plain = system.netlist(&folder).unwrap_or_else(|e| panic!("{e}"));
    let readout = system
        .readout
        .as_ref()
        .expect("it answers")
        .population()
        .to_string();
    let images = 3;
    let mut net = plain.clone();
    let mut schedule = Schedule::every(SYSTEM.steps);
    let read = ManagementAction::read("outputs", Register::Voltage);
    schedule.act(SYSTEM.steps, read).on(&readout);
    schedule.act(SYSTEM.steps, ManagementAction::Reset);
    net.manage(schedule);
    let built = |net: &Netlist| system.chip(net).unwrap_or_else(|e| panic!("{e}"));
    let mut managed = built(&net);
    let mut alone = built(&plain);
    let sources = alone.program().sources();
    let mut dice = Dice::new(3);
    let mut events = vec![];
    for step in 0..images * SYSTEM.steps {
        events.extend(
            (0..sources)
                .filter(|_| dice.chance(4))
                .map(|source| (step, source)),
        );
    }
    let train = |events: Vec<(u64, u32)>, chip: &Chip| {
        SpikeTrain::new(chip.program(), events).expect("its own sources")
    };
    let input = train(events.clone(), &managed);
    let options = RunOptions::new().threads(2);
    let seen = managed.run(images * SYSTEM.steps, &input, &options);
    let width = seen.readings[0].width();
    for image in 0..images {
        let first = image * SYSTEM.steps;
        let own = events
            .iter()
            .filter(|(step, _)| (first..first + SYSTEM.steps).contains(step));
        let own = own.map(|(step, source)| (step - first, *source)).collect();
        alone.reset(0);
        alone.run(SYSTEM.steps, &train(own, &alone), &RunOptions::new());
        let register = seamount_image::ImageRegister::Voltage;
        let wanted = alone.read(&readout, 0, register).expect("a readout");
        assert!(wanted.iter().any(|v| *v != 0), "something came out");
        let at = image as usize * width;
        assert_eq!(
            seen.readings[0].values[at..at + width],
            wanted,
            "image {image}"
        );
    }
}

/// The machine of RelNet for two sentences: 122 cores as its authors placed it, 21 as the compiler
/// does, with the same answers, voltages, spikes and operations, on two threads and restored too.
#[test]
fn relnet_of_two_sentences_is_the_same_everywhere() {
    let options = RelNetOptions {
        machine: true,
        sentences: 2,
        questions: 2,
        placement: PlacedBy::Authors,
        check: true,
        ..RelNetOptions::default()
    };
    let report = RelNet::run(&options, Progress::UNSEEN).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(report.cores, 122);
    assert_eq!(report.answers.len(), 2);
    assert!(report.spikes > 10_000, "{} spikes", report.spikes);
    let same = report.same.as_ref().expect("asked for");
    assert!(same.all(), "{same:?}");
    assert!(RelNet::passed(&report) && same.other_cores < 122);
}
