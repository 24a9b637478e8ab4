//! One core in words.

use super::names::{CoreNeurons, format_words};
use crate::words::{bar, count, plural};
use seamount_image::{
    AxonKind, CheckedImage, CompartmentProfile, CoreImage, CoreRegisters, Join, Push,
    ThresholdMode, limit_uses,
};
use std::io::{self, Write};

/// Limits, registers, tables, axons and neurons of one core.
pub(super) fn write(out: &mut impl Write, checked: &CheckedImage, index: usize) -> io::Result<()> {
    let image = checked.image();
    let spec = checked.spec();
    let core = &image.cores[index];
    let at = core.location;
    let (x, y) = spec.tile(at);
    writeln!(
        out,
        "\ncore {index}: chip {}, core {}, tile {x},{y} of the board",
        at.chip, at.core
    )?;
    for usage in limit_uses(image, core, spec) {
        let bar = bar(usage.used, usage.available);
        writeln!(
            out,
            "  {:<22}{:>7} of {:>7}  {bar}",
            usage.resource,
            count(usage.used),
            count(usage.available)
        )?;
    }
    registers(out, &core.registers)?;
    for (i, profile) in core.compartment_profiles.iter().enumerate() {
        writeln!(out, "  compartment profile {i}: {}", profile_words(profile))?;
    }
    for (i, mantissa) in core.threshold_profiles.iter().enumerate() {
        writeln!(
            out,
            "  threshold profile {i}: mantissa {mantissa}, v > {}",
            u64::from(*mantissa) << 6
        )?;
    }
    for (i, format) in core.synapse_formats.iter().enumerate() {
        writeln!(out, "  format {}: {}", i + 1, format_words(format))?;
    }
    axons(out, core)?;
    super::learning::write(out, image, index)?;
    for population in &image.populations {
        for slice in population
            .slices
            .iter()
            .filter(|s| s.core as usize == index)
        {
            let last = u64::from(slice.first_neuron) + u64::from(slice.neurons) - 1;
            let parts = population.compartments.len() as u64;
            let end = u64::from(slice.first_compartment) + u64::from(slice.neurons) * parts - 1;
            writeln!(
                out,
                "  population '{}': neurons {}..={last} in compartments {}..={end}",
                population.name, slice.first_neuron, slice.first_compartment
            )?;
        }
    }
    if let Some(first) = core.initial.first() {
        let name = CoreNeurons::of(image, index).name(first.compartment);
        writeln!(
            out,
            "  {} not at rest at the start, first {name}: u {}, v {}",
            plural(core.initial.len() as u64, "compartment"),
            first.u,
            first.v
        )?;
    }
    Ok(())
}

fn registers(out: &mut impl Write, r: &CoreRegisters) -> io::Result<()> {
    let low = r.v_min_exponent;
    let high = 9 + 2 * r.v_max_exponent;
    let ds = u8::from(r.ds_offset);
    let dm = u8::from(r.dm_offset);
    writeln!(
        out,
        "  registers: v in -2^{low}+1..=2^{high}-1, ds_offset {ds}, dm_offset {dm}, {} delay slots",
        1u32 << r.delay_bits
    )?;
    let place = if r.noise_at_dendrite {
        "dendrite"
    } else {
        "membrane"
    };
    // NC-016: below 7 the chip acts as if the exponent were one larger.
    let effective = i32::from(r.noise_exponent) + i32::from(r.noise_exponent < 7) - 7;
    writeln!(
        out,
        "  noise where on: (r - 128 + 64 x {}) x 2^{effective} at the {place}, r 0..=255",
        r.noise_mantissa
    )
}

fn profile_words(p: &CompartmentProfile) -> String {
    let mut out = format!(
        "current decay {}, voltage decay {}, ",
        p.current_decay, p.voltage_decay
    );
    out += &match p.mode {
        ThresholdMode::SpikeAndReset => format!(
            "spikes, refractory {}",
            plural(u64::from(p.refractory_steps), "step")
        ),
        ThresholdMode::PassToParent => "never spikes".into(),
        ThresholdMode::Saturate => "never spikes, v held at threshold".into(),
    };
    if p.join != Join::None {
        out += &format!(
            ", joins {} by {:?}",
            plural(u64::from(p.pops), "child value"),
            p.join
        );
    }
    match p.push {
        Push::None => {}
        Push::Voltage => out += ", passes v on",
        Push::Current => out += ", passes u on",
    }
    if p.noise { out + ", noise" } else { out }
}

fn axons(out: &mut impl Write, core: &CoreImage) -> io::Result<()> {
    let of = |kind| core.input_axons.iter().filter(|a| a.kind == kind).count() as u64;
    let discrete = of(AxonKind::Discrete);
    let pop16 = of(AxonKind::Pop16);
    let pop32 = of(AxonKind::Pop32);
    writeln!(
        out,
        "  input axons: {} discrete, {} pop16, {} pop32",
        count(discrete),
        count(pop16),
        count(pop32)
    )?;
    let sending = core
        .output_offsets
        .windows(2)
        .filter(|w| w[0] < w[1])
        .count() as u64;
    writeln!(
        out,
        "  output axons: {} of {}",
        count(core.output_axons.len() as u64),
        plural(sending, "sending compartment")
    )
}
