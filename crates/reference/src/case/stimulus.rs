//! Input spikes and targets of a case.

use serde_json::Value;

use super::finding::Finding;
use super::reader::{Reader, Section, whole};
use crate::eprop::{Network, Sequence, Target};

/// A case runs this many sequences at most.
const SEQUENCES_MAX: usize = 1 << 32;

/// The sequences a case gives, and how many it asks to run.
pub(super) fn read_sequences(
    reader: &mut Reader,
    root: Section,
    network: &Network,
    batch: usize,
) -> Option<(Vec<Sequence>, usize)> {
    let inputs = read_inputs(reader, root, network);
    let targets = read_targets(reader, root, network);
    let asked = reader.count(root, "n_sequences", [1, SEQUENCES_MAX], Some(0))?;
    let (inputs, targets) = (inputs?, targets?);
    let given = inputs.len().max(targets.len());
    for (path, count) in [
        ("input_spike_steps", inputs.len()),
        ("target", targets.len()),
    ] {
        if count != 1 && count != given {
            return reader.file(Finding::Length {
                path: path.into(),
                expected: given,
                found: count,
            });
        }
    }
    if asked > given && given > 1 {
        let reason = format!("asks for {asked}, but {given} are given");
        return reader.file(Finding::Conflict {
            path: "n_sequences".into(),
            reason,
        });
    }
    let steps = network.sequence_steps;
    let sequence = |s: usize| {
        let target = targets[s % targets.len()].clone();
        Sequence::from_steps_per_neuron(&inputs[s % inputs.len()], steps, target)
    };
    let to_run = match (asked, given) {
        (0, 1) => losses_listed(root).map_or(1, |losses| losses * batch),
        (0, _) => given,
        _ => asked,
    };
    Some(((0..given).map(sequence).collect(), to_run))
}

/// The length of the shortest list under a key beginning `loss`.
fn losses_listed(root: Section) -> Option<usize> {
    let lists = root
        .entries
        .iter()
        .filter(|(key, _)| key.starts_with("loss"));
    lists
        .filter_map(|(_, v)| v.as_array().map(Vec::len))
        .filter(|&n| n > 0)
        .min()
}

type StepsPerNeuron = Vec<Vec<u32>>;

/// `[neuron][steps]` for all sequences, or `[sequence][neuron][steps]`.
fn read_inputs(
    reader: &mut Reader,
    root: Section,
    network: &Network,
) -> Option<Vec<StepsPerNeuron>> {
    let found = root
        .find("input_spike_steps")
        .or_else(|| root.find("input_spike"));
    let Some((key, value)) = found else {
        return reader.missing("input_spike_steps_per_neuron".into());
    };
    let items = reader.array(key, value)?;
    if !is_per_sequence(items, network.inputs) {
        return Some(vec![read_neurons(reader, key, value, network)?]);
    }
    let read = |(s, item)| read_neurons(reader, &format!("{key}[{s}]"), item, network);
    items.iter().enumerate().map(read).collect()
}

/// Numbers lie three levels deep; where there are none, the count of neurons decides.
fn is_per_sequence(items: &[Value], inputs: usize) -> bool {
    let nested = |v: &Value| {
        v.as_array()
            .is_some_and(|inner| inner.first().is_some_and(Value::is_array))
    };
    let flat = |v: &Value| {
        v.as_array()
            .is_some_and(|inner| inner.first().is_some_and(|x| !x.is_array()))
    };
    items.iter().any(nested) || (!items.iter().any(flat) && items.len() != inputs && inputs == 0)
}

fn read_neurons(
    reader: &mut Reader,
    path: &str,
    value: &Value,
    network: &Network,
) -> Option<StepsPerNeuron> {
    let neurons = reader.array_of(path, value, network.inputs)?;
    let read = |(i, item)| {
        read_steps(
            reader,
            &format!("{path}[{i}]"),
            item,
            network.sequence_steps,
        )
    };
    neurons.iter().enumerate().map(read).collect()
}

/// The spike steps of one neuron: whole numbers below T, none twice.
fn read_steps(
    reader: &mut Reader,
    path: &str,
    value: &Value,
    sequence_steps: usize,
) -> Option<Vec<u32>> {
    let items = reader.array(path, value)?;
    let mut steps = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let path = || format!("{path}[{at}]");
        match whole(item) {
            Some(step) if step < sequence_steps => steps.push(step as u32),
            Some(step) => {
                return reader.range(path(), step, format!("a step below T = {sequence_steps}"));
            }
            None => return reader.kind(path(), "a step", item),
        }
    }
    let mut sorted = steps.clone();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Some(steps),
        Some(pair) => {
            let reason = format!("step {} is listed twice", pair[0]);
            reader.file(Finding::Conflict {
                path: path.to_string(),
                reason,
            })
        }
    }
}

fn read_targets(reader: &mut Reader, root: Section, network: &Network) -> Option<Vec<Target>> {
    match (root.get(&["target"]), root.find("target_class")) {
        (None, None) => reader.missing("target (or target_class)".into()),
        (Some(_), Some(_)) => {
            let reason = "both target and target_class are given".to_string();
            reader.file(Finding::Conflict {
                path: "target".into(),
                reason,
            })
        }
        (Some((_, value)), None) => read_signals(reader, value, network),
        (None, Some((_, value))) => read_classes(reader, value, network.outputs),
    }
}

fn read_classes(reader: &mut Reader, value: &Value, outputs: usize) -> Option<Vec<Target>> {
    let single = std::slice::from_ref(value);
    let items = value.as_array().map_or(single, Vec::as_slice);
    if items.is_empty() {
        return reader.file(Finding::Length {
            path: "target_class".into(),
            expected: 1,
            found: 0,
        });
    }
    let mut classes = Vec::with_capacity(items.len());
    for (s, item) in items.iter().enumerate() {
        let path = format!("target_class[{s}]");
        match whole(item) {
            Some(class) if class < outputs => classes.push(Target::Class(class)),
            Some(class) => return reader.range(path, class, format!("a class below {outputs}")),
            None => return reader.kind(path, "a class", item),
        }
    }
    Some(classes)
}

/// `[T]`, `[T][output]`, `[sequence][T]` or `[sequence][T][output]`.
fn read_signals(reader: &mut Reader, value: &Value, network: &Network) -> Option<Vec<Target>> {
    let items = reader.array("target", value)?;
    let first = |v: &Value| v.as_array().and_then(|inner| inner.first().cloned());
    let inner = items.first().and_then(first);
    let one_sequence = match &inner {
        None => true,
        Some(Value::Array(_)) => false,
        Some(_) => {
            let width = items[0].as_array().map_or(0, Vec::len);
            width == network.outputs
                && (items.len() == network.sequence_steps || width != network.sequence_steps)
        }
    };
    if one_sequence {
        return Some(vec![read_signal(reader, "target", value, network)?]);
    }
    let read = |(s, item)| read_signal(reader, &format!("target[{s}]"), item, network);
    items.iter().enumerate().map(read).collect()
}

/// `[T]` where there is one output, `[T][output]` otherwise (or also).
fn read_signal(
    reader: &mut Reader,
    path: &str,
    value: &Value,
    network: &Network,
) -> Option<Target> {
    let steps = reader.array_of(path, value, network.sequence_steps)?;
    if network.outputs == 1 && steps.iter().all(Value::is_number) {
        return Some(Target::Signal(reader.numbers(path, value)?));
    }
    let mut signal = Vec::with_capacity(steps.len() * network.outputs);
    for (t, item) in steps.iter().enumerate() {
        let path = format!("{path}[{t}]");
        reader.array_of(&path, item, network.outputs)?;
        signal.extend(reader.numbers(&path, item)?);
    }
    Some(Target::Signal(signal))
}
