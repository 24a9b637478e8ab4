//! Readouts: from what a population did to the answer of a sample.

use super::option::option_finding;
use crate::decode::{first_largest, first_spike, first_spikes, spike_counts};
use crate::probe::{ProbeText, add_probes};
use seamount_chip::Recording;
use seamount_diagnose::{Fault, Finding};
use seamount_image::{Image, ImageRegister};
use serde::Serialize;

/// Number of an output, per sample, that decides: the larger, or the earlier, is the answer. The
/// first of several that are equal is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SampleDecoder {
    /// Number of spikes.
    Count,
    /// Step of the first spike; without any spike there is no answer.
    FirstSpike,
    /// Voltage, or another register, in the last step that is recorded.
    Voltage,
    /// Largest voltage, or other register, of all steps that are recorded.
    VoltageMax,
}

/// Score of an output that never fired, where the first spike decides.
pub const SILENT: i64 = -1;

/// What a sample was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SampleAnswer {
    /// Index of the output; none if nothing fired where the first spike decides.
    pub answer: Option<u32>,
    /// Whether another output was as good.
    pub tied: bool,
    /// Number of each output.
    pub scores: Vec<i64>,
}

impl SampleDecoder {
    /// Every decoder by its name.
    pub const ALL: [(&'static str, SampleDecoder); 4] = [
        ("count", SampleDecoder::Count),
        ("first-spike", SampleDecoder::FirstSpike),
        ("voltage", SampleDecoder::Voltage),
        ("voltage-max", SampleDecoder::VoltageMax),
    ];

    /// Name of the decoder.
    pub fn name(self) -> &'static str {
        let named = SampleDecoder::ALL.iter().find(|(_, known)| *known == self);
        named.map_or("", |(name, _)| name)
    }

    fn reads_spikes(self) -> bool {
        matches!(self, SampleDecoder::Count | SampleDecoder::FirstSpike)
    }

    /// The probe that an output means: `population[.compartment][.register][:window]`, the
    /// register by the decoder where it is absent.
    fn probe(self, output: &str) -> String {
        let (place, window) = match output.split_once(':') {
            Some((place, window)) => (place, format!(":{window}")),
            None => (output, String::new()),
        };
        let register = if self.reads_spikes() {
            "spike"
        } else {
            "voltage"
        };
        match place.contains('.') {
            true => output.to_string(),
            false => format!("{place}.{register}{window}"),
        }
    }

    /// Puts the probe of the output in place of all others, so that nothing else is recorded, and
    /// gives the text of the probe.
    ///
    /// # Errors
    /// What is wrong with the output, as findings.
    pub(super) fn install(
        self,
        image: &mut Image,
        output: Option<&str>,
        steps: Option<u64>,
    ) -> Result<String, Vec<Finding>> {
        image.probes.clear();
        image.learning.probes.clear();
        let wrong = |problem: String| option_finding("output", Fault::Rule, problem);
        let names: Vec<&str> = image.populations.iter().map(|p| p.name.as_str()).collect();
        let text = match (output, &names[..]) {
            (Some(output), _) => self.probe(output),
            (None, [only]) => self.probe(only),
            (None, names) => {
                let problem = format!("which population answers? there are: {}", names.join(", "));
                let finding = option_finding("output", Fault::Missing, problem);
                return Err(vec![finding]);
            }
        };
        let probe = ProbeText::parse(&text).map_err(|problem| {
            let problem = format!("'{text}': {problem}");
            vec![wrong(problem)]
        })?;
        add_probes(image, &[probe]).map_err(|failure| {
            let lines = failure.lines().into_iter();
            lines.map(wrong).collect::<Vec<_>>()
        })?;
        let Some(plan) = image.probes.last_mut() else {
            let problem = format!("'{text}' is a variable of synapses: wanted a population");
            return Err(vec![wrong(problem)]);
        };
        let spikes = plan.register == ImageRegister::Spike;
        if spikes != self.reads_spikes() {
            let wanted = match spikes {
                true => "another register than spike",
                false => "the register spike",
            };
            let problem = format!("'{text}': decoder {} wants {wanted}", self.name());
            return Err(vec![wrong(problem)]);
        }
        // only the last value decides: the others need not be recorded
        if self == SampleDecoder::Voltage
            && let Some(steps) = steps
            && plan.every == 1
        {
            plan.stop = plan.stop.min(steps);
            plan.start = plan.start.max(plan.stop);
        }
        Ok(text)
    }

    /// The answer of a recording.
    pub(super) fn answer(self, recording: &Recording) -> SampleAnswer {
        let width = recording.neurons.len();
        if self == SampleDecoder::FirstSpike {
            let rows = first_spikes(recording);
            let answer = first_spike(&rows);
            let best = answer.and_then(|answer| rows[answer]);
            let tied = best.is_some() && rows.iter().filter(|row| **row == best).count() > 1;
            let step = |row: &Option<u64>| {
                let row = row.and_then(|row| recording.steps.get(row as usize));
                row.map_or(SILENT, |step| *step as i64)
            };
            return SampleAnswer {
                answer: answer.map(|answer| answer as u32),
                tied,
                scores: rows.iter().map(step).collect(),
            };
        }
        let scores: Vec<i64> = match self {
            SampleDecoder::Count => spike_counts(recording)
                .iter()
                .map(|n| (*n).into())
                .collect(),
            SampleDecoder::Voltage => {
                let last = recording.steps.len().checked_sub(1);
                let value = |neuron| last.map_or(0, |row| recording.get(row, neuron).into());
                (0..width).map(value).collect()
            }
            _ => {
                let rows = recording.steps.len();
                let largest = |neuron| {
                    let values = (0..rows).map(|row| i64::from(recording.get(row, neuron)));
                    values.max().unwrap_or(0)
                };
                (0..width).map(largest).collect()
            }
        };
        let answer = first_largest(&scores);
        let best = scores.get(answer);
        let tied = scores.iter().filter(|score| Some(*score) == best).count() > 1;
        SampleAnswer {
            answer: best.map(|_| answer as u32),
            tied,
            scores,
        }
    }
}
