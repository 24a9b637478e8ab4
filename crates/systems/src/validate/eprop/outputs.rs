//! What a comparison of e-prop with its float meaning writes beside its report: losses, cosines and
//! errors by sequence, as tables and as pictures.

use super::report::EpropReport;
use seamount_study::chart::{Axis, Chart, Picture};
use seamount_study::validate::csv;

const SIDES: [&str; 3] = ["chip", "float, as late", "float, at once"];

/// File names and contents of the tables.
pub fn tables(report: &EpropReport) -> Vec<(&'static str, String)> {
    let rows = (0..report.measured.losses[0].len()).map(|i| {
        let [chip, late, now] = [0, 1, 2].map(|side| report.measured.losses[side][i]);
        format!("{},{chip},{late},{now}\n", i + 1)
    });
    let losses =
        String::from("sequence,chip,float_as_late,float_at_once\n") + &rows.collect::<String>();
    vec![
        ("errors.csv", csv::courses(report.measured.layers.iter())),
        ("losses.csv", losses),
        ("verdict.csv", csv::checks(&report.checks)),
    ]
}

/// The pictures, each with its name.
pub fn pictures(report: &EpropReport) -> Vec<(String, Picture)> {
    let chart = |what: &str, y: &str| {
        Chart::new(format!("{}: {what}", report.title))
            .x(Axis::linear("sequence"))
            .y(Axis::linear(y).with_zero())
    };
    let mut losses = chart("loss", "loss");
    for (name, values) in SIDES.iter().zip(&report.measured.losses) {
        let points = values.iter().enumerate();
        losses = losses.line(*name, points.map(|(i, loss)| (i as f64 + 1.0, *loss)));
    }
    let mut cosine = chart("cosine of the accumulated updates", "cosine");
    let mut errors = chart("mean errors of the weights", "|chip - float|");
    for course in &report.measured.layers {
        // before the first sequence nothing has been learned
        let learned = course.rows.iter().skip(1);
        let cosines = learned.clone();
        let cosines = cosines.filter_map(|row| Some((row.step as f64, row.cosine?)));
        cosine = cosine.line(course.name, cosines);
        errors = errors.line(
            course.name,
            learned.map(|row| (row.step as f64, row.errors.mean)),
        );
    }
    vec![
        ("losses".into(), losses.into()),
        ("cosine".into(), cosine.into()),
        ("errors-w".into(), errors.into()),
    ]
}
