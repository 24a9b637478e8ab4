//! Signals of fidelity `cycle` as a value change dump (IEEE 1364), for any waveform viewer.

use seamount_timing::{Change, Signal};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The file: changes in order, `cycle_ps` picoseconds a cycle.
pub fn vcd(profile: &str, network: &str, changes: &[Change], cycle_ps: u64) -> String {
    let mut signals: BTreeMap<Signal, String> = BTreeMap::new();
    for change in changes {
        let next = signals.len();
        signals
            .entry(change.signal)
            .or_insert_with(|| identifier(next));
    }
    let mut out = format!(
        "$comment network {} by profile {}, {cycle_ps} ps a cycle $end\n$timescale 1 ps $end\n",
        plain(network),
        plain(profile)
    );
    let mut scope = String::new();
    for (signal, id) in &signals {
        let (inside, name, bits) = named(*signal);
        if inside != scope {
            if !scope.is_empty() {
                out += "$upscope $end\n";
            }
            let _ = writeln!(out, "$scope module {inside} $end");
            scope = inside;
        }
        let _ = writeln!(out, "$var wire {bits} {id} {name} $end");
    }
    if !scope.is_empty() {
        out += "$upscope $end\n";
    }
    out += "$enddefinitions $end\n";
    let mut cycle = None;
    for change in changes {
        if cycle != Some(change.cycle) {
            cycle = Some(change.cycle);
            let _ = writeln!(out, "#{}", change.cycle * cycle_ps);
        }
        let id = &signals[&change.signal];
        let bits = named(change.signal).2;
        let _ = if bits == 1 {
            writeln!(out, "{}{id}", change.value & 1)
        } else {
            writeln!(out, "b{:b} {id}", change.value)
        };
    }
    out
}

/// Module, name and width of a signal.
fn named(signal: Signal) -> (String, &'static str, usize) {
    match signal {
        Signal::Step => ("board".into(), "step", 64),
        Signal::Loop(core) => (format!("loop_of_core{core}"), "state", 2),
        Signal::Egress(core) => (format!("egress_of_core{core}"), "packets", 16),
        Signal::Ingress(core) => (format!("ingress_of_core{core}"), "packets", 32),
        Signal::Serving(core) => (format!("synapses_of_core{core}"), "busy", 1),
        Signal::Grants(chip, plane, node) => (
            format!("chip{chip}_mesh{plane}_router{node}"),
            "grants_local_my_py_mx_px",
            5,
        ),
        Signal::Queue(chip, plane, node) => (
            format!("chip{chip}_mesh{plane}_source{node}"),
            "packets",
            16,
        ),
    }
}

/// Short names of printable characters, as the format wants them.
fn identifier(mut n: usize) -> String {
    let mut out = String::new();
    loop {
        out.push(char::from(b'!' + (n % 94) as u8));
        n /= 94;
        if n == 0 {
            return out;
        }
        n -= 1;
    }
}

/// A name without what could end a command.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_whitespace() || c == '$' {
                '_'
            } else {
                c
            }
        })
        .collect()
}
