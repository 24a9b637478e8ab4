//! Standard output, standard error and the progress bar. A closed pipe is no error.

use crate::failure::{Failure, Kind};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Gives `write` the standard output. A reader that went away ends the writing, not the program.
pub fn print_with(
    write: impl FnOnce(&mut BufWriter<StdoutLock>) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let result = write(&mut out).and_then(|()| out.flush());
    // What is left in the buffer must not be written (and fail) once more.
    let _ = out.into_parts();
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            Kind::Io,
            "standard output",
            [format!("cannot be written: {error}")],
        )),
        _ => Ok(()),
    }
}

/// Prints a finished text.
pub fn print(text: &str) -> Result<(), Failure> {
    print_with(|out| out.write_all(text.as_bytes()))
}

/// Whether a JSON document stands on standard output.
static DOCUMENT: AtomicBool = AtomicBool::new(false);

/// Prints a value as indented JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    print_with(|out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        out.write_all(b"\n")
    })?;
    DOCUMENT.store(true, Ordering::Relaxed);
    Ok(())
}

/// Prints a JSON document that is a text already, with its last line break.
pub fn print_document(text: &str) -> Result<(), Failure> {
    print(text)?;
    DOCUMENT.store(true, Ordering::Relaxed);
    Ok(())
}

/// Whether a JSON document has been printed: standard output takes no second one.
pub fn has_document() -> bool {
    DOCUMENT.load(Ordering::Relaxed)
}

/// Says something on standard error.
pub fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Where progress is drawn: standard error, and only on a terminal.
fn drawn() -> ProgressDrawTarget {
    match io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    }
}

/// A sign of life while something runs whose end is not known, on a terminal.
pub struct Waiting(ProgressBar);

impl Waiting {
    /// Time between two pictures of the sign.
    const TICK: Duration = Duration::from_millis(200);

    /// A sign that says what is being done.
    pub fn new(what: &'static str) -> Waiting {
        let bar = ProgressBar::with_draw_target(None, drawn());
        if let Ok(style) = ProgressStyle::with_template("{elapsed} {spinner} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Waiting::TICK);
        Waiting(bar)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A progress bar on standard error, only on a terminal.
pub struct Gauge(ProgressBar);

impl Gauge {
    /// A bar that counts `what`.
    pub fn new(what: &str) -> Gauge {
        let bar = ProgressBar::with_draw_target(Some(0), drawn());
        let template = format!(
            "{{elapsed}} [{{bar:40}}] {{human_pos}} of {{human_len}} {what}, {{eta}} to go"
        );
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("#>."));
        }
        Gauge(bar)
    }

    /// Takes the bar away, before something else is said.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }

    /// `done` of `total`.
    pub fn set(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
