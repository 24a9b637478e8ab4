//! Data sets: samples and labels from arrays, and everything that does not fit a network.
//!
//! A set is one file, .npz or .npy, or the same arrays in memory. Axis 0 of `samples` is always
//! the sample. For the encoders that take tables axis 1 is the step and all further axes together,
//! in C order, are the sources; for the others all further axes together are the values. Events of
//! sensors come as lists instead: `steps` and `neurons` of all samples one after the other, and
//! `offsets`, at which each sample begins.
//!
//! Findings gather while arrays are read and are reported together with those of the network that
//! they are shown to, so that one call says everything that is wrong.
//!
//! What this module does *not* know: how spikes are made of numbers, and what a network answers.

use super::encode::SampleEncoder;
use crate::failure::Failure;
use crate::{files, npz};
use seamount_arith::random::Key;
use seamount_chip::ChipProgram;
use seamount_diagnose::{Allowed, Fault, Finding};
use seamount_network::npy::{self, IntArray, PackedArray};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// Elements of one array that are listed as wrong; the rest is counted.
const LISTED: usize = 5;
/// Array of the samples where no other is named.
pub const SAMPLES: &str = "samples";
/// Array of the labels where no other is named.
pub const LABELS: &str = "labels";

/// Samples, and the class of each where it is known.
#[derive(Debug, Clone)]
pub struct EvalData {
    /// The file, or what the set is called: all findings are about it.
    name: String,
    /// Name of the array of samples.
    array: String,
    samples: SampleArrays,
    labels: Option<Vec<i64>>,
    /// What is wrong with the arrays by themselves.
    findings: Vec<Finding>,
}

#[derive(Debug, Clone)]
enum SampleArrays {
    /// Nothing that could be read.
    Unread,
    /// Numbers of any shape; axis 0 is the sample.
    Numbers(PackedArray),
    /// Events of one sample after the other.
    Lists(EventLists),
}

/// Events of all samples; those of sample i are `offsets[i]..offsets[i + 1]`.
#[derive(Debug, Clone, Default)]
struct EventLists {
    offsets: Vec<i64>,
    steps: Vec<i64>,
    neurons: Vec<i64>,
    payloads: Option<Vec<i64>>,
}

/// What samples are shown to.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataUse<'a> {
    pub program: &'a ChipProgram,
    pub encoder: SampleEncoder,
    /// Outputs of the network, if they are known.
    pub classes: Option<u64>,
}

/// Spikes that the host sends in a sample.
#[derive(Debug, Default)]
pub(super) struct SampleEvents {
    /// Step and source.
    pub plain: Vec<(u64, u32)>,
    /// Step, source and payload.
    pub graded: Vec<(u64, u32, i32)>,
}

impl EvalData {
    /// Reads a data set from a .npz archive, or samples from a .npy file.
    ///
    /// `array` is the name of the array of samples in an archive, [`SAMPLES`] if absent. `labels`
    /// is the name of an array in the archive or a .npy file; if absent, the array [`LABELS`] is
    /// taken where there is one, and without it no accuracy is known.
    ///
    /// # Errors
    /// Files that cannot be read, or are no archives. What is wrong with arrays is found later,
    /// together with all else.
    pub fn read(
        path: &Path,
        array: Option<&str>,
        labels: Option<&str>,
    ) -> Result<EvalData, Failure> {
        let array = array.unwrap_or(SAMPLES);
        let bytes = files::read(path, files::DATA_BYTES_MAX)?;
        let mut arrays = match files::ending(path).as_str() {
            "npz" => npz::read(&bytes).map_err(|problem| Failure::input(path, problem))?,
            "npy" => BTreeMap::from([(array.to_string(), bytes)]),
            _ => {
                let problem = format!(
                    "{}: wanted a file that ends in .npz or .npy",
                    path.display()
                );
                return Err(Failure::option("dataset", problem));
            }
        };
        let beside = labels.map(Path::new);
        let beside = beside.filter(|path| files::ending(path) == "npy");
        let mut labels = labels.map(String::from);
        if let Some(path) = beside {
            arrays.insert(
                path.display().to_string(),
                files::read(path, files::DATA_BYTES_MAX)?,
            );
            labels = Some(path.display().to_string());
        }
        let name = path.display().to_string();
        Ok(EvalData::of_arrays(
            &name,
            &arrays,
            Some(array),
            labels.as_deref(),
        ))
    }

    /// A data set of arrays in memory, each as the bytes of a .npy file, by name. `name` is what
    /// findings are about; the others are as in [`EvalData::read`].
    pub fn of_arrays(
        name: &str,
        arrays: &BTreeMap<String, Vec<u8>>,
        array: Option<&str>,
        labels: Option<&str>,
    ) -> EvalData {
        let array = array.unwrap_or(SAMPLES);
        let mut data = EvalData {
            name: name.into(),
            array: array.into(),
            samples: SampleArrays::Unread,
            labels: None,
            findings: vec![],
        };
        let listed = arrays.contains_key("offsets") || arrays.contains_key("steps");
        match (arrays.get(array), listed) {
            (Some(_), true) => {
                let problem = "is there beside lists of events (offsets, steps, neurons): \
                               wanted one of the two";
                data.find(Finding::new(array, Fault::Rule, problem));
            }
            (Some(bytes), false) => match PackedArray::new(bytes) {
                Ok(packed) => data.samples = SampleArrays::Numbers(packed),
                Err(error) => data.find(Finding::new(array, Fault::WrongType, error.to_string())),
            },
            (None, true) => data.lists(arrays),
            (None, false) => data.missing(array, arrays),
        }
        let named = labels.unwrap_or(LABELS);
        match arrays.get(named) {
            Some(bytes) => data.labels = data.integers(named, bytes),
            None if labels.is_some() => data.missing(named, arrays),
            None => {}
        }
        data
    }

    /// What the findings are about.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of samples; 0 of arrays that cannot be read.
    pub fn samples(&self) -> u64 {
        match &self.samples {
            SampleArrays::Unread => 0,
            SampleArrays::Numbers(array) => array.shape().first().copied().unwrap_or(0),
            SampleArrays::Lists(lists) => lists.offsets.len().saturating_sub(1) as u64,
        }
    }

    /// The class of a sample, if it is known.
    pub(super) fn label(&self, sample: u64) -> Option<u32> {
        let labels = self.labels.as_ref()?;
        u32::try_from(*labels.get(sample as usize)?).ok()
    }

    /// Whether there are labels.
    pub(super) fn has_labels(&self) -> bool {
        self.labels.is_some()
    }

    /// Whether hosts send values and not only spikes.
    pub(super) fn has_payloads(&self, encoder: SampleEncoder) -> bool {
        match &self.samples {
            SampleArrays::Lists(lists) => lists.payloads.is_some(),
            _ => encoder == SampleEncoder::Graded,
        }
    }

    fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn missing(&mut self, array: &str, arrays: &BTreeMap<String, Vec<u8>>) {
        let there: Vec<&str> = arrays.keys().map(String::as_str).collect();
        let there = match there.is_empty() {
            true => "there are no arrays".to_string(),
            false => format!("there are: {}", there.join(", ")),
        };
        let problem = format!("is missing; {there}");
        self.find(Finding::new(array, Fault::Missing, problem));
    }

    /// A list of whole numbers, or a finding.
    fn integers(&mut self, name: &str, bytes: &[u8]) -> Option<Vec<i64>> {
        match npy::read_bytes(bytes) {
            Ok(IntArray { shape, data }) if shape.len() == 1 => Some(data),
            Ok(array) => {
                let problem = format!("shape {:?}, wanted one axis", array.shape);
                self.find(Finding::new(name, Fault::WrongShape, problem));
                None
            }
            Err(error) => {
                self.find(Finding::new(name, Fault::WrongType, error.to_string()));
                None
            }
        }
    }

    fn lists(&mut self, arrays: &BTreeMap<String, Vec<u8>>) {
        let mut list = |name: &str| match arrays.get(name) {
            Some(bytes) => self.integers(name, bytes),
            None => {
                self.missing(name, arrays);
                None
            }
        };
        let offsets = list("offsets");
        let steps = list("steps");
        let neurons = list("neurons");
        let payloads = match arrays.contains_key("payloads") {
            true => list("payloads"),
            false => None,
        };
        let (Some(offsets), Some(steps), Some(neurons)) = (offsets, steps, neurons) else {
            return;
        };
        let lists = EventLists {
            offsets,
            steps,
            neurons,
            payloads,
        };
        let wrong = lists.findings();
        if wrong.is_empty() {
            self.samples = SampleArrays::Lists(lists);
        }
        self.findings.extend(wrong);
    }
}

impl EventLists {
    /// What is wrong with the lists by themselves.
    fn findings(&self) -> Vec<Finding> {
        let mut found = vec![];
        let events = self.steps.len();
        let payloads = self.payloads.as_ref();
        for (name, length) in [
            ("neurons", self.neurons.len()),
            ("payloads", payloads.map_or(events, Vec::len)),
        ] {
            if length != events {
                let problem = format!("has {length} elements, wanted {events} as 'steps' has");
                found.push(Finding::new(name, Fault::WrongLength, problem).value(length));
            }
        }
        let rising = self.offsets.windows(2).all(|pair| pair[0] <= pair[1]);
        let ends = [self.offsets.first(), self.offsets.last()];
        if !rising || ends != [Some(&0), Some(&(events as i64))] {
            let problem = format!(
                "wanted rising numbers from 0 to {events}, the number of events: element i is \
                 where sample i begins"
            );
            found.push(Finding::new("offsets", Fault::Rule, problem));
        }
        found
    }

    fn of(&self, sample: u64) -> Range<usize> {
        let at = |index: usize| self.offsets[index] as usize;
        at(sample as usize)..at(sample as usize + 1)
    }
}

/// Findings about elements of one array, of which the first few are listed.
struct WrongElements {
    found: Vec<Finding>,
    more: u64,
    array: String,
}

impl WrongElements {
    fn new(array: &str) -> WrongElements {
        WrongElements {
            found: vec![],
            more: 0,
            array: array.into(),
        }
    }

    /// An element at a place that is not what it should be.
    fn add(&mut self, place: impl Fn() -> String, value: f64, wanted: &str) {
        if self.found.len() == LISTED {
            self.more += 1;
            return;
        }
        let problem = format!("{value} is wrong, wanted {wanted}");
        let place = format!("{}{}", self.array, place());
        let finding = Finding::new(place, Fault::OutOfRange, problem).value(value);
        self.found
            .push(finding.range(Allowed::Words(wanted.into())));
    }

    fn end(mut self) -> Vec<Finding> {
        if self.more > 0 {
            let problem = format!("{} more elements are wrong like these", self.more);
            self.found
                .push(Finding::new(self.array, Fault::More, problem));
        }
        self.found
    }
}

impl EvalData {
    /// Rows of the table of a sample, if the samples are tables.
    pub(super) fn rows(&self) -> Option<u64> {
        match &self.samples {
            SampleArrays::Numbers(array) => array.shape().get(1).copied(),
            _ => None,
        }
    }

    /// Everything that is wrong with the arrays, and with the samples `range` for a network.
    pub(super) fn check(&self, range: Range<u64>, shown: DataUse<'_>) -> Vec<Finding> {
        let mut found = self.findings.clone();
        if self.samples() == 0 && found.is_empty() {
            found.push(Finding::new(
                self.array.as_str(),
                Fault::WrongLength,
                "holds no sample",
            ));
        }
        match &self.samples {
            SampleArrays::Unread => {}
            SampleArrays::Numbers(array) => {
                found.extend(self.check_numbers(array, range.clone(), shown));
            }
            SampleArrays::Lists(lists) => {
                found.extend(check_lists(lists, range.clone(), shown));
            }
        }
        found.extend(self.check_labels(range, shown.classes));
        found
    }

    fn check_numbers(
        &self,
        array: &PackedArray,
        range: Range<u64>,
        shown: DataUse<'_>,
    ) -> Vec<Finding> {
        let name = self.array.as_str();
        let shape = array.shape();
        let wanted = match shown.encoder.takes_tables() {
            true => (3, "samples x steps x sources"),
            false => (2, "samples x values"),
        };
        if shape.len() < wanted.0 {
            let encoder = shown.encoder;
            let problem = format!("shape {shape:?}, wanted {} for encoder {encoder}", wanted.1);
            let finding = Finding::new(name, Fault::WrongShape, problem);
            let numbers = "numbers without steps need an encoder that makes spikes of them: \
                           rate, accumulate, threshold, level-crossing";
            let hint = (wanted.0 == 3 && shape.len() == 2).then(|| numbers.to_string());
            return vec![finding.suggest(hint)];
        }
        let width: u64 = shape[wanted.0 - 1..].iter().product();
        let mut found = vec![];
        if let Some(problem) = shown.encoder.misfit(width, shown.program.sources()) {
            let finding = Finding::new(name, Fault::WrongShape, problem);
            found.push(finding.value(width));
        }
        let graded = shown.encoder == SampleEncoder::Graded;
        found.extend(graded.then(|| no_graded(shown.program)).flatten());
        let mut wrong = WrongElements::new(name);
        let each = (array.len() as u64 / shape[0].max(1)) as usize;
        for sample in range {
            let from = sample as usize * each;
            let place = |index: usize| place_of(shape, from + index);
            let mut see = |(index, value): (usize, f64)| {
                if let Err(wanted) = shown.encoder.allowed(value) {
                    wrong.add(|| place(index), value, wanted);
                }
            };
            // 0 is allowed by every encoder, so it need not be looked at
            array.nonzero(from, each).for_each(&mut see);
        }
        found.extend(wrong.end());
        found
    }

    fn check_labels(&self, range: Range<u64>, classes: Option<u64>) -> Vec<Finding> {
        let Some(labels) = &self.labels else {
            return vec![];
        };
        let mut found = vec![];
        let samples = self.samples();
        if labels.len() as u64 != samples && !matches!(self.samples, SampleArrays::Unread) {
            let count = labels.len();
            let problem = format!("has {count} elements, wanted one for each of {samples} samples");
            let finding = Finding::new(LABELS, Fault::WrongLength, problem);
            found.push(finding.value(count));
        }
        let Some(classes) = classes else {
            return found;
        };
        let wanted = format!("0..={}, the outputs of the network", classes.max(1) - 1);
        let mut wrong = WrongElements::new(LABELS);
        let chosen = range.start as usize..(range.end as usize).min(labels.len());
        for index in chosen {
            let label = labels[index];
            if u64::try_from(label).is_ok_and(|label| label < classes) {
                continue;
            }
            wrong.add(|| format!("[{index}]"), label as f64, &wanted);
        }
        found.extend(wrong.end());
        found
    }

    /// The spikes of a sample. Rows and events behind the last step are there and do not act.
    pub(super) fn events(&self, sample: u64, steps: u64, shown: DataUse<'_>) -> SampleEvents {
        let mut events = SampleEvents::default();
        match &self.samples {
            SampleArrays::Unread => {}
            SampleArrays::Lists(lists) => {
                for event in lists.of(sample) {
                    let step = lists.steps[event] as u64;
                    let source = lists.neurons[event] as u32;
                    match &lists.payloads {
                        None => events.plain.push((step, source)),
                        Some(all) => events.graded.push((step, source, all[event] as i32)),
                    }
                }
            }
            SampleArrays::Numbers(array) => {
                let each = array.len() / self.samples().max(1) as usize;
                let from = sample as usize * each;
                numbers_into(&mut events, array, from..from + each, sample, steps, shown);
            }
        }
        events
    }

    /// Findings as a failure about this set.
    pub(super) fn failure(&self, findings: Vec<Finding>) -> Failure {
        Failure::of(crate::FailureKind::Input, &self.name, findings)
    }

    /// A number that tells the samples of sets apart, labels aside: a label that is mended changes
    /// no spike.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut key = Key::of(0);
        let mut add = |word: u64| key = key.part(word);
        match &self.samples {
            SampleArrays::Unread => {}
            SampleArrays::Numbers(array) => {
                array.shape().iter().for_each(|axis| add(*axis));
                for chunk in array.bytes().chunks(8) {
                    let mut word = [0; 8];
                    word[..chunk.len()].copy_from_slice(chunk);
                    add(u64::from_le_bytes(word));
                }
            }
            SampleArrays::Lists(lists) => {
                let payloads = lists.payloads.as_deref().unwrap_or_default();
                for list in [&lists.offsets, &lists.steps, &lists.neurons, payloads] {
                    add(list.len() as u64);
                    list.iter().for_each(|value| add(*value as u64));
                }
            }
        }
        key.draw(0)
    }
}

fn numbers_into(
    events: &mut SampleEvents,
    array: &PackedArray,
    part: Range<usize>,
    sample: u64,
    steps: u64,
    shown: DataUse<'_>,
) {
    let sources = shown.program.sources();
    let columns = sources.max(1) as usize;
    let place = |index: usize| ((index / columns) as u64, (index % columns) as u32);
    let nonzero = || array.nonzero(part.start, part.len());
    match shown.encoder {
        SampleEncoder::Direct => events
            .plain
            .extend(nonzero().map(|(index, _)| place(index))),
        SampleEncoder::Graded => {
            let event = |(index, value): (usize, f64)| {
                let at = place(index);
                (at.0, at.1, value as i32)
            };
            events.graded.extend(nonzero().map(event));
        }
        encoder => {
            let values: Vec<f64> = array.floats(part.start, part.len()).collect();
            events.plain = encoder.spikes(&values, sources, steps, sample);
        }
    }
}

/// Why a board cannot take values of the host, if it cannot.
fn no_graded(program: &ChipProgram) -> Option<Finding> {
    let board = program.floorplan().spec;
    let problem = format!("{} has no graded spikes", board.name);
    let finding = Finding::new("option encode", Fault::Unsupported, problem);
    board.programs.is_none().then_some(finding)
}

fn check_lists(lists: &EventLists, range: Range<u64>, shown: DataUse<'_>) -> Vec<Finding> {
    let mut found = vec![];
    if shown.encoder != SampleEncoder::Direct {
        let problem = format!("{}: lists of events are spikes already", shown.encoder);
        found.push(Finding::new("option encode", Fault::Rule, problem));
    }
    let sources = shown.program.sources();
    let source = format!("0..={}, a source of the network", i64::from(sources) - 1);
    let mut steps = WrongElements::new("steps");
    let mut neurons = WrongElements::new("neurons");
    let mut payloads = WrongElements::new("payloads");
    for event in range.flat_map(|sample| lists.of(sample)) {
        let place = || format!("[{event}]");
        let step = lists.steps[event];
        if step < 0 {
            steps.add(place, step as f64, "a step from 0 on");
        }
        let neuron = lists.neurons[event];
        if !(0..i64::from(sources)).contains(&neuron) {
            neurons.add(place, neuron as f64, &source);
        }
        let payload = lists.payloads.as_ref().map_or(0, |all| all[event]);
        if let Err(wanted) = SampleEncoder::Graded.allowed(payload as f64) {
            payloads.add(place, payload as f64, wanted);
        }
    }
    let graded = lists.payloads.is_some();
    found.extend(graded.then(|| no_graded(shown.program)).flatten());
    found.extend(steps.end());
    found.extend(neurons.end());
    found.extend(payloads.end());
    found
}

/// The index of an element of an array by its axes: `[3, 0, 17]`.
fn place_of(shape: &[u64], index: usize) -> String {
    let mut rest = index as u64;
    let mut axes: Vec<String> = shape
        .iter()
        .rev()
        .map(|axis| {
            let at = rest % (*axis).max(1);
            rest /= (*axis).max(1);
            at.to_string()
        })
        .collect();
    axes.reverse();
    format!("[{}]", axes.join(", "))
}
