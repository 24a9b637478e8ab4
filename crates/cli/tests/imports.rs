//! NIR and netx files as a user meets them. Data-dependent: SEAMOUNT_DATA.

mod bench;

use bench::{Bench, NET};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file of the shared data; absent data skip a test, except in CI.
fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("SEAMOUNT_DATA")
        .map_or(default, PathBuf::from)
        .join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{} is absent",
        path.display()
    );
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: {} is absent",
        path.display()
    );
    None
}

#[test]
fn a_float_graph_is_compiled_with_a_report() {
    let test = "a_float_graph_is_compiled_with_a_report";
    let Some(net) = shared(test, "nir/01_lif/lif_norse.nir") else {
        return;
    };
    let bench = Bench::new(test);
    let net = net.display();
    let line =
        format!("compile {net} -o a.img --report r.json --quantise-report q.txt --reset zero");
    assert!(bench.ok(&line).contains("quantised: dt 0.0001 s"));
    let text = String::from_utf8(bench.read("q.txt")).unwrap();
    assert!(
        text.contains("reset zero") && text.contains("voltage_decay"),
        "{text}"
    );
    let report: serde_json::Value = serde_json::from_slice(&bench.read("r.json")).unwrap();
    assert_eq!(report["quantise"]["options"]["reset"], "zero");
    let seen = bench.run("inspect a.img --json").expect(0).json();
    assert_eq!(
        seen["provenance"]["quantise"], report["quantise"],
        "the image says how it was made"
    );
    bench.ok(&format!("run {net} --steps 3 --probe 1.spike"));
    bench
        .run(&format!("compile {net} -o a.img --weight-bits 7"))
        .expect(2)
        .says("weight_bits: 7");
    bench.run("run a.img --steps 1 --dt 1e-3").expect(2);
    bench
        .run("compile net.json -o b.img --quantise-report q")
        .expect(2)
        .says("only a float graph");
}

#[test]
fn graphs_and_files_of_others_are_told_apart() {
    let test = "graphs_and_files_of_others_are_told_apart";
    let Some(data) = shared(test, "nir") else {
        return;
    };
    let bench = Bench::new(test);
    let broken = data.join("03_rnn/braille_noDelay_bias_zero_subgraph.nir");
    bench
        .run(&format!("compile {} -o a.img", broken.display()))
        .expect(1)
        .says("names 'lif', which is no node here");
    bench.file("text.nir", "version https://git-lfs.github.com/spec/v1\n");
    bench.run("inspect text.nir").expect(1);
    let whole = std::fs::read(data.join("01_lif/lif_norse.nir")).unwrap();
    bench.file("as.h5", &whole);
    bench.ok("inspect as.h5");
    bench.file("cut.nir", &whole[..whole.len() / 2]);
    bench.run("run cut.nir --steps 1").expect(1);
}

#[test]
fn a_netx_network_runs() {
    let test = "a_netx_network_runs";
    let Some(net) = shared(test, "lava-netx/mnist_mlp/trained_mnist_network.net") else {
        return;
    };
    let bench = Bench::new(test);
    let line = format!("run {} --steps 3 --json", net.display());
    assert_eq!(bench.run(&line).expect(0).json()["steps"]["count"], 3);
}

#[test]
fn float_and_chip_are_compared() {
    let test = "float_and_chip_are_compared";
    let Some(net) = shared(test, "nir/01_lif/lif_norse.nir") else {
        return;
    };
    let bench = Bench::new(test);
    let events: String = (0..50).map(|k| format!("{},0\n", 2 * k)).collect();
    bench.file("one.csv", format!("step,neuron\n{events}"));
    let net = net.display();
    let seen = bench
        .run(&format!("compare {net} --steps 100 --input one.csv --json"))
        .expect(0)
        .json();
    assert_eq!(seen["whole"]["steps"], 100);
    assert_eq!(seen["whole"]["layers"][0]["name"], "1");
    let same = format!("compare {net} {net} --steps 100 --input one.csv --json");
    let same = bench.run(&same).expect(0).json();
    assert!(
        same["first_spike"].is_null() && same["first_voltage"].is_null(),
        "{same}"
    );
    bench
        .run("compare net.json --steps 1")
        .expect(1)
        .says("a float graph");
    bench
        .run(&format!("compare {net}"))
        .expect(2)
        .says("how many steps");
}

#[test]
fn traces_are_compared() {
    let bench = Bench::new("traces_are_compared");
    bench.ok("run net.json --steps 12 --input in.csv --probe out.spike --probe hidden.voltage --out a.npz");
    bench.ok("run net.json --steps 12 --probe out.spike --probe hidden.voltage --out b.npz");
    let same = bench
        .run("compare a.npz a.npz --output out --json")
        .expect(0)
        .json();
    assert_eq!(
        (
            same["steps"].as_u64(),
            same["layers"].as_array().map(Vec::len)
        ),
        (Some(12), Some(3))
    );
    assert!(
        same["first_spike"].is_null() && same["first_voltage"].is_null(),
        "{same}"
    );
    assert_eq!(same["outputs"][0]["layer"], "out");
    let other = bench.run("compare a.npz b.npz --json").expect(0).json();
    let first = &other["first_voltage"];
    assert!(
        first["layer"] == "hidden" && first["step"].as_u64() >= Some(1) && first["a"] != first["b"],
        "{other}"
    );
    assert!(
        bench
            .ok("compare a.npz b.npz --steps 5")
            .contains("5 steps")
    );
    bench.run("compare a.npz b.npz --fail").expect(1);
    bench.run("compare a.npz a.npz --fail").expect(0);
    bench.ok("run net.json --steps 12 --probe out.spike --out out.npz");
    bench.file("other.json", NET.replace("out spikes", "other spikes"));
    bench.ok("run other.json --steps 12 --probe hidden.spike --out hidden.npz");
    bench
        .run("compare out.npz hidden.npz")
        .expect(1)
        .says("nothing was compared");
    bench
        .run("compare a.npz net.json")
        .expect(2)
        .says("a trace is compared with a trace");
    bench
        .run("compare a.npz")
        .expect(2)
        .says("with which other trace");
    bench
        .run("compare a.npz b.npz --output none")
        .expect(2)
        .says("no layer 'none'");
    bench
        .run("compare a.npz b.npz --input in.csv")
        .expect(2)
        .says("nothing is run");
    bench.run("compare a.npz missing.npz").expect(4);
    bench.file("text.npz", "no archive");
    bench.run("compare a.npz text.npz").expect(1);
    // a network on the fly goes where it is told
    let boards = bench
        .run("inspect net.json --board nahuku8 --json")
        .expect(0)
        .json();
    assert_eq!(boards["board"], "nahuku8");
    bench.ok("compile net.json -o net.img");
    bench
        .run("run net.img --steps 1 --board nahuku8")
        .expect(2)
        .says("placed on board 'loihi1'");
    bench
        .run("run net.img --steps 1 --current x.npy")
        .expect(2)
        .says("this is an image");
    bench
        .run("run net.json --steps 1 --current x.npy")
        .expect(2)
        .says("in JSON write biases");
}

#[test]
fn shapes_of_rockpool_are_explained() {
    let test = "shapes_of_rockpool_are_explained";
    let Some(net) = shared(test, "nir/01_lif/lif_rockpool.nir") else {
        return;
    };
    let bench = Bench::new(test);
    let net = net.display();
    let refused = bench.run(&format!("compile {net} -o a.img")).expect(1);
    refused
        .says("takes shape [1, 1, 1]")
        .says("the same but for axes of length 1")
        .says("--ignore-unit-axes");
    let text = bench.ok(&format!("compile {net} -o a.img --ignore-unit-axes"));
    assert!(
        text.contains("note: 'output' says shape [1, 1, 1]; taken as [1]"),
        "{text}"
    );
}

#[test]
fn currents_and_pictures_drive_networks() {
    let test = "currents_and_pictures_drive_networks";
    let Some(data) = shared(test, "nir") else {
        return;
    };
    let bench = Bench::new(test);
    let net = data.join("01_lif/lif_norse.nir");
    let net = net.display();
    bench.file("x.npy", bench::npy(&[1], [0.9f32]));
    let seen = bench
        .run(&format!("compare {net} --steps 200 --current x.npy --json"))
        .expect(0)
        .json();
    let layer = &seen["whole"]["layers"][0];
    assert!(
        layer["spikes"][0].as_u64() > Some(5) && layer["spikes"][0] == layer["spikes"][1],
        "{layer}"
    );
    assert_eq!(
        seen["quantise"]["options"]["currents"]["input"][0]
            .as_f64()
            .map(|x| x as f32),
        Some(0.9)
    );
    let ran = bench
        .run(&format!("run {net} --steps 200 --current x.npy --json"))
        .expect(0)
        .json();
    assert_eq!(ran["totals"]["spikes"], layer["spikes"][1]);
    bench.file("wrong.npy", bench::npy(&[2], [0.9f32, 0.1]));
    bench
        .run(&format!("run {net} --steps 2 --current wrong.npy"))
        .expect(1)
        .says("wanted [1] of input 'input'");
    bench
        .run(&format!("run {net} --steps 2 --input x.npy"))
        .expect(1);
    // a picture (x, y, channel) on the input neurons of a netx network
    let tiny = data.parent().unwrap().join("lava-netx/tiny");
    let (tiny, picture) = (tiny.join("tiny.net"), tiny.join("input_bias.npy"));
    let line = format!(
        "{} --board nahuku8 --ignore-limits --steps 4 --json",
        tiny.display()
    );
    let dark = bench.run(&format!("run {line}")).expect(0).json();
    let bright = bench
        .run(&format!("run {line} --current {}", picture.display()))
        .expect(0)
        .json();
    assert!(
        bright["totals"]["spikes"].as_u64() > dark["totals"]["spikes"].as_u64(),
        "{bright}"
    );
    bench
        .run(&format!("run {line} --current x.npy"))
        .expect(1)
        .says("wanted [3, 16, 16]");
}

#[test]
fn the_lab_dumps_every_layer() {
    let test = "the_lab_dumps_every_layer";
    let Some(data) = shared(test, "nir") else {
        return;
    };
    let bench = Bench::new(test);
    let root = data.parent().unwrap().display();
    let report = bench
        .run(&format!("lab nir-lif --data {root} --dump lif.npz --json"))
        .expect(0)
        .json();
    assert_eq!(report["recorded_voltage_equal"], 1000);
    let bytes = bench.read("lif.npz");
    let mut archive = npyz::npz::NpzArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut names: Vec<String> = archive.array_names().map(Into::into).collect();
    names.sort();
    assert_eq!(names, ["1", "1-u", "1-v"]);
    assert_eq!(archive.by_name("1").unwrap().unwrap().shape(), [1000, 1]);
    let voltage: Vec<i32> = archive.by_name("1-v").unwrap().unwrap().into_vec().unwrap();
    let recorded = std::fs::read_to_string(data.join("01_lif/lif_lava_loihi_fixed.csv")).unwrap();
    let column: Vec<i32> = recorded
        .lines()
        .map(|line| {
            line.split(',')
                .nth(1)
                .unwrap()
                .trim()
                .parse::<f64>()
                .unwrap() as i32
        })
        .collect();
    assert_eq!(voltage, column, "the dump is the recording, value by value");
    bench
        .run(&format!("lab nir-lif --data {root} --dump lif.txt"))
        .expect(2);
    let mnist = format!("lab netx-mnist --data {root} --count 20 --json");
    let report = bench.run(&mnist).expect(0).json();
    assert_eq!(report["rounded"]["counts_equal"], 20);
}

#[test]
fn random_streams_take_options() {
    let test = "random_streams_take_options";
    let Some(data) = shared(test, "nir") else {
        return;
    };
    let bench = Bench::new(test);
    let data = data.parent().unwrap().display();
    let line = "--samples 3 --steps 60 --rate 0.1 --seed 9 --scales per-population --calibrate --dump b.npz --json";
    let report = bench
        .run(&format!("lab nir-braille --data {data} {line}"))
        .expect(0)
        .json();
    assert_eq!(
        (
            report["samples"].as_u64(),
            report["steps"].as_u64(),
            report["seed"].as_u64()
        ),
        (Some(3), Some(60), Some(9))
    );
    assert_eq!(
        report["second"],
        serde_json::json!(["1.0.8", true]),
        "one network, two files, one image"
    );
    let quantise = &report["first"]["quantise"];
    assert_eq!(
        (
            quantise["options"]["scales"].as_str(),
            quantise["calibrated"].as_bool()
        ),
        (Some("per_population"), Some(true))
    );
    assert!(report["per_inference"]["synaptic_operations"].as_f64() > Some(0.0));
    let mut archive =
        npyz::npz::NpzArchive::new(std::io::Cursor::new(bench.read("b.npz"))).unwrap();
    let mut names: Vec<String> = archive.array_names().map(Into::into).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "lif1.lif",
            "lif1.lif-u",
            "lif1.lif-v",
            "lif2",
            "lif2-u",
            "lif2-v"
        ]
    );
    assert_eq!(
        archive.by_name("lif1.lif").unwrap().unwrap().shape(),
        [60, 38]
    );
    bench
        .run(&format!("lab nir-braille --data {data} --rate 2"))
        .expect(2)
        .says("a rate of 0 to 1");
    let cnn = bench
        .run(&format!(
            "lab nir-cnn --data {data} --samples 1 --steps 20 --json"
        ))
        .expect(0)
        .json();
    assert!(
        cnn["layers"][0][1].as_f64() > Some(0.0)
            && !cnn["per_inference"]["energy"]
                .as_array()
                .unwrap()
                .is_empty(),
        "{cnn}"
    );
}

#[test]
fn every_layer_of_pilotnet_is_dumped_as_recorded() {
    let test = "every_layer_of_pilotnet_is_dumped_as_recorded";
    let Some(data) = shared(test, "lava-netx/pilotnet_lif") else {
        return;
    };
    let bench = Bench::new(test);
    let report = bench
        .run(&format!(
            "lab netx-pilotnet --data {} --dump p.npz --json",
            data.display()
        ))
        .expect(0)
        .json();
    assert_eq!(report["equal"], report["compared"]);
    assert!(report["compared"].as_u64() > Some(3_000_000), "{report}");
    let archive = npyz::npz::NpzArchive::new(std::io::Cursor::new(bench.read("p.npz"))).unwrap();
    let mut names: Vec<String> = archive.array_names().map(Into::into).collect();
    names.sort();
    let layers = [
        "conv-0", "conv-1", "conv-2", "conv-3", "conv-4", "fc-0", "fc-1", "fc-2", "fc-3", "input",
    ];
    assert_eq!(
        names,
        layers
            .iter()
            .flat_map(|l| [l.to_string(), format!("{l}-u"), format!("{l}-v")])
            .collect::<Vec<_>>()
    );
    // and the dump is equal to the folder of recordings
    let seen = bench
        .run(&format!("compare p.npz {} --json", data.display()))
        .expect(0)
        .json();
    assert!(
        seen["first_spike"].is_null()
            && seen["first_voltage"].is_null()
            && seen["first_current"].is_null(),
        "{seen}"
    );
    let compared: u64 = seen["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["voltage_equal"][1].as_u64().unwrap())
        .sum();
    assert!(compared > 800_000, "{compared}");
}

#[test]
fn what_the_float_reference_did_is_kept() {
    let test = "what_the_float_reference_did_is_kept";
    let Some(net) = shared(test, "nir/01_lif/lif_norse.nir") else {
        return;
    };
    let bench = Bench::new(test);
    let net = net.display();
    let events: String = (0..200).map(|step| format!("{step},input,0\n")).collect();
    bench.file("in.csv", format!("step,input,neuron\n{events}"));
    let run = format!("compare {net} --input in.csv --steps 200 --json --dump float.npz");
    let report = bench.run(&run).expect(0).json();
    let layer = &report["whole"]["layers"][0];
    let name = layer["name"].as_str().expect("a name");
    let kept = bench.ok("compare float.npz float.npz --time first --json");
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    // what is kept is the first of the two that were compared
    assert_eq!(kept["layers"][0]["name"], name);
    assert_eq!(kept["layers"][0]["spikes"][0], layer["spikes"][0]);
    assert!(layer["spikes"][0].as_u64() > Some(0), "{layer}");
    bench
        .run("compare float.npz float.npz --dump other.npz")
        .expect(2)
        .says("keeps what the float reference of one graph did");
}
