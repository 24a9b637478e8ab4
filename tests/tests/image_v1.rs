//! A file of image format version 1, written once: it loads and does the same for ever.

use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::{
    Axons, CoreSettings, Groups, Netlist, NoiseTarget, Population, Register,
};
use seamount_spec::Board;
use serde_json::{Value, json};
use std::path::PathBuf;

const STEPS: u64 = 60;

fn place(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures/image-v1")
        .join(file)
}

/// A network with something of everything that version 1 can say.
fn network() -> Netlist {
    let mut net = Netlist::new("image v1");
    net.seed = 17;
    net.input("in", 3);
    net.add(
        Population::ahp("tired", 3, 30)
            .current_decay(3000)
            .voltage_decay(200)
            .threshold_mantissa(90)
            .refractory_steps(2),
    );
    let noisy = CoreSettings {
        noise_target: NoiseTarget::Membrane,
        noise_exponent: 9,
        v_min_exponent: 12,
        ..CoreSettings::default()
    };
    net.add(
        Population::new("noisy", 4)
            .core(noisy)
            .current_decay(4095)
            .voltage_decay(100)
            .threshold_mantissa(70)
            .bias(vec![100, 90, 80, 70], 1)
            .noise(),
    );
    net.connect("in", "tired")
        .dense(vec![vec![60, 30, 0], vec![0, 60, 30], vec![-20, 0, 90]]);
    net.connect("tired", "tired.ahp")
        .one_to_one(-80)
        .weight_exponent(-1);
    net.connect("tired", "noisy").all_to_all(20).delay(3);
    net.connect("noisy", "tired")
        .pairs([(0, 2, -10), (1, 1, 7), (3, 0, 40)]);
    let groups = Groups {
        group: vec![0, 0, 1].into(),
        atom: vec![0, 1, 0].into(),
    };
    net.connect("in", "noisy")
        .dense(vec![vec![5, 6, 7, 8], vec![8, 7, 6, 5], vec![5, 6, 7, 8]])
        .axons(Axons::Pop16(groups));
    let decayless = CoreSettings {
        ds_offset: false,
        ..CoreSettings::default()
    };
    net.add(
        Population::new("boxed", 1)
            .core(decayless)
            .voltage_decay(1024)
            .threshold_mantissa(60),
    );
    net.connect("in", "boxed").all_to_all(25).boxed().delay(4);
    for (target, register) in [
        ("tired", Register::Spike),
        ("tired.ahp", Register::Voltage),
        ("noisy", Register::Spike),
        ("noisy", Register::Voltage),
    ] {
        net.probe(target, register);
    }
    net.probe("boxed", Register::Current).every = 7;
    net.probe("boxed", Register::Spike);
    net
}

fn run(bytes: &[u8], options: &RunOptions) -> Observations {
    let image = Image::from_bytes(bytes).expect("a file of version 1");
    let spec = Board::preset("loihi1").expect("a preset");
    let mut chip =
        Chip::load(&CheckedImage::prove(image, &spec, LimitPolicy::Enforce).expect("a good image"));
    let events = (0..STEPS).flat_map(|step| {
        (0..3)
            .filter(move |source| (step * 7 + source * 3) % 5 < 2)
            .map(move |source| (step, source as u32))
    });
    let input = SpikeTrain::new(chip.program(), events.collect()).expect("three sources");
    chip.run(STEPS, &input, options)
}

/// What must never change. Counts whose definition belongs to a price list are left out.
fn result(seen: &Observations) -> Value {
    let recordings: Vec<Value> = (seen.recordings.iter())
        .map(|r| json!({ "name": r.name, "neurons": r.neurons, "steps": r.steps.len(), "first_step": r.steps.first(), "values": r.to_words() }))
        .collect();
    let total = seen.total();
    json!({
        "steps": STEPS,
        "host_spikes": total.host_spikes,
        "spikes": total.spikes,
        "synaptic_operations": total.synaptic_operations,
        "u_wraps": total.u_wraps,
        "v_clips": total.v_clips,
        "recordings": recordings,
    })
}

#[test]
fn image_v1_loads_and_does_the_same_for_ever() {
    let bytes = std::fs::read(place("tiny.img")).expect("fixtures/image-v1/tiny.img");
    let expected: Value =
        serde_json::from_slice(&std::fs::read(place("expected.json")).expect("expected.json"))
            .expect("JSON");
    assert_eq!(bytes[8..12], [1, 0, 0, 0], "format 1.0");
    for threads in [1, 2] {
        let seen = run(
            &bytes,
            &RunOptions::new().threads(threads).vectors(threads == 1),
        );
        assert_eq!(result(&seen), expected, "{threads} threads");
        let busy = seen.recordings.iter().filter(|r| r.sum() != 0).count();
        assert_eq!(
            busy,
            seen.recordings.len(),
            "a recording in which nothing happens tests nothing"
        );
    }
}

/// Writes the fixture once. It never overwrites one.
#[test]
#[ignore = "writes fixtures/image-v1; done once"]
fn write_image_v1() {
    assert!(
        !place("tiny.img").exists(),
        "the fixture is there, and is kept for ever"
    );
    let bytes = compile(&network(), &CompileOptions::default())
        .expect("a network that compiles")
        .image
        .to_bytes();
    let expected = result(&run(&bytes, &RunOptions::default()));
    std::fs::write(place("tiny.img"), bytes).expect("the folder is there");
    std::fs::write(
        place("expected.json"),
        serde_json::to_string(&expected).expect("JSON") + "\n",
    )
    .expect("the folder is there");
}
