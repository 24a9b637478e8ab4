//! The rows of an evaluation as a file: a line of CSV, or an element of each array, per sample.

use super::plan::EvalOptions;
use super::report::{SampleRow, energies_fj};
use crate::files;
use crate::npz;
use seamount_network::npy;
use seamount_spec::EventCounts;
use std::io::{self, Write};
use std::path::Path;

/// The form of a file of rows, by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsForm {
    /// Comma-separated values; nothing stands where a label or an answer is not known.
    Csv,
    /// Arrays of numpy, one a column and with them the scores, samples x outputs; -1 stands where
    /// a label or an answer is not known.
    Npz,
}

impl RowsForm {
    /// The form that the ending of a path names.
    ///
    /// # Errors
    /// Another ending, with those there are.
    pub fn of(path: &Path) -> Result<RowsForm, String> {
        match files::ending(path).as_str() {
            "csv" => Ok(RowsForm::Csv),
            "npz" => Ok(RowsForm::Npz),
            _ => Err(format!(
                "{}: wanted a file that ends in .csv or .npz",
                path.display()
            )),
        }
    }
}

/// A column of numbers; none of a sample that has no such number.
struct RowColumn {
    name: String,
    numbers: Vec<Option<i64>>,
}

/// All columns, in the order of the file.
fn columns(rows: &[SampleRow], options: &EvalOptions) -> Vec<RowColumn> {
    let column = |name: &str, of: &dyn Fn(&SampleRow) -> Option<i64>| RowColumn {
        name: name.into(),
        numbers: rows.iter().map(of).collect(),
    };
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut columns = vec![
        column("sample", &|row| Some(signed(row.sample))),
        column("label", &|row| row.label.map(i64::from)),
        column("answer", &|row| row.answer.map(i64::from)),
        column("right", &|row| {
            row.label.map(|label| i64::from(row.answer == Some(label)))
        }),
        column("tied", &|row| Some(i64::from(row.tied))),
        column("effective_macs", &|row| row.multiplications.map(signed)),
        column("effective_acs", &|row| row.accumulates().map(signed)),
    ];
    for (at, event) in EventCounts::NAMES.iter().enumerate() {
        columns.push(column(event, &|row| Some(signed(row.counts.array()[at]))));
    }
    for (clock, profile) in options.profiles.iter().enumerate() {
        let energies = energies_fj(profile, rows);
        columns.push(RowColumn {
            name: format!("energy_fj_{}", profile.name),
            numbers: energies.into_iter().map(|fj| Some(signed(fj))).collect(),
        });
        if rows.iter().all(|row| clock < row.duration_ps.len()) && !rows.is_empty() {
            let name = format!("duration_ps_{}", profile.name);
            columns.push(column(&name, &|row| Some(signed(row.duration_ps[clock]))));
        }
    }
    columns
}

/// Writes the rows of an evaluation with these options.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_rows(
    form: RowsForm,
    rows: &[SampleRow],
    options: &EvalOptions,
    out: &mut impl Write,
) -> io::Result<()> {
    let columns = columns(rows, options);
    match form {
        RowsForm::Csv => write_csv(rows.len(), &columns, out),
        RowsForm::Npz => write_npz(rows, &columns, out),
    }
}

fn write_csv(rows: usize, columns: &[RowColumn], out: &mut impl Write) -> io::Result<()> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    writeln!(out, "{}", names.join(","))?;
    for row in 0..rows {
        let text = |column: &RowColumn| {
            let number = column.numbers[row];
            number.map_or(String::new(), |number| number.to_string())
        };
        let fields: Vec<String> = columns.iter().map(text).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

fn write_npz(rows: &[SampleRow], columns: &[RowColumn], out: &mut impl Write) -> io::Result<()> {
    let mut archive = npz::Writer::new(out);
    let count = rows.len() as u64;
    for column in columns {
        let numbers = column.numbers.iter().map(|number| number.unwrap_or(-1));
        archive.member(&column.name, &npy::to_bytes(&[count], numbers))?;
    }
    let outputs = rows.first().map_or(0, |row| row.scores.len()) as u64;
    let scores = rows.iter().flat_map(|row| row.scores.iter().copied());
    archive.member("scores", &npy::to_bytes(&[count, outputs], scores))?;
    archive.finish()
}
