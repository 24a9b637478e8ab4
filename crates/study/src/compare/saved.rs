//! Traces from arrays by name, as `seamount lab NAME --dump` and `seamount run --out` write them
//! and as others recorded in the same layout.

use super::{LayerTrace, Trace};
use seamount_network::npy::FloatArray;
use std::collections::BTreeMap;

/// Axis of an array that counts steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeAxis {
    /// The first: (time, neuron).
    First,
    /// The last: (neuron, time), (x, y, channel, time).
    Last,
}

/// Variable that an array holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Spikes,
    Current,
    Voltage,
}

/// Arrays by name as a trace.
///
/// - `LAYER`, `LAYER-u`, `LAYER-v`: spikes, current and voltage of a layer. Time is the axis that
///   `time` says; if it says nothing, the last where an array has more than two axes, else the one
///   of equal length in all arrays.
/// - `NAME` with `NAME.steps` and `NAME.neurons` beside it, as `run --out` writes: time first; the
///   layer is the name up to `.spike`, `.current`, `.voltage`.
///
/// Arrays of another number of steps than the most are left out; their names are in the second
/// part of the result.
///
/// # Errors
/// In words, if nothing is left, or nothing says which axis is time.
pub fn saved(
    name: &str,
    mut arrays: BTreeMap<String, FloatArray>,
    time: Option<TimeAxis>,
) -> Result<(Trace, Vec<String>), String> {
    let probed: Vec<String> = arrays
        .keys()
        .filter(|n| arrays.contains_key(&format!("{n}.steps")))
        .cloned()
        .collect();
    let mut parts = vec![];
    for probe in probed {
        let steps = arrays
            .remove(&format!("{probe}.steps"))
            .map_or(vec![], |a| a.data);
        arrays.remove(&format!("{probe}.neurons"));
        let Some(array) = arrays.remove(&probe).filter(|a| !a.shape.is_empty()) else {
            continue;
        };
        if steps
            .iter()
            .enumerate()
            .any(|(i, step)| *step != (i + 1) as f64)
        {
            return Err(format!(
                "array '{probe}': recorded in a window; wanted every step from 1 on"
            ));
        }
        let (layer, quantity) = probe_name(&probe, &array);
        parts.push((probe, layer, quantity, array, TimeAxis::First));
    }
    arrays.retain(|_, array| !array.shape.is_empty());
    let axis = match time {
        Some(axis) => axis,
        None if arrays.is_empty() => TimeAxis::First,
        None => guess(&arrays)?,
    };
    for (key, array) in arrays {
        let (layer, quantity) = match key.strip_suffix("-u").map(|l| (l, Quantity::Current)) {
            Some(found) => found,
            None => key
                .strip_suffix("-v")
                .map_or((key.as_str(), Quantity::Spikes), |l| (l, Quantity::Voltage)),
        };
        parts.push((key.clone(), layer.to_string(), quantity, array, axis));
    }
    assemble(name, parts)
}

/// Layer and quantity of a probe `layer.register[:window]`; of a name of another form what its
/// values look like.
fn probe_name(probe: &str, array: &FloatArray) -> (String, Quantity) {
    let name = probe.split(':').next().unwrap_or(probe);
    let registers = [
        (".spike", Quantity::Spikes),
        (".current", Quantity::Current),
        (".voltage", Quantity::Voltage),
        (".voltage_hardware", Quantity::Voltage),
    ];
    match registers
        .iter()
        .find_map(|(ending, quantity)| Some((name.strip_suffix(ending)?, *quantity)))
    {
        Some((layer, quantity)) => (layer.into(), quantity),
        None if array.data.iter().all(|x| *x == 0.0 || *x == 1.0) => {
            (name.into(), Quantity::Spikes)
        }
        None => (name.into(), Quantity::Voltage),
    }
}

/// The axis that counts steps, where the arrays tell it.
fn guess(arrays: &BTreeMap<String, FloatArray>) -> Result<TimeAxis, String> {
    if arrays.values().any(|a| a.shape.len() > 2) {
        return Ok(TimeAxis::Last);
    }
    let common = |end: fn(&FloatArray) -> Option<&u64>| {
        let mut lengths = arrays.values().filter(|a| a.shape.len() == 2).map(end);
        let first = lengths.next();
        lengths.all(|l| Some(l) == first)
    };
    match (common(|a| a.shape.first()), common(|a| a.shape.last())) {
        (true, false) => Ok(TimeAxis::First),
        (false, true) => Ok(TimeAxis::Last),
        (true, true) if arrays.values().all(|a| a.shape.len() == 1) => Ok(TimeAxis::First),
        (true, true) => {
            Err("nothing says which axis counts steps: --time first or --time last".into())
        }
        (false, false) => Err("its arrays have no number of steps in common".into()),
    }
}

/// Name, layer, quantity, array and axis of time.
type Part = (String, String, Quantity, FloatArray, TimeAxis);

fn assemble(name: &str, parts: Vec<Part>) -> Result<(Trace, Vec<String>), String> {
    let length = |part: &Part| {
        *if part.4 == TimeAxis::First {
            &part.3.shape[0]
        } else {
            &part.3.shape[part.3.shape.len() - 1]
        }
    };
    let mut lengths: BTreeMap<u64, usize> = BTreeMap::new();
    parts
        .iter()
        .for_each(|part| *lengths.entry(length(part)).or_default() += 1);
    let Some((&steps, _)) = lengths.iter().max_by_key(|(_, count)| **count) else {
        return Err("holds no arrays of steps".into());
    };
    let mut layers: BTreeMap<String, LayerTrace> = BTreeMap::new();
    let mut left_out = vec![];
    for part in parts {
        if length(&part) != steps {
            left_out.push(part.0);
            continue;
        }
        let (key, layer, quantity, array, axis) = part;
        let (axes, data) = rows(array, axis);
        let trace = layers.entry(layer.clone()).or_insert_with(|| LayerTrace {
            name: layer,
            neurons: axes.iter().product(),
            axes: axes.clone(),
            ..LayerTrace::default()
        });
        if trace.axes != axes {
            return Err(format!(
                "array '{key}': neurons {axes:?}, another array of its layer has {:?}",
                trace.axes
            ));
        }
        match quantity {
            Quantity::Spikes => trace.spikes = data,
            Quantity::Current => trace.current = data,
            Quantity::Voltage => trace.voltage = data,
        }
    }
    Ok((
        Trace {
            name: name.into(),
            steps: steps as usize,
            layers: layers.into_values().collect(),
        },
        left_out,
    ))
}

/// Axes of the neurons, and the values step by step.
fn rows(array: FloatArray, axis: TimeAxis) -> (Vec<usize>, Vec<f64>) {
    let shape: Vec<usize> = array.shape.iter().map(|n| *n as usize).collect();
    match axis {
        TimeAxis::First => (shape[1..].to_vec(), array.data),
        TimeAxis::Last => {
            let axes = shape[..shape.len() - 1].to_vec();
            let steps = shape[shape.len() - 1];
            let neurons: usize = axes.iter().product();
            let data = (0..steps)
                .flat_map(|t| (0..neurons).map(move |j| (t, j)))
                .map(|(t, j)| array.data[j * steps + t])
                .collect();
            (axes, data)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[u64], data: &[f64]) -> FloatArray {
        FloatArray {
            shape: shape.to_vec(),
            data: data.to_vec(),
        }
    }

    #[test]
    fn both_layouts_give_the_same_trace() {
        let first = [
            (
                "a".to_string(),
                array(&[3, 2], &[0.0, 1.0, 0.0, 0.0, 1.0, 0.0]),
            ),
            ("b-v".into(), array(&[3, 1], &[5.0, 6.0, 7.0])),
        ];
        let last = [
            (
                "a".to_string(),
                array(&[2, 3], &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
            ),
            ("b-v".into(), array(&[1, 3], &[5.0, 6.0, 7.0])),
        ];
        let first = saved("x", first.into(), None).unwrap();
        let last = saved("x", last.into(), None).unwrap();
        assert_eq!(first, last);
        assert_eq!(
            (
                first.0.steps,
                first.0.layers[0].neurons,
                first.0.layers[1].voltage.len()
            ),
            (3, 2, 3)
        );
    }

    #[test]
    fn recordings_of_run_are_traces() {
        let arrays = [
            (
                "out.voltage".to_string(),
                array(&[2, 2], &[1.0, 2.0, 3.0, 4.0]),
            ),
            ("out.voltage.steps".into(), array(&[2], &[1.0, 2.0])),
            ("out.voltage.neurons".into(), array(&[2], &[0.0, 1.0])),
        ];
        let (trace, _) = saved("x", arrays.into(), None).unwrap();
        assert_eq!(
            (trace.layers[0].name.as_str(), &trace.layers[0].voltage[..]),
            ("out", &[1.0, 2.0, 3.0, 4.0][..])
        );
    }

    #[test]
    fn what_cannot_be_told_is_asked() {
        let one = [("a".to_string(), array(&[3, 1], &[0.0, 1.0, 0.0]))];
        assert!(
            saved("x", one.clone().into(), None)
                .unwrap_err()
                .contains("--time first")
        );
        assert_eq!(
            saved("x", one.into(), Some(TimeAxis::First))
                .unwrap()
                .0
                .steps,
            3
        );
        // a picture among recordings is no trace
        let picture = [
            ("image".to_string(), array(&[2, 1, 3], &[0.0; 6])),
            ("a".into(), array(&[2, 1, 4], &[0.0; 8])),
            ("a-v".into(), array(&[2, 1, 4], &[0.0; 8])),
        ];
        let (trace, left_out) = saved("x", picture.into(), None).unwrap();
        assert_eq!((trace.steps, left_out), (4, vec!["image".to_string()]));
        assert!(saved("x", BTreeMap::new(), None).is_err());
    }
}
