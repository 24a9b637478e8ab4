//! Random bits and the number of the step as operands of programs, on the chip, beside the claims
//! written a second time (MC-040, MC-041).

use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_microcode::assemble_text;
use seamount_network::netlist::{Netlist, Population, Programmed};
use seamount_spec::Board;
use seamount_tests::program_draws::ProgramDraws;

/// Shows what it draws; nothing of it is remembered, and no spike comes in.
const DICE: &str = "
.program dice
.probe word narrow signed both now
        PROBE   word, rng
        PROBE   narrow, rng_u7
        ADD     r0, rng_s5, 0
        PROBE   signed, r0
        ADD     r1, rng_u1, rng_u23
        PROBE   both, r1
        PROBE   now, step
";
const PROBES: [&str; 5] = ["word", "narrow", "signed", "both", "now"];
const SEED: u64 = 77;

/// `neurons` neurons of a program, on cores of ten.
fn image(name: &str, text: &str, neurons: u32, probes: &[&str]) -> CheckedImage {
    let mut net = Netlist::new("draws");
    net.seed = SEED;
    net.program(name, text);
    net.add(Population::programmed("p", neurons, Programmed::new(name)));
    for probe in probes {
        net.probe_state("p", probe);
    }
    let mut board = Board::preset("loihi2").unwrap();
    board.core.compartments = 10;
    let options = CompileOptions::new(board);
    let bytes = compile(&net, &options).unwrap().image.to_bytes();
    let image = Image::from_bytes(&bytes).expect("random operands survive the file form");
    CheckedImage::prove(image, &options.board, LimitPolicy::Enforce).unwrap()
}

/// What the probes of all neurons should show in a step of a sample.
fn wanted(neuron: u32, sample: u64, step: u64) -> [i64; 5] {
    let program = assemble_text(DICE).unwrap().verified.into_program();
    // cores of ten neurons, in their order
    let draws = ProgramDraws::new(SEED, sample, u64::from(neuron / 10), step);
    let found = draws.of(&program, neuron % 10);
    let [word, narrow, signed, one, many] = found[..] else {
        panic!("five random operands: {found:?}")
    };
    let sum = one + many;
    let both = if sum > 8_388_607 {
        sum - (1 << 24)
    } else {
        sum
    };
    [word, narrow, signed, both, (step % 8_388_608) as i64]
}

#[test]
fn mc_040_mc_041_draws_are_those_of_the_oracle() {
    let image = image("dice", DICE, 34, &PROBES);
    let mut ends = vec![];
    for (threads, vectors, stop) in [(1, true, 0), (3, false, 5), (2, true, 11)] {
        for sample in [0, 4] {
            let options = RunOptions::new().threads(threads).vectors(vectors);
            let mut chip = Chip::load(&image);
            chip.reset(sample);
            chip.run(stop, &SpikeTrain::default(), &options);
            let saved = chip.snapshot();
            let mut chip = Chip::load(&image);
            chip.restore(&saved).unwrap();
            let seen = chip.run(20 - stop, &SpikeTrain::default(), &options);
            for (k, probe) in PROBES.iter().enumerate() {
                let shown = seen.recording(&format!("p.{probe}")).unwrap();
                for (row, step) in (stop + 1..=20).enumerate() {
                    for neuron in 0..34 {
                        let expected = wanted(neuron, sample, step)[k];
                        let got = i64::from(shown.get(row, neuron as usize));
                        assert_eq!(got, expected, "{probe} of {neuron}, step {step}");
                    }
                }
            }
            ends.push(chip.snapshot());
        }
    }
    assert!(ends.chunks(2).all(|pair| pair == &ends[..2]));
}

/// Bits are even, and no two operands, neurons or steps know of each other.
#[test]
fn mc_040_draws_are_uniform_and_independent() {
    let program = assemble_text(DICE).unwrap().verified.into_program();
    let mut all: Vec<Vec<i64>> = vec![];
    for step in 1..=64 {
        let draws = ProgramDraws::new(5, 0, 0, step);
        for neuron in 0..64 {
            all.push(draws.of(&program, neuron));
        }
    }
    let n = all.len() as f64;
    let share = |test: &dyn Fn(usize) -> bool| {
        let count = (0..all.len()).filter(|at| test(*at)).count();
        (count as f64 / n - 0.5).abs() * 2.0 * n.sqrt()
    };
    // deviations in standard errors; 75 of them, so that one of 4 is rare (0.5 %)
    for bit in 0..23 {
        let even = share(&|at| all[at][4] >> bit & 1 == 1);
        let after = share(&|at| (all[at][4] ^ all[(at + 1) % all.len()][4]) >> bit & 1 == 1);
        let later = share(&|at| (all[at][4] ^ all[(at + 64) % all.len()][4]) >> bit & 1 == 1);
        let other = share(&|at| (all[at][4] ^ all[at][0]) >> bit & 1 == 1);
        for deviation in [even, after, later, other] {
            assert!(deviation < 4.0, "bit {bit}: {deviation} standard errors");
        }
    }
}

/// A neuron that remembers nothing and gets nothing may still do something in the next step.
#[test]
fn mc_040_cores_that_draw_do_not_settle() {
    let text = ".program rare\n LT rng_u10, 16\n SKP_NC 1\n SPIKE\n";
    let image = image("rare", text, 30, &[]);
    let mut chip = Chip::load(&image);
    let seen = chip.run(4000, &SpikeTrain::default(), &RunOptions::new());
    let spikes = seen.total().spikes as f64;
    // 120,000 draws with a chance of 1 / 64: 1875, standard deviation 43
    assert!((spikes - 1875.0).abs() < 5.0 * 43.0, "{spikes} spikes");
    let clock = ".program clock\n EQ step, 1000\n SKP_NC 1\n SPIKE\n";
    let image = self::image("clock", clock, 30, &[]);
    let seen = Chip::load(&image).run(4000, &SpikeTrain::default(), &RunOptions::new());
    assert_eq!(seen.total().spikes, 30, "once each, at step 1000 (MC-041)");
}
