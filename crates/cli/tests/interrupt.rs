//! A run that is stopped by a signal keeps what it did, and can go on to the same bits.
#![cfg(unix)]

mod bench;

use bench::{Bench, NET};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// More steps than a run does while somebody reaches for the keys.
const STEPS: u64 = 1 << 40;

/// Starts a run, sends it a signal, and gives back its exit code and what it said.
fn stopped(bench: &Bench, signal: &str, line: &str) -> (Option<i32>, String) {
    let child = Command::new(env!("CARGO_BIN_EXE_seamount"))
        .args(line.split_whitespace())
        .current_dir(&bench.folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    sleep(Duration::from_millis(1500));
    let kill = ["-s", signal, &child.id().to_string()].map(String::from);
    assert!(
        Command::new("kill")
            .args(kill)
            .status()
            .expect("kill")
            .success()
    );
    let output = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

/// The number behind a word.
fn number_behind(text: &str, word: &str) -> u64 {
    let rest = text.split(word).nth(1).unwrap_or_default();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits
        .parse()
        .unwrap_or_else(|e| panic!("{word}: {e}: {text}"))
}

#[test]
fn what_was_done_is_written_and_the_run_goes_on_to_the_same_bits() {
    for signal in ["INT", "TERM"] {
        let bench = Bench::new(&format!("interrupt_{signal}"));
        // the probe of the network itself would record more steps than are kept
        let own = r#""probes":[{"name":"out spikes","target":"out","register":"spike"}]"#;
        assert!(NET.contains(own));
        bench.file("net.json", NET.replace(own, r#""probes":[]"#));
        let probes = "--input in.csv --probe out.spike:1..2000 --probe hidden.voltage:1..2000";
        let line =
            format!("run net.json --steps {STEPS} {probes} --out a.csv --save-state a.state");
        let (code, said) = stopped(&bench, signal, &line);
        assert_eq!(code, Some(130), "{said}");
        let last = number_behind(&said, "after step ");
        assert!(last >= 2000, "the machine did nothing in a second: {said}");
        assert_eq!(number_behind(&said, "--steps "), STEPS - last, "{said}");

        bench.ok(&format!(
            "run net.json --steps 2000 {probes} --out whole.csv"
        ));
        assert_eq!(bench.read("a.csv"), bench.read("whole.csv"));
        // the states after ten more steps are those of runs that nobody stopped
        bench.ok(&format!(
            "run net.json --steps {} --input in.csv --save-state b.state",
            last + 10
        ));
        bench
            .ok("run net.json --steps 10 --input in.csv --load-state a.state --save-state c.state");
        assert_eq!(
            bench.read("b.state"),
            bench.read("c.state"),
            "after step {last}"
        );
    }
}

#[test]
fn a_run_without_a_state_says_how_to_keep_one() {
    let bench = Bench::new("interrupt_plain");
    let (code, said) = stopped(&bench, "INT", &format!("run net.json --steps {STEPS}"));
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("--save-state FILE"), "{said}");
}
