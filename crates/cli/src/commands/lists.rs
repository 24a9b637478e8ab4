//! `seamount schema`, `boards`, `profiles`: what is built in.

use crate::failure::Failure;
use crate::screen;
use seamount::{Board, Netlist, Profile};
use seamount_session::words;
use serde::Serialize;
use std::fmt::Write;

/// Prints the schema of the network form.
pub fn schema() -> Result<(), Failure> {
    screen::print(&(Netlist::schema() + "\n"))
}

/// Prints a list as data, or as a heading, an entry for each element, and a last line.
pub fn list<T: Serialize>(
    json: bool,
    all: &[T],
    heading: &str,
    entry: impl Fn(&T) -> String,
    last: &str,
) -> Result<(), Failure> {
    if json {
        return screen::print_json(&all);
    }
    let entries: String = all.iter().map(entry).collect();
    screen::print(&format!("{heading}{entries}{last}"))
}

/// Lists the boards.
pub fn boards(json: bool) -> Result<(), Failure> {
    let boards: Vec<Board> = Board::names().filter_map(Board::preset).collect();
    let heading = "board             chips    cores  what it is\n";
    let entry = |b: &Board| {
        format!(
            "{:<16}{:>7}{:>9}  {}\n",
            b.name,
            b.chips(),
            b.cores(),
            b.source
        )
    };
    list(json, &boards, heading, entry, "")
}

/// Lists the profiles.
pub fn profiles(json: bool) -> Result<(), Failure> {
    let last = "A profile of your own is a .toml file of the same form: \
                seamount run --profile FILE.toml\n";
    list(json, &Profile::all(), "", profile, last)
}

/// A profile with every price and its source, and an empty line.
fn profile(p: &Profile) -> String {
    let mut out = String::new();
    let power = p.static_power.as_ref().map_or("unknown".into(), |s| {
        format!("{} uW a chip: {}", s.power_uw, s.source)
    });
    let _ = writeln!(out, "{}: {}\n  static power {power}", p.name, p.source);
    for (event, price) in &p.prices {
        let energy = price
            .energy_fj
            .map_or("unknown".into(), |fj| words::energy(fj as f64));
        let latency = price
            .latency_ps
            .map_or("unknown".into(), |ps| format!("{} ns", nanoseconds(ps)));
        let _ = writeln!(
            out,
            "  {event:<26}{energy:>10}{latency:>11}  {}",
            price.source
        );
    }
    barrier_lines(&mut out, p);
    for (name, value, why) in p.chosen.all() {
        let _ = writeln!(out, "  chosen {name:<22}{value:>9}  {why}");
    }
    out.push('\n');
    out
}

fn barrier_lines(out: &mut String, profile: &Profile) {
    let Some(barrier) = &profile.barrier else {
        return;
    };
    let each = if barrier.next_tile_ps > 0 {
        let next = nanoseconds(barrier.next_tile_ps);
        format!(" and {next} ns a further tile")
    } else {
        String::new()
    };
    for step in &barrier.steps {
        let _ = writeln!(
            out,
            "  barrier, {} tiles or more: {} ns{each}  {}",
            step.tiles_min,
            nanoseconds(step.latency_ps),
            barrier.source
        );
    }
}

fn nanoseconds(ps: u64) -> f64 {
    ps as f64 / 1000.0
}
