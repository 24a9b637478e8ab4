//! Claims of `docs/hardware/neurocore.md` that no golden vector pins, one test each; the chip and
//! the oracle side by side where a run is needed.

use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{
    Compartment, CoreSettings, Join, Netlist, Population, Register, ThresholdMode, Values,
};
use std::sync::Arc;

fn load(net: &Netlist) -> Chip {
    let options = CompileOptions::default();
    let compiled = compile(net, &options).expect("a network that compiles");
    let image = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce)
        .expect("a compiled image");
    Chip::new(Arc::new(ChipProgram::new(&image)))
}

/// Runs without input; the named recordings as integers, neuron fastest.
fn run(net: &Netlist, steps: u64, probes: [&str; 2]) -> [Vec<i32>; 2] {
    let mut chip = load(net);
    let seen = chip.run(steps, &SpikeTrain::default(), &RunOptions::default());
    probes.map(|name| seen.recording(name).expect("a probe").to_words())
}

fn problems(net: &Netlist) -> usize {
    net.check().len()
}

#[test]
fn nc_005_the_threshold_is_64_times_17_bits() {
    let net = |mantissa: u32, v: i32| {
        let mut net = Netlist::new("threshold");
        net.add(
            Population::new("n", 1)
                .threshold_mantissa(mantissa)
                .initial_voltage(v),
        );
        net.probe("n", Register::Spike);
        net.probe("n", Register::Voltage);
        net
    };
    let spikes = |mantissa: u32, v: i32| run(&net(mantissa, v), 1, ["n.spike", "n.voltage"])[0][0];
    assert_eq!([spikes(1000, 64_000), spikes(1000, 64_001)], [0, 1]);
    let largest = (1 << 17) - 1;
    assert_eq!(
        [
            spikes(largest, largest as i32 * 64),
            spikes(largest - 1, largest as i32 * 64)
        ],
        [0, 1]
    );
    assert_eq!(
        [problems(&net(largest, 0)), problems(&net(largest + 1, 0))],
        [0, 1]
    );
}

#[test]
fn nc_006_the_bias_is_13_bits_shifted_by_0_to_7() {
    let net = |mantissa: i16, exponent: u8| {
        let mut net = Netlist::new("bias");
        net.add(
            Population::new("n", 1)
                .bias(mantissa, exponent)
                .threshold_mantissa((1 << 17) - 1),
        );
        net.probe("n", Register::Voltage);
        net.probe("n", Register::Current);
        net
    };
    for (mantissa, exponent) in [(-4096, 0), (-4096, 7), (4095, 7), (1, 3), (0, 7)] {
        let [v, u] = run(&net(mantissa, exponent), 1, ["n.voltage", "n.current"]);
        assert_eq!(
            (v[0], u[0]),
            (i32::from(mantissa) << exponent, 0),
            "{mantissa} << {exponent}"
        );
    }
    assert_eq!(
        [
            problems(&net(-4097, 0)),
            problems(&net(4096, 0)),
            problems(&net(0, 8))
        ],
        [1, 1, 1]
    );
}

/// The reset values are 1 for `ds_offset` and 0 for `dm_offset`; decay 4096 exists only as 4095 +
/// 1.
#[test]
fn nc_007_the_offsets_are_added_to_the_decays() {
    let net = |register: u16, ds_offset: bool, dm_offset: bool| {
        let core = CoreSettings {
            ds_offset,
            dm_offset,
            ..CoreSettings::default()
        };
        let mut net = Netlist::new("offsets");
        let mut n = Population::new("n", 1)
            .core(core)
            .current_decay(register)
            .voltage_decay(register);
        n = n.threshold_mantissa((1 << 17) - 1).initial_voltage(4096);
        n.compartments[0].initial_current = 4096.into();
        net.add(n);
        net.probe("n", Register::Current);
        net.probe("n", Register::Voltage);
        net
    };
    let kept = |register, ds, dm| {
        let [u, v] = run(&net(register, ds, dm), 1, ["n.current", "n.voltage"]);
        (u[0], v[0] - u[0])
    };
    assert_eq!(
        (
            CoreSettings::default().ds_offset,
            CoreSettings::default().dm_offset
        ),
        (true, false)
    );
    assert_eq!(kept(4095, true, false), (0, 1));
    assert_eq!(kept(4095, false, true), (1, 0));
    assert_eq!(kept(0, true, false), (4095, 4096));
    assert_eq!(kept(96, false, false), (4000, 4000));
    assert_eq!(problems(&net(4096, false, false)), 2);
}

/// v is clipped at 511 before it is compared: a threshold of 512 is never passed, one of 448 is.
#[test]
fn nc_012_the_clip_comes_before_the_threshold() {
    let spikes = |mantissa: u32| {
        let core = CoreSettings {
            v_max_exponent: 0,
            ..CoreSettings::default()
        };
        let mut net = Netlist::new("clip");
        net.add(
            Population::new("n", 1)
                .core(core)
                .bias(100, 0)
                .threshold_mantissa(mantissa),
        );
        net.probe("n", Register::Spike);
        net.probe("n", Register::Voltage);
        let [spikes, v] = run(&net, 50, ["n.spike", "n.voltage"]);
        (spikes.iter().sum::<i32>(), *v.iter().max().expect("steps"))
    };
    assert_eq!(spikes(8), (0, 511));
    assert_eq!(spikes(7), (10, 400));
}

/// One input spike arrives in the hold: u takes it and keeps decaying; v stays 0 until it is over.
#[test]
fn nc_013_the_current_goes_on_during_the_hold() {
    let mut net = Netlist::new("hold");
    net.input("in", 1);
    net.add(
        Population::new("n", 1)
            .current_decay(2047)
            .refractory_steps(5)
            .threshold_mantissa(100)
            .initial_voltage(6401),
    );
    net.connect("in", "n").all_to_all(16);
    net.probe("n", Register::Current);
    net.probe("n", Register::Voltage);
    let mut chip = load(&net);
    let input = SpikeTrain::new(chip.program(), vec![(2, 0)]).expect("an input");
    let seen = chip.run(7, &input, &RunOptions::default());
    let of = |name| seen.recording(name).expect("a probe").to_words();
    assert_eq!(of("n.current"), [0, 0, 1024, 512, 256, 128, 64]);
    assert_eq!(of("n.voltage"), [0, 0, 0, 0, 0, 128, 192]);
}

/// v -> v - threshold after a spike, made of what there is: one compartment sums and never spikes,
/// the other only looks at it, and its spike takes the threshold away a step later.
#[test]
fn nc_019_a_soft_reset_is_two_compartments() {
    let mut net = Netlist::new("soft reset");
    let mut sum = Compartment::new("sum");
    sum.current_decay = 4095.into();
    sum.bias_mantissa = 100.into();
    sum.threshold_mode = ThresholdMode::PassToParent;
    let mut look = Compartment::new("look");
    look.voltage_decay = Values::Shared(4095);
    look.threshold_mantissa = 10.into();
    look.join = Join::Add;
    look.children = vec!["sum".into()];
    net.add(Population {
        name: "n".into(),
        size: 1,
        core: CoreSettings::default(),
        compartments: vec![sum, look],
        program: None,
    });
    net.connect("n", "n.sum").one_to_one(-10);
    net.probe("n.sum", Register::Voltage);
    net.probe("n", Register::Spike);
    let [v, spikes] = run(&net, 64, ["n.sum.voltage", "n.spike"]);
    let mut taken = 0;
    for (step, (v, spike)) in (1..).zip(v.iter().zip(&spikes)) {
        assert_eq!(
            *v,
            100 * step - taken,
            "step {step}: nothing but thresholds is taken away"
        );
        taken += 640 * spike;
    }
    assert_eq!(
        spikes.iter().sum::<i32>(),
        9,
        "6,400 in all holds ten thresholds; the last is not passed yet"
    );
}
