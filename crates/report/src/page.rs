//! A page: cards below each other, as one file of HTML.

use crate::assets;
use crate::html::{json, text};
use seamount_study::chart::Picture;
use serde_json::{Value, json};
use std::fmt::Write;

/// Most marks of a chart that are drawn one by one as parts of the page; more are painted.
const SVG_MARKS_MAX: usize = 3000;

/// A page of cards.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// Title of the page and of its window.
    pub title: String,
    /// A sentence below the title.
    pub lead: String,
    /// The cards, from top to bottom.
    pub cards: Vec<Card>,
}

/// One thing to look at, with its title.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Card {
    /// Name for files and anchors: letters, digits and hyphens.
    pub name: String,
    /// Title above it.
    pub title: String,
    /// Origin of its numbers, and what is not in them.
    pub note: String,
    /// What there is to look at.
    pub body: CardBody,
}

/// What a card shows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CardBody {
    /// Names and values.
    Facts(Vec<(String, String)>),
    /// Rows of cells.
    Table(CardTable),
    /// A chart.
    Picture(Picture),
    /// Lines of text, in letters of equal width.
    Text(String),
}

/// A table of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CardTable {
    /// Headings of the columns.
    pub head: Vec<String>,
    /// Rows, each with a cell for every column.
    pub rows: Vec<Vec<String>>,
}

impl CardTable {
    /// A table without rows.
    pub fn new(head: impl IntoIterator<Item = &'static str>) -> CardTable {
        CardTable {
            head: head.into_iter().map(String::from).collect(),
            rows: vec![],
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl Card {
    /// A card. Letters of the name that are none of a file's become hyphens.
    pub fn new(name: &str, title: impl Into<String>, body: impl Into<CardBody>) -> Card {
        let letter = |c: char| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_lowercase(),
            false => '-',
        };
        Card {
            name: name.chars().map(letter).take(60).collect(),
            title: title.into(),
            note: String::new(),
            body: body.into(),
        }
    }

    /// The same card with a note.
    #[must_use]
    pub fn noted(self, note: impl Into<String>) -> Card {
        Card {
            note: note.into(),
            ..self
        }
    }

    /// The chart of the card, if it shows one.
    pub fn picture(&self) -> Option<&Picture> {
        match &self.body {
            CardBody::Picture(picture) => Some(picture),
            _ => None,
        }
    }
}

impl From<Picture> for CardBody {
    fn from(picture: Picture) -> CardBody {
        CardBody::Picture(picture)
    }
}

impl From<CardTable> for CardBody {
    fn from(table: CardTable) -> CardBody {
        CardBody::Table(table)
    }
}

impl Page {
    /// A page without cards.
    pub fn new(title: impl Into<String>, lead: impl Into<String>) -> Page {
        Page {
            title: title.into(),
            lead: lead.into(),
            cards: vec![],
        }
    }

    /// The same page with more cards at its end.
    #[must_use]
    pub fn with(mut self, cards: impl IntoIterator<Item = Card>) -> Page {
        self.cards.extend(cards);
        self
    }

    /// Number of charts: what the finished page writes into `data-drawn` of its body.
    pub fn charts(&self) -> usize {
        let charts = self.cards.iter().filter_map(Card::picture);
        charts.count()
    }

    /// The file: HTML that is whole without any network.
    pub fn html(&self) -> String {
        let mut out = String::with_capacity(1 << 20);
        self.write(&mut out)
            .expect("a text takes all that is written");
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let title = text(&self.title);
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body data-charts=\"{}\">\n<header><h1>{title}</h1><p>{}</p></header>\n<main>",
            assets::policy(),
            self.charts(),
            text(&self.lead)
        )?;
        let mut charts = vec![];
        for card in &self.cards {
            write_card(out, card, &mut charts)?;
        }
        writeln!(out, "</main>\n<footer>")?;
        writeln!(
            out,
            "<p>Made by seamount {}. Charts can be saved as SVG or PNG by the button in their \
             corner.</p>\n<details><summary>Licences of the library that draws the \
             charts</summary>",
            env!("CARGO_PKG_VERSION")
        )?;
        for (name, licence) in assets::licences() {
            writeln!(out, "<h3>{}</h3><pre>{}</pre>", text(name), text(licence))?;
        }
        writeln!(out, "</details>\n</footer>")?;
        let charts = json(&Value::Array(charts));
        writeln!(
            out,
            "<script type=\"application/json\" id=\"charts\">{charts}</script>"
        )?;
        for script in assets::scripts() {
            writeln!(out, "<script>{script}</script>")?;
        }
        writeln!(out, "</body>\n</html>")
    }
}

fn write_card(out: &mut String, card: &Card, charts: &mut Vec<Value>) -> std::fmt::Result {
    let class = match &card.body {
        // floor plans are three, and are looked at beside each other
        CardBody::Picture(Picture::Cells(cells)) if !cells.frames.is_empty() => "card third",
        CardBody::Picture(Picture::Cells(_)) => "card half",
        _ => "card",
    };
    writeln!(
        out,
        "<section class=\"{class}\" id=\"card-{}\"><h2>{}</h2>",
        text(&card.name),
        text(&card.title)
    )?;
    match &card.body {
        CardBody::Facts(facts) => {
            writeln!(out, "<dl>")?;
            for (name, value) in facts {
                writeln!(out, "<dt>{}</dt><dd>{}</dd>", text(name), text(value))?;
            }
            writeln!(out, "</dl>")?;
        }
        CardBody::Table(table) => write_table(out, table)?,
        CardBody::Text(lines) => writeln!(out, "<pre>{}</pre>", text(lines))?,
        CardBody::Picture(picture) => {
            let id = format!("chart-{}", charts.len());
            writeln!(out, "<div class=\"chart\" id=\"{id}\"></div>")?;
            charts.push(chart(&id, card, picture));
            for note in picture.notes() {
                writeln!(out, "<p class=\"note\">{}</p>", text(note))?;
            }
        }
    }
    if !card.note.is_empty() {
        writeln!(out, "<p class=\"note\">{}</p>", text(&card.note))?;
    }
    writeln!(out, "</section>")
}

fn write_table(out: &mut String, table: &CardTable) -> std::fmt::Result {
    writeln!(out, "<div class=\"table\"><table><thead><tr>")?;
    for head in &table.head {
        write!(out, "<th>{}</th>", text(head))?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for row in &table.rows {
        write!(out, "<tr>")?;
        for cell in row {
            write!(out, "<td>{}</td>", text(cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// A chart as the script of the page takes it. The page has the title already, and the width is
/// that of the window.
fn chart(id: &str, card: &Card, picture: &Picture) -> Value {
    let mut spec = picture.vega_lite();
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("title");
        // the library of the page is newer than the version that notebooks know
        fields.remove("$schema");
        fields.insert("width".into(), "container".into());
        fields.insert(
            "autosize".into(),
            json!({ "type": "fit-x", "contains": "padding" }),
        );
    }
    let many = picture.marks() > SVG_MARKS_MAX;
    json!({
        "id": id,
        "file": card.name,
        "renderer": if many { "canvas" } else { "svg" },
        "spec": spec,
    })
}

const STYLE: &str = "
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.45 system-ui, sans-serif; color: #1a1a1a; background: #f2f3f5; }
header, main, footer { max-width: 1160px; margin: 0 auto; padding: 0 16px; }
header h1 { margin: 24px 0 4px; font-size: 24px; overflow-wrap: anywhere; }
header p { margin: 0 0 16px; color: #555; overflow-wrap: anywhere; }
main { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 16px; }
.card { grid-column: 1 / -1; background: #fff; border: 1px solid #ddd; border-radius: 8px;
  padding: 14px 16px; min-width: 0; }
.card.half { grid-column: span 3; }
.card.third { grid-column: span 2; }
h2 { font-size: 17px; margin: 0 0 10px; overflow-wrap: anywhere; }
.chart { width: 100%; min-height: 40px; }
.chart .vega-embed { width: 100%; }
.note { color: #555; font-size: 13px; margin: 8px 0 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(110px, max-content) 1fr; gap: 4px 16px;
  margin: 0; }
dt { color: #555; }
dd { margin: 0; overflow-wrap: anywhere; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid #e6e6e6;
  vertical-align: top; }
th { color: #555; font-weight: 600; }
pre { overflow-x: auto; font-size: 12.5px; line-height: 1.35; margin: 0; }
footer { color: #555; font-size: 13px; padding-bottom: 32px; }
footer pre { margin-bottom: 16px; }
@media (max-width: 760px) {
  .card.half, .card.third { grid-column: 1 / -1; }
  header, main, footer { padding: 0 8px; }
  .card { padding: 12px 10px; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 6px; }
}
@media print { body { background: #fff; } .card { break-inside: avoid; } }
";
