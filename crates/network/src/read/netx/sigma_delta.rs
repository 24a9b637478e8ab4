//! Sigma-delta layers (`SDNN`) as populations that run programs on graded spikes (Loihi 2 class).
//!
//! netx fixes the scale: messages have 6 fraction bits, states 6 more, so thresholds, biases and
//! what the host sends are shifted by 12. Three kinds of layer follow from the file:
//! - the input layer only encodes what changes of its input: the shipped program `sigma_delta`
//!   without a bound on the activation, fed one to one by the host input [`HOST_INPUT`];
//! - a layer with `sigma_output` only sums up, and sends its sum: the program [`SIGMA`];
//! - all others sum, rectify and send changes: the shipped program `sigma_delta`.

use super::layers::Chain;
use super::neuron::{size, values};
use super::{DeltaInput, Drive};
use crate::netlist::{Population, Programmed};
use crate::problem::{FileProblem, ReadProblem, of_a_file};
use crate::read::h5::H5Group;
use crate::read::h5::fields::H5Fields;
use seamount_diagnose::Findings;

/// Bits by which states are finer than messages.
const STATE_SHIFT: i32 = 6;
/// Bits by which states are finer than thresholds, biases and inputs.
const SCALE_SHIFT: u32 = 12;
/// Thresholds, biases and inputs that fit 24 bits after the shift.
pub(super) const SCALED: (i64, i64) = (-(1 << 11), (1 << 11) - 1);
/// Smallest word: no bound.
const WORD_MIN: i32 = -(1 << 23);
/// Widest message.
const MESSAGE_BITS: i64 = 24;
/// Name of the host input that a sigma-delta input layer listens to.
pub(super) const HOST_INPUT: &str = "picture";
/// Name of the program of a layer that only sums up.
const SIGMA: &str = "sigma";
/// Its text.
const SIGMA_TEXT: &str = "\
; Sum of all input, sent whole in every step; a sum of 0 is no message.
.program sigma
.spike graded24
.state sigma

        RDC     r0, s0
        MOV     r1, sigma
        ADD     r1, r1, r0
        RMW     _, sigma, r1
        EQ      r1, 0
        SKP_C   1
        SPIKE   r1
done:   END
";

/// Whether a `neuron` group is of this dialect.
pub(super) fn is(neuron: &H5Group) -> bool {
    H5Fields::new(neuron, "").text("type", &of_a_file()) == Some("SDNN")
}

/// A layer inside the chain; `f` is its `neuron` group, `type` already taken.
pub(super) fn population(
    name: &str,
    shape: [usize; 3],
    mut f: H5Fields,
    findings: &Findings,
) -> Option<Population> {
    messages(&mut f, findings);
    if f.has("sigma_output") {
        // Nothing but the sum goes out: netx reads none of these.
        ["sigma_output", "vThMant", "activation"]
            .iter()
            .for_each(|field| f.skip(field));
        f.finish(findings);
        return Some(Population::programmed(
            name,
            size(shape),
            Programmed::new(SIGMA),
        ));
    }
    if f.text("activation", findings)
        .is_some_and(|activation| activation != "relu")
    {
        findings.file(
            &f.at("activation"),
            ReadProblem::Unsupported("is not 'relu', the only activation netx runs".into()),
        );
    }
    let threshold = threshold(&mut f, findings);
    f.finish(findings);
    Some(Population::programmed(
        name,
        size(shape),
        encoder(threshold?),
    ))
}

/// The program `sigma_delta` at netx's scale.
fn encoder(threshold: i32) -> Programmed {
    let mut program = Programmed::new("sigma_delta");
    program
        .parameters
        .insert("threshold".into(), threshold.into());
    program
        .parameters
        .insert("out_shift".into(), (-STATE_SHIFT).into());
    program
}

/// One threshold for all, scaled.
fn threshold(f: &mut H5Fields, findings: &Findings) -> Option<i32> {
    let threshold = f.integer("vThMant", (0, SCALED.1), findings)?;
    Some((threshold as i32) << SCALE_SHIFT)
}

/// What the file says of messages must be true of ours.
fn messages(f: &mut H5Fields, findings: &Findings) {
    if let Some(value) = f.value("gradedSpike", findings)
        && value.numbers().is_none_or(|flag| flag.data.contains(&0.0))
    {
        let text = "asks for spikes without payload, which say nothing of a change";
        findings.file(&f.at("gradedSpike"), ReadProblem::Unsupported(text.into()));
    }
    f.optional_integer("messageBits", (1, MESSAGE_BITS), findings);
}

/// Sets biases, one for all or one per neuron.
pub(super) fn biased(
    population: Population,
    biases: &[i64],
    place: &str,
    findings: &Findings,
) -> Option<Population> {
    if population
        .program
        .as_ref()
        .is_some_and(|program| program.name == SIGMA)
    {
        findings.file(
            place,
            ReadProblem::Unsupported(
                "is the bias of a layer that only sums up, which has none".into(),
            ),
        );
        return None;
    }
    let (min, max) = SCALED;
    if let Some(&value) = biases.iter().find(|&&bias| !(min..=max).contains(&bias)) {
        findings.file(place, ReadProblem::OutOfRange { value, min, max });
        return None;
    }
    let scaled = biases
        .iter()
        .map(|&bias| (bias as i32) << SCALE_SHIFT)
        .collect();
    Some(population.parameter("bias", values::<i32>(scaled)))
}

impl Chain {
    /// A sigma-delta input layer.
    pub(super) fn delta_input(
        &mut self,
        shape: [usize; 3],
        neuron: &H5Group,
        drive: Drive,
        place: &str,
    ) -> Option<()> {
        let mut f = H5Fields::new(neuron, place);
        // An input layer has no activation in netx.
        ["type", "activation"]
            .iter()
            .for_each(|field| f.skip(field));
        messages(&mut f, &self.findings);
        let threshold = threshold(&mut f, &self.findings);
        f.finish(&self.findings);
        let mut program = encoder(threshold?);
        program.parameters.insert("act_min".into(), WORD_MIN.into());
        program
            .parameters
            .insert("in_shift".into(), (SCALE_SHIFT as i32).into());
        let net = &mut self.net.netlist;
        net.input(HOST_INPUT, size(shape));
        net.add(Population::programmed("input", size(shape), program));
        net.connect(HOST_INPUT, "input").one_to_one(1);
        self.net.delta_input = Some(DeltaInput {
            input: HOST_INPUT.into(),
            drive,
        });
        Some(())
    }

    /// Adds the program that the network brings along; sigma-delta layers are alone in a network.
    pub(super) fn programs(&mut self) {
        let populations = &self.net.netlist.populations;
        let is_of = |p: &&Population| {
            let own = p.program.as_ref().map(|program| program.name.as_str());
            matches!(own, Some(SIGMA | "sigma_delta"))
        };
        let programmed = populations.iter().filter(is_of).count();
        if programmed != 0 && programmed != populations.len() {
            let text = "mixes sigma-delta neurons with others, whose spikes have no common scale";
            self.findings
                .file("layer", ReadProblem::Unsupported(text.into()));
        }
        if populations.iter().any(|p| {
            p.program
                .as_ref()
                .is_some_and(|program| program.name == SIGMA)
        }) {
            self.net.netlist.program(SIGMA, SIGMA_TEXT);
        }
    }
}
