//! Cells of a grid, coloured by a number: cores of a chip, answers beside labels.

use super::{Anchor, Chart, HEAT, heat, vega};
use serde_json::{Value, json};

const BLACK: &str = "#000000";
const WHITE: &str = "#ffffff";
const MARGIN: f64 = 20.0;
const HEAD: f64 = 84.0;
const FOOT: f64 = 22.0;
/// Pixels that names of rows take, where there are any.
const NAMES: f64 = 110.0;

/// A grid of cells whose colour says a number; the upper left cell is at (0, 0).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cells {
    /// Above the grid.
    pub title: String,
    /// Meaning of the colour, with its unit.
    pub what: String,
    /// Width and height of the grid in cells.
    pub size: (u32, u32),
    /// The cells; places without one stay empty.
    pub cells: Vec<GridCell>,
    /// Frames around cells that belong together.
    pub frames: Vec<GridFrame>,
    /// Names of the columns, none or one each, and what they are.
    pub columns: (String, Vec<String>),
    /// Names of the rows, none or one each, and what they are.
    pub rows: (String, Vec<String>),
    /// Lines below the grid.
    pub notes: Vec<String>,
}

/// One cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GridCell {
    /// Column and row, from 0.
    pub at: (u32, u32),
    /// The number; of a cell that is there and not in use, none.
    pub value: Option<f64>,
    /// Text in the cell; at most four letters are readable.
    pub label: String,
    /// Text that is shown where the viewer has tooltips.
    pub says: String,
}

/// A frame around some cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GridFrame {
    /// Column and row of its upper left cell.
    pub at: (u32, u32),
    /// Width and height in cells.
    pub size: (u32, u32),
    /// Name, above it in the picture; in a specification beside it.
    pub name: String,
}

impl Cells {
    /// The largest number; 1 where there is none.
    fn most(&self) -> f64 {
        let values = self.cells.iter().filter_map(|cell| cell.value);
        let most = values.fold(0.0, f64::max);
        if most > 0.0 { most } else { 1.0 }
    }

    /// Side of a cell in pixels.
    fn side(&self) -> f64 {
        (640.0 / f64::from(self.size.0.max(1)))
            .clamp(5.0, 28.0)
            .floor()
    }

    /// The grid on a page of pixels.
    pub fn chart(&self) -> Chart {
        let side = self.side();
        let left = if self.rows.1.is_empty() {
            MARGIN
        } else {
            NAMES
        };
        let width = left + side * f64::from(self.size.0) + MARGIN;
        let below = HEAD + side * f64::from(self.size.1);
        let height = below + FOOT * (self.notes.len() as f64 + 1.0);
        let page = Chart::page(width.max(520.0) as u32, height as u32).text(
            (MARGIN, 12.0),
            &self.title,
            Anchor::Start,
            "#000000",
            15.0,
        );
        let mut page = self.scale(page);
        let place = |(x, y): (f64, f64)| (left + side * x, HEAD + side * y);
        for cell in &self.cells {
            let corner = (f64::from(cell.at.0), f64::from(cell.at.1));
            let from = place(corner);
            let to = place((corner.0 + 1.0, corner.1 + 1.0));
            let share = cell.value.map(|value| value / self.most());
            let colour = share.map_or("#f4f4f4".into(), heat);
            page = page.tile(from, to, &colour, Some("#ffffff"), &cell.says);
            if !cell.label.is_empty() && side >= 16.0 {
                let at = ((from.0 + to.0) / 2.0, from.1 + side / 2.0 - 5.0);
                let ink = ink(share.unwrap_or(0.0));
                page = page.text(at, &cell.label, Anchor::Middle, ink, 9.0);
            }
        }
        for frame in &self.frames {
            page = outlined(page, place, frame);
        }
        page = self.named(page, side, left);
        for (index, note) in self.notes.iter().enumerate() {
            let at = (MARGIN, below + 8.0 + FOOT * index as f64);
            page = page.text(at, note, Anchor::Start, "#555555", 12.0);
        }
        page
    }

    /// The scale of colours above the grid, from 0 to the largest number.
    fn scale(&self, mut page: Chart) -> Chart {
        let from = MARGIN + 20.0;
        for step in 0..20 {
            let x = from + 6.0 * f64::from(step);
            let colour = heat((f64::from(step) + 0.5) / 20.0);
            page = page.tile((x, 38.0), (x + 6.0, 48.0), &colour, None, "");
        }
        let words = format!("{} {}", super::axis::label(self.most()), self.what);
        page.text((from - 6.0, 37.0), "0", Anchor::End, "#333333", 12.0)
            .text((from + 128.0, 37.0), words, Anchor::Start, "#333333", 12.0)
    }

    /// Names of columns and rows, as many as are readable.
    fn named(&self, mut page: Chart, side: f64, left: f64) -> Chart {
        let every = |names: &[String], room: f64| (names.len() as f64 * room / side).ceil();
        let columns = &self.columns.1;
        let widest = columns.iter().map(|name| name.chars().count()).max();
        let room = 7.0 * widest.unwrap_or(0) as f64 + 6.0;
        let skip = (every(columns, room) as usize).div_ceil(columns.len().max(1));
        for (index, name) in columns.iter().enumerate().step_by(skip.max(1)) {
            let at = (left + side * (index as f64 + 0.5), HEAD - 16.0);
            page = page.text(at, name, Anchor::Middle, "#333333", 11.0);
        }
        let rows = &self.rows.1;
        let skip = (every(rows, 14.0) as usize).div_ceil(rows.len().max(1));
        for (index, name) in rows.iter().enumerate().step_by(skip.max(1)) {
            let at = (left - 6.0, HEAD + side * (index as f64 + 0.5) - 6.0);
            page = page.text(at, name, Anchor::End, "#333333", 11.0);
        }
        page
    }

    /// The Vega-Lite specification.
    pub fn vega_lite(&self) -> Value {
        let side = self.side();
        let mut layers = vec![self.cell_layer()];
        let optional = [
            (
                self.cells.iter().any(|cell| cell.value.is_none()),
                self.empty_layer(),
            ),
            (self.labels(BLACK), self.label_layer(BLACK)),
            (self.labels(WHITE), self.label_layer(WHITE)),
            (!self.frames.is_empty(), self.frame_layer()),
        ];
        let there = optional.into_iter().filter(|(there, _)| *there);
        layers.extend(there.map(|(_, layer)| layer));
        vega::with_schema(json!({
            "title": self.title,
            "width": side * f64::from(self.size.0),
            "height": side * f64::from(self.size.1),
            "layer": layers,
        }))
    }

    /// An axis with the names of columns or rows, or none.
    fn channel(&self, field: &str) -> Value {
        let across = field == "x";
        let (title, names) = if across { &self.columns } else { &self.rows };
        let cells = if across { self.size.0 } else { self.size.1 };
        let axis = if names.is_empty() {
            Value::Null
        } else {
            json!({ "labelOverlap": true, "labelAngle": 0, "ticks": false, "domain": false })
        };
        // names may occur twice: a cell is placed by its number and called by its name
        if names.is_empty() {
            let domain = if across { [0, cells] } else { [cells, 0] };
            let scale = json!({ "domain": domain, "nice": false, "zero": false });
            return json!({
                "field": field, "type": "quantitative", "scale": scale, "axis": axis,
            });
        }
        json!({
            "field": format!("{field}_name"), "type": "ordinal", "title": title, "sort": null,
            "scale": { "domain": names, "paddingInner": 0.04 }, "axis": axis,
        })
    }

    fn encoding(&self) -> Value {
        let mut encoding = json!({ "x": self.channel("x"), "y": self.channel("y") });
        if self.columns.1.is_empty() {
            encoding["x2"] = json!({ "field": "x2" });
        }
        if self.rows.1.is_empty() {
            encoding["y2"] = json!({ "field": "y2" });
        }
        encoding["tooltip"] = json!({ "field": "says", "type": "nominal", "title": " " });
        encoding
    }

    fn row(&self, cell: &GridCell) -> Value {
        let (x, y) = cell.at;
        let mut row = json!({
            "x": x, "y": y, "x2": x + 1, "y2": y + 1, "value": cell.value,
            "middle_x": f64::from(x) + 0.5, "middle_y": f64::from(y) + 0.5,
            "label": cell.label, "says": cell.says,
        });
        for (field, names, at) in [("x_name", &self.columns.1, x), ("y_name", &self.rows.1, y)] {
            if let Some(name) = names.get(at as usize) {
                row[field] = name.as_str().into();
            }
        }
        row
    }

    fn data(&self, wanted: impl Fn(&GridCell) -> bool) -> Value {
        let rows = self.cells.iter().filter(|cell| wanted(cell));
        let rows: Vec<Value> = rows.map(|cell| self.row(cell)).collect();
        json!({ "values": rows })
    }

    fn empty_layer(&self) -> Value {
        json!({
            "data": self.data(|cell| cell.value.is_none()),
            "mark": { "type": "rect", "color": "#f4f4f4", "stroke": "#ffffff" },
            "encoding": self.encoding(),
        })
    }

    fn cell_layer(&self) -> Value {
        let mut encoding = self.encoding();
        encoding["color"] = json!({
            "field": "value", "type": "quantitative",
            "scale": { "domain": [0, self.most()], "range": HEAT, "nice": false },
            "legend": { "title": self.what, "orient": "top", "titleLimit": 400 },
        });
        json!({
            "data": self.data(|cell| cell.value.is_some()),
            "mark": { "type": "rect", "stroke": "#ffffff" },
            "encoding": encoding,
        })
    }

    /// Whether a text in a colour is drawn; none where cells are too small to be read.
    fn labels(&self, colour: &str) -> bool {
        let readable = self.side() >= 24.0;
        readable && self.cells.iter().any(|cell| self.labelled(cell, colour))
    }

    fn labelled(&self, cell: &GridCell, colour: &str) -> bool {
        let share = cell.value.unwrap_or(0.0) / self.most();
        !cell.label.is_empty() && ink(share) == colour
    }

    /// The texts of a colour, in the middle of their cells. Each colour is a layer: one by data
    /// would share its scale with that of the cells.
    fn label_layer(&self, colour: &str) -> Value {
        let mut encoding = json!({ "x": self.channel("x"), "y": self.channel("y") });
        for (channel, middle) in [("x", "middle_x"), ("y", "middle_y")] {
            if encoding[channel]["type"] == "quantitative" {
                encoding[channel]["field"] = middle.into();
            }
        }
        encoding["text"] = json!({ "field": "label", "type": "nominal" });
        json!({
            "data": self.data(|cell| self.labelled(cell, colour)),
            "mark": { "type": "text", "fontSize": 10, "color": colour },
            "encoding": encoding,
        })
    }

    fn frame_layer(&self) -> Value {
        let frame = |frame: &GridFrame| {
            let (x, y) = frame.at;
            let (width, height) = frame.size;
            json!({ "x": x, "y": y, "x2": x + width, "y2": y + height, "says": frame.name })
        };
        let frames: Vec<Value> = self.frames.iter().map(frame).collect();
        json!({
            "data": { "values": frames },
            "mark": { "type": "rect", "filled": false, "stroke": "#888888" },
            "encoding": self.encoding(),
        })
    }
}

/// Black on light cells, white on dark ones.
fn ink(share: f64) -> &'static str {
    if share > 0.55 { WHITE } else { BLACK }
}

/// A frame with its name above it, drawn by its four sides.
fn outlined(page: Chart, place: impl Fn((f64, f64)) -> (f64, f64), frame: &GridFrame) -> Chart {
    let from = (f64::from(frame.at.0), f64::from(frame.at.1));
    let to = (
        from.0 + f64::from(frame.size.0),
        from.1 + f64::from(frame.size.1),
    );
    let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
    let sides = corners.windows(2);
    let page = sides.fold(page, |page, side| {
        page.segment(place(side[0]), place(side[1]), "#888888", 1.0)
    });
    let (x, y) = place(from);
    page.text((x, y - 13.0), &frame.name, Anchor::Start, "#555555", 11.0)
}
