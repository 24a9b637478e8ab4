//! What can be wrong with the programs of neurons, their text apart.

use super::*;

impl NetlistCheck<'_> {
    /// Names of the texts.
    pub(super) fn programs(&self) {
        let root = Here::root();
        let mut names = HashSet::new();
        for (i, program) in self.netlist.programs.iter().enumerate() {
            let place = root.field("programs").at(i).named(&program.name);
            if program.name.is_empty() {
                self.found.rule(place, "has no name");
            }
            self.found.unique(place, &program.name, &mut names);
        }
    }

    /// The program of a population.
    pub(super) fn programmed(
        &self,
        place: &Here<'_>,
        population: &Population,
        program: &Programmed,
    ) {
        self.range(place.field("ports"), program.ports, registers::PORTS);
        let mut bare = Population {
            compartments: vec![],
            ..population.clone()
        };
        bare.complete();
        if (1..=2).contains(&program.ports) && bare.compartments != population.compartments {
            let problem = "a population with a program has no compartments of its own";
            self.found.rule(place, problem);
        }
        let size = u64::from(population.size);
        let parameters = place.field("parameters");
        for (name, values) in &program.parameters {
            self.values(parameters.field(name), values, size, registers::STATE);
        }
        let initial = place.field("initial");
        for (name, values) in &program.initial {
            self.values(initial.field(name), values, size, registers::STATE);
        }
    }

    /// Registers of programs and of fixed compartments.
    pub(super) fn register(&self, place: &Here<'_>, probe: &Probe) {
        let Some(Resolved::Compartment(population, part)) = self.names.resolve(&probe.target)
        else {
            return;
        };
        let programmed = self.netlist.populations[population].program.is_some();
        let target = &probe.target.0;
        let of_program = matches!(
            probe.register,
            Register::State | Register::Payload | Register::Probe
        );
        let of_both = matches!(probe.register, Register::Spike | Register::Accumulator);
        if programmed && !of_program && !of_both {
            let problem = format!("'{target}' has a program: record a state word of it");
            self.found.rule(place.field("register"), problem);
        }
        if !programmed && of_program {
            let problem = format!("'{target}' has no program");
            self.found.rule(place.field("register"), problem);
        }
        if programmed && part > 0 && probe.register != Register::Accumulator {
            let problem = "is an accumulator; name the population alone";
            self.found.rule(place.field("target"), problem);
        }
        self.state_word(place.field("state"), probe);
    }

    /// The name of a state word goes with the register `state` and with no other.
    fn state_word(&self, place: Here<'_>, probe: &Probe) {
        let problem = match (&probe.state, probe.register) {
            (None, Register::State) => "says which state word is recorded",
            (Some(state), Register::State) if state.is_empty() => {
                "'' is no name: it must not be empty or contain a dot"
            }
            (Some(_), register) if register != Register::State => {
                "goes with the register 'state' only"
            }
            _ => return,
        };
        self.found.rule(place, problem);
    }
}
