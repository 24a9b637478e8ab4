//! Accuracy against steps per trial, as a picture.

use seamount_study::chart::{Axis, Beside, Chart};

/// Accuracies of one kind of neuron.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// In the legend.
    pub name: &'a str,
    /// Steps of a trial, ascending, and the share of images that are right.
    pub points: Vec<(usize, f64)>,
}

/// The picture, with the accuracy of the floats and the published one as dashed lines. The
/// axis ends at 100 % and begins at the next 5 % below everything, at most at 90 %.
pub fn chart(lines: &[Line], float: f64, published: f64, images: usize, weights: &str) -> Chart {
    let all = || lines.iter().flat_map(|line| line.points.iter().copied());
    let lowest = all()
        .map(|(_, accuracy)| accuracy)
        .fold(float.min(published), f64::min);
    let low = ((lowest - 0.01) * 20.0).floor().clamp(0.0, 18.0) * 5.0;
    let mut steps: Vec<usize> = all().map(|(steps, _)| steps).collect();
    steps.sort_unstable();
    steps.dedup();
    // a share of an octave at both ends, so that no point lies on the border
    let first = steps.first().map_or(1.0, |steps| *steps as f64 * 0.8);
    let last = steps.last().map_or(2.0, |steps| *steps as f64 * 1.25);
    let chart = Chart::new(format!(
        "Accuracy against steps per trial, {images} MNIST test images, {weights}"
    ))
    .x(Axis::log("steps per trial")
        .range(first, last)
        .ticks(steps.iter().map(|steps| *steps as f64)))
    .y(Axis::linear("images right, %").range(low, 100.0));
    let chart = lines.iter().fold(chart, |chart, line| {
        let points = line.points.iter();
        chart.dotted_line(
            line.name,
            points.map(|(steps, accuracy)| (*steps as f64, accuracy * 100.0)),
        )
    });
    // the words of the higher line stand above it, those of the lower one below
    let places = match float > published {
        true => [Beside::Above, Beside::Below],
        false => [Beside::Below, Beside::Above],
    };
    let words = |name: &str, share: f64| format!("{name}: {:.2} %", share * 100.0);
    chart
        .across(
            float * 100.0,
            &words("floats, event by event", float),
            places[0],
        )
        .across(
            published * 100.0,
            &words("published (60,000 images)", published),
            places[1],
        )
}
