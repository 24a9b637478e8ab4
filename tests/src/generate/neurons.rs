//! Populations from their recipes.

use super::Options;
use super::dice::Dice;
use super::recipe::{PopulationRecipe, Recipe, Shape};
use seamount_network::netlist::*;

/// Profiles of a core (limits of a core).
const PROFILES: usize = 32;
/// Slots of the accumulators of a core (NC-026).
const ACCUMULATOR_SLOTS: u32 = 8192;
/// Values on the stack between compartments (NC-040).
const STACK_DEPTH: usize = 4;

/// Adds every population of the recipe.
pub fn add_populations(netlist: &mut Netlist, recipe: &Recipe, options: Options, dice: &mut Dice) {
    let thresholds = thresholds(recipe.lively, dice);
    let shared = core(recipe, options, &thresholds, dice);
    let mut spare = PROFILES
        - recipe
            .populations
            .iter()
            .map(|p| part_count(&p.shape))
            .sum::<usize>();
    for (i, population) in recipe.populations.iter().enumerate() {
        let mut settings = if population.own_core {
            core(recipe, options, &thresholds, dice)
        } else {
            shared
        };
        settings.ds_offset &= !population.boxable;
        let bits = settings.delay_bits.unwrap_or(recipe.delay_bits.max(3));
        let parts = part_count(&population.shape);
        let fitting = (ACCUMULATOR_SLOTS >> bits.max(recipe.delay_bits)) / parts as u32;
        let size = if options.split {
            population.size
        } else {
            population.size.min(fitting)
        };
        let more_classes = (population.classes - 1).min(spare / parts);
        spare -= more_classes * parts;
        let classes = (0..size)
            .map(|_| dice.below(more_classes as u64 + 1) as usize)
            .collect();
        let mut draw = Draw {
            recipe,
            population,
            options,
            thresholds: &thresholds,
            classes,
            dice,
        };
        let compartments = match &population.shape {
            Shape::Single => draw.tree(&[0]),
            Shape::Ahp => draw.ahp(),
            Shape::Tree(wishes) => draw.tree(wishes),
        };
        let v_limits = (settings.v_min_exponent, settings.v_max_exponent);
        let compartments = compartments
            .into_iter()
            .map(|c| draw.initial(c, v_limits))
            .collect();
        netlist.add(Population {
            name: format!("p{i}"),
            size,
            core: settings,
            compartments,
            program: None,
        });
    }
}

fn part_count(shape: &Shape) -> usize {
    match shape {
        Shape::Single => 1,
        Shape::Ahp => 2,
        Shape::Tree(wishes) => wishes.len(),
    }
}

/// At most 6 thresholds for the whole network, so that any core holds them.
fn thresholds(lively: bool, dice: &mut Dice) -> Vec<u32> {
    let count = dice.range(1, 6);
    let mut one = || match (lively, dice.below(10)) {
        (true, 0) => dice.below(3) as u32,
        (true, _) => dice.range(1, 250) as u32,
        (false, 0) => (1 << 17) - 1,
        (false, _) => {
            let bits = dice.range(0, 17);
            dice.below(1 << bits) as u32
        }
    };
    (0..count).map(|_| one()).collect()
}

fn core(recipe: &Recipe, options: Options, thresholds: &[u32], dice: &mut Dice) -> CoreSettings {
    let mut core = CoreSettings {
        ds_offset: dice.chance(60),
        dm_offset: dice.chance(40),
        ..CoreSettings::default()
    };
    if dice.chance(50) {
        core.v_min_exponent = dice.range(if recipe.lively { 4 } else { 0 }, 23) as u8;
    }
    if dice.chance(50) {
        // NC-012: a v_max that any threshold reaches silences the neuron; rarely, in lively ones.
        let highest = 64 * i64::from(*thresholds.iter().max().expect("at least one threshold"));
        let reaches =
            |m: &u8| recipe.lively && dice.chance(90) && (1i64 << (9 + 2 * m)) - 1 <= highest;
        let lowest = (0..7).take_while(reaches).count() as u64;
        core.v_max_exponent = dice.range(lowest, 7) as u8;
    }
    if dice.chance(30) {
        core.delay_bits = Some(dice.range(3, 6) as u8);
    }
    if options.noise {
        core.noise_target = dice.pick(&[NoiseTarget::Membrane, NoiseTarget::Dendrite]);
        core.noise_exponent = dice.range(0, if recipe.lively { 9 } else { 23 }) as u8;
        core.noise_mantissa = dice.signed(-64, 63) as i8;
    }
    core
}

/// Draws the compartments of one population.
struct Draw<'a> {
    recipe: &'a Recipe,
    population: &'a PopulationRecipe,
    options: Options,
    thresholds: &'a [u32],
    /// Class of every neuron.
    classes: Vec<usize>,
    dice: &'a mut Dice,
}

impl Draw<'_> {
    /// Compartments in stack order. The wishes are bent so that every value pushed is popped, at
    /// most two by one compartment, and the stack never overflows.
    fn tree(&mut self, wishes: &[u8]) -> Vec<Compartment> {
        let mut stack: Vec<String> = vec![];
        let mut all = vec![];
        for (i, wish) in wishes.iter().enumerate() {
            let after = wishes.len() - 1 - i;
            let claimable = stack.len().min(2);
            // Each later compartment takes one value off at most; the last one takes two.
            let room = (after + 1).min(STACK_DEPTH);
            let needed = if after == 0 {
                stack.len()
            } else {
                (stack.len() + 1).saturating_sub(room)
            };
            let claimed = usize::from(*wish)
                .min(2)
                .clamp(needed.min(claimable), claimable);
            let mut c = self.compartment(&format!("c{i}"), after == 0);
            c.children = stack.split_off(stack.len() - claimed);
            if claimed > 0 {
                let joins = [
                    Join::Add,
                    Join::Max,
                    Join::Min,
                    Join::Pass,
                    Join::Block,
                    Join::Or,
                    Join::And,
                ];
                c.join = self.dice.pick(&joins);
            }
            if after > 0 && *wish != 3 {
                stack.push(c.name.clone());
            }
            all.push(c);
        }
        all
    }

    fn ahp(&mut self) -> Vec<Compartment> {
        let mut pair = Population::ahp("any", self.population.size, self.dice.range(1, 400) as u16)
            .compartments;
        let soma = self.compartment("soma", true);
        pair[1] = Compartment {
            join: Join::Add,
            children: vec!["ahp".into()],
            ..soma
        };
        if self.population.boxable {
            pair[0].current_decay = 0.into();
        }
        pair
    }

    fn compartment(&mut self, name: &str, is_root: bool) -> Compartment {
        let mut c = Compartment::new(name);
        if !self.population.boxable {
            c.current_decay = self.of_class(|d| d.decay());
        }
        c.voltage_decay = self.of_class(|d| d.decay());
        c.threshold_mantissa = self.of_class(|d| d.dice.pick(d.thresholds));
        c.refractory_steps = self.of_class(|d| match d.dice.below(8) {
            0..4 => 1,
            4..7 => d.dice.range(2, 5) as u8,
            _ => d.dice.range(1, 63) as u8,
        });
        let spiking = if is_root { 94 } else { 45 };
        if !self.dice.chance(spiking) {
            c.threshold_mode = self
                .dice
                .pick(&[ThresholdMode::PassToParent, ThresholdMode::Saturate]);
        }
        c.passes = self.dice.pick(&[Passed::Voltage, Passed::Current]);
        c.noise = self.options.noise && self.dice.chance(50);
        if self.dice.chance(if self.recipe.lively { 60 } else { 30 }) {
            self.bias(&mut c);
        }
        c
    }

    fn bias(&mut self, c: &mut Compartment) {
        let (low, high, exponent) = if self.recipe.lively {
            (-200, 2000, 3)
        } else {
            (-4096, 4095, 7)
        };
        c.bias_exponent = self.of_class(|d| d.dice.range(0, exponent) as u8);
        c.bias_mantissa = if self.dice.chance(50) {
            (self.dice.signed(low, high) as i16).into()
        } else {
            let each = (0..self.classes.len()).map(|_| self.dice.signed(low, high) as i16);
            each.collect::<Vec<_>>().into()
        };
    }

    fn decay(&mut self) -> u16 {
        let rather = [0, 0, 1, 41, 128, 409, 1024, 2048, 4094, 4095, 4095];
        if self.dice.chance(70) {
            self.dice.pick(&rather)
        } else {
            self.dice.below(4096) as u16
        }
    }

    /// A value for every class, spread to the neurons; or one for all.
    fn of_class<T: Copy>(&mut self, mut draw: impl FnMut(&mut Self) -> T) -> Values<T> {
        let most = *self
            .classes
            .iter()
            .max()
            .expect("a population has a neuron");
        if most == 0 && self.dice.chance(70) || self.dice.chance(25) {
            return Values::Shared(draw(self));
        }
        let choices: Vec<T> = (0..=most).map(|_| draw(self)).collect();
        self.classes
            .iter()
            .map(|class| choices[*class])
            .collect::<Vec<_>>()
            .into()
    }

    /// Initial u and v in some compartments.
    fn initial(
        &mut self,
        mut c: Compartment,
        (v_min_exponent, v_max_exponent): (u8, u8),
    ) -> Compartment {
        let size = self.classes.len();
        if self.dice.chance(15) {
            let bits = self.dice.range(1, 23);
            let low = -(1i64 << bits);
            let high = (1i64 << bits) - 1;
            c.initial_current = (0..size)
                .map(|_| self.dice.signed(low, high) as i32)
                .collect::<Vec<_>>()
                .into();
        }
        if self.dice.chance(20) {
            let low = -(1i64 << v_min_exponent) + 1;
            let high = (1i64 << (9 + 2 * v_max_exponent)) - 1;
            let (low, high) = if self.recipe.lively {
                (low.max(-5000), high.min(20_000))
            } else {
                (low, high)
            };
            c.initial_voltage = (0..size)
                .map(|_| self.dice.signed(low, high) as i32)
                .collect::<Vec<_>>()
                .into();
        }
        c
    }
}
