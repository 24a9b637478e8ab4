//! The memory time scale as a figure: accuracy against the AHP time constant, as an SVG.

use super::{AhpReport, Point};
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
/// Left, right, top, bottom of the plot.
const PLOT: [f64; 4] = [70.0, 700.0, 50.0, 360.0];
const TAU: [f64; 2] = [16.0, 5000.0];
const TICKS: [f64; 8] = [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 4000.0];

fn x(tau: f64) -> f64 {
    let share = (tau / TAU[0]).ln() / (TAU[1] / TAU[0]).ln();
    PLOT[0] + share * (PLOT[1] - PLOT[0])
}

fn y(accuracy: f64) -> f64 {
    PLOT[3] - accuracy * (PLOT[3] - PLOT[2])
}

fn axes(out: &mut String) {
    let [left, right, top, bottom] = PLOT;
    for percent in (0..=100).step_by(20) {
        let at = y(f64::from(percent) / 100.0);
        let _ = writeln!(
            out,
            r##"<line x1="{left}" y1="{at}" x2="{right}" y2="{at}" stroke="#ddd"/>"##
        );
        let _ = writeln!(
            out,
            r#"<text x="{}" y="{}" text-anchor="end">{percent}</text>"#,
            left - 8.0,
            at + 4.0
        );
    }
    for tau in TICKS {
        let at = x(tau);
        let _ = writeln!(
            out,
            r##"<line x1="{at:.1}" y1="{bottom}" x2="{at:.1}" y2="{}" stroke="#444"/>"##,
            bottom + 5.0
        );
        let _ = writeln!(
            out,
            r#"<text x="{at:.1}" y="{}" text-anchor="middle">{tau}</text>"#,
            bottom + 20.0
        );
    }
    let _ = writeln!(
        out,
        r##"<rect x="{left}" y="{top}" width="{}" height="{}" fill="none" stroke="#444"/>"##,
        right - left,
        bottom - top
    );
    let middle = (left + right) / 2.0;
    let _ = writeln!(
        out,
        r#"<text x="{middle}" y="{}" text-anchor="middle">AHP time constant, steps</text>"#,
        bottom + 45.0
    );
    let (at, turn) = (y(0.5), 20.0);
    let _ = writeln!(
        out,
        r#"<text x="{turn}" y="{at}" text-anchor="middle" transform="rotate(-90 {turn} {at})">images right, %</text>"#
    );
}

fn curve(out: &mut String, points: &[Point], colour: &str, dash: &str) {
    let path: Vec<String> = points
        .iter()
        .map(|p| format!("{:.1},{:.1}", x(p.tau_steps), y(p.accuracy)))
        .collect();
    let _ = writeln!(
        out,
        r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>"#,
        path.join(" ")
    );
    for p in points {
        let what = format!("tau {:.0}: {:.1} %", p.tau_steps, p.accuracy * 100.0);
        let _ = writeln!(
            out,
            r#"<circle cx="{:.1}" cy="{:.1}" r="4" fill="{colour}"><title>{what}</title></circle>"#,
            x(p.tau_steps),
            y(p.accuracy)
        );
    }
}

/// Accuracy against time constant: both sweeps, the network without AHP, and where it was trained.
pub fn svg(report: &AhpReport) -> String {
    let [left, right, top, bottom] = PLOT;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{left}\" y=\"28\" font-size=\"16\">How long a memory sequential MNIST needs ({} images a point)</text>\n",
        report.images
    );
    axes(&mut out);
    let (trained, cut) = (x(report.trained.tau_steps), y(report.cut.accuracy));
    let _ = writeln!(
        out,
        r##"<line x1="{trained:.1}" y1="{top}" x2="{trained:.1}" y2="{bottom}" stroke="#888" stroke-dasharray="2 4"/>"##
    );
    let _ = writeln!(
        out,
        r##"<text x="{:.1}" y="{}" text-anchor="end" fill="#555">as trained</text>"##,
        trained - 6.0,
        top + 16.0
    );
    let _ = writeln!(
        out,
        r##"<line x1="{left}" y1="{cut:.1}" x2="{right}" y2="{cut:.1}" stroke="#c33" stroke-dasharray="6 4"/>"##
    );
    let _ = writeln!(
        out,
        r##"<text x="{}" y="{:.1}" text-anchor="end" fill="#c33">AHP cut</text>"##,
        right - 8.0,
        cut - 6.0
    );
    curve(&mut out, &report.sweep_trained_push, "#1f6fb2", "");
    curve(&mut out, &report.sweep_formula_push, "#d08010", "7 4");
    let legend = [
        ("#1f6fb2", "", "push as trained"),
        ("#d08010", "7 4", "push by the authors' formula"),
    ];
    for (k, (colour, dash, name)) in legend.iter().enumerate() {
        let at = top + 20.0 + 20.0 * k as f64;
        let line = format!(
            r#"<line x1="{}" y1="{at}" x2="{}" y2="{at}""#,
            left + 12.0,
            left + 46.0
        );
        let _ = writeln!(
            out,
            r#"{line} stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>"#
        );
        let _ = writeln!(
            out,
            r#"<text x="{}" y="{}">{name}</text>"#,
            left + 54.0,
            at + 4.0
        );
    }
    out + "</svg>\n"
}
