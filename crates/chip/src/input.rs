//! Spikes that the host injects.

use crate::program::ChipProgram;
use seamount_diagnose::{Fault, Finding, Place, Refusal};
use seamount_microcode::{WORD_MAX, WORD_MIN};
use serde::{Deserialize, Serialize};

/// Host spikes in order of their steps. An event of step s acts like a spike emitted in step s:
/// it arrives in step s + 1; so the first that acts has s = 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpikeTrain {
    /// By step; in a step in the order in which they were given.
    spikes: Vec<HostSpike>,
}

/// One spike of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HostSpike {
    /// Step in which the host emits it.
    pub(crate) step: u64,
    /// Source, counted over all inputs.
    pub(crate) source: u32,
    /// Payload of a graded spike; none of a plain one.
    pub(crate) payload: Option<i32>,
}

/// Most findings listed.
const FINDINGS_MAX: usize = 20;

/// Finding on the event at a place.
fn finding(kind: &str, index: usize, fault: Fault, problem: String) -> Finding {
    Finding::new(format!("{kind} {index}"), fault, problem)
}

/// `value`, or every finding if there is one.
fn unless<T>(findings: Vec<Finding>, value: T) -> Result<T, Refusal> {
    if findings.is_empty() {
        Ok(value)
    } else {
        Err(Refusal { findings })
    }
}

impl SpikeTrain {
    /// Events as (step, source), sources counted over all inputs in order.
    ///
    /// # Errors
    /// If a source does not exist; at most 20 findings.
    pub fn new(program: &ChipProgram, events: Vec<(u64, u32)>) -> Result<SpikeTrain, Refusal> {
        let sources = program.inputs.len();
        let beyond = events
            .iter()
            .enumerate()
            .filter(|(_, (_, source))| *source as usize >= sources);
        let findings = beyond.take(FINDINGS_MAX).map(|(i, (_, source))| {
            let problem = format!("source {source} of {sources}");
            finding("event", i, Fault::OutOfRange, problem)
        });
        let findings = findings.collect();
        let plain = events.into_iter().map(|(step, source)| HostSpike {
            step,
            source,
            payload: None,
        });
        let mut spikes: Vec<HostSpike> = plain.collect();
        spikes.sort_by_key(|spike| spike.step);
        unless(findings, SpikeTrain { spikes })
    }

    /// Adds graded spikes as (step, source, payload): each contribution counts payload times.
    ///
    /// # Errors
    /// If the board has no graded spikes, a source does not exist or is a reward, or a
    /// payload exceeds 24 bit; at most about 20 findings.
    pub fn with_graded(
        mut self,
        program: &ChipProgram,
        events: Vec<(u64, u32, i32)>,
    ) -> Result<SpikeTrain, Refusal> {
        let mut findings = vec![];
        if program.spec.programs.is_none() && !events.is_empty() {
            let problem = format!("{} has no graded spikes", program.spec.name);
            findings.push(Finding::new(Place::whole(), Fault::Unsupported, problem));
        }
        for (i, &(_, source, payload)) in events.iter().enumerate() {
            if findings.len() >= FINDINGS_MAX {
                break;
            }
            let mut file =
                |fault, problem| findings.push(finding("graded event", i, fault, problem));
            if source as usize >= program.inputs.len() {
                let sources = program.inputs.len();
                file(Fault::OutOfRange, format!("source {source} of {sources}"));
            } else if is_reward(program, source) {
                file(Fault::Rule, format!("source {source} is a reward"));
            }
            if !(WORD_MIN..=WORD_MAX).contains(&payload) {
                let problem = format!("payload {payload} is outside {WORD_MIN}..={WORD_MAX}");
                file(Fault::OutOfRange, problem);
            }
        }
        let graded = events.into_iter().map(|(step, source, payload)| HostSpike {
            step,
            source,
            payload: Some(payload),
        });
        self.spikes.extend(graded);
        self.spikes.sort_by_key(|spike| spike.step);
        unless(findings, self)
    }

    /// Events as (step, input name, neuron).
    ///
    /// # Errors
    /// If an input or a neuron does not exist; at most 20 findings.
    pub fn named<'a>(
        program: &ChipProgram,
        events: impl IntoIterator<Item = (u64, &'a str, u32)>,
    ) -> Result<SpikeTrain, Refusal> {
        let mut out = vec![];
        let mut findings = vec![];
        for (i, (step, name, neuron)) in events.into_iter().enumerate() {
            match program.input(name) {
                Some((first, size)) if neuron < size => out.push((step, first + neuron)),
                _ if findings.len() >= FINDINGS_MAX => break,
                Some((_, size)) => {
                    let problem = format!("neuron {neuron} of input '{name}', which has {size}");
                    findings.push(finding("event", i, Fault::OutOfRange, problem));
                }
                None => {
                    let problem = format!("there is no input '{name}'");
                    findings.push(finding("event", i, Fault::UnknownName, problem));
                }
            }
        }
        unless(findings, out).and_then(|events| SpikeTrain::new(program, events))
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

/// Whether spikes of a source are rewards of the learning engine.
fn is_reward(program: &ChipProgram, source: u32) -> bool {
    program.rewards.binary_search(&source).is_ok()
}
