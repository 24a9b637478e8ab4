//! Work that is killed at random times goes on to the same bits: runs, evaluations, trainings.
#![cfg(unix)]

mod bench;

use bench::{Bench, NET, npy, npz};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

/// KillTimes at which commands are killed; other ones in every run of the tests.
struct KillTimes(u64);

impl KillTimes {
    fn new(test: &str) -> KillTimes {
        let now = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
        let seed = now.as_nanos() as u64;
        println!("{test}: times drawn from {seed}");
        KillTimes(seed | 1)
    }

    /// A time around so many milliseconds, from a tenth of it to twice as much.
    fn around(&mut self, mean: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(mean / 10 + self.0 % (mean * 19 / 10))
    }
}

fn start(bench: &Bench, line: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_seamount"))
        .args(line.split_whitespace())
        .current_dir(&bench.folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program")
}

/// Starts a command again and again with `--resume` and kills it, until it comes to its end; gives
/// the number of kills. Each start has more time than the one before, so that it does come to one.
fn killed_to_the_end(bench: &Bench, line: &str, first: u64) -> u32 {
    let mut times = KillTimes::new(line);
    for kills in 0..60 {
        let mut child = start(bench, &format!("{line} --resume"));
        sleep(times.around(first + first * u64::from(kills) / 4));
        match child.try_wait().expect("a child") {
            Some(status) => {
                let output = child.wait_with_output().expect("an end");
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(status.success(), "{line}: {said}");
                return kills;
            }
            None => {
                // SIGKILL
                child.kill().expect("it runs");
                child.wait().expect("an end");
            }
        }
    }
    panic!("{line}: killed 60 times without an end");
}

#[test]
fn a_run_killed_at_random_times_has_the_same_recordings_counts_and_state() {
    let bench = Bench::new("resume_run");
    bench.file("net.json", NET);
    let steps = 120_000;
    let flags = format!(
        "run net.json --json --steps {steps} --input in.csv --probe hidden.spike \
         --probe hidden.voltage:1..120000:1000"
    );
    let outputs = |name: &str| {
        format!("--out {name}.npz --per-step {name}.csv --save-state {name}.state --svg {name}")
    };
    bench.ok(&format!("{flags} {}", outputs("whole")));
    let line = format!("{flags} {} --checkpoint kept --every 3001", outputs("cut"));
    let kills = killed_to_the_end(&bench, &line, 400);
    println!("{kills} kills");
    assert!(kills > 0, "the run was over before the first kill");
    for form in ["npz", "csv", "state"] {
        let same = bench.read(&format!("whole.{form}")) == bench.read(&format!("cut.{form}"));
        assert!(same, "{form}");
    }
    let picture = |name: &str| bench.read(&format!("{name}/steps-spikes.svg"));
    assert_eq!(picture("whole"), picture("cut"));
    // a finished run can be asked for once more, and gives its report
    let report = |line: &str| bench.run(line).expect(0).json();
    let whole = report(&flags);
    let again = report(&format!("{flags} --checkpoint kept2 --every 50000"));
    assert_eq!(whole["totals"], again["totals"]);
    let resumed = report(&format!("{flags} --checkpoint kept2 --resume"));
    for part in ["totals", "energy", "neurobench", "cores", "probes"] {
        assert_eq!(whole[part], resumed[part], "{part}");
    }
}

#[test]
fn a_checkpoint_of_something_else_is_refused_with_what_differs() {
    let bench = Bench::new("resume_other");
    let line = "run net.json --steps 50 --checkpoint kept --every 10";
    bench.ok(&format!("{line} --input in.csv"));
    bench
        .run(&format!("{line} --input in.csv"))
        .expect(2)
        .says("--checkpoint: kept is there already: add --resume to go on from it, or remove it");
    bench
        .run(&format!("{line} --resume"))
        .expect(1)
        .says("kept: inputs: is of inputs 'in.csv");
    bench.file("other.json", NET.replace("\"seed\":7", "\"seed\":8"));
    bench
        .run("run other.json --steps 50 --input in.csv --checkpoint kept --resume")
        .expect(1)
        .says("kept: image: is of image '");
    bench
        .run("run net.json --steps 20 --input in.csv --checkpoint kept --resume")
        .expect(2)
        .says("the checkpoint is of 50 steps, and 20 are asked for");
    bench
        .run(&format!("{line} --resume --fidelity pipeline"))
        .expect(2)
        .says("--fidelity count only");
    let kept = bench.read("kept");
    bench.file("kept", &kept[..kept.len() - 9]);
    bench
        .run(&format!("{line} --input in.csv --resume"))
        .expect(1)
        .says("kept: header says ");
    bench.run("run net.json --steps 5 --resume").expect(2);
    bench.run("run net.json --steps 5 --every 5").expect(2);
    bench
        .run("lab eprop-evidence --samples 2 --test-every 2 --tests 1 --checkpoint net.json --resume")
        .expect(1)
        .says("net.json: wrong first bytes");
    bench
        .run("run net.json --steps 5 --checkpoint net.json --resume")
        .expect(2)
        .says("net.json: is both read and written");
}

/// Report of a command as JSON, without what depends on the clock.
fn report(bench: &Bench, line: &str) -> Value {
    let mut report = bench.run(&format!("{line} --json")).expect(0).json();
    forget_clocks(&mut report);
    report
}

fn forget_clocks(value: &mut Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| !name.contains("second") && !name.contains("wall"));
        fields.values_mut().for_each(forget_clocks);
    }
    if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(forget_clocks);
    }
}

#[test]
fn trainings_killed_at_random_times_learn_the_same() {
    let bench = Bench::new("resume_training");
    let trainings = [
        "lab eprop-evidence --samples 6 --test-every 4 --tests 1 --halve-every 3",
        "lab eprop-evidence --float --samples 24 --test-every 12 --tests 2 --batch 4",
        "lab eprop-pattern --sequences 16",
        "lab eprop-pattern --sequences 2 --controls --seeds 1",
    ];
    for (at, training) in trainings.iter().enumerate() {
        let line = format!("{training} --checkpoint kept{at} --every 1");
        let kills = killed_to_the_end(&bench, &line, 700);
        println!("{training}: {kills} kills");
        let kept = bench.read(&format!("kept{at}"));
        assert!(!kept.is_empty());
        let resumed = report(&bench, &format!("{line} --resume"));
        assert_eq!(report(&bench, training), resumed, "{training}");
    }
}

#[test]
fn an_evaluation_goes_on_by_the_same_flags() {
    let bench = Bench::new("resume_eval");
    let samples: Vec<u8> = (0..300 * 20 * 5)
        .map(|i| u8::from(i % 3 == 0 || i % 7 == 1))
        .collect();
    let labels: Vec<u8> = (0..300).map(|i| (i % 2) as u8).collect();
    let set = npz(&[
        ("samples", npy(&[300, 20, 5], samples)),
        ("labels", npy(&[300], labels)),
    ]);
    bench.file("set.npz", set);
    let line = "eval net.json --dataset set.npz --decode count --output out --steps 2000";
    bench.ok(&format!("{line} --rows whole.csv"));
    let kept = format!("{line} --rows cut.csv --checkpoint kept.jsonl");
    let kills = killed_to_the_end(&bench, &kept, 150);
    println!("{kills} kills");
    assert_eq!(bench.read("whole.csv"), bench.read("cut.csv"));
    bench
        .run(&kept)
        .expect(2)
        .says("--checkpoint: kept.jsonl is there already: add --resume");
    bench
        .run(&format!("{line} --resume"))
        .expect(2)
        .says("--resume: from which file? add --checkpoint FILE.jsonl");
    // the older form, one flag for both
    bench.ok(&format!("{line} --rows old.csv --resume kept.jsonl"));
    assert_eq!(bench.read("whole.csv"), bench.read("old.csv"));
}

/// Sends a signal and gives back the exit code and what was said.
fn stopped(bench: &Bench, after: u64, line: &str) -> (Option<i32>, String) {
    let child = start(bench, line);
    sleep(Duration::from_millis(after));
    let kill = ["-s", "INT", &child.id().to_string()].map(String::from);
    let sent = Command::new("kill").args(kill).status().expect("kill");
    assert!(sent.success(), "{line}: was over before");
    let output = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn a_signal_finishes_the_sample_and_says_how_to_go_on() {
    let bench = Bench::new("resume_signal");
    let training =
        "lab eprop-evidence --samples 100000 --test-every 100000 --tests 1 --halve-every 0";
    let (code, said) = stopped(&bench, 3000, &format!("{training} --checkpoint kept"));
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("of 100000; what is finished is in kept"),
        "{said}"
    );
    assert!(said.contains("the same command with --resume"), "{said}");
    let (code, said) = stopped(
        &bench,
        3000,
        &format!("{training} --checkpoint kept --resume"),
    );
    assert_eq!(code, Some(130), "{said}");

    let (code, said) = stopped(&bench, 500, training);
    assert_eq!(code, None, "ended by the signal: {said}");
    assert!(said.contains("with --checkpoint FILE"), "{said}");

    let table = npy(&[1000, 2, 5], vec![0u8; 10_000]);
    bench.file("set.npz", npz(&[("samples", table)]));
    let line = "eval net.json --dataset set.npz --decode count --output out --steps 1000000";
    let (code, said) = stopped(&bench, 1500, &format!("{line} --checkpoint kept.jsonl"));
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("of 1000 samples; what is finished is in kept.jsonl"),
        "{said}"
    );
    let (code, said) = stopped(&bench, 1500, line);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("with --checkpoint FILE.jsonl"), "{said}");
}
