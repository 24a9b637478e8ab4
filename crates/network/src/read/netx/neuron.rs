//! The `neuron` group of a layer as registers of a compartment.

use super::{programmed, sigma_delta};
use crate::netlist::{Population, ThresholdMode, Values};
use crate::problem::{FileProblem, ReadProblem};
use crate::read::h5::H5Group;
use crate::read::h5::fields::H5Fields;
use seamount_diagnose::Findings;

/// Fields that only training uses.
const TRAINING_ONLY: [&str; 3] = ["theta", "tauRho", "scaleRho"];

/// A population as the `neuron` group describes it, and the weight exponent of its inputs.
pub(super) fn population(
    name: &str,
    shape: [usize; 3],
    neuron: &H5Group,
    place: &str,
    findings: &Findings,
) -> Option<(Population, i8)> {
    let mut f = H5Fields::new(neuron, place);
    TRAINING_ONLY.iter().for_each(|field| f.skip(field));
    let kind = f.text("type", findings)?;
    if kind == "ALIF" {
        return Some((programmed::adaptive(name, shape, f, findings)?, 0));
    }
    if kind == "SDNN" {
        return Some((sigma_delta::population(name, shape, f, findings)?, 0));
    }
    if !matches!(kind, "LOIHI" | "CUBA") {
        let text = if kind.contains("RF") {
            format!(
                "has resonators ('{kind}') without complex weights; those of RF_PHASE with \
                 weight/real and weight/imag can be built"
            )
        } else {
            format!(
                "has neurons of type '{kind}'; only LOIHI, CUBA, ALIF, SDNN and RF_PHASE can be \
                 built"
            )
        };
        findings.file(place, ReadProblem::Unsupported(text));
        return None;
    }
    graded(&mut f, findings);
    let exponent = f.optional_integer("wgtExp", (-8, 7), findings).unwrap_or(0) as i8;
    let mut each = |field, range, findings: &Findings| {
        let list = f.integers(field, range, findings)?;
        per_neuron(list, shape, &f.at(field), findings)
    };
    let current = each("iDecay", (0, 4096), findings);
    let voltage = each("vDecay", (0, 4096), findings);
    let threshold = each("vThMant", (0, (1 << 17) - 1), findings);
    let given = f.has("refDelay");
    let refractory = if given {
        each_of(&mut f, "refDelay", (1, 63), shape, findings)
    } else {
        Some(vec![1])
    };
    f.finish(findings);
    let mut population = Population::new(name, size(shape));
    let (registers, offset) = decay(&current?, true, &format!("{place}/iDecay"), findings)?;
    population.core.ds_offset = offset;
    population = population.current_decay(registers);
    let (registers, offset) = decay(&voltage?, false, &format!("{place}/vDecay"), findings)?;
    population.core.dm_offset = offset;
    let thresholds = threshold?.into_iter().map(|t| t as u32).collect();
    let holds = refractory?.into_iter().map(|t| t as u8).collect();
    Some((
        population
            .voltage_decay(registers)
            .threshold_mantissa(values(thresholds))
            .refractory_steps(values(holds)),
        exponent,
    ))
}

fn each_of<'a>(
    f: &mut H5Fields<'a>,
    field: &'a str,
    range: (i64, i64),
    shape: [usize; 3],
    findings: &Findings,
) -> Option<Vec<i64>> {
    let list = f.integers(field, range, findings)?;
    per_neuron(list, shape, &f.at(field), findings)
}

/// What a layer without `neuron` is: a sum that never decays and never spikes (u holds it, v shows
/// it).
pub(super) fn integrator(name: &str, shape: [usize; 3]) -> Population {
    let mut population = Population::new(name, size(shape))
        .current_decay(0)
        .voltage_decay(4095);
    population.core.ds_offset = false;
    population.core.dm_offset = true;
    population
        .threshold_mantissa((1 << 17) - 1)
        .threshold_mode(ThresholdMode::PassToParent)
}

pub(super) fn size(shape: [usize; 3]) -> u32 {
    shape.iter().product::<usize>() as u32
}

/// Graded spikes are refused by name.
pub(super) fn graded(f: &mut H5Fields, findings: &Findings) {
    if let Some(value) = f.value("gradedSpike", findings)
        && value
            .numbers()
            .is_none_or(|flag| flag.data.iter().any(|&bit| bit != 0.0))
    {
        findings.file(
            &f.at("gradedSpike"),
            ReadProblem::Unsupported(
                "asks for graded spikes, which these neurons do not send".into(),
            ),
        );
    }
    if f.optional_integer("messageBits", (0, 32), findings)
        .is_some_and(|bits| bits > 0)
    {
        findings.file(
            &f.at("messageBits"),
            ReadProblem::Unsupported(
                "asks for graded spikes, which these neurons do not send".into(),
            ),
        );
    }
}

/// One value for all, one per channel, or one per neuron; the result has 1 element or one per
/// neuron.
pub(super) fn per_neuron(
    list: Vec<i64>,
    shape: [usize; 3],
    place: &str,
    findings: &Findings,
) -> Option<Vec<i64>> {
    let all = shape.iter().product::<usize>();
    let pixels = shape[1] * shape[2];
    if list.len() == 1 || list.len() == all {
        return Some(list);
    }
    if list.len() == shape[0] {
        return Some(
            list.iter()
                .flat_map(|&value| std::iter::repeat_n(value, pixels))
                .collect(),
        );
    }
    findings.file(
        place,
        ReadProblem::Shape {
            found: vec![list.len()],
            wanted: vec![all],
        },
    );
    None
}

/// Equal values become one.
pub(super) fn values<T: Copy + PartialEq>(list: Vec<T>) -> Values<T> {
    if list.windows(2).all(|pair| pair[0] == pair[1]) && !list.is_empty() {
        Values::Shared(list[0])
    } else {
        list.into()
    }
}

/// Registers and the core's offset bit for effective decays of 0..=4096 (NC-007): the offset as
/// preferred where the decays allow it.
fn decay(
    effective: &[i64],
    preferred: bool,
    place: &str,
    findings: &Findings,
) -> Option<(Values<u16>, bool)> {
    let offset = (preferred && effective.iter().all(|&d| d >= 1)) || effective.contains(&4096);
    if offset && effective.contains(&0) {
        findings.file(
            place,
            ReadProblem::Unsupported(
                "holds both 0 and 4096, which no core can have at once (NC-007)".into(),
            ),
        );
        return None;
    }
    Some((
        values(
            effective
                .iter()
                .map(|&d| (d - i64::from(offset)) as u16)
                .collect(),
        ),
        offset,
    ))
}
