//! Neurons of `.net` files that run shipped programs (Loihi 2 class): adaptive ones (`ALIF`) and
//! resonators (`RF_PHASE`).
//!
//! netx itself builds neither. What a file means is taken from the definitions of Lava's fixed
//! point neurons of the same names (ATRLIF, RF), which the programs `alif` and
//! `resonate_and_fire` compute bit for bit.

use super::layers::Chain;
use super::neuron::{graded, per_neuron, size, values};
use super::synapses::{self, Delays};
use crate::netlist::{Population, Programmed, Values};
use crate::problem::{FileProblem, ReadProblem};
use crate::read::h5::H5Group;
use crate::read::h5::fields::H5Fields;
use seamount_diagnose::Findings;

/// Bits by which thresholds and biases are above weights: 64 to one.
const SCALE_SHIFT: u32 = 6;
/// Bits of decays, and of the sine and cosine of a rotation.
const DECAY_SHIFT: i32 = 12;
/// One, in those bits.
const DECAY_ONE: i64 = 1 << DECAY_SHIFT;
/// Largest threshold mantissa and step of a threshold; 64 times it are 24 bits.
const MANTISSA_MAX: i64 = (1 << 17) - 1;
/// Name of the program of resonators.
const RESONATOR: &str = "resonate_and_fire";

/// Adaptive neurons; `f` is their `neuron` group, `type` already taken.
pub(super) fn adaptive(
    name: &str,
    shape: [usize; 3],
    mut f: H5Fields,
    findings: &Findings,
) -> Option<Population> {
    graded(&mut f, findings);
    f.optional_integer("refDelay", (1, 1), findings);
    let fields = [
        ("iDecay", "keep_u", DECAY_ONE),
        ("vDecay", "keep_v", DECAY_ONE),
        ("thDecay", "keep_th", DECAY_ONE),
        ("refDecay", "keep_r", DECAY_ONE),
        ("vThMant", "theta0", MANTISSA_MAX),
        ("vThStep", "theta_step", MANTISSA_MAX),
    ];
    let mut program = Programmed::new("alif");
    let mut sound = true;
    for (field, parameter, most) in fields {
        let Some(value) = f.integer(field, (0, most), findings) else {
            sound = false;
            continue;
        };
        let value = match most {
            DECAY_ONE => DECAY_ONE - value,
            _ => value << SCALE_SHIFT,
        };
        program
            .parameters
            .insert(parameter.into(), (value as i32).into());
    }
    f.finish(findings);
    sound.then(|| Population::programmed(name, size(shape), program))
}

/// Biases of adaptive neurons, one for all or one per neuron.
pub(super) fn biased(
    population: Population,
    biases: &[i64],
    place: &str,
    findings: &Findings,
) -> Option<Population> {
    let range = (-MANTISSA_MAX - 1, MANTISSA_MAX);
    if let Some(&value) = biases.iter().find(|b| !(range.0..=range.1).contains(*b)) {
        let (min, max) = range;
        findings.file(place, ReadProblem::OutOfRange { value, min, max });
        return None;
    }
    let scaled = biases.iter().map(|bias| (*bias as i32) << SCALE_SHIFT);
    Some(population.parameter("bias", values::<i32>(scaled.collect())))
}

impl Chain {
    /// A dense layer with complex weights into resonators: the real parts go to the first
    /// accumulator of a neuron, the imaginary ones to the second.
    pub(super) fn resonators(&mut self, index: usize, mut f: H5Fields, place: &str) -> Option<()> {
        let name = self.name("fc");
        let shape = self.shape(&mut f);
        let targets = shape.map(|shape| shape.iter().product::<usize>());
        let parts = self.complex(&mut f, targets, place);
        let sources = parts.as_ref().map(|parts| parts[0].1);
        self.expect(&mut f, "outFeatures", targets);
        self.expect(&mut f, "inFeatures", sources);
        if f.has("bias") {
            f.skip("bias");
            let text = "is the bias of resonators, whose program has none";
            let place = f.at("bias");
            self.findings
                .file(&place, ReadProblem::Unsupported(text.into()));
        }
        let neuron = f.group("neuron", &self.findings);
        let population = shape.zip(neuron).and_then(|(shape, neuron)| {
            resonator(
                &name,
                shape,
                neuron,
                &format!("{place}/neuron"),
                &self.findings,
            )
        });
        f.finish(&self.findings);
        let shape = shape?;
        let targets = targets?;
        let [real, imaginary] = parts?;
        let population = population?;
        let sources = real.1;
        if self.before.is_none() && index == 0 {
            self.net.netlist.input("input", sources as u32);
            self.enter(index, "input".into(), [sources, 1, 1], None, vec![0]);
        }
        let Some(before) = self.before.clone() else {
            return self.without_source(place);
        };
        self.follows(&before, sources, place)?;
        let delays = Delays::Source(before.delays.clone());
        self.net.netlist.add(population);
        for (weights, target) in [
            (real.0, name.clone()),
            (imaginary.0, format!("{name}.feedback")),
        ] {
            let edges = synapses::dense(&weights, targets, sources, &delays);
            self.join(&before.name, &target, edges, 0);
        }
        self.enter(index, name, shape, None, vec![0]);
        Some(())
    }

    /// Real and imaginary weights, each as (out, in) with the number of columns.
    fn complex(
        &mut self,
        f: &mut H5Fields,
        targets: Option<usize>,
        place: &str,
    ) -> Option<[(Vec<i64>, usize); 2]> {
        let group = f.group("weight", &self.findings)?;
        let weights_at = format!("{place}/weight");
        let mut parts = H5Fields::new(group, &weights_at);
        let read = ["real", "imag"].map(|part| self.weights(&mut parts, part));
        parts.finish(&self.findings);
        let [real, imaginary] = read;
        let real = self.matrix(real?, targets?, &format!("{place}/weight/real"))?;
        let imaginary = self.matrix(imaginary?, targets?, &format!("{place}/weight/imag"))?;
        if real.1 != imaginary.1 {
            let problem = ReadProblem::Shape {
                found: vec![targets?, imaginary.1],
                wanted: vec![targets?, real.1],
            };
            self.findings.file(&format!("{place}/weight/imag"), problem);
            return None;
        }
        Some([real, imaginary])
    }

    /// Resonators send their real part as a payload, and those of a file spikes without one: they
    /// can only be the last layer.
    pub(super) fn resonators_are_last(&mut self) {
        let populations = self.net.netlist.populations.iter();
        let resonators: Vec<String> = populations
            .filter(|p| p.program.as_ref().is_some_and(|own| own.name == RESONATOR))
            .map(|p| p.name.clone())
            .collect();
        for layer in &self.net.layers {
            let sends = |p: &crate::netlist::Projection| p.source.0 == layer.name;
            let goes_on = self.net.netlist.projections.iter().any(sends);
            if goes_on && resonators.contains(&layer.name) {
                let text = "has resonators in front of another layer: the program sends their \
                            real part as a graded spike, and the file wants spikes without one";
                let place = format!("layer/{}", layer.index);
                self.findings
                    .file(&place, ReadProblem::Unsupported(text.into()));
            }
        }
    }
}

/// Resonators as their `neuron` group describes them.
fn resonator(
    name: &str,
    shape: [usize; 3],
    neuron: &H5Group,
    place: &str,
    findings: &Findings,
) -> Option<Population> {
    let mut f = H5Fields::new(neuron, place);
    let kind = f.text("type", findings)?;
    if kind != "RF_PHASE" {
        let text = format!(
            "has neurons of type '{kind}' behind complex weights; of resonators only RF_PHASE has \
             a program ('{RESONATOR}')"
        );
        findings.file(place, ReadProblem::Unsupported(text));
        return None;
    }
    graded(&mut f, findings);
    let mut rotation = |field, findings: &Findings| {
        let list = f.integers(field, (-DECAY_ONE, DECAY_ONE), findings)?;
        let list = per_neuron(list, shape, &f.at(field), findings)?;
        Some(values::<i32>(list.into_iter().map(|x| x as i32).collect()))
    };
    let sin = rotation("sinDecay", findings);
    let cos = rotation("cosDecay", findings);
    let threshold = f.integer("vThMant", (0, MANTISSA_MAX), findings);
    f.finish(findings);
    let mut program = Programmed::new(RESONATOR);
    program.ports = 2;
    let mut set = |parameter: &str, value: Values<i32>| {
        program.parameters.insert(parameter.into(), value);
    };
    set("sin", sin?);
    set("cos", cos?);
    // Lava fires at the threshold, the program above it
    set(
        "threshold",
        (((threshold? as i32) << SCALE_SHIFT) - 1).into(),
    );
    set("rot_shift", DECAY_SHIFT.into());
    set("in_shift", (SCALE_SHIFT as i32).into());
    Some(Population::programmed(name, size(shape), program))
}
