//! The cards of a run.

mod course;
mod energy;
mod facts;
mod limits;
mod membranes;
mod plan;
mod raster;
mod weights;

pub use course::RunCounts;
pub use energy::energy_pictures;

use crate::page::Card;
use crate::quantised::quantised;
use seamount_chip::Recording;
use seamount_image::CheckedImage;
use seamount_quantise::QuantiseReport;
use seamount_session::{LearnedWeights, RunReport, StepDurations};

/// What was seen of a run: its report and whatever was kept beside it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SeenRun<'a> {
    /// The report.
    pub(crate) report: &'a RunReport,
    /// The image that ran.
    pub(crate) image: &'a CheckedImage,
    /// Recordings with their values; none if only sums were kept.
    pub(crate) recordings: &'a [Recording],
    /// Events of each step, if they were kept.
    pub(crate) counts: Option<&'a RunCounts>,
    /// Duration of each step by each profile; none with fidelity `count`.
    pub(crate) durations: &'a [StepDurations],
    /// Weights of projections that learn, as they are at the end of the run.
    pub(crate) learned: &'a [LearnedWeights],
}

impl<'a> SeenRun<'a> {
    /// A run of which nothing but the report is there.
    pub fn new(report: &'a RunReport, image: &'a CheckedImage) -> SeenRun<'a> {
        SeenRun {
            report,
            image,
            recordings: &[],
            counts: None,
            durations: &[],
            learned: &[],
        }
    }

    /// The same with recordings.
    #[must_use]
    pub fn recorded(self, recordings: &'a [Recording]) -> SeenRun<'a> {
        SeenRun { recordings, ..self }
    }

    /// The same with the events of each step.
    #[must_use]
    pub fn counted(self, counts: &'a RunCounts) -> SeenRun<'a> {
        SeenRun {
            counts: Some(counts),
            ..self
        }
    }

    /// The same with the duration of each step.
    #[must_use]
    pub fn timed(self, durations: &'a [StepDurations]) -> SeenRun<'a> {
        SeenRun { durations, ..self }
    }

    /// The same with weights that were learned.
    #[must_use]
    pub fn learned(self, learned: &'a [LearnedWeights]) -> SeenRun<'a> {
        SeenRun { learned, ..self }
    }
}

/// The cards of a run, from what it was to what limits it: facts, energy, floor plan, raster,
/// membranes, events and time by step, weights, learned weights, quantisation, limits. What was not
/// kept of the run has no card.
pub fn run_cards(seen: &SeenRun) -> Vec<Card> {
    let mut cards = vec![facts::card(seen.report)];
    cards.extend(raster::card(seen));
    cards.extend(membranes::cards(seen));
    cards.extend(energy::cards(seen.report));
    cards.extend(course::cards(seen));
    cards.extend(plan::cards(seen));
    cards.extend(weights::card(seen));
    cards.extend(weights::learned(seen.learned));
    cards.extend(quantise_report(seen.image).map(|report| quantised(&report)));
    cards.push(limits::card(seen));
    cards
}

/// The report of the quantiser, which the provenance of an image holds.
fn quantise_report(image: &CheckedImage) -> Option<QuantiseReport> {
    let mut provenance: serde_json::Value = serde_json::from_str(&image.image().provenance).ok()?;
    serde_json::from_value(provenance.get_mut("quantise")?.take()).ok()
}
