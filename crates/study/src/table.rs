//! Tables of text: columns as wide as they say or as their widest cell, whichever is more.
//!
//! ```
//! use seamount_study::table::{Column, Table};
//! let mut table = Table::new([Column::left("layer", 8), Column::right("spikes", 7)]);
//! table.row(["hidden", "12"]);
//! table.row(["a long name", "3"]);
//! assert_eq!(
//!     table.to_string(),
//!     "layer        spikes\n\
//!      hidden           12\n\
//!      a long name       3\n",
//! );
//! ```

use std::fmt;

/// A column: its heading, its least width, and the side that its cells stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    head: String,
    width: usize,
    right: bool,
    gap: usize,
}

impl Column {
    /// A column of words.
    pub fn left(head: impl Into<String>, width: usize) -> Column {
        Column {
            head: head.into(),
            width,
            right: false,
            gap: 1,
        }
    }

    /// A column of numbers.
    pub fn right(head: impl Into<String>, width: usize) -> Column {
        Column {
            right: true,
            ..Column::left(head, width)
        }
    }

    /// The same column with so many spaces before it instead of one.
    #[must_use]
    pub fn gap(self, gap: usize) -> Column {
        Column { gap, ..self }
    }
}

/// A table; displayed as a line for the headings and one for each row, without spaces at their
/// ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    indent: usize,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Table {
        Table {
            columns: columns.into_iter().collect(),
            rows: vec![],
            indent: 0,
        }
    }

    /// So many spaces before every line.
    #[must_use]
    pub fn indent(self, indent: usize) -> Table {
        Table { indent, ..self }
    }

    /// Adds a row: a cell for each column; missing ones are empty.
    pub fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        let own = &self.columns[column];
        own.width.max(own.head.chars().count()).max(widest)
    }

    fn line<'a>(&self, widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
        let mut line = " ".repeat(self.indent);
        for (index, (cell, column)) in cells.zip(&self.columns).enumerate() {
            if index > 0 {
                line += &" ".repeat(column.gap);
            }
            let width = widths[index];
            line += &match column.right {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            };
        }
        line.trim_end().to_string()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = (0..self.columns.len()).map(|k| self.width(k)).collect();
        let heads = self.columns.iter().map(|column| column.head.as_str());
        writeln!(f, "{}", self.line(&widths, heads))?;
        for row in &self.rows {
            writeln!(f, "{}", self.line(&widths, row.iter().map(String::as_str)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_on_their_side_and_widen_their_column() {
        let columns = [
            Column::left("name", 6),
            Column::right("n", 4),
            Column::left("what", 0).gap(2),
        ];
        let mut table = Table::new(columns).indent(2);
        table.row(["a", "1", "first"]);
        table.row(["b", "123456", ""]);
        table.row(["c"]);
        assert_eq!(
            table.to_string(),
            "  name        n  what\n  a           1  first\n  b      123456\n  c\n"
        );
    }
}
