//! Runs that measured nothing: any chip would have passed them.

use super::chip::{ChipRun, Frame};
use super::file::RuleFile;
use super::float::{self, FloatRun};
use super::report::moved;
use super::stimulus::Stimulus;
use seamount_rules::{Dependency, Origin, Product};

/// Share of weights that end at a limit on both sides from which on a run is about the limits and
/// not about the rule.
const AT_LIMITS: f64 = 0.9;

/// Why a run measured nothing, in words; nothing is found in one that did.
pub fn found(
    file: &RuleFile,
    stimulus: &Stimulus,
    chip: &ChipRun,
    float: &FloatRun,
) -> Vec<String> {
    let mut found = vec![];
    if stimulus.ends.is_empty() {
        found.push("the network has no synapse".into());
        return found;
    }
    if wants_reward(file) && stimulus.rewards.iter().all(|count| *count == 0) {
        found.push("no learning signal arrived: dw waits for rewards, and none came".into());
    }
    if file.rule.dw.is_none() {
        return found;
    }
    let still = |frames: &[Frame]| moved(frames).iter().all(|change| *change == 0.0);
    if still(&chip.frames) && still(&float.frames) {
        found.push("no weight moved on either side".into());
        return found;
    }
    let (low, high) = float::weight_limits(&file.network);
    let last = |frames: &[Frame]| frames.last().expect("a run has a start").variables[0].clone();
    let chip = last(&chip.frames);
    let float = last(&float.frames);
    let limited = |w: f64| w <= low || w >= high;
    let both = chip
        .iter()
        .zip(&float)
        .filter(|(a, b)| limited(**a) && limited(**b));
    let both = both.count();
    if both as f64 >= AT_LIMITS * chip.len() as f64 {
        found.push(format!(
            "{both} of {} weights ended at a limit ({low} or {high}) on both sides",
            chip.len()
        ));
    }
    found
}

/// Whether every product of dw waits for a reward or has one as a factor.
fn wants_reward(file: &RuleFile) -> bool {
    let Ok(rule) = float::rule(file) else {
        return false;
    };
    let rewarded = |product: &Product| {
        product.dependency == Dependency::Reward
            || product
                .factors
                .iter()
                .any(|f| f.variable.origin() == Origin::Reward && f.constant.is_none_or(|c| c == 0))
    };
    !rule.sums[0].is_empty() && rule.sums[0].iter().all(rewarded)
}
