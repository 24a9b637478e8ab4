//! RecordedSpikes as dots over steps, all recorded populations above each other.

use super::SeenRun;
use crate::page::Card;
use seamount_chip::{Column, Recording};
use seamount_image::ImageRegister;
use seamount_session::words::{count, plural};
use seamount_study::chart::{Axis, Chart, Picture};
use std::collections::BTreeMap;

/// Most spikes that are dots of their own.
const DOTS_MAX: usize = 30_000;
/// Boxes beside each other and above each other, where there are more spikes.
const BOXES: (u64, u64) = (300, 100);
/// Most populations with a name in the legend.
const NAMES_MAX: usize = 12;

/// RecordedSpikes of one recording.
struct RecordedSpikes<'a> {
    name: &'a str,
    /// Height of its first neuron.
    from: u64,
    /// Step and height of each spike.
    at: Vec<(u64, u64)>,
}

pub(super) fn card(seen: &SeenRun) -> Option<Card> {
    let spiking = |recording: &&Recording| recording.register == ImageRegister::Spike;
    let recorded: Vec<&Recording> = seen.recordings.iter().filter(spiking).collect();
    if recorded
        .iter()
        .all(|recording| recording.neurons.is_empty())
    {
        return None;
    }
    let mut height = 0;
    let mut all = vec![];
    for recording in &recorded {
        all.push(RecordedSpikes {
            name: &recording.name,
            from: height,
            at: spikes(recording, height),
        });
        height += recording.neurons.len() as u64;
    }
    let total: usize = all.iter().map(|spikes| spikes.at.len()).sum();
    let first = seen.report.steps.before + 1;
    let last = (seen.report.steps.before + seen.report.steps.count).max(first);
    let chart = Chart::new(format!("spikes of '{}'", seen.report.target.network))
        .x(Axis::linear("step").range(first as f64 - 0.5, last as f64 + 0.5))
        .y(Axis::linear("neuron").range(-0.5, height as f64 - 0.5))
        .zoomable()
        .high(match height {
            0..=20 => 240,
            21..=200 => 340,
            _ => 440,
        });
    let (chart, how) = if total <= DOTS_MAX {
        (dots(chart, &all, height), "one dot a spike".to_string())
    } else {
        boxes(chart, &all, (first, last), height)
    };
    let bands: Vec<String> = (all.iter().take(NAMES_MAX))
        .map(|spikes| format!("{} from {}", spikes.name, spikes.from))
        .collect();
    let note = format!(
        "{} of {} in {}: {how}. On the axis of neurons the recordings lie above each other: {}. \
         Shift and wheel zoom, dragging moves, a double click goes back.",
        plural(total as u64, "spike"),
        plural(height, "neuron"),
        plural(recorded.len() as u64, "recording"),
        bands.join(", ")
    );
    Some(Card::new("raster", "Raster of spikes", Picture::from(chart)).noted(note))
}

fn spikes(recording: &Recording, from: u64) -> Vec<(u64, u64)> {
    let columns = recording.neurons.len();
    let Column::Bits(bits) = &recording.values else {
        return vec![];
    };
    let place = |at: usize| {
        let step = recording.steps.get(at / columns)?;
        Some((*step, from + (at % columns) as u64))
    };
    bits.iter_ones().filter_map(place).collect()
}

fn dots(chart: Chart, all: &[RecordedSpikes], height: u64) -> Chart {
    let radius = (120.0 / height.max(1) as f64).clamp(1.0, 3.0);
    let points = |spikes: &RecordedSpikes| -> Vec<(f64, f64)> {
        let at = spikes.at.iter();
        at.map(|(step, neuron)| (*step as f64, *neuron as f64))
            .collect()
    };
    all.iter()
        .enumerate()
        .fold(chart, |chart, (index, spikes)| {
            if index < NAMES_MAX {
                chart.named_dots(spikes.name, points(spikes), radius)
            } else {
                chart.dots(points(spikes), "#777777", radius)
            }
        })
}

/// A dot for every box of steps and neurons in which something fired, darker for more spikes.
fn boxes(chart: Chart, all: &[RecordedSpikes], steps: (u64, u64), height: u64) -> (Chart, String) {
    let width = (steps.1 + 1 - steps.0).div_ceil(BOXES.0);
    let tall = height.div_ceil(BOXES.1);
    let mut counts: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for (step, neuron) in all.iter().flat_map(|spikes| &spikes.at) {
        let at = ((step - steps.0) / width, neuron / tall);
        *counts.entry(at).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(1);
    let shades = ["#c9d6e6", "#7f9fc4", "#3f6ca3", "#0d2c54"];
    let mut levels: [Vec<(f64, f64)>; 4] = Default::default();
    for ((x, y), count) in counts {
        let level = ((count * 4).div_ceil(most).max(1) - 1).min(3) as usize;
        let step = steps.0 as f64 + (x as f64 + 0.5) * width as f64 - 0.5;
        let neuron = (y as f64 + 0.5) * tall as f64 - 0.5;
        levels[level].push((step, neuron));
    }
    let mut chart = chart;
    for (points, shade) in levels.into_iter().zip(shades) {
        chart = chart.dots(points, shade, 1.6);
    }
    let how = format!(
        "one dot for {} of {}, darker for more spikes, at most {}",
        plural(width, "step"),
        plural(tall, "neuron"),
        count(most)
    );
    (chart, how)
}
