//! The recipe of a random network from bytes, choice by choice, so that a fuzzer that changes a
//! byte changes one choice. Beyond the end every choice is 0.

use seamount_network::netlist::SignMode;
use seamount_tests::generate::recipe::{Form, PopulationRecipe, ProjectionRecipe, Recipe, Shape};

/// Bytes that are taken one by one.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn below(&mut self, n: u8) -> u8 {
        self.byte() % n
    }

    fn often(&mut self, of_256: u8) -> bool {
        self.byte() < of_256
    }

    fn many<T>(&mut self, least: u8, most: u8, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| one(self)).collect()
    }
}

/// The recipe that bytes describe; `large` populations have up to 150 neurons.
pub fn recipe(bytes: &[u8], large: bool) -> Recipe {
    let mut choices = Choices(bytes);
    let lively = choices.often(192);
    let steps = 4 + u64::from(choices.below(60));
    let delay_bits = [0, 0, 3, 4, 5, 6][usize::from(choices.below(6))];
    let dice = u64::from_le_bytes(std::array::from_fn(|_| choices.byte()));
    Recipe {
        lively,
        steps,
        delay_bits,
        inputs: choices.many(0, 2, |c| 1 + u32::from(c.below(8))),
        populations: choices.many(1, 4, |c| population(c, large)),
        projections: choices.many(0, 7, projection),
        formats: choices.many(0, 2, format),
        dice,
    }
}

fn population(choices: &mut Choices, large: bool) -> PopulationRecipe {
    let most = if large { 150 } else { 12 };
    let size = 1 + u32::from(choices.below(most));
    let shape = match choices.below(8) {
        0..=3 => Shape::Single,
        4 => Shape::Ahp,
        _ => Shape::Tree(choices.many(2, 6, |c| c.below(4))),
    };
    PopulationRecipe {
        size,
        shape,
        classes: 1 + usize::from(choices.below(3)),
        own_core: choices.often(100),
        boxable: choices.often(50),
    }
}

fn projection(choices: &mut Choices) -> ProjectionRecipe {
    let forms = [
        Form::Pairs,
        Form::Dense,
        Form::Lists,
        Form::OneToOne,
        Form::AllToAll,
    ];
    ProjectionRecipe {
        source: usize::from(choices.below(64)),
        target: usize::from(choices.below(64)),
        recurrent: choices.often(50),
        form: forms[usize::from(choices.below(5))],
        format: [None, None, None, Some(0), Some(1)][usize::from(choices.below(5))],
        boxed: choices.often(150),
        duplicates: choices.often(100),
        axons: [0, 0, 1, 2][usize::from(choices.below(4))],
    }
}

fn format(choices: &mut Choices) -> (SignMode, u8) {
    let modes = [SignMode::Mixed, SignMode::Excitatory, SignMode::Inhibitory];
    let mode = modes[usize::from(choices.below(3))];
    (mode, [8, 6, 5, 4, 3, 2, 1][usize::from(choices.below(7))])
}
