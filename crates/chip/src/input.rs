//! Spikes that the host injects.

use crate::program::ChipProgram;

/// Host spikes in order of their steps. An event of step s acts like a spike emitted in step s:
/// it arrives in step s + 1; so the first that acts has s = 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpikeTrain {
    events: Vec<(u64, u32)>,
}

/// What is wrong with input events; every distinct problem once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct InputError(pub Vec<String>);

/// Most problems listed.
const PROBLEMS_MAX: usize = 20;

impl SpikeTrain {
    /// Events as (step, source), sources counted over all inputs in order.
    ///
    /// # Errors
    /// If a source does not exist.
    pub fn new(program: &ChipProgram, mut events: Vec<(u64, u32)>) -> Result<SpikeTrain, InputError> {
        let sources = program.inputs.len();
        let bad = |(i, e): (usize, &(u64, u32))| (e.1 as usize >= sources).then(|| format!("event {i}: source {} of {sources}", e.1));
        let problems: Vec<String> = events.iter().enumerate().filter_map(bad).take(PROBLEMS_MAX).collect();
        if !problems.is_empty() {
            return Err(InputError(problems));
        }
        events.sort_by_key(|e| e.0);
        Ok(SpikeTrain { events })
    }

    /// Events as (step, input name, neuron).
    ///
    /// # Errors
    /// If an input or a neuron does not exist.
    pub fn named<'a>(program: &ChipProgram, events: impl IntoIterator<Item = (u64, &'a str, u32)>) -> Result<SpikeTrain, InputError> {
        let (mut out, mut problems) = (vec![], vec![]);
        for (i, (step, name, neuron)) in events.into_iter().enumerate() {
            match program.input(name) {
                Some((first, size)) if neuron < size => out.push((step, first + neuron)),
                _ if problems.len() >= PROBLEMS_MAX => break,
                Some((_, size)) => problems.push(format!("event {i}: neuron {neuron} of input '{name}', which has {size}")),
                None => problems.push(format!("event {i}: there is no input '{name}'")),
            }
        }
        if problems.is_empty() { SpikeTrain::new(program, out) } else { Err(InputError(problems)) }
    }

    /// Events of one step, given where the search starts; moves the start on.
    pub(crate) fn take(&self, from: &mut usize, step: u64) -> &[(u64, u32)] {
        while self.events.get(*from).is_some_and(|e| e.0 < step) {
            *from += 1;
        }
        let start = *from;
        while self.events.get(*from).is_some_and(|e| e.0 == step) {
            *from += 1;
        }
        &self.events[start..*from]
    }

    /// Index of the first event at or after a step.
    pub(crate) fn seek(&self, step: u64) -> usize {
        self.events.partition_point(|e| e.0 < step)
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}
