//! Files made to hurt: each command on them ends soon, in bounded memory, with a typed error.
//!
//! The limits are set by the shell for the child process, so that a file which hangs or takes all
//! memory fails its test instead of the machine. They are far above what an honest answer takes.
#![cfg(unix)]

mod bench;

use bench::Bench;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Limits of the child: address space in MiB, and seconds of processor time.
struct Within {
    mebibytes: u64,
    seconds: u64,
}

/// What any small file may take.
const SMALL: Within = Within {
    mebibytes: 1024,
    seconds: 20,
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/hostile")
        .join(name)
}

/// Runs the command on copies of fixtures in a folder of its own.
fn run(bench: &Bench, within: &Within, line: &str) -> Output {
    let Within { mebibytes, seconds } = within;
    let kibibytes = mebibytes * 1024;
    let limits = format!("ulimit -v {kibibytes}; ulimit -t {seconds}; exec \"$0\" {line}");
    Command::new("sh")
        .args(["-c", &limits, env!("CARGO_BIN_EXE_seamount")])
        .current_dir(&bench.folder)
        .output()
        .unwrap()
}

/// The child ended with one of these exit codes, without a panic, and says this.
#[track_caller]
fn answers(output: &Output, codes: &[i32], says: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(
        code.is_some_and(|code| codes.contains(&code)),
        "{:?}: {stderr}",
        output.status
    );
    assert!(stderr.contains(says), "wanted '{says}' in: {stderr}");
}

fn bench(test: &str, fixtures: &[&str]) -> Bench {
    let bench = Bench::new(test);
    for name in fixtures {
        std::fs::copy(fixture(name), bench.folder.join(name)).unwrap();
    }
    bench
}

#[test]
fn headers_of_arrays_do_not_hang() {
    for (file, says) in [
        ("npy-braces-hang.npy", "a text in quotation marks is wanted"),
        ("npy-hang-found-by-fuzzing.npy", "npy-hang-found-by-fuzzing"),
        (
            "npy-hex-overflow-panics-with-checks.npy",
            "of the dictionary",
        ),
    ] {
        let bench = bench("npy", &["small.json", file]);
        let line = format!("run small.json --steps 1 --input {file}");
        answers(&run(&bench, &SMALL, &line), &[1], says);
    }
}

#[test]
fn includes_of_includes_end_and_stay_in_their_folder() {
    let bench = Bench::new("includes");
    for entry in std::fs::read_dir(fixture("asm-includes")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, bench.folder.join(path.file_name().unwrap())).unwrap();
    }
    let output = run(&bench, &SMALL, "asm main.asm");
    answers(&output, &[1], "more than 8 files deep");
    bench.file("out.asm", ".program x\n.include \"/etc/passwd\"\n SPIKE\n");
    let output = run(&bench, &SMALL, "asm out.asm");
    answers(&output, &[1], "without '..'");
    std::fs::create_dir(bench.folder.join("inner")).unwrap();
    bench.file("secret.asm", "a line that nobody may see\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.asm", bench.folder.join("inner/link.asm")).unwrap();
    bench.file(
        "inner/in.asm",
        ".program x\n.include \"link.asm\"\n SPIKE\n",
    );
    let output = run(&bench, &SMALL, "asm inner/in.asm");
    answers(&output, &[1], "leaves the folder");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("nobody may see"));
}

#[test]
fn snapshots_that_no_run_can_reach_are_refused_with_the_reason() {
    for (image, state, input, says) in [
        (
            "simd-diverge-hold.img",
            "simd-diverge-hold.state",
            "--input simd-diverge.csv",
            "held longer than its refractory steps",
        ),
        (
            "simd-diverge.img",
            "simd-diverge.state",
            "--input simd-diverge.csv",
            "a flag of a compartment whose flag nobody reads",
        ),
        (
            "simd-diverge-hold.img",
            "frozen.state",
            "",
            "said to be at rest, and is not",
        ),
    ] {
        let bench = bench("states", &[image, state, "simd-diverge.csv"]);
        let line = format!("run {image} --steps 10 --load-state {state} {input}");
        answers(&run(&bench, &SMALL, &line), &[1], says);
    }
}

/// The state that the frozen one was made from is accepted, and spikes.
#[test]
fn the_honest_original_of_a_refused_snapshot_runs() {
    let bench = bench(
        "original",
        &["simd-diverge-hold.img", "frozen-original.state"],
    );
    let line = "run simd-diverge-hold.img --steps 10 --load-state frozen-original.state --json";
    let output = run(&bench, &SMALL, line);
    answers(&output, &[0], "");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["cores"][0]["counts"]["spikes"], 31, "{report}");
}

/// Small files that stand for much memory: an error that says how much, or an answer; never an end
/// by the operating system.
#[test]
fn memory_is_asked_for_before_it_is_taken() {
    let within = Within {
        mebibytes: 2048,
        seconds: 60,
    };
    for (file, line, codes) in [
        (
            "npz-bomb-abort.npz",
            "run small.json --steps 1 --max-memory 1G --input npz-bomb-abort.npz",
            &[3][..],
        ),
        (
            "generated-abort.json",
            "compile generated-abort.json -o a.img --board loihi2 --max-memory 1G",
            &[3],
        ),
        (
            "all-to-all-slow.json",
            "compile all-to-all-slow.json -o a.img --max-memory 1G --board pohoiki-springs",
            &[3],
        ),
        (
            "nir-scalar-abort.nir",
            "compile nir-scalar-abort.nir -o a.img --max-memory 1G",
            &[3],
        ),
        (
            "h5-fill-582MiB.nir",
            "compile h5-fill-582MiB.nir -o a.img --max-memory 512M",
            &[1, 3],
        ),
        (
            "h5-gzip-582MiB.nir",
            "compile h5-gzip-582MiB.nir -o a.img --max-memory 512M",
            &[1, 3],
        ),
        (
            "netx-24KB-221MiB.net",
            "compile netx-24KB-221MiB.net -o a.img --max-memory 512M",
            &[1, 3],
        ),
        (
            "image-too-big.json",
            "compile image-too-big.json -o a.img --max-memory 512M --board pohoiki-springs",
            &[3],
        ),
        (
            "small.json",
            "run small.json --steps 100000000 --max-memory 256M --out x.npz",
            &[3],
        ),
        (
            "state-too-big.json",
            "run state-too-big.json --steps 1 --max-memory 512M --board pohoiki-springs",
            &[3],
        ),
    ] {
        let bench = bench("memory", &["small.json", file]);
        let output = run(&bench, &within, line);
        answers(&output, codes, file);
    }
}

/// 50,000 populations with a projection each; a search by name in each would be quadratic.
#[test]
fn many_names_take_time_in_proportion() {
    let bench = Bench::new("names");
    let count = 50_000;
    let populations: Vec<String> = (0..count)
        .map(|i| {
            format!(
                r#"{{"name":"p{i}","size":1,"compartments":[{{"name":"s","threshold_mantissa":9}}]}}"#
            )
        })
        .collect();
    let projections: Vec<String> = (0..count)
        .map(|i| {
            format!(
                r#"{{"name":"q{i}","source":"a","target":"p{i}","connectivity":{{"kind":"one_to_one","weights":1}}}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"format":"seamount-netlist","version":1,"name":"n","inputs":[{{"name":"a","size":1}}],
        "populations":[{}],"projections":[{}]}}"#,
        populations.join(","),
        projections.join(",")
    );
    bench.file("names.json", &text);
    let output = run(&bench, &SMALL, "compile names.json -o names.img");
    answers(&output, &[0, 3], "");
    let unknown = text.replace("\"target\":\"p", "\"target\":\"r");
    bench.file("unknown.json", unknown);
    let output = run(&bench, &SMALL, "compile unknown.json -o names.img");
    answers(&output, &[1], "'r49999' names nothing here");
}

/// A list of findings that is full grows no more: what is looked at only if nothing was wrong
/// before must not go by its length.
#[test]
fn an_image_with_more_mistakes_than_are_listed_is_refused() {
    let bench = bench("full-list", &["image-full-list.img"]);
    let output = run(&bench, &SMALL, "inspect image-full-list.img");
    answers(&output, &[1], "core 0");
    let listed = String::from_utf8_lossy(&output.stderr).lines().count();
    assert!(listed >= 100, "{listed} lines");
}

/// D12: what could be read in two ways, or is said twice, or would be rounded.
#[test]
fn numbers_columns_and_positions_are_said_once_and_exactly() {
    let bench = bench("exact", &["small.json"]);
    bench.file("twice.csv", "step,neuron,step\n0,1,2\n");
    let output = run(&bench, &SMALL, "run small.json --steps 1 --input twice.csv");
    answers(&output, &[1], "the column 'step' is there twice");
    bench.file("placement.json", "[placement");
    let output = run(
        &bench,
        &SMALL,
        "compile small.json -o x.img --placement placement.json",
    );
    answers(&output, &[1], "line 1, column 2: expected value");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches("column 2").count(), 1, "{said}");
}
