//! The mistakes of a newcomer, by the hundred: each ends with its exit code, a message with the place
//! and the value, no panic, no file, and soon.
//!
//! Tables of networks, rules, programs, inputs, options. A row is a wrong thing and a part of what
//! must be said about it: the place or the value that is wrong, or the way out.

mod bench;

use bench::{Bench, NET, npy, npz};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Most time that a mistake may take to be found, on a machine that is busy with other tests.
const SOON: Duration = Duration::from_secs(30);

/// Wrong commands in one folder, and what was not as it must be.
struct WrongCommands<'a> {
    bench: &'a Bench,
    commands: usize,
    failed: Vec<String>,
}

impl WrongCommands<'_> {
    fn of(bench: &Bench) -> WrongCommands<'_> {
        WrongCommands {
            bench,
            commands: 0,
            failed: vec![],
        }
    }

    /// Runs one, and holds it against what all mistakes have in common.
    fn wrong(&mut self, line: &str, codes: &[i32], says: &str) {
        self.commands += 1;
        let before = self.bench.files();
        let begun = Instant::now();
        let ran = self.bench.run(line);
        let took = begun.elapsed();
        let said = ran.stderr();
        let code = ran.output.status.code();
        let mut failed = vec![];
        if said.contains("panicked") {
            failed.push("a panic".to_string());
        }
        if !code.is_some_and(|code| codes.contains(&code)) {
            failed.push(format!("exit code {code:?}, wanted {codes:?}"));
        }
        if !said.contains(says) {
            failed.push(format!("does not say '{says}'"));
        }
        if took > SOON {
            failed.push(format!("took {took:?}"));
        }
        if self.bench.files() != before {
            failed.push("left files behind".into());
        }
        if said.lines().any(|line| line.len() > 4000) {
            failed.push("a line without an end".into());
        }
        if !failed.is_empty() {
            let said: String = said.chars().take(400).collect();
            self.failed
                .push(format!("{line}: {}: {said}", failed.join("; ")));
        }
    }

    /// All of them were as they must be.
    fn end(self) {
        let failed = self.failed.len();
        println!("{} wrong commands", self.commands);
        assert!(
            failed == 0,
            "{failed} of {}:\n{}",
            self.commands,
            self.failed.join("\n")
        );
    }
}

/// A network with one thing changed, as JSON; a missing value takes the field away.
fn network(pointer: &str, value: &str) -> String {
    let mut net: Value = serde_json::from_str(NET).expect("the network of the bench");
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = net.pointer_mut(parent).expect("a place of the network");
    let value: Option<Value> = serde_json::from_str(value).ok();
    match (parent, value) {
        (Value::Object(fields), Some(value)) => drop(fields.insert(name.into(), value)),
        (Value::Object(fields), None) => drop(fields.remove(name)),
        (Value::Array(items), Some(value)) => items.push(value),
        _ => panic!("{pointer} is no place of a field"),
    }
    net.to_string()
}

/// What is changed, into what, and what is said.
const NETWORKS: [(&str, &str, &str); 55] = [
    ("/format", "\"other\"", "other"),
    ("/version", "0", "version: 0 is outside 1..=1"),
    ("/version", "2", "a newer program; this one reads version 1"),
    ("/version", "\"1\"", "version"),
    ("/name", "", "name: is missing"),
    ("/seed", "-1", "seed: -1"),
    ("/sed", "3", "sed: is not known here; did you mean 'seed'?"),
    ("/inputs", "3", "inputs: "),
    ("/inputs/0/size", "0", "inputs[0] 'left'.size: 0"),
    ("/inputs/0/size", "-3", "inputs[0] 'left'.size: -3"),
    ("/inputs/0/size", "2.5", "inputs[0] 'left'.size: 2.5"),
    ("/inputs/0/size", "1e30", "inputs[0] 'left'.size: "),
    ("/inputs/0/name", "\"right\"", "'right'"),
    ("/inputs/0/name", "\"\"", "name"),
    (
        "/populations/0/size",
        "0",
        "populations[0] 'hidden'.size: 0",
    ),
    (
        "/populations/0/size",
        "4294967296",
        "populations[0] 'hidden'.size: 4294967296",
    ),
    (
        "/populations/0/size",
        "\"4\"",
        "populations[0] 'hidden'.size: ",
    ),
    ("/populations/0/name", "\"out\"", "'out'"),
    ("/populations/0/compartments", "[]", "has no compartment"),
    (
        "/populations/0/compartments/1/children",
        "[\"axon\"]",
        "'axon'",
    ),
    ("/populations/0/compartments/1/join", "\"plus\"", "'plus'"),
    (
        "/populations/0/compartments/0/threshold_mode",
        "\"mode9\"",
        "'mode9'",
    ),
    (
        "/populations/0/compartments/0/threshold_mantissa",
        "-5",
        "-5 is outside 0..=131071",
    ),
    (
        "/populations/0/compartments/0/threshold_mantissa",
        "131072",
        "131072",
    ),
    (
        "/populations/0/compartments/0/threshold_mantissa",
        "1.5",
        "1.5 is no whole number",
    ),
    (
        "/populations/0/compartments/0/threshold_mantissa",
        "\"7\"",
        "holds '7'",
    ),
    (
        "/populations/0/compartments/0/threshold_mantissa",
        "[1,2]",
        "has 2 elements, wanted 4",
    ),
    (
        "/populations/0/compartments/0/current_decay",
        "0.5",
        "0.5 is no whole number of 0..=4095",
    ),
    (
        "/populations/0/compartments/0/current_decay",
        "5000",
        "5000 is outside 0..=4095",
    ),
    (
        "/populations/0/compartments/0/voltage_decay",
        "null",
        "voltage_decay",
    ),
    (
        "/populations/0/compartments/0/vth",
        "5",
        "vth: is not known here",
    ),
    (
        "/populations/0/compartments/0/refractory_steps",
        "100",
        "refractory_steps: 100",
    ),
    (
        "/populations/0/compartments/0/bias_mantissa",
        "99999",
        "99999",
    ),
    (
        "/populations/0/core/noise_exponent",
        "99",
        "noise_exponent: 99",
    ),
    (
        "/projections/0/source",
        "\"lefft\"",
        "'lefft' names nothing here; did you mean 'left'?",
    ),
    (
        "/projections/0/target",
        "\"hiden\"",
        "'hiden' names nothing here; did you mean 'hidden'?",
    ),
    (
        "/projections/0/target",
        "\"left\"",
        "projections[0] 'a'.target: ",
    ),
    ("/projections/0/target", "\"hidden.axon\"", "'hidden.axon'"),
    ("/projections/0/connectivity/kind", "\"all\"", "'all'"),
    ("/projections/0/connectivity/kind", "", "kind"),
    (
        "/projections/0/connectivity/weights",
        "[[1,2,3]]",
        "projections[0] 'a'.connectivity.weights",
    ),
    (
        "/projections/0/connectivity/weights",
        "[[1,2,3],[1,2,3],[1,2,3],[1,2,3]]",
        "transposed?",
    ),
    (
        "/projections/0/connectivity/weights",
        "[[1,2,3,4],[1],[1,2,3,4]]",
        "weights[1]: has 1",
    ),
    (
        "/projections/0/connectivity/weights",
        "[[300,2,3,4],[1,2,3,4],[1,2,3,4]]",
        "300",
    ),
    (
        "/projections/0/connectivity/weights",
        "{\"npy\":\"gone.npy\"}",
        "gone.npy",
    ),
    (
        "/projections/0/connectivity/weights",
        "{\"npy\":\"../up.npy\"}",
        "../up.npy",
    ),
    (
        "/projections/0/connectivity/weights",
        "{\"npy\":\"/etc/passwd\"}",
        "/etc/passwd",
    ),
    (
        "/projections/0/connectivity/weights",
        "{\"npy\":\"net.json\"}",
        "net.json",
    ),
    ("/projections/1/connectivity/delay", "63", "delay: 63"),
    ("/projections/1/connectivity/delay", "-1", "delay: -1"),
    ("/projections/1/connectivity/weights", "3", "twice"),
    (
        "/projections/2/connectivity/weights",
        "[1,2,3]",
        "projections[2] 'c'",
    ),
    (
        "/probes/0/target",
        "\"outt\"",
        "'outt' names nothing here; did you mean 'out'?",
    ),
    ("/probes/0/register", "\"spikes\"", "'spikes'"),
    ("/probes/0/neurons", "[7]", "7"),
];

#[test]
fn networks_with_one_thing_wrong() {
    let bench = Bench::new("table_networks");
    let mut table = WrongCommands::of(&bench);
    for (pointer, value, says) in NETWORKS {
        bench.file("bad.json", network(pointer, value));
        table.wrong("compile bad.json -o bad.img", &[1, 4], says);
        table.wrong("run bad.json --steps 3 --out bad.csv", &[1, 4], says);
    }
    let texts: [(&str, &str); 12] = [
        ("", "bad.json"),
        ("{", "line 1"),
        ("[]", "bad.json"),
        ("null", "bad.json"),
        ("{\"format\": \"seamount-netlist\"", "line 1"),
        (
            "{\"format\": \"seamount-netlist\", \"version\": 1,}",
            "line 1",
        ),
        ("// a comment\n{}", "bad.json"),
        ("{'format': 1}", "line 1"),
        ("{\"format\": NaN}", "line 1"),
        ("\u{feff}\u{feff}{}", "bad.json"),
        ("{}trailing", "line 1"),
        ("{\"populations\": [[[[[[", "line 1"),
    ];
    for (text, says) in texts {
        bench.file("bad.json", text);
        table.wrong("inspect bad.json", &[1], says);
    }
    bench.file("bad.json", "[".repeat(200_000));
    table.wrong("inspect bad.json", &[1], "bad.json");
    for name in ["bad.pt", "bad.pth", "bad.onnx", "bad.txt", "bad"] {
        bench.file(name, b"PK\x03\x04 something else");
        let line = format!("run {name} --steps 3");
        table.wrong(
            &line,
            &[1],
            "is no network by its ending; there are .img, .json, .nir",
        );
    }
    for name in ["bad.nir", "bad.h5", "bad.net", "bad.img"] {
        for bytes in [&b""[..], b"\x89HDF\r\n\x1a\n", b"{}", &[0xff; 300]] {
            bench.file(name, bytes);
            table.wrong(&format!("run {name} --steps 3"), &[1], name);
        }
    }
    table.end();
}

#[test]
fn inputs_and_files_of_a_run() {
    let bench = Bench::new("table_inputs");
    let mut table = WrongCommands::of(&bench);
    bench.ok("compile net.json -o net.img");
    let zeros = |shape: &[u64]| npy(shape, vec![0u8; shape.iter().product::<u64>() as usize]);
    let files: [(&str, Vec<u8>, &str); 22] = [
        (
            "a.csv",
            b"step,input,neuron\n0,left,9\n".into(),
            "line 2: neuron 9",
        ),
        ("a.csv", b"step,input,neuron\n0,lft,0\n".into(), "'lft'"),
        (
            "a.csv",
            b"step,input,neuron\n0.5,left,0\n".into(),
            "line 2: '0.5'",
        ),
        ("a.csv", b"step,input,neuron\n-1,left,0\n".into(), "line 2"),
        ("a.csv", b"step,input,neuron\n0,left\n".into(), "line 2"),
        ("a.csv", b"time,id\n0,1\n".into(), "line 1"),
        ("a.csv", b"step,neuron\n0,1\n".into(), "which input"),
        ("a.csv", b"step;input;neuron\n0;left;1\n".into(), "line 1"),
        ("a.csv", b"".into(), "is empty"),
        ("a.csv", vec![0xff, 0xfe, 0, 1], "not UTF-8"),
        (
            "a.csv",
            b"step,input,neuron\n99999999999999999999,left,0\n".into(),
            "line 2",
        ),
        ("a.aer", b"0\n".into(), "line 1"),
        ("a.aer", b"x y\n".into(), "line 1"),
        ("a.npy", b"\x93NUMPY".into(), "a.npy"),
        ("a.npy", zeros(&[4]), "shape [4]"),
        (
            "a.npy",
            zeros(&[4, 3, 5]),
            "shape [4, 3, 5], wanted steps x sources",
        ),
        (
            "a.npy",
            zeros(&[5, 32]),
            "32 columns, wanted one for each of the 5 sources",
        ),
        (
            "a.npy",
            npy(&[1, 5], vec![0u8, 0, 3, 0, 0]),
            "row 0, column 2: 3",
        ),
        ("a.npz", npz(&[("lef", zeros(&[2, 3]))]), "'lef'"),
        ("a.npz", npz(&[("left", zeros(&[2, 4]))]), "4 columns"),
        ("a.npz", npz(&[("left.steps", zeros(&[2]))]), "left.neurons"),
        ("a.npz", b"PK\x03\x04".into(), "a.npz"),
    ];
    for (name, bytes, says) in files {
        bench.file(name, bytes);
        table.wrong(
            &format!("run net.img --steps 9 --input {name} --out o.csv"),
            &[1],
            says,
        );
    }
    std::fs::remove_file(bench.folder.join("a.csv")).expect("is there");
    for (line, codes, says) in [
        (
            "run net.img --steps 9 --input gone.csv",
            4,
            "gone.csv: cannot be read",
        ),
        ("run net.img --steps 9 --input a.txt", 2, "a.txt"),
        (
            "run net.img --steps 9 --load-state net.img",
            1,
            "an image, wanted a saved state",
        ),
        ("run net.img --steps 9 --load-state gone", 4, "gone"),
        ("run net.img --steps 9 --noise-replay a.npz", 1, "a.npz"),
        ("run net.img --steps 9 --learning-replay a.npy", 1, "a.npy"),
        ("run net.img --steps 9 --profile gone.toml", 4, "gone.toml"),
        ("run net.img --steps 9 --profile davis2018", 2, "davies2018"),
        ("run net.img --steps 9 --current a.npy", 2, "current"),
        ("run net.img --steps 9 --dt 1e-3", 2, "dt"),
        ("run net.img --steps 9 --board nahuku8", 2, "board"),
        ("run net.img --steps 9 --board loihi3", 2, "loihi3"),
        ("run net.img --steps 0", 2, "0 is not in 1.."),
        ("run net.img --steps -5", 2, "'-5' for '--steps"),
        ("run net.img --steps 1e3", 2, "'1e3' for '--steps"),
        ("run net.img --steps 99999999999999999999", 2, "--steps"),
        ("run net.img --steps 9 --threads 0", 2, "--threads"),
        ("run net.img --steps 9 --threads 5000", 2, "--threads"),
        ("run net.img --steps 9 --simd yes", 2, "--simd"),
        ("run net.img --steps 9 --fidelity cycles", 2, "--fidelity"),
        (
            "run net.img --steps 9 --inference-steps 0",
            2,
            "--inference-steps",
        ),
        (
            "run net.img --steps 9 --inference-steps 3",
            2,
            "--fidelity pipeline or cycle",
        ),
        (
            "run net.img --steps 9 --set meshes=2",
            2,
            "--fidelity pipeline or cycle",
        ),
        (
            "run net.img --steps 9 --set meshes=two --fidelity pipeline",
            2,
            "'two'",
        ),
        (
            "run net.img --steps 9 --set meshs=2 --fidelity pipeline",
            2,
            "meshs",
        ),
        ("run net.img --steps 9 --timeline t.json", 2, "--fidelity"),
        ("run net.img --steps 9 --waves w.vcd", 2, "--fidelity cycle"),
        (
            "run net.img --steps 9 --trace-steps 5..1 --fidelity pipeline --timeline t.json",
            2,
            "5",
        ),
        (
            "run net.img --steps 9 --trace-cores 99 --fidelity pipeline --timeline t.json",
            2,
            "99",
        ),
        ("run net.img --steps 9 --heat-map x.png", 2, "x.png"),
        ("run net.img --steps 9 --probe hidden", 2, "hidden"),
        (
            "run net.img --steps 9 --probe hiden.spike",
            1,
            "'hiden'; there are: hidden, out",
        ),
        (
            "run net.img --steps 9 --probe hidden.spikes",
            1,
            "'spikes' is none of spike",
        ),
        ("run net.img --steps 9 --probe hidden.spike:5..2", 2, "5..2"),
        ("run net.img --steps 9 --probe hidden.spike:1..5:0", 2, "0"),
        ("run net.img --steps 9 --out x.txt", 2, "x.txt"),
        ("run net.img --steps 9 --out x.arrow", 2, "arrow"),
        (
            "run net.img --steps 9 --out gone/x.csv",
            4,
            "gone/x.csv: cannot be written",
        ),
        (
            "run net.img --steps 9 --svg gone/x",
            4,
            "gone/x: cannot be written",
        ),
        (
            "run net.img --steps 9 --html x.pdf",
            2,
            "wanted a file that ends in .html",
        ),
        (
            "run net.img --steps 9 --html gone/x.html",
            4,
            "gone/x.html: cannot be written",
        ),
        ("run net.img --steps 9 --out net.img", 2, "net.img"),
        (
            "run net.img --steps 9 --save-state net.img",
            2,
            "is both read and written",
        ),
        (
            "run net.img --steps 9 --checkpoint gone/x",
            4,
            "gone/x: cannot be written",
        ),
        (
            "run net.img --steps 9 --checkpoint net.img",
            2,
            "is both read and written",
        ),
        (
            "run net.img --steps 9 --checkpoint a.npy",
            2,
            "a.npy is there already: add --resume",
        ),
        (
            "run net.img --steps 9 --checkpoint a.npy --resume",
            1,
            "a.npy: wrong first bytes",
        ),
        (
            "run net.img --steps 9 --checkpoint x --every 0",
            2,
            "--every",
        ),
        ("run net.img --steps 9 --resume", 2, "--checkpoint"),
        ("run net.img --steps 9 --max-memory 1M", 2, "16M"),
        ("run net.img --steps 9 --max-memory much", 2, "16M"),
        ("run . --steps 9", 4, "."),
        ("run gone.img --steps 9", 4, "gone.img: cannot be read"),
        ("run", 2, "--steps"),
        ("rnu", 2, "rnu"),
        ("--jsn", 2, "--json"),
        ("run net.img --steps 2 --json --nope", 2, "--nope"),
    ] {
        table.wrong(line, &[codes], says);
    }
    table.end();
}

#[test]
fn other_commands() {
    let bench = Bench::new("table_commands");
    let mut table = WrongCommands::of(&bench);
    bench.ok("compile net.json -o net.img");
    bench.file("bad.asm", ".program p\n FROB r1\n");
    bench.file("words.json", "{\"format\": \"x\"}");
    bench.file("rule.toml", "[rule]\ndw = \"x1*y0\"\n");
    let spikes = npy(&[2, 3, 5], vec![0u8; 30]);
    let labels = npy(&[2], vec![0u8, 9]);
    bench.file(
        "set.npz",
        npz(&[("samples", spikes.clone()), ("labels", labels)]),
    );
    bench.file("plain.npz", npz(&[("samples", spikes)]));
    bench.file("empty.npz", npz(&[]));
    for (line, codes, says) in [
        ("compile net.json", 2, "--out"),
        (
            "compile net.json -o net.json",
            2,
            "is both read and written",
        ),
        ("compile net.img -o x.img", 1, "is an image"),
        (
            "compile net.json -o gone/x.img",
            4,
            "gone/x.img: cannot be written",
        ),
        ("compile net.json -o x.img --seed -1", 2, "--seed"),
        ("compile net.json -o x.img --board mars", 2, "loihi1"),
        (
            "compile net.json -o x.img --placement gone.json",
            4,
            "gone.json",
        ),
        (
            "compile net.json -o x.img --placement net.json",
            1,
            "net.json: line 1",
        ),
        (
            "compile net.json -o x.img --traffic-steps 10",
            2,
            "--traffic-steps",
        ),
        ("compile net.json -o x.img --dt 1e-3", 2, "dt"),
        ("convert net.json", 2, "--out"),
        ("convert net.json -o x.txt", 2, "x.txt"),
        ("convert net.json -o x.nir", 1, "net.json"),
        ("convert net.json -o x.nir --dt 0", 1, "dt: 0 seconds"),
        ("convert gone.json -o x.nir", 4, "gone.json"),
        ("convert net.json -o net.json", 2, "net.json"),
        ("inspect net.img --core 5", 2, "5"),
        ("inspect net.img --core -1", 2, "--core"),
        ("inspect gone.img", 4, "gone.img"),
        ("compare net.json net.json", 2, "--steps"),
        ("compare net.json", 1, "a float graph"),
        ("compare net.json --steps 5", 1, "net.json"),
        (
            "compare net.json net.json --steps 5 --dump x.npz",
            2,
            "--dump",
        ),
        ("compare net.json gone.json --steps 5", 4, "gone.json"),
        (
            "compare net.json net.json --steps 5 --html net.json",
            2,
            "net.json",
        ),
        ("eval net.json --dataset set.npz", 2, "--decode"),
        ("eval net.json --dataset set.npz --decode most", 2, "most"),
        (
            "eval net.json --dataset gone.npz --decode count --output out",
            4,
            "gone.npz",
        ),
        (
            "eval net.json --dataset empty.npz --decode count --output out",
            1,
            "empty.npz",
        ),
        (
            "eval net.json --dataset set.npz --decode count --output outt",
            2,
            "outt",
        ),
        (
            "eval net.json --dataset set.npz --decode count --output out",
            1,
            "labels[1]: 9",
        ),
        (
            "eval net.json --dataset set.npz --decode count",
            2,
            "output",
        ),
        (
            "eval net.json --dataset set.npz --decode count --output out --encode rates",
            2,
            "rates",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --encode rate:scale=0",
            2,
            "scale",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --start 7",
            2,
            "start",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --steps 0",
            2,
            "steps",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --samples X",
            1,
            "X",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --rows x.txt",
            2,
            "x.txt",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --resume",
            2,
            "--checkpoint",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --resume net.json",
            2,
            "read and written",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --checkpoint rule.toml",
            2,
            "rule.toml is there already",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --resume rule.toml",
            1,
            "holds no evaluation",
        ),
        (
            "eval net.json --dataset plain.npz --decode count --output out --rows a.csv --html a.csv",
            2,
            ".html",
        ),
        ("data", 2, "list"),
        ("data lst", 2, "list"),
        ("data list mnst", 2, "mnist"),
        ("data get", 2, "NAME"),
        ("data get nosuch --dir .", 2, "nosuch"),
        ("data check --dir gone", 2, "NAME"),
        ("records --only nosuch", 2, "nosuch"),
        ("records --picture gone/x.svg", 4, "gone/x.svg"),
        ("manual", 2, "DIR"),
        ("manual gone", 4, "gone"),
        ("manual net.json", 4, "net.json"),
        ("completions tcsh", 2, "tcsh"),
        ("programs liff", 2, "lif"),
        ("asm gone.asm", 4, "gone.asm"),
        ("asm bad.asm", 1, "bad.asm:2:2"),
        ("asm bad.asm -o bad.asm", 2, "is both read and written"),
        ("disasm bad.asm", 1, "bad.asm"),
        ("disasm words.json", 1, "words.json"),
        ("trace net.json --neuron out[0] --steps 1..2", 2, "out"),
        (
            "trace net.json --neuron outt[0] --steps 1..2 --board loihi2",
            2,
            "outt",
        ),
        ("trace net.json --neuron out --steps 1..2", 2, "out"),
        ("validate gone.toml", 2, "gone.toml"),
        ("validate net.json", 2, "net.json"),
        ("validate rule.toml", 2, "stimulus: is missing"),
        ("validate rule.toml --seeds 0", 2, "--seeds"),
        ("validate rule.toml --svg gone/x", 2, "stimulus"),
        ("validate", 2, "RULE.toml"),
        ("mesh", 2, "--rate"),
        ("mesh --rate 1.5", 2, "1.5"),
        ("mesh --rate nan", 2, "nan"),
        ("mesh --rate -1", 2, "-1"),
        ("mesh --rate 0.1 --traffic uniforn", 2, "uniform"),
        ("mesh --rate 0.1 --width 0", 2, "--width"),
        ("mesh --rate 0.1 --width 1000 --height 1000", 2, "1000"),
        ("mesh --rate 0.1 --buffer-depth 0", 2, "--buffer-depth"),
        ("mesh --sweep 0.1,,0.2", 2, "--sweep"),
        ("mesh --replay gone.csv", 4, "gone.csv"),
        ("bench W9", 2, "W9"),
        ("bench W1 --steps 0", 2, "--steps"),
        ("demo --sequences 0", 2, "--sequences"),
        ("demo --seed -1", 2, "--seed"),
        ("demo --svg gone/x.svg", 4, "gone/x.svg"),
        ("lab", 2, "lsnn-smnist"),
        ("lab lsnn", 2, "lsnn"),
        (
            "lab lsnn-smnist --data gone",
            4,
            "hint: seamount data get loihi-lsnn-smnist --dir DIR",
        ),
        ("lab netx-mnist --data gone", 4, "--data DIR"),
        ("lab ahp --data gone --images 0", 4, "--data DIR"),
        (
            "lab ahp --data gone --checkpoint net.json",
            2,
            "net.json is there already",
        ),
        ("lab ahp --resume", 2, "--checkpoint"),
        ("lab nir-lif --checkpoint x", 2, "--checkpoint"),
        ("lab eprop-pattern --learning-rate -1", 2, "--learning-rate"),
        (
            "lab eprop-pattern --learning-rate 5",
            2,
            "--learning-rate: 5 is wrong",
        ),
        ("lab eprop-pattern --case net.json", 1, "net.json"),
        (
            "lab eprop-pattern --case net.json --svg net.json",
            2,
            "net.json",
        ),
        ("lab eprop-evidence --samples 0", 2, "--samples"),
        ("lab eprop-evidence --batch 4 --samples 9", 2, "--float"),
        ("lab eprop-cue --train net.json", 2, "--test"),
        ("lab ib-hebbian --task xorr", 2, "xorr"),
        (
            "lab ib-hebbian --task xor --train 3",
            2,
            "--train: is an option of mnist",
        ),
        ("lab ib-hebbian --task xor --seeds 0", 2, "--seeds"),
        ("lab qif-mnist --resume", 2, "--checkpoint"),
        ("lab qif-mnist --steps 3,x", 2, "x"),
        ("lab all --only zzz", 2, "zzz"),
        ("lab ahp-memory --trials 0", 2, "--trials"),
        ("lab lsnn-smnist --html x.txt", 2, ".html"),
    ] {
        table.wrong(line, &[codes], says);
    }
    table.end();
}

/// What is written into the rule of a file that is right, and what is said.
const RULES: [(&str, &str, &str); 20] = [
    ("dw = ", "dx = ", "rule.dw: is missing"),
    (
        "2^-3*x1*y0",
        "2^-30*x1*y0",
        "the exponent is outside -7..=8",
    ),
    ("2^-3*x1*y0", "x9*y0", "x9"),
    ("2^-3*x1*y0", "2^-3*x1*", "character"),
    ("2^-3*x1*y0", "2^-3*(x1*y0", "character"),
    ("2^-3*x1*y0", "0.3*x1*y0", "character"),
    ("2^-3*x1*y0", "", "dw"),
    (
        "x1 = { impulse = 32, tau = 20 }",
        "x1 = { impulse = -3, tau = 20 }",
        "-3",
    ),
    (
        "x1 = { impulse = 32, tau = 20 }",
        "x1 = { impulse = 32, tau = 0 }",
        "tau: 0",
    ),
    (
        "x1 = { impulse = 32, tau = 20 }",
        "x1 = { impuls = 32, tau = 20 }",
        "impuls",
    ),
    ("steps = 400", "steps = 0", "steps: 0"),
    ("steps = 400", "steps = 1.5", "1.5"),
    ("steps = 400", "", "steps"),
    ("sources = 8", "sources = 0", "sources: 0"),
    ("sources = 8", "sources = 8\nsurces = 9", "surces"),
    ("rate = 0.05", "rate = 2.0", "rate: 2"),
    (
        "weight_mean = 9",
        "weight_mean = -9",
        "weight_mean: -9 is below 0",
    ),
    ("weight_mean = 9", "weight_men = 9", "weight_men"),
    ("weight_mean = 9", "weight_mean = \"9\"", "weight_mean"),
    ("[tolerance]", "[tolerance", "line"),
];

#[test]
fn rules_with_one_thing_wrong() {
    let bench = Bench::new("table_rules");
    let mut table = WrongCommands::of(&bench);
    let rule = "[rule]\ndw = \"2^-3*x1*y0\"\nx1 = { impulse = 32, tau = 20 }\n\
                [network]\nsources = 8\ntargets = 4\nweights = [20, 200]\n\
                [stimulus]\nsteps = 400\nsources = { rate = 0.05 }\ntargets = { rate = 0.05 }\n\
                [tolerance]\nweight_mean = 9\n";
    bench.file("rule.toml", rule);
    let ran = bench.run("validate rule.toml");
    let code = ran.output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{}", ran.stderr());
    for (part, instead, says) in RULES {
        assert!(rule.contains(part), "{part}");
        bench.file("bad.toml", rule.replacen(part, instead, 1));
        table.wrong("validate bad.toml", &[2], says);
    }
    table.end();
}
