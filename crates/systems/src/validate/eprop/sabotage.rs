//! The self-test of a verdict about e-prop: what it says where chip and float do not learn the
//! same.
//!
//! Where the chip is broken in its arithmetic, it runs broken. Where its learning signal is to be
//! broken, that of the float network is: the verdict holds the two against each other, and what
//! tells a chip with a signal from a float network without one tells a chip without from one with.
//! That needs no knowledge of how the chip's network carries its signal. Losses and spikes of the
//! whole loop stay those of the chip as it is, so that the conditions on weights must notice.

use super::report::{self, Measured};
use super::{Compared, File, OnChipRun, ToldTargets, Whose};
use seamount_network::netlist::DwRounding;
use seamount_reference::Matrix;
use seamount_reference::eprop::Feedback;
use seamount_session::Failure;
use seamount_study::spread::spread;
use seamount_study::validate::report::SeedRow;
use seamount_study::validate::sabotage::{SelfTest, SelfTestRow};
use seamount_study::validate::threads;

/// Ways to break one side, in the order of reports.
const BROKEN: [&str; 5] = [
    "the learning signal is removed",
    "the feedback is shuffled",
    "the targets are shuffled",
    "every update is cut off",
    "updates are cut toward zero",
];

/// Runs the self-test of a file over seeds 1 to `seeds`.
///
/// # Errors
/// If the file states no tolerances, does not compile, or a run measured nothing.
pub fn self_test(file: &File, seeds: u64) -> Result<SelfTest, Failure> {
    if file.tolerances.is_empty() {
        let problem = "states no tolerances: there is no verdict to test";
        return Err(Failure::call(problem));
    }
    let of_seed = |index: usize| -> Result<Vec<SeedRow>, Failure> {
        let seed = index as u64 + 1;
        let file = file.seeded(seed);
        let compared = Compared::new(&file)?;
        compared.must_measure(&format!("seed {seed}"))?;
        let broken = broken(&file, &compared)?;
        let all = std::iter::once(compared.measured()).chain(broken);
        Ok(all.map(|measured| measured.row(seed)).collect())
    };
    let rows = spread(seeds as usize, threads(), of_seed);
    let rows: Vec<Vec<SeedRow>> = rows.into_iter().collect::<Result<_, _>>()?;
    let checks = |at: usize| {
        let column: Vec<SeedRow> = rows.iter().map(|row| row[at].clone()).collect();
        report::checks(file, &column)
    };
    let broken = BROKEN.iter().enumerate();
    let broken = broken.map(|(at, what)| SelfTestRow::new(what, &checks(at + 1)));
    Ok(SelfTest::new(
        &file.title,
        seeds,
        checks(0),
        broken.collect(),
    ))
}

/// One seed, broken in every way.
fn broken(file: &File, compared: &Compared) -> Result<[Measured; BROKEN.len()], Failure> {
    let on_chip = &compared.on_chip;
    let rule = on_chip.chip.set.rule;
    let feedback = &on_chip.chip.set.feedback;
    let chip = &on_chip.frames;
    let follow = |feedback: &Feedback, targets| {
        on_chip.follow(on_chip.late(rule, feedback), Whose::Chip, &targets)
    };
    let mute = follow(&on_chip.no_feedback(), ToldTargets::Absent);
    let others = follow(&neighbours(feedback, on_chip), ToldTargets::True);
    let shuffled = follow(feedback, ToldTargets::Others(shuffled(on_chip)));
    let frozen = vec![chip[0].clone(); chip.len()];
    let cut = OnChipRun::new(file, DwRounding::TowardZero)?;
    Ok([
        compared.measured_of(chip, &mute),
        compared.measured_of(chip, &others),
        compared.measured_of(chip, &shuffled),
        compared.measured_of(&frozen, &compared.given),
        // its spikes are its own, and the rule is to be compared on those
        compared.measured_of(
            &cut.frames,
            &cut.follow(cut.late(rule, feedback), Whose::Chip, &ToldTargets::True),
        ),
    ])
}

/// Feedback in which each neuron hears what its neighbour should.
fn neighbours(feedback: &Feedback, on_chip: &OnChipRun) -> Feedback {
    let drawn = match feedback {
        Feedback::Random(matrix) => matrix.clone(),
        // what was symmetric at the start
        _ => on_chip.start.w_out.transposed(),
    };
    let count = on_chip.chip.set.network.recurrent_count();
    let outputs = on_chip.chip.set.network.outputs;
    Feedback::Random(Matrix::from_fn(count, outputs, |j, k| {
        drawn.at((j + 1) % count, k)
    }))
}

/// ToldTargets of another time and another sequence: each sequence has those of the next, the last
/// those of the first, half a sequence later where they are asked for all along.
fn shuffled(on_chip: &OnChipRun) -> Vec<Vec<Option<Vec<f64>>>> {
    let count = on_chip.shown.len();
    (0..count)
        .map(|index| {
            let mut targets = on_chip.shown[(index + 1) % count].targets.clone();
            if targets.iter().all(Option::is_some) {
                let half = targets.len() / 2;
                targets.rotate_left(half);
            }
            targets
        })
        .collect()
}
