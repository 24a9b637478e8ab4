//! Flags whose values are words for the values of a library's type, so that each option exists
//! once.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use seamount_timing::Fidelity;

/// A word of a flag and the value that it stands for.
#[derive(Debug)]
pub struct Word<T> {
    word: &'static str,
    help: &'static str,
    value: T,
}

impl<T> Word<T> {
    /// A word, its meaning for people, and its value.
    pub const fn new(word: &'static str, help: &'static str, value: T) -> Word<T> {
        Word { word, help, value }
    }
}

/// Levels of knowing the time of a run, by their flag `--fidelity`.
pub const FIDELITIES: [Word<Fidelity>; 3] = [
    Word::new("count", "Steps and events", Fidelity::Count),
    Word::new("pipeline", "Formulas", Fidelity::Pipeline),
    Word::new("cycle", "Every cycle", Fidelity::Cycle),
];

/// The parser of a flag that takes one of some words.
pub fn one_of<T: Clone + Send + Sync + 'static>(
    words: &'static [Word<T>],
) -> impl TypedValueParser<Value = T> {
    let possible = words
        .iter()
        .map(|word| PossibleValue::new(word.word).help(word.help));
    PossibleValuesParser::new(possible).map(|given| {
        let meant = words.iter().find(|word| word.word == given);
        meant.expect("one of the possible words").value.clone()
    })
}
