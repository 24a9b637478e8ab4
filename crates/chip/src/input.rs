//! Spikes that the host injects.

use crate::program::ChipProgram;
use seamount_microcode::{WORD_MAX, WORD_MIN};
use seamount_neurocore::PortKind;

/// Host spikes in order of their steps. An event of step s acts like a spike emitted in step s:
/// it arrives in step s + 1; so the first that acts has s = 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpikeTrain {
    /// By step; in a step in the order in which they were given.
    spikes: Vec<HostSpike>,
}

/// One spike of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostSpike {
    /// Step in which the host emits it.
    pub step: u64,
    /// Source, counted over all inputs.
    pub source: u32,
    /// Payload of a graded spike; none of a plain one.
    pub payload: Option<i32>,
}

/// Problems of input events, every distinct problem once, at most 20.
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
    pub fn new(program: &ChipProgram, events: Vec<(u64, u32)>) -> Result<SpikeTrain, InputError> {
        let sources = program.inputs.len();
        let bad = |(i, e): (usize, &(u64, u32))| {
            (e.1 as usize >= sources).then(|| format!("event {i}: source {} of {sources}", e.1))
        };
        let problems: Vec<String> = events
            .iter()
            .enumerate()
            .filter_map(bad)
            .take(PROBLEMS_MAX)
            .collect();
        if !problems.is_empty() {
            return Err(InputError(problems));
        }
        let plain = events.into_iter().map(|(step, source)| HostSpike {
            step,
            source,
            payload: None,
        });
        let mut spikes: Vec<HostSpike> = plain.collect();
        spikes.sort_by_key(|spike| spike.step);
        Ok(SpikeTrain { spikes })
    }

    /// Adds graded spikes as (step, source, payload): each contribution counts payload times.
    ///
    /// # Errors
    /// If the board has no graded spikes, a source does not exist or is a reward, or a
    /// payload exceeds 24 bit.
    pub fn with_graded(
        mut self,
        program: &ChipProgram,
        events: Vec<(u64, u32, i32)>,
    ) -> Result<SpikeTrain, InputError> {
        let sources = program.inputs.len();
        let mut problems = vec![];
        if program.spec.programs.is_none() && !events.is_empty() {
            problems.push(format!("{} has no graded spikes", program.spec.name));
        }
        for (i, &(_, source, payload)) in events.iter().enumerate() {
            if problems.len() >= PROBLEMS_MAX {
                break;
            }
            if source as usize >= sources {
                problems.push(format!("graded event {i}: source {source} of {sources}"));
            } else if program
                .inputs
                .of(source as usize)
                .0
                .iter()
                .any(|p| matches!(p.port.kind(), PortKind::Reward(_)))
            {
                problems.push(format!("graded event {i}: source {source} is a reward"));
            }
            if !(WORD_MIN..=WORD_MAX).contains(&payload) {
                problems.push(format!(
                    "graded event {i}: payload {payload} is outside {WORD_MIN}..={WORD_MAX}"
                ));
            }
        }
        if !problems.is_empty() {
            return Err(InputError(problems));
        }
        let graded = events.into_iter().map(|(step, source, payload)| HostSpike {
            step,
            source,
            payload: Some(payload),
        });
        self.spikes.extend(graded);
        self.spikes.sort_by_key(|spike| spike.step);
        Ok(self)
    }

    /// Events as (step, input name, neuron).
    ///
    /// # Errors
    /// If an input or a neuron does not exist.
    pub fn named<'a>(
        program: &ChipProgram,
        events: impl IntoIterator<Item = (u64, &'a str, u32)>,
    ) -> Result<SpikeTrain, InputError> {
        let mut out = vec![];
        let mut problems = vec![];
        for (i, (step, name, neuron)) in events.into_iter().enumerate() {
            match program.input(name) {
                Some((first, size)) if neuron < size => out.push((step, first + neuron)),
                _ if problems.len() >= PROBLEMS_MAX => break,
                Some((_, size)) => problems.push(format!(
                    "event {i}: neuron {neuron} of input '{name}', which has {size}"
                )),
                None => problems.push(format!("event {i}: there is no input '{name}'")),
            }
        }
        if problems.is_empty() {
            SpikeTrain::new(program, out)
        } else {
            Err(InputError(problems))
        }
    }

    /// Spikes of one step, given where the search starts; moves the start on.
    pub(crate) fn take(&self, from: &mut usize, step: u64) -> &[HostSpike] {
        let spikes = &self.spikes;
        while spikes.get(*from).is_some_and(|spike| spike.step < step) {
            *from += 1;
        }
        let start = *from;
        while spikes.get(*from).is_some_and(|spike| spike.step == step) {
            *from += 1;
        }
        &spikes[start..*from]
    }

    /// Index of the first spike at or after a step.
    pub(crate) fn seek(&self, step: u64) -> usize {
        self.spikes.partition_point(|spike| spike.step < step)
    }

    /// Number of spikes, plain and graded.
    pub fn len(&self) -> usize {
        self.spikes.len()
    }

    /// Whether the host injects nothing.
    pub fn is_empty(&self) -> bool {
        self.spikes.is_empty()
    }
}
