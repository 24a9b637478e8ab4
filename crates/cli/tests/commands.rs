//! The commands as a user sees them: results, files, round trips.

mod bench;

use bench::{Bench, EVENTS, npy, npz};
use serde_json::Value;

const PROBES: &str = "--probe hidden.spike --probe hidden.ahp.voltage:2..10:4";

#[test]
fn every_command_explains_itself() {
    let bench = Bench::new("help");
    let commands = [
        "",
        "compile",
        "inspect",
        "run",
        "eval",
        "lab",
        "lab lsnn-smnist",
        "lab eprop-float",
        "lab eprop-cue",
        "lab netx-pilotnet",
        "lab netx-pilotnet-sdnn",
        "lab netx-mnist",
        "lab nir-lif",
        "lab nir-braille",
        "lab nir-cnn",
        "records",
        "compare",
        "data",
        "data list",
        "data get",
        "mesh",
        "bench",
        "demo",
        "schema",
        "boards",
        "profiles",
    ];
    for command in commands {
        let help = bench.ok(&format!("{command} --help"));
        assert!(
            help.contains("xample") || help.contains("tour"),
            "{command}: {help}"
        );
        assert!(
            help.contains("Exit codes: 0 ok; 1 the input is wrong"),
            "{command}: {help}"
        );
        assert!(help.contains("--json"), "{command}");
        assert!(
            bench.ok(&format!("{command} -h")).contains("Usage"),
            "{command}"
        );
    }
    assert!(bench.ok("--version").starts_with("seamount "));
    assert!(bench.ok("completions bash").contains("complete"));
}

#[test]
fn lists_are_text_and_json() {
    let bench = Bench::new("lists");
    assert!(bench.ok("boards").contains("nahuku32"));
    assert!(bench.ok("profiles").contains("davies2018"));
    let boards: Value = serde_json::from_str(&bench.ok("boards --json")).unwrap();
    assert_eq!(boards[0]["name"], "loihi1");
    let profiles: Value = serde_json::from_str(&bench.ok("--json profiles")).unwrap();
    assert_eq!(profiles[1]["name"], "sanafe-loihi");
    let schema: Value = serde_json::from_str(&bench.ok("schema")).unwrap();
    assert!(schema["properties"]["populations"].is_object());
}

#[test]
fn compile_inspect_run() {
    let bench = Bench::new("round");
    let text =
        bench.ok("compile net.json -o net.img --export-placement place.json --report report.json");
    assert!(
        text.contains("synapse memory words") && text.contains("wrote net.img"),
        "{text}"
    );
    let report: Value = serde_json::from_slice(&bench.read("report.json")).unwrap();
    assert_eq!(report["board"], "loihi1");
    let json = bench
        .run("compile net.json -o again.img --placement place.json --json")
        .expect(0)
        .json();
    assert_eq!(json["image"], "again.img");
    assert_eq!(
        bench.files(),
        [
            "again.img",
            "in.csv",
            "net.img",
            "net.json",
            "place.json",
            "report.json"
        ]
    );

    let text = bench.ok("inspect net.img");
    for word in [
        "core 0: chip 0",
        "threshold profiles",
        "ds_offset 1",
        "format 1:",
        "population 'hidden': neurons 0..=3",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let memory = bench.ok("inspect net.json --core 0 --memory");
    assert!(
        memory.contains("hidden.ahp[3]") && memory.contains("delay 2"),
        "{memory}"
    );
    let json = bench
        .run("inspect net.img --json --memory --core 0")
        .expect(0)
        .json();
    assert_eq!(json["cores"][0]["usage"][0]["used"], 10);
    let lists = json["cores"][0]["lists"].as_array().unwrap();
    let synapses = lists
        .iter()
        .flat_map(|l| l["entries"].as_array().unwrap())
        .map(|e| e["synapses"].as_array().unwrap().len());
    assert_eq!(synapses.sum::<usize>(), 9 + 8 + 4 + 8);

    assert_eq!(json["structure"]["synapses"], 9 + 8 + 4 + 8);

    let text = bench.ok("run net.img --steps 20 --input in.csv");
    for word in [
        "board loihi1",
        "synaptic operations",
        "davies2018",
        "sanafe-loihi",
        "static power: unknown",
        "probe out spikes: ",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let of = |line: &str| bench.run(line).expect(0).json();
    let image = of("run net.img --steps 20 --input in.csv --json");
    let network = of("run net.json --steps 20 --input in.csv --json");
    assert_eq!(image["totals"], network["totals"]);
    assert_eq!(
        image["target"]["fingerprint"],
        network["target"]["fingerprint"]
    );
    assert_eq!(image["totals"]["host_spikes"], 7);
    assert_eq!(
        image["neurobench"]["synaptic_operations"]["Effective_ACs"],
        image["totals"]["synaptic_operations"]
    );
    let core = &image["cores"][0]["counts"];
    assert_eq!(core["spikes"], image["totals"]["spikes"]);
    let energy = &image["energy"][0];
    let units: u64 = energy["by_unit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| u["energy_fj"].as_u64().unwrap())
        .sum();
    assert_eq!(
        (energy["profile"].as_str(), energy["dynamic_fj"].as_u64()),
        (Some("davies2018"), Some(units))
    );
    assert_eq!(energy["by_core"][0]["dynamic_fj"], energy["dynamic_fj"]);
}

/// The recordings of a run as CSV.
fn csv(bench: &Bench, flags: &str) -> String {
    bench.ok(&format!(
        "run net.json --steps 20 {PROBES} --out out.csv {flags}"
    ));
    String::from_utf8(bench.read("out.csv")).unwrap()
}

#[test]
fn every_input_form_gives_the_same_spikes() {
    let bench = Bench::new("inputs");
    let wanted = csv(&bench, "--input in.csv");
    assert!(
        wanted.lines().count() > 15 && wanted.contains("out spikes,"),
        "{wanted}"
    );

    let rows: String = EVENTS
        .iter()
        .rev()
        .map(|(s, _, _, a)| format!("{s}\t{a} \n"))
        .collect();
    bench.file("in.aer", format!("# time address\n\n{rows}"));
    let dense = |first: u32, size: u32| {
        let mut data = vec![0u8; 10 * size as usize];
        for (step, _, _, source) in EVENTS
            .iter()
            .filter(|e| (first..first + size).contains(&e.3))
        {
            data[*step as usize * size as usize + (source - first) as usize] = 1;
        }
        npy(&[10, u64::from(size)], data)
    };
    bench.file("in.npy", dense(0, 5));
    bench.file(
        "dense.npz",
        npz(&[("left", dense(0, 3)), ("right", dense(3, 2))]),
    );
    let list = |name: &str| {
        let of = || EVENTS.iter().filter(|e| e.1 == name);
        let count = of().count() as u64;
        let steps = npy(&[count], of().map(|e| e.0 as i64));
        let neurons = npy(&[count], of().map(|e| e.2));
        [
            (format!("{name}.steps"), steps),
            (format!("{name}.neurons"), neurons),
        ]
    };
    let members: Vec<_> = ["left", "right"].iter().flat_map(|n| list(n)).collect();
    let members: Vec<(&str, Vec<u8>)> = members
        .iter()
        .map(|(n, d)| (n.as_str(), d.clone()))
        .collect();
    bench.file("events.npz", npz(&members));
    let half = |range: std::ops::Range<usize>| {
        let rows: String = EVENTS[range]
            .iter()
            .map(|(s, i, n, _)| format!("\"{i}\", {n}, {s}\r\n"))
            .collect();
        format!("input,neuron,step\r\n{rows}")
    };
    bench.file("a.csv", half(0..3));
    bench.file("b.csv", half(3..7));
    for flags in [
        "in.aer",
        "in.npy",
        "dense.npz",
        "events.npz",
        "a.csv --input b.csv",
    ] {
        assert_eq!(csv(&bench, &format!("--input {flags}")), wanted, "{flags}");
    }
    for flags in ["--threads 3", "--simd off"] {
        assert_eq!(
            csv(&bench, &format!("--input in.csv {flags}")),
            wanted,
            "{flags}"
        );
    }
}

#[test]
fn every_output_form_says_the_same() {
    let bench = Bench::new("outputs");
    let wanted = csv(&bench, "--input in.csv --per-step steps.csv");
    bench.ok(&format!(
        "run net.json --steps 20 {PROBES} --input in.csv --out out.npz"
    ));
    let mut archive =
        npyz::npz::NpzArchive::new(std::io::Cursor::new(bench.read("out.npz"))).unwrap();
    let mut rows = String::from("probe,step,neuron,value\n");
    for (name, spikes) in [
        ("out spikes", true),
        ("hidden.spike", true),
        ("hidden.ahp.voltage:2..10:4", false),
    ] {
        let steps: Vec<i64> = archive
            .by_name(&format!("{name}.steps"))
            .unwrap()
            .unwrap()
            .into_vec()
            .unwrap();
        let neurons: Vec<u32> = archive
            .by_name(&format!("{name}.neurons"))
            .unwrap()
            .unwrap()
            .into_vec()
            .unwrap();
        let table = archive.by_name(name).unwrap().unwrap();
        assert_eq!(table.shape(), [steps.len() as u64, neurons.len() as u64]);
        let values: Vec<i32> = match spikes {
            true => table
                .into_vec::<u8>()
                .unwrap()
                .into_iter()
                .map(i32::from)
                .collect(),
            false => table.into_vec().unwrap(),
        };
        for (i, value) in values
            .iter()
            .enumerate()
            .filter(|(_, v)| !spikes || **v != 0)
        {
            rows += &format!(
                "{name},{},{},{value}\n",
                steps[i / neurons.len()],
                neurons[i % neurons.len()]
            );
        }
    }
    assert_eq!(rows, wanted);
    let again = bench.read("out.npz");
    bench.ok(&format!(
        "run net.json --steps 20 {PROBES} --input in.csv --out out.npz"
    ));
    assert!(
        again == bench.read("out.npz"),
        "equal results are equal bytes"
    );

    let steps = String::from_utf8(bench.read("steps.csv")).unwrap();
    let lines: Vec<Vec<&str>> = steps.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(
        (lines.len(), lines[0][0], lines[1][0], lines[20][0]),
        (21, "step", "1", "20")
    );
    let totals = bench
        .run("run net.json --steps 20 --input in.csv --json")
        .expect(0)
        .json();
    for (column, name) in lines[0].iter().enumerate().skip(1) {
        let sum: u64 = lines[1..]
            .iter()
            .map(|l| l[column].parse::<u64>().unwrap())
            .sum();
        assert_eq!(totals["totals"][name].as_u64(), Some(sum), "{name}");
    }
}

#[test]
#[cfg(feature = "arrow")]
fn arrow_says_the_same() {
    let bench = Bench::new("arrow");
    let wanted = csv(&bench, "--input in.csv");
    bench.ok(&format!(
        "run net.json --steps 20 {PROBES} --input in.csv --out out.arrow"
    ));
    let reader =
        arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(bench.read("out.arrow")), None)
            .unwrap();
    let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, wanted.lines().count() - 1);
}

#[test]
#[cfg(not(feature = "arrow"))]
fn arrow_says_how_to_get_it() {
    let bench = Bench::new("noarrow");
    bench
        .run("run net.json --steps 1 --out out.arrow")
        .expect(2)
        .says("--features arrow");
}

#[test]
fn a_saved_state_goes_on_where_it_was() {
    let bench = Bench::new("states");
    let whole = csv(&bench, "--input in.csv");
    bench.ok(&format!(
        "run net.json --steps 6 {PROBES} --input in.csv --out one.csv --save-state mid.state"
    ));
    bench.ok(&format!(
        "run net.json --steps 14 {PROBES} --input in.csv --out two.csv --load-state mid.state --save-state end.state --threads 2"
    ));
    bench.ok(&format!(
        "run net.json --steps 20 {PROBES} --input in.csv --save-state whole.state"
    ));
    assert!(bench.read("end.state") == bench.read("whole.state"));
    let lines = |name: &str| {
        String::from_utf8(bench.read(name))
            .unwrap()
            .lines()
            .skip(1)
            .map(String::from)
            .collect::<Vec<_>>()
    };
    let mut parts = [lines("one.csv"), lines("two.csv")].concat();
    let mut whole: Vec<String> = whole.lines().skip(1).map(String::from).collect();
    parts.sort();
    whole.sort();
    assert_eq!(parts, whole);
}

#[test]
fn recorded_noise_replaces_the_generator() {
    let bench = Bench::new("noise");
    bench.file("still.npy", npy(&[1, 10], vec![128u8; 10]));
    bench.file("loud.npy", npy(&[2, 10], vec![255i64; 20]));
    let of = |flags: &str| csv(&bench, &format!("--probe hidden.voltage {flags}"));
    let still = of("--noise-replay still.npy");
    let loud = of("--noise-replay loud.npy");
    let own = of("");
    assert_ne!(still, loud);
    assert_ne!(still, own);
    bench.file("wide.npy", npy(&[1, 11], vec![0u8; 11]));
    bench
        .run("run net.json --steps 1 --noise-replay wide.npy")
        .expect(1)
        .says("wide.npy: shape [1, 11], wanted steps x 10");
    bench.file("deep.npy", npy(&[1, 10], vec![256i64; 10]));
    bench
        .run("run net.json --steps 1 --noise-replay deep.npy")
        .expect(1)
        .says("256 is outside 0..=255");
}

#[test]
fn the_demo_runs_without_arguments() {
    let bench = Bench::new("demo");
    let text = bench.ok("demo --sequences 2 --svg demo.svg");
    assert!(
        text.contains("float reference") && text.contains("learning engine"),
        "{text}"
    );
    assert!(bench.read("demo.svg").starts_with(b"<svg"));
    let json = bench.run("demo --sequences 1 --json").expect(0).json();
    assert_eq!(json["losses"].as_array().map(Vec::len), Some(1));
    let text = bench.ok("lab ahp-memory --trials 4 --threads 1");
    assert!(text.contains("AHP"), "{text}");
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_is_no_panic() {
    use std::process::{Command, Stdio};
    let bench = Bench::new("pipe");
    for line in [
        "schema",
        "inspect net.json --core 0 --memory",
        "run net.json --steps 3 --json",
        "--help",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_seamount"))
            .args(line.split_whitespace())
            .current_dir(&bench.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (
                output.status.code(),
                String::from_utf8_lossy(&output.stderr).as_ref()
            ),
            (Some(0), ""),
            "{line}"
        );
    }
}
