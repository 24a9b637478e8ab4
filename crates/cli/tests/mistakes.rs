//! Mistakes: every one has its exit code, names its file, leaves nothing behind, and never panics.

mod bench;

use bench::{Bench, NET, npy, npz};
use std::io::Write as _;
use std::path::Path;

/// A small generator: the tests are the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

#[test]
fn files_that_are_not_there() {
    let bench = Bench::new("missing");
    bench
        .run("run gone.img --steps 1")
        .expect(4)
        .says("gone.img: cannot be read");
    bench
        .run("inspect gone.json")
        .expect(4)
        .says("gone.json: cannot be read");
    bench
        .run("compile gone.json -o x.img")
        .expect(4)
        .says("gone.json");
    bench
        .run("run net.json --steps 1 --input gone.csv")
        .expect(4)
        .says("gone.csv");
    bench
        .run("run net.json --steps 1 --load-state gone")
        .expect(4)
        .says("gone");
    bench
        .run("run net.json --steps 1 --profile gone.toml")
        .expect(4)
        .says("gone.toml");
    bench
        .run("compile net.json -o gone/x.img")
        .expect(4)
        .says("gone/x.img: cannot be written");
    bench
        .run("run net.json --steps 1 --save-state gone/x")
        .expect(4)
        .says("cannot be written");
    bench
        .run("lab lsnn-smnist --data gone --mnist gone")
        .expect(4)
        .says("gone");
    bench.run("run . --steps 1").expect(4);
    assert_eq!(bench.files(), ["in.csv", "net.json"]);
}

#[test]
fn networks_that_are_wrong() {
    let bench = Bench::new("networks");
    bench.file("text.json", "{\n \"format\": nonsense }");
    bench
        .run("compile text.json -o x.img")
        .expect(1)
        .says("text.json: line 2, column 1");
    bench.file("field.json", NET.replace("\"seed\":7", "\"sead\":7"));
    bench
        .run("run field.json --steps 1")
        .expect(1)
        .says("sead: is not known here; did you mean 'seed'?");
    bench.file(
        "rules.json",
        NET.replace("\"voltage_decay\":128", "\"voltage_decay\":4096")
            .replace("\"target\":\"out\"", "\"target\":\"exit\""),
    );
    let ran = bench
        .run("compile rules.json -o x.img --json")
        .expect(1)
        .says("rules.json: populations[0] 'hidden'");
    let lines = ran.stderr();
    let json = ran.json();
    assert!(
        lines.lines().count() >= 3 && lines.lines().all(|l| l.starts_with("rules.json: ")),
        "{lines}"
    );
    assert_eq!(
        (
            json["error"].as_str(),
            json["findings"].as_array().map(Vec::len)
        ),
        (Some("input"), Some(lines.lines().count()))
    );
    bench.file(
        "array.json",
        NET.replace("\"weights\":-20", "\"weights\":{\"npy\":\"w.npy\"}"),
    );
    bench
        .run("run array.json --steps 1")
        .expect(4)
        .says("w.npy");
    assert_eq!(
        bench.files(),
        [
            "array.json",
            "field.json",
            "in.csv",
            "net.json",
            "rules.json",
            "text.json"
        ]
    );
}

#[test]
fn networks_that_do_not_fit() {
    let bench = Bench::new("limits");
    // Nine thresholds on one core: one neuron each cannot be split over cores at compartments.
    let parts: String = (0..1025)
        .map(|i| format!("{{\"name\":\"c{i}\",\"threshold_mantissa\":{i}}},"))
        .collect();
    let net = format!(
        "{{\"format\":\"seamount-netlist\",\"version\":1,\"name\":\"big\",\"populations\":[{{\"name\":\"wide\",\"size\":1,\"compartments\":[{}]}}]}}",
        parts.trim_end_matches(',')
    );
    bench.file("big.json", net);
    let ran = bench
        .run("compile big.json -o big.img")
        .expect(3)
        .says("big.json: ")
        .says("compartments: wanted 1025, available 1024");
    assert!(
        ran.stderr().contains("threshold profiles"),
        "{}",
        ran.stderr()
    );
    let json = bench.run("run big.json --steps 1 --json").expect(3).json();
    assert_eq!(json["error"], "limits");
    assert_eq!(bench.files(), ["big.json", "in.csv", "net.json"]);
    let text = bench.ok("compile big.json -o big.img --ignore-limits");
    assert!(text.contains("beyond the chip: "), "{text}");
    bench
        .run("run big.img --steps 1")
        .expect(3)
        .says("big.img: core 0 (wide): compartments: wanted 1025, available 1024")
        .says("hint: ");
    assert!(
        bench
            .ok("run big.img --steps 1 --ignore-limits")
            .contains("beyond the chip")
    );
    assert!(bench.ok("inspect big.img").contains("OVER"));
}

#[test]
fn flags_that_are_wrong() {
    let bench = Bench::new("flags");
    for line in [
        "nonsense",
        "run",
        "run net.json",
        "run net.json --steps -1",
        "run net.json --steps 1 --threads 0",
        "compile net.json",
        "compile net.json -o x.img --board mars",
        "run net.json --steps 1 --probe hidden",
        "bench W9",
        "lab",
        "run net.json --steps 1 --probe hidden.spike:9..3",
        "demo --sequences 0",
        "lab ahp-memory --trials 0",
        "run net.json --steps 1 --out x.txt",
        "run net.json --steps 1 --profile mars",
        "run net.json --steps 1 --input net.json",
        "inspect net.json --core 9",
        "compile net.json -o net.json",
        "run net.json --steps 1 --out x.csv --per-step x.csv",
        "run net.json --steps 1 --input in.csv --out in.csv",
    ] {
        bench.run(line).expect(2);
    }
    assert_eq!(
        bench.run("run net.json --json").expect(2).json()["error"],
        "usage"
    );
    bench
        .run("run net.json --steps 1 --profile mars")
        .expect(2)
        .says("davies2018");
    bench
        .run("run net.json --steps 1 --probe hiden.spike --probe hidden.axon.spike")
        .expect(1)
        .says("there is no population 'hiden'; there are: hidden, out")
        .says("no compartment 'axon'; it has: ahp, soma");
    bench.file(
        "bare.json",
        NET.replace(
            "{\"name\":\"out spikes\",\"target\":\"out\",\"register\":\"spike\"}",
            "",
        ),
    );
    bench
        .run("run bare.json --steps 1 --out x.csv")
        .expect(2)
        .says("add --probe");
    assert_eq!(bench.files(), ["bare.json", "in.csv", "net.json"]);
}

#[test]
fn input_spikes_that_are_wrong() {
    let bench = Bench::new("events");
    let cases: [(&str, Vec<u8>, &str); 18] = [
        (
            "neuron.csv",
            b"step,input,neuron\n0,left,2\n1,left,3\n".into(),
            "line 3: neuron 3 of input 'left', which has neurons 0..=2",
        ),
        (
            "name.csv",
            b"step,input,neuron\n0,middle,0\n".into(),
            "line 2: there is no input 'middle'",
        ),
        ("which.csv", b"step,neuron\n0,0\n".into(), "which input?"),
        (
            "header.csv",
            b"time,input,neuron\n".into(),
            "line 1: the header is 'time,input,neuron'",
        ),
        (
            "fields.csv",
            b"step,input,neuron\n1,left\n".into(),
            "line 2: 2 fields",
        ),
        (
            "number.csv",
            b"step,input,neuron\nx,left,0\n".into(),
            "line 2: 'x' is no integer",
        ),
        (
            "past.csv",
            b"step,input,neuron\n-1,left,0\n".into(),
            "step -1 is negative",
        ),
        ("empty.csv", b"".into(), "is empty"),
        ("binary.csv", vec![0xff; 20], "not UTF-8"),
        (
            "address.aer",
            b"0 5\n".into(),
            "line 1: address 5; the network has 5 sources",
        ),
        ("columns.aer", b"0 1 2\n".into(), "line 1: 3 columns"),
        (
            "width.npy",
            npy(&[2, 4], vec![0u8; 8]),
            "4 columns, wanted one for each of the 5 sources",
        ),
        ("axes.npy", npy(&[5], vec![0u8; 5]), "shape [5]"),
        (
            "two.npy",
            npy(&[1, 5], vec![0u8, 1, 2, 0, 0]),
            "row 0, column 2: 2 is not 0 or 1",
        ),
        (
            "name.npz",
            npz(&[("middle", npy(&[1, 3], vec![0u8; 3]))]),
            "there is no input 'middle'",
        ),
        (
            "half.npz",
            npz(&[("left.steps", npy(&[1], vec![0i64]))]),
            "needs an array 'left.neurons' beside it",
        ),
        (
            "length.npz",
            npz(&[
                ("left.steps", npy(&[1], vec![0i64])),
                ("left.neurons", npy(&[2], vec![0u8; 2])),
            ]),
            "wanted two of one length",
        ),
        ("none.npz", npz(&[]), "holds no arrays"),
    ];
    for (name, bytes, says) in cases {
        bench.file(name, bytes);
        bench
            .run(&format!(
                "run net.json --steps 1 --input {name} --out out.csv"
            ))
            .expect(1)
            .says(&format!("{name}: "))
            .says(says);
    }
    let many: String = (0..100).map(|i| format!("0,left,{}\n", 3 + i)).collect();
    bench.file("many.csv", format!("step,input,neuron\n{many}"));
    let ran = bench
        .run("run net.json --steps 1 --input many.csv")
        .expect(1)
        .says("80 more like this");
    assert_eq!(ran.stderr().lines().count(), 21);
    assert!(!bench.files().contains(&"out.csv".to_string()));
}

#[test]
fn images_and_states_that_are_damaged() {
    let bench = Bench::new("damaged");
    bench.ok("compile net.json -o net.img");
    bench.ok("run net.img --steps 5 --save-state good.state");
    let image = bench.read("net.img");
    let mut bad = image.clone();
    *bad.last_mut().unwrap() ^= 1;
    bench.file("bad.img", &bad);
    bench
        .run("run bad.img --steps 1")
        .expect(1)
        .says("bad.img: checksum of the contents is wrong");
    bench.file("short.img", &image[..40]);
    bench
        .run("inspect short.img")
        .expect(1)
        .says("short.img: file of 40 bytes is shorter than 64");
    bench
        .run("compile net.img -o x.img")
        .expect(1)
        .says("is an image");
    bench.file("other.json", NET.replace("\"seed\":7", "\"seed\":8"));
    bench
        .run("run other.json --steps 1 --load-state good.state")
        .expect(1)
        .says("good.state: this snapshot was taken from another image");
    bench
        .run("run net.img --steps 1 --load-state net.img")
        .expect(1)
        .says("net.img: wrong first bytes");
    assert_eq!(
        bench.files(),
        [
            "bad.img",
            "good.state",
            "in.csv",
            "net.img",
            "net.json",
            "other.json",
            "short.img"
        ]
    );
}

#[test]
fn a_failing_output_leaves_the_others_unwritten() {
    let bench = Bench::new("whole");
    std::fs::create_dir(bench.folder.join("folder.csv")).unwrap();
    bench
        .run("run net.json --steps 1 --out out.csv --per-step folder.csv")
        .expect(4)
        .says("folder.csv: cannot be written");
    bench.file("out.csv", "old");
    bench
        .run("run net.json --steps 1 --input gone.csv --out out.csv")
        .expect(4);
    assert_eq!(bench.read("out.csv"), b"old");
    assert_eq!(
        bench.files(),
        ["folder.csv", "in.csv", "net.json", "out.csv"]
    );
}

/// Writing fails at once where that can be known, and after the report where it cannot.
#[test]
fn an_output_that_fails_loses_no_result() {
    let bench = Bench::new("late");
    for line in [
        "demo --svg gone/x.svg --sequences 1000000",
        "lab eprop-pattern --svg gone/x.svg --sequences 1000000",
    ] {
        let ran = bench
            .run(line)
            .expect(4)
            .says("gone/x.svg: cannot be written");
        assert_eq!(ran.stdout(), "", "{line}");
    }
    bench.file("case.json", "{}");
    bench
        .run("lab eprop-pattern --case case.json --svg case.json")
        .expect(2)
        .says("case.json: is both read and written");
    if !Path::new("/dev/full").exists() {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: an_output_that_fails_loses_no_result: late failures: no /dev/full"
        );
        return;
    }
    for (line, prints) in [
        (
            "demo --sequences 1 --svg /dev/full",
            "loss                     first sequence",
        ),
        (
            "run net.json --steps 3 --per-step /dev/full",
            "network 'tiny'",
        ),
    ] {
        let ran = bench
            .run(line)
            .expect(4)
            .says("/dev/full: cannot be written");
        assert!(ran.stdout().contains(prints), "{line}: {}", ran.stdout());
        // one document, that of the report
        let json = bench
            .run(&format!("{line} --json"))
            .expect(4)
            .says("/dev/full: cannot be written")
            .json();
        assert!(json["error"].is_null(), "{line}");
    }
    assert_eq!(bench.files(), ["case.json", "in.csv", "net.json"]);
}

/// A byte order mark is no part of a text; what is no UTF-8 is placed.
#[test]
fn byte_order_marks_are_skipped_and_other_bytes_placed() {
    let bench = Bench::new("mark");
    let program = ".program p\n MOV r0, 1\n";
    let profile =
        "name = \"x\"\nsource = \"y\"\n[prices]\nspikes = { energy_fj = 1, source = \"z\" }\n";
    bench.file("include.asm", "\u{feff} MOV r1, 1\n");
    bench.ok("compile net.json -o net.img --export-placement plain.json");
    let placement = String::from_utf8(bench.read("plain.json")).unwrap();
    let cases = [
        (
            "asm x.asm",
            "x.asm",
            format!("{program} .include \"include.asm\"\n"),
        ),
        ("inspect x.json", "x.json", NET.to_string()),
        (
            "compile net.json -o y.img --placement x.json",
            "x.json",
            placement,
        ),
        (
            "run net.json --steps 3 --input x.csv",
            "x.csv",
            "step,input,neuron\n0,left,2\n".into(),
        ),
        (
            "run net.json --steps 3 --input x.aer",
            "x.aer",
            "0 2\n".into(),
        ),
        (
            "run net.json --steps 3 --profile x.toml",
            "x.toml",
            profile.into(),
        ),
        (
            "mesh --replay x.csv",
            "x.csv",
            "cycle,source,target,flits\n".into(),
        ),
    ];
    for (line, name, text) in cases {
        bench.file(name, &text);
        let plain = bench.run(line);
        let code = plain.output.status.code().unwrap();
        bench.file(name, format!("\u{feff}{text}"));
        let marked = bench.run(line).expect(code);
        let untimed = |text: String| {
            text.lines()
                .filter(|l| !l.contains("steps/s"))
                .map(String::from)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (marked.stderr(), untimed(marked.stdout())),
            (plain.stderr(), untimed(plain.stdout())),
            "{line}"
        );
        bench.file(name, [text.as_bytes(), b"\n\n\xe4"].concat());
        let at = text.len() + 2;
        let row = text.matches('\n').count() + 3;
        bench.run(line).expect(1).says(&format!(
            "{name}: line {row}, byte {at} of the file: not UTF-8 text"
        ));
    }
}

#[test]
fn no_bytes_panic() {
    let bench = Bench::new("bytes");
    bench.ok("compile net.json -o net.img");
    bench.ok("run net.img --steps 5 --save-state net.state --out out.npz");
    let mut random = Random(1);
    let forms = ["img", "json", "npy", "npz", "csv", "aer", "state", "toml"];
    let seeds: Vec<Vec<u8>> = vec![
        bench.read("net.img"),
        NET.into(),
        npy(&[10, 5], vec![0u8; 50]),
        bench.read("out.npz"),
        bench.read("in.csv"),
        b"0 1\n2 3\n".into(),
        bench.read("net.state"),
        b"name = \"x\"\nsource = \"y\"\n[prices]\nspikes = { energy_fj = 1, source = \"z\" }\n"
            .into(),
    ];
    for round in 0..24 {
        for (form, seed) in forms.iter().zip(&seeds) {
            let count = random.next() as usize % 300;
            let mut bytes = if round % 4 == 0 {
                random.bytes(count)
            } else {
                seed.clone()
            };
            for _ in 0..1 + round % 5 {
                let at = random.next() as usize % bytes.len().max(1);
                match (round % 3, bytes.get_mut(at)) {
                    (0, _) => bytes.truncate(at),
                    (_, Some(byte)) => *byte = random.next() as u8,
                    _ => {}
                }
            }
            let name = format!("x.{form}");
            bench.file(&name, &bytes);
            let line = match *form {
                "img" | "json" => format!("run {name} --steps 3"),
                "state" => format!("run net.img --steps 3 --load-state {name}"),
                "toml" => format!("run net.img --steps 3 --profile {name}"),
                _ => format!("run net.img --steps 3 --input {name}"),
            };
            let ran = bench.run(&line);
            let code = ran.output.status.code();
            assert!(
                matches!(code, Some(0 | 1 | 3)) && !ran.stderr().contains("panicked"),
                "{line}: {code:?} {} {bytes:?}",
                ran.stderr()
            );
        }
    }
}

#[test]
fn kinds_of_vectors_that_do_not_exist_are_refused() {
    let bench = Bench::new("kinds");
    let line = "bench idle --steps 1";
    let text = bench
        .run_with(&[("SEAMOUNT_SIMD", Path::new("sse9"))], line)
        .expect(2)
        .stderr();
    assert!(
        text.contains("SEAMOUNT_SIMD: 'sse9' is none of avx512, avx2, portable"),
        "{text}"
    );
    bench
        .run_with(&[("SEAMOUNT_SIMD", Path::new("portable"))], "programs")
        .expect(0);
}
