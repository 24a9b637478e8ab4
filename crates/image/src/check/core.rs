//! Proof that one core is sound: registers, profiles, formats, compartments, axons, lists.

use super::finding::{FINDINGS_MAX, ImageProof};
use super::lists::ProvedLists;
use crate::limits::{
    ACCUMULATORS_MAX, LIST_SYNAPSES_MAX, MEMORY_WORDS_MAX, STACK_DEPTH, TAGS_BITS_MAX,
};
use crate::model::*;
use seamount_arith::soma::{v_max, v_min};
use seamount_arith::weight::weight_bits_exist;
use seamount_spec::Join;

impl ImageProof<'_> {
    pub(super) fn core(&mut self, place: &str, core: &CoreImage) {
        let before = self.failures;
        self.registers(place, &core.registers);
        let count = core.compartments.len() as u64;
        let slots = 1u64 << core.registers.delay_bits.min(6);
        self.need(count * slots <= ACCUMULATORS_MAX, place, || {
            format!(
                "{count} compartments x {slots} delay slots; the emulator holds {ACCUMULATORS_MAX}"
            )
        });
        for (i, profile) in core.compartment_profiles.iter().enumerate() {
            self.profile(&format!("{place}, compartment profile {i}"), profile);
        }
        for (i, mantissa) in core.threshold_profiles.iter().enumerate() {
            self.need(
                *mantissa < 1 << 17,
                &format!("{place}, threshold profile {i}"),
                || format!("mantissa {mantissa} exceeds 17 bit"),
            );
        }
        self.need(core.synapse_formats.len() <= 15, place, || {
            "more than 15 synapse formats".into()
        });
        for (i, format) in core.synapse_formats.iter().enumerate() {
            self.format(&format!("{place}, synapse format {}", i + 1), format, core);
        }
        let readable = self.failures == before && before < FINDINGS_MAX;
        self.compartments(place, core);
        self.offsets(place, &core.output_offsets, core.output_axons.len());
        self.need(
            core.output_offsets.len() == core.compartments.len() + 1,
            place,
            || "output offsets do not match the compartments".into(),
        );
        self.outputs(place, &core.output_axons);
        self.need(core.synapse_memory.len() <= MEMORY_WORDS_MAX, place, || {
            format!(
                "{} words of synapse memory; the emulator holds {MEMORY_WORDS_MAX}",
                core.synapse_memory.len()
            )
        });
        if !readable {
            self.readable = false;
            return; // lists mean nothing in broken formats
        }
        let mut lists = ProvedLists::new(core);
        for (i, axon) in core.input_axons.iter().enumerate() {
            self.input(&format!("{place}, input axon {i}"), core, axon, &mut lists);
        }
    }

    fn registers(&mut self, place: &str, r: &CoreRegisters) {
        self.need(r.v_min_exponent <= 23, place, || {
            format!("v_min exponent {} exceeds 23", r.v_min_exponent)
        });
        self.need(r.v_max_exponent <= 7, place, || {
            format!("v_max exponent {} exceeds 7", r.v_max_exponent)
        });
        self.need(r.noise_exponent <= 23, place, || {
            format!("noise exponent {} exceeds 23", r.noise_exponent)
        });
        self.need((-64..=63).contains(&r.noise_mantissa), place, || {
            format!("noise mantissa {} is outside -64..=63", r.noise_mantissa)
        });
        self.need((3..=6).contains(&r.delay_bits), place, || {
            format!("delay bits {} are outside 3..=6", r.delay_bits)
        });
        self.need((1..=63).contains(&r.learning_epoch), place, || {
            format!("learning epoch {} is outside 1..=63", r.learning_epoch)
        });
    }

    fn profile(&mut self, place: &str, p: &CompartmentProfile) {
        self.need(
            p.current_decay <= 4095 && p.voltage_decay <= 4095,
            place,
            || "a decay exceeds 12 bit".into(),
        );
        self.need((1..=63).contains(&p.refractory_steps), place, || {
            format!("refractory steps {} are outside 1..=63", p.refractory_steps)
        });
        let pops = if p.join == Join::None {
            p.pops == 0
        } else {
            (1..=2).contains(&p.pops)
        };
        self.need(pops, place, || {
            format!("join {:?} pops {} values", p.join, p.pops)
        });
    }

    fn format(&mut self, place: &str, f: &SynapseFormat, core: &CoreImage) {
        self.need(weight_bits_exist(f.weight_bits), place, || {
            format!("{} weight bits do not exist", f.weight_bits)
        });
        self.need((-8..=7).contains(&f.weight_exponent), place, || {
            format!("weight exponent {} is outside -8..=7", f.weight_exponent)
        });
        self.need(
            f.delay_bits == 0 || f.delay_bits == core.registers.delay_bits,
            place,
            || {
                format!(
                    "{} delay bits, the core has {}",
                    f.delay_bits, core.registers.delay_bits
                )
            },
        );
        self.need(f.tag_bits <= TAGS_BITS_MAX, place, || {
            format!("{} tag bits exceed {TAGS_BITS_MAX}", f.tag_bits)
        });
        // NC-025; the Loihi 2 class has more neurons (MC-038)
        let most = if self.spec.programs.is_some() { 13 } else { 12 };
        self.need(
            f.index_bits == 0 || (6..=most).contains(&f.index_bits),
            place,
            || format!("{} index bits are none of 0, 6..={most}", f.index_bits),
        );
        if let Encoding::RunLength(bits) = f.encoding {
            self.need((2..=5).contains(&bits), place, || {
                format!("{bits} skip bits are outside 2..=5")
            });
        }
        if f.encoding == Encoding::Generated {
            let name = &self.spec.name;
            let stores = format!("{name} stores its synapses: none are made from a seed");
            let programs = self.spec.programs.is_some();
            self.need(programs, place, || stores);
            self.need(!f.learn_enable && !f.box_synapse, place, || {
                "synapses made from a seed neither learn nor are boxes".into()
            });
        }
        self.need(f.index_offset <= 15, place, || {
            format!("index offset {} exceeds 15", f.index_offset)
        });
        self.need((1..=16).contains(&f.index_stride), place, || {
            format!("index stride {} is outside 1..=16", f.index_stride)
        });
        let learns = !f.box_synapse && f.weight_bits > 0;
        self.need(!f.learn_enable || learns, place, || {
            "learns, so it is no box synapse and has weight bits".into()
        });
    }

    /// Profile references, biases, initial states and the stack discipline (NC-040).
    fn compartments(&mut self, place: &str, core: &CoreImage) {
        let mut depth = 0usize;
        for (i, c) in core.compartments.iter().enumerate() {
            let place = format!("{place}, compartment {i}");
            self.need((-4096..=4095).contains(&c.bias_mantissa), &place, || {
                format!("bias mantissa {} exceeds 13 bit", c.bias_mantissa)
            });
            self.need(c.bias_exponent <= 7, &place, || {
                format!("bias exponent {} exceeds 7", c.bias_exponent)
            });
            self.need(
                usize::from(c.threshold) < core.threshold_profiles.len(),
                &place,
                || format!("no threshold profile {}", c.threshold),
            );
            let Some(profile) = core.compartment_profiles.get(usize::from(c.profile)) else {
                self.fail(&place, format!("no compartment profile {}", c.profile));
                return;
            };
            if usize::from(profile.pops) > depth {
                self.fail(
                    &place,
                    format!("pops {} values, the stack holds {depth}", profile.pops),
                );
                return;
            }
            depth -= usize::from(profile.pops);
            depth += usize::from(profile.push != Push::None);
            self.need(depth <= STACK_DEPTH, &place, || {
                format!("stack deeper than {STACK_DEPTH}")
            });
        }
        self.need(depth == 0, place, || {
            format!("{depth} values are left on the stack")
        });
        let low = v_min(core.registers.v_min_exponent.min(23));
        let high = v_max(core.registers.v_max_exponent.min(7));
        for s in &core.initial {
            let place = format!("{place}, initial state of compartment {}", s.compartment);
            self.need(
                (s.compartment as usize) < core.compartments.len(),
                &place,
                || "no such compartment".into(),
            );
            self.need((-(1 << 23)..1 << 23).contains(&s.u), &place, || {
                format!("u {} exceeds 24 bit", s.u)
            });
            self.need((low..=high).contains(&s.v), &place, || {
                format!("v {} is outside {low}..={high}", s.v)
            });
        }
    }

    pub(super) fn offsets(&mut self, place: &str, offsets: &[u32], end: usize) {
        let ends =
            offsets.first() == Some(&0) && offsets.last().is_some_and(|&last| last as usize == end);
        let rising = offsets.windows(2).all(|w| w[0] <= w[1]);
        self.need(ends && rising, place, || {
            format!("offsets must start at 0, never fall and end at {end}")
        });
    }

    pub(super) fn outputs(&mut self, place: &str, axons: &[OutputAxon]) {
        for (i, axon) in axons.iter().enumerate() {
            let target = self
                .image
                .cores
                .get(axon.core as usize)
                .and_then(|c| c.input_axons.get(axon.axon as usize));
            let problem = match target {
                None => format!(
                    "output axon {i}: core {} has no input axon {}",
                    axon.core, axon.axon
                ),
                Some(t) if axon.atom >= t.atoms => {
                    format!("output axon {i}: atom {} of {}", axon.atom, t.atoms)
                }
                Some(_) => continue,
            };
            self.fail(place, problem);
            return;
        }
    }

    fn input(&mut self, place: &str, core: &CoreImage, axon: &InputAxon, lists: &mut ProvedLists) {
        let step = if axon.kind == AxonKind::Pop16 { 4 } else { 1 };
        let base = axon.base <= 255 && axon.base.is_multiple_of(step);
        self.need(base, place, || {
            format!("base {} is not a multiple of {step} up to 255", axon.base)
        });
        let atoms = if axon.kind == AxonKind::Discrete {
            1..=1
        } else {
            1..=512
        };
        self.need(atoms.contains(&axon.atoms), place, || {
            format!("{} atoms", axon.atoms)
        });
        for atom in 0..u64::from(axon.atoms.min(512)) {
            let start = u64::from(axon.address) + atom * u64::from(axon.words);
            self.list(
                &format!("{place}, list at word {start}"),
                core,
                axon,
                start,
                lists,
            );
            if self.found.len() >= FINDINGS_MAX {
                return;
            }
        }
    }

    fn list(
        &mut self,
        place: &str,
        core: &CoreImage,
        axon: &InputAxon,
        start: u64,
        lists: &mut ProvedLists,
    ) {
        let facts = match lists.facts(core, start) {
            Ok(facts) => facts,
            Err(problem) => return self.fail(place, problem),
        };
        self.need(facts.synapses <= LIST_SYNAPSES_MAX, place, || {
            format!(
                "{} synapses; the emulator holds {LIST_SYNAPSES_MAX} a list",
                facts.synapses
            )
        });
        let alike = if axon.learning {
            facts.learning == facts.synapses
        } else {
            facts.learning == 0
        };
        self.need(alike, place, || {
            "formats that learn and axons that learn do not go together".into()
        });
        self.need(axon.atoms == 1 || facts.words <= axon.words, place, || {
            format!("{} words, the axon says {}", facts.words, axon.words)
        });
        let count = core.compartments.len() as u64;
        if let Some(index) = facts.target_max {
            let target = u64::from(index) + u64::from(axon.base);
            self.need(target < count, place, || {
                format!("target {target}, the core has {count} compartments")
            });
        }
        let delay_max = (1u16 << core.registers.delay_bits.min(6)) - 2;
        self.need(u16::from(facts.delay_max) <= delay_max, place, || {
            format!("delay {} exceeds {delay_max}", facts.delay_max)
        });
    }
}
