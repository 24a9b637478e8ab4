//! The whole image in words.

use crate::probe::register_name;
use crate::structure::Structure;
use crate::words::{count, plural};
use seamount_image::{CheckedImage, PopulationMap, ProbePlan};
use std::io::{self, Write};

/// The image as a whole; its parts too if `all`.
pub(super) fn image(out: &mut impl Write, checked: &CheckedImage, all: bool) -> io::Result<()> {
    let image = checked.image();
    let spec = checked.spec();
    writeln!(
        out,
        "network '{}' on board {}: {}",
        image.name, spec.name, spec.source
    )?;
    let compartments: u64 = image
        .cores
        .iter()
        .map(|c| c.compartments.len() as u64)
        .sum();
    let cores = plural(u64::from(spec.cores()), "core");
    writeln!(
        out,
        "{} of {cores}, {}, noise seed {}",
        image.cores.len(),
        plural(compartments, "compartment"),
        image.seed
    )?;
    writeln!(out, "fingerprint {:016x}", checked.fingerprint())?;
    for breach in checked.breaches() {
        writeln!(out, "beyond the chip: {breach}")?;
    }
    if !all {
        return Ok(());
    }
    let s = Structure::of(image);
    writeln!(
        out,
        "{} ({} of them not 0) between {} possible pairs, in {} of synapse memory",
        plural(s.synapses, "synapse"),
        count(s.synapses_effective),
        count(s.pairs),
        plural(s.synapse_words, "word")
    )?;
    for port in &image.inputs {
        let sources = plural(u64::from(port.size()), "source");
        writeln!(
            out,
            "input '{}': {sources}, {} if all spike once",
            port.name,
            plural(port.axons.len() as u64, "packet")
        )?;
    }
    for population in &image.populations {
        writeln!(out, "population {}", population_words(population))?;
    }
    for probe in &image.probes {
        writeln!(out, "probe {}", probe_words(probe, &image.populations))?;
    }
    for probe in &image.learning.probes {
        let projection = &image.learning.projections[probe.projection as usize].name;
        let register = register_name(probe.register);
        writeln!(
            out,
            "probe '{}': {register} of projection '{projection}', from step {}",
            probe.name, probe.start
        )?;
    }
    super::management::write(out, image)?;
    writeln!(out, "made by {}", provenance(&image.provenance))
}

fn population_words(p: &PopulationMap) -> String {
    let cores = p
        .slices
        .iter()
        .map(|s| s.core)
        .collect::<std::collections::BTreeSet<_>>();
    let cores = match cores.len() {
        1..=4 => format!(
            "core {}",
            cores
                .iter()
                .map(u32::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ),
        many => plural(many as u64, "core"),
    };
    let parts = if p.compartments.len() > 1 {
        format!(" of compartments {}", p.compartments.join(", "))
    } else {
        String::new()
    };
    format!(
        "'{}': {}{parts} on {cores}",
        p.name,
        plural(u64::from(p.size()), "neuron")
    )
}

fn probe_words(probe: &ProbePlan, populations: &[PopulationMap]) -> String {
    let population = &populations[probe.population as usize];
    let who = match probe.neurons.len() {
        0 => format!("all {} neurons", population.size()),
        some => plural(some as u64, "neuron"),
    };
    let stop = if probe.stop == u64::MAX {
        "the end".into()
    } else {
        probe.stop.to_string()
    };
    let every = if probe.every == 1 {
        String::new()
    } else {
        format!(", every {} steps", probe.every)
    };
    let register = register_name(probe.register);
    let part = &population.compartments[probe.part as usize];
    format!(
        "'{}': {register} of {}.{part}, {who}, steps {} to {stop}{every}",
        probe.name, population.name, probe.start
    )
}

/// The parts of the provenance that fit a line.
fn provenance(text: &str) -> String {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(text) else {
        return text.chars().filter(|c| !c.is_control()).take(200).collect();
    };
    let short = |(key, value): (&String, &serde_json::Value)| match value {
        serde_json::Value::Array(_) => None,
        value if key == "quantise" => Some(format!(
            "quantised with {}",
            crate::words::settings(&value["options"])
        )),
        serde_json::Value::Object(_) => Some(format!("{key}: {}", crate::words::settings(value))),
        serde_json::Value::String(value) => Some(format!("{key} {value}")),
        value => Some(format!("{key} {value}")),
    };
    fields
        .iter()
        .filter_map(short)
        .collect::<Vec<_>>()
        .join(", ")
}
