//! NIR and netx files as a user meets them. Data-dependent: SEAMOUNT_DATA.

mod bench;

use bench::Bench;
use std::path::{Path, PathBuf};

/// A file of the shared data; absent data skip a test, except in CI.
fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("SEAMOUNT_DATA").map_or(default, PathBuf::from).join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is absent", path.display());
    println!("{test}: skipped, {} is absent", path.display());
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
    let line = format!("compile {net} -o a.img --report r.json --quantise-report q.txt --reset zero");
    assert!(bench.ok(&line).contains("quantised: dt 0.0001 s"));
    let text = String::from_utf8(bench.read("q.txt")).unwrap();
    assert!(text.contains("reset zero") && text.contains("voltage_decay"), "{text}");
    let report: serde_json::Value = serde_json::from_slice(&bench.read("r.json")).unwrap();
    assert_eq!(report["quantise"]["options"]["reset"], "zero");
    let seen = bench.run("inspect a.img --json").expect(0).json();
    assert_eq!(seen["provenance"]["quantise"], report["quantise"], "the image says how it was made");
    bench.ok(&format!("run {net} --steps 3 --probe 1.spike"));
    bench.run(&format!("compile {net} -o a.img --weight-bits 7")).expect(2).says("weight_bits: 7");
    bench.run("run a.img --steps 1 --dt 1e-3").expect(2);
    bench.run("compile net.json -o b.img --quantise-report q").expect(2).says("only a float graph");
}

#[test]
fn graphs_and_files_of_others_are_told_apart() {
    let test = "graphs_and_files_of_others_are_told_apart";
    let Some(data) = shared(test, "nir") else {
        return;
    };
    let bench = Bench::new(test);
    let broken = data.join("03_rnn/braille_noDelay_bias_zero_subgraph.nir");
    bench.run(&format!("compile {} -o a.img", broken.display())).expect(1).says("names 'lif', which is no node here");
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
    let seen = bench.run(&format!("compare {net} --steps 100 --input one.csv --json")).expect(0).json();
    assert_eq!(seen["whole"]["steps"], 100);
    assert_eq!(seen["whole"]["layers"][0]["name"], "1");
    let same = format!("compare {net} {net} --steps 100 --input one.csv --json");
    let same = bench.run(&same).expect(0).json();
    assert!(same["first_spike"].is_null() && same["first_voltage"].is_null(), "{same}");
    bench.run("compare net.json --steps 1").expect(1).says("a float graph");
}

#[test]
fn the_lab_dumps_every_layer() {
    let test = "the_lab_dumps_every_layer";
    let Some(data) = shared(test, "nir") else {
        return;
    };
    let bench = Bench::new(test);
    let data = data.parent().unwrap().display();
    let report = bench.run(&format!("lab nir-lif --data {data} --dump lif.npz --json")).expect(0).json();
    assert_eq!(report["recorded_voltage_equal"], 1000);
    let bytes = bench.read("lif.npz");
    let mut archive = npyz::npz::NpzArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut names: Vec<String> = archive.array_names().map(Into::into).collect();
    names.sort();
    assert_eq!(names, ["1", "1-v"]);
    let spikes = archive.by_name("1").unwrap().unwrap();
    assert_eq!(spikes.shape(), [1000, 1]);
    bench.run(&format!("lab nir-lif --data {data} --dump lif.txt")).expect(2);
    let mnist = format!("lab netx-mnist --data {data} --count 20 --json");
    let report = bench.run(&mnist).expect(0).json();
    assert_eq!(report["rounded"]["counts_equal"], 20);
}
