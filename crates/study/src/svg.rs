//! Plain line charts, bars and points as SVG.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Colours that differ in lightness too.
const COLOURS: [&str; 5] = ["#1b4f8a", "#c8501e", "#2c8a4b", "#8a5fa8", "#777777"];

/// One line of a chart.
pub struct Line {
    /// In the legend.
    pub name: String,
    /// x and y.
    pub points: Vec<(f64, f64)>,
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn start(title: &str) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n"
    );
    let _ = writeln!(
        out,
        "<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>"
    );
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"22\" font-size=\"14\" text-anchor=\"middle\">{}</text>",
        WIDTH / 2.0,
        escape(title)
    );
    out
}

/// A step of 1, 2 or 5 times a power of 10 that gives about five of them.
fn grid_step(range: f64) -> f64 {
    let rough = (range / 5.0).max(1e-300);
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= rough)
        .unwrap_or(rough)
}

fn label(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let text = if x.abs() >= 1e5 || x.abs() < 1e-3 {
        format!("{x:e}")
    } else {
        format!("{x:.4}")
    };
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

/// Where numbers are on the page.
struct Axes {
    x: (f64, f64),
    y: (f64, f64),
}

impl Axes {
    fn of(points: impl Iterator<Item = (f64, f64)>, with_zero: bool) -> Axes {
        let start = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut x, mut y) = (start, start);
        for (px, py) in points {
            x = (x.0.min(px), x.1.max(px));
            y = (y.0.min(py), y.1.max(py));
        }
        if with_zero {
            y = (y.0.min(0.0), y.1.max(0.0));
        }
        let widen = |(low, high): (f64, f64)| {
            if !low.is_finite() {
                (0.0, 1.0)
            } else if high > low {
                (low, high)
            } else {
                (low - 0.5, high + 0.5)
            }
        };
        Axes {
            x: widen(x),
            y: widen(y),
        }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let across = (x - self.x.0) / (self.x.1 - self.x.0);
        let up = (y - self.y.0) / (self.y.1 - self.y.0);
        (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM),
        )
    }

    fn draw(&self, out: &mut String, x_name: &str, y_name: &str) {
        let ticks = |(low, high): (f64, f64)| {
            let step = grid_step(high - low);
            let first = (low / step).ceil() as i64;
            (first..)
                .map(move |i| i as f64 * step)
                .take_while(move |v| *v <= high + step * 1e-9)
        };
        for x in ticks(self.x) {
            let (px, _) = self.at((x, self.y.0));
            let _ = writeln!(
                out,
                "<path d=\"M{px:.1} {TOP}V{}\" stroke=\"#e4e4e4\"/>",
                HEIGHT - BOTTOM
            );
            let _ = writeln!(
                out,
                "<text x=\"{px:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - BOTTOM + 16.0,
                label(x)
            );
        }
        for y in ticks(self.y) {
            let (_, py) = self.at((self.x.0, y));
            let _ = writeln!(
                out,
                "<path d=\"M{LEFT} {py:.1}H{}\" stroke=\"#e4e4e4\"/>",
                WIDTH - RIGHT
            );
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                py + 4.0,
                label(y)
            );
        }
        let _ = writeln!(
            out,
            "<path d=\"M{LEFT} {TOP}V{}H{}\" fill=\"none\" stroke=\"black\"/>",
            HEIGHT - BOTTOM,
            WIDTH - RIGHT
        );
        let middle = (LEFT + WIDTH - RIGHT) / 2.0;
        let _ = writeln!(
            out,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            HEIGHT - 12.0,
            escape(x_name)
        );
        let centre = (TOP + HEIGHT - BOTTOM) / 2.0;
        let _ = writeln!(
            out,
            "<text x=\"16\" y=\"{centre}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {centre})\">{}</text>",
            escape(y_name)
        );
    }
}

/// A chart of lines.
pub fn lines(title: &str, x_name: &str, y_name: &str, lines: &[Line]) -> String {
    let mut out = start(title);
    let axes = Axes::of(lines.iter().flat_map(|l| l.points.iter().copied()), true);
    axes.draw(&mut out, x_name, y_name);
    for (i, line) in lines.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let mut path = String::new();
        for (k, point) in line.points.iter().enumerate() {
            let (x, y) = axes.at(*point);
            let _ = write!(path, "{}{x:.1} {y:.1}", if k == 0 { 'M' } else { 'L' });
        }
        let _ = writeln!(
            out,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"/>"
        );
        let y = TOP + 14.0 + 17.0 * i as f64;
        let _ = writeln!(
            out,
            "<path d=\"M{} {}h22\" stroke=\"{colour}\" stroke-width=\"3\"/>",
            LEFT + 12.0,
            y - 4.0
        );
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{y}\">{}</text>",
            LEFT + 40.0,
            escape(&line.name)
        );
    }
    out + "</svg>\n"
}

/// Points, and the line on which x equals y.
pub fn points(title: &str, x_name: &str, y_name: &str, points: &[(f64, f64)]) -> String {
    let mut out = start(title);
    let flat = points.iter().flat_map(|p| [p.0, p.1]);
    let (low, high) = flat.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    let axes = Axes::of(
        [(low, low), (high, high)]
            .into_iter()
            .filter(|p| p.0.is_finite()),
        false,
    );
    axes.draw(&mut out, x_name, y_name);
    let ((ax, ay), (bx, by)) = (axes.at((axes.x.0, axes.x.0)), axes.at((axes.x.1, axes.x.1)));
    let _ = writeln!(
        out,
        "<path d=\"M{ax:.1} {ay:.1}L{bx:.1} {by:.1}\" stroke=\"#999999\"/>"
    );
    // at most so many points: more are not seen
    let every = points.len().div_ceil(4000).max(1);
    for point in points.iter().step_by(every) {
        let (x, y) = axes.at(*point);
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\" fill=\"{}\" fill-opacity=\"0.5\"/>",
            COLOURS[0]
        );
    }
    out + "</svg>\n"
}

/// Horizontal bars, each with its name and whether it is emphasised.
pub fn bars(title: &str, x_name: &str, bars: &[(String, f64, bool)]) -> String {
    let mut out = start(title);
    let name_width = 260.0;
    let most = bars.iter().map(|b| b.1).fold(0.0, f64::max).max(1e-12);
    let room = (HEIGHT - TOP - BOTTOM) / (bars.len() as f64).max(1.0);
    for (i, (name, value, strong)) in bars.iter().enumerate() {
        let y = TOP + room * i as f64;
        let width = (value / most) * (WIDTH - RIGHT - name_width - 60.0);
        let colour = if *strong { COLOURS[0] } else { "#b9c7d6" };
        let middle = y + room / 2.0 + 4.0;
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
            name_width - 8.0,
            escape(name)
        );
        let _ = writeln!(
            out,
            "<rect x=\"{name_width}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
            y + room * 0.15,
            room * 0.7
        );
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{middle:.1}\">{value:.3}</text>",
            name_width + width + 6.0
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        WIDTH / 2.0,
        HEIGHT - 14.0,
        escape(x_name)
    );
    out + "</svg>\n"
}
