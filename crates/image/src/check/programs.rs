//! Proof that the programs of an image can run (MC-020..MC-037).

use super::finding::ImageProof;
use crate::limits::PROGRAMS_MAX;
use crate::model::{CoreImage, Push};
use crate::probe::ImageRegister;
use crate::programs::{CorePrograms, ProgramGroup};
use seamount_microcode::{ParameterValues, Program, WORD_MAX, WORD_MIN, verify};

impl ImageProof<'_> {
    /// Everything about programs.
    pub(crate) fn programs(&mut self) {
        let plan = &self.image.programs;
        let rising = plan.cores.windows(2).all(|w| w[0].core < w[1].core);
        self.need(rising, "programs", || "cores do not ascend".into());
        let programmable = self.spec.programs.is_some();
        let name = self.spec.name.clone();
        self.need(programmable || plan.cores.is_empty(), "programs", || {
            format!("{name} is not programmable")
        });
        for programs in &plan.cores {
            let place = format!("programs of core {}", programs.core);
            match self.image.cores.get(programs.core as usize) {
                Some(core) => self.core_programs(&place, core, programs),
                None => self.fail(&place, "no such core"),
            }
        }
        self.program_probes();
    }

    fn core_programs(&mut self, place: &str, core: &CoreImage, programs: &CorePrograms) {
        self.need(programs.programs.len() <= PROGRAMS_MAX, place, || {
            format!("more than {PROGRAMS_MAX} programs")
        });
        for (i, program) in programs.programs.iter().enumerate() {
            for fault in verify(program.clone()).err().into_iter().flatten() {
                self.fail(&format!("{place}, program {i}"), fault.to_string());
            }
        }
        let mut free = 0u64;
        for (i, group) in programs.groups.iter().enumerate() {
            let place = format!("{place}, group {i}");
            let (first, end) = group.compartments();
            let inside = first >= free
                && end <= core.compartments.len() as u64
                && group.neurons > 0
                && (1..=2).contains(&group.ports);
            self.need(inside, &place, || {
                format!("compartments {first}..{end} are not there, or belong to the group before")
            });
            free = end.max(free);
            if inside {
                self.group(&place, core, programs, group);
            }
        }
        let noise = core.compartments.iter().enumerate().any(|(i, c)| {
            let profile = core.compartment_profiles.get(usize::from(c.profile));
            programs.group_of(i as u32).is_some()
                && profile.is_some_and(|p| p.noise || p.pops > 0 || p.push != Push::None)
        });
        self.need(!noise, place, || {
            "compartments with programs have no noise and no stack".into()
        });
    }

    fn group(
        &mut self,
        place: &str,
        core: &CoreImage,
        programs: &CorePrograms,
        group: &ProgramGroup,
    ) {
        let Some(program) = programs.programs.get(usize::from(group.program)) else {
            return self.fail(place, format!("no program {}", group.program));
        };
        let neurons = group.neurons as usize;
        for fault in program.check_values(&group.parameters, neurons) {
            self.fail(place, fault.to_string());
        }
        self.need(group.initial.len() == program.states.len(), place, || {
            format!(
                "{} initial states, the program has {}",
                group.initial.len(),
                program.states.len()
            )
        });
        for values in &group.initial {
            let each = match values {
                ParameterValues::One(_) => false,
                ParameterValues::Each(each) => each.len() != neurons,
            };
            let inside = values
                .all()
                .iter()
                .all(|v| (WORD_MIN..=WORD_MAX).contains(v));
            self.need(!each && inside, place, || {
                format!("initial states must be {neurons} words of 24 bit")
            });
        }
        if let Ok(verified) = verify(program.clone()) {
            let wanted = u8::from(verified.reads_port[1]) + 1;
            self.need(group.ports >= wanted, place, || {
                format!(
                    "the program reads port 1, a neuron has {} port",
                    group.ports
                )
            });
            let (first, _) = group.compartments();
            let silent = (0..group.neurons).filter(|_| group.ports == 2).all(|n| {
                let at = first as usize + n as usize * 2 + 1;
                core.output_offsets
                    .get(at)
                    .zip(core.output_offsets.get(at + 1))
                    .is_none_or(|(a, b)| a == b)
            });
            self.need(silent, place, || {
                "a second accumulator sends nothing".into()
            });
        }
    }

    /// Probes of state words name words that all neurons of their population have.
    fn program_probes(&mut self) {
        for probe in &self.image.probes {
            let Some(population) = self.image.populations.get(probe.population as usize) else {
                continue;
            };
            let group = |core: u32, compartment: u32| {
                let programs = self.image.programs.cores.iter().find(|p| p.core == core)?;
                let group = programs.group_of(compartment)?;
                Some((
                    group.place(compartment)?.1,
                    programs.programs.get(usize::from(group.program))?,
                ))
            };
            let all = |good: &dyn Fn(u8, &Program) -> bool| {
                population.slices.iter().all(|s| {
                    group(s.core, s.first_compartment.saturating_add(probe.part))
                        .is_some_and(|(port, program)| good(port, program))
                })
            };
            let good = match probe.register {
                ImageRegister::State(k) => {
                    all(&|port, program| port == 0 && usize::from(k) < program.states.len())
                }
                ImageRegister::Probe(k) => {
                    all(&|port, program| port == 0 && usize::from(k) < program.probes.len())
                }
                ImageRegister::Payload => all(&|port, _| port == 0),
                _ => true,
            };
            self.need(good, "probes", || {
                format!(
                    "probe {}: the neurons have no such word",
                    probe.name.chars().take(64).collect::<String>()
                )
            });
        }
    }
}
