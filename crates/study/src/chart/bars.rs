//! Horizontal bars, each of one part or of several beside each other, with its name and its value.

use super::{Anchor, COLOURS, Chart, vega};
use serde_json::{Value, json};

const ROW: f64 = 22.0;
const LEFT: f64 = 260.0;
const WIDTH: f64 = 560.0;
const RIGHT: f64 = 120.0;
const MARGIN: f64 = 20.0;

/// Bars below each other, all of one unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bars {
    /// Above the bars.
    pub title: String,
    /// Names of the parts, for the legend; none if bars have one part.
    pub parts: Vec<String>,
    /// The bars, from top to bottom.
    pub rows: Vec<BarRow>,
    /// Lines below the bars.
    pub notes: Vec<String>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct BarRow {
    /// To the left of the bar.
    pub name: String,
    /// Lengths of the parts and their colours.
    pub parts: Vec<(f64, &'static str)>,
    /// To the right of the bar.
    pub value: String,
}

impl Bars {
    /// The bars on a page; the longest is as wide as there is room.
    pub fn chart(&self) -> Chart {
        let legend = if self.parts.is_empty() { 0.0 } else { ROW };
        let body = MARGIN + 2.0 * ROW + legend;
        let height = body + ROW * (self.rows.len() + self.notes.len() + 1) as f64;
        let mut page = Chart::page((LEFT + WIDTH + RIGHT) as u32, height as u32).text(
            (MARGIN, MARGIN),
            &self.title,
            Anchor::Start,
            "#000000",
            15.0,
        );
        let mut x = LEFT;
        for (name, colour) in self.parts.iter().zip(COLOURS) {
            let y = MARGIN + ROW;
            page = page
                .tile((x, y), (x + 11.0, y + 11.0), colour, None, name)
                .text((x + 16.0, y), name, Anchor::Start, "#000000", 12.0);
            x += 42.0 + 7.0 * name.len() as f64;
        }
        let most = self.most();
        for (index, row) in self.rows.iter().enumerate() {
            page = self.row(page, row, most, body + ROW * index as f64);
        }
        let below = body + ROW * self.rows.len() as f64 + 6.0;
        for (index, note) in self.notes.iter().enumerate() {
            let at = (MARGIN, below + ROW * index as f64);
            page = page.text(at, note, Anchor::Start, "#555555", 12.0);
        }
        page
    }

    /// The Vega-Lite specification.
    pub fn vega_lite(&self) -> Value {
        let most = self.most();
        let names = self.row_names();
        let mut pieces = vec![];
        let mut ends = vec![];
        for (row, name) in self.rows.iter().zip(&names) {
            let mut from = 0.0;
            for (index, (length, colour)) in row.parts.iter().enumerate() {
                let to = from + length;
                if *length > 0.0 {
                    let part = self.parts.get(index).unwrap_or(&row.name);
                    pieces.push(json!({
                        "row": name, "part": part, "from": from, "to": to, "colour": colour,
                        "all": row.value,
                    }));
                }
                from = to;
            }
            ends.push(json!({ "row": name, "to": from, "value": row.value }));
        }
        let y = json!({
            "field": "row", "type": "nominal", "sort": null, "title": null,
            "scale": { "domain": names },
            "axis": { "ticks": false, "domain": false },
        });
        // room for the value at the end of the longest bar
        let x = json!({
            "field": "from", "type": "quantitative", "axis": null,
            "scale": { "domain": [0, most * 1.35], "nice": false },
        });
        let end = json!({ "field": "to", "type": "quantitative" });
        let bars = json!({
            "data": { "values": pieces },
            "mark": { "type": "bar", "height": 15 },
            "encoding": {
                "y": y, "x": x, "x2": { "field": "to" }, "color": self.colour(),
                "tooltip": [
                    { "field": "row", "title": "bar" }, { "field": "part", "title": "part" },
                    { "field": "all", "title": "all of it" },
                ],
            },
        });
        let mut at_end = x.clone();
        at_end["field"] = end["field"].clone();
        let words = json!({
            "data": { "values": ends },
            "mark": { "type": "text", "align": "left", "dx": 5, "color": "#333333" },
            "encoding": { "y": y, "x": at_end, "text": { "field": "value" } },
        });
        vega::with_schema(json!({
            "title": { "text": self.title, "subtitle": self.notes },
            "width": WIDTH,
            "height": ROW * self.rows.len().max(1) as f64,
            "layer": [bars, words],
        }))
    }

    /// The colour of a part: by its name, which the legend says, or as it is.
    fn colour(&self) -> Value {
        if self.parts.is_empty() {
            return json!({ "field": "colour", "type": "nominal", "scale": null });
        }
        let colours: Vec<_> = COLOURS.iter().take(self.parts.len()).collect();
        json!({
            "field": "part", "type": "nominal",
            "scale": { "domain": self.parts, "range": colours },
            "legend": { "title": null, "orient": "top" },
        })
    }

    /// Names of the bars, each told apart from those before it.
    fn row_names(&self) -> Vec<String> {
        let mut names: Vec<String> = vec![];
        for row in &self.rows {
            let mut name = row.name.clone();
            let mut times = 1;
            while names.contains(&name) {
                times += 1;
                name = format!("{} ({times})", row.name);
            }
            names.push(name);
        }
        names
    }

    /// Length of the longest bar; above 0.
    fn most(&self) -> f64 {
        let lengths = self
            .rows
            .iter()
            .map(|row| row.parts.iter().map(|part| part.0).sum());
        lengths.fold(1e-300, f64::max)
    }

    fn row(&self, page: Chart, row: &BarRow, most: f64, y: f64) -> Chart {
        let name = (LEFT - 8.0, y + 2.0);
        let mut page = page.text(name, &row.name, Anchor::End, "#000000", 12.0);
        let mut x = LEFT;
        for (index, (length, colour)) in row.parts.iter().enumerate() {
            let width = length / most * WIDTH;
            if width > 0.0 {
                let says = self.parts.get(index).unwrap_or(&row.name);
                page = page.tile((x, y), (x + width, y + 16.0), colour, None, says);
            }
            x += width;
        }
        let value = (x + 6.0, y + 2.0);
        page.text(value, &row.value, Anchor::Start, "#333333", 12.0)
    }
}
