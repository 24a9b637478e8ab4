//! Pages of results, and their charts as data.

use crate::errors::raised;
use pyo3::prelude::*;
use seamount_report::{Card, Page};
use seamount_session::files::Outputs;
use std::io::Write;
use std::path::Path;

/// Name, title, note, Vega-Lite specification and SVG of a chart.
pub(crate) type ChartTexts = (String, String, String, String, String);

/// The charts among the cards of a page.
pub(crate) fn charts(cards: Vec<Card>) -> Vec<ChartTexts> {
    let chart = |card: Card| {
        let picture = card.picture()?;
        let spec = picture.vega_lite().to_string();
        let svg = picture.svg();
        Some((card.name, card.title, card.note, spec, svg))
    };
    cards.into_iter().filter_map(chart).collect()
}

/// Writes a page as a whole, or nothing.
pub(crate) fn write(py: Python<'_>, path: &Path, page: &Page) -> PyResult<()> {
    let html = py.detach(|| page.html());
    let written = Outputs::expect(&[path])
        .and_then(|()| Outputs::write_one(path, |out| out.write_all(html.as_bytes())));
    written.map_err(raised)
}
