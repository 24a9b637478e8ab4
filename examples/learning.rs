//! A synapse that learns by pair-based STDP; its weights are read and written between two runs.
//!
//! `cargo run --release --example learning`

use seamount::{
    Board, Chip, Events, Failure, LearningRule, Netlist, Population, RunOptions, SignMode, Trace,
};

/// Runs the example.
///
/// # Errors
/// None here; a network of your own may have findings.
pub fn main() -> Result<(), Failure> {
    let mut net = Netlist::new("pair stdp");
    net.input("pre", 2);
    net.input("teacher", 1);
    let neuron = Population::new("post", 1)
        .current_decay(4095)
        .voltage_decay(4095)
        .threshold_mantissa(100);
    net.add(neuron);
    // x1 and y1 decay with 10 steps; a post spike strengthens by x1, a pre spike weakens by y1
    let mut rule = LearningRule::new("stdp");
    rule.dw = Some("2^-4*x1*y0 - 2^-4*y1*x0".into());
    rule.x1 = Some(Trace::new(100, 10.0));
    rule.y1 = Some(Trace::new(100, 10.0));
    net.rule(rule);
    net.connect("pre", "post")
        .dense(vec![vec![20], vec![20]])
        .format(SignMode::Mixed, 8)
        .learn("stdp");
    net.connect("teacher", "post").all_to_all(120);

    let mut chip = Chip::build(&net, &Board::loihi1())?;
    // source 0 fires two steps before the neuron, source 1 two steps after it
    let before = (0..10).map(|pair| (20 * pair + 8, 0));
    let after = (0..10).map(|pair| (20 * pair + 12, 1));
    let teacher = (0..10).map(|pair| (20 * pair + 10, 0));
    let events = Events::of("pre", before.chain(after)).and("teacher", teacher);
    chip.run(200, &events, &RunOptions::new())?;

    let learned = chip.learned("pre->post")?;
    println!("weights after 200 steps: {:?}", learned.weights);
    assert!(learned.weights[0] > 20 && learned.weights[1] < 20);

    // what the processors beside the cores of a chip do between samples
    chip.write_weights("pre->post", &[10, 10])?;
    println!("written: {:?}", chip.learned("pre->post")?.weights);
    let failure = chip
        .write_weights("pre->post", &[10])
        .expect_err("there are two synapses");
    println!("{failure}");
    Ok(())
}
