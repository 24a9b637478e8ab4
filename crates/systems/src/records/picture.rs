//! The picture of the figures: predicted against measured, durations above energies, both axes
//! logarithmic, with the line on which a prediction would be exact.

use super::{FigureCompared, PublishedRecord, RecordsReport};
use seamount_study::chart::{Anchor, Axis, COLOURS, Chart, Column};
use std::collections::BTreeSet;

/// A dot of the picture.
struct Dot<'a> {
    record: &'a PublishedRecord,
    profile: &'a str,
    measured: f64,
    predicted: f64,
}

/// Durations above energies.
pub(super) fn of(report: &RecordsReport) -> Column {
    Column(vec![
        chart(report, "time of a step, microseconds", "us"),
        chart(report, "dynamic energy, microjoules", "uJ"),
    ])
}

/// The dots of one unit: every profile that predicts, by the formulas where there are two ways.
fn dots_of<'a>(report: &'a RecordsReport, unit: &str) -> Vec<Dot<'a>> {
    let mut all = vec![];
    for record in &report.records {
        let Some(figure) = record.result.figure() else {
            continue;
        };
        if figure.unit == unit {
            all.extend(of_figure(record, figure));
        }
    }
    all
}

fn of_figure<'a>(record: &'a PublishedRecord, figure: &'a FigureCompared) -> Vec<Dot<'a>> {
    let one = |p: &'a super::FigurePrediction| {
        Some(Dot {
            record,
            profile: &p.profile,
            measured: figure.recorded,
            predicted: p.predicted?,
        })
    };
    let shown = figure.predictions.iter().filter(|p| p.fidelity != "cycle");
    shown.filter_map(one).collect()
}

fn chart(report: &RecordsReport, title: &str, unit: &str) -> Chart {
    let dots = dots_of(report, unit);
    let numbers = dots.iter().flat_map(|dot| [dot.measured, dot.predicted]);
    let low = numbers.clone().fold(f64::INFINITY, f64::min);
    let high = numbers.fold(0.0, f64::max);
    let axis = |words: &str| Axis::log(words).range(low / 2.0, high * 2.0);
    let mut chart = Chart::new(title).x(axis("measured")).y(axis("predicted"));
    if dots.is_empty() {
        return Chart::new(title);
    }
    let ends = [(low / 2.0, low / 2.0), (high * 2.0, high * 2.0)];
    chart = chart.segment(ends[0], ends[1], "#999999", 1.0);
    // of both units, so that a profile has one colour in both charts
    let both = ["us", "uJ"].map(|unit| dots_of(report, unit));
    let profiles: BTreeSet<&str> = both.iter().flatten().map(|dot| dot.profile).collect();
    let step = (4.0 * high / low).powf(0.06);
    for (i, profile) in profiles.into_iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let own = dots.iter().filter(|dot| dot.profile == profile);
        let points: Vec<(f64, f64)> = own.map(|dot| (dot.measured, dot.predicted)).collect();
        let at = (low / 2.0 * step, high * 1.8 / step.powi(i as i32));
        if !points.is_empty() {
            chart = chart.text(at, profile, Anchor::Start, colour, 12.0);
            chart = chart.dots(points, colour, 4.0);
        }
    }
    let mut named = BTreeSet::new();
    let mut records: Vec<&Dot> = dots.iter().collect();
    records.retain(|dot| named.insert(dot.record.name.as_str()));
    records.sort_by(|a, b| a.measured.total_cmp(&b.measured));
    for (i, dot) in records.into_iter().enumerate() {
        // in three rows, so that neighbours do not cover each other
        let at = (dot.measured, low / 2.0 * step.powi(1 + (i % 3) as i32));
        chart = chart.text(at, &dot.record.name, Anchor::Middle, "#555555", 10.0);
    }
    chart
}
