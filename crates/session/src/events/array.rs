//! Events as arrays: dense steps x sources, or lists of steps and neurons.

use super::{Found, Inputs};
use seamount_network::npy::{self, IntArray};
use std::collections::BTreeMap;

/// One array of 0 and 1, steps x sources of all inputs side by side.
pub fn dense(bytes: &[u8], inputs: &Inputs) -> Result<Found, String> {
    let array = npy::read_bytes(bytes).map_err(|e| e.to_string())?;
    let mut found = Found::default();
    dense_into(&mut found, "", &array, 0, inputs.sources)?;
    Ok(found)
}

fn dense_into(
    found: &mut Found,
    name: &str,
    array: &IntArray,
    first: u32,
    size: u32,
) -> Result<(), String> {
    let place = if name.is_empty() {
        String::new()
    } else {
        format!("array '{name}': ")
    };
    let [_, columns] = array.shape[..] else {
        return Err(format!(
            "{place}shape {:?}, wanted steps x sources",
            array.shape
        ));
    };
    if columns != u64::from(size) {
        return Err(format!(
            "{place}{columns} columns, wanted one for each of the {size} sources"
        ));
    }
    for (i, &value) in array.data.iter().enumerate() {
        let step = i as u64 / columns;
        let column = (i as u64 % columns) as u32;
        cell(found, &place, step, first, column, value);
    }
    Ok(())
}

/// One cell of a dense table: row `step`, column `column` of sources from `first`.
pub(super) fn cell(found: &mut Found, place: &str, step: u64, first: u32, column: u32, value: i64) {
    match value {
        0 => {}
        1 => found.events.push((step, first + column)),
        _ => found.problem(format!(
            "{place}row {step}, column {column}: {value} is not 0 or 1; graded spikes are lists \
             with payloads (.csv, .npz), of currents see --current"
        )),
    }
}

/// Arrays by name: dense ones named after inputs; lists `INPUT.steps` and `INPUT.neurons`, or just
/// `steps` and `neurons`; of graded spikes with `INPUT.payloads` beside them.
pub fn archive(members: BTreeMap<String, Vec<u8>>, inputs: &Inputs) -> Result<Found, String> {
    if members.is_empty() {
        return Err("holds no arrays".into());
    }
    let mut found = Found::default();
    let mut lists: BTreeMap<Option<String>, [Option<IntArray>; 3]> = BTreeMap::new();
    for (name, bytes) in members {
        let array = npy::read_bytes(&bytes).map_err(|e| format!("array '{name}': {e}"))?;
        match part_of_list(&name, inputs) {
            Some((input, part)) => lists.entry(input).or_default()[part] = Some(array),
            None => {
                let (first, size) = inputs
                    .find(Some(&name))
                    .map_err(|e| format!("array '{name}': {e}"))?;
                dense_into(&mut found, &name, &array, first, size)?;
            }
        }
    }
    for (input, arrays) in lists {
        list_into(&mut found, input.as_deref(), &arrays, inputs)?;
    }
    Ok(found)
}

/// Whether an array is a part of a list of events: of which input, and which part.
fn part_of_list(name: &str, inputs: &Inputs) -> Option<(Option<String>, usize)> {
    if inputs.names.iter().any(|n| n.0 == name) {
        return None;
    }
    ["steps", "neurons", "payloads"]
        .iter()
        .enumerate()
        .find_map(|(part, word)| match name.strip_suffix(word)? {
            "" => Some((None, part)),
            input => input
                .strip_suffix('.')
                .map(|input| (Some(input.to_string()), part)),
        })
}

fn list_into(
    found: &mut Found,
    input: Option<&str>,
    arrays: &[Option<IntArray>; 3],
    inputs: &Inputs,
) -> Result<(), String> {
    let name = |word: &str| input.map_or(word.to_string(), |input| format!("{input}.{word}"));
    let [Some(steps), Some(neurons), payloads] = arrays else {
        let there =
            ["steps", "neurons", "payloads"][arrays.iter().position(Option::is_some).unwrap_or(0)];
        let missing = if arrays[0].is_some() {
            "neurons"
        } else {
            "steps"
        };
        return Err(format!(
            "array '{}' needs an array '{}' beside it",
            name(there),
            name(missing)
        ));
    };
    inputs
        .find(input)
        .map_err(|e| format!("array '{}': {e}", name("steps")))?;
    if steps.shape.len() != 1 || steps.shape != neurons.shape {
        let shapes = format!("shapes {:?} and {:?}", steps.shape, neurons.shape);
        return Err(format!(
            "arrays '{}' and '{}': {shapes}, wanted two of one length",
            name("steps"),
            name("neurons")
        ));
    }
    if let Some(payloads) = payloads.as_ref().filter(|p| p.shape != steps.shape) {
        let shapes = format!("shapes {:?} and {:?}", steps.shape, payloads.shape);
        return Err(format!(
            "arrays '{}' and '{}': {shapes}, wanted two of one length",
            name("steps"),
            name("payloads")
        ));
    }
    for (i, (&step, &neuron)) in steps.data.iter().zip(&neurons.data).enumerate() {
        let place = || format!("event {i}");
        let source = inputs.source(input, neuron);
        match payloads {
            None => found.event(place, step, source),
            Some(payloads) => found.graded(place, step, source, payloads.data[i]),
        }
    }
    Ok(())
}
