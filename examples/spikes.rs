//! Spikes in, spikes out: three neurons that fire the later the weaker their input is.
//!
//! `cargo run --release --example spikes`

use seamount::{Board, Chip, Events, Failure, Netlist, Population, Register, RunOptions};

/// Runs the example.
///
/// # Errors
/// None here; a network of your own may have findings.
pub fn main() -> Result<(), Failure> {
    let mut net = Netlist::new("three speeds");
    net.input("drive", 1);
    // a leaky integrator: v keeps (4096 - 128) / 4096 of itself a step, fires above 100 * 64
    let neuron = Population::new("out", 3)
        .current_decay(4095)
        .voltage_decay(128)
        .threshold_mantissa(100);
    net.add(neuron);
    // one row for each source, one weight for each target; a weight of 1 adds 64 to the current
    net.connect("drive", "out").dense(vec![vec![60, 30, 15]]);
    net.probe("out", Register::Spike);
    net.probe("out", Register::Voltage);

    let mut chip = Chip::build(&net, &Board::loihi1())?;
    let drive = Events::of("drive", (0..40).map(|step| (step, 0)));
    let run = chip.run(40, &drive, &RunOptions::new())?;

    let spikes = run.recording("out.spike").expect("a probe of the network");
    for neuron in 0..spikes.neurons.len() {
        let train: String = (0..spikes.steps.len())
            .map(|row| {
                if spikes.get(row, neuron) == 1 {
                    '|'
                } else {
                    '.'
                }
            })
            .collect();
        println!("neuron {neuron}  {train}");
    }
    println!("voltages now: {:?}", chip.read("out", Register::Voltage)?);
    let total = run.total();
    println!(
        "{} spikes, {} synaptic operations",
        total.spikes, total.synaptic_operations
    );
    assert!(total.spikes > 0, "the strong input fires");
    Ok(())
}
