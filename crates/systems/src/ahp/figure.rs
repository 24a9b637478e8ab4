//! The memory time scale as a picture: accuracy against the time constant of the AHP.

use super::{AhpPoint, AhpReport};
use seamount_study::chart::{Axis, Beside, Chart};

const TAU_MIN: f64 = 16.0;
const TAU_MAX: f64 = 5000.0;
const TICKS: [f64; 8] = [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 4000.0];

/// Accuracy against time constant: both sweeps, the network without AHP, and where it was trained.
pub fn chart(report: &AhpReport) -> Chart {
    let percent = |points: &[AhpPoint]| -> Vec<(f64, f64)> {
        let places = points.iter();
        places.map(|p| (p.tau_steps, p.accuracy * 100.0)).collect()
    };
    Chart::new(format!(
        "How long a memory sequential MNIST needs ({} images a point)",
        report.images
    ))
    .x(Axis::log("AHP time constant, steps")
        .range(TAU_MIN, TAU_MAX)
        .ticks(TICKS))
    .y(Axis::linear("images right, %").range(0.0, 100.0))
    .dotted_line("push as trained", percent(&report.sweep_trained_push))
    .dotted_line(
        "push by the authors' formula",
        percent(&report.sweep_formula_push),
    )
    .upright(report.trained.tau_steps, "as trained")
    .across(report.cut.accuracy * 100.0, "AHP cut", Beside::Above)
}
