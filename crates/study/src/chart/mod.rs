//! Pictures as data: marks on two axes, or on a page measured in pixels.
//!
//! A [`Chart`] can be written as a [Vega-Lite](https://vega.github.io/vega-lite/) specification, so
//! that whoever wants another picture of the same numbers can make it, and drawn as a static SVG.
//! Both come from the same marks; neither needs anything outside this program.
//!
//! ```
//! use seamount_study::chart::{Axis, Chart};
//! let picture = Chart::new("squares")
//!     .x(Axis::linear("x"))
//!     .y(Axis::linear("x squared"))
//!     .line("exact", [(0.0, 0.0), (1.0, 1.0), (2.0, 4.0)]);
//! assert!(picture.svg().starts_with("<svg"));
//! assert_eq!(picture.vega_lite()["layer"][0]["mark"]["type"], "line");
//! ```
//!
//! What this module does *not* know: what the numbers mean, files, terminals.

mod axis;
mod bars;
mod cells;
mod draw;
mod picture;
mod vega;

pub use axis::{Axis, Scale};
pub use bars::{BarRow, Bars};
pub use cells::{Cells, GridCell, GridFrame};
pub use picture::Picture;

use std::path::Path;

/// Colours of lines, bars and units, in order; they differ in lightness too.
pub const COLOURS: [&str; 6] = [
    "#1b4f8a", "#c8501e", "#2c8a4b", "#8a5fa8", "#777777", "#b8860b",
];

/// Side of a text that its point is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins at the point.
    Start,
    /// The text is centred on the point.
    Middle,
    /// The text ends at the point.
    End,
}

/// A mark of a picture, in the units of its axes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// A line through points, in the legend by its name.
    Line {
        name: String,
        colour: String,
        points: Vec<(f64, f64)>,
        dashed: bool,
        dots: bool,
    },
    /// A straight line without a name, `width` pixels thick.
    Segment {
        from: (f64, f64),
        to: (f64, f64),
        colour: String,
        width: f64,
    },
    /// Filled circles, radius in pixels; in the legend where they have a name.
    Dots {
        name: String,
        points: Vec<(f64, f64)>,
        colour: String,
        radius: f64,
        opacity: f64,
    },
    /// A filled rectangle with an optional border; `says` is shown where the viewer has tooltips.
    Tile {
        from: (f64, f64),
        to: (f64, f64),
        colour: String,
        border: Option<String>,
        says: String,
    },
    /// A text, size in pixels; it hangs below its point or stands on it.
    Text {
        at: (f64, f64),
        text: String,
        anchor: Anchor,
        place: Beside,
        colour: String,
        size: f64,
    },
}

/// A name in the legend.
struct LegendName<'a> {
    name: &'a str,
    colour: &'a str,
    dashed: bool,
}

/// A picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    title: String,
    width: u32,
    height: u32,
    x: Axis,
    y: Axis,
    marks: Vec<Mark>,
    lines: usize,
    zooms: bool,
}

impl Chart {
    /// An empty picture of 720 x 400 pixels with two linear axes.
    pub fn new(title: impl Into<String>) -> Chart {
        Chart {
            title: title.into(),
            width: 720,
            height: 400,
            x: Axis::linear(""),
            y: Axis::linear(""),
            marks: vec![],
            lines: 0,
            zooms: false,
        }
    }

    /// An empty page without axes: x and y are pixels from the upper left corner.
    pub fn page(width: u32, height: u32) -> Chart {
        Chart {
            width,
            height,
            x: Axis::hidden(0.0, f64::from(width)),
            // the first row of pixels is the uppermost
            y: Axis::hidden(f64::from(height), 0.0),
            ..Chart::new("")
        }
    }

    /// Title above the picture.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The same picture so many pixels high.
    #[must_use]
    pub fn high(self, height: u32) -> Chart {
        Chart { height, ..self }
    }

    /// Lets a viewer of the specification go into it: shift and wheel zoom, dragging moves, a
    /// double click goes back. For axes without a range of their own.
    #[must_use]
    pub fn zoomable(self) -> Chart {
        Chart {
            zooms: true,
            ..self
        }
    }

    /// The horizontal axis.
    #[must_use]
    pub fn x(self, x: Axis) -> Chart {
        Chart { x, ..self }
    }

    /// The vertical axis.
    #[must_use]
    pub fn y(self, y: Axis) -> Chart {
        Chart { y, ..self }
    }

    /// A line with the next of [`COLOURS`], in the legend by its name.
    #[must_use]
    pub fn line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Chart {
        self.named_line(name.into(), points.into_iter().collect(), false)
    }

    /// As [`line`](Self::line), with a dot at each point: for few points that are measurements.
    #[must_use]
    pub fn dotted_line(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Chart {
        self.named_line(name.into(), points.into_iter().collect(), true)
    }

    fn named_line(mut self, name: String, points: Vec<(f64, f64)>, dots: bool) -> Chart {
        let colour = COLOURS[self.lines % COLOURS.len()].into();
        self.lines += 1;
        self.marks.push(Mark::Line {
            name,
            colour,
            points,
            dashed: false,
            dots,
        });
        self
    }

    /// A dashed line across the whole picture at a height, with words at its right end, above it or
    /// below it.
    #[must_use]
    pub fn across(mut self, y: f64, words: &str, place: Beside) -> Chart {
        self.marks.push(Mark::Line {
            name: String::new(),
            colour: "#555555".into(),
            points: vec![(f64::NEG_INFINITY, y), (f64::INFINITY, y)],
            dashed: true,
            dots: false,
        });
        self.marks.push(Mark::Text {
            at: (f64::INFINITY, y),
            text: format!("{words} "),
            anchor: Anchor::End,
            place,
            colour: "#555555".into(),
            size: 12.0,
        });
        self
    }

    /// A dashed line from bottom to top at an x, in the legend by some words: beside the line they
    /// would lie on curves.
    #[must_use]
    pub fn upright(mut self, x: f64, words: &str) -> Chart {
        self.marks.push(Mark::Line {
            name: words.into(),
            colour: "#888888".into(),
            points: vec![(x, f64::NEG_INFINITY), (x, f64::INFINITY)],
            dashed: true,
            dots: false,
        });
        self
    }

    /// Half transparent dots. Of more than 4,000 only every so manyth is drawn: more are not seen.
    #[must_use]
    pub fn scatter(mut self, points: &[(f64, f64)]) -> Chart {
        let every = points.len().div_ceil(4000).max(1);
        self.marks.push(Mark::Dots {
            name: String::new(),
            points: points.iter().step_by(every).copied().collect(),
            colour: COLOURS[0].into(),
            radius: 2.0,
            opacity: 0.5,
        });
        self
    }

    /// A straight line, `width` pixels thick.
    #[must_use]
    pub fn segment(mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) -> Chart {
        self.marks.push(Mark::Segment {
            from,
            to,
            colour: colour.into(),
            width,
        });
        self
    }

    /// Filled circles.
    #[must_use]
    pub fn dots(mut self, points: Vec<(f64, f64)>, colour: &str, radius: f64) -> Chart {
        self.marks.push(Mark::Dots {
            name: String::new(),
            points,
            colour: colour.into(),
            radius,
            opacity: 1.0,
        });
        self
    }

    /// Filled circles with the next of [`COLOURS`], in the legend by their name.
    #[must_use]
    pub fn named_dots(
        mut self,
        name: impl Into<String>,
        points: Vec<(f64, f64)>,
        radius: f64,
    ) -> Chart {
        let colour = COLOURS[self.lines % COLOURS.len()].into();
        self.lines += 1;
        self.marks.push(Mark::Dots {
            name: name.into(),
            points,
            colour,
            radius,
            opacity: 1.0,
        });
        self
    }

    /// Number of points that the marks have together.
    fn corners(&self) -> usize {
        let of = |mark: &Mark| match mark {
            Mark::Line { points, .. } | Mark::Dots { points, .. } => points.len(),
            _ => 1,
        };
        self.marks.iter().map(of).sum()
    }

    /// The names of the legend, in order.
    fn named(&self) -> impl Iterator<Item = LegendName<'_>> {
        let of = |mark| match mark {
            &Mark::Line {
                ref name,
                ref colour,
                dashed,
                ..
            } => Some((name, colour, dashed)),
            Mark::Dots { name, colour, .. } => Some((name, colour, false)),
            _ => None,
        };
        let named = self.marks.iter().filter_map(of);
        named
            .filter(|(name, _, _)| !name.is_empty())
            .map(|(name, colour, dashed)| LegendName {
                name,
                colour,
                dashed,
            })
    }

    /// A filled rectangle; `says` is shown where the viewer has tooltips.
    #[must_use]
    pub fn tile(
        mut self,
        from: (f64, f64),
        to: (f64, f64),
        colour: &str,
        border: Option<&str>,
        says: impl Into<String>,
    ) -> Chart {
        self.marks.push(Mark::Tile {
            from,
            to,
            colour: colour.into(),
            border: border.map(Into::into),
            says: says.into(),
        });
        self
    }

    /// A text that hangs below its point.
    #[must_use]
    pub fn text(
        mut self,
        at: (f64, f64),
        text: impl Into<String>,
        anchor: Anchor,
        colour: &str,
        size: f64,
    ) -> Chart {
        self.marks.push(Mark::Text {
            at,
            text: text.into(),
            anchor,
            place: Beside::Below,
            colour: colour.into(),
            size,
        });
        self
    }

    /// The Vega-Lite specification.
    pub fn vega_lite(&self) -> serde_json::Value {
        vega::with_schema(vega::chart(self))
    }

    /// The picture as SVG.
    pub fn svg(&self) -> String {
        draw::svg(std::slice::from_ref(self))
    }

    /// The bytes of the file at `path`: the Vega-Lite specification if the name ends in `.json`
    /// (`.vl.json` is what its editors look for), else the picture as SVG.
    pub fn file(&self, path: &Path) -> Vec<u8> {
        picture_bytes(path, || self.vega_lite(), || self.svg())
    }
}

/// Above or below a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Above.
    Above,
    /// Below.
    Below,
}

/// Pictures below each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Column(pub Vec<Chart>);

impl Column {
    /// The Vega-Lite specification.
    pub fn vega_lite(&self) -> serde_json::Value {
        let charts: Vec<_> = self.0.iter().map(vega::chart).collect();
        vega::with_schema(serde_json::json!({ "vconcat": charts }))
    }

    /// The pictures as one SVG.
    pub fn svg(&self) -> String {
        draw::svg(&self.0)
    }

    /// The bytes of the file at `path`, by its ending as in [`Chart::file`].
    pub fn file(&self, path: &Path) -> Vec<u8> {
        picture_bytes(path, || self.vega_lite(), || self.svg())
    }
}

/// Placeholder of a picture's file in the help of a command.
pub const PICTURE_FILE: &str = "FILE.svg|.vl.json";

fn picture_bytes(
    path: &Path,
    vega_lite: impl FnOnce() -> serde_json::Value,
    svg: impl FnOnce() -> String,
) -> Vec<u8> {
    let ending = path.extension().unwrap_or_default();
    if ending.eq_ignore_ascii_case("json") {
        format!("{:#}\n", vega_lite()).into_bytes()
    } else {
        svg().into_bytes()
    }
}

/// Colours of a scale from white over yellow and red to dark red.
const HEAT: [&str; 4] = ["#ffffff", "#fed976", "#f03b20", "#800026"];

/// A colour from white over yellow and red to dark red, by a share of 0 to 1.
pub fn heat(share: f64) -> String {
    // HEAT in numbers; a test holds them together
    const STOPS: [[f64; 3]; 4] = [
        [255.0, 255.0, 255.0],
        [254.0, 217.0, 118.0],
        [240.0, 59.0, 32.0],
        [128.0, 0.0, 38.0],
    ];
    let at = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let below = (at as usize).min(STOPS.len() - 2);
    let part = at - below as f64;
    let mut colour = String::from("#");
    for (low, high) in STOPS[below].iter().zip(STOPS[below + 1]) {
        let value = (low + (high - low) * part).round() as u8;
        colour += &format!("{value:02x}");
    }
    colour
}

#[cfg(test)]
mod tests;
