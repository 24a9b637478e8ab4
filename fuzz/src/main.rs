//! All fuzz targets in one program: `SEAMOUNT_TARGET=NAME fuzz [libFuzzer's flags] [FOLDERS]`.
//!
//! A target takes any bytes and must come back: with a typed error, or with something that
//! behaves as the documents say. A panic, a hang, too much memory or a difference is a finding.
//! `SEAMOUNT_SEEDS=FOLDER` writes the corpus to begin with instead; `fuzz/run` calls both.
#![no_main]

mod arrays;
mod chips;
mod machine;
mod networks;
mod own_files;
mod recipe;
mod seal;
mod seeds;
mod studies;
mod texts;

use libfuzzer_sys::fuzz_target;
use std::env;
use std::process;
use std::sync::OnceLock;

/// What is done with the bytes.
type Target = fn(&[u8]);

/// Every target by its name: the differential ones first.
const TARGETS: [(&str, Target); 31] = [
    ("image", chips::image),
    ("snapshot", chips::snapshot),
    ("netlist", networks::netlist),
    ("lockstep", networks::lockstep),
    ("learning", networks::learning),
    ("placement", networks::placement),
    ("nir", networks::nir),
    ("netx", networks::netx),
    ("mesh", studies::mesh),
    ("asm", texts::asm),
    ("include", texts::include),
    ("program", texts::program),
    ("rule", texts::rule),
    ("profile", texts::profile),
    ("words", texts::words),
    ("h5", arrays::h5),
    ("npy", arrays::npy),
    ("npz", arrays::npz),
    ("events", arrays::events),
    ("noise", arrays::noise),
    ("currents", arrays::currents),
    ("dataset", arrays::dataset),
    ("resume", arrays::resume),
    ("trace", arrays::trace),
    ("idx", studies::idx),
    ("question", studies::question),
    ("system", studies::system),
    ("case", studies::case),
    ("cue", studies::cue),
    ("ecg", studies::ecg),
    ("qif", studies::qif),
];

/// Memory that readers may ask for: less than what libFuzzer is told to allow, so that a reader
/// that asks is refused, and one that does not ask is a finding.
const MEMORY_BYTES: u64 = 1 << 30;

static TARGET: OnceLock<Target> = OnceLock::new();

/// The target that the environment names.
fn chosen() -> Target {
    if let Some(folder) = env::var_os("SEAMOUNT_SEEDS") {
        seeds::write(folder.as_ref());
        process::exit(0);
    }
    seamount_network::memory::set_limit(MEMORY_BYTES);
    let wanted = env::var("SEAMOUNT_TARGET").unwrap_or_default();
    match TARGETS.iter().find(|(name, _)| *name == wanted) {
        Some((_, target)) => *target,
        None => {
            let names = TARGETS.map(|(name, _)| name);
            println!("{}", names.join("\n"));
            process::exit(if wanted.is_empty() { 0 } else { 2 });
        }
    }
}

fuzz_target!(init: { TARGET.get_or_init(chosen); }, |data: &[u8]| {
    TARGET.get_or_init(chosen)(data);
});
