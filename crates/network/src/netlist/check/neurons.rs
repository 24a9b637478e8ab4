//! What can be wrong with inputs, populations and their compartments.

use super::*;

impl NetlistCheck<'_> {
    /// Inputs and populations, which share their names.
    pub(super) fn parts(&self) {
        let root = Here::root();
        let mut names = HashSet::new();
        for (i, input) in self.netlist.inputs.iter().enumerate() {
            let place = root.field("inputs").at(i).named(&input.name);
            self.name(&place, &input.name, &mut names);
            self.range(place.field("size"), input.size, registers::SIZE);
        }
        for (i, population) in self.netlist.populations.iter().enumerate() {
            let place = root.field("populations").at(i).named(&population.name);
            self.name(&place, &population.name, &mut names);
            self.population(&place, population);
        }
    }

    fn population(&self, place: &Here<'_>, population: &Population) {
        self.range(place.field("size"), population.size, registers::SIZE);
        self.core(&place.field("core"), &population.core);
        if let Some(program) = &population.program {
            return self.programmed(&place.field("program"), population, program);
        }
        if population.compartments.is_empty() {
            self.found.rule(place, "has no compartment");
        }
        let mut names = HashSet::new();
        for (i, compartment) in population.compartments.iter().enumerate() {
            let place = place.field("compartments").at(i).named(&compartment.name);
            self.name(&place, &compartment.name, &mut names);
            self.compartment(&place, population, compartment);
        }
        self.tree(place, population);
    }

    /// Registers that a core has once.
    fn core(&self, place: &Here<'_>, core: &CoreSettings) {
        let at = |field| place.field(field);
        self.range(
            at("v_min_exponent"),
            core.v_min_exponent,
            registers::V_MIN_EXPONENT,
        );
        self.range(
            at("v_max_exponent"),
            core.v_max_exponent,
            registers::V_MAX_EXPONENT,
        );
        self.range(
            at("noise_exponent"),
            core.noise_exponent,
            registers::NOISE_EXPONENT,
        );
        self.range(
            at("noise_mantissa"),
            core.noise_mantissa,
            registers::NOISE_MANTISSA,
        );
        if let Some(bits) = core.delay_bits {
            self.range(at("delay_bits"), bits, registers::DELAY_BITS);
        }
    }

    fn compartment(&self, place: &Here<'_>, population: &Population, c: &Compartment) {
        let n = u64::from(population.size);
        let at = |field| place.field(field);
        self.values(at("current_decay"), &c.current_decay, n, registers::DECAY);
        self.values(at("voltage_decay"), &c.voltage_decay, n, registers::DECAY);
        self.values(
            at("bias_mantissa"),
            &c.bias_mantissa,
            n,
            registers::BIAS_MANTISSA,
        );
        self.values(
            at("bias_exponent"),
            &c.bias_exponent,
            n,
            registers::BIAS_EXPONENT,
        );
        let mantissa = &c.threshold_mantissa;
        self.values(
            at("threshold_mantissa"),
            mantissa,
            n,
            registers::THRESHOLD_MANTISSA,
        );
        let steps = &c.refractory_steps;
        self.values(
            at("refractory_steps"),
            steps,
            n,
            registers::REFRACTORY_STEPS,
        );
        self.values(
            at("initial_current"),
            &c.initial_current,
            n,
            registers::STATE,
        );
        // v starts within the limits that its core keeps it in (NC-003); exponents beyond their own
        // registers are findings of theirs
        let low = population.core.v_min_exponent.min(23);
        let high = population.core.v_max_exponent.min(7);
        let limits = [-(1i64 << low) + 1, (1i64 << (9 + 2 * high)) - 1];
        self.values(at("initial_voltage"), &c.initial_voltage, n, limits);
    }

    /// The compartments of a neuron must form trees that a stack can evaluate in the order written
    /// (NC-040): children before parents, A deeper than B, nothing left over.
    fn tree(&self, place: &Here<'_>, population: &Population) {
        let compartments = &population.compartments;
        // names of compartments that are evaluated and that no parent has taken yet
        let mut stack: Vec<&str> = vec![];
        let there: HashSet<&str> = compartments.iter().map(|c| c.name.as_str()).collect();
        let children = compartments.iter().flat_map(|c| &c.children);
        let claimed: HashSet<&str> = children.map(String::as_str).collect();
        for (i, c) in compartments.iter().enumerate() {
            let place = place.field("compartments").at(i).named(&c.name);
            if !self.children_exist(&place, compartments, &there, c) {
                return;
            }
            self.join(&place, c);
            let below = stack.len().saturating_sub(c.children.len());
            if stack[below..] != c.children.iter().map(String::as_str).collect::<Vec<_>>() {
                let problem = format!(
                    "children {:?} are not the last unclaimed compartments above it ({stack:?}): \
                     list the compartments so that each parent follows its children A, B directly",
                    c.children
                );
                self.found.rule(place, problem);
                return;
            }
            stack.truncate(below);
            if claimed.contains(c.name.as_str()) {
                stack.push(&c.name);
                let depth = stack.len() as i64;
                self.range(
                    format!("{place}: stack depth"),
                    depth,
                    registers::STACK_DEPTH,
                );
            }
        }
    }

    /// Whether all children of a compartment are there; the first that is not is a finding, and
    /// what follows from it is none.
    fn children_exist(
        &self,
        place: &Here<'_>,
        all: &[Compartment],
        there: &HashSet<&str>,
        c: &Compartment,
    ) -> bool {
        let absent = c
            .children
            .iter()
            .find(|child| !there.contains(child.as_str()));
        if let Some(child) = absent {
            let names = all.iter().map(|other| other.name.as_str());
            let others = names.filter(|name| *name != c.name);
            self.found
                .unknown_name(place.field("children"), child, others);
        }
        absent.is_none()
    }

    fn join(&self, place: &Here<'_>, c: &Compartment) {
        match (c.join, c.children.len()) {
            (Join::None, 0) => {}
            (Join::None, _) => self.found.rule(place, "has children but join is none"),
            (_, 1 | 2) => {}
            (_, count) => {
                let problem = format!("joins {count} children; a join takes 1 or 2");
                self.found.rule(place, problem);
            }
        }
    }
}
