//! What can be wrong with the programs of neurons, their text apart.

use super::check::{Findings, Problem};
use super::*;
use std::collections::HashSet;

/// State words and constants are 24 bit signed (MC-001).
const WORD: (i64, i64) = (-(1 << 23), (1 << 23) - 1);

impl Findings {
    /// Names of the texts.
    pub(super) fn programs(&mut self, netlist: &Netlist) {
        let mut names = HashSet::new();
        for (i, program) in netlist.programs.iter().enumerate() {
            let place = format!("programs[{i}] '{}'", program.name);
            if program.name.is_empty() {
                self.rule(&place, "has no name");
            }
            self.unique(&place, &program.name, &mut names);
        }
    }

    /// The program of a population.
    pub(super) fn programmed(
        &mut self,
        place: &str,
        population: &Population,
        program: &Programmed,
    ) {
        let place = format!("{place}.program");
        self.range(&format!("{place}.ports"), i64::from(program.ports), 1, 2);
        let mut bare = Population {
            compartments: vec![],
            ..population.clone()
        };
        bare.complete();
        if (1..=2).contains(&program.ports) && bare.compartments != population.compartments {
            self.rule(
                &place,
                "a population with a program has no compartments of its own",
            );
        }
        let size = u64::from(population.size);
        for (name, values) in &program.parameters {
            self.values(&format!("{place}.parameters.{name}"), values, size, WORD);
        }
        for (name, values) in &program.initial {
            self.values(&format!("{place}.initial.{name}"), values, size, WORD);
        }
    }

    /// Registers of programs and of fixed compartments.
    pub(super) fn register(&mut self, place: &str, netlist: &Netlist, probe: &Probe) {
        let Some(Resolved::Compartment(population, part)) = netlist.resolve(&probe.target) else {
            return;
        };
        let programmed = netlist.populations[population].program.is_some();
        let of_program = matches!(
            probe.register,
            Register::State | Register::Payload | Register::Probe
        );
        let both = matches!(probe.register, Register::Spike | Register::Accumulator);
        if programmed && !of_program && !both {
            self.rule(
                &format!("{place}.register"),
                format!(
                    "'{}' has a program: record a state word of it",
                    probe.target.0
                ),
            );
        }
        if !programmed && of_program {
            self.rule(
                &format!("{place}.register"),
                format!("'{}' has no program", probe.target.0),
            );
        }
        if programmed && part > 0 && probe.register != Register::Accumulator {
            self.rule(
                &format!("{place}.target"),
                "is an accumulator; name the population alone",
            );
        }
        match (&probe.state, probe.register) {
            (None, Register::State) => self.rule(
                &format!("{place}.state"),
                "says which state word is recorded",
            ),
            (Some(state), Register::State) if state.is_empty() => {
                self.add(&format!("{place}.state"), Problem::BadName(String::new()))
            }
            (Some(_), register) if register != Register::State => {
                self.rule(
                    &format!("{place}.state"),
                    "goes with the register 'state' only",
                );
            }
            _ => {}
        }
    }
}
