//! The management of an image in words.

use seamount_image::{ActPlan, Deed, Image, SetPlan};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// The schedules, a line an act.
pub(super) fn write(out: &mut impl Write, image: &Image) -> io::Result<()> {
    let plan = &image.management;
    for schedule in &plan.schedules {
        writeln!(out, "management every {} steps", schedule.period)?;
        let mut acts: Vec<&ActPlan> = schedule.acts.iter().collect();
        acts.sort_by_key(|act| act.step); // keeps the order within a step
        for act in acts {
            let when = match act.step {
                0 => "before the first step".into(),
                step => format!("after step {step}"),
            };
            writeln!(
                out,
                "  {when}: {} {}",
                words(image, act.deed),
                whose(image, act)
            )?;
        }
    }
    for read in &plan.reads {
        let probe = &read.probe;
        let population = &image.populations[probe.population as usize];
        let what = if read.argmax {
            "the index of the largest "
        } else {
            ""
        };
        writeln!(
            out,
            "read '{}': {what}{} of {}.{}, after step {} of every {}",
            probe.name,
            crate::probe::register_name(probe.register),
            population.name,
            population.compartments[probe.part as usize],
            probe.start,
            probe.every
        )?;
    }
    Ok(())
}

/// Populations on the cores of an act, with the number of cores where it is not all of theirs.
fn whose(image: &Image, act: &ActPlan) -> String {
    let cores: BTreeSet<u32> = act.cores.iter().copied().collect();
    let mut names = vec![];
    let mut all = true;
    for population in &image.populations {
        let on = population.slices.iter().filter(|s| cores.contains(&s.core));
        let hit = on.count();
        if hit > 0 {
            all &= hit == population.slices.len();
            names.push(format!("'{}'", population.name));
        }
    }
    let names = match names.len() {
        all if all > 1 && all == image.populations.len() => "all populations".into(),
        ..=8 => names.join(", "),
        many => format!("{} and {} more", names[..6].join(", "), many - 6),
    };
    match (all, act.cores.len()) {
        (true, _) => names,
        (false, 1) => format!("{names}, 1 core only"),
        (false, some) => format!("{names}, {some} cores only"),
    }
}

fn words(image: &Image, deed: Deed) -> String {
    match deed {
        Deed::Freeze => "freeze".into(),
        Deed::Thaw(None) => "thaw".into(),
        Deed::Thaw(Some(compartments)) => {
            format!("thaw the first {compartments} compartments of a core of")
        }
        Deed::ClearState => "clear the state of".into(),
        Deed::ClearAccumulators => "clear the accumulators of".into(),
        Deed::Set(set) => set_words(image, &set),
        Deed::Learning(true) => "learning on of".into(),
        Deed::Learning(false) => "learning off of".into(),
        Deed::Reset => "reset".into(),
    }
}

fn set_words(image: &Image, set: &SetPlan) -> String {
    let named = [
        ("current_decay", set.current_decay.map(i64::from)),
        ("voltage_decay", set.voltage_decay.map(i64::from)),
        ("threshold_mantissa", set.threshold_mantissa.map(i64::from)),
        ("bias_mantissa", set.bias_mantissa.map(i64::from)),
        ("bias_exponent", set.bias_exponent.map(i64::from)),
        ("ds_offset", set.ds_offset.map(i64::from)),
        ("dm_offset", set.dm_offset.map(i64::from)),
    ];
    let named = named.into_iter();
    let values: Vec<String> = named
        .filter_map(|(name, value)| Some(format!("{name} {}", value?)))
        .collect();
    let population = &image.populations[set.population as usize];
    let part = &population.compartments[set.part as usize];
    format!("set {} in compartment '{part}' of", values.join(", "))
}
