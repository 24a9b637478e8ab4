//! What was run, on what, and what it came to, in words.

use crate::page::{Card, CardBody};
use seamount_session::RunReport;
use seamount_session::words::{count, duration, energy, plural, settings, significant};

pub(super) fn card(report: &RunReport) -> Card {
    let mut facts = target(report);
    facts.extend(events(report));
    facts.extend(costs(report));
    Card::new("facts", "Facts", CardBody::Facts(facts))
}

type Facts = Vec<(String, String)>;

fn target(report: &RunReport) -> Facts {
    let target = &report.target;
    let steps = &report.steps;
    let mut facts = vec![
        fact("network", target.network.clone()),
        fact("board", format!("{}: {}", target.board, target.source)),
        fact(
            "in use",
            format!(
                "{} of {}, {}",
                count(target.cores as u64),
                plural(target.cores_available.into(), "core"),
                plural(target.compartments, "compartment")
            ),
        ),
        fact(
            "steps",
            match steps.count {
                0 => "none".into(),
                n => format!(
                    "{} ({} to {})",
                    count(n),
                    steps.before + 1,
                    steps.before + n
                ),
            },
        ),
    ];
    if let Some(options) = &report.quantise {
        facts.push(fact("quantised with", settings(options)));
    }
    facts.push(fact(
        "image",
        format!("{}, noise seed {}", target.fingerprint, target.seed),
    ));
    facts
}

fn events(report: &RunReport) -> Facts {
    let totals = &report.totals;
    let bench = &report.neurobench;
    let share = |share: Option<f64>| share.map_or("undefined".into(), significant);
    let mut facts = vec![
        fact(
            "spikes",
            format!(
                "{} on the chip, {} from the host",
                count(totals.spikes),
                count(totals.host_spikes)
            ),
        ),
        fact(
            "synaptic operations",
            format!(
                "{} (of {} synapses read)",
                count(totals.synaptic_operations),
                count(totals.synapse_reads())
            ),
        ),
        fact(
            "sparsity",
            format!(
                "of connections {}, of activations {}",
                share(bench.connection_sparsity),
                share(bench.activation_sparsity)
            ),
        ),
    ];
    let overflows = [totals.q_wraps, totals.u_wraps, totals.v_clips];
    if overflows.iter().any(|n| *n > 0) {
        let [q, u, v] = overflows.map(count);
        facts.push(fact(
            "overflows",
            format!("{q} of q and {u} of u wrapped, {v} of v clipped"),
        ));
    }
    facts
}

fn costs(report: &RunReport) -> Facts {
    let mut facts = vec![];
    let mut silent = vec![];
    for by in &report.energy {
        if by.dynamic_fj == 0 && !by.unknown.is_empty() {
            silent.push(by.profile.clone());
            continue;
        }
        let more = match by.unknown.is_empty() {
            true => String::new(),
            false => format!("; unknown: {}", by.unknown.join(", ")),
        };
        facts.push(fact(
            &format!("dynamic energy by {}", by.profile),
            format!(
                "{}, {} a step{more}",
                energy(by.dynamic_fj as f64),
                energy(by.dynamic_fj_per_step)
            ),
        ));
    }
    if !silent.is_empty() {
        facts.push(fact("profiles without a price for it", silent.join(", ")));
    }
    for time in &report.time {
        facts.push(fact(
            &format!("time by {}", time.profile),
            format!(
                "{}, {} a step, longest {} (step {})",
                duration(time.duration_ps as f64),
                duration(time.ps_per_step),
                duration(time.most_ps as f64),
                time.most_step
            ),
        ));
    }
    facts.push(fact(
        "emulated in",
        format!(
            "{:.3} s on the machine that ran seamount {}",
            report.wall_s, report.seamount
        ),
    ));
    facts
}

fn fact(name: &str, value: String) -> (String, String) {
    (name.into(), value)
}
