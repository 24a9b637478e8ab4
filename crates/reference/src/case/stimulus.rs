//! Input spikes and targets of a case.

use seamount_diagnose::Findings;
use serde_json::Value;

use super::values::{Entry, Object, count, is_list, is_not, whole};
use crate::eprop::{EpropNetwork, Sequence, Target};

/// A case runs this many sequences at most.
const SEQUENCES_MAX: usize = 1 << 32;

/// The sequences a case gives, and how many it asks to run.
pub(super) fn read_sequences(
    root: &Object,
    network: &EpropNetwork,
    batch: usize,
) -> Option<(Vec<Sequence>, usize)> {
    let inputs = read_inputs(root, network);
    let targets = read_targets(root, network);
    let asked = count(root, "n_sequences", [1, SEQUENCES_MAX], Some(0))?;
    let inputs = inputs?;
    let targets = targets?;
    let given = inputs.len().max(targets.len());
    for (name, count) in [
        ("input_spike_steps", inputs.len()),
        ("target", targets.len()),
    ] {
        // one of them stands for all sequences
        if count != 1 && !root.found().length(name, count, given as u64) {
            return None;
        }
    }
    if asked > given && given > 1 {
        let problem = format!("asks for {asked}, but {given} are given");
        root.may("n_sequences").rule(problem);
        return None;
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

/// The first field whose name begins with `prefix` and that is not null.
fn beginning<'f, 'a>(root: &Object<'f, 'a>, prefix: &str) -> Option<Entry<'f, 'a>> {
    let mut entries = root.node().as_object()?.iter();
    let found = entries.find(|(key, value)| key.starts_with(prefix) && !value.is_null());
    found.map(|(key, _)| root.may(key))
}

/// The length of the shortest list under a key beginning `loss`.
fn losses_listed(root: &Object) -> Option<usize> {
    let entries = root.node().as_object()?.iter();
    entries
        .filter(|(key, _)| key.starts_with("loss"))
        .filter_map(|(_, value)| value.as_array().map(Vec::len))
        .filter(|&n| n > 0)
        .min()
}

type StepsPerNeuron = Vec<Vec<u32>>;

/// `[neuron][steps]` for all sequences, or `[sequence][neuron][steps]`.
fn read_inputs(root: &Object, network: &EpropNetwork) -> Option<Vec<StepsPerNeuron>> {
    let found = beginning(root, "input_spike_steps").or_else(|| beginning(root, "input_spike"));
    let Some(field) = found else {
        root.found().missing("input_spike_steps_per_neuron");
        return None;
    };
    let sequences = field.items()?;
    let items = field.node().and_then(Value::as_array)?;
    if !is_per_sequence(items, network.inputs) {
        return Some(vec![read_neurons(root, &field, network)?]);
    }
    let read = |sequence: &Entry| read_neurons(root, sequence, network);
    sequences.iter().map(read).collect()
}

/// Numbers lie three levels deep; where there are none, the count of neurons decides.
fn is_per_sequence(items: &[Value], inputs: usize) -> bool {
    let first = |v: &Value| v.as_array().and_then(|inner| inner.first().map(is_list));
    let nested = items.iter().any(|v| first(v) == Some(true));
    let flat = items.iter().any(|v| first(v) == Some(false));
    nested || (!flat && items.len() != inputs && inputs == 0)
}

fn read_neurons(root: &Object, field: &Entry, network: &EpropNetwork) -> Option<StepsPerNeuron> {
    let neurons = field.items_of(network.inputs)?;
    let read = |neuron: &Entry| read_steps(root, neuron, network.sequence_steps);
    neurons.iter().map(read).collect()
}

/// The spike steps of one neuron: whole numbers below T, none twice.
fn read_steps(root: &Object, field: &Entry, sequence_steps: usize) -> Option<Vec<u32>> {
    let items = field.items()?;
    let mut steps = Vec::with_capacity(items.len());
    for item in &items {
        match item.node().and_then(whole) {
            Some(step) if step < sequence_steps => steps.push(step as u32),
            Some(step) => {
                let allowed = format!("a step below T = {sequence_steps}");
                return is_not(item, root, step, &allowed);
            }
            None => return item.wrong_type("a step"),
        }
    }
    let mut sorted = steps.clone();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Some(steps),
        Some(pair) => {
            field.rule(format!("step {} is listed twice", pair[0]));
            None
        }
    }
}

fn read_targets(root: &Object, network: &EpropNetwork) -> Option<Vec<Target>> {
    let signals = root.may("target");
    let classes = beginning(root, "target_class");
    match (signals.is_present(), classes) {
        (false, None) => {
            root.found().missing("target (or target_class)");
            None
        }
        (true, Some(_)) => {
            signals.rule("both target and target_class are given");
            None
        }
        (true, None) => read_signals(root.found(), &signals, network),
        (false, Some(classes)) => read_classes(root, &classes, network.outputs),
    }
}

/// One class for all sequences, or one each.
fn read_classes(root: &Object, field: &Entry, outputs: usize) -> Option<Vec<Target>> {
    let items = if field.node().is_some_and(is_list) {
        field.items()?
    } else {
        vec![field.clone()]
    };
    if items.is_empty() {
        field.rule("has no classes, wanted at least 1");
        return None;
    }
    let read = |item: &Entry| match item.node().and_then(whole) {
        Some(class) if class < outputs => Some(Target::Class(class)),
        Some(class) => is_not(item, root, class, &format!("a class below {outputs}")),
        None => item.wrong_type("a class"),
    };
    items.iter().map(read).collect()
}

/// `[T]`, `[T][output]`, `[sequence][T]` or `[sequence][T][output]`.
fn read_signals(found: &Findings, field: &Entry, network: &EpropNetwork) -> Option<Vec<Target>> {
    let sequences = field.items()?;
    let items = field.node().and_then(Value::as_array)?;
    let first = items.first().and_then(Value::as_array);
    let one_sequence = match first.and_then(|inner| inner.first()) {
        None => true,
        Some(Value::Array(_)) => false,
        Some(_) => {
            let width = first.map_or(0, Vec::len);
            width == network.outputs
                && (items.len() == network.sequence_steps || width != network.sequence_steps)
        }
    };
    if one_sequence {
        return Some(vec![read_signal(found, field, network)?]);
    }
    let read = |sequence: &Entry| read_signal(found, sequence, network);
    sequences.iter().map(read).collect()
}

/// `[T]` where there is one output, `[T][output]` otherwise (or also).
fn read_signal(found: &Findings, field: &Entry, network: &EpropNetwork) -> Option<Target> {
    let steps = field.items_of(network.sequence_steps)?;
    let numbers = |step: &Entry| step.node().is_some_and(Value::is_number);
    if network.outputs == 1 && steps.iter().all(numbers) {
        return Some(Target::Signal(field.numbers()?));
    }
    let mut signal = Vec::with_capacity(steps.len() * network.outputs);
    for step in &steps {
        let row = step.numbers()?;
        if !found.length(step.place(), row.len(), network.outputs as u64) {
            return None;
        }
        signal.extend(row);
    }
    Some(Target::Signal(signal))
}
