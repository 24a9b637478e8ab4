//! Reset by subtraction where neurons can be programs: the shipped `lif_subtract`, which takes the
//! threshold away in the step of the spike, in place of the compartments of NC-019.

use crate::layer::IntegerLayer;
use crate::values::values;
use seamount_arith::soma::bias;
use seamount_network::netlist::{Population, ProgramText, Programmed, Values};

/// The shipped program.
const SHIPPED: &str = "lif_subtract";

/// A population that runs the program, and the text of a variant where neurons differ in what the
/// shipped one has once for all of them.
pub(crate) fn subtracting(
    name: &str,
    size: u32,
    integers: &IntegerLayer,
) -> (Population, Option<ProgramText>) {
    let keep = |decays: &[u16], offset: bool| {
        let left = |decay: &u16| 4096 - i32::from(*decay) - i32::from(offset);
        values(&decays.iter().map(left).collect::<Vec<i32>>())
    };
    let thresholds: Vec<i32> = integers
        .thresholds
        .iter()
        .map(|t| (*t << 6) as i32)
        .collect();
    let shared: [(&str, Values<i32>); 3] = [
        (
            "keep_u",
            keep(&integers.current_decay, integers.core.ds_offset),
        ),
        (
            "keep_v",
            keep(&integers.voltage_decay, integers.core.dm_offset),
        ),
        ("threshold", values(&thresholds)),
    ];
    let own: Vec<&str> = shared
        .iter()
        .filter(|(_, v)| matches!(v, Values::Each(_)))
        .map(|(name, _)| *name)
        .collect();
    let text = (!own.is_empty()).then(|| variant(&own));
    let mut program = Programmed::new(text.as_ref().map_or(SHIPPED, |text| &text.name));
    program.parameters = shared
        .into_iter()
        .map(|(name, values)| (name.to_string(), values))
        .collect();
    let biases = integers.bias_mantissa.iter().zip(&integers.bias_exponent);
    let biases: Vec<i32> = biases
        .map(|(mantissa, exponent)| bias(*mantissa, *exponent))
        .collect();
    program.parameters.insert("bias".into(), values(&biases));
    for (state, start) in [
        ("u", &integers.initial_current),
        ("v", &integers.initial_voltage),
    ] {
        if start.iter().any(|x| *x != 0) {
            program.initial.insert(state.into(), values(start));
        }
    }
    let mut population = Population::programmed(name, size, program);
    population.core = integers.core;
    (population, text)
}

/// The shipped program with parameters of each neuron.
fn variant(own: &[&str]) -> ProgramText {
    let name = format!("{SHIPPED}_own_{}", own.join("_"));
    let parameters: String = own.iter().map(|p| format!(".param neuron {p}\n")).collect();
    ProgramText {
        text: format!(".program {name}\n{parameters}.include \"{SHIPPED}\"\n"),
        name,
        file: None,
    }
}
