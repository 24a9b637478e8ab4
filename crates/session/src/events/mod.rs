//! Input spikes: from lists and arrays in memory, from files on top of them.
//!
//! An event of step s is a spike emitted in step s: it arrives in s + 1. Sources are numbered over
//! all inputs of a network in their order; whoever writes events names an input and a neuron of it.
//!
//! What this module does *not* know: what a spike does.

mod array;
mod text;

use crate::failure::{Failure, FailureKind, Subject};
use crate::{files, npz};
use seamount_chip::{ChipProgram, SpikeTrain};
use seamount_image::CheckedImage;
use seamount_microcode::{WORD_MAX, WORD_MIN};
use std::path::{Path, PathBuf};

/// Most events of a run.
const EVENTS_MAX: usize = 1 << 28;
/// Most problems listed of one file; the rest is counted.
const PROBLEMS_MAX: usize = 20;

/// Input spikes by the names of their inputs, in memory or in files; they meet the network when a
/// chip reads them ([`Events::for_program`]), and all that does not fit is found then.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Events {
    lists: Vec<EventList>,
    files: Vec<PathBuf>,
    /// Steps by which all of them are late.
    late: u64,
}

/// The events of one input.
#[derive(Debug, Clone, PartialEq)]
struct EventList {
    /// Name of the input; absent: the only one.
    input: Option<String>,
    events: EventValues,
}

#[derive(Debug, Clone, PartialEq)]
enum EventValues {
    /// Step and neuron.
    Plain(Vec<(u64, u32)>),
    /// Step, neuron and payload.
    Graded(Vec<(u64, u32, i32)>),
    /// Steps x neurons, row by row: 1 where there is a spike, 0 elsewhere.
    Dense(Vec<u8>),
}

impl Events {
    /// No spikes at all.
    pub fn none() -> Events {
        Events::default()
    }

    /// Spikes of one input as (step, neuron).
    pub fn of(input: &str, events: impl IntoIterator<Item = (u64, u32)>) -> Events {
        Events::none().and(input, events)
    }

    /// The spikes in files: .csv, .npy, .npz or .aer.
    pub fn files(paths: &[PathBuf]) -> Events {
        Events {
            files: paths.to_vec(),
            ..Events::default()
        }
    }

    /// The same and spikes of an input as (step, neuron).
    #[must_use]
    pub fn and(self, input: &str, events: impl IntoIterator<Item = (u64, u32)>) -> Events {
        self.with(input, EventValues::Plain(events.into_iter().collect()))
    }

    /// The same and graded spikes of an input as (step, neuron, payload), which boards of the Loihi
    /// 2 class have.
    #[must_use]
    pub fn and_graded(
        self,
        input: &str,
        events: impl IntoIterator<Item = (u64, u32, i32)>,
    ) -> Events {
        self.with(input, EventValues::Graded(events.into_iter().collect()))
    }

    /// The same and the spikes of an input as a table of steps x neurons, row by row, of 0 and 1.
    /// Row r holds the spikes of step r.
    #[must_use]
    pub fn and_dense(self, input: &str, table: impl Into<Vec<u8>>) -> Events {
        self.with(input, EventValues::Dense(table.into()))
    }

    /// The same spikes `steps` steps later. Of a chip that has run, `later(chip.step())` counts
    /// them from the next step on.
    #[must_use]
    pub fn later(mut self, steps: u64) -> Events {
        self.late = self.late.saturating_add(steps);
        self
    }

    fn with(mut self, input: &str, events: EventValues) -> Events {
        self.lists.push(EventList {
            input: Some(input.into()),
            events,
        });
        self
    }

    /// The spikes as a chip with this program takes them.
    ///
    /// # Errors
    /// Files that cannot be read, inputs and neurons that do not exist, payloads out of range.
    pub fn for_program(&self, program: &ChipProgram) -> Result<SpikeTrain, Failure> {
        let Found { events, graded, .. } = self.found(program)?;
        SpikeTrain::new(program, events)
            .and_then(|train| train.with_graded(program, graded))
            .map_err(|e| about_input(Failure::of(FailureKind::Input, "input", e.findings)))
    }

    /// The spikes as (step, source) for the inputs of an image, where none of them may be graded.
    ///
    /// # Errors
    /// As [`Events::for_program`], and spikes with a payload.
    pub fn plain(&self, image: &CheckedImage) -> Result<Vec<(u64, u32)>, Failure> {
        let found = self.found(&ChipProgram::new(image))?;
        if found.graded.is_empty() {
            return Ok(found.events);
        }
        let problem = "has payloads: only binary spikes are compared";
        Err(Failure::option("input", problem))
    }

    fn found(&self, program: &ChipProgram) -> Result<Found, Failure> {
        let inputs = Inputs::of(program);
        let mut all = Found::default();
        for list in &self.lists {
            let found = list.resolve(&inputs).map_err(|problem| {
                about_input(Failure::new(FailureKind::Input, "input", [problem]))
            })?;
            let found = found.checked(|problems| {
                about_input(Failure::new(FailureKind::Input, "input", problems))
            })?;
            all.append(found);
        }
        for path in &self.files {
            let named = |problems| Failure::new(FailureKind::Input, path.display(), problems);
            let found = read_one(path, &inputs)?.checked(named)?;
            if all.len() + found.len() > EVENTS_MAX {
                let problem = format!("more than {EVENTS_MAX} events");
                return Err(Failure::input(path, problem));
            }
            all.append(found);
        }
        all.shift(self.late);
        Ok(all)
    }
}

/// A step as the checks take it; no run is as long as that of the largest.
fn step_of(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

/// The same failure, about the option `input`.
fn about_input(mut failure: Failure) -> Failure {
    failure.what = Subject::Option("input".into());
    failure
}

impl EventList {
    /// The events with the numbers of their sources.
    fn resolve(&self, inputs: &Inputs) -> Result<Found, String> {
        let input = self.input.as_deref();
        let mut found = Found::default();
        match &self.events {
            EventValues::Plain(events) => {
                for (i, &(step, neuron)) in events.iter().enumerate() {
                    let source = inputs.source(input, neuron.into());
                    found.event(|| format!("event {i}"), step_of(step), source);
                }
            }
            EventValues::Graded(events) => {
                for (i, &(step, neuron, payload)) in events.iter().enumerate() {
                    let source = inputs.source(input, neuron.into());
                    let place = || format!("event {i}");
                    found.graded(place, step_of(step), source, payload.into());
                }
            }
            EventValues::Dense(table) => {
                let (first, size) = inputs.find(input)?;
                let columns = (size as usize).max(1);
                if table.len() % columns != 0 {
                    let values = table.len();
                    let problem = format!("{values} values, wanted rows of {size} neurons");
                    return Err(problem);
                }
                for (i, &value) in table.iter().enumerate() {
                    let row = (i / columns) as u64;
                    array::cell(
                        &mut found,
                        "",
                        row,
                        first,
                        (i % columns) as u32,
                        value.into(),
                    );
                }
            }
        }
        Ok(found)
    }
}

/// The inputs of a network, by name.
pub(crate) struct Inputs {
    names: Vec<(String, u32, u32)>,
    sources: u32,
}

impl Inputs {
    /// The inputs of a program.
    pub(crate) fn of(program: &ChipProgram) -> Inputs {
        let names = program
            .inputs()
            .map(|(name, first, size)| (name.to_string(), first, size))
            .collect();
        Inputs {
            names,
            sources: program.sources(),
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
        if let Some(neuron) = u32::try_from(neuron).ok().filter(|n| *n < size) {
            return Ok(first + neuron);
        }
        // written down only here: a run may have millions of events
        let of = name.map_or(String::new(), |n| format!(" of input '{n}'"));
        let last = i64::from(size) - 1;
        Err(format!("neuron {neuron}{of}, which has neurons 0..={last}"))
    }
}

/// Events and problems found in one file or list.
#[derive(Default)]
struct Found {
    /// Step and source of plain spikes.
    events: Vec<(u64, u32)>,
    /// Step, source and payload of graded spikes.
    graded: Vec<(u64, u32, i32)>,
    problems: Vec<String>,
    /// Number of problems that are not listed.
    more: usize,
}

impl Found {
    fn len(&self) -> usize {
        self.events.len() + self.graded.len()
    }

    fn append(&mut self, mut more: Found) {
        self.events.append(&mut more.events);
        self.graded.append(&mut more.graded);
    }

    /// Makes every spike `late` steps later; beyond the last step there is nothing to run.
    fn shift(&mut self, late: u64) {
        if late == 0 {
            return;
        }
        for (step, _) in &mut self.events {
            *step = step.saturating_add(late);
        }
        for (step, _, _) in &mut self.graded {
            *step = step.saturating_add(late);
        }
    }

    /// The same, or the failure of its problems.
    fn checked(mut self, failure: impl FnOnce(Vec<String>) -> Failure) -> Result<Found, Failure> {
        if self.more > 0 {
            self.problems.push(format!("{} more like this", self.more));
        }
        if self.problems.is_empty() {
            Ok(self)
        } else {
            Err(failure(self.problems))
        }
    }

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

fn read_one(path: &Path, inputs: &Inputs) -> Result<Found, Failure> {
    let parse: fn(&[u8], &Inputs) -> Result<Found, String> = match files::ending(path).as_str() {
        "csv" => text::csv,
        "aer" => text::aer,
        "npy" => array::dense,
        "npz" => {
            let bytes = files::read(path, files::DATA_BYTES_MAX)?;
            let members = npz::read(&bytes).map_err(|e| e.about(path))?;
            return array::archive(members, inputs)
                .map_err(|problem| Failure::input(path, problem));
        }
        _ => {
            let problem = format!(
                "{}: wanted a file that ends in .csv, .npy, .npz or .aer",
                path.display()
            );
            return Err(Failure::option("input", problem));
        }
    };
    let bytes = files::read(path, files::DATA_BYTES_MAX)?;
    parse(&bytes, inputs).map_err(|problem| Failure::input(path, problem))
}
