//! Steps as lines of CSV: how long each took by each profile, and why.

use crate::recordings::quoted;
use seamount_spec::HOST;
use seamount_timing::{Stage, StepTime};

/// The names of the columns.
pub fn head() -> String {
    let stages = [
        "compartments_ps",
        "spikes_ps",
        "transit_ps",
        "synapses_ps",
        "learning_ps",
        "barrier_ps",
    ];
    format!(
        "profile,step,duration_ps,last_core,waited_for,mostly,{},link,link_busy_cycles",
        stages.join(",")
    )
}

/// A step by one profile, with its line break.
pub fn line(profile: &str, time: &StepTime) -> String {
    let c = &time.critical;
    let core = c.core.map_or(String::new(), |core| core.to_string());
    let from = c.from.map_or(String::new(), |from| {
        if from == HOST {
            "host".into()
        } else {
            from.to_string()
        }
    });
    let parts: Vec<String> = Stage::ALL
        .iter()
        .map(|s| c.parts_ps[*s as usize].to_string())
        .collect();
    let link = c.limit.map_or(",".into(), |limit| {
        format!("{},{}", quoted(&limit.link.to_string()), limit.busy_cycles)
    });
    let mostly = c.stage().name().replace(' ', "_");
    format!(
        "{},{},{},{core},{from},{mostly},{},{link}\n",
        quoted(profile),
        time.step,
        time.duration_ps,
        parts.join(",")
    )
}
