//! What a core learns, and how.

use super::names::word;
use crate::words::plural;
use seamount_image::{Arithmetic, CoreLearning, Image, Rounding, RuleProgram, TraceConfig};
use seamount_rules::disassemble;
use serde_json::{Value, json};
use std::io::{self, Write};

fn of(image: &Image, core: usize) -> Option<&CoreLearning> {
    image
        .learning
        .cores
        .iter()
        .find(|l| l.core as usize == core)
}

/// dw, dd and dt of a rule as text; those that are there.
fn texts(rule: &RuleProgram) -> Vec<(&'static str, String)> {
    let sums = [("dw", &rule.dw), ("dd", &rule.dd), ("dt", &rule.dt)];
    let there = sums
        .into_iter()
        .filter(|(_, products)| !products.is_empty());
    there
        .map(|(name, products)| (name, disassemble(products, rule.decimation)))
        .collect()
}

fn trace(config: TraceConfig) -> String {
    match config {
        TraceConfig::WRITTEN => "written by the neuron's program".into(),
        TraceConfig {
            impulse,
            impulse_fraction: 0,
            keep,
        } => format!("impulse {impulse}, a step leaves {keep}/4096"),
        TraceConfig {
            impulse,
            impulse_fraction,
            keep,
        } => format!("impulse {impulse} {impulse_fraction}/128, a step leaves {keep}/4096"),
    }
}

/// The learning of one core in words; nothing if it has none.
pub(super) fn write(out: &mut impl Write, image: &Image, index: usize) -> io::Result<()> {
    let Some(learning) = of(image, index) else {
        return Ok(());
    };
    let epoch = image.cores[index].registers.learning_epoch;
    let axons = learning.axons.len() as u64;
    let post = learning.post.len() as u64;
    let axons = plural(axons, "learning axon");
    writeln!(
        out,
        "  learning: epoch of {}, {axons} (two input slots each), {}",
        plural(epoch.into(), "step"),
        plural(post, "target compartment")
    )?;
    for (i, rule) in learning.rules.iter().enumerate() {
        let profile = match rule.profile {
            Arithmetic::Loihi1 => "loihi1",
            Arithmetic::Wide => "wide",
        };
        let rounding = match rule.rounding {
            Rounding::Stochastic => "",
            Rounding::AwayFromZero => ", changes of w away from zero",
            Rounding::TowardZero => ", changes cut toward zero",
        };
        let tag = if rule.delay_is_tag {
            ", d is a tag"
        } else {
            ""
        };
        let before = if rule.x_before_impulse {
            ", x before its impulse"
        } else {
            ""
        };
        let products = plural(rule.products().count() as u64, "product");
        writeln!(
            out,
            "  rule {i} '{}': profile {profile}, {products}{rounding}{tag}{before}",
            rule.name
        )?;
        for (name, text) in texts(rule) {
            writeln!(out, "    {name} = {text}")?;
        }
        for (name, config) in ["x1", "x2"]
            .into_iter()
            .zip(rule.pre)
            .filter(|(_, c)| *c != TraceConfig::default())
        {
            writeln!(out, "    {name}: {}", trace(config))?;
        }
        if let Some(channel) = rule.reward {
            let keep = learning.rewards[usize::from(channel)].keep;
            writeln!(out, "    r1: channel {channel}, a step leaves {keep}/4096")?;
        }
    }
    for (i, profile) in learning.post_profiles.iter().enumerate() {
        for (name, config) in ["y1", "y2", "y3"]
            .into_iter()
            .zip(*profile)
            .filter(|(_, c)| *c != TraceConfig::default())
        {
            writeln!(out, "  post traces {i}, {name}: {}", trace(config))?;
        }
    }
    Ok(())
}

/// The learning of one core as data.
pub(super) fn data(image: &Image, index: usize) -> Option<Value> {
    let learning = of(image, index)?;
    let rule = |rule: &RuleProgram| {
        let texts: serde_json::Map<String, Value> = texts(rule)
            .into_iter()
            .map(|(name, text)| (name.into(), text.into()))
            .collect();
        json!({
            "name": rule.name,
            "profile": word(rule.profile),
            "rounding": word(rule.rounding),
            "d_is_tag": rule.delay_is_tag,
            "x_before_impulse": rule.x_before_impulse,
            "products": rule.products().count(),
            "text": texts,
            "pre_traces": rule.pre,
            "reward": rule.reward,
        })
    };
    Some(json!({
        "epoch": image.cores[index].registers.learning_epoch,
        "rules": learning.rules.iter().map(rule).collect::<Vec<_>>(),
        "post_traces": learning.post_profiles,
        "learning_axons": learning.axons.len(),
        "target_compartments": learning.post.len(),
        "rewards": learning.rewards,
        "reward_axons": learning.reward_axons.len(),
    }))
}
