//! Energy as bars, parted by unit: of the whole chip and its layers, and, with a scale of their
//! own, of the cores. A network has dozens of cores, each of which is nothing beside the whole.

use crate::page::Card;
use seamount_session::words::energy as words;
use seamount_session::{Energy, RunReport, UnitEnergy};
use seamount_study::chart::{BarRow, Bars, COLOURS, Picture};
use std::cmp::Reverse;

/// Most layers that have a bar.
const LAYERS_MAX: usize = 14;
/// Most cores that have a bar.
const CORES_MAX: usize = 12;

/// The cards of every profile that prices something of the run.
pub(super) fn cards(report: &RunReport) -> Vec<Card> {
    let network = &report.target.network;
    let mut cards = vec![];
    for by in report.energy.iter().filter(|by| by.dynamic_fj > 0) {
        let note = format!(
            "Prices by profile {} ({}). Static energy is not in it: it needs the time of a step.",
            by.profile, by.source
        );
        let layers = Picture::from(layers(network, by));
        let title = format!("Energy by layer and unit, by {}", by.profile);
        cards.push(Card::new(&format!("energy-{}", by.profile), title, layers).noted(note));
        if by.by_core.len() > 1 {
            let cores = Picture::from(cores(network, by));
            let title = format!("Energy by core and unit, by {}", by.profile);
            cards.push(Card::new(
                &format!("energy-cores-{}", by.profile),
                title,
                cores,
            ));
        }
    }
    cards
}

/// The bars of each profile: those of the whole and its layers, then those of the cores.
pub fn energy_pictures(network: &str, energies: &[Energy]) -> Vec<Picture> {
    let of_profile = |by: &Energy| {
        let cores = (by.by_core.len() > 1 && by.dynamic_fj > 0).then(|| cores(network, by).into());
        [Some(layers(network, by).into()), cores]
    };
    energies.iter().flat_map(of_profile).flatten().collect()
}

fn layers(network: &str, by: &Energy) -> Bars {
    let mut bars = Bars {
        title: format!(
            "dynamic energy of '{network}' by {}: {}",
            by.profile,
            total(by)
        ),
        parts: parts(by),
        rows: vec![],
        notes: vec![],
    };
    if by.dynamic_fj == 0 {
        bars.notes = vec!["nothing to draw: no energy of this run is known to this profile".into()];
        return bars;
    }
    let whole: Vec<u64> = by.by_unit.iter().map(|unit| unit.energy_fj).collect();
    bars.rows.push(row("whole chip".into(), &whole));
    for layer in by.by_layer.iter().take(LAYERS_MAX) {
        let star = if layer.shared { " *" } else { "" };
        bars.rows
            .push(row(format!("{}{star}", layer.layer), &layer.by_unit_fj));
    }
    let rest = by.by_layer.get(LAYERS_MAX..).unwrap_or_default();
    if !rest.is_empty() {
        let name = format!("{} further layers", rest.len());
        bars.rows.push(row(
            name,
            &summed(rest.iter().map(|layer| &layer.by_unit_fj)),
        ));
    }
    if by.by_layer.iter().any(|layer| layer.shared) {
        let note = "* shares a core with another layer: energy of that core split by compartments";
        bars.notes.push(note.into());
    }
    bars.notes.push("static energy is not among it".into());
    bars
}

fn cores(network: &str, by: &Energy) -> Bars {
    let mut cores: Vec<_> = by.by_core.iter().collect();
    cores.sort_by_key(|core| (Reverse(core.dynamic_fj), core.core));
    let shown = cores.len().min(CORES_MAX);
    let rest = cores.split_off(shown);
    let bar = |core: &&seamount_session::CoreEnergy| {
        let place = core.location;
        let name = format!(
            "core {} (chip {}, core {})",
            core.core, place.chip, place.core
        );
        row(name, &core.by_unit_fj)
    };
    let mut notes = vec![];
    if !rest.is_empty() {
        let sum: u64 = rest.iter().map(|core| core.dynamic_fj).sum();
        notes.push(format!(
            "{} further cores: {} together",
            rest.len(),
            words(sum as f64)
        ));
    }
    Bars {
        title: format!(
            "the cores of '{network}' with most energy by {}",
            by.profile
        ),
        parts: parts(by),
        rows: cores.iter().map(bar).collect(),
        notes,
    }
}

/// Names of the units, for the legend.
fn parts(by: &Energy) -> Vec<String> {
    let unit = |unit: &UnitEnergy| match unit.unknown {
        true => format!("{} (unknown)", unit.unit),
        false => unit.unit.into(),
    };
    by.by_unit.iter().map(unit).collect()
}

fn total(by: &Energy) -> String {
    match (by.dynamic_fj, by.unknown.is_empty()) {
        (0, false) => "unknown".into(),
        (fj, false) => format!("{} and what is unknown", words(fj as f64)),
        (fj, true) => words(fj as f64),
    }
}

fn summed<'a>(rows: impl Iterator<Item = &'a Vec<u64>>) -> Vec<u64> {
    let mut sum: Vec<u64> = vec![];
    for row in rows {
        sum.resize(row.len().max(sum.len()), 0);
        sum.iter_mut().zip(row).for_each(|(sum, fj)| *sum += fj);
    }
    sum
}

fn row(name: String, parts_fj: &[u64]) -> BarRow {
    let lengths = parts_fj.iter().map(|fj| *fj as f64);
    BarRow {
        name,
        parts: lengths.zip(COLOURS).collect(),
        value: words(parts_fj.iter().sum::<u64>() as f64),
    }
}
