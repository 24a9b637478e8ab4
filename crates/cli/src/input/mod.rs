//! Input spikes from files. An event of step s is a spike emitted in step s: it arrives in s + 1.

mod array;
mod text;

use crate::failure::{Failure, Kind};
use crate::files;
use seamount_chip::{ChipProgram, SpikeTrain};
use seamount_microcode::{WORD_MAX, WORD_MIN};
use seamount_study::npz;
use std::path::{Path, PathBuf};

/// Largest input file, bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 28;
/// Most events of a run.
const EVENTS_MAX: usize = 1 << 28;
/// Most problems listed of one file; the rest is counted.
const PROBLEMS_MAX: usize = 20;

/// The inputs of a network, by name.
pub struct Inputs {
    names: Vec<(String, u32, u32)>,
    sources: u32,
}

impl Inputs {
    /// The inputs of a program.
    pub fn of(program: &ChipProgram) -> Inputs {
        let size = |name: &str| program.input(name).map_or(0, |(_, size)| size);
        let names = program
            .input_names
            .iter()
            .map(|(name, first)| (name.clone(), *first, size(name)))
            .collect();
        Inputs {
            names,
            sources: u32::try_from(program.inputs.len()).unwrap_or(u32::MAX),
        }
    }

    /// First source and size of an input; the only one if no name is given.
    fn find(&self, name: Option<&str>) -> Result<(u32, u32), String> {
        let all = || {
            self.names
                .iter()
                .map(|n| format!("'{}'", n.0))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match (name, &self.names[..]) {
            (None, [(_, first, size)]) => Ok((*first, *size)),
            (None, []) => Err("the network has no inputs".into()),
            (None, _) => Err(format!("which input? the network has {}", all())),
            (Some(name), names) => match names.iter().find(|n| n.0 == name) {
                Some((_, first, size)) => Ok((*first, *size)),
                None if names.is_empty() => {
                    Err(format!("there is no input '{name}': the network has none"))
                }
                None => Err(format!("there is no input '{name}'; there are {}", all())),
            },
        }
    }

    /// Source of a neuron of an input.
    fn source(&self, name: Option<&str>, neuron: i64) -> Result<u32, String> {
        let (first, size) = self.find(name)?;
        let of = name.map_or(String::new(), |n| format!(" of input '{n}'"));
        match u32::try_from(neuron) {
            Ok(neuron) if neuron < size => Ok(first + neuron),
            _ => Err(format!(
                "neuron {neuron}{of}, which has neurons 0..={}",
                i64::from(size) - 1
            )),
        }
    }
}

/// Events and problems found in one file.
#[derive(Default)]
struct Found {
    events: Vec<(u64, u32)>,
    /// Step, source, payload.
    graded: Vec<(u64, u32, i32)>,
    problems: Vec<String>,
    more: usize,
}

impl Found {
    fn event(&mut self, place: impl Fn() -> String, step: i64, source: Result<u32, String>) {
        match (u64::try_from(step), source) {
            (Ok(step), Ok(source)) => self.events.push((step, source)),
            (Err(_), _) => self.problem(format!("{}: step {step} is negative", place())),
            (_, Err(problem)) => self.problem(format!("{}: {problem}", place())),
        }
    }

    /// A spike with a payload.
    fn graded(
        &mut self,
        place: impl Fn() -> String,
        step: i64,
        source: Result<u32, String>,
        payload: i64,
    ) {
        let known = self.events.len();
        self.event(&place, step, source);
        if self.events.len() == known {
            return;
        }
        match i32::try_from(payload)
            .ok()
            .filter(|p| (WORD_MIN..=WORD_MAX).contains(p))
        {
            Some(payload) => self.graded.extend(
                self.events
                    .pop()
                    .map(|(step, source)| (step, source, payload)),
            ),
            None => self.problem(format!(
                "{}: payload {payload} is outside {WORD_MIN}..={WORD_MAX} (24 bit)",
                place()
            )),
        }
    }

    fn problem(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }
}

/// Reads all input files.
pub fn read(paths: &[PathBuf], program: &ChipProgram) -> Result<SpikeTrain, Failure> {
    let (events, graded) = all(paths, program)?;
    let train =
        SpikeTrain::new(program, events).and_then(|train| train.with_graded(program, graded));
    train.map_err(|e| Failure::new(Kind::Input, "--input", e.0))
}

/// The events of all input files, none of them graded: (step, source).
pub fn events(paths: &[PathBuf], program: &ChipProgram) -> Result<Vec<(u64, u32)>, Failure> {
    let (events, graded) = all(paths, program)?;
    if graded.is_empty() {
        Ok(events)
    } else {
        Err(Failure::usage(
            "--input",
            "has payloads: only binary spikes are compared",
        ))
    }
}

/// Binary and graded events.
type Events = (Vec<(u64, u32)>, Vec<(u64, u32, i32)>);

fn all(paths: &[PathBuf], program: &ChipProgram) -> Result<Events, Failure> {
    let inputs = Inputs::of(program);
    let (mut events, mut graded) = (vec![], vec![]);
    for path in paths {
        let mut found = read_one(path, &inputs)?;
        if found.more > 0 {
            found
                .problems
                .push(format!("{} more like this", found.more));
        }
        if !found.problems.is_empty() {
            return Err(Failure::new(Kind::Input, path.display(), found.problems));
        }
        if events.len() + graded.len() + found.events.len() + found.graded.len() > EVENTS_MAX {
            return Err(Failure::input(
                path,
                format!("more than {EVENTS_MAX} events"),
            ));
        }
        events.append(&mut found.events);
        graded.append(&mut found.graded);
    }
    Ok((events, graded))
}

fn read_one(path: &Path, inputs: &Inputs) -> Result<Found, Failure> {
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let parse: fn(&[u8], &Inputs) -> Result<Found, String> = match ending.as_str() {
        "csv" => text::csv,
        "aer" => text::aer,
        "npy" => array::dense,
        "npz" => |bytes, inputs| array::archive(npz::read(bytes)?, inputs),
        _ => {
            let problem = format!(
                "{}: wanted a file that ends in .csv, .npy, .npz or .aer",
                path.display()
            );
            return Err(Failure::usage("--input", problem));
        }
    };
    let bytes = files::read(path, FILE_BYTES_MAX)?;
    parse(&bytes, inputs).map_err(|problem| Failure::new(Kind::Input, path.display(), [problem]))
}
