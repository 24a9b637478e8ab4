//! Networks of fixed compartments, rewritten to neurons that run the shipped program `lif`.

use crate::generate::Case;
use seamount_network::netlist::{
    Endpoint, Join, Netlist, Population, Programmed, Register, ThresholdMode, Values,
};

/// The shipped program with a value of every constant for each neuron.
const TEXT: &str = "
.program lif_each
.param neuron keep_u
.param neuron keep_v
.param neuron threshold
.param neuron hold_steps
.include \"lif\"
";

/// Whether a population is one that the program can stand for.
fn fixed_lif(population: &Population) -> bool {
    let [only] = &population.compartments[..] else {
        return false;
    };
    only.threshold_mode == ThresholdMode::SpikeAndReset && only.join == Join::None && !only.noise
}

/// The population as one with a program, register by register.
fn rewritten(population: &Population) -> Population {
    let [c] = &population.compartments[..] else {
        panic!("one compartment")
    };
    let core = population.core;
    let size = population.size as usize;
    let each = |of: &dyn Fn(usize) -> i32| -> Values<i32> {
        (0..size).map(of).collect::<Vec<i32>>().into()
    };
    let dead = |n: usize| match c.refractory_steps.get(n) {
        1 => 0,
        more => i32::from(more),
    };
    let program = Population::programmed(
        &population.name,
        population.size,
        Programmed::new("lif_each"),
    )
    .core(core)
    .parameter(
        "keep_u",
        each(&|n| 4096 - i32::from(c.current_decay.get(n)) - i32::from(core.ds_offset)),
    )
    .parameter(
        "keep_v",
        each(&|n| 4096 - i32::from(c.voltage_decay.get(n)) - i32::from(core.dm_offset)),
    )
    .parameter(
        "threshold",
        each(&|n| (c.threshold_mantissa.get(n) as i32) << 6),
    )
    .parameter("hold_steps", each(&dead))
    .parameter(
        "bias",
        each(&|n| i32::from(c.bias_mantissa.get(n)) << c.bias_exponent.get(n)),
    )
    .parameter("v_min", -(1 << core.v_min_exponent) + 1)
    .parameter("v_max", (1 << (9 + 2 * core.v_max_exponent)) - 1);
    program
        .initial("u", each(&|n| c.initial_current.get(n)))
        .initial("v", each(&|n| c.initial_voltage.get(n)))
}

/// The network of a case with programs wherever that can be, with probes under the names of the
/// compartments they stand for. How many populations were rewritten comes with it.
pub fn programmed(case: &Case) -> (Netlist, usize) {
    let mut net = case.netlist.clone();
    net.probes.clear();
    net.program("lif_each", TEXT);
    let mut count = 0;
    for (index, population) in case
        .netlist
        .populations
        .iter()
        .enumerate()
        .filter(|(_, p)| fixed_lif(p))
    {
        count += 1;
        net.populations[index] = rewritten(population);
        let part = &population.compartments[0].name;
        let bare = |endpoint: &mut Endpoint| {
            if endpoint.name() == population.name {
                *endpoint = Endpoint(population.name.clone());
            }
        };
        net.projections.iter_mut().for_each(|p| {
            bare(&mut p.source);
            bare(&mut p.target);
        });
        net.probe(&population.name, Register::Spike).name =
            format!("{}.{part}.spike", population.name);
        net.probe_state(&population.name, "u").name = format!("{}.{part}.current", population.name);
        net.probe_state(&population.name, "v").name = format!("{}.{part}.voltage", population.name);
        net.probe(&population.name, Register::Accumulator).name =
            format!("{}.{part}.accumulator", population.name);
    }
    for population in case.netlist.populations.iter().filter(|p| !fixed_lif(p)) {
        for compartment in &population.compartments {
            for register in [Register::Spike, Register::Voltage] {
                net.probe(
                    &format!("{}.{}", population.name, compartment.name),
                    register,
                );
            }
        }
    }
    (net, count)
}
