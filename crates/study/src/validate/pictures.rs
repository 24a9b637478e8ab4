//! The report as pictures.

use super::measure::Course;
use super::report::Report;
use crate::svg::{Line, bars, lines, points};

/// File names and contents.
pub fn files(report: &Report) -> Vec<(String, String)> {
    let mut out = vec![
        ("rounding.svg".into(), rounding(report)),
        ("weights.svg".into(), scatter(report)),
        ("ablation.svg".into(), ablation(report)),
    ];
    for course in &report.variables {
        out.push((
            format!("errors-{}.svg", course.name),
            errors(report, course),
        ));
        out.push((format!("mean-{}.svg", course.name), means(report, course)));
    }
    out.push(("errors-traces.svg".into(), traces(report)));
    out
}

fn line(name: &str, points: impl Iterator<Item = (u64, f64)>) -> Line {
    Line {
        name: name.into(),
        points: points.map(|(step, y)| (step as f64, y)).collect(),
    }
}

fn rounding(report: &Report) -> String {
    let rows = || report.rounding.iter();
    let all = [
        line("real numbers", rows().map(|r| (r.step, r.exact))),
        line("chip", rows().map(|r| (r.step, r.chip))),
        line(
            "chip, changes cut toward zero",
            rows().map(|r| (r.step, r.truncated)),
        ),
    ];
    lines(
        &format!("{}: how far along the exact update", report.title),
        "step",
        "share of the exact update",
        &all,
    )
}

fn scatter(report: &Report) -> String {
    let all: Vec<(f64, f64)> = report
        .last_weights
        .iter()
        .map(|(chip, float)| (*float, *chip))
        .collect();
    points(
        &format!("{}: weights at the end", report.title),
        "real numbers",
        "chip",
        &all,
    )
}

fn ablation(report: &Report) -> String {
    let all = report
        .ablation
        .costs
        .iter()
        .chain(&report.ablation.together);
    let all: Vec<_> = all
        .map(|c| (c.what.clone(), c.errors.mean, c.in_use))
        .collect();
    bars(
        &format!("{}: what costs how much by itself", report.title),
        "mean weight error at the end; dark: in use",
        &all,
    )
}

fn errors(report: &Report, course: &Course) -> String {
    let rows = || course.rows.iter();
    let all = [
        line("mean", rows().map(|r| (r.step, r.errors.mean))),
        line("90 %", rows().map(|r| (r.step, r.errors.p90))),
        line("largest", rows().map(|r| (r.step, r.errors.max))),
    ];
    lines(
        &format!("{}: errors of {}", report.title, course.name),
        "step",
        &format!("|{0} chip - {0} float|", course.name),
        &all,
    )
}

fn means(report: &Report, course: &Course) -> String {
    let rows = || course.rows.iter();
    let all = [
        line("real numbers", rows().map(|r| (r.step, r.float))),
        line("chip", rows().map(|r| (r.step, r.chip))),
    ];
    lines(
        &format!("{}: mean of {}", report.title, course.name),
        "step",
        course.name,
        &all,
    )
}

fn traces(report: &Report) -> String {
    let all: Vec<Line> = report
        .traces
        .iter()
        .map(|c| line(c.name, c.rows.iter().map(|r| (r.step, r.errors.mean))))
        .collect();
    lines(
        &format!("{}: mean errors of the traces", report.title),
        "step",
        "|chip - float|",
        &all,
    )
}
