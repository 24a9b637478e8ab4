//! The table as text.

use super::{FigureCompared, PublishedRecord, RecordResult, RecordsReport};
use seamount_study::table::{Column, Table};
use std::fmt;

/// A number in as many digits as say something.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        x if x >= 100.0 => 0,
        x if x >= 10.0 => 1,
        x if x >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

/// A whole number with its thousands apart.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl RecordsReport {
    /// Records that were compared value by value.
    fn bits(&self) -> Table {
        let columns = [
            Column::left("record", 30),
            Column::left("recorded on", 11),
            Column::right("values", 10),
            Column::right("different", 10),
            Column::left("what", 0).gap(2),
        ];
        let mut table = Table::new(columns);
        for record in &self.records {
            let Some(bits) = record.result.bits() else {
                continue;
            };
            let first = bits.first_difference.as_deref();
            let first = first.map_or(String::new(), |words| format!(" (first: {words})"));
            table.row([
                record.name.clone(),
                match record.silicon {
                    true => record.machine.clone(),
                    false => "a simulator".into(),
                },
                grouped(bits.values),
                grouped(bits.mismatches()),
                format!("{}{first}", record.what),
            ]);
        }
        table
    }

    /// Durations and energies, with a line for each profile.
    fn figures(&self) -> Table {
        let columns = [
            Column::left("figure", 30),
            Column::right("recorded", 12),
            Column::left("profile", 18).gap(2),
            Column::left("by", 9),
            Column::right("predicted", 10),
            Column::right("ratio", 6),
            Column::left("what", 0).gap(2),
        ];
        let mut table = Table::new(columns);
        for record in &self.records {
            if let Some(figure) = record.result.figure() {
                of_figure(&mut table, record, figure);
            }
        }
        table
    }

    /// What was fitted, and what it predicts of figures that were left out.
    fn fit(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fit = &self.fit;
        if let Some(us) = fit.processors_us {
            writeln!(
                f,
                "fitted to {}: {us:.2} us a step for embedded processors (durations with host)",
                fit.profile
            )?;
        }
        if let Some(factor) = fit.energy_factor {
            let error = fit.median_energy_error().unwrap_or(0.0) * 100.0;
            writeln!(
                f,
                "fitted to {}: all energies times {factor:.3} (energies without host); left out \
                 one by one, median error {error:.0} %",
                fit.profile
            )?;
        }
        for one in &fit.left_out {
            writeln!(
                f,
                "  {:<30} left out: {} {} predicted, {} recorded, ratio {:.2}",
                one.record,
                number(one.predicted),
                one.unit,
                number(one.recorded),
                one.ratio
            )?;
        }
        Ok(())
    }

    /// What was not compared, and why.
    fn reasons(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for record in &self.records {
            let (word, reason) = match &record.result {
                RecordResult::Absent { reason } => ("not at hand", reason),
                RecordResult::OutOfReach { reason } => ("out of reach", reason),
                RecordResult::Failed { reason } => ("failed", reason),
                _ => continue,
            };
            writeln!(f, "{} ({}): {word}: {reason}", record.name, record.what)?;
        }
        Ok(())
    }
}

fn of_figure(table: &mut Table, record: &PublishedRecord, figure: &FigureCompared) {
    for (i, prediction) in figure.predictions.iter().enumerate() {
        let shown = |value: Option<f64>| value.map_or("unknown".into(), number);
        let mut cells = [
            String::new(),
            String::new(),
            prediction.profile.clone(),
            prediction.fidelity.clone(),
            shown(prediction.predicted),
            prediction.ratio.map_or("-".into(), |r| format!("{r:.2}")),
            String::new(),
        ];
        if i == 0 {
            cells[0] = record.name.clone();
            cells[1] = format!("{} {}", number(figure.recorded), figure.unit);
            cells[6] = format!("{}; host: {}", record.what, figure.host);
        }
        table.row(cells);
    }
}

impl fmt::Display for RecordsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = |wanted: fn(&RecordResult) -> bool| {
            self.records.iter().any(|record| wanted(&record.result))
        };
        if has(|result| result.bits().is_some()) {
            write!(f, "{}", self.bits())?;
        }
        if has(|result| result.figure().is_some()) {
            writeln!(
                f,
                "\npredictions are of neurocores and barrier alone; ratio: predicted over recorded"
            )?;
            write!(f, "{}", self.figures())?;
            for record in &self.records {
                let assumed = record.result.figure().and_then(|f| f.assumed.as_deref());
                if let Some(assumed) = assumed {
                    writeln!(f, "{} assumes: {assumed}", record.name)?;
                }
            }
        }
        self.fit(f)?;
        self.reasons(f)?;
        writeln!(
            f,
            "of these on silicon: {} values, {} mismatches",
            grouped(self.silicon_values),
            grouped(self.silicon_mismatches)
        )?;
        write!(
            f,
            "{} values of {} records from {} laboratories: {} mismatches",
            grouped(self.values),
            self.compared,
            self.laboratories,
            grouped(self.mismatches)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let wanted = ["0", "999", "1,000", "12,345", "1,234,567"];
        let numbers = [0, 999, 1000, 12_345, 1_234_567];
        assert_eq!(numbers.map(grouped), wanted);
    }
}
