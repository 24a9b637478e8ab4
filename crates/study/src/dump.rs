//! Arrays by name, to be written as a NumPy archive: what every layer did in every step.

use crate::compare::{TimeAxis, Trace};
use crate::experiment::RunOutput;
use crate::text::wrong;
use seamount_chip::{Column, Observations};
use seamount_network::netlist::Register;
use seamount_network::npy::to_bytes;
use seamount_session::npz::Writer;
use std::io;
use std::path::Path;

/// Arrays by name.
pub type Dump = Vec<DumpArray>;

/// An array by name.
#[derive(Debug, Clone, PartialEq)]
pub struct DumpArray {
    /// Name: the layer's for spikes, with `-u` and `-v` behind it for current and voltage.
    pub name: String,
    /// Lengths of the axes, the last fastest.
    pub shape: Vec<u64>,
    /// Elements.
    pub values: DumpValues,
}

/// Elements of an array.
#[derive(Debug, Clone, PartialEq)]
pub enum DumpValues {
    /// Spikes.
    Bits(Vec<bool>),
    /// Registers.
    Words(Vec<i32>),
    /// Registers in the units of the float model.
    Floats(Vec<f64>),
}

/// The file of an option `--dump`, of the arrays that a report holds; none if the option is absent.
pub fn dumped<R: 'static>(path: Option<&Path>, arrays: fn(&R) -> &Dump) -> Vec<RunOutput<R>> {
    let output = |path: &Path| {
        let named = path.to_path_buf();
        // a name twice, or more than 65,535 arrays, make no archive
        let made = move |report: &R| archive(arrays(report)).map_err(|e| wrong(&named, e));
        RunOutput::of_report(path, made).must_end("dump", &["npz"])
    };
    path.map(output).into_iter().collect()
}

/// The bytes of an .npz archive of the arrays.
///
/// # Errors
/// A name that is there twice, or more arrays than an archive can hold.
pub fn archive(dump: &Dump) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    let mut archive = Writer::new(&mut bytes);
    for entry in dump {
        let member = match &entry.values {
            DumpValues::Bits(bits) => to_bytes(&entry.shape, bits.iter().copied()),
            DumpValues::Words(words) => to_bytes(&entry.shape, words.iter().copied()),
            DumpValues::Floats(floats) => to_bytes(&entry.shape, floats.iter().copied()),
        };
        archive.member(&entry.name, &member)?;
    }
    archive.finish()?;
    Ok(bytes)
}

/// A trace, time x neuron: `LAYER`, `LAYER-u` and `LAYER-v`, those that were recorded.
pub fn of_trace(trace: &Trace) -> Dump {
    let mut dump = vec![];
    for layer in &trace.layers {
        let shape = vec![trace.steps as u64, layer.neurons as u64];
        let mut put = |suffix: &str, present: bool, values: DumpValues| {
            if present {
                dump.push(DumpArray {
                    name: format!("{}{suffix}", layer.name),
                    shape: shape.clone(),
                    values,
                });
            }
        };
        let bits = layer.spikes.iter().map(|s| *s > 0.0).collect();
        put("", !layer.spikes.is_empty(), DumpValues::Bits(bits));
        put(
            "-u",
            !layer.current.is_empty(),
            DumpValues::Floats(layer.current.clone()),
        );
        put(
            "-v",
            !layer.voltage.is_empty(),
            DumpValues::Floats(layer.voltage.clone()),
        );
    }
    dump
}

/// Recordings of probes `LAYER.register`, as integers: `LAYER` (spikes), `LAYER-u`, `LAYER-v` (the
/// register `voltage`), those that were probed. Axes are (neuron, time) or (time, neuron).
pub fn of_recordings(
    seen: &Observations,
    layers: &[&str],
    voltage: Register,
    time: TimeAxis,
) -> Dump {
    let registers = [
        ("", Register::Spike),
        ("-u", Register::Current),
        ("-v", voltage),
    ];
    let mut dump = vec![];
    for (layer, (suffix, register)) in layers
        .iter()
        .flat_map(|layer| registers.map(|r| (layer, r)))
    {
        let Some(recording) = seen.recording(&format!("{layer}.{}", register.name())) else {
            continue;
        };
        let neurons = recording.neurons.len();
        let steps = recording.steps.len();
        let (shape, words): (_, Vec<i32>) = match time {
            TimeAxis::First => ([steps, neurons], recording.to_words()),
            TimeAxis::Last => {
                let all = (0..neurons).flat_map(|neuron| (0..steps).map(move |row| (row, neuron)));
                (
                    [neurons, steps],
                    all.map(|(row, neuron)| recording.get(row, neuron))
                        .collect(),
                )
            }
        };
        let values = match recording.values {
            Column::Bits(_) => DumpValues::Bits(words.into_iter().map(|w| w != 0).collect()),
            Column::Words(_) => DumpValues::Words(words),
        };
        dump.push(DumpArray {
            name: format!("{layer}{suffix}"),
            shape: shape.map(|n| n as u64).to_vec(),
            values,
        });
    }
    dump
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::LayerTrace;

    #[test]
    fn what_was_not_recorded_is_not_there() {
        let layer = LayerTrace {
            name: "a".into(),
            neurons: 2,
            spikes: vec![0.0, 1.0],
            voltage: vec![1.5, 2.0],
            ..LayerTrace::default()
        };
        let dump = of_trace(&Trace {
            name: "chip".into(),
            steps: 1,
            layers: vec![layer],
        });
        assert_eq!(
            dump.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(),
            ["a", "a-v"]
        );
        assert_eq!(
            dump[0],
            DumpArray {
                name: "a".into(),
                shape: vec![1, 2],
                values: DumpValues::Bits(vec![false, true])
            }
        );
    }
}
