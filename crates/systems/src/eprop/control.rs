//! What is taken away from a network that learns by e-prop, to see whether it is missed.
//!
//! A network of which nothing is missed learns otherwise than is claimed: readout weights alone
//! reach a good deal of most tasks. So every entry that learns has these beside its figure.
//!
//! What this module does *not* know: tasks, rates, what a good figure is.

use seamount_chip::Chip;
use seamount_network::netlist::{Connectivity, LearningRule, Netlist, Projection, Trace};
use seamount_reference::Draws;
use seamount_session::Failure;
use serde::Serialize;

use super::chip::{PLASTIC, written};

/// Projections onto recurrent neurons that learn.
const HIDDEN: [&str; 2] = ["in->rec", "rec->rec"];
/// Projection of errors back to recurrent neurons.
const FEEDBACK: &str = "out->rec.feedback";

/// One thing that is taken away, or made meaningless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Intervention {
    /// Input and recurrent weights stay as they were drawn: what readout weights reach alone.
    HiddenFrozen,
    /// No error comes to the recurrent neurons; their weights move by the term of the rate only.
    FeedbackRemoved,
    /// Errors come with the wrong sign. With fixed random feedback that is another random feedback,
    /// to which readout weights can align; with feedback from their start it is an ascent.
    FeedbackFlipped,
    /// Feedback weights are dealt anew among the neurons before each sequence, so that nothing can
    /// align to them: errors of the right size in the wrong place.
    FeedbackShuffled,
    /// Targets that have nothing to do with the input: of a signal its steps in another order each
    /// time, of a class one by the toss of a coin.
    TargetsShuffled,
}

impl Intervention {
    /// All of them, in the order of a report.
    pub const ALL: [Intervention; 5] = [
        Intervention::HiddenFrozen,
        Intervention::FeedbackRemoved,
        Intervention::FeedbackFlipped,
        Intervention::FeedbackShuffled,
        Intervention::TargetsShuffled,
    ];

    /// Name in a report.
    pub const fn name(self) -> &'static str {
        match self {
            Intervention::HiddenFrozen => "hidden weights frozen",
            Intervention::FeedbackRemoved => "feedback removed",
            Intervention::FeedbackFlipped => "sign of feedback flipped",
            Intervention::FeedbackShuffled => "feedback shuffled each time",
            Intervention::TargetsShuffled => "targets shuffled",
        }
    }

    /// Changes a network whose projections have the names that e-prop networks have here.
    pub(crate) fn change(self, net: &mut Netlist) {
        match self {
            Intervention::HiddenFrozen => {
                let hidden = |p: &&mut Projection| HIDDEN.contains(&p.name.as_str());
                let frozen = net.projections.iter_mut().filter(hidden);
                frozen.for_each(|p| p.learning = None);
            }
            Intervention::FeedbackRemoved => net.projections.retain(|p| p.name != FEEDBACK),
            Intervention::FeedbackFlipped => {
                // the largest negative weight has no positive one of its size
                let turned = |row: &Vec<i32>| row.iter().map(|w| (-w).min(254)).collect();
                let back = feedback(net);
                let rows: Vec<Vec<i32>> = rows(back).iter().map(turned).collect();
                back.dense(rows);
            }
            Intervention::FeedbackShuffled => rewritable(net),
            Intervention::TargetsShuffled => {}
        }
    }

    /// Does before sequence `index` what has to be done each time; `seed` is that of the draws.
    ///
    /// # Errors
    /// If feedback weights cannot be written: our own mistake.
    pub(crate) fn before(self, chip: &mut Chip, seed: u64, index: u64) -> Result<(), Failure> {
        if self != Intervention::FeedbackShuffled {
            return Ok(());
        }
        let back = chip.learned(FEEDBACK).expect("it can be rewritten");
        let mut weights = back.weights;
        shuffle(&mut weights, seed, index);
        chip.write_weights(FEEDBACK, &weights)
            .map_err(Failure::call)
    }
}

/// The projection of errors back to recurrent neurons.
fn feedback(net: &mut Netlist) -> &mut Projection {
    let mut projections = net.projections.iter_mut();
    projections
        .find(|p| p.name == FEEDBACK)
        .expect("e-prop networks have feedback")
}

/// Weights of the feedback, by readout.
fn rows(feedback: &Projection) -> &[Vec<i32>] {
    match &feedback.connectivity {
        Connectivity::Dense { weights, .. } => weights.rows(),
        other => panic!("feedback is dense: {other:?}"),
    }
}

/// Makes the feedback such that the host can rewrite it: the chip lets it rewrite only weights that
/// learn. So feedback gets a rule, one that never changes anything, and no weight of 0, which would
/// be left out.
pub(crate) fn rewritable(net: &mut Netlist) {
    net.rule(idle_rule());
    let even = |w: &i32| if *w == 0 { 2 } else { w & !1 };
    let back = feedback(net);
    let even_row = |row: &Vec<i32>| row.iter().map(even).collect();
    let rows: Vec<Vec<i32>> = rows(back).iter().map(even_row).collect();
    back.dense(rows);
    back.precision = PLASTIC;
    back.learning = Some("idle".into());
}

/// Rule whose only product is always 0, so that weights can be rewritten from outside.
fn idle_rule() -> LearningRule {
    let mut rule = LearningRule::new("idle");
    rule.dw = Some("2^-7*u0*x1*y1".into());
    rule.x1 = Some(Trace::new(0, 1.0));
    rule.y1 = written();
    rule
}

/// Stream of the draws of interventions.
const STREAM: u64 = 1 << 40;

/// Deals values anew, by seed and number of the sequence.
pub(crate) fn shuffle<T>(values: &mut [T], seed: u64, index: u64) {
    let mut draws = Draws::new(seed, STREAM + index);
    for last in (1..values.len()).rev() {
        let other = (draws.uniform() * (last + 1) as f64) as usize;
        values.swap(last, other.min(last));
    }
}

/// A class by the toss of a coin, by seed and number of the sequence.
pub(crate) fn coin(seed: u64, index: u64) -> usize {
    usize::from(Draws::new(seed, STREAM + index).chance(0.5))
}
