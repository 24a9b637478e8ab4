//! `seamount mesh` as a user sees it: traces, loads, tables, searches, mistakes.

mod bench;

use bench::Bench;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden")
        .join(name)
}

/// The shared traces and the flags that name their configurations (`booksim-configs.txt`).
const TRACES: [(&str, &str); 6] = [
    ("A-uniform-r0.05", ""),
    ("A-uniform-r0.30", ""),
    ("A-bitcomp-r0.23", ""),
    ("A2-uniform-r0.20", "--buffer-depth 2"),
    ("B-uniform-r0.20", "--routing-delay 1"),
    ("P4-uniform-r0.05", "--packet-flits 4"),
];

#[test]
fn shared_traces_come_out_as_they_went_in() {
    let bench = Bench::new("traces");
    for (name, flags) in TRACES {
        let path = golden(&format!("booksim-trace-mesh8x8-{name}.csv"));
        let text = std::fs::read_to_string(&path)
            .unwrap()
            .replace("\r\n", "\n");
        // Only what a replay may read: the columns it must fill in are not in its input.
        let given = |line: &str| line.split(',').take(4).collect::<Vec<_>>().join(",") + "\n";
        bench.file("given.csv", text.lines().map(given).collect::<String>());
        let json = bench
            .run(&format!(
                "mesh --replay given.csv --out out.csv --json {flags}"
            ))
            .expect(0)
            .json();
        assert!(bench.read("out.csv") == text.as_bytes(), "{name}");
        assert_eq!(json["packets"], text.lines().count() - 1);
        assert_eq!(json["recorded_packets"], 0);
        let said = bench.ok(&format!("mesh --replay {} {flags}", path.display()));
        let count = text.lines().count() - 1;
        let all = grouped(count);
        assert!(
            said.contains(&format!(
                "as recorded: {all} of {all} packets move in the same cycles"
            )),
            "{name}: {said}"
        );
    }
}

/// Digits in groups of three.
fn grouped(n: usize) -> String {
    if n < 1000 {
        n.to_string()
    } else {
        format!("{},{:03}", n / 1000, n % 1000)
    }
}

#[test]
fn a_replay_that_differs_says_where() {
    let bench = Bench::new("differs");
    let trace =
        "# two packets\ndst,src,eject_cycle,create_cycle,inject_cycle\n\n1,0,8,0,0\r\n7,0,99,3,3\n";
    bench.file("t.csv", format!("\u{feff}{trace}"));
    let text = bench.ok("mesh --replay t.csv");
    assert!(text.contains("as recorded: 1 of 2 packets"), "{text}");
    assert!(
        text.contains("first difference: line 5, packet 1: recorded 3 and 99, here 3 and 29"),
        "{text}"
    );
    let empty = bench.file("empty.csv", "src,dst,create_cycle\n");
    let text = bench.ok(&format!("mesh --replay {} --out out.csv", empty.display()));
    assert!(
        text.contains("0 packets") && text.contains("no packets"),
        "{text}"
    );
    assert_eq!(
        bench
            .read("out.csv")
            .iter()
            .filter(|b| **b == b'\n')
            .count(),
        1
    );
}

#[test]
fn one_load() {
    let bench = Bench::new("load");
    let text = bench.ok("mesh --traffic uniform --rate 0.3");
    for word in [
        "mesh 8x8: buffers of 8 flits",
        "0.3 packets a node and cycle: stable",
        "packet latency  mean 2",
        "min 5, median",
        "####",
        "links           mean 0.4",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let line = "mesh --rate 0.1 --width 4 --height 3 --packet-flits 2 --warmup 500 --cycles 4000 --seed 9 --json";
    let json = bench.run(line).expect(0).json();
    assert_eq!(
        json,
        bench.run(line).expect(0).json(),
        "same seed, same load"
    );
    assert_eq!(
        (&json["traffic"], &json["state"]),
        (&"uniform".into(), &"stable".into())
    );
    assert_eq!(json["mesh"]["packet_flits"], 2);
    assert_eq!(json["protocol"]["measure_cycles"], 4000);
    assert!((json["accepted"].as_f64().unwrap() - 0.1).abs() < 0.01);
    let latency = &json["packet_latency"];
    assert_eq!(latency["min_cycles"], 6);
    let bins = latency["histogram"].as_array().unwrap().iter();
    let packets: u64 = bins.map(|bin| bin[1].as_u64().unwrap()).sum();
    assert_eq!(latency["packets"], packets);
    // Links between routers: 2 (3 * 3 + 4 * 2), and one to each of 12 nodes.
    assert_eq!(json["links"].as_array().unwrap().len(), 34 + 12);
    let silent = bench.ok("mesh --rate 0 --cycles 10");
    assert!(silent.contains("no packets"), "{silent}");
}

#[test]
fn a_sweep_is_a_table_with_the_columns_of_the_shared_curves() {
    let bench = Bench::new("sweep");
    let text = bench.ok("mesh --traffic transpose --sweep 0.05,0.1,0.3 --out curve.csv");
    assert!(text.contains("wrote curve.csv"), "{text}");
    let states: Vec<&str> = text
        .lines()
        .filter_map(|l| l.split_whitespace().last())
        .collect();
    assert_eq!(states[3..6], ["stable", "stable", "saturated"]);
    let shared = std::fs::read_to_string(golden("booksim-mesh8x8-A-patterns.csv")).unwrap();
    let curve = String::from_utf8(bench.read("curve.csv")).unwrap();
    let mut rows = curve.lines();
    assert!(
        rows.next()
            .unwrap()
            .starts_with(shared.lines().next().unwrap().trim())
    );
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(',').collect()).collect();
    assert_eq!(rows.len(), 3);
    // The same load in BookSim.
    let wanted = shared.lines().map(|l| l.split(',').collect::<Vec<_>>());
    let wanted = wanted
        .into_iter()
        .find(|l| l[1] == "transpose" && l[2] == "0.1")
        .unwrap();
    for column in [6, 8, 9, 10] {
        let [ours, theirs] = [&rows[1], &wanted].map(|r| r[column].parse::<f64>().unwrap());
        assert!(
            (ours / theirs - 1.0).abs() < 0.02,
            "column {column}: {ours} and {theirs}"
        );
    }
    assert_eq!((rows[2][4], rows[2][6]), ("saturated", ""));
    let json = bench
        .run("mesh --sweep 0.05,0.1 --cycles 500 --json")
        .expect(0)
        .json();
    assert_eq!(json["points"].as_array().unwrap().len(), 2);
}

#[test]
fn the_saturation_search_finds_the_knee() {
    let bench = Bench::new("knee");
    let json = bench
        .run("mesh --traffic hotspot27w17of80 --saturation --json")
        .expect(0)
        .json();
    // One node takes one packet a cycle, 17/80 of the packets of 64 nodes: 0.0735.
    let [stable, saturated] = ["stable", "saturated"].map(|key| json[key].as_f64().unwrap());
    assert!(
        0.07 < stable && stable < saturated && saturated < 0.0745,
        "{json}"
    );
    let text = bench.ok("mesh --traffic neighbour --width 2 --height 1 --saturation");
    assert!(
        text.contains("not even one packet a node and cycle saturates it"),
        "{text}"
    );
}

#[test]
fn wrong_usage_is_code_2() {
    let bench = Bench::new("usage");
    let before = bench.files();
    for (line, says) in [
        ("mesh", "--rate <RATE>|--sweep"),
        ("mesh --rate 0.1 --saturation", "cannot be used with"),
        (
            "mesh --replay t.csv --traffic uniform",
            "cannot be used with",
        ),
        ("mesh --saturation --out x.csv", "cannot be used with"),
        ("mesh --rate 1.5", "is not a decimal number from 0 to 1"),
        ("mesh --sweep 0.1,x", "is not a decimal number from 0 to 1"),
        (
            "mesh --rate 0.1 --traffic storm",
            "unknown traffic \"storm\": uniform",
        ),
        (
            "mesh --rate 0.1 --traffic transpose --height 4",
            "--traffic: transpose needs a square mesh",
        ),
        (
            "mesh --rate 0.1 --traffic alltoone64",
            "--traffic: the hot node must be a node of the mesh",
        ),
        ("mesh --rate 0.1 --buffer-depth 0", "0 is not in 1..=2047"),
        (
            "mesh --rate 0.1 --width 256 --height 256 --buffer-depth 2047",
            "--buffer-depth: ",
        ),
        (
            "mesh --replay in.csv --out in.csv",
            "is both read and written",
        ),
    ] {
        bench.run(line).expect(2).says(says);
    }
    let json = bench
        .run("mesh --rate 0.1 --traffic transpose --height 4 --json")
        .expect(2)
        .json();
    assert_eq!(json["error"], "usage");
    assert_eq!(bench.files(), before);
}

#[test]
fn broken_traces_name_their_lines() {
    let bench = Bench::new("broken");
    let header = "packet,src,dst,create_cycle,inject_cycle,eject_cycle,routers\n";
    let cases = [
        ("", "no column \"src\" in the first line"),
        ("src,dst\n1,2\n", "no column \"create_cycle\""),
        (
            "src,dst,create_cycle\n1,2,3\n1,x,3\n",
            "line 3: dst is missing or not a number",
        ),
        (
            "src,dst,create_cycle\n\n# note\n1,64,3\n",
            "line 4: dst is 64; the mesh has nodes 0 to 63",
        ),
        (
            "src,dst,create_cycle\n-1,2,3\n",
            "line 2: src is missing or not a number",
        ),
        (
            "src,dst,create_cycle\n1,2,18446744073709551615\n",
            "line 2: create_cycle is 18446744073709551615",
        ),
        (
            "src,dst,create_cycle\n1,2\n",
            "line 2: create_cycle is missing",
        ),
    ];
    for (text, says) in cases {
        bench.file("t.csv", text);
        bench
            .run("mesh --replay t.csv --out x.csv")
            .expect(1)
            .says(&format!("t.csv: {says}"));
    }
    bench.file("t.csv", b"src,dst,create_cycle\n\xff,1,2\n");
    bench
        .run("mesh --replay t.csv")
        .expect(1)
        .says("byte 21 of the file: not UTF-8 text");
    let many: String = (0..50).map(|n| format!("{n},99,0,0,,,\n")).collect();
    bench.file("t.csv", format!("{header}{many}"));
    let json = bench.run("mesh --replay t.csv --json").expect(1).json();
    assert_eq!(
        (
            json["findings"].as_array().unwrap().len(),
            &json["exit_code"]
        ),
        (21, &1.into())
    );
    bench
        .run("mesh --replay gone.csv")
        .expect(4)
        .says("gone.csv: cannot be read");
    bench
        .run("mesh --rate 0.1 --out gone/x.csv")
        .expect(4)
        .says("cannot be written");
    assert_eq!(bench.files(), ["in.csv", "net.json", "t.csv"]);
}

#[test]
fn traces_of_any_bytes_never_panic() {
    let bench = Bench::new("bytes");
    let whole = "packet,src,dst,create_cycle,inject_cycle,eject_cycle,routers\n0,0,63,0,0,47,15\n1,5,58,0,0,36,11\n";
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..80 {
        let mut bytes = whole.as_bytes().to_vec();
        for _ in 0..3 {
            let at = next(bytes.len());
            bytes[at] = b",\n-9\xff#a "[next(8)];
        }
        bytes.truncate(next(bytes.len()) + 1);
        bench.file("t.csv", &bytes);
        let ran = bench.run("mesh --replay t.csv --json");
        let code = ran.output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{code:?}: {bytes:?}");
        ran.expect(code.unwrap());
    }
}
