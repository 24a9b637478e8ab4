//! Signals that end the command: temporary files are removed first.
//!
//! The outputs that were there before stay as they are. A set of outputs that is decided already
//! is not touched here; the next command finishes it.
//!
//! A command that can stop at the end of a step has [`Patience`] while it runs: the first signal
//! then asks it to come to an end and to write what it has, and only a second one ends it.

use crate::screen;
use seamount_session::files;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether a command is there that stops when it is asked.
static PATIENT: AtomicBool = AtomicBool::new(false);
/// Whether it was asked.
static ASKED: AtomicBool = AtomicBool::new(false);

/// What is said before a signal ends the command.
static LAST_WORDS: Mutex<&str> = Mutex::new("");

/// From now on this is said before a signal ends the command: how it could have gone on.
pub(crate) fn last_words(words: &'static str) {
    *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

/// Whether a signal asked a command with [`Patience`] to come to an end.
pub(crate) fn is_asked() -> bool {
    PATIENT.load(Ordering::Relaxed) && ASKED.load(Ordering::Relaxed)
}

/// While it lives, the first signal only asks the command to come to an end.
pub struct Patience(());

impl Patience {
    /// From now on the first signal asks.
    pub fn new() -> Patience {
        ASKED.store(false, Ordering::Relaxed);
        PATIENT.store(true, Ordering::Relaxed);
        Patience(())
    }

    /// Whether a signal came.
    pub fn is_asked(&self) -> bool {
        ASKED.load(Ordering::Relaxed)
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        PATIENT.store(false, Ordering::Relaxed);
    }
}

/// Watches for the signals in a thread of its own.
pub fn watch() -> io::Result<()> {
    // A file beyond the limit of the shell is an error of the write then, and not a death.
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let ignored = ignored();
    let heard = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|signal| ignored & (1 << (signal - 1)) == 0);
    let mut signals = Signals::new(heard)?;
    std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            let first = !ASKED.swap(true, Ordering::Relaxed);
            if first && PATIENT.load(Ordering::Relaxed) {
                continue;
            }
            files::abandon();
            screen::say(*LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner));
            // Ends the process as the signal would have, so that a shell sees why.
            let _ = low_level::emulate_default_handler(signal);
        }
    })?;
    Ok(())
}

/// Signals that whoever started this process chose to ignore, a bit each from signal 1 on: `nohup`
/// does so, and it must stay so. None where the system does not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
