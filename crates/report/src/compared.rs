//! The cards of a comparison: where two runs part, layer by layer.

use crate::page::{Card, CardBody, CardTable};
use crate::quantised::quantised;
use seamount_session::words::{count, significant};
use seamount_study::chart::{BarRow, Bars, COLOURS, Picture};
use seamount_study::compare::{Comparison, Divergence, GraphComparison, LayerComparison};

/// Most layers that have a bar or a row.
const LAYERS_MAX: usize = 20;

/// The cards of a float graph beside itself on the chip.
pub fn graph_comparison_cards(comparison: &GraphComparison) -> Vec<Card> {
    let parts = [
        ("whole", "float beside chip", Some(&comparison.whole)),
        (
            "parameters",
            "float beside rounded parameters in real arithmetic",
            comparison.parameters.as_ref(),
        ),
        (
            "registers",
            "rounded parameters in real arithmetic beside chip",
            comparison.registers.as_ref(),
        ),
    ];
    let mut cards = vec![];
    for (name, what, part) in parts {
        if let Some(part) = part {
            cards.extend(cards_of(name, what, part));
        }
    }
    cards.push(quantised(&comparison.quantise));
    cards
}

/// The cards of two traces side by side.
pub fn comparison_cards(comparison: &Comparison) -> Vec<Card> {
    let what = format!("{} beside {}", comparison.a, comparison.b);
    cards_of("traces", &what, comparison)
}

fn cards_of(name: &str, what: &str, comparison: &Comparison) -> Vec<Card> {
    let facts = Card::new(
        &format!("facts-{name}"),
        format!("Facts: {what}"),
        CardBody::Facts(facts(comparison)),
    );
    let mut cards = vec![facts];
    let spiking = comparison
        .layers
        .iter()
        .any(|l| l.spikes.0 + l.spikes.1 > 0);
    if spiking {
        let bars = spikes(comparison);
        let title = format!("Divergence of spikes by layer: {what}");
        cards.push(Card::new(
            &format!("spikes-{name}"),
            title,
            Picture::from(bars),
        ));
    }
    if comparison.layers.iter().any(|l| l.voltage_error.is_some()) {
        let bars = voltages(comparison);
        let title = format!("Divergence of membranes by layer: {what}");
        cards.push(Card::new(
            &format!("voltages-{name}"),
            title,
            Picture::from(bars),
        ));
    }
    let title = format!("Layers: {what}");
    cards.push(Card::new(
        &format!("layers-{name}"),
        title,
        layers(comparison),
    ));
    cards
}

fn facts(comparison: &Comparison) -> Vec<(String, String)> {
    let first = |found: &Option<Divergence>| found.as_ref().map_or("none".into(), words);
    let mut facts = vec![
        ("a".to_string(), comparison.a.clone()),
        ("b".into(), comparison.b.clone()),
        ("steps".into(), count(comparison.steps as u64)),
        (
            "first spike that only one has".into(),
            first(&comparison.first_spike),
        ),
        (
            "first voltage that differs".into(),
            format!(
                "{} (by more than {})",
                first(&comparison.first_voltage),
                comparison.tolerance
            ),
        ),
    ];
    if comparison.first_current.is_some() {
        let current = first(&comparison.first_current);
        facts.push(("first current that differs".into(), current));
    }
    if !comparison.alone.is_empty() {
        facts.push((
            "layers that only one has".into(),
            comparison.alone.join(", "),
        ));
    }
    for output in &comparison.outputs {
        let verdict = if output.agrees() { "agree" } else { "differ" };
        facts.push((
            format!("class of {}", output.layer),
            format!("{} and {}: they {verdict}", output.class.0, output.class.1),
        ));
    }
    facts
}

fn words(found: &Divergence) -> String {
    let place = match found.at.is_empty() {
        true => String::new(),
        false => format!(" at {:?}", found.at),
    };
    format!(
        "step {}, layer {}, neuron {}{place}: {} and {}",
        found.step,
        found.layer,
        found.neuron,
        significant(found.a),
        significant(found.b)
    )
}

/// Share of spikes that only one of both has, by layer.
fn spikes(comparison: &Comparison) -> Bars {
    let row = |layer: &LayerComparison| {
        let both = layer.spikes_shared;
        let all = layer.spikes.0 + layer.spikes.1 - both.min(layer.spikes.0 + layer.spikes.1);
        let alone = all.saturating_sub(both);
        let share = alone as f64 * 100.0 / all.max(1) as f64;
        BarRow {
            name: layer.name.clone(),
            parts: vec![(share, COLOURS[1])],
            value: format!("{share:.1} % of {}", count(all)),
        }
    };
    bars(
        comparison,
        "spikes that only one of both has, of all that one has",
        row,
    )
}

/// Root mean square of the difference of v, by layer.
fn voltages(comparison: &Comparison) -> Bars {
    let row = |layer: &LayerComparison| {
        let rms = layer.voltage_error.map(|(_, rms)| rms);
        BarRow {
            name: layer.name.clone(),
            parts: vec![(rms.filter(|rms| rms.is_finite()).unwrap_or(0.0), COLOURS[0])],
            value: rms.map_or("not recorded".into(), significant),
        }
    };
    bars(
        comparison,
        "root mean square of the difference of v, in thresholds where layers have them",
        row,
    )
}

fn bars(comparison: &Comparison, title: &str, row: impl Fn(&LayerComparison) -> BarRow) -> Bars {
    let mut notes = vec![];
    let left_out = comparison.layers.len().saturating_sub(LAYERS_MAX);
    if left_out > 0 {
        notes.push(format!("{left_out} further layers are in the table only"));
    }
    Bars {
        title: title.into(),
        rows: comparison.layers.iter().take(LAYERS_MAX).map(row).collect(),
        notes: [vec![title.to_string()], notes].concat(),
        ..Bars::default()
    }
}

fn layers(comparison: &Comparison) -> CardTable {
    let mut table = CardTable::new([
        "layer",
        "neurons",
        "spikes of a",
        "spikes of b",
        "in both",
        "first spike that differs",
        "correlation of v",
        "largest difference of v",
        "v equal",
    ]);
    let step = |found: &Option<Divergence>| {
        let found = found.as_ref();
        found.map_or("none".into(), |d| {
            format!("step {}, neuron {}", d.step, d.neuron)
        })
    };
    let number = |value: Option<f64>| value.map_or("-".into(), significant);
    for layer in &comparison.layers {
        table.row([
            layer.name.clone(),
            count(layer.neurons as u64),
            count(layer.spikes.0),
            count(layer.spikes.1),
            count(layer.spikes_shared),
            step(&layer.first_spike),
            number(layer.voltage_correlation.map(|c| c.0)),
            number(layer.voltage_error.map(|e| e.0)),
            match layer.voltage_equal {
                (_, 0) => "-".into(),
                (equal, all) => format!("{} of {}", count(equal), count(all)),
            },
        ]);
    }
    table
}
