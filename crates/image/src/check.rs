//! Proof that an image can run: every reference, range and limit, all findings at once.
//!
//! After [`CheckedImage::prove`] a chip can load and step the image without any failure.

use crate::check_learn::{PRE_TRACE_CONFIGURATIONS, TAGS_BITS_MAX, pre_trace_configurations};
use crate::check_lists::Lists;
use crate::check_programs::memory;
use crate::model::*;
use seamount_arith::soma::{v_max, v_min};
use seamount_arith::weight::weight_bits_exist;
use seamount_spec::{Board, Join};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// Most accumulators a core of any spec may have: the emulator's own limit.
pub const ACCUMULATORS_MAX: u64 = 1 << 16;
/// Most synapses of a list: the emulator's own limit.
pub const LIST_SYNAPSES_MAX: usize = 32_767;
/// Most synapses of a core, lists that overlap counted each: the emulator's own limit. With box
/// synapses, which take two, and rows that begin a cache line they stay below the 24 bits that a
/// packet has for the place of its row.
pub const CORE_SYNAPSES_MAX: usize = 1 << 22;
/// Most words of a core's synapse memory: the emulator's own limit.
pub const MEMORY_WORDS_MAX: usize = 1 << 16;
/// Most findings that are listed.
const FINDINGS_MAX: usize = 100;

/// Whether limits of the chip are enforced or only reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitPolicy {
    /// Breaches are findings.
    Enforce,
    /// Breaches are kept beside the image; it runs all the same.
    Report,
}

/// One thing wrong with an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageFinding {
    /// A place that breaks a rule.
    Broken {
        /// Where.
        place: String,
        /// What.
        problem: String,
    },
    /// A limit of the chip.
    Limit(LimitBreach),
}

/// More of something than a core has (NC-030).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitBreach {
    /// Index of the core.
    pub core: u32,
    /// What there is too little of.
    pub resource: String,
    /// How much the image needs.
    pub wanted: u64,
    /// How much there is.
    pub available: u64,
    /// Populations on that core.
    pub who: Vec<String>,
}

impl fmt::Display for LimitBreach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LimitBreach {
            core,
            resource,
            wanted,
            available,
            who,
        } = self;
        write!(
            f,
            "core {core} ({}): {resource}: wanted {wanted}, available {available}",
            who.join(", ")
        )
    }
}

impl fmt::Display for ImageFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageFinding::Broken { place, problem } => write!(f, "{place}: {problem}"),
            ImageFinding::Limit(breach) => breach.fmt(f),
        }
    }
}

/// What a core uses of one limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Name of the limit.
    pub resource: &'static str,
    /// Used.
    pub used: u64,
    /// Available.
    pub available: u64,
}

/// An image proved against a board.
#[derive(Debug, Clone)]
pub struct CheckedImage {
    image: Image,
    spec: Board,
    breaches: Vec<LimitBreach>,
}

impl CheckedImage {
    /// Proves an image, or says everything that is wrong with it.
    pub fn prove(
        image: Image,
        spec: &Board,
        policy: LimitPolicy,
    ) -> Result<CheckedImage, Vec<ImageFinding>> {
        let mut check = Check {
            found: vec![],
            image: &image,
            spec,
            readable: true,
        };
        let (cores, room) = (image.cores.len(), spec.cores());
        if cores as u64 > u64::from(room) {
            check.fail("image", format!("{cores} cores, the board has {room}"));
            return Err(check.found);
        }
        check.all();
        let mut found = check.found;
        let breaches = breaches(&image, spec);
        if policy == LimitPolicy::Enforce {
            found.extend(breaches.iter().cloned().map(ImageFinding::Limit));
        }
        found.truncate(FINDINGS_MAX);
        if found.is_empty() {
            Ok(CheckedImage {
                image,
                spec: spec.clone(),
                breaches,
            })
        } else {
            Err(found)
        }
    }

    /// The image.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The board it was proved against.
    pub fn spec(&self) -> &Board {
        &self.spec
    }

    /// Limits it breaks; empty unless it was proved with [`LimitPolicy::Report`].
    pub fn breaches(&self) -> &[LimitBreach] {
        &self.breaches
    }

    /// A number that tells what runs apart, stored in snapshots: cores, inputs, populations, seed.
    /// Probes and provenance do not count: they change nothing that runs.
    pub fn fingerprint(&self) -> u64 {
        let Image {
            cores,
            inputs,
            populations,
            seed,
            learning,
            programs,
            ..
        } = &self.image;
        let mut bytes = crate::container::encode(&(cores, inputs, populations, seed));
        if !learning.cores.is_empty() {
            bytes.extend(crate::container::encode(&learning.cores));
        }
        bytes.extend(
            crate::file::options(learning)
                .iter()
                .flat_map(crate::container::encode),
        );
        if !programs.cores.is_empty() {
            bytes.extend(crate::container::encode(programs));
        }
        (bytes.len() as u64) << 32 | u64::from(crc32fast::hash(&bytes))
    }
}

/// What a core uses of every limit, in the order of [`seamount_spec::CoreLimits`].
pub fn usage(image: &Image, core: &CoreImage, spec: &Board) -> Vec<Usage> {
    let limits = &spec.core;
    let of = |resource, used: usize, available| Usage {
        resource,
        used: used as u64,
        available: u64::from(available),
    };
    let input_slots: usize = core
        .input_axons
        .iter()
        .map(|a| if a.learning { 2 } else { 1 })
        .sum();
    let output_slots: usize = core
        .output_axons
        .iter()
        .map(|a| output_slots(image, core, a))
        .sum();
    let accumulators = core.compartments.len() << core.registers.delay_bits.min(16);
    let mut all = vec![
        of("compartments", core.compartments.len(), limits.compartments),
        of("input slots", input_slots, limits.input_slots),
        of("output slots", output_slots, limits.output_slots),
        of(
            "synapse memory words",
            core.synapse_memory.len(),
            limits.synapse_words,
        ),
        of(
            "compartment profiles",
            core.compartment_profiles.len(),
            limits.compartment_profiles,
        ),
        of(
            "threshold profiles",
            core.threshold_profiles.len(),
            limits.threshold_profiles,
        ),
        of(
            "synapse formats",
            core.synapse_formats.len(),
            limits.synapse_formats,
        ),
        of("accumulators", accumulators, limits.accumulators),
    ];
    let of_core = |l: &&crate::CoreLearning| {
        image
            .cores
            .get(l.core as usize)
            .is_some_and(|c| c.location == core.location)
    };
    all.extend(
        image
            .learning
            .cores
            .iter()
            .find(of_core)
            .map(|learning| Usage {
                resource: "pre-trace configurations",
                used: pre_trace_configurations(learning) as u64,
                available: PRE_TRACE_CONFIGURATIONS,
            }),
    );
    all.extend(memory(image, core, spec));
    all
}

/// Output slots of one axon (NC-028).
fn output_slots(image: &Image, from: &CoreImage, axon: &OutputAxon) -> usize {
    let Some(to) = image.cores.get(axon.core as usize) else {
        return 1;
    };
    let wide = to
        .input_axons
        .get(axon.axon as usize)
        .is_some_and(|a| a.kind == AxonKind::Pop32);
    1 + usize::from(wide) + usize::from(to.location.chip != from.location.chip)
}

/// Every limit of the board that an image breaks.
pub fn breaches(image: &Image, spec: &Board) -> Vec<LimitBreach> {
    let mut found = vec![];
    for (index, core) in image.cores.iter().enumerate() {
        for Usage {
            resource,
            used,
            available,
        } in usage(image, core, spec)
        {
            if used > available {
                let resource = resource.into();
                found.push(LimitBreach {
                    core: index as u32,
                    resource,
                    wanted: used,
                    available,
                    who: populations_on(image, index),
                });
            }
        }
    }
    found
}

/// Most populations that are named with a breach, and most characters of a name: a report stays in
/// proportion to the image.
const NAMES_MAX: usize = 64;
const NAME_CHARACTERS_MAX: usize = 64;

/// Names of the populations on a core, as far as a report holds them.
pub fn populations_on(image: &Image, core: usize) -> Vec<String> {
    let on = |p: &&PopulationMap| p.slices.iter().any(|s| s.core as usize == core);
    image
        .populations
        .iter()
        .filter(on)
        .take(NAMES_MAX)
        .map(|p| short(&p.name))
        .collect()
}

/// A name as far as a report holds it.
fn short(name: &str) -> String {
    name.chars().take(NAME_CHARACTERS_MAX).collect()
}

pub(crate) struct Check<'a> {
    pub found: Vec<ImageFinding>,
    pub image: &'a Image,
    pub spec: &'a Board,
    /// The formats of all cores so far are sound, so that lists can be read.
    pub readable: bool,
}

impl Check<'_> {
    pub fn fail(&mut self, place: &str, problem: impl Into<String>) {
        if self.found.len() < FINDINGS_MAX {
            self.found.push(ImageFinding::Broken {
                place: place.into(),
                problem: problem.into(),
            });
        }
    }

    pub fn need(&mut self, good: bool, place: &str, problem: impl FnOnce() -> String) {
        if !good {
            self.fail(place, problem());
        }
    }

    fn all(&mut self) {
        let image = self.image;
        let mut used = BTreeSet::new();
        for (index, core) in image.cores.iter().enumerate() {
            let place = format!("core {index}");
            let at = core.location;
            self.need(self.spec.holds(at), &place, || {
                format!("chip {} core {} is not on the board", at.chip, at.core)
            });
            self.need(used.insert(at), &place, || {
                format!("chip {} core {} is used twice", at.chip, at.core)
            });
            self.core(&place, core);
        }
        for port in &image.inputs {
            let place = format!("input '{}'", short(&port.name));
            self.offsets(&place, &port.offsets, port.axons.len());
            self.outputs(&place, &port.axons);
        }
        self.places();
        self.probes();
        self.learning();
        self.programs();
    }

    fn core(&mut self, place: &str, core: &CoreImage) {
        let before = self.found.len();
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
        let readable = self.found.len() == before && before < FINDINGS_MAX;
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
        let mut lists = Lists::new(core);
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
        self.need(r.noise_exponent <= 15, place, || {
            format!("noise exponent {} exceeds 15", r.noise_exponent)
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
        let (low, high) = (
            v_min(core.registers.v_min_exponent.min(23)),
            v_max(core.registers.v_max_exponent.min(7)),
        );
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

    fn offsets(&mut self, place: &str, offsets: &[u32], end: usize) {
        let ends =
            offsets.first() == Some(&0) && offsets.last().is_some_and(|&last| last as usize == end);
        let rising = offsets.windows(2).all(|w| w[0] <= w[1]);
        self.need(ends && rising, place, || {
            format!("offsets must start at 0, never fall and end at {end}")
        });
    }

    fn outputs(&mut self, place: &str, axons: &[OutputAxon]) {
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

    fn input(&mut self, place: &str, core: &CoreImage, axon: &InputAxon, lists: &mut Lists) {
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
        lists: &mut Lists,
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

    /// Populations must cover their neurons once, on compartments that exist.
    fn places(&mut self) {
        let mut taken: Vec<(u32, u64, u64)> = vec![];
        for population in &self.image.populations {
            let place = format!("population '{}'", short(&population.name));
            let parts = population.compartments.len() as u64;
            self.need(parts > 0, &place, || "has no compartments".into());
            let mut next = 0u32;
            for slice in &population.slices {
                let count = self
                    .image
                    .cores
                    .get(slice.core as usize)
                    .map_or(0, |c| c.compartments.len()) as u64;
                let start = u64::from(slice.first_compartment);
                let end = start + u64::from(slice.neurons) * parts;
                let fits = slice.first_neuron == next && slice.neurons > 0 && end <= count;
                self.need(fits, &place, || {
                    format!(
                        "slice at neuron {} does not follow the one before or leaves core {}",
                        slice.first_neuron, slice.core
                    )
                });
                next = next.saturating_add(slice.neurons);
                taken.push((slice.core, start, end));
            }
        }
        taken.sort_unstable();
        for pair in taken.windows(2) {
            let ((core, _, end), (other, start, _)) = (pair[0], pair[1]);
            self.need(core != other || end <= start, "populations", || {
                format!("compartment {start} of core {core} belongs to two neurons")
            });
        }
    }

    fn probes(&mut self) {
        for probe in &self.image.probes {
            let place = format!("probe '{}'", short(&probe.name));
            let Some(population) = self.image.populations.get(probe.population as usize) else {
                self.fail(&place, format!("no population {}", probe.population));
                continue;
            };
            self.need(
                (probe.part as usize) < population.compartments.len(),
                &place,
                || format!("no compartment {}", probe.part),
            );
            self.need(probe.every >= 1 && probe.start >= 1, &place, || {
                "start and every are at least 1".into()
            });
            self.need(
                !matches!(probe.register, Register::PostTrace(3..)),
                &place,
                || "post traces are y1, y2, y3".into(),
            );
            let size = population.size();
            self.need(probe.neurons.iter().all(|n| *n < size), &place, || {
                format!("a neuron is beyond the {size} there are")
            });
        }
    }
}

/// Values that the stack between compartments holds (NC-040; our choice).
const STACK_DEPTH: usize = 4;
