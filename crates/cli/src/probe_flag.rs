//! The `--probe` flag: its form, and its meaning in an image.

use crate::failure::{Failure, Kind};
use seamount::image::{Image, ProbePlan, Register};

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
    REGISTERS.iter().find(|(_, r)| *r == register).map_or("unknown", |(name, _)| name)
}

/// `population[.compartment].register[:start..stop[:every]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeFlag {
    text: String,
    population: String,
    compartment: Option<String>,
    register: Register,
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
        let known = REGISTERS.iter().find(|(name, _)| *name == register);
        let names: Vec<&str> = REGISTERS.iter().map(|(name, _)| *name).collect();
        let (_, register) = known.ok_or_else(|| format!("'{register}' is none of {}", names.join(", ")))?;
        let (start, stop, every) = window.map_or(Ok((1, u64::MAX, 1)), parse_window)?;
        let population = population.to_string();
        Ok(ProbeFlag { text: text.into(), population, compartment, register: *register, start, stop, every })
    }

    /// The recording it asks for; every neuron of the population.
    pub fn plan(&self, image: &Image) -> Result<ProbePlan, String> {
        let names = |names: Vec<&str>| {
            if names.is_empty() { "none".into() } else { names.join(", ") }
        };
        let index = image.populations.iter().position(|p| p.name == self.population).ok_or_else(|| {
            let all = image.populations.iter().map(|p| p.name.as_str()).collect();
            format!("there is no population '{}'; there are: {}", self.population, names(all))
        })?;
        let parts = &image.populations[index].compartments;
        let part = match &self.compartment {
            None => parts.len().checked_sub(1).ok_or("the population has no compartments")?,
            Some(name) => parts.iter().position(|p| p == name).ok_or_else(|| {
                let all = parts.iter().map(String::as_str).collect();
                format!("population '{}' has no compartment '{name}'; it has: {}", self.population, names(all))
            })?,
        };
        let (population, part) = (index as u32, part as u32);
        let (register, start, stop, every) = (self.register, self.start, self.stop, self.every);
        Ok(ProbePlan { name: self.text.clone(), population, part, register, neurons: vec![], start, stop, every })
    }
}

/// `start..stop[:every]`, both ends included, each optional.
fn parse_window(text: &str) -> Result<(u64, u64, u64), String> {
    let (range, every) = text.split_once(':').unwrap_or((text, "1"));
    let (start, stop) = range.split_once("..").ok_or_else(|| format!("'{range}' is no window start..stop"))?;
    let number = |text: &str, absent: u64| match text {
        "" => Ok(absent),
        _ => text.parse::<u64>().map_err(|_| format!("'{text}' is no step number")),
    };
    let (start, stop, every) = (number(start, 1)?, number(stop, u64::MAX)?, number(every, 1)?);
    match (start, stop, every) {
        (0, _, _) => Err("the first step is 1".into()),
        (_, _, 0) => Err("every how many steps? at least 1".into()),
        _ if stop < start => Err(format!("the window ends at {stop}, before it starts at {start}")),
        window => Ok(window),
    }
}

/// Adds the probes of the command line to those of an image; one that is there already is not
/// added again.
pub fn add(image: &mut Image, flags: &[ProbeFlag]) -> Result<(), Failure> {
    let mut problems = vec![];
    for flag in flags {
        match flag.plan(image) {
            Ok(plan) if image.probes.iter().any(|p| p.name == plan.name) => {}
            Ok(plan) => image.probes.push(plan),
            Err(problem) => problems.push(format!("{}: {problem}", flag.text)),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::new(Kind::Input, "--probe", problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_parse() {
        let flag = ProbeFlag::parse("hidden.ahp.voltage:10..50:5").unwrap();
        assert_eq!((flag.population.as_str(), flag.compartment.as_deref()), ("hidden", Some("ahp")));
        assert_eq!((flag.register, flag.start, flag.stop, flag.every), (Register::Voltage, 10, 50, 5));
        let flag = ProbeFlag::parse("out.spike").unwrap();
        assert_eq!((flag.compartment, flag.start, flag.stop, flag.every), (None, 1, u64::MAX, 1));
        assert_eq!(ProbeFlag::parse("out.spike:..9").unwrap().stop, 9);
        for wrong in ["out", "out.colour", "out.spike:", "out.spike:9..3", "out.spike:0..3", "out.spike:1..2:0", "out.spike:1..x"] {
            assert!(ProbeFlag::parse(wrong).is_err(), "{wrong}");
        }
    }
}
