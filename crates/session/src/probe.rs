//! Probes as text: their form, and their meaning in an image.
//!
//! The form is that of the command and of Python,
//! `population[.compartment].register[:start..stop[:every]]`, or `projection.variable` of a
//! projection that learns. A text alone says nothing: whether `memory.weight` is a register of a
//! population or a variable of a projection only the image knows.

use crate::failure::{Failure, FailureKind, Subject};
use seamount_image::{Image, ImageRegister, LearningProbePlan, ProbePlan};
use seamount_microcode::Program;

/// Registers by the names of the network form.
const REGISTERS: [(&str, ImageRegister); 6] = [
    ("spike", ImageRegister::Spike),
    ("current", ImageRegister::Current),
    ("voltage", ImageRegister::Voltage),
    ("voltage_hardware", ImageRegister::VoltageHardware),
    ("refractory", ImageRegister::Refractory),
    ("accumulator", ImageRegister::Accumulator),
];

/// The register of an image by the name of the network form.
pub(crate) fn register_named(name: &str) -> Option<ImageRegister> {
    let known = REGISTERS.iter().find(|(known, _)| *known == name)?;
    Some(known.1)
}

/// Name of a register, as reports show it.
pub fn register_name(register: ImageRegister) -> &'static str {
    match register {
        ImageRegister::State(_) => "state",
        ImageRegister::Payload => "payload",
        ImageRegister::Probe(_) => "probe",
        ImageRegister::Weight => "weight",
        ImageRegister::Delay => "delay",
        ImageRegister::Tag => "tag",
        ImageRegister::SecondTag => "second tag",
        ImageRegister::PreTrace(0) => "x1",
        ImageRegister::PreTrace(_) => "x2",
        ImageRegister::PostTrace(0) => "y1",
        ImageRegister::PostTrace(1) => "y2",
        ImageRegister::PostTrace(_) => "y3",
        _ => REGISTERS
            .iter()
            .find(|(_, r)| *r == register)
            .map_or("unknown", |(name, _)| name),
    }
}

/// What is recorded of projections that learn.
const LEARNED: [(&str, ImageRegister); 5] = [
    ("weight", ImageRegister::Weight),
    ("delay", ImageRegister::Delay),
    ("tag", ImageRegister::Tag),
    ("x1", ImageRegister::PreTrace(0)),
    ("x2", ImageRegister::PreTrace(1)),
];
/// Post traces of neurons at which something learns.
const POST_TRACES: [(&str, ImageRegister); 3] = [
    ("y1", ImageRegister::PostTrace(0)),
    ("y2", ImageRegister::PostTrace(1)),
    ("y3", ImageRegister::PostTrace(2)),
];

/// A probe as it is written, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeText {
    text: String,
    population: String,
    compartment: Option<String>,
    register: String,
    window: ProbeWindow,
}

/// Steps that a probe records: `start`, `start + every`, ... up to `stop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ProbeWindow {
    start: u64,
    stop: u64,
    every: u64,
}

impl ProbeText {
    /// Parses a probe.
    ///
    /// # Errors
    /// What is not of the form, in words.
    pub fn parse(text: &str) -> Result<ProbeText, String> {
        let (population, rest) = text.split_once('.').ok_or("wanted population.register")?;
        let (place, window) = match rest.split_once(':') {
            Some((place, window)) => (place, Some(window)),
            None => (rest, None),
        };
        let (compartment, register) = match place.split_once('.') {
            Some((compartment, register)) => (Some(compartment.to_string()), register),
            None => (None, place),
        };
        let window = window.map_or(Ok(ProbeWindow::ALL), ProbeWindow::parse)?;
        Ok(ProbeText {
            text: text.into(),
            population: population.into(),
            compartment,
            register: register.into(),
            window,
        })
    }

    /// The recording of every neuron of the population that the probe asks for.
    fn plan(&self, image: &Image) -> Result<ProbePlan, String> {
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
        Ok(ProbePlan {
            name: self.text.clone(),
            population: index as u32,
            part: part as u32,
            register,
            neurons: vec![],
            start: self.window.start,
            stop: self.window.stop,
            every: self.window.every,
        })
    }
}

impl ProbeText {
    /// The recording of a projection that learns, if the probe names one and one of its variables.
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
        let register = if register == ImageRegister::Delay && second() == Some(true) {
            ImageRegister::SecondTag
        } else {
            register
        };
        Some(LearningProbePlan {
            name: self.text.clone(),
            projection,
            register,
            synapses: vec![],
            start: self.window.start,
            stop: self.window.stop,
            every: self.window.every,
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
const OF_PROGRAMS: [(&str, ImageRegister); 3] = [
    ("spike", ImageRegister::Spike),
    ("payload", ImageRegister::Payload),
    ("accumulator", ImageRegister::Accumulator),
];

/// The program that a population runs.
fn program_of(image: &Image, population: usize) -> Option<&Program> {
    let slice = image.populations[population].slices.first()?;
    let programs = image.programs.cores.iter().find(|p| p.core == slice.core)?;
    programs.programs.get(usize::from(
        programs.group_of(slice.first_compartment)?.program,
    ))
}

impl ProbeText {
    /// The register by name: one of the fixed ones, or a state word or probe of the program.
    fn register(&self, image: &Image, population: usize) -> Result<ImageRegister, String> {
        let wanted = &self.register;
        let named = |table: &[(&str, ImageRegister)]| {
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
        let listed = |table: &[(&str, ImageRegister)]| {
            table
                .iter()
                .map(|(name, _)| name.to_string())
                .collect::<Vec<_>>()
        };
        let Some(program) = program_of(image, population) else {
            return named(&REGISTERS)
                .ok_or_else(|| format!("'{wanted}' is none of {}", listed(&REGISTERS).join(", ")));
        };
        let state = program.state(wanted).map(|k| ImageRegister::State(k as u8));
        let shown = || program.probe(wanted).map(|k| ImageRegister::Probe(k as u8));
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

impl ProbeWindow {
    /// Every step.
    const ALL: ProbeWindow = ProbeWindow {
        start: 1,
        stop: u64::MAX,
        every: 1,
    };

    /// `start..stop[:every]`, both ends included, each optional.
    fn parse(text: &str) -> Result<ProbeWindow, String> {
        let (range, every) = text.split_once(':').unwrap_or((text, "1"));
        let (start, stop) = range
            .split_once("..")
            .ok_or_else(|| format!("'{range}' is no window start..stop"))?;
        let window = ProbeWindow {
            start: step_number(start, 1)?,
            stop: step_number(stop, u64::MAX)?,
            every: step_number(every, 1)?,
        };
        if window.start == 0 {
            Err("the first step is 1".into())
        } else if window.every == 0 {
            Err("every how many steps? at least 1".into())
        } else if window.stop < window.start {
            let ProbeWindow { start, stop, .. } = window;
            Err(format!(
                "the window ends at {stop}, before it starts at {start}"
            ))
        } else {
            Ok(window)
        }
    }
}

/// A number of steps; `absent` if nothing is written.
fn step_number(text: &str, absent: u64) -> Result<u64, String> {
    if text.is_empty() {
        return Ok(absent);
    }
    text.parse()
        .map_err(|_| format!("'{text}' is no step number"))
}

/// Adds probes to those of an image; one that is there already is not added again.
///
/// # Errors
/// Every probe that means nothing in this image, with what there is instead.
pub fn add_probes(image: &mut Image, probes: &[ProbeText]) -> Result<(), Failure> {
    let mut problems = vec![];
    for probe in probes {
        if let Some(plan) = probe.learned(image) {
            if image.learning.probes.iter().all(|p| p.name != plan.name) {
                image.learning.probes.push(plan);
            }
            continue;
        }
        match probe.plan(image) {
            Ok(plan) if image.probes.iter().any(|p| p.name == plan.name) => {}
            Ok(plan) => image.probes.push(plan),
            Err(problem) => {
                problems.push(format!("{}: {problem}{}", probe.text, probe.hint(image)))
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        let mut failure = Failure::new(FailureKind::Input, "probe", problems);
        failure.what = Subject::Option("probe".into());
        Err(failure)
    }
}

/// Most neurons of a population whose membranes are recorded where nobody asked for anything.
const SHOWN_NEURONS: u32 = 3;

/// Adds probes of spikes, and of a few membranes, to an image that has none: what a picture of a
/// run is made of where nobody said what to look at. An image with any probe stays as it is.
pub fn add_probes_to_look_at(image: &mut Image) {
    if !image.probes.is_empty() || !image.learning.probes.is_empty() {
        return;
    }
    let mut spikes = vec![];
    let mut membranes = vec![];
    for (index, population) in image.populations.iter().enumerate() {
        let neurons: u32 = population.slices.iter().map(|slice| slice.neurons).sum();
        let programmed = program_of(image, index).is_some();
        let Some(soma) = population.compartments.len().checked_sub(1) else {
            continue;
        };
        let probe = |register| ProbePlan {
            name: format!("{}.{}", population.name, register_name(register)),
            population: index as u32,
            // of a neuron with a program the first compartment is all of it
            part: if programmed { 0 } else { soma as u32 },
            register,
            neurons: vec![],
            start: ProbeWindow::ALL.start,
            stop: ProbeWindow::ALL.stop,
            every: ProbeWindow::ALL.every,
        };
        spikes.push(probe(ImageRegister::Spike));
        if !programmed && neurons > 0 {
            membranes.push(ProbePlan {
                neurons: (0..neurons.min(SHOWN_NEURONS)).collect(),
                ..probe(ImageRegister::Voltage)
            });
        }
    }
    image.probes = [spikes, membranes].concat();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_parse() {
        let probe = ProbeText::parse("hidden.ahp.voltage:10..50:5").unwrap();
        assert_eq!(probe.population, "hidden");
        assert_eq!(probe.compartment.as_deref(), Some("ahp"));
        assert_eq!(probe.register, "voltage");
        let window = ProbeWindow {
            start: 10,
            stop: 50,
            every: 5,
        };
        assert_eq!(probe.window, window);
        let probe = ProbeText::parse("out.spike").unwrap();
        assert_eq!(probe.compartment, None);
        assert_eq!(probe.window, ProbeWindow::ALL);
        let early = ProbeText::parse("out.spike:..9").unwrap();
        assert_eq!(early.window.stop, 9);
        for wrong in [
            "out",
            "out.spike:",
            "out.spike:9..3",
            "out.spike:0..3",
            "out.spike:1..2:0",
            "out.spike:1..x",
        ] {
            assert!(ProbeText::parse(wrong).is_err(), "{wrong}");
        }
    }
}
