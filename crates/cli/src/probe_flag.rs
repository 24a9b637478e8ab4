//! The `--probe` flag: its form, and its meaning in an image.

use crate::failure::{Failure, Kind};
use seamount_image::{Image, LearningProbePlan, ProbePlan, Register};
use seamount_microcode::Program;

/// Registers by the names of the network form.
pub const REGISTERS: [(&str, Register); 6] = [
    ("spike", Register::Spike),
    ("current", Register::Current),
    ("voltage", Register::Voltage),
    ("voltage_hardware", Register::VoltageHardware),
    ("refractory", Register::Refractory),
    ("accumulator", Register::Accumulator),
];

/// Name of a register.
pub fn register_name(register: Register) -> &'static str {
    match register {
        Register::State(_) => "state",
        Register::Payload => "payload",
        Register::Probe(_) => "probe",
        Register::Weight => "weight",
        Register::Delay => "delay",
        Register::Tag => "tag",
        Register::SecondTag => "second tag",
        Register::PreTrace(0) => "x1",
        Register::PreTrace(_) => "x2",
        Register::PostTrace(0) => "y1",
        Register::PostTrace(1) => "y2",
        Register::PostTrace(_) => "y3",
        _ => REGISTERS
            .iter()
            .find(|(_, r)| *r == register)
            .map_or("unknown", |(name, _)| name),
    }
}

/// What is recorded of projections that learn.
const LEARNED: [(&str, Register); 5] = [
    ("weight", Register::Weight),
    ("delay", Register::Delay),
    ("tag", Register::Tag),
    ("x1", Register::PreTrace(0)),
    ("x2", Register::PreTrace(1)),
];
/// Post traces of neurons at which something learns.
const POST_TRACES: [(&str, Register); 3] = [
    ("y1", Register::PostTrace(0)),
    ("y2", Register::PostTrace(1)),
    ("y3", Register::PostTrace(2)),
];

/// `population[.compartment].register[:start..stop[:every]]`, or `projection.variable` of one that
/// learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeFlag {
    text: String,
    population: String,
    compartment: Option<String>,
    register: String,
    start: u64,
    stop: u64,
    every: u64,
}

impl ProbeFlag {
    /// Parses the flag.
    pub fn parse(text: &str) -> Result<ProbeFlag, String> {
        let (population, rest) = text.split_once('.').ok_or("wanted population.register")?;
        let (place, window) = match rest.split_once(':') {
            Some((place, window)) => (place, Some(window)),
            None => (rest, None),
        };
        let (compartment, register) = match place.split_once('.') {
            Some((compartment, register)) => (Some(compartment.to_string()), register),
            None => (None, place),
        };
        let (start, stop, every) = window.map_or(Ok((1, u64::MAX, 1)), parse_window)?;
        let population = population.to_string();
        Ok(ProbeFlag {
            text: text.into(),
            population,
            compartment,
            register: register.into(),
            start,
            stop,
            every,
        })
    }

    /// The recording it asks for; every neuron of the population.
    pub fn plan(&self, image: &Image) -> Result<ProbePlan, String> {
        let names = |names: Vec<&str>| {
            if names.is_empty() {
                "none".into()
            } else {
                names.join(", ")
            }
        };
        let index = image
            .populations
            .iter()
            .position(|p| p.name == self.population)
            .ok_or_else(|| {
                let all = image.populations.iter().map(|p| p.name.as_str()).collect();
                format!(
                    "there is no population '{}'; there are: {}",
                    self.population,
                    names(all)
                )
            })?;
        let parts = &image.populations[index].compartments;
        let part = match &self.compartment {
            None if program_of(image, index).is_some() => 0,
            None => parts
                .len()
                .checked_sub(1)
                .ok_or("the population has no compartments")?,
            Some(name) => parts.iter().position(|p| p == name).ok_or_else(|| {
                let all = parts.iter().map(String::as_str).collect();
                format!(
                    "population '{}' has no compartment '{name}'; it has: {}",
                    self.population,
                    names(all)
                )
            })?,
        };
        let register = self.register(image, index)?;
        let (population, part) = (index as u32, part as u32);
        let (register, start, stop, every) = (register, self.start, self.stop, self.every);
        Ok(ProbePlan {
            name: self.text.clone(),
            population,
            part,
            register,
            neurons: vec![],
            start,
            stop,
            every,
        })
    }
}

impl ProbeFlag {
    /// The recording of a projection that learns, if the flag names one and what it has.
    fn learned(&self, image: &Image) -> Option<LearningProbePlan> {
        // names of projections may have dots
        let middle = self
            .compartment
            .iter()
            .fold(self.population.clone(), |name, part| {
                format!("{name}.{part}")
            });
        let place = format!("{middle}.{}", self.register);
        let (name, variable) = place.rsplit_once('.')?;
        let register = LEARNED.iter().find(|(known, _)| *known == variable)?.1;
        let projection = image
            .learning
            .projections
            .iter()
            .position(|p| p.name == name)? as u32;
        let second = || {
            let core = image
                .learning
                .cores
                .iter()
                .find(|c| c.axons.iter().any(|a| a.projection == projection))?;
            let axon = core.axons.iter().find(|a| a.projection == projection)?;
            core.rules
                .get(usize::from(axon.rule))
                .map(|r| r.delay_is_tag)
        };
        let register = if register == Register::Delay && second() == Some(true) {
            Register::SecondTag
        } else {
            register
        };
        let (start, stop, every) = (self.start, self.stop, self.every);
        Some(LearningProbePlan {
            name: self.text.clone(),
            projection,
            register,
            synapses: vec![],
            start,
            stop,
            every,
        })
    }

    /// What could be meant by a name of something that is learned.
    fn hint(&self, image: &Image) -> String {
        let learned = LEARNED
            .iter()
            .any(|(name, _)| self.register.rsplit('.').next() == Some(name));
        let names: Vec<&str> = image
            .learning
            .projections
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        match (learned, names.is_empty()) {
            (false, _) => String::new(),
            (true, true) => "; no projection learns".into(),
            (true, false) => format!("; projections that learn: {}", names.join(", ")),
        }
    }
}

/// Registers that neurons with a program have too.
const OF_PROGRAMS: [(&str, Register); 3] = [
    ("spike", Register::Spike),
    ("payload", Register::Payload),
    ("accumulator", Register::Accumulator),
];

/// The program that a population runs.
fn program_of(image: &Image, population: usize) -> Option<&Program> {
    let slice = image.populations[population].slices.first()?;
    let programs = image.programs.cores.iter().find(|p| p.core == slice.core)?;
    programs.programs.get(usize::from(
        programs.group_of(slice.first_compartment)?.program,
    ))
}

impl ProbeFlag {
    /// The register by name: one of the fixed ones, or a state word or probe of the program.
    fn register(&self, image: &Image, population: usize) -> Result<Register, String> {
        let wanted = &self.register;
        let named = |table: &[(&str, Register)]| {
            table
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, r)| *r)
        };
        let learns = image.populations[population]
            .slices
            .iter()
            .any(|s| image.learning.cores.iter().any(|c| c.core == s.core));
        if let Some(trace) = named(&POST_TRACES).filter(|_| learns) {
            return Ok(trace);
        }
        let listed = |table: &[(&str, Register)]| {
            table
                .iter()
                .map(|(name, _)| name.to_string())
                .collect::<Vec<_>>()
        };
        let Some(program) = program_of(image, population) else {
            return named(&REGISTERS)
                .ok_or_else(|| format!("'{wanted}' is none of {}", listed(&REGISTERS).join(", ")));
        };
        let state = program.state(wanted).map(|k| Register::State(k as u8));
        let shown = || program.probe(wanted).map(|k| Register::Probe(k as u8));
        state
            .or_else(shown)
            .or_else(|| named(&OF_PROGRAMS))
            .ok_or_else(|| {
                let mut all = listed(&OF_PROGRAMS);
                all.extend(program.states.iter().chain(&program.probes).cloned());
                format!("'{wanted}' is none of {}", all.join(", "))
            })
    }
}

/// `start..stop[:every]`, both ends included, each optional.
fn parse_window(text: &str) -> Result<(u64, u64, u64), String> {
    let (range, every) = text.split_once(':').unwrap_or((text, "1"));
    let (start, stop) = range
        .split_once("..")
        .ok_or_else(|| format!("'{range}' is no window start..stop"))?;
    let number = |text: &str, absent: u64| match text {
        "" => Ok(absent),
        _ => text
            .parse::<u64>()
            .map_err(|_| format!("'{text}' is no step number")),
    };
    let (start, stop, every) = (
        number(start, 1)?,
        number(stop, u64::MAX)?,
        number(every, 1)?,
    );
    match (start, stop, every) {
        (0, _, _) => Err("the first step is 1".into()),
        (_, _, 0) => Err("every how many steps? at least 1".into()),
        _ if stop < start => Err(format!(
            "the window ends at {stop}, before it starts at {start}"
        )),
        window => Ok(window),
    }
}

/// Adds the probes of the command line to those of an image; one that is there already is not
/// added again.
pub fn add(image: &mut Image, flags: &[ProbeFlag]) -> Result<(), Failure> {
    let mut problems = vec![];
    for flag in flags {
        if let Some(plan) = flag.learned(image) {
            if image.learning.probes.iter().all(|p| p.name != plan.name) {
                image.learning.probes.push(plan);
            }
            continue;
        }
        match flag.plan(image) {
            Ok(plan) if image.probes.iter().any(|p| p.name == plan.name) => {}
            Ok(plan) => image.probes.push(plan),
            Err(problem) => problems.push(format!("{}: {problem}{}", flag.text, flag.hint(image))),
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(Kind::Input, "--probe", problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_parse() {
        let flag = ProbeFlag::parse("hidden.ahp.voltage:10..50:5").unwrap();
        assert_eq!(
            (flag.population.as_str(), flag.compartment.as_deref()),
            ("hidden", Some("ahp"))
        );
        assert_eq!(
            (flag.register.as_str(), flag.start, flag.stop, flag.every),
            ("voltage", 10, 50, 5)
        );
        let flag = ProbeFlag::parse("out.spike").unwrap();
        assert_eq!(
            (flag.compartment, flag.start, flag.stop, flag.every),
            (None, 1, u64::MAX, 1)
        );
        assert_eq!(ProbeFlag::parse("out.spike:..9").unwrap().stop, 9);
        for wrong in [
            "out",
            "out.spike:",
            "out.spike:9..3",
            "out.spike:0..3",
            "out.spike:1..2:0",
            "out.spike:1..x",
        ] {
            assert!(ProbeFlag::parse(wrong).is_err(), "{wrong}");
        }
    }
}
