//! Recorded registers as lines over steps: membranes, currents, traces, weights.

use super::SeenRun;
use crate::page::Card;
use seamount_chip::Recording;
use seamount_image::ImageRegister;
use seamount_session::register_name;
use seamount_study::chart::{Axis, Chart, Picture};

/// Most recordings that are drawn.
const RECORDINGS_MAX: usize = 6;
/// Most lines of a recording that are drawn: as many as there are colours, and of membranes, which
/// cross each other all the time, as many as an eye can follow.
const LINES_MAX: usize = 6;
const MEMBRANES_MAX: usize = 3;
/// Most pieces of a line; each has its least and its largest value.
const PIECES_MAX: usize = 400;

pub(super) fn cards(seen: &SeenRun) -> Vec<Card> {
    let lines = |recording: &&Recording| {
        recording.register != ImageRegister::Spike
            && recording.steps.len() > 1
            && !recording.neurons.is_empty()
    };
    let drawn = seen.recordings.iter().filter(lines).take(RECORDINGS_MAX);
    let left_out = seen.recordings.iter().filter(lines).count() - drawn.clone().count();
    let mut cards: Vec<Card> = drawn
        .enumerate()
        .map(|(at, recording)| card(at, recording))
        .collect();
    if let Some(last) = cards.last_mut().filter(|_| left_out > 0) {
        last.note += &format!(" {left_out} further recordings are not drawn.");
    }
    cards
}

fn card(at: usize, recording: &Recording) -> Card {
    let register = register_name(recording.register);
    let unit = match recording.register {
        ImageRegister::Voltage | ImageRegister::VoltageHardware => "v, units of the chip",
        ImageRegister::Current => "u, units of the chip",
        _ => register,
    };
    let whose = match recording.register {
        ImageRegister::Weight
        | ImageRegister::Delay
        | ImageRegister::Tag
        | ImageRegister::SecondTag => "synapse",
        ImageRegister::PreTrace(_) => "source",
        _ => "neuron",
    };
    let title = match recording.register {
        ImageRegister::Voltage | ImageRegister::VoltageHardware => "Membranes",
        _ => "Recording",
    };
    let chart = Chart::new(recording.name.clone())
        .x(Axis::linear("step"))
        .y(Axis::linear(unit))
        .high(300)
        .zoomable();
    let lines = match recording.register {
        ImageRegister::Voltage | ImageRegister::VoltageHardware | ImageRegister::Current => {
            MEMBRANES_MAX
        }
        _ => LINES_MAX,
    };
    let chart = (0..recording.neurons.len().min(lines)).fold(chart, |chart, column| {
        let name = format!("{whose} {}", recording.neurons[column]);
        chart.line(name, course(recording, column))
    });
    let mut note = match recording.neurons.len() {
        all if all > lines => {
            format!("The first {lines} of {all} {whose}s; values as the register holds them.")
        }
        _ => "Values as the register holds them.".to_string(),
    };
    if recording.steps.len() > 2 * PIECES_MAX {
        note += " Of neighbouring steps the least and the largest value are drawn.";
    }
    Card::new(
        &format!("recording-{at}-{}", recording.name),
        format!("{title}: {}", recording.name),
        Picture::from(chart),
    )
    .noted(note)
}

/// A column over steps; of long recordings the least and the largest value of each piece, in the
/// order of their steps, so that no peak is lost.
fn course(recording: &Recording, column: usize) -> Vec<(f64, f64)> {
    let rows = recording.steps.len();
    let point = |row: usize| {
        let value = recording.get(row, column);
        (recording.steps[row] as f64, f64::from(value))
    };
    if rows <= 2 * PIECES_MAX {
        return (0..rows).map(point).collect();
    }
    let length = rows.div_ceil(PIECES_MAX);
    let mut points = vec![];
    for first in (0..rows).step_by(length) {
        let piece = first..(first + length).min(rows);
        let least = piece.clone().min_by_key(|row| recording.get(*row, column));
        let most = piece.max_by_key(|row| recording.get(*row, column));
        let mut both: Vec<usize> = least.into_iter().chain(most).collect();
        both.sort_unstable();
        both.dedup();
        points.extend(both.into_iter().map(point));
    }
    points
}
