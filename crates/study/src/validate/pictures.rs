//! Pictures of a validated rule: how far weights and traces on the chip are from real numbers, by
//! step, and what costs most.

use super::ablate::Cost;
use super::measure::{Course, Row};
use super::report::{Report, RoundingRow};
use crate::chart::{Axis, BarRow, Bars, COLOURS, Chart, Picture};

/// Bars that are not in use are paler.
const PALE: &str = "#b9c7d6";

/// The pictures, each with its name.
pub fn all(report: &Report) -> Vec<(String, Picture)> {
    let mut out = vec![
        ("rounding".to_string(), rounding(report).into()),
        ("weights".into(), scatter(report).into()),
        ("ablation".into(), ablation(report).into()),
    ];
    for course in &report.measured.variables {
        let name = course.name;
        out.push((format!("errors-{name}"), errors(report, course).into()));
        out.push((format!("mean-{name}"), means(report, course).into()));
    }
    out.push(("errors-traces".into(), traces(report).into()));
    out
}

/// A chart of lines over steps, which includes 0.
fn over_steps(report: &Report, what: &str, y: &str) -> Chart {
    Chart::new(format!("{}: {what}", report.title))
        .x(Axis::linear("step"))
        .y(Axis::linear(y).with_zero())
}

fn rounding(report: &Report) -> Chart {
    let course = |value: fn(&RoundingRow) -> f64| {
        let rows = report.rounding.iter();
        rows.map(move |row| (row.step as f64, value(row)))
    };
    over_steps(
        report,
        "how far along the exact update",
        "share of the exact update",
    )
    .line("real numbers", course(|row| row.exact))
    .line("chip", course(|row| row.chip))
    .line("chip, changes cut toward zero", course(|row| row.truncated))
}

fn scatter(report: &Report) -> Chart {
    let weights: Vec<(f64, f64)> = (report.last_weights.iter())
        .map(|(chip, float)| (*float, *chip))
        .collect();
    let both = weights.iter().flat_map(|(float, chip)| [*float, *chip]);
    let low = both.clone().fold(f64::INFINITY, f64::min);
    let high = both.fold(f64::NEG_INFINITY, f64::max);
    let chart = Chart::new(format!("{}: weights at the end", report.title))
        .x(Axis::linear("real numbers"))
        .y(Axis::linear("chip"));
    let chart = match low.is_finite() {
        true => chart.segment((low, low), (high, high), "#999999", 1.0),
        false => chart,
    };
    chart.scatter(&weights)
}

fn ablation(report: &Report) -> Bars {
    let costs = (report.ablation.costs.iter()).chain(&report.ablation.together);
    let bar = |cost: &Cost| BarRow {
        name: cost.what.clone(),
        parts: vec![(
            cost.errors.mean,
            if cost.in_use { COLOURS[0] } else { PALE },
        )],
        value: format!("{:.3}", cost.errors.mean),
    };
    Bars {
        title: format!("{}: what costs how much by itself", report.title),
        rows: costs.map(bar).collect(),
        notes: vec!["mean weight error at the end; dark: in use".into()],
        ..Bars::default()
    }
}

fn errors(report: &Report, course: &Course) -> Chart {
    let line = |value: fn(&Row) -> f64| {
        let rows = course.rows.iter();
        rows.map(move |row| (row.step as f64, value(row)))
    };
    let name = course.name;
    over_steps(
        report,
        &format!("errors of {name}"),
        &format!("|{name} chip - {name} float|"),
    )
    .line("mean", line(|row| row.errors.mean))
    .line("90 %", line(|row| row.errors.p90))
    .line("largest", line(|row| row.errors.max))
}

fn means(report: &Report, course: &Course) -> Chart {
    let line = |value: fn(&Row) -> f64| {
        let rows = course.rows.iter();
        rows.map(move |row| (row.step as f64, value(row)))
    };
    let name = course.name;
    let unit = if name == "t" {
        "steps"
    } else {
        "units of the register"
    };
    // without 0: a mean that moves by a hundredth would be a line at the top
    Chart::new(format!("{}: mean of {name}", report.title))
        .x(Axis::linear("step"))
        .y(Axis::linear(format!("mean {name}, {unit}")))
        .line("real numbers", line(|row| row.float))
        .line("chip", line(|row| row.chip))
}

fn traces(report: &Report) -> Chart {
    let chart = over_steps(report, "mean errors of the traces", "|chip - float|");
    report.measured.traces.iter().fold(chart, |chart, course| {
        let rows = course.rows.iter();
        let points = rows.map(|row| (row.step as f64, row.errors.mean));
        chart.line(course.name, points)
    })
}
