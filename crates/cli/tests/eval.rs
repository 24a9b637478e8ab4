//! `seamount eval` as a user sees it: a report, rows, a run that is killed and goes on, mistakes.

mod bench;

use bench::{Bench, npy, npz};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SAMPLES: u64 = 24;
const STEPS: u64 = 10;

/// A folder with `net.json` of five sources and two outputs, and `set.npz` beside it.
fn bench(test: &str) -> Bench {
    let bench = Bench::new(test);
    let fires = |i: u64| u8::from(i.wrapping_mul(0x9e37_79b9) >> 3 & 3 == 0);
    let table = npy(&[SAMPLES, STEPS, 5], (0..SAMPLES * STEPS * 5).map(fires));
    let labels = npy(&[SAMPLES], (0..SAMPLES).map(|i| (i % 2) as u8));
    bench.file("set.npz", npz(&[("samples", table), ("labels", labels)]));
    bench
}

const EVAL: &str = "eval net.json --dataset set.npz --decode count --output out --threads 1";

#[test]
fn a_data_set_is_reported_as_text_json_and_rows() {
    let bench = bench("eval-report");
    let text = bench.ok(&format!("{EVAL} --rows rows.csv --fidelity pipeline"));
    for part in [
        "24 samples of set.npz",
        "accuracy ",
        "label \\ answer",
        "NeuroBench, means per sample",
        "SynapticOperations  Effective_ACs",
        "energy by davies2018",
        "latency by davies2018",
        "wrote rows.csv",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let rows = String::from_utf8(bench.read("rows.csv")).unwrap();
    assert_eq!(rows.lines().count(), 25);
    let json = bench
        .run(&format!("{EVAL} --json --start 3 --limit 5"))
        .expect(0)
        .json();
    assert_eq!(json["samples"]["count"], 5);
    assert_eq!(json["samples"]["steps"], 10);
    let confusion = json["accuracy"]["confusion"].as_array().unwrap();
    let all = confusion.iter().flat_map(|row| row.as_array().unwrap());
    assert_eq!(all.map(|n| n.as_u64().unwrap()).sum::<u64>(), 5);
    assert!(json["neurobench"]["SynapticOperations"]["Effective_ACs"].is_number());
    assert!(json["energy"][0]["each_fj"]["p95"].is_number());
    // totals of a run are not means per sample, and say so
    let run = bench.run("run net.json --steps 3 --json").expect(0).json();
    assert!(
        run["neurobench"]["scope"]
            .as_str()
            .unwrap()
            .starts_with("totals of the whole run")
    );
}

#[test]
fn a_killed_run_goes_on_to_the_same_bits() {
    let bench = bench("eval-killed");
    bench.ok(&format!("{EVAL} --steps 20000 --limit 12 --rows whole.csv"));
    let line = format!("{EVAL} --steps 20000 --limit 12 --resume done.jsonl");
    let mut child = Command::new(env!("CARGO_BIN_EXE_seamount"))
        .args(line.split_whitespace())
        .current_dir(&bench.folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let file = bench.folder.join("done.jsonl");
    let begun = Instant::now();
    let lines = || std::fs::read(&file).map_or(0, |b| b.iter().filter(|c| **c == b'\n').count());
    while lines() < 3 && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let done = lines() - 1;
    assert!(done >= 2, "{done} samples before the kill");
    // what a kill within a line leaves behind
    let mut bytes = bench.read("done.jsonl");
    bytes.extend(b"{\"sample\":9,\"ans");
    bench.file("done.jsonl", bytes);

    let line = line.replace("--threads 1", "--threads 2");
    let again = bench
        .run(&format!("{line} --rows again.csv --json"))
        .expect(0)
        .json();
    assert_eq!(again["wall"]["resumed"], done);
    assert_eq!(bench.read("again.csv"), bench.read("whole.csv"));
    bench
        .run(&format!("{line} --encode random:rate=0.5"))
        .expect(1)
        .says("done.jsonl: encode: is of encode 'direct', this run of 'random:rate=0.5,seed=1'");
}

#[test]
fn mistakes_have_their_exit_codes_and_leave_nothing_behind() {
    let bench = bench("eval-mistakes");
    let files = bench.files();
    let base = "eval net.json --dataset set.npz --decode count";
    bench
        .run(base)
        .expect(2)
        .says("option output: which population answers? there are: hidden, out");
    bench
        .run(&format!(
            "{base} --output out --start 24 --steps 0 --rows r.npz"
        ))
        .expect(2)
        .says("option start: sample 24 is outside 0..=23");
    bench
        .run(&format!("{base} --output out --labels gone"))
        .expect(1)
        .says("set.npz: gone: is missing; there are: labels, samples");
    bench
        .run(&format!("{base} --output out --rows set.npz"))
        .expect(2)
        .says("is both read and written");
    bench
        .run(&format!("{base} --output out --rows a.txt"))
        .expect(2)
        .says("ends in .csv or .npz");
    bench
        .run(&format!("{base} --encode rate:scale=0 --output out"))
        .expect(2)
        .says("scale=0");
    bench
        .run(&format!("{base} --output out --resume net.json"))
        .expect(2)
        .says("is both read and written");
    bench
        .run(&format!("{base} --output out --resume in.csv"))
        .expect(1)
        .says("in.csv: is there and holds no evaluation: it is left as it is");
    bench
        .run("eval net.json --dataset gone.npz --decode count")
        .expect(4)
        .says("gone.npz");
    assert_eq!(bench.files(), files);
}
