//! A neuron of one's own: a program in the assembler of the Loihi 2 class, which counts its input.
//!
//! `cargo run --release --example neuron_program`

use seamount::{
    Board, Chip, Events, Failure, Netlist, Population, Programmed, Register, RunOptions,
};

/// Fires every time the inputs add up to `limit`, and keeps the rest.
const ADDER: &str = "
.program adder
.state sum
.param shared limit = 100

        RDC     r0, s0          ; what arrived, in weight units
        MOV     r1, sum
        ADDS    r1, r1, r0
        LT      r1, limit
        JMP_C   done            ; not yet
        NEG     r2, limit
        ADD     r1, r1, r2
        SPIKE
done:   RMW     _, sum, r1
";

/// Runs the example.
///
/// # Errors
/// None here; a program of your own may have findings, each with its line.
pub fn main() -> Result<(), Failure> {
    let mut net = Netlist::new("counter");
    net.input("in", 1);
    net.program("adder", ADDER);
    let counter = Population::programmed("counter", 1, Programmed::new("adder"));
    net.add(counter.parameter("limit", 70));
    net.connect("in", "counter").all_to_all(20);
    net.probe("counter", Register::Spike);
    net.probe_state("counter", "sum");

    let mut chip = Chip::build(&net, &Board::loihi2())?;
    let drive = Events::of("in", (0..14).map(|step| (step, 0)));
    let run = chip.run(14, &drive, &RunOptions::new())?;
    let sums = run
        .recording("counter.sum")
        .expect("a probe of the network");
    println!("sum by step: {:?}", sums.to_words());
    let spikes = run
        .recording("counter.spike")
        .expect("a probe of the network");
    println!("{} spikes", spikes.sum());
    // 14 inputs of 20 are four times 70
    assert_eq!(spikes.sum(), 4);

    let failure = Chip::build(&net, &Board::loihi1()).expect_err("Loihi 1 runs no programs");
    println!("on loihi1: {failure}");
    Ok(())
}
