//! Files with random damage: every one is read or refused with findings, within bounded time and
//! memory, without a panic; a graph that is read is quantised, compiled and stepped, or refused.
//! `SEAMOUNT_CASES` sets the mutations of each file, `SEAMOUNT_SEED` the seed.

use seamount_compile::{CompileOptions, compile};
use seamount_network::graph::{Graph, GraphData};
use seamount_network::netlist::Netx;
use seamount_quantise::{QuantiseOptions, quantise};
use seamount_reference::neurons::{FloatNetwork, FloatOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Damage of one kind: bytes, a cut, a swollen number, a copied stretch.
fn damaged(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    // Structure is near the front of most files, and between arrays.
    let place = |random: &mut Random, length: usize| {
        let near = random.below(2) == 0;
        random.below(if near { length.min(4096) } else { length })
    };
    match random.below(5) {
        0 => (0..=random.below(8)).for_each(|_| {
            let at = place(random, bytes.len());
            out[at] = random.next() as u8;
        }),
        1 => out.truncate(random.below(bytes.len())),
        2 => {
            let at = place(random, bytes.len());
            let value = [0, u64::MAX, 1 << 40, 1 << 31, 1 << 20][random.below(5)].to_le_bytes();
            let end = (at + 8).min(out.len());
            out[at..end].copy_from_slice(&value[..end - at]);
        }
        3 => (0..=random.below(3)).for_each(|_| {
            let at = place(random, bytes.len());
            out[at] ^= 1 << random.below(8);
        }),
        _ => {
            let from = place(random, bytes.len());
            let to = place(random, bytes.len());
            let length = random.below(64).min(bytes.len() - from.max(to));
            out.copy_within(from..from + length, to);
        }
    }
    out
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| ["nir", "net", "nird"].iter().any(|name| extension == *name))
        {
            found.push(path);
        }
    }
}

fn read(path: &Path, bytes: Vec<u8>, use_it: bool) -> bool {
    let result = match path.extension().and_then(|extension| extension.to_str()) {
        Some("net") => Netx::read_bytes("mutated", bytes).map(drop),
        Some("nird") => GraphData::read_bytes(bytes).map(drop),
        _ if use_it => Graph::read_bytes(bytes).map(|graph| used(&graph)),
        _ => Graph::read_bytes(bytes).map(drop),
    };
    result
        .map_err(|found| assert!(!found.findings.is_empty() && !found.to_string().is_empty()))
        .is_ok()
}

/// What a user does with a graph that was read: a result or findings.
fn used(graph: &Graph) {
    let quantised = quantise(graph, &QuantiseOptions::default());
    match quantised {
        Err(error) => assert!(!error.0.is_empty()),
        Ok(quantised)
            if quantised
                .netlist
                .populations
                .iter()
                .map(|p| p.size)
                .sum::<u32>()
                < COMPILED_NEURONS_MAX =>
        {
            let options = CompileOptions::default().refinement_steps(0);
            let _ = compile(&quantised.netlist, &options);
        }
        Ok(_) => {}
    }
    if let Ok(mut net) = FloatNetwork::new(graph, &FloatOptions::default()) {
        net.step(&vec![1.0; net.input_size()]);
    }
}

/// One graph in so many is quantised and stepped as well, for the time of the test.
const USED: u64 = 10;
/// Larger networks are not compiled, for the time of the test.
const COMPILED_NEURONS_MAX: u32 = 1000;

/// Most memory that this process has held, KiB, where the system says.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Most memory of the whole test: the largest file needs a few dozen MiB.
const PEAK_KIB_MAX: u64 = 512 << 10;
/// Longest time that one file may take.
const TIME_MAX: Duration = Duration::from_secs(10);
/// Larger files get fewer mutations, for the time of the test.
const LARGE_BYTES: usize = 200_000;

#[test]
fn damaged_files_are_read_or_refused() {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("SEAMOUNT_DATA").map_or(default, PathBuf::from);
    let mut list = vec![];
    ["nir", "lava-netx", "slayer-net"]
        .iter()
        .for_each(|name| files(&data.join(name), &mut list));
    if list.is_empty() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{} is absent",
            data.display()
        );
        let _ = writeln!(
            std::io::stderr(),
            "skipped: damaged_files_are_read_or_refused: shared files: {} is absent",
            data.display()
        );
    }
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/network/tests/nir"),
        &mut list,
    );
    list.sort();
    let of = |ending: &str| {
        list.iter()
            .filter(|path| path.extension().is_some_and(|e| e == ending))
            .count()
    };
    println!(
        "{} .nir, {} .net, {} .nird files",
        of("nir"),
        of("net"),
        of("nird")
    );
    let cases = number("SEAMOUNT_CASES", 200);
    let seed = number("SEAMOUNT_SEED", 3);
    println!(
        "SEAMOUNT_CASES={cases} SEAMOUNT_SEED={seed}, {} files",
        list.len()
    );
    let mut random = Random(seed.max(1));
    let mut accepted = 0u64;
    let mut refused = 0u64;
    let mut slowest = (Duration::ZERO, PathBuf::new());
    for path in &list {
        let bytes = std::fs::read(path).expect("a file just listed");
        let made = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("bad_"));
        let share = if made || bytes.len() > LARGE_BYTES {
            4
        } else {
            1
        };
        for case in 0..(cases / share).max(1) {
            let start = Instant::now();
            let fine = read(path, damaged(&bytes, &mut random), case % USED == 0);
            let time = start.elapsed();
            assert!(
                time < TIME_MAX,
                "{}, case {case}: took {time:?}",
                path.display()
            );
            assert!(
                peak_kib() < PEAK_KIB_MAX,
                "{}, case {case}: {} KiB held",
                path.display(),
                peak_kib()
            );
            if time > slowest.0 {
                slowest = (time, path.clone());
            }
            *if fine { &mut accepted } else { &mut refused } += 1;
        }
    }
    println!(
        "{accepted} read, {refused} refused, the slowest took {:?} ({})",
        slowest.0,
        slowest.1.display()
    );
    println!("most memory held: {} KiB", peak_kib());
}
