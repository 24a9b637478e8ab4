//! Texts of learning rules to rule programs, and their traces to registers (LE-001..LE-007).
//!
//! The only place of this crate with floats: time constants become 12-bit factors (LE-001).

use seamount_diagnose::{Fault, Finding, Findings};
use seamount_image::{RuleProgram, TraceConfig};
use seamount_network::netlist::{LearningProfile, LearningRule, Netlist, Trace};
use seamount_rules::{Origin, PRODUCTS_MAX, ParsedRule, RuleError, Variable, disassemble, parse};
use serde::{Deserialize, Serialize};

/// What a rule was compiled to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleReport {
    /// Name of the rule.
    pub name: String,
    /// dw, dd and dt, disassembled; those that are there.
    pub rules: Vec<String>,
    /// Number of products.
    pub products: u32,
    /// Products of which profile `loihi1` computes less than is written (LE-005).
    pub warnings: Vec<String>,
}

/// Compiles the rules of a checked netlist.
///
/// # Errors
/// Everything wrong with their texts.
pub fn rules(netlist: &Netlist) -> Result<Vec<RuleProgram>, Vec<Finding>> {
    let found = Findings::new();
    let rules = netlist.learning_rules.iter().enumerate();
    let programs = rules.map(|(i, rule)| {
        let place = format!("learning_rules[{i}] '{}'", rule.name);
        rule_program(&place, rule, &found)
    });
    let programs = programs.collect();
    if found.is_empty() {
        Ok(programs)
    } else {
        Err(found.into_vec())
    }
}

/// A rule program from the texts of a rule; what is wrong with them is filed.
fn rule_program(place: &str, rule: &LearningRule, found: &Findings) -> RuleProgram {
    let mut decimation = None;
    let mut read = |name: &str, text: &Option<String>| {
        let Some(text) = text else { return vec![] };
        let file = |errors: &[RuleError]| {
            for error in errors {
                let place = format!("{place}.{name}");
                found.add(place, Fault::Syntax, marked(text, error));
            }
        };
        match parse(text) {
            Ok(parsed) => {
                file(&disagreements(rule, &parsed, &mut decimation));
                parsed.products
            }
            Err(errors) => {
                file(&errors);
                vec![]
            }
        }
    };
    let dw = read("dw", &rule.dw);
    let dd = read("dd", &rule.dd);
    let dt = read("dt", &rule.dt);
    let program = RuleProgram {
        name: rule.name.clone(),
        profile: rule.profile,
        rounding: rule.dw_rounding,
        decimation: decimation.unwrap_or(0),
        pre: [rule.x1, rule.x2].map(trace),
        reward: None,
        delay_is_tag: rule.d_is_tag,
        x_before_impulse: rule.x_before_impulse,
        graded_pre: rule.graded_pre,
        dw,
        dd,
        dt,
    };
    let count = program.products().count();
    if count > PRODUCTS_MAX {
        let problem = format!("{count} products, at most {PRODUCTS_MAX} a rule");
        found.rule(place, problem);
    }
    program
}

/// An error in three lines: the problem, the text, and a mark below the character.
fn marked(text: &str, error: &RuleError) -> String {
    let space = |c: char| if c.is_whitespace() { ' ' } else { c };
    let line: String = text.chars().map(space).collect();
    format!("{error}\n    {line}\n    {}^", " ".repeat(error.at))
}

/// What is wrong with a text in its rule: a k of uk other than that of the texts before, and names
/// that the rule does not define.
fn disagreements(
    rule: &LearningRule,
    parsed: &ParsedRule,
    decimation: &mut Option<u8>,
) -> Vec<RuleError> {
    let mut errors = vec![];
    if let Some((k, character)) = parsed.decimation {
        let other = *decimation.get_or_insert(k);
        if other != k {
            let problem = format!("u{k} here and u{other} before: a rule set has one k (LE-003)");
            errors.push(RuleError::new(character, problem));
        }
    }
    for (variable, character) in missing(rule, parsed) {
        let problem = format!(
            "{} is used, but the rule does not define it",
            variable.name()
        );
        errors.push(RuleError::new(character, problem));
    }
    errors
}

/// Traces and channels that a text uses and the rule does not define.
fn missing(rule: &LearningRule, parsed: &ParsedRule) -> Vec<(Variable, usize)> {
    let pre = [rule.x1, rule.x2];
    let post = [rule.y1, rule.y2, rule.y3];
    let defined = |variable: Variable| match variable.origin() {
        Origin::PreTrace(which) => pre[which].is_some(),
        Origin::PostTrace(which) => post[which].is_some(),
        Origin::Reward => rule.reward.is_some(),
        Origin::PreSpike | Origin::PostSpike => true,
        Origin::Weight | Origin::Delay | Origin::Tag => true,
    };
    parsed
        .symbols
        .iter()
        .copied()
        .filter(|(variable, _)| !defined(*variable))
        .collect()
}

/// A trace as registers; an absent one stays 0.
pub(crate) fn trace(trace: Option<Trace>) -> TraceConfig {
    let config = |t: Trace| TraceConfig {
        impulse: t.impulse,
        impulse_fraction: t.impulse_fraction,
        keep: keep(t.tau, t.linear, t.k),
    };
    match trace {
        None => TraceConfig::default(),
        Some(t) if t.written => TraceConfig::WRITTEN,
        Some(t) => config(t),
    }
}

/// k in 1/4096 (LE-001): exp(-1/tau), or 1 - 1/tau, to the nearest; below 1 whatever tau is.
pub(crate) fn keep(tau: Option<f64>, linear: bool, k: Option<u16>) -> u16 {
    let Some(tau) = tau else {
        return k.unwrap_or(0);
    };
    let left = if linear {
        1.0 - 1.0 / tau
    } else {
        (-1.0 / tau).exp()
    };
    (left * 4096.0).round().clamp(0.0, 4095.0) as u16
}

/// What a rule was compiled to, with the products that profile `loihi1` scales down.
pub(crate) fn report(program: &RuleProgram) -> RuleReport {
    let texts = [
        ("dw", &program.dw),
        ("dd", &program.dd),
        ("dt", &program.dt),
    ];
    let mut report = RuleReport {
        name: program.name.clone(),
        rules: vec![],
        products: program.products().count() as u32,
        warnings: vec![],
    };
    for (name, products) in texts
        .into_iter()
        .filter(|(_, products)| !products.is_empty())
    {
        report.rules.push(format!(
            "{name} = {}",
            disassemble(products, program.decimation)
        ));
        let lossy = products
            .iter()
            .enumerate()
            .filter(|(_, p)| program.profile == LearningProfile::Loihi1 && p.lost_bits() > 0);
        for (i, product) in lossy {
            let text = disassemble(std::slice::from_ref(product), program.decimation);
            let factor = 1u64 << product.lost_bits();
            let which = format!(
                "rule '{}', {name}, product {} ({text})",
                program.name,
                i + 1
            );
            report.warnings.push(format!(
                "{which} counts 1/{factor} of what is written: profile loihi1 (LE-005)"
            ));
        }
    }
    report
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
