//! A picture of any kind: what a page, a notebook or a file takes without asking how it is drawn.

use super::{Bars, Cells, Chart, picture_bytes};
use serde_json::Value;
use std::path::Path;

/// A picture of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Picture {
    /// Marks on two axes.
    Plot(Chart),
    /// Horizontal bars.
    Bars(Bars),
    /// Coloured cells of a grid.
    Cells(Cells),
}

impl Picture {
    /// The Vega-Lite specification.
    pub fn vega_lite(&self) -> Value {
        match self {
            Picture::Plot(chart) => chart.vega_lite(),
            Picture::Bars(bars) => bars.vega_lite(),
            Picture::Cells(cells) => cells.vega_lite(),
        }
    }

    /// Lines that stand below the picture: part of its SVG, and of its specification at most a
    /// title below the title.
    pub fn notes(&self) -> &[String] {
        match self {
            Picture::Plot(_) => &[],
            Picture::Bars(bars) => &bars.notes,
            Picture::Cells(cells) => &cells.notes,
        }
    }

    /// About how many shapes a viewer draws: dots, corners of lines, bars, cells.
    pub fn marks(&self) -> usize {
        match self {
            Picture::Plot(chart) => chart.corners(),
            Picture::Bars(bars) => bars.rows.iter().map(|row| row.parts.len()).sum(),
            Picture::Cells(cells) => cells.cells.len(),
        }
    }

    /// The picture as marks on a page, from which its SVG is drawn.
    pub fn chart(&self) -> Chart {
        match self {
            Picture::Plot(chart) => chart.clone(),
            Picture::Bars(bars) => bars.chart(),
            Picture::Cells(cells) => cells.chart(),
        }
    }

    /// The picture as SVG.
    pub fn svg(&self) -> String {
        self.chart().svg()
    }

    /// The bytes of the file at `path`, by its ending as in [`Chart::file`].
    pub fn file(&self, path: &Path) -> Vec<u8> {
        picture_bytes(path, || self.vega_lite(), || self.svg())
    }
}

impl From<Chart> for Picture {
    fn from(chart: Chart) -> Picture {
        Picture::Plot(chart)
    }
}

impl From<Bars> for Picture {
    fn from(bars: Bars) -> Picture {
        Picture::Bars(bars)
    }
}

impl From<Cells> for Picture {
    fn from(cells: Cells) -> Picture {
        Picture::Cells(cells)
    }
}
