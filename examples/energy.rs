//! The energy of a run by two profiles: in all, by unit, by core, and the time of a step.
//!
//! `cargo run --release --example energy`

use seamount::{
    Board, Chip, Clocks, Events, Failure, Fidelity, Kept, Netlist, Population, Profile, RunOptions,
    RunReport,
};
use std::ops::ControlFlow;

/// Runs the example.
///
/// # Errors
/// None here; a network of your own may have findings.
pub fn main() -> Result<(), Failure> {
    let mut net = Netlist::new("two layers");
    net.input("in", 8);
    for name in ["hidden", "out"] {
        let neurons = Population::new(name, 16)
            .current_decay(4095)
            .voltage_decay(256)
            .threshold_mantissa(100);
        net.add(neurons);
    }
    net.connect("in", "hidden").all_to_all(25);
    net.connect("hidden", "out").all_to_all(12);
    let mut chip = Chip::build(&net, &Board::loihi1())?;

    let profiles: Vec<Profile> = ["davies2018", "sanafe-loihi"]
        .into_iter()
        .map(|name| Profile::preset(name).expect("built in"))
        .collect();
    let mut clocks = Clocks::new(chip.program(), &profiles, Fidelity::Pipeline);
    let drive = Events::of("in", (0..100).flat_map(|step| [(step, 0), (step, 5)]));
    // clocks need the record of every packet; the callback could also stop the run
    let options = RunOptions::new().recorded();
    let run = chip.run_watched(100, &drive, &options, Kept::Sums, &mut |piece| {
        clocks.observe(piece.record, &mut |_, _, _| ());
        ControlFlow::Continue(())
    })?;

    let cost = chip.cost(&run, &profiles);
    for bill in &cost.whole.energy {
        println!(
            "{}: {} fJ for {} steps",
            bill.profile, bill.dynamic_fj, run.steps
        );
        // integers: what the cores cost adds up to the whole, but for what the host does
        let cores: u64 = cost
            .cores
            .iter()
            .filter_map(|core| core.cost.by(&bill.profile))
            .map(|bill| bill.dynamic_fj)
            .sum();
        assert!(cores <= bill.dynamic_fj);
    }
    let report = RunReport::new(chip.image(), chip.program(), &run, &profiles);
    let times = clocks.times(&report.energy, Some(100));
    println!("\n{}", report.timed(times));
    Ok(())
}
