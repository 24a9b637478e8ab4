//! What can be wrong with schedules of management, the number of cores of a population apart.

use super::*;

impl NetlistCheck<'_> {
    /// All schedules.
    pub(super) fn management(&self) {
        let root = Here::root();
        let freezable = self.frozen();
        // what is read shares its names with recordings: all go into one file
        let probes = self.netlist.probes.iter().map(|p| p.name.as_str());
        let learned = self.netlist.learning_probes.iter().map(|p| p.name.as_str());
        let mut names: HashSet<&str> = probes.chain(learned).collect();
        for (i, schedule) in self.netlist.management.iter().enumerate() {
            let list = root.field("management");
            let place = list.at(i);
            // the upper end is that of i64, which no run reaches
            let period = i64::try_from(schedule.period).unwrap_or(i64::MAX);
            self.range(place.field("period"), period, registers::PERIOD);
            if schedule.acts.is_empty() {
                self.found.rule(place.field("acts"), "has no act");
            }
            for (k, act) in schedule.acts.iter().enumerate() {
                let acts = place.field("acts");
                let place = acts.at(k);
                let place = place.named(act.action.word());
                self.act(&place, schedule, act);
                if let ManagementAction::Read(read) = &act.action {
                    self.found
                        .unique(place.field("action").field("name"), &read.name, &mut names);
                }
                if matches!(act.action, ManagementAction::Thaw { .. }) {
                    self.thaws(&place, act, &freezable);
                }
            }
        }
    }

    /// Whether an act freezes the population, for each.
    fn frozen(&self) -> Vec<bool> {
        let freezes = |&(schedule, act): &(usize, usize)| {
            let act: &ManagementAct = &self.netlist.management[schedule].acts[act];
            act.action == ManagementAction::Freeze
        };
        let lists = self.netlist.managed();
        lists.iter().map(|acts| acts.iter().any(freezes)).collect()
    }

    fn act(&self, place: &Here<'_>, schedule: &Schedule, act: &ManagementAct) {
        let last = i64::try_from(schedule.period).unwrap_or(i64::MAX);
        let step = i64::try_from(act.step).unwrap_or(i64::MAX);
        if step > last {
            let problem = format!("{step} is beyond the period of {last} steps");
            self.found
                .add(place.field("step"), Fault::OutOfRange, problem);
        }
        for (i, target) in act.targets.iter().enumerate() {
            self.target(&place.field("targets").at(i), act, target);
        }
        if act.targets.is_empty() {
            for population in &self.netlist.populations {
                self.of_program(
                    &place.field("targets").named(&population.name),
                    act,
                    population,
                );
            }
        }
        self.cores(&place.field("cores"), act);
        let place = place.field("action");
        match &act.action {
            ManagementAction::Thaw { updates } => {
                if let Some(updates) = updates {
                    self.range(place.field("updates"), *updates, registers::UPDATES);
                }
            }
            ManagementAction::Set(set) => self.set(&place, act, set),
            ManagementAction::Learning { .. } => self.learns(&place, act),
            ManagementAction::Read(read) => self.read(&place, schedule, act, read),
            ManagementAction::Freeze
            | ManagementAction::ClearState
            | ManagementAction::ClearAccumulators
            | ManagementAction::Reset => {}
        }
    }

    /// A population, or where the action is about compartments one of them.
    fn target(&self, place: &Here<'_>, act: &ManagementAct, target: &Endpoint) {
        let of_parts = matches!(
            act.action,
            ManagementAction::Set(_) | ManagementAction::Read(_)
        );
        match self.names.resolve(target) {
            None => self.unknown_endpoint(*place, target),
            Some(Resolved::Input(_)) => {
                self.found.rule(place, "is an input, which has no cores");
            }
            Some(Resolved::Compartment(..)) if target.compartment().is_some() && !of_parts => {
                let problem = format!(
                    "is a compartment; '{}' is done to whole populations",
                    act.action.word()
                );
                self.found.rule(place, problem);
            }
            Some(Resolved::Compartment(population, _)) => {
                self.of_program(place, act, &self.netlist.populations[population]);
            }
        }
    }

    /// Programs are updated all together, and have no registers of compartments.
    fn of_program(&self, place: &Here<'_>, act: &ManagementAct, population: &Population) {
        let apart = matches!(
            act.action,
            ManagementAction::Set(_) | ManagementAction::Thaw { updates: Some(_) }
        );
        if population.program.is_some() && apart {
            let problem = format!(
                "runs a program, which takes no '{}'{}",
                act.action.word(),
                match act.action {
                    ManagementAction::Thaw { .. } => " of some updates",
                    _ => "",
                }
            );
            self.found.rule(place, problem);
        }
    }

    /// Populations that an act is done to, by index; those of names that name nothing left out.
    fn populations(&self, act: &ManagementAct) -> Vec<usize> {
        if act.targets.is_empty() {
            return (0..self.netlist.populations.len()).collect();
        }
        let targets = act.targets.iter();
        targets
            .filter_map(|target| self.names.population(target.name()))
            .collect()
    }

    fn cores(&self, place: &Here<'_>, act: &ManagementAct) {
        let Some(cores) = &act.cores else { return };
        if act.targets.len() != 1 {
            let problem = format!(
                "are those of one population; there are {} targets",
                act.targets.len()
            );
            self.found.rule(place, problem);
        }
        if matches!(act.action, ManagementAction::Read(_)) {
            self.found
                .rule(place, "a read is of all neurons of its target");
        }
        if cores.is_empty() {
            self.found.rule(place, "names no core");
        }
        let mut seen = HashSet::new();
        for (i, core) in cores.iter().enumerate() {
            if !seen.insert(core) {
                let problem = format!("core {core} is named twice");
                self.found.rule(place.at(i), problem);
            }
        }
    }

    fn set(&self, place: &Here<'_>, act: &ManagementAct, set: &SetRegisters) {
        if *set == SetRegisters::default() {
            self.found.rule(place, "sets no register");
        }
        let ranges = [
            (
                "current_decay",
                set.current_decay.map(i64::from),
                registers::DECAY,
            ),
            (
                "voltage_decay",
                set.voltage_decay.map(i64::from),
                registers::DECAY,
            ),
            (
                "threshold_mantissa",
                set.threshold_mantissa.map(i64::from),
                registers::THRESHOLD_MANTISSA,
            ),
            (
                "bias_mantissa",
                set.bias_mantissa.map(i64::from),
                registers::BIAS_MANTISSA,
            ),
            (
                "bias_exponent",
                set.bias_exponent.map(i64::from),
                registers::BIAS_EXPONENT,
            ),
        ];
        for (field, value, range) in ranges {
            if let Some(value) = value {
                self.range(place.field(field), value, range);
            }
        }
        let decays = set.current_decay.is_some_and(|d| d > 0) || set.ds_offset == Some(true);
        if decays {
            self.boxes(place, act);
        }
    }

    /// A box synapse sums +J and -J in u, so u must not decay (NC-027).
    fn boxes(&self, place: &Here<'_>, act: &ManagementAct) {
        let hit: HashSet<usize> = self.populations(act).into_iter().collect();
        for p in self.netlist.projections.iter().filter(|p| p.box_synapse) {
            let target = self.names.population(p.target.name());
            if target.is_some_and(|target| hit.contains(&target)) {
                let problem = format!(
                    "box synapses of '{}' need an effective current decay of 0 (NC-027)",
                    p.name
                );
                self.found.rule(place, problem);
            }
        }
    }

    fn learns(&self, place: &Here<'_>, act: &ManagementAct) {
        let hit: HashSet<usize> = self.populations(act).into_iter().collect();
        let learns = |p: &Projection| {
            let target = self.names.population(p.target.name());
            p.learning.is_some() && target.is_some_and(|target| hit.contains(&target))
        };
        if !hit.is_empty() && !self.netlist.projections.iter().any(learns) {
            self.found
                .rule(place, "no projection to the targets has a learning rule");
        }
    }

    fn read(&self, place: &Here<'_>, schedule: &Schedule, act: &ManagementAct, read: &ReadOut) {
        if read.name.is_empty() {
            self.found.rule(place.field("name"), "is empty");
        }
        if act.step == 0 {
            let problem = format!(
                "nothing is read before the first step; the end of a period is step {}",
                schedule.period
            );
            self.found.rule(place, problem);
        }
        match act.probe(schedule.period) {
            Some(probe) => self.register(place, &probe),
            None => {
                let problem = format!("reads one target; there are {}", act.targets.len());
                self.found.rule(place, problem);
            }
        }
    }

    /// What is thawed must have been frozen by some act.
    fn thaws(&self, place: &Here<'_>, act: &ManagementAct, frozen: &[bool]) {
        for population in self.populations(act) {
            if !frozen[population] {
                let name = &self.netlist.populations[population].name;
                let problem = format!("thaws '{name}', which no act freezes");
                self.found.rule(place, problem);
            }
        }
    }
}
