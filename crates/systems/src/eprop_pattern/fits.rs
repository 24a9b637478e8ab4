//! Check of a case against the integers of the chip: what does not fit is named by its field in the
//! case.
//!
//! The netlist would be refused anyway, but by the name of a parameter that no user of a case has
//! heard of.

use super::network::lif_network;
use super::recipe::PatternOptions;
use crate::eprop::float::EpropTask;
use seamount_microcode::{WORD_MAX, WORD_MIN};
use seamount_network::netlist::Values;
use seamount_session::Failure;
use seamount_study::text;
use std::path::Path;

/// Parameters of the programs, and the fields of a case that they come from.
const FIELDS: [(&str, &str); 7] = [
    ("threshold", "params.v_th (with params.tau_m)"),
    ("psi_gain", "params.v_th (with params.tau_m)"),
    ("refr_steps", "params.ref"),
    ("rate_target", "params.f_target"),
    ("rate_gain", "params.c_reg"),
    ("keep_v", "params.tau_m or params.tau_out"),
    ("y_shift", "params.tau_out"),
];

/// Checks that the parameters and targets of a case fit into the chip's words.
///
/// # Errors
/// Everything that does not fit, by field.
pub(super) fn fits(
    path: &Path,
    task: &EpropTask,
    target: &[f64],
    options: &PatternOptions,
) -> Result<(), Failure> {
    let network = lif_network(task, options.full, options.rates());
    let mut found = vec![];
    let programs = network
        .netlist
        .populations
        .iter()
        .filter_map(|p| p.program.as_ref());
    for (name, values) in programs.flat_map(|p| &p.parameters) {
        let field = FIELDS
            .iter()
            .find(|(parameter, _)| parameter == name)
            .map_or("params", |(_, field)| field);
        match values {
            Values::Shared(value) if !(WORD_MIN..=WORD_MAX).contains(value) => {
                let or_more = if *value == i32::MAX { " or more" } else { "" };
                found.push(format!("{field}: is {name} = {value}{or_more} on the chip, outside {WORD_MIN}..={WORD_MAX}"));
            }
            Values::Shared(0) if name == "threshold" => {
                found.push(format!("{field}: is {name} = 0 on the chip, at least 1"))
            }
            _ => {}
        }
    }
    let most = f64::from(WORD_MAX) / network.error_units;
    let beyond = |y: &&f64| y.abs() > most;
    if let Some(at) = target.iter().position(|y| beyond(&y)) {
        let count = target.iter().filter(beyond).count();
        found.push(format!(
            "target: {count} of {} values, the first {:e} of step {at}, lie beyond +-{most:.1}",
            target.len(),
            target[at]
        ));
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(text::wrong(path, text::lines(found)))
    }
}
