//! asm, disasm, programs and trace, as a user meets them.

mod bench;

use bench::{Bench, npy, npz};
use std::path::Path;

/// Blocks of code of the page for users.
fn blocks() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/microcode.md");
    let text = std::fs::read_to_string(page).expect("the page");
    text.split("```text\n")
        .skip(1)
        .map(|b| b.split("```").next().unwrap_or("").to_string())
        .collect()
}

#[test]
fn the_page_for_users_is_what_the_program_says() {
    let bench = Bench::new("mc-page");
    let blocks = blocks();
    let session = |command: &str| {
        let start = format!("$ {command}\n");
        blocks
            .iter()
            .find_map(|b| b.strip_prefix(start.as_str()))
            .unwrap_or_else(|| panic!("no session of {command}"))
            .to_string()
    };
    let adder = blocks
        .iter()
        .find(|b| b.contains(".program adder"))
        .expect("the first program");
    bench.file("adder.asm", adder);
    assert_eq!(bench.ok("asm adder.asm"), session("seamount asm adder.asm"));
    bench.file(
        "wrong.asm",
        ".program wrong\n.param shared limit\n        MOV r1, 1\n        LT  r1, limt\n",
    );
    let ran = bench.run("asm wrong.asm").expect(1);
    assert_eq!(ran.stderr(), session("seamount asm wrong.asm"));
    let own = blocks
        .iter()
        .find(|b| b.contains(".program lif_own_threshold"))
        .expect("the second program");
    bench.file("own.asm", own);
    assert!(
        bench
            .ok("asm own.asm")
            .contains("threshold of each neuron (no default)")
    );
}

#[test]
fn assembled_and_taken_apart() {
    let bench = Bench::new("mc-asm");
    bench.file(
        "mine.asm",
        ".program mine\n.include \"part.asm\"\n SPIKE r0\n",
    );
    bench.file(
        "part.asm",
        ".spike graded8\n.state u\n RDC r0, s0\n RMW r1, u, r0\n",
    );
    let listing = bench.ok("asm mine.asm --listing -o mine.json");
    assert!(
        listing.contains("part.asm:3") && listing.contains("mine.asm:3"),
        "{listing}"
    );
    let text = bench.ok("disasm mine.json");
    bench.file("again.asm", &text);
    bench.ok("asm again.asm -o again.json");
    assert_eq!(bench.read("mine.json"), bench.read("again.json"));
    let json = bench.run("asm mine.asm --json").expect(0).json();
    assert_eq!(
        (
            json["cycles_worst"].as_u64(),
            json["program"]["words"].as_array().map(Vec::len)
        ),
        (Some(4), Some(3))
    );
    assert_eq!(bench.ok("disasm lif").lines().next(), Some(".program lif"));
    assert!(bench.ok("programs").contains("sigma_delta"));
    bench.file("lif.asm", bench.ok("programs lif"));
    assert_eq!(bench.ok("asm lif.asm"), bench.ok("asm lif"));
}

#[test]
fn what_is_wrong_is_said_all_at_once() {
    let bench = Bench::new("mc-wrong");
    bench.file(
        "wrong.asm",
        ".program p\n ADD r0, r1\n JMP x\n.include \"gone.asm\"\n",
    );
    let ran = bench.run("asm wrong.asm -o out.json --json").expect(1);
    ran.says("wrong.asm:2:2: 2 operands: ADD rd, a, b")
        .says("wrong.asm:3:6: there is no label 'x'");
    let ran = bench.run("asm wrong.asm --json").expect(1).says("gone.asm");
    assert_eq!(ran.json()["findings"].as_array().map(Vec::len), Some(3));
    bench
        .run("asm gone.asm")
        .expect(4)
        .says("gone.asm: cannot be read")
        .says("seamount programs lists them");
    bench.run("asm current").expect(1).says("is a fragment");
    bench
        .run("programs gone")
        .expect(2)
        .says("there is no shipped program 'gone'");
    bench.file("broken.json", "{\"format\":\"seamount-program\",\"version\":1,\"name\":\"p\",\"spike\":\"odd\",\"words\":[\"0x0\",\"x\"]}");
    bench
        .run("disasm broken.json")
        .expect(1)
        .says("spike: 'odd'")
        .says("words[0]: there is no operation 0")
        .says("words[1]: 'x'");
    bench.file(
        "bad.json",
        "{\"format\":\"seamount-program\",\"version\":1,\"name\":\"p\",\"spike\":\"binary\",\"words\":[\"0x000000000000000b\"]}",
    );
    bench
        .run("disasm bad.json")
        .expect(1)
        .says("bad.json: instruction 0: reads r0");
    bench
        .run("asm wrong.asm -o wrong.asm")
        .expect(2)
        .says("is both read and written");
    assert!(
        !bench
            .files()
            .iter()
            .any(|f| f == "out.json" || f.contains(".tmp"))
    );
}

const NET: &str = r#"{"format":"seamount-netlist","version":1,"name":"traced","seed":7,
 "inputs":[{"name":"in","size":2}],
 "populations":[{"name":"a","size":3,"program":{"name":"lif","parameters":{"keep_v":4000,"threshold":6000,"bias":[0,500,1000]}}},
                {"name":"b","size":1,"program":{"name":"li","ports":2,"parameters":{"keep_v":3000}}}],
 "projections":[{"name":"x","source":"in","target":"a","connectivity":{"kind":"dense","weights":[[40,50,60],[-20,70,10]]}},
                {"name":"y","source":"a","target":"b","connectivity":{"kind":"all_to_all","weight":30,"delay":1}},
                {"name":"z","source":"in","target":"b.feedback","connectivity":{"kind":"all_to_all","weight":5}}],
 "probes":[{"name":"v","target":"a","register":"state","state":"v"},{"name":"bv","target":"b","register":"state","state":"v"},
           {"name":"spikes","target":"a","register":"spike"}]}"#;

#[test]
fn a_trace_is_what_the_run_does() {
    let bench = Bench::new("mc-trace");
    bench.file("prog.json", NET);
    bench.file(
        "prog.csv",
        "step,input,neuron\n0,in,0\n1,in,1\n1,in,0\n2,in,1\n4,in,0\n7,in,1\n",
    );
    bench.ok("compile prog.json --board loihi2 -o prog.img");
    bench.ok("run prog.img --steps 12 --input prog.csv --out prog.out.csv");
    let recorded = String::from_utf8(bench.read("prog.out.csv")).unwrap();
    let value = |probe: &str, step: u64, neuron: u64| {
        let wanted = format!("{probe},{step},{neuron},");
        recorded
            .lines()
            .find_map(|l| l.strip_prefix(&wanted))
            .map_or(0, |v| v.parse::<i64>().expect("a number"))
    };
    let mut spikes = 0;
    for (neuron, index, probe) in [("a[0]", 0, "v"), ("a[2]", 2, "v"), ("b[0]", 0, "bv")] {
        let json = bench
            .run(&format!(
                "trace prog.img --neuron {neuron} --steps 1..12 --input prog.csv --json"
            ))
            .expect(0)
            .json();
        for step in json["steps"].as_array().expect("steps") {
            let t = step["step"].as_u64().expect("a step");
            assert_eq!(
                step["after"]["v"].as_i64(),
                Some(value(probe, t, index)),
                "{neuron}, step {t}"
            );
            if probe == "v" {
                assert_eq!(
                    step["spike"].is_null(),
                    value("spikes", t, index) == 0,
                    "{neuron}, step {t}"
                );
                spikes += value("spikes", t, index);
            }
            assert_eq!(
                step["lines"].as_array().map(Vec::len),
                step["instructions"].as_u64().map(|n| n as usize)
            );
        }
    }
    assert!(spikes > 0, "{recorded}");
    let text = bench.ok("trace prog.json --board loihi2 --neuron b[0] --steps 2 --input prog.csv");
    assert!(
        text.contains("b[0] runs li")
            && text.contains("step 2\n")
            && text.contains("RDC     r0, a0"),
        "{text}"
    );
    assert!(
        bench
            .ok("trace prog.json --board loihi2 --neuron a[1] --registers")
            .contains("] c = ")
    );
    bench
        .run("trace prog.json --board loihi2 --neuron a[3]")
        .expect(2)
        .says("has 3 neurons");
    bench
        .run("trace prog.json --board loihi2 --neuron c[0]")
        .expect(2)
        .says("there is no population 'c'; there are a, b");
    bench
        .run("trace net.json --neuron hidden[0]")
        .expect(2)
        .says("runs no program");
    bench
        .run("trace prog.json --board loihi2 --neuron a")
        .expect(2)
        .says("wanted population[index]");
    bench
        .run("trace prog.json --board loihi2 --neuron a[0] --steps 5..2")
        .expect(2)
        .says("ends at 2");
}

/// Programs are looked at whatever else is wrong with a network, used or not; marks stay below what
/// they mean.
#[test]
fn programs_of_a_network_that_is_wrong_are_reported_too() {
    let bench = Bench::new("mc-findings");
    let net = |programs: &str, target: &str| {
        format!(
            r#"{{"format":"seamount-netlist","version":1,"name":"x","inputs":[{{"name":"in","size":3}}],"programs":[{programs}],
 "populations":[{{"name":"a","size":2,"program":{{"name":"lif"}}}},{{"name":"b","size":2,"program":{{"name":"nope"}}}}],
 "projections":[{{"name":"x","source":"in","target":"{target}","connectivity":{{"kind":"all_to_all","weight":20}}}}]}}"#
        )
    };
    let bad = r#"{"name":"bad","text":".program bad\n FROB\n MOV r0, gone\n"}"#;
    for target in ["a", "a.feedback"] {
        bench.file("bad.json", net(bad, target));
        let ran = bench
            .run("compile bad.json --board loihi2 -o x.img")
            .expect(1);
        let ran = ran.says(
            "bad.json: b: its program 'nope' is neither one of this network nor a shipped one",
        );
        let ran =
            ran.says("bad.json: program 'bad': line 2, column 2: there is no instruction 'FROB'");
        let ran =
            ran.says("line 3, column 10: 'gone' is not a register, number or parameter\n    3 |  MOV r0, gone\n      |          ^^^^\n");
        assert_eq!(
            ran.stderr().contains("'a.feedback' names nothing here"),
            target == "a.feedback"
        );
    }
    let own = r#"{"name":"lif","text":".program lif\n MOV r0, 1\n SPIKE r0\n"},{"name":"more","text":".program more\n END\n"}"#;
    bench.file("own.json", net(own, "a").replace("nope", "lif"));
    let text = bench.ok("compile own.json --board loihi2 -o x.img");
    assert!(
        text.contains(
            "note: program 'lif' is this network's own; the shipped one of that name is not used\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("note: program 'more' is named by no population\n"),
        "{text}"
    );
    let json = bench
        .run("compile own.json --board loihi2 -o x.img --json")
        .expect(0)
        .json();
    assert_eq!(json["report"]["notes"].as_array().map(Vec::len), Some(2));
    bench.file(
        "old.json",
        r#"{"format":"seamount-netlist","version":99,"cells":[]}"#,
    );
    bench.run("compile old.json -o x.img").expect(1).says(
        "old.json: format 'seamount-netlist', version 99; expected 'seamount-netlist', version 1",
    );
    bench.file("old.json", r#"{"format":"seamount-program","version":99}"#);
    bench
        .run("disasm old.json")
        .expect(1)
        .says("version 99; expected 'seamount-program', version 1");
}

const SUM: &str = r#"{"format":"seamount-netlist","version":1,"name":"sums",
 "programs":[{"name":"sum","text":".program sum\n.state seen\n RDC r0, s0\n RMW _, seen, r0\n"}],
 "inputs":[{"name":"in","size":2}],
 "populations":[{"name":"a","size":1,"program":{"name":"sum"}}],
 "projections":[{"name":"x","source":"in","target":"a","connectivity":{"kind":"dense","weights":[[3],[-5]]}}],
 "probes":[{"name":"seen","target":"a","register":"state","state":"seen"}]}"#;

/// Graded spikes of files: each contribution counts payload times; the same from text and arrays.
#[test]
fn graded_spikes_come_from_files() {
    let bench = Bench::new("mc-graded");
    bench.file("sum.json", SUM);
    bench.ok("compile sum.json --board loihi2 -o sum.img");
    bench.file(
        "in.csv",
        "step,input,neuron,payload\n0,in,0,1000\n0,in,1,-7\n2,in,1,8388607\n",
    );
    let seen = |input: &str| {
        bench.ok(&format!(
            "run sum.img --steps 4 --input {input} --out out.csv"
        ));
        String::from_utf8(bench.read("out.csv")).unwrap()
    };
    // -5 x 8388607, wrapped to 24 bit
    let expected = ["seen,1,0,3035", "seen,3,0,-8388603"];
    let text = seen("in.csv");
    assert!(
        expected.iter().all(|line| text.lines().any(|l| l == *line)),
        "{text}"
    );
    let array = |data: &[i64]| npy(&[data.len() as u64], data.iter().copied());
    let list = |payloads: &[i64]| {
        npz(&[
            ("in.steps", array(&[0, 0, 2])),
            ("in.neurons", array(&[0, 1, 1])),
            ("in.payloads", array(payloads)),
        ])
    };
    bench.file("in.npz", list(&[1000, -7, 8_388_607]));
    assert_eq!(seen("in.npz"), text);
    bench.file("short.npz", list(&[1]));
    bench
        .run("run sum.img --steps 4 --input short.npz")
        .expect(1)
        .says("arrays 'in.steps' and 'in.payloads': shapes [3] and [1]");
    bench.file("bad.csv", "step,neuron,payload\n0,0,8388608\n0,0,x\n0,0,\n");
    let ran = bench.run("run sum.img --steps 4 --input bad.csv").expect(1);
    ran.says("line 2: payload 8388608 is outside -8388608..=8388607")
        .says("line 3: 'x' is no integer")
        .says("line 4: '' is no integer");
    bench
        .run("run net.json --steps 4 --input in.csv")
        .expect(1)
        .says("there is no input 'in'");
    bench.file("left.csv", "step,input,neuron,payload\n0,left,0,5\n");
    bench
        .run("run net.json --steps 4 --input left.csv")
        .expect(1)
        .says("loihi1 has no graded spikes");
}
