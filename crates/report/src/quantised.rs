//! What quantising changed, as a table.

use crate::page::{Card, CardTable};
use seamount_quantise::{InflowReport, QuantiseReport};
use seamount_session::words::{count, significant};

/// Most layers of the table.
const LAYERS_MAX: usize = 40;

/// The card of a report of the quantiser.
pub(crate) fn quantised(report: &QuantiseReport) -> Card {
    let mut table = CardTable::new([
        "layer",
        "kind",
        "neurons",
        "chip units of v for 1.0",
        "synapses",
        "became 0",
        "limited to 255",
        "largest weight error",
        "rms weight error",
    ]);
    let mut notes = report.notes.clone();
    for layer in report.layers.iter().take(LAYERS_MAX) {
        let sum = |number: fn(&InflowReport) -> usize| {
            let sum: usize = layer.inflows.iter().map(number).sum();
            count(sum as u64)
        };
        let largest = |number: fn(&InflowReport) -> f64| {
            let errors = layer.inflows.iter().map(number);
            significant(errors.fold(0.0, f64::max))
        };
        let (least, most) = layer.units;
        let units = match least == most {
            true => significant(least),
            false => format!("{} to {}", significant(least), significant(most)),
        };
        table.row([
            layer.node.clone(),
            layer.kind.clone(),
            count(layer.neurons as u64),
            units,
            sum(|inflow| inflow.synapses),
            sum(|inflow| inflow.zero),
            sum(|inflow| inflow.clipped),
            largest(|inflow| inflow.error_max),
            largest(|inflow| inflow.error_rms),
        ]);
        let named = layer
            .risks
            .iter()
            .map(|risk| format!("{}: {risk}", layer.node));
        notes.extend(named);
    }
    if report.layers.len() > LAYERS_MAX {
        notes.push(format!(
            "{} further layers",
            report.layers.len() - LAYERS_MAX
        ));
    }
    let told = "Errors of weights are relative: the largest to the largest weight of the same \
                neuron, rms to that of the weights.";
    notes.insert(0, told.into());
    Card::new(
        "quantisation",
        "Quantisation: from floats to integers",
        table,
    )
    .noted(notes.join(" \u{2022} "))
}
