//! Energy as stacked bars: by unit, for the whole chip, its layers and its cores.

use seamount::Energy;
use seamount_session::words;
use seamount_study::chart::{BarRow, Bars, COLOURS, Column};
use std::cmp::Reverse;

/// Most cores drawn of one profile.
const CORES_MAX: usize = 24;

/// Bars of each profile, below each other.
pub fn picture(network: &str, energies: &[Energy]) -> Column {
    let bars = |energy| bars(network, energy).chart();
    Column(energies.iter().map(bars).collect())
}

fn bars(network: &str, energy: &Energy) -> Bars {
    let unit = |unit: &seamount_session::UnitEnergy| match unit.unknown {
        true => format!("{} (unknown)", unit.unit),
        false => unit.unit.into(),
    };
    let mut bars = Bars {
        title: format!(
            "dynamic energy of '{network}' by {}: {}",
            energy.profile,
            total(energy)
        ),
        parts: energy.by_unit.iter().map(unit).collect(),
        rows: vec![],
        notes: vec!["static energy is not among it".into()],
    };
    if energy.dynamic_fj == 0 {
        bars.notes = vec!["nothing to draw: no energy of this run is known to this profile".into()];
        return bars;
    }
    let whole: Vec<u64> = energy.by_unit.iter().map(|unit| unit.energy_fj).collect();
    bars.rows.push(row("whole chip".into(), &whole));
    for layer in &energy.by_layer {
        let star = if layer.shared { " *" } else { "" };
        let name = format!("layer {}{star}", layer.layer);
        bars.rows.push(row(name, &layer.by_unit_fj));
    }
    if energy.by_layer.iter().any(|layer| layer.shared) {
        let note = "* shares a core with another layer: energy of that core split by compartments";
        bars.notes.insert(0, note.into());
    }
    let mut cores: Vec<_> = energy.by_core.iter().collect();
    cores.sort_by_key(|core| (Reverse(core.dynamic_fj), core.core));
    for core in cores.iter().take(CORES_MAX) {
        let place = core.location;
        let name = format!(
            "core {} (chip {}, core {})",
            core.core, place.chip, place.core
        );
        bars.rows.push(row(name, &core.by_unit_fj));
    }
    if cores.len() > CORES_MAX {
        let note = format!("{} further cores", cores.len() - CORES_MAX);
        bars.notes.insert(bars.notes.len() - 1, note);
    }
    bars
}

fn total(energy: &Energy) -> String {
    match (energy.dynamic_fj, energy.unknown.is_empty()) {
        (0, false) => "unknown".into(),
        (fj, false) => format!("{} and what is unknown", words::energy(fj as f64)),
        (fj, true) => words::energy(fj as f64),
    }
}

fn row(name: String, parts_fj: &[u64]) -> BarRow {
    let lengths = parts_fj.iter().map(|fj| *fj as f64);
    BarRow {
        name,
        parts: lengths.zip(COLOURS).collect(),
        value: words::energy(parts_fj.iter().sum::<u64>() as f64),
    }
}
