//! What a caller in any language relies on: a run can be stopped and goes on, a batch is its single
//! runs, parts of a cost add up, and a failure names what does not exist.

use seamount_chip::RunOptions;
use seamount_network::netlist::{Netlist, Population, Register};
use seamount_session::{
    Chip, Cost, Energy, Events, Failure, FailureKind, Kept, PerInference, RunOutcome, Subject,
};
use seamount_spec::{Board, EventCounts, Profile};
use std::ops::ControlFlow;

/// Two layers on more than one core, with noise, so that samples differ.
fn chip() -> Chip {
    let mut net = Netlist::new("two layers");
    net.input("in", 4);
    for (name, size) in [("hidden", 600), ("out", 700)] {
        let mut neurons = Population::new(name, size)
            .current_decay(2048)
            .voltage_decay(256)
            .threshold_mantissa(40)
            .noise();
        neurons.core.noise_exponent = 10;
        net.add(neurons);
    }
    net.connect("in", "hidden").all_to_all(30);
    net.connect("hidden", "out")
        .pairs((0..600).map(|n| (n, n, 50)));
    net.probe("hidden", Register::Spike);
    Chip::build(&net, &Board::loihi1()).expect("a network that fits")
}

fn drive(phase: u64) -> Events {
    Events::of(
        "in",
        (0..300).map(|step| (step, ((step + phase) % 4) as u32)),
    )
}

fn seen(outcome: &RunOutcome) -> (EventCounts, Vec<i32>) {
    let spikes = outcome.recording("hidden.spike").expect("a probe");
    (outcome.total(), spikes.to_words())
}

#[test]
fn a_run_that_is_stopped_goes_on_to_the_same_end() {
    let options = RunOptions::new();
    let whole = chip().run(300, &drive(0), &options).expect("a run");
    let mut chip = chip();
    let mut shown = vec![];
    let first = chip
        .run_watched(300, &drive(0), &options, Kept::Values, &mut |piece| {
            shown.push((piece.done, piece.steps));
            ControlFlow::Break(())
        })
        .expect("a run");
    assert_eq!(shown, [(first.steps, 300)]);
    assert!(first.steps < 300 && chip.step() == first.steps);
    let rest = chip
        .run(300 - first.steps, &drive(0), &options)
        .expect("a run");
    assert_eq!(rest.before, first.steps);
    let mut total = first.total();
    total += rest.total();
    assert_eq!(total, whole.total());
    assert!(total.spikes > 100, "the network is alive");
}

#[test]
fn a_batch_is_its_single_runs_on_any_number_of_threads() {
    let samples: Vec<Events> = (0..5).map(drive).collect();
    let options = RunOptions::new();
    let single: Vec<_> = samples
        .iter()
        .enumerate()
        .map(|(sample, events)| {
            let mut chip = chip();
            chip.reset(sample as u64);
            seen(&chip.run(60, events, &options).expect("a run"))
        })
        .collect();
    assert_ne!(single[0], single[4], "samples have noise of their own");
    for threads in [1, 3] {
        let batch = chip().batch(&samples, 60, &options, threads).expect("runs");
        let batch: Vec<_> = batch.iter().map(seen).collect();
        assert_eq!(batch, single, "{threads} threads");
    }
    let wrong = [drive(0), Events::of("in", [(0, 9)])];
    let failure = chip()
        .batch(&wrong, 10, &options, 2)
        .expect_err("neuron 9 of 4");
    assert!(failure.to_string().contains("neuron 9"), "{failure}");
}

/// A profile in which every event has a price of its own.
fn all_priced() -> Profile {
    let mut text = String::from("name = \"all\"\nsource = \"a test\"\n[prices]\n");
    for (price, name) in (1000..).zip(EventCounts::NAMES) {
        text += &format!("{name} = {{ energy_fj = {price}, source = \"a test\" }}\n");
    }
    Profile::from_toml(&text).expect("a profile")
}

#[test]
fn parts_of_a_cost_add_up_to_the_whole() {
    let mut chip = chip();
    let outcome = chip.run(200, &drive(1), &RunOptions::new()).expect("a run");
    let profiles = [
        all_priced(),
        Profile::preset("davies2018").expect("built in"),
    ];
    let cost = chip.cost(&outcome, &profiles);
    assert!(cost.cores.len() > 1, "several cores");
    let plan = chip.program().floorplan();
    for energy in Energy::of_run(&profiles, &cost, &plan, outcome.steps) {
        let whole = energy.dynamic_fj;
        assert!(whole > 0);
        let units: u64 = energy.by_unit.iter().map(|unit| unit.energy_fj).sum();
        assert_eq!(units, whole, "{}: units", energy.profile);
        let cores: u64 = energy.by_core.iter().map(|core| core.dynamic_fj).sum();
        assert_eq!(cores + energy.host_fj, whole, "{}: cores", energy.profile);
        let layers: u64 = energy.by_layer.iter().map(|layer| layer.dynamic_fj).sum();
        assert_eq!(layers + energy.host_fj, whole, "{}: layers", energy.profile);
    }
    let mean = PerInference(Cost::new(outcome.total(), &profiles).in_pieces(4));
    let first = mean.energy().next().expect("a profile");
    let whole_uj = cost.whole.energy[0].dynamic_fj as f64 * 1e-9;
    assert!((first.dynamic_uj.expect("known") * 4.0 - whole_uj).abs() < 1e-9 * whole_uj);
}

#[test]
fn a_failure_says_what_there_is() {
    let mut chip = chip();
    let run = |chip: &mut Chip, events: &Events| -> Failure {
        let outcome = chip.run(10, events, &RunOptions::new());
        outcome.expect_err("events that do not fit")
    };
    let failure = run(&mut chip, &Events::of("inn", [(0, 0)]));
    assert_eq!(failure.kind, FailureKind::Input);
    assert_eq!(failure.what, Subject::Option("input".into()));
    assert!(failure.lines()[0].contains("there are 'in'"), "{failure}");
    let failure = run(
        &mut chip,
        &Events::none().and_dense("in", [0, 1, 0, 0, 2, 0, 0, 1]),
    );
    assert!(
        failure.lines()[0].contains("row 1, column 0: 2"),
        "{failure}"
    );
    let failure = run(&mut chip, &Events::none().and_dense("in", [0, 1, 0]));
    assert!(failure.lines()[0].contains("rows of 4"), "{failure}");
    assert_eq!(chip.step(), 0, "nothing was run");
    let failure = chip.read("hiden", Register::Voltage).expect_err("a name");
    assert!(failure.to_string().contains("hidden, out"), "{failure}");
    let failure = chip.learned("in->hidden").expect_err("nothing learns");
    assert!(failure.to_string().contains("there are none"), "{failure}");
    let mut other = Netlist::new("other");
    other.add(Population::new("p", 1));
    let other = Chip::build(&other, &Board::loihi1()).expect("it fits");
    assert!(chip.restore(&other.snapshot()).is_err());
    let same = chip.snapshot();
    chip.restore(&same).expect("its own");
}
