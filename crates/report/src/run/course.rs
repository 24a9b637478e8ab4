//! Events and durations of the steps, in order.

use super::SeenRun;
use crate::page::Card;
use seamount_session::StepSeries;
use seamount_session::words::plural;
use seamount_spec::EventCounts;
use seamount_study::chart::{Axis, BarRow, Bars, COLOURS, Chart, Picture};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Spikes and synaptic operations of every step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunCounts {
    /// Spikes fired on the chip.
    pub spikes: StepSeries,
    /// Synaptic operations.
    pub operations: StepSeries,
}

impl RunCounts {
    /// Counts whose first step is `first`.
    pub fn new(first: u64) -> RunCounts {
        RunCounts {
            spikes: StepSeries::new(first),
            operations: StepSeries::new(first),
        }
    }

    /// The events of the next steps, in order.
    pub fn add(&mut self, per_step: &[EventCounts]) {
        for counts in per_step {
            self.spikes.push(counts.spikes);
            self.operations.push(counts.synaptic_operations);
        }
    }
}

pub(super) fn cards(seen: &SeenRun) -> Vec<Card> {
    let mut cards = vec![];
    if let Some(counts) = seen.counts.filter(|counts| counts.spikes.steps() > 1) {
        let of = [
            ("spikes", "Spikes by step", &counts.spikes),
            (
                "operations",
                "Synaptic operations by step",
                &counts.operations,
            ),
        ];
        for (name, title, series) in of {
            let chart = over_steps(title, name, series);
            let card = Card::new(&format!("steps-{name}"), title, Picture::from(chart));
            cards.push(card.noted(pieces_note(series)));
        }
    }
    let timed = seen.durations.iter().filter(|d| d.series.steps() > 1);
    let timed: Vec<_> = timed.collect();
    if let Some(first) = timed.first() {
        let mut chart = Chart::new("duration of steps")
            .x(Axis::linear("step"))
            .y(Axis::linear("duration, us").with_zero())
            .high(300);
        for by in &timed {
            chart = chart.line(by.profile.as_str(), means(&by.series, 1e-6));
        }
        let note = format!(
            "By the clocks of the profiles, beside the run. {}",
            pieces_note(&first.series)
        );
        cards.push(Card::new("time-steps", "Time by step", Picture::from(chart)).noted(note));
    }
    cards.extend(stages(seen));
    cards
}

fn over_steps(title: &str, y: &str, series: &StepSeries) -> Chart {
    let chart = Chart::new(title)
        .x(Axis::linear("step"))
        .y(Axis::linear(y).with_zero())
        .high(260);
    if series.width() == 1 {
        return chart.line(format!("{y} of each step"), means(series, 1.0));
    }
    let most = series
        .pieces()
        .map(|(step, piece)| (step as f64, piece.most as f64));
    chart
        .line(
            format!("{y} a step, mean of each piece"),
            means(series, 1.0),
        )
        .line(format!("largest {y} of one step"), most)
}

fn means(series: &StepSeries, unit: f64) -> Vec<(f64, f64)> {
    let mean = |(step, piece): (u64, seamount_session::StepsPiece)| {
        (
            step as f64,
            piece.sum as f64 / piece.steps.max(1) as f64 * unit,
        )
    };
    series.pieces().map(mean).collect()
}

fn pieces_note(series: &StepSeries) -> String {
    match series.width() {
        1 => "Every step is drawn.".into(),
        width => format!("A point stands for {}.", plural(width, "step")),
    }
}

/// What the time of the steps went into, by profile.
fn stages(seen: &SeenRun) -> Option<Card> {
    let times: Vec<_> = seen
        .report
        .time
        .iter()
        .filter(|t| t.duration_ps > 0)
        .collect();
    let first = times.first()?;
    let word = |stage: &dyn Debug| format!("{stage:?}").to_lowercase();
    let row = |time: &&seamount_session::Time| {
        let shares = time.stages.iter().map(|stage| stage.share * 100.0);
        BarRow {
            name: time.profile.clone(),
            parts: shares.zip(COLOURS).collect(),
            value: format!(
                "{} a step",
                seamount_session::words::duration(time.ps_per_step)
            ),
        }
    };
    let bars = Bars {
        title: "what made steps as long as they were".into(),
        parts: first
            .stages
            .iter()
            .map(|stage| word(&stage.stage))
            .collect(),
        rows: times.iter().map(row).collect(),
        notes: vec!["share of each stage in the chains that steps waited for".into()],
    };
    Some(Card::new(
        "time-stages",
        "Time by stage",
        Picture::from(bars),
    ))
}
