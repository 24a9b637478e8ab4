//! Energy as stacked bars: by unit, for the whole chip, its layers and its cores.

use super::escaped;
use seamount_session::{Energy, words};
use std::fmt::Write;

const COLOURS: [&str; 5] = ["#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#b07aa1"];
const LEFT: usize = 230;
const WIDTH: usize = 620;
const ROW: usize = 22;
/// Most cores drawn of one profile.
const CORES_MAX: usize = 24;

/// Draws one chart a profile, below each other.
pub fn svg(network: &str, energies: &[Energy]) -> String {
    let (mut body, mut y) = (String::new(), 20);
    for energy in energies {
        chart(&mut body, network, energy, &mut y);
    }
    let width = LEFT + WIDTH + 130;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n",
        y + 10
    )
}

fn chart(out: &mut String, network: &str, energy: &Energy, y: &mut usize) {
    let name = escaped(&energy.profile);
    *y += 10;
    let _ = writeln!(
        out,
        "<text x=\"20\" y=\"{y}\" font-size=\"15\">dynamic energy of '{}' by {name}: {}</text>",
        escaped(network),
        total(energy)
    );
    *y += 14;
    let mut x = LEFT;
    for (unit, colour) in energy.by_unit.iter().zip(COLOURS) {
        let known = if unit.unknown {
            format!("{} (unknown)", unit.unit)
        } else {
            unit.unit.into()
        };
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"11\" height=\"11\" fill=\"{colour}\"/><text x=\"{}\" y=\"{}\">{known}</text>",
            x + 15,
            *y + 10
        );
        x += 40 + 7 * known.len();
    }
    *y += 20;
    if energy.dynamic_fj == 0 {
        let _ = writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"{}\" fill=\"#555\">nothing to draw: no energy of this run is known to this profile</text>",
            *y + 14
        );
        *y += 2 * ROW;
        return;
    }
    let whole: Vec<u64> = energy.by_unit.iter().map(|u| u.energy_fj).collect();
    row(out, "whole chip", &whole, energy.dynamic_fj, y);
    for layer in &energy.by_layer {
        let name = if layer.shared {
            format!("layer {} *", layer.layer)
        } else {
            format!("layer {}", layer.layer)
        };
        row(out, &name, &layer.by_unit_fj, energy.dynamic_fj, y);
    }
    let mut cores: Vec<_> = energy.by_core.iter().collect();
    cores.sort_by_key(|c| (std::cmp::Reverse(c.dynamic_fj), c.core));
    for core in cores.iter().take(CORES_MAX) {
        let place = format!(
            "core {} (chip {}, core {})",
            core.core, core.location.chip, core.location.core
        );
        row(out, &place, &core.by_unit_fj, energy.dynamic_fj, y);
    }
    let mut note = |text: &str| {
        *y += 14;
        let _ = writeln!(out, "<text x=\"20\" y=\"{y}\" fill=\"#555\">{text}</text>");
    };
    if energy.by_layer.iter().any(|l| l.shared) {
        note("* shares a core with another layer: energy of that core split by compartments");
    }
    if cores.len() > CORES_MAX {
        note(&format!("{} further cores", cores.len() - CORES_MAX));
    }
    note("static energy is not among it");
    *y += 30;
}

fn total(energy: &Energy) -> String {
    match (energy.dynamic_fj, energy.unknown.is_empty()) {
        (0, false) => "unknown".into(),
        (fj, false) => format!("{} and what is unknown", words::energy(fj as f64)),
        (fj, true) => words::energy(fj as f64),
    }
}

fn row(out: &mut String, name: &str, parts_fj: &[u64], most_fj: u64, y: &mut usize) {
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        LEFT - 8,
        *y + 14,
        escaped(name)
    );
    let scale = |fj: u64| fj as f64 / most_fj as f64 * WIDTH as f64;
    let mut x = LEFT as f64;
    for (&fj, colour) in parts_fj.iter().zip(COLOURS) {
        let width = scale(fj);
        if width > 0.0 {
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"16\" fill=\"{colour}\"><title>{}</title></rect>",
                words::energy(fj as f64)
            );
        }
        x += width;
    }
    let sum = parts_fj.iter().sum::<u64>();
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{}\" fill=\"#333\">{}</text>",
        x + 6.0,
        *y + 13,
        words::energy(sum as f64)
    );
    *y += ROW;
}
