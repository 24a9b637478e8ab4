//! Accuracy against steps per trial, as a figure.

use std::fmt::Write;

/// Accuracies of one kind of neuron: (steps, share).
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// Beside the line.
    pub name: &'a str,
    /// CSS colour.
    pub colour: &'a str,
    /// Steps, ascending, and accuracy.
    pub points: Vec<(usize, f64)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 430.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 730.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 370.0;

struct Axes {
    steps: (f64, f64),
    low: f64,
}

impl Axes {
    fn x(&self, steps: usize) -> f64 {
        let at = ((steps as f64).log2() - self.steps.0) / (self.steps.1 - self.steps.0).max(1e-9);
        LEFT + 20.0 + at * (RIGHT - LEFT - 40.0)
    }

    fn y(&self, accuracy: f64) -> f64 {
        BOTTOM - (accuracy.max(self.low) - self.low) / (1.0 - self.low) * (BOTTOM - TOP)
    }
}

/// The figure, as SVG. Accuracies below the bottom of the figure are drawn on it.
pub fn svg(lines: &[Line], float: f64, published: f64, images: usize, weights: &str) -> String {
    let all = || lines.iter().flat_map(|l| l.points.iter().copied());
    let bounds = all()
        .map(|p| (p.0 as f64).log2())
        .fold((f64::INFINITY, 0.0f64), |b, s| (b.0.min(s), b.1.max(s)));
    let lowest = all().map(|p| p.1).fold(float.min(published), f64::min);
    let axes = Axes {
        steps: bounds,
        low: ((lowest - 0.01) * 20.0).floor().clamp(0.0, 18.0) / 20.0,
    };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">Accuracy against steps per trial, {images} MNIST test images, {weights}</text>\n"
    );
    let ticks = (0..=20)
        .map(|k| f64::from(k) / 20.0)
        .filter(|a| *a >= axes.low - 1e-9);
    let every = if axes.low < 0.5 { 4 } else { 1 };
    for a in ticks.filter(|a| ((a * 20.0).round() as u32).is_multiple_of(every)) {
        let y = axes.y(a);
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>"
        );
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{:.0} %</text>",
            LEFT - 8.0,
            y + 4.0,
            a * 100.0
        );
    }
    let mut steps: Vec<usize> = all().map(|p| p.0).collect();
    steps.sort_unstable();
    steps.dedup();
    for s in steps {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{s}</text>",
            axes.x(s),
            BOTTOM + 20.0
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">steps per trial</text>",
        (LEFT + RIGHT) / 2.0,
        BOTTOM + 44.0
    );
    // The name of the higher line stands above it, that of the lower one below.
    let (up, down) = if float > published {
        (-6.0, 16.0)
    } else {
        (16.0, -6.0)
    };
    let marks = [
        ("floats, event by event", float, "6 4", up),
        ("published (60,000 images)", published, "2 3", down),
    ];
    for (name, value, dash, up) in marks {
        let y = axes.y(value);
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#555\" stroke-dasharray=\"{dash}\"/>"
        );
        let text = format!("{name}: {:.2} %", value * 100.0);
        let _ = writeln!(
            out,
            "<text x=\"{RIGHT}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555\">{text}</text>",
            y + up
        );
    }
    for (k, line) in lines.iter().enumerate() {
        let points: Vec<String> = line
            .points
            .iter()
            .map(|p| format!("{:.1},{:.1}", axes.x(p.0), axes.y(p.1)))
            .collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>",
            points.join(" "),
            line.colour
        );
        for p in &line.points {
            let _ = writeln!(
                out,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"{}\"/>",
                axes.x(p.0),
                axes.y(p.1),
                line.colour
            );
        }
        let y = BOTTOM - 14.0 - 20.0 * k as f64;
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\" fill=\"{}\">{}</text>",
            RIGHT - 10.0,
            line.colour,
            line.name
        );
    }
    out + "</svg>\n"
}
