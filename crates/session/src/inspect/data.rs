//! An image as data.

use super::memory;
use super::names::{format_words, word};
use crate::structure::Structure;
use seamount_image::{CheckedImage, Image, limit_uses, populations_on};
use serde_json::{Value, json};

/// The image and the chosen cores; their synapse lists too if asked.
pub(super) fn of(checked: &CheckedImage, chosen: &[usize], with_memory: bool) -> Value {
    let image = checked.image();
    let spec = checked.spec();
    let provenance: Value =
        serde_json::from_str(&image.provenance).unwrap_or_else(|_| image.provenance.clone().into());
    let inputs: Vec<Value> = image
        .inputs
        .iter()
        .map(|p| json!({"name": p.name, "size": p.size(), "packets": p.axons.len()}))
        .collect();
    let mut data = json!({
        "network": image.name,
        "board": spec.name,
        "class": spec.class,
        "source": spec.source,
        "seed": image.seed,
        "fingerprint": format!("{:016x}", checked.fingerprint()),
        "cores_available": spec.cores(),
        "structure": Structure::of(image),
        "limits_broken": checked.breaches(),
        "inputs": inputs,
        "populations": image.populations,
        "probes": image.probes,
        "cores": chosen.iter().map(|&core| core_data(checked, core, with_memory)).collect::<Vec<_>>(),
        "provenance": provenance,
    });
    if !image.management.is_empty() {
        data["management"] = json!(image.management);
    }
    data
}

fn core_data(checked: &CheckedImage, index: usize, with_memory: bool) -> Value {
    let image = checked.image();
    let spec = checked.spec();
    let core = &image.cores[index];
    let formats: Vec<Value> = (core.synapse_formats.iter().enumerate())
        .map(|(i, format)| {
            let mut fields = json!(format);
            fields["sign_mode"] = word(format.sign_mode);
            json!({"id": i + 1, "words": format_words(format), "fields": fields})
        })
        .collect();
    let profiles: Vec<Value> = (core.compartment_profiles.iter())
        .map(|profile| {
            let mut fields = json!(profile);
            fields["mode"] = word(profile.mode);
            fields["join"] = word(profile.join);
            fields
        })
        .collect();
    let mut data = json!({
        "core": index,
        "location": core.location,
        "tile": spec.tile(core.location),
        "populations": populations_on(image, index),
        "usage": limit_uses(image, core, spec),
        "registers": core.registers,
        "compartment_profiles": profiles,
        "threshold_profiles": core.threshold_profiles,
        "synapse_formats": formats,
        "initial": core.initial,
        "input_axons": core.input_axons.len(),
        "output_axons": core.output_axons.len(),
    });
    if let Some(learning) = super::learning::data(image, index) {
        data["learning"] = learning;
    }
    if with_memory {
        data["lists"] = lists(image, index);
    }
    data
}

fn lists(image: &Image, index: usize) -> Value {
    let core = &image.cores[index];
    let mut lists = vec![];
    for (i, axon) in core.input_axons.iter().enumerate() {
        for atom in 0..axon.atoms {
            let word = memory::list_start(axon, atom);
            let entries: Vec<Value> = memory::entries(core, word).iter().map(|entry| {
                let format = &core.synapse_formats[usize::from(entry.format) - 1];
                let synapse = |s: &seamount_image::list::Synapse| {
                    json!({"target": format.target(s.index, axon.base), "weight": s.weight, "delay": s.delay})
                };
                json!({"format": entry.format, "synapses": entry.synapses.iter().map(synapse).collect::<Vec<_>>()})
            }).collect();
            lists.push(json!({"axon": i, "kind": axon.kind, "atom": atom, "word": word, "entries": entries}));
        }
    }
    lists.into()
}
