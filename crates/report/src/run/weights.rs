//! Weights as outlines of histograms: those of the image by the population that they act on, and
//! those that were learned, beside what they began with.

use super::SeenRun;
use crate::page::Card;
use seamount_session::words::plural;
use seamount_session::{LearnedWeights, WeightCounts};
use seamount_study::chart::{Axis, Chart, Picture};
use std::collections::BTreeMap;

/// Most populations that are drawn: as many as there are colours.
const POPULATIONS_MAX: usize = 6;
/// Most classes of a histogram.
const CLASSES_MAX: i64 = 80;

pub(super) fn card(seen: &SeenRun) -> Option<Card> {
    let mut all = WeightCounts::of(seen.image.image());
    let synapses = |weights: &WeightCounts| weights.counts.values().sum::<u64>();
    let total: u64 = all.iter().map(synapses).sum();
    let left_out = all.len().saturating_sub(POPULATIONS_MAX);
    all.truncate(POPULATIONS_MAX);
    let least = all.iter().filter_map(|w| w.counts.keys().next()).min()?;
    let most = all.iter().filter_map(|w| w.counts.keys().last()).max()?;
    let width = ((most - least) / CLASSES_MAX + 1).max(1);
    let mut chart = Chart::new("weights")
        .x(Axis::linear("weight, 64 of v"))
        .y(Axis::linear("synapses").with_zero())
        .high(300);
    for weights in &all {
        chart = chart.line(
            format!("onto {}", weights.population),
            outline(&weights.counts, *least, *most, width),
        );
    }
    let mut note = format!(
        "{} of the image, before anything is learned: mantissa times two to the exponent of the \
         format; a list that several axons share counts once. A class is {} wide.",
        plural(total, "synapse"),
        width
    );
    if left_out > 0 {
        note += &format!(" {left_out} further populations are not drawn.");
    }
    Some(Card::new("weights", "Weights", Picture::from(chart)).noted(note))
}

/// The weights of projections that learn, before and after.
pub(super) fn learned(all: &[LearnedWeights]) -> Option<Card> {
    let drawn = &all[..all.len().min(POPULATIONS_MAX / 2)];
    let sides = || drawn.iter().flat_map(|one| [&one.before, &one.now]);
    let least = sides().filter_map(|counts| counts.keys().next()).min()?;
    let most = sides().filter_map(|counts| counts.keys().last()).max()?;
    let width = ((most - least) / CLASSES_MAX + 1).max(1);
    let mut chart = Chart::new("learned weights")
        .x(Axis::linear("weight w"))
        .y(Axis::linear("synapses").with_zero())
        .high(300);
    for one in drawn {
        let name = &one.projection;
        let before = outline(&one.before, *least, *most, width);
        let now = outline(&one.now, *least, *most, width);
        chart = chart.line(format!("before: {name}"), before);
        chart = chart.line(format!("after: {name}"), now);
    }
    let mut note = format!(
        "Weights of projections that learn, as the rule reads them: from the image, and as the chip \
         had them at the end of the run. A class is {width} wide."
    );
    let left_out = all.len() - drawn.len();
    if left_out > 0 {
        note += &format!(" {left_out} further projections are not drawn.");
    }
    Some(Card::new("learned", "Learned weights", Picture::from(chart)).noted(note))
}

/// Both corners of each class, with the axis at both ends.
fn outline(all: &BTreeMap<i64, u64>, least: i64, most: i64, width: i64) -> Vec<(f64, f64)> {
    let classes = (most - least) / width + 1;
    let mut counts = vec![0u64; classes as usize];
    for (weight, count) in all {
        counts[((weight - least) / width) as usize] += count;
    }
    let corner = |class: i64| (least + class * width) as f64 - 0.5;
    let mut points = vec![(corner(0), 0.0)];
    for (class, count) in (0..).zip(&counts) {
        points.push((corner(class), *count as f64));
        points.push((corner(class + 1), *count as f64));
    }
    points.push((corner(classes), 0.0));
    points
}
