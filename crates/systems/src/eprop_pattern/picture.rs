//! Learning curves and readouts: in letters for a terminal, as SVG for a page.

use super::report::PatternReport;
use seamount_study::chart::{Axis, Chart, Column};

const COLUMNS: usize = 64;
const ROWS: usize = 12;

/// Curves in letters, each drawn with its own letter; later ones lie on top. Columns are means of
/// their share of the points.
pub fn letters(curves: &[(char, &[f64])]) -> String {
    let squeezed: Vec<(char, Vec<f64>)> = curves
        .iter()
        .filter(|c| !c.1.is_empty())
        .map(|(l, values)| (*l, squeeze(values)))
        .collect();
    let all = || squeezed.iter().flat_map(|c| c.1.iter().copied());
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    let height = (high - low).max(1e-12);
    let mut page = vec![vec![' '; COLUMNS]; ROWS];
    for (letter, values) in &squeezed {
        for (column, value) in values.iter().enumerate() {
            let row = ((high - value) / height * (ROWS - 1) as f64).round() as usize;
            page[row.min(ROWS - 1)][column] = *letter;
        }
    }
    let label = |row: usize| high - height * row as f64 / (ROWS - 1) as f64;
    let line = |(row, letters): (usize, &Vec<char>)| {
        let name = if row.is_multiple_of(4) || row + 1 == ROWS {
            format!("{:8.1}", label(row))
        } else {
            " ".repeat(8)
        };
        format!(
            "  {name} |{}\n",
            letters.iter().collect::<String>().trim_end()
        )
    };
    page.iter().enumerate().map(line).collect()
}

/// At most [`COLUMNS`] means.
fn squeeze(values: &[f64]) -> Vec<f64> {
    let columns = COLUMNS.min(values.len());
    let part = |c: usize| &values[c * values.len() / columns..(c + 1) * values.len() / columns];
    (0..columns)
        .map(|c| part(c).iter().sum::<f64>() / part(c).len() as f64)
        .collect()
}

/// Losses above, readouts below.
pub fn pictures(report: &PatternReport) -> Column {
    let by_index = |values: &[f64]| -> Vec<(f64, f64)> {
        let values = values.iter().enumerate();
        values
            .map(|(index, value)| (index as f64, *value))
            .collect()
    };
    let eta = report.rates_in_force.recurrent;
    let mut losses = Chart::new("E-prop on the emulated chip: pattern generation")
        .x(Axis::linear("sequence"))
        .y(Axis::linear("loss").with_zero())
        .line(
            format!("on the chip, eta {eta:.2e}"),
            by_index(&report.losses),
        );
    if !report.losses_float.is_empty() {
        losses = losses.line(
            format!("float reference, eta {eta:.2e}"),
            by_index(&report.losses_float),
        );
    }
    let [first, last] = &report.readouts;
    let readouts = Chart::new("Readout")
        .x(Axis::linear("step"))
        .y(Axis::linear("y").with_zero())
        .line("target", by_index(&report.target))
        .line("chip, first sequence", by_index(first))
        .line("chip, last sequence", by_index(last));
    Column(vec![losses, readouts])
}
