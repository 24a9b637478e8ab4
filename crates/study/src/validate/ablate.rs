//! What each imperfection of the chip costs by itself: the float rule with one of them turned on.

use super::chip::ChipRun;
use super::file::RuleFile;
use super::float::simulate;
use super::measure::{Errors, cosine};
use super::stimulus::Stimulus;
use seamount_network::netlist::{DwRounding, LearningProfile};
use seamount_reference::rules::Precision;
use seamount_rules::Dependency;
use seamount_session::Failure;
use serde::Serialize;

/// Runs whose mean is taken where chance is involved.
const SEEDS: u64 = 3;

/// One imperfection by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Imperfection that is turned on, in words.
    pub what: String,
    /// Whether the chip of this file has it.
    pub in_use: bool,
    /// Errors of the weights at the end, against the exact run; means over seeds.
    pub errors: Errors,
    /// Cosine of the accumulated updates with those of the exact run.
    pub cosine: f64,
}

/// Costs of all imperfections.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Ablation {
    /// One at a time; those the chip has first, the most expensive of them first.
    pub costs: Vec<Cost>,
    /// All that the chip has at once: what this model of the chip says of the whole.
    pub together: Option<Cost>,
    /// Imperfections that mean nothing for this rule, and why.
    pub left_out: Vec<String>,
}

/// Runs the float rule with each imperfection. Targets fire as they did on the chip.
///
/// # Errors
/// If the rule does not parse.
pub fn run(file: &RuleFile, stimulus: &Stimulus, chip: &ChipRun) -> Result<Ablation, Failure> {
    let end = [0, file.stimulus.steps];
    let file = &RuleFile {
        spikes: super::file::Spikes::Chip,
        ..file.clone()
    };
    let exact = simulate(file, stimulus, chip, &end, Precision::default(), 1)?;
    let start = &exact.frames[0].variables[0];
    let wanted = &exact.frames[1].variables[0];
    let update = |w: &[f64]| -> Vec<f64> { w.iter().zip(start).map(|(w, s)| w - s).collect() };
    let cost =
        |what: String, in_use, file: &RuleFile, precision: Precision| -> Result<Cost, Failure> {
            let mut cost = Cost {
                what,
                in_use,
                errors: Errors::default(),
                cosine: 0.0,
            };
            // narrow arithmetic is that of the texts that the chip runs in it
            let narrow = RuleFile {
                rule: file.rule_on_chip(),
                narrow: None,
                ..file.clone()
            };
            let file = if precision.narrow_products {
                &narrow
            } else {
                file
            };
            for seed in 1..=SEEDS {
                let run = simulate(file, stimulus, chip, &end, precision, seed)?;
                let w = &run.frames[1].variables[0];
                let errors = Errors::of(w, wanted);
                let part = 1.0 / SEEDS as f64;
                cost.errors.mean += part * errors.mean;
                cost.errors.median += part * errors.median;
                cost.errors.p90 += part * errors.p90;
                cost.errors.p99 += part * errors.p99;
                cost.errors.max += part * errors.max;
                cost.cosine += part * cosine(&update(w), &update(wanted));
            }
            Ok(cost)
        };
    let mut out = Ablation::default();
    for (what, in_use, precision) in imperfections(file) {
        out.costs.push(cost(what, in_use, file, precision)?);
    }
    epochs(file, &mut out, &cost)?;
    out.costs.sort_by(|a, b| {
        b.in_use
            .cmp(&a.in_use)
            .then(b.errors.mean.total_cmp(&a.errors.mean))
    });
    let all = all_in_use(file);
    out.together = Some(cost("all that are in use".into(), true, file, all)?);
    Ok(out)
}

/// All imperfections that the chip of this file has, at once.
fn all_in_use(file: &RuleFile) -> Precision {
    let all = imperfections(file).into_iter().filter(|i| i.1).fold(
        Precision::default(),
        |sum, (_, _, one)| Precision {
            trace_bits: sum.trace_bits.or(one.trace_bits),
            coarse_decay: sum.coarse_decay || one.coarse_decay,
            weight_grid: sum.weight_grid.or(one.weight_grid),
            rounding: if one.rounding == DwRounding::Stochastic {
                sum.rounding
            } else {
                one.rounding
            },
            narrow_products: sum.narrow_products || one.narrow_products,
            whole_epochs: sum.whole_epochs || one.whole_epochs,
        },
    );
    Precision {
        whole_epochs: file.rule.epoch > 1,
        ..all
    }
}

/// Everything but epochs: words, whether the chip of this file has it, how to turn it on.
fn imperfections(file: &RuleFile) -> Vec<(String, bool, Precision)> {
    let none = Precision::default();
    let bits = file.network.weight_bits;
    let grain = f64::from(file.network.grain());
    let rounding = file.rule.dw_rounding;
    let traces_of = |bits: u32| Precision {
        trace_bits: Some(bits),
        ..none
    };
    let weights_of = |grain: f64, rounding: DwRounding| Precision {
        weight_grid: Some(grain),
        rounding,
        ..none
    };
    let coarse_decay = Precision {
        coarse_decay: true,
        ..none
    };
    let narrow_products = Precision {
        narrow_products: true,
        ..none
    };
    let words = |bits: u8, rounding: DwRounding| {
        let rounded = match rounding {
            DwRounding::Stochastic => "stochastic rounding",
            DwRounding::AwayFromZero => "rounding away from zero",
            DwRounding::TowardZero => "truncation",
        };
        format!("weights of {bits} bits, {rounded}")
    };
    let narrow = file.rule.profile == LearningProfile::Loihi1;
    let mut out = vec![
        ("traces of 7 bits".into(), true, traces_of(7)),
        ("traces of 5 bits".into(), false, traces_of(5)),
        ("decay factors of 12 bits".into(), true, coarse_decay),
        (words(bits, rounding), true, weights_of(grain, rounding)),
        ("profile loihi1".into(), narrow, narrow_products),
    ];
    if bits > 4 {
        let coarse = grain * f64::from(1u32 << (bits - 4));
        out.push((words(4, rounding), false, weights_of(coarse, rounding)));
    }
    let cut = DwRounding::TowardZero;
    if rounding != cut {
        out.push((words(bits, cut), false, weights_of(grain, cut)));
    }
    out
}

/// The file's epoch, or what one of 8 steps would do.
fn epochs(
    file: &RuleFile,
    out: &mut Ablation,
    cost: &impl Fn(String, bool, &RuleFile, Precision) -> Result<Cost, Failure>,
) -> Result<(), Failure> {
    let precision = Precision {
        whole_epochs: true,
        ..Precision::default()
    };
    let epoch = file.rule.epoch;
    if epoch > 1 {
        out.costs.push(cost(
            format!("epochs of {epoch} steps"),
            true,
            file,
            precision,
        )?);
        return Ok(());
    }
    let rule = super::float::rule(file)?;
    let timed = rule
        .sums
        .iter()
        .flatten()
        .any(|p| matches!(p.dependency, Dependency::Unconditional | Dependency::Reward));
    if timed || file.rule.x_before_impulse {
        out.left_out.push(
            "epochs above 1: the rule has uk or r0, or reads x before impulses; \
        longer epochs would be another rule"
                .into(),
        );
        return Ok(());
    }
    let mut longer = file.clone();
    longer.rule.epoch = 8;
    out.costs
        .push(cost("epochs of 8 steps".into(), false, &longer, precision)?);
    Ok(())
}
