//! The report as tables and pictures.

use super::report::EpropReport;
use seamount_study::svg::{Line, lines};
use seamount_study::validate::csv;

const SIDES: [&str; 3] = ["chip", "float, as late", "float, at once"];

/// File names and contents of the tables.
pub fn tables(report: &EpropReport) -> Vec<(&'static str, String)> {
    let rows = (0..report.losses[0].len()).map(|i| {
        let [chip, late, now] = [0, 1, 2].map(|side| report.losses[side][i]);
        format!("{},{chip},{late},{now}\n", i + 1)
    });
    let losses =
        String::from("sequence,chip,float_as_late,float_at_once\n") + &rows.collect::<String>();
    vec![
        ("errors.csv", csv::courses(report.layers.iter())),
        ("losses.csv", losses),
        ("verdict.csv", csv::checks(&report.checks)),
    ]
}

/// File names and contents of the pictures.
pub fn pictures(report: &EpropReport) -> Vec<(String, String)> {
    let course = |value: fn(&seamount_study::validate::measure::Row) -> Option<f64>| -> Vec<Line> {
        let of = |c: &seamount_study::validate::measure::Course| Line {
            name: c.name.into(),
            points: c
                .rows
                .iter()
                .skip(1)
                .filter_map(|r| Some((r.step as f64, value(r)?)))
                .collect(),
        };
        report.layers.iter().map(of).collect()
    };
    let losses: Vec<Line> = (SIDES.iter().zip(&report.losses))
        .map(|(name, losses)| Line {
            name: (*name).into(),
            points: losses
                .iter()
                .enumerate()
                .map(|(i, y)| (i as f64 + 1.0, *y))
                .collect(),
        })
        .collect();
    let title = |what: &str| format!("{}: {what}", report.title);
    vec![
        (
            "losses.svg".into(),
            lines(&title("loss"), "sequence", "loss", &losses),
        ),
        (
            "cosine.svg".into(),
            lines(
                &title("cosine of the accumulated updates"),
                "sequence",
                "cosine",
                &course(|r| r.cosine),
            ),
        ),
        (
            "errors-w.svg".into(),
            lines(
                &title("mean errors of the weights"),
                "sequence",
                "|chip - float|",
                &course(|r| Some(r.errors.mean)),
            ),
        ),
    ]
}
