//! Programs of populations: from text and named constants to groups of neurons on cores.

use crate::plan::CorePlan;
use seamount_diagnose::{Fault, Finding, Findings, Place};
use seamount_image::{CorePrograms, ProgramGroup, ProgramPlan};
use seamount_microcode::{ParameterValues, SpikeKind, VerifiedProgram};
use seamount_microcode::{TEXT_NAME, assemble_text, shipped, shipped_program};
use seamount_network::netlist::{
    Connectivity, GradedPre, LearningRule, Netlist, NetlistNames, Population, Probe, ProgramText,
    Programmed, Projection, Register, Resolved, Values,
};
use seamount_spec::Board;
use std::collections::BTreeMap;

/// The programs of a network, assembled.
#[derive(Debug, Clone, Default)]
pub(crate) struct NeuronPrograms {
    /// Different programs by name.
    programs: BTreeMap<String, VerifiedProgram>,
    /// Bytes of one neuron of each population.
    pub neuron_bytes: Vec<u32>,
    /// Bytes of the program of each population.
    pub program_bytes: Vec<u32>,
}

/// Findings in the texts of a network's programs, and in the names of those that populations run,
/// whatever else is wrong with the network: a netlist that fails its check never comes to
/// compiling.
pub fn program_findings(netlist: &Netlist) -> Vec<Finding> {
    let mut programs = NeuronPrograms::default();
    let found = Findings::new();
    programs.assemble_own(netlist, &found);
    for population in &netlist.populations {
        if let Some(programmed) = &population.program {
            programs.assemble(netlist, population, &programmed.name, &found);
        }
    }
    found.into_vec()
}

/// A finding in the text of a program that is part of a network: the place in the text, which the
/// network has in none of its lines, becomes words.
fn in_text(finding: &Finding) -> String {
    let place = match &finding.place.file {
        Some(file) if file != TEXT_NAME => format!("included '{file}', "),
        _ => String::new(),
    };
    let text = Place {
        file: None,
        ..finding.place.clone()
    };
    format!("{place}{text}: {}", finding.problem)
}

impl NeuronPrograms {
    /// Assembles all programs of the network and those that populations name, and checks what they
    /// are given.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn new(netlist: &Netlist, board: &Board) -> Result<NeuronPrograms, Vec<Finding>> {
        let mut programs = NeuronPrograms::default();
        let found = Findings::new();
        programs.assemble_own(netlist, &found);
        for population in &netlist.populations {
            programs.population(netlist, population, board, &found);
        }
        if board.programs.is_none() {
            refuse_seeded(netlist, board, &found);
        }
        let names = netlist.names();
        for probe in &netlist.probes {
            programs.check_probe(netlist, &names, probe, &found);
        }
        programs.check_rewards(netlist, &found);
        if board.programs.is_none() {
            refuse_payloads(netlist, board, &found);
        }
        if found.is_empty() {
            Ok(programs)
        } else {
            Err(found.into_vec())
        }
    }

    /// The program of a population and what the population gives it.
    fn population(
        &mut self,
        netlist: &Netlist,
        population: &Population,
        board: &Board,
        found: &Findings,
    ) {
        let mut neuron_bytes = 0;
        let mut program_bytes = 0;
        if let Some(programmed) = &population.program {
            if board.programs.is_none() {
                let problem = format!(
                    "runs the program '{}'; {} is not programmable: compile for loihi2",
                    programmed.name, board.name
                );
                found.add(population.name.as_str(), Fault::Unsupported, problem);
            }
            self.assemble(netlist, population, &programmed.name, found);
            if let Some(program) = self.programs.get(&programmed.name) {
                check(population, programmed, program, found);
                neuron_bytes = program.program().neuron_bytes();
                program_bytes = program.program().bytes();
            }
        }
        self.neuron_bytes.push(neuron_bytes);
        self.program_bytes.push(program_bytes);
    }

    /// Assembles the network's own programs, also those that no population names.
    fn assemble_own(&mut self, netlist: &Netlist, found: &Findings) {
        for own in &netlist.programs {
            match assemble_text(&own.text) {
                Ok(assembled) => drop(self.programs.insert(own.name.clone(), assembled.verified)),
                Err(error) => {
                    for finding in &error.findings {
                        let place = format!("program '{}'", own.name);
                        found.add(place, Fault::Syntax, in_text(finding));
                    }
                }
            }
        }
    }

    /// Takes in the shipped program that a population names, if the network has none of that name.
    fn assemble(
        &mut self,
        netlist: &Netlist,
        population: &Population,
        name: &str,
        found: &Findings,
    ) {
        if self.programs.contains_key(name) || netlist.programs.iter().any(|own| own.name == name) {
            return;
        }
        match shipped_program(name) {
            Some(assembled) => drop(self.programs.insert(name.into(), assembled.verified)),
            None => {
                let problem = format!(
                    "its program '{name}' is neither one of this network nor a shipped one"
                );
                found.add(population.name.as_str(), Fault::UnknownName, problem);
            }
        }
    }

    /// What the compiler did with programs that one may not expect.
    pub fn notes(netlist: &Netlist) -> Vec<String> {
        let note = |own: &ProgramText| {
            let used = netlist
                .populations
                .iter()
                .any(|p| p.program.as_ref().is_some_and(|p| p.name == own.name));
            let shipped = shipped().iter().any(|s| s.name == own.name && !s.fragment);
            let shadows = shipped.then(|| {
                format!(
                    "program '{}' is this network's own; the shipped one of that name is not used",
                    own.name
                )
            });
            shadows
                .into_iter()
                .chain((!used).then(|| format!("program '{}' is named by no population", own.name)))
        };
        netlist.programs.iter().flat_map(note).collect()
    }

    /// Words of memory that programs and neurons of a core take from its synapses (MC-002).
    pub fn words(&self, plan: &CorePlan) -> u64 {
        let neurons = plan.iter().map(|run| {
            u64::from(run.neurons) * u64::from(self.neuron_bytes[run.population as usize])
        });
        let mut populations: Vec<u32> = plan.iter().map(|run| run.population).collect();
        populations.sort_unstable();
        populations.dedup();
        let programs = populations
            .iter()
            .map(|p| u64::from(self.program_bytes[*p as usize]));
        (neurons.sum::<u64>() + programs.sum::<u64>()).div_ceil(8)
    }

    /// The program of a population.
    pub fn of(&self, population: &Population) -> Option<&VerifiedProgram> {
        self.programs.get(&population.program.as_ref()?.name)
    }

    /// A probe of a programmed population names a word that the program has.
    fn check_probe(
        &self,
        netlist: &Netlist,
        names: &NetlistNames<'_>,
        probe: &Probe,
        found: &Findings,
    ) {
        let Some(Resolved::Compartment(population, _)) = names.resolve(&probe.target) else {
            return;
        };
        let Some(program) = self.of(&netlist.populations[population]) else {
            return;
        };
        let program = program.program();
        let known = match (probe.register, &probe.state) {
            (Register::State, Some(state)) => {
                program.state(state).is_some() || program.probe(state).is_some()
            }
            (Register::Probe, _) => !program.probes.is_empty(),
            _ => true,
        };
        if !known {
            let words: Vec<&str> = program
                .states
                .iter()
                .chain(&program.probes)
                .map(String::as_str)
                .collect();
            let problem = format!("no such word; there are {}", words.join(", "));
            let place = format!("probe '{}'", probe.name);
            found.add(place, Fault::UnknownName, problem);
        }
    }

    /// Graded spikes are no rewards: an axon that rewards has no place for a payload (LE-011).
    fn check_rewards(&self, netlist: &Netlist, found: &Findings) {
        let graded = |source: Option<Resolved>| match source {
            Some(Resolved::Compartment(p, _)) => self
                .of(&netlist.populations[p])
                .is_some_and(|program| program.program().spike != SpikeKind::Binary),
            _ => false,
        };
        let names = netlist.names();
        for rule in &netlist.learning_rules {
            let sources = rule.reward.iter().flat_map(|reward| &reward.sources);
            for source in sources.filter(|s| graded(names.resolve(&s.source))) {
                let problem = format!(
                    "'{}' sends graded spikes, which are no rewards",
                    source.source.0
                );
                found.rule(format!("rule '{}'", rule.name), problem);
            }
        }
    }

    /// Programs and groups of all cores that have any.
    pub fn emit(&self, netlist: &Netlist, cores: &[CorePlan]) -> ProgramPlan {
        let cores = (0..).zip(cores);
        let cores = cores.map(|(core, plan)| self.core_programs(netlist, core, plan));
        ProgramPlan {
            cores: cores.filter(|core| !core.groups.is_empty()).collect(),
        }
    }

    /// The programs of one core, each once, and the groups of neurons that run them.
    fn core_programs(&self, netlist: &Netlist, core: u32, plan: &CorePlan) -> CorePrograms {
        let mut out = CorePrograms {
            core,
            programs: vec![],
            groups: vec![],
        };
        let mut names: Vec<&str> = vec![];
        for run in plan {
            let population = &netlist.populations[run.population as usize];
            let program = population.program.as_ref().zip(self.of(population));
            let Some((programmed, program)) = program else {
                continue;
            };
            let program = program.program();
            let known = names.iter().position(|name| *name == programmed.name);
            let index = known.unwrap_or_else(|| {
                names.push(&programmed.name);
                out.programs.push(program.clone());
                names.len() - 1
            });
            let neurons = run.first_neuron as usize..(run.first_neuron + run.neurons) as usize;
            let parameters = program.parameters.iter();
            let parameters = parameters.map(|p| match programmed.parameters.get(&p.name) {
                Some(values) => part(values, neurons.clone()),
                None => ParameterValues::One(p.default.unwrap_or(0)),
            });
            let initial = program.states.iter();
            let initial = initial.map(|state| match programmed.initial.get(state) {
                Some(values) => part(values, neurons.clone()),
                None => ParameterValues::One(0),
            });
            out.groups.push(ProgramGroup {
                program: index as u16,
                first_compartment: run.first_compartment,
                neurons: run.neurons,
                ports: programmed.ports,
                parameters: parameters.collect(),
                initial: initial.collect(),
            });
        }
        out
    }

    /// Where a probe of a programmed population reads.
    pub fn register(
        &self,
        population: &Population,
        probe: &Probe,
    ) -> Option<seamount_image::ImageRegister> {
        let program = self.of(population)?.program();
        let name = probe.state.as_deref().unwrap_or_default();
        match probe.register {
            Register::State => match program.state(name) {
                Some(k) => Some(seamount_image::ImageRegister::State(k as u8)),
                None => program
                    .probe(name)
                    .map(|k| seamount_image::ImageRegister::Probe(k as u8)),
            },
            Register::Probe => Some(seamount_image::ImageRegister::Probe(0)),
            _ => None,
        }
    }
}

/// Values of some neurons.
fn part(values: &Values<i32>, range: std::ops::Range<usize>) -> ParameterValues {
    match values {
        Values::Shared(value) => ParameterValues::One(*value),
        Values::Each(each) => ParameterValues::Each(each.as_slice()[range].to_vec()),
    }
}

/// Files projections that are made from a seed, for a board that stores its synapses.
fn refuse_seeded(netlist: &Netlist, board: &Board, found: &Findings) {
    let seeded = |p: &&Projection| matches!(p.connectivity, Connectivity::Generated(_));
    for projection in netlist.projections.iter().filter(seeded) {
        let problem = format!(
            "is generated from a seed; {} stores its synapses: compile for loihi2",
            board.name
        );
        let place = format!("projection '{}'", projection.name);
        found.add(place, Fault::Unsupported, problem);
    }
}

/// Files rules that read payloads, for a board without graded spikes.
fn refuse_payloads(netlist: &Netlist, board: &Board, found: &Findings) {
    let reads = |rule: &&LearningRule| rule.graded_pre != GradedPre::Impulse;
    for rule in netlist.learning_rules.iter().filter(reads) {
        let problem = format!(
            "graded_pre reads payloads; {} has no graded spikes: compile for loihi2",
            board.name
        );
        let place = format!("rule '{}'", rule.name);
        found.add(place, Fault::Unsupported, problem);
    }
}

/// What a population gives its program.
fn check(
    population: &Population,
    programmed: &Programmed,
    program: &VerifiedProgram,
    found: &Findings,
) {
    let fault = |problem: String| found.rule(population.name.as_str(), problem);
    if program.reads_port[1] && programmed.ports < 2 {
        fault(format!(
            "program '{}' reads a second accumulator: it needs \"ports\": 2",
            programmed.name
        ));
    }
    let values = |values: &Values<i32>| part(values, 0..population.size as usize);
    let given: Vec<(String, ParameterValues)> = programmed
        .parameters
        .iter()
        .map(|(n, v)| (n.clone(), values(v)))
        .collect();
    let all = program
        .program()
        .values_of(&given, population.size as usize);
    all.err()
        .into_iter()
        .flatten()
        .for_each(|e| fault(e.to_string()));
    for name in programmed
        .initial
        .keys()
        .filter(|n| program.program().state(n).is_none())
    {
        let states = program.program().states.join(", ");
        fault(format!(
            "program '{}' has no state word '{name}'; it has {states}",
            programmed.name
        ));
    }
}
