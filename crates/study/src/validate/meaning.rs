//! What a rule means, from somewhere else than its text: the equations of the literature, or
//! numbers that a user has computed.
//!
//! Without a table `reference` the float side evaluates the text that the chip runs. It can say how
//! rounding hurts a sum of products, not whether the sum *is* the rule. With one, chip and text are
//! both held against it.

use super::chip::{ChipRun, PLASTIC};
use super::file::RuleFile;
use super::float::{self, FloatRun};
use super::numbers::{OwnNumbers, ReferenceInput, events};
use super::report::moved;
use super::stimulus::Stimulus;
use seamount_reference::rules::Seen;
use seamount_reference::rules::law::{Law, PerSynapse, SynapseLaw};
use seamount_reference::stdp::triplet::{Amplitudes, Times};
use seamount_reference::stdp::{Bcm, BcmTimes, DiehlCook, Oja, Pair, Rewarded, Triplet};
use seamount_session::Failure;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where the meaning comes from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Meaning {
    /// The text that the chip runs, evaluated in 64-bit floats.
    #[default]
    Text,
    /// Equations of the literature.
    Law(LawSettings),
    /// Changes of the weights that a user has computed.
    Changes(OwnNumbers),
}

/// A rule of the literature with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct LawSettings {
    /// The rule.
    pub name: LawName,
    /// All parameters of the rule, by name.
    pub parameters: BTreeMap<&'static str, f64>,
}

/// Rules of the literature that are built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LawName {
    /// Song, Miller, Abbott 2000.
    Pair,
    /// Pfister, Gerstner 2006.
    Triplet,
    /// Izhikevich 2007; Florian 2007.
    Rewarded,
    /// Oja 1982.
    Oja,
    /// Bienenstock, Cooper, Munro 1982.
    Bcm,
    /// Diehl, Cook 2015.
    DiehlCook,
}

impl LawName {
    /// Words of a file.
    pub const WORDS: [(&'static str, LawName); 6] = [
        ("pair-stdp", LawName::Pair),
        ("triplet-stdp", LawName::Triplet),
        ("r-stdp", LawName::Rewarded),
        ("oja", LawName::Oja),
        ("bcm", LawName::Bcm),
        ("diehl-cook", LawName::DiehlCook),
    ];

    /// Names of the parameters: amplitudes in weights, time constants in steps.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            LawName::Pair => &["a_plus", "tau_plus", "a_minus", "tau_minus"],
            LawName::Triplet => &[
                "pair_plus",
                "triplet_plus",
                "pair_minus",
                "triplet_minus",
                "tau_plus",
                "tau_x",
                "tau_minus",
                "tau_y",
            ],
            LawName::Rewarded => &[
                "a_plus",
                "tau_plus",
                "a_minus",
                "tau_minus",
                "tau_eligibility",
                "tau_reward",
                "reward",
            ],
            LawName::Oja => &["growth", "tau_x", "decay", "tau_y"],
            LawName::Bcm => &["rate", "threshold_rise", "tau_x", "tau_y", "tau_theta"],
            LawName::DiehlCook => &["rate", "tau_x", "target_trace", "weight_max"],
        }
    }
}

/// How far the text that the chip runs is from its meaning, both in 64-bit floats: 0 and a gain of
/// 1 if the text is the rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Identity {
    /// Root mean square difference of the changes of the weights, by the size of the meant ones.
    pub difference: f64,
    /// Share of the meant changes that the text makes: projection of one on the other.
    pub gain: f64,
}

/// Puts the meaning in the place of the text's float weights; how far the text was from it.
///
/// # Errors
/// If an array cannot be read or has another shape.
pub fn apply(
    file: &RuleFile,
    stimulus: &Stimulus,
    chip: &ChipRun,
    text: &mut FloatRun,
) -> Result<Option<Identity>, Failure> {
    let mut law = match &file.meaning {
        Meaning::Text => return Ok(None),
        Meaning::Changes(numbers) => {
            let seed = file.network.seed;
            let seen = |frames: &[_]| ReferenceInput {
                source_spikes: events(&stimulus.sources),
                target_spikes: events(&chip.spikes),
                rewards: reward_steps(stimulus),
                ..ReferenceInput::new(seed, PLASTIC, stimulus.ends.clone(), frames)
            };
            numbers.apply(seed, &mut text.frames, seen)?;
            return Ok(None);
        }
        Meaning::Law(settings) => law(settings, file, stimulus),
    };
    let written = moved(&text.frames);
    let amount = law_reward(&file.meaning);
    let mut frames = text.frames.iter_mut().peekable();
    if let Some(start) = frames.next_if(|frame| frame.step == 0) {
        start.variables[0] = law.weights();
    }
    for step in 1..=file.stimulus.steps {
        let at = step as usize - 1;
        law.step(Seen {
            pre: &stimulus.sources[at],
            post: &chip.spikes[at],
            reward: (stimulus.rewards[at] > 0).then_some(amount),
        });
        if let Some(frame) = frames.next_if(|frame| frame.step == step) {
            frame.variables[0] = law.weights();
        }
    }
    Ok(Some(identity(&written, &moved(&text.frames))))
}

fn reward_steps(stimulus: &Stimulus) -> Vec<u64> {
    let steps = (1u64..).zip(&stimulus.rewards);
    steps
        .flat_map(|(step, count)| std::iter::repeat_n(step, *count as usize))
        .collect()
}

fn identity(written: &[f64], meant: &[f64]) -> Identity {
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let size = square(&mut meant.iter().copied());
    let away = square(&mut written.iter().zip(meant).map(|(a, b)| a - b));
    let along: f64 = written.iter().zip(meant).map(|(a, b)| a * b).sum();
    Identity {
        difference: (away / size.max(f64::MIN_POSITIVE)).sqrt(),
        gain: along / size.max(f64::MIN_POSITIVE),
    }
}

/// What a reward adds to the reward of a law.
fn law_reward(meaning: &Meaning) -> f64 {
    match meaning {
        Meaning::Law(settings) => settings.parameters.get("reward").copied().unwrap_or(0.0),
        _ => 0.0,
    }
}

/// The equations at work, from the file's initial weights on.
fn law(settings: &LawSettings, file: &RuleFile, stimulus: &Stimulus) -> Box<dyn Law> {
    let p = |name: &str| settings.parameters.get(name).copied().unwrap_or(0.0);
    match settings.name {
        LawName::Pair => network(file, stimulus, |w| {
            Pair::new(
                w,
                (p("a_plus"), p("tau_plus")),
                (p("a_minus"), p("tau_minus")),
            )
        }),
        LawName::Triplet => network(file, stimulus, |w| {
            let amplitudes = Amplitudes {
                pair_plus: p("pair_plus"),
                triplet_plus: p("triplet_plus"),
                pair_minus: p("pair_minus"),
                triplet_minus: p("triplet_minus"),
            };
            let times = Times {
                plus: p("tau_plus"),
                x: p("tau_x"),
                minus: p("tau_minus"),
                y: p("tau_y"),
            };
            Triplet::new(w, amplitudes, times)
        }),
        LawName::Rewarded => network(file, stimulus, |w| {
            let plus = (p("a_plus"), p("tau_plus"));
            let minus = (p("a_minus"), p("tau_minus"));
            Rewarded::new(w, plus, minus, (p("tau_eligibility"), p("tau_reward")))
        }),
        LawName::Oja => network(file, stimulus, |w| {
            Oja::new(w, (p("growth"), p("tau_x")), (p("decay"), p("tau_y")))
        }),
        LawName::Bcm => network(file, stimulus, |w| {
            let times = BcmTimes {
                pre: p("tau_x"),
                post: p("tau_y"),
                threshold: p("tau_theta"),
            };
            Bcm::new(w, p("rate"), p("threshold_rise"), times)
        }),
        LawName::DiehlCook => network(file, stimulus, |w| {
            let target = p("target_trace");
            DiehlCook::new(w, p("rate"), p("tau_x"), target, p("weight_max"))
        }),
    }
}

fn network<S: SynapseLaw + Copy + 'static>(
    file: &RuleFile,
    stimulus: &Stimulus,
    model: impl Fn(f64) -> S,
) -> Box<dyn Law> {
    let ends: Vec<(usize, usize)> = stimulus
        .ends
        .iter()
        .map(|ends| (ends.0 as usize, ends.1 as usize))
        .collect();
    let weights = stimulus.weights.iter().map(|w| f64::from(*w));
    let units = (file.network.sources as usize, file.network.targets as usize);
    let limits = float::weight_limits(&file.network);
    Box::new(PerSynapse::new(
        &ends,
        weights.map(model).collect(),
        units,
        limits,
    ))
}
