//! `seamount schema`, `boards`, `profiles`

use crate::failure::Failure;
use crate::screen;
use seamount_network::netlist::Netlist;
use seamount_spec::{Board, Profile};
use std::fmt::Write;

/// Prints the schema of the network form.
pub fn schema() -> Result<(), Failure> {
    screen::print(&(Netlist::schema() + "\n"))
}

/// Lists boards.
pub fn boards(json: bool) -> Result<(), Failure> {
    let boards: Vec<Board> = Board::names().filter_map(Board::preset).collect();
    if json {
        return screen::print_json(&boards);
    }
    let mut out = String::from("board             chips    cores  what it is\n");
    for b in &boards {
        let _ = writeln!(
            out,
            "{:<16}{:>7}{:>9}  {}",
            b.name,
            b.chips(),
            b.cores(),
            b.source
        );
    }
    screen::print(&out)
}

/// Lists profiles.
pub fn profiles(json: bool) -> Result<(), Failure> {
    let profiles = Profile::all();
    if json {
        return screen::print_json(&profiles);
    }
    let mut out = String::new();
    for p in &profiles {
        let power = p.static_power.as_ref().map_or("unknown".into(), |s| {
            format!("{} uW a chip: {}", s.power_uw, s.source)
        });
        let _ = writeln!(out, "{}: {}\n  static power {power}", p.name, p.source);
        for (event, price) in &p.prices {
            let energy = price.energy_fj.map_or("unknown".into(), |fj| {
                seamount_session::words::energy(fj as f64)
            });
            let latency = price
                .latency_ps
                .map_or("unknown".into(), |ps| format!("{} ns", ps as f64 / 1000.0));
            let _ = writeln!(
                out,
                "  {event:<26}{energy:>10}{latency:>11}  {}",
                price.source
            );
        }
        if let Some(barrier) = &p.barrier {
            for step in &barrier.steps {
                let each = if barrier.next_tile_ps > 0 {
                    format!(
                        " and {} ns a further tile",
                        barrier.next_tile_ps as f64 / 1000.0
                    )
                } else {
                    String::new()
                };
                let _ = writeln!(
                    out,
                    "  barrier, {} tiles or more: {} ns{each}  {}",
                    step.tiles_min,
                    step.latency_ps as f64 / 1000.0,
                    barrier.source
                );
            }
        }
        for (name, value, why) in p.chosen.all() {
            let _ = writeln!(out, "  chosen {name:<22}{value:>9}  {why}");
        }
        out.push('\n');
    }
    out += "A profile of your own is a .toml file of the same form: seamount run --profile FILE.toml\n";
    screen::print(&out)
}
