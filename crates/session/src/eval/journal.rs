//! The file by which an evaluation goes on: a line of JSON for each finished sample.
//!
//! A run of hours is stopped or killed, and what is done must not be done again. The first line
//! says what was run, by fingerprints; a file of anything else is refused and not touched. Samples
//! are whole lines that are only ever added, so a kill leaves at most one broken line, the last,
//! which is cut off. What is read back is what was computed: numbers are integers, and means come
//! into being in the report only, so that a run that was killed ends with the same bits.
//!
//! What this module does *not* know: how a sample is run.

use super::plan::EvalPlan;
use super::report::SampleRow;
use crate::failure::{Failure, FailureKind};
use seamount_diagnose::{Fault, Finding};
use seamount_spec::EventCounts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What the first line says a file is.
const FORMAT: &str = "seamount-eval";
/// Version of the form of the lines.
const VERSION: u32 = 1;
/// Most bytes of a file that are read.
const BYTES_MAX: u64 = 1 << 30;

/// The first line: what was run. Threads, vectors and the choice of samples are not in it, for
/// they change no sample.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct JournalHead {
    format: String,
    version: u32,
    /// What every sample depends on, by name.
    run: BTreeMap<String, String>,
}

/// A finished sample.
#[derive(Debug, Serialize, Deserialize)]
struct JournalLine {
    sample: u64,
    answer: Option<u32>,
    tied: bool,
    scores: Vec<i64>,
    counts: EventCounts,
    multiplications: Option<u64>,
    #[serde(default)]
    idle: u64,
    duration_ps: Vec<u64>,
}

/// The open file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl JournalHead {
    fn of(plan: &EvalPlan<'_>) -> JournalHead {
        let options = plan.options;
        let program = plan.machine.program();
        let profiles = serde_json::to_string(&options.profiles).unwrap_or_default();
        let clocks = match plan.clocks.durations_ps().len() {
            0 => "none".to_string(),
            _ => format!("{:?} {:016x}", options.fidelity, hash(profiles.as_bytes())),
        };
        let run = [
            ("seamount", env!("CARGO_PKG_VERSION").to_string()),
            ("image", format!("{:016x}", program.fingerprint)),
            ("board", plan.image.spec().name.clone()),
            ("samples", format!("{:016x}", plan.data.fingerprint())),
            ("steps", plan.steps.to_string()),
            ("encode", options.encoder.to_string()),
            ("decode", options.decoder.name().to_string()),
            ("output", plan.probe.clone()),
            ("time", clocks),
        ];
        JournalHead {
            format: FORMAT.into(),
            version: VERSION,
            run: run.into_iter().map(|(k, v)| (k.to_string(), v)).collect(),
        }
    }

    /// What differs between the run of a file and one that is wanted.
    fn differences(&self, wanted: &JournalHead) -> Vec<Finding> {
        let mut found = vec![];
        for (name, now) in &wanted.run {
            let then = self.run.get(name).map_or("nothing", String::as_str);
            if then != now {
                let problem = format!("is of {name} '{then}', this run of '{now}'");
                found.push(Finding::new(name.as_str(), Fault::Rule, problem).value(then));
            }
        }
        found
    }
}

impl Journal {
    /// Opens or creates the file and gives the samples that are finished in it.
    ///
    /// # Errors
    /// A file of another run, with everything that differs; one that is no such file; one that
    /// another process is writing; one that cannot be read or written.
    pub fn open(
        path: &Path,
        plan: &EvalPlan<'_>,
    ) -> Result<(Journal, BTreeMap<u64, SampleRow>), Failure> {
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false);
        let mut file = file.open(path).map_err(|e| Failure::read(path, &e))?;
        let plain = file.metadata().is_ok_and(|meta| meta.is_file());
        if !plain {
            return Err(Failure::input(path, "is no file that can be gone on with"));
        }
        if file.try_lock().is_err() {
            return Err(Failure::input(path, "is being written by another run"));
        }
        let mut text = vec![];
        let reader = std::io::Read::by_ref(&mut file).take(BYTES_MAX + 1);
        let mut reader = reader;
        reader
            .read_to_end(&mut text)
            .map_err(|e| Failure::read(path, &e))?;
        if text.len() as u64 > BYTES_MAX {
            let problem = format!("larger than the {BYTES_MAX} bytes that are read");
            return Err(Failure::input(path, problem));
        }
        let head = JournalHead::of(plan);
        let mut journal = Journal {
            path: path.into(),
            file,
        };
        if text.is_empty() {
            journal.line(&head)?;
            return Ok((journal, BTreeMap::new()));
        }
        let (done, length) = read(path, &text, &head, plan)?;
        let file = &mut journal.file;
        file.set_len(length)
            .and_then(|()| file.seek(SeekFrom::Start(length)))
            .map_err(|e| Failure::write(path, &e))?;
        Ok((journal, done))
    }

    /// Adds a finished sample; it is in the hands of the system when this returns.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add(&mut self, row: &SampleRow) -> Result<(), Failure> {
        self.line(&JournalLine {
            sample: row.sample,
            answer: row.answer,
            tied: row.tied,
            scores: row.scores.clone(),
            counts: row.counts,
            multiplications: row.multiplications,
            idle: row.idle,
            duration_ps: row.duration_ps.clone(),
        })
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(value).unwrap_or_default();
        line.push(b'\n');
        // one call, so that a kill cuts the line off and never mixes two
        let written = self.file.write_all(&line);
        written.map_err(|e| Failure::write(&self.path, &e))
    }
}

/// The finished samples of a file, and how many of its bytes are whole lines.
fn read(
    path: &Path,
    text: &[u8],
    wanted: &JournalHead,
    plan: &EvalPlan<'_>,
) -> Result<(BTreeMap<u64, SampleRow>, u64), Failure> {
    let foreign = || {
        let problem = "is there and holds no evaluation: it is left as it is";
        Failure::input(path, problem)
    };
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let head: JournalHead = serde_json::from_slice(first).map_err(|_| foreign())?;
    if head.format != FORMAT || head.version != VERSION || !first.ends_with(b"\n") {
        return Err(foreign());
    }
    let found = head.differences(wanted);
    if !found.is_empty() {
        return Err(Failure::of(FailureKind::Input, path.display(), found));
    }
    let mut done = BTreeMap::new();
    let mut length = first.len() as u64;
    for (number, line) in (2..).zip(lines) {
        if !line.ends_with(b"\n") {
            // the last line of a run that was killed while it wrote
            break;
        }
        let sample: Option<JournalLine> = serde_json::from_slice(line).ok();
        let clocks = plan.clocks.durations_ps().len();
        let sample = sample.filter(|sample| {
            sample.scores.len() as u64 == plan.classes && sample.duration_ps.len() == clocks
        });
        let Some(sample) = sample else {
            let problem = format!("line {number} is no finished sample");
            return Err(Failure::input(path, problem));
        };
        length += line.len() as u64;
        done.insert(sample.sample, sample.row(plan));
    }
    Ok((done, length))
}

impl JournalLine {
    fn row(self, plan: &EvalPlan<'_>) -> SampleRow {
        SampleRow {
            sample: self.sample,
            label: plan.data.label(self.sample),
            answer: self.answer,
            tied: self.tied,
            scores: self.scores,
            counts: self.counts,
            multiplications: self.multiplications,
            idle: self.idle,
            duration_ps: self.duration_ps,
        }
    }
}

/// A number that tells texts apart.
fn hash(text: &[u8]) -> u64 {
    let key = seamount_arith::random::Key::of(text.len() as u64);
    let part = |key: seamount_arith::random::Key, byte: &u8| key.part(u64::from(*byte));
    text.iter().fold(key, part).draw(0)
}
