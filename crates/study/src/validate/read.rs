//! The reader of rule files. It goes on after each finding, so that everything that is wrong is
//! said at once, with its line and its key.

use super::file::*;
use super::toml_tree::{Table, line_of};
use seamount_network::netlist::{DwRounding, LearningProfile, LearningRule, SignMode, Trace};
use std::fmt;
use toml::de::DeTable;

/// Something wrong with a rule file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Finding {
    /// Line, from 1.
    pub line: usize,
    /// Key, with the tables it is in; empty for syntax.
    pub key: String,
    /// Mistake in words.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.problem),
            key => write!(f, "line {}: {key}: {}", self.line, self.problem),
        }
    }
}

/// Most steps of a run.
const STEPS_MAX: i64 = 1_000_000;
/// Most synapses.
const SYNAPSES_MAX: u64 = 200_000;
/// Most synapse steps: what the comparison looks at.
const WORK_MAX: u64 = 200_000_000;

/// Reads the text of a rule file.
///
/// # Errors
/// Everything that is wrong with it, in order of lines.
pub fn read(text: &str) -> Result<RuleFile, Vec<Finding>> {
    read_as(text, file)
}

/// Reads the text of a TOML file with a reader of its root.
///
/// # Errors
/// Everything that is wrong with the text, with what the reader found and with keys that nothing
/// has read, in order of lines.
pub fn read_as<T>(
    text: &str,
    file: impl Fn(&mut Table, &mut Vec<Finding>) -> T,
) -> Result<T, Vec<Finding>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut found: Vec<Finding> = (errors.iter())
        .map(|e| Finding {
            line: e.span().map_or(1, |s| line_of(text, s.start)),
            key: String::new(),
            problem: e.message().trim().into(),
        })
        .collect();
    if !found.is_empty() {
        found.sort();
        return Err(found);
    }
    let mut root = Table::root(text, root.get_ref());
    let file = file(&mut root, &mut found);
    root.rest(&mut found);
    found.sort();
    found.dedup();
    if found.is_empty() {
        Ok(file)
    } else {
        Err(found)
    }
}

/// Reads a rule file from its root.
pub fn file(root: &mut Table, found: &mut Vec<Finding>) -> RuleFile {
    let title = root.text(found, "title").unwrap_or_else(|| "a rule".into());
    let (rule, reward) = match root.table(found, "rule") {
        Some(mut table) => rule(&mut table, found),
        None => {
            root.complain(
                found,
                "rule",
                "is missing: it has dw, dd, dt and the traces (or eprop, with a task)",
            );
            (LearningRule::new("rule"), None)
        }
    };
    let mut network_table = root.table(found, "network");
    let network = network(network_table.as_mut(), found);
    let stimulus = match root.table(found, "stimulus") {
        Some(mut table) => stimulus(&mut table, found, &network, reward.is_some()),
        None => {
            root.complain(
                found,
                "stimulus",
                "is missing: it has steps, sources, targets, rewards",
            );
            Stimuli::silent()
        }
    };
    let synapses = u64::from(network.sources) * u64::from(network.targets);
    if synapses > SYNAPSES_MAX || synapses * stimulus.steps > WORK_MAX {
        root.complain(
            found,
            "network",
            format!(
                "{synapses} pairs over {} steps; at most {SYNAPSES_MAX} pairs and {WORK_MAX} \
            pair-steps",
                stimulus.steps
            ),
        );
    }
    let spikes = root
        .table(found, "float")
        .map_or(Spikes::Chip, |mut table| {
            let words = [("chip", Spikes::Chip), ("own", Spikes::Own)];
            let spikes = table.word(found, "spikes", &words).unwrap_or(Spikes::Chip);
            table.rest(found);
            spikes
        });
    if network.neuron.tau_u.is_some() && stimulus.targets != Pattern::Silent {
        root.complain(
            found,
            "stimulus",
            "targets are made to spike through u: with network.neuron.tau_u they would not stop",
        );
    }
    let every = root.table(found, "report").and_then(|mut table| {
        let every = table.whole(found, "every", (1, STEPS_MAX));
        table.rest(found);
        every
    });
    let tolerances = root
        .table(found, "tolerance")
        .map_or(vec![], |table| tolerances(&table, found));
    let every = every.map_or(stimulus.steps.div_ceil(100), |e| e as u64);
    RuleFile {
        title,
        rule,
        reward,
        network,
        stimulus,
        spikes,
        every,
        tolerances,
    }
}

fn rule(table: &mut Table, found: &mut Vec<Finding>) -> (LearningRule, Option<RewardSettings>) {
    let mut rule = LearningRule::new("rule");
    rule.dw = table.text(found, "dw");
    rule.dd = table.text(found, "dd");
    rule.dt = table.text(found, "dt");
    if !["dw", "dd", "dt"].iter().any(|key| table.has(key)) {
        table.complain(found, "dw", "is missing, and so are dd and dt");
    }
    let profiles = [
        ("wide", LearningProfile::Wide),
        ("loihi1", LearningProfile::Loihi1),
    ];
    rule.profile = table.word(found, "profile", &profiles).unwrap_or_default();
    rule.epoch = table.whole(found, "epoch", (1, 63)).map_or(1, |e| e as u8);
    let roundings = [
        ("stochastic", DwRounding::Stochastic),
        ("away_from_zero", DwRounding::AwayFromZero),
        ("toward_zero", DwRounding::TowardZero),
    ];
    rule.dw_rounding = table
        .word(found, "rounding", &roundings)
        .unwrap_or_default();
    rule.d_is_tag = table.flag(found, "d_is_tag");
    rule.x_before_impulse = table.flag(found, "x_before_impulse");
    if rule.x_before_impulse && rule.epoch != 1 {
        table.complain(found, "x_before_impulse", "needs epoch 1");
    }
    for (name, place) in [
        ("x1", &mut rule.x1),
        ("x2", &mut rule.x2),
        ("y1", &mut rule.y1),
        ("y2", &mut rule.y2),
        ("y3", &mut rule.y3),
    ] {
        *place = table.table(found, name).map(|mut t| trace(&mut t, found));
    }
    let reward = table.table(found, "reward").map(|mut t| {
        let impulse = t.whole(found, "impulse", (-64, 63)).unwrap_or(0) as i8;
        let decay = decay(&mut t, found);
        t.rest(found);
        RewardSettings { decay, impulse }
    });
    texts(table, &rule, reward.is_some(), found);
    table.rest(found);
    (rule, reward)
}

/// The texts of a rule are read here already, so that their findings come with the others.
fn texts(table: &mut Table, rule: &LearningRule, reward: bool, found: &mut Vec<Finding>) {
    use seamount_rules::{Origin, Variable};
    let mut decimation: Option<u8> = None;
    for (key, text) in [("dw", &rule.dw), ("dd", &rule.dd), ("dt", &rule.dt)] {
        let Some(text) = text else { continue };
        match seamount_rules::parse(text) {
            Err(errors) => errors
                .iter()
                .for_each(|e| table.complain(found, key, e.to_string())),
            Ok(parsed) => {
                let defined = |variable: Variable| match variable.origin() {
                    Origin::PreTrace(which) => [rule.x1, rule.x2][which].is_some(),
                    Origin::PostTrace(which) => [rule.y1, rule.y2, rule.y3][which].is_some(),
                    Origin::Reward => reward,
                    Origin::PreSpike | Origin::PostSpike => true,
                    Origin::Weight | Origin::Delay | Origin::Tag => true,
                };
                for (variable, at) in parsed.symbols.iter().filter(|s| !defined(s.0)) {
                    let table_name = if variable.origin() == Origin::Reward {
                        "reward"
                    } else {
                        variable.name()
                    };
                    table.complain(
                        found,
                        key,
                        format!(
                            "character {}: {} is used, but there is no [rule.{table_name}]",
                            at + 1,
                            variable.name()
                        ),
                    );
                }
                if let Some((k, at)) = parsed.decimation {
                    let other = *decimation.get_or_insert(k);
                    if other != k {
                        table.complain(
                            found,
                            key,
                            format!(
                                "character {}: u{k} here and u{other} before: a rule set has one k",
                                at + 1
                            ),
                        );
                    }
                }
            }
        }
    }
}

fn decay(table: &mut Table, found: &mut Vec<Finding>) -> Decay {
    let tau = table.number(found, "tau", (1e-3, 1e9));
    let k = table.whole(found, "k", (0, 4096));
    match (table.has("tau"), table.has("k")) {
        (true, false) => Decay::Tau(tau.unwrap_or(1.0)),
        (false, true) => Decay::K(k.unwrap_or(0) as u16),
        _ => {
            table.complain(found, "tau", "exactly one of tau and k is needed");
            Decay::Tau(1.0)
        }
    }
}

fn trace(table: &mut Table, found: &mut Vec<Finding>) -> Trace {
    let impulse = table.number(found, "impulse", (0.0, 127.0 + 127.0 / 128.0));
    if !table.has("impulse") {
        table.complain(found, "impulse", "is missing");
    }
    let parts = impulse.unwrap_or(0.0) * 128.0;
    if parts.fract() != 0.0 {
        table.complain(found, "impulse", "is no multiple of 1/128");
    }
    let mut trace = Trace {
        impulse: (parts / 128.0) as u8,
        impulse_fraction: (parts % 128.0) as u8,
        ..Trace::default()
    };
    match decay(table, found) {
        Decay::Tau(tau) => trace.tau = Some(tau),
        Decay::K(k) => trace.k = Some(k),
    }
    table.rest(found);
    trace
}

fn network(table: Option<&mut Table>, found: &mut Vec<Finding>) -> Network {
    let neuron = Neuron {
        tau_u: None,
        tau_v: None,
        threshold: 100,
        refractory: 1,
    };
    let mut network = Network {
        sources: 32,
        targets: 16,
        probability: 1.0,
        weights: (100, 100),
        sign_mode: SignMode::Excitatory,
        weight_bits: 8,
        weight_exponent: -8,
        delay: 0,
        seed: 1,
        neuron,
    };
    let Some(table) = table else { return network };
    let modes = [
        ("mixed", SignMode::Mixed),
        ("excitatory", SignMode::Excitatory),
        ("inhibitory", SignMode::Inhibitory),
    ];
    network.sign_mode = table
        .word(found, "sign_mode", &modes)
        .unwrap_or(network.sign_mode);
    let range = match network.sign_mode {
        SignMode::Mixed => (-256, 255),
        SignMode::Excitatory => (0, 255),
        SignMode::Inhibitory => (-255, 0),
    };
    let whole = |table: &mut Table, found: &mut Vec<Finding>, key, range, default: i64| {
        table.whole(found, key, range).unwrap_or(default)
    };
    network.sources = whole(table, found, "sources", (1, 4096), 32) as u32;
    network.targets = whole(table, found, "targets", (1, 1024), 16) as u32;
    network.probability = table
        .number(found, "probability", (0.0, 1.0))
        .unwrap_or(1.0);
    let weights = table
        .span(found, "weights", range)
        .unwrap_or((100.clamp(range.0, range.1), 100.clamp(range.0, range.1)));
    network.weights = (weights.0 as i32, weights.1 as i32);
    network.weight_bits = whole(table, found, "weight_bits", (1, 8), 8) as u8;
    if network.weight_bits == 7 {
        table.complain(
            found,
            "weight_bits",
            "7 does not exist; there are 1..=6 and 8",
        );
    }
    network.weight_exponent = whole(table, found, "weight_exponent", (-8, 7), -8) as i8;
    network.delay = whole(table, found, "delay", (0, 62), 0) as u8;
    network.seed = whole(table, found, "seed", (0, 1 << 50), 1) as u64;
    if let Some(mut table) = table.table(found, "neuron") {
        network.neuron.tau_u = table.number(found, "tau_u", (0.1, 4000.0));
        network.neuron.tau_v = table.number(found, "tau_v", (0.1, 4000.0));
        network.neuron.threshold =
            whole(&mut table, found, "threshold", (0, (1 << 17) - 1), 100) as u32;
        network.neuron.refractory = whole(&mut table, found, "refractory", (1, 63), 1) as u8;
        table.rest(found);
    }
    table.rest(found);
    network
}

fn stimulus(
    table: &mut Table,
    found: &mut Vec<Finding>,
    network: &Network,
    reward: bool,
) -> Stimuli {
    let steps = table.whole(found, "steps", (1, STEPS_MAX)).unwrap_or(1) as u64;
    if !table.has("steps") {
        table.complain(found, "steps", "is missing");
    }
    let mut pattern = |table: &mut Table, key, units| match table.table(found, key) {
        None => Pattern::Silent,
        Some(mut table) => {
            let pattern = self::pattern(&mut table, found, units, steps);
            table.rest(found);
            pattern
        }
    };
    let sources = pattern(table, "sources", network.sources);
    let targets = pattern(table, "targets", network.targets);
    let rewards = pattern(table, "rewards", 1);
    if rewards != Pattern::Silent && !reward {
        table.complain(found, "rewards", "come, but there is no [rule.reward]");
    }
    let seed = table.whole(found, "seed", (0, 1 << 50)).unwrap_or(1) as u64;
    table.rest(found);
    Stimuli {
        steps,
        sources,
        targets,
        rewards,
        seed,
    }
}

fn pattern(table: &mut Table, found: &mut Vec<Finding>, units: u32, steps: u64) -> Pattern {
    let rate = table.number(found, "rate", (0.0, 1.0));
    let every = table.whole(found, "every", (1, STEPS_MAX));
    let phase = table.whole(found, "phase", (1, STEPS_MAX));
    let shift = table.whole(found, "shift", (0, STEPS_MAX));
    let list = table.pairs(found, "spikes");
    let kinds = [table.has("rate"), table.has("every"), table.has("spikes")];
    if kinds.iter().filter(|k| **k).count() != 1 {
        table.complain(
            found,
            "rate",
            "exactly one of rate, every and spikes is needed",
        );
    }
    if !kinds[1] && (phase.is_some() || shift.is_some()) {
        table.complain(found, "phase", "phase and shift go with every");
    }
    if let Some((i, (step, unit))) = list
        .iter()
        .flatten()
        .enumerate()
        .find(|(_, e)| e.1 >= units || e.0 < 1 || e.0 > steps)
    {
        let problem = format!(
            "spike {}: step {step} of unit {unit}; steps are 1..={steps}, units 0..={}",
            i + 1,
            units - 1
        );
        table.complain(found, "spikes", problem);
    }
    match (rate, every, list) {
        (Some(rate), ..) => Pattern::Rate(rate),
        (_, Some(every), _) => Pattern::Every {
            every: every as u64,
            phase: phase.unwrap_or(1) as u64,
            shift: shift.unwrap_or(0) as u64,
        },
        (_, _, Some(list)) => Pattern::List(list),
        _ => Pattern::Silent,
    }
}

fn tolerances(table: &Table, found: &mut Vec<Finding>) -> Vec<Tolerance> {
    let mut out = vec![];
    for (line, key, limit) in table.numbers(found) {
        match Quantity::ALL.into_iter().find(|q| q.1 == key) {
            Some((quantity, ..)) => out.push(Tolerance { quantity, limit }),
            None => {
                let known: Vec<&str> = Quantity::ALL.iter().map(|q| q.1).collect();
                found.push(table.at(
                    line,
                    &key,
                    format!("is unknown; there are {}", known.join(", ")),
                ));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = "pairs"
[rule]
dw = "2^-2*x1*y0 - 2^-2*y1*x0"
x1 = { impulse = 16.5, tau = 20 }
y1 = { impulse = 16, k = 4000 }
[network]
weights = [80, 120]
[stimulus]
steps = 200
sources = { rate = 0.02 }
targets = { every = 10, phase = 3, shift = 1 }
[tolerance]
weight_mean = 1.5
cosine_min = 0.9
"#;

    #[test]
    fn a_file_is_what_it_says() {
        let file = read(GOOD).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(
            file.rule.x1.map(|t| (t.impulse, t.impulse_fraction, t.tau)),
            Some((16, 64, Some(20.0)))
        );
        assert_eq!((file.network.weights, file.every), ((80, 120), 2));
        assert_eq!(
            file.stimulus.targets,
            Pattern::Every {
                every: 10,
                phase: 3,
                shift: 1
            }
        );
        assert_eq!(file.tolerances.len(), 2);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_with_its_line() {
        let text = r#"titel = "x"
[rule]
dw = "2^-2*x1*z0"
dt = "x2*y0*u0 + t*u1"
profile = "loihi3"
epoch = 64
[rule.x1]
impulse = 16.3
[network]
sources = 0
weight_bits = 7
weights = [10, 300]
[stimulus]
steps = "many"
rewards = { rate = 2 }
[tolerance]
wieght_mean = 1
"#;
        let found = read(text).expect_err("nearly all is wrong");
        let lines: Vec<(usize, &str)> = found.iter().map(|f| (f.line, f.key.as_str())).collect();
        for wanted in [
            (1, "titel"),
            (3, "rule.dw"),
            (4, "rule.dt"),
            (5, "rule.profile"),
            (6, "rule.epoch"),
            (7, "rule.x1.tau"),
            (8, "rule.x1.impulse"),
            (10, "network.sources"),
            (11, "network.weight_bits"),
            (12, "network.weights"),
            (14, "stimulus.steps"),
            (15, "stimulus.rewards.rate"),
            (17, "tolerance.wieght_mean"),
        ] {
            assert!(
                lines.contains(&wanted),
                "{wanted:?} is not among {found:#?}"
            );
        }
        let dw = found.iter().find(|f| f.key == "rule.dw").expect("found");
        assert!(
            dw.to_string()
                .contains("line 3: rule.dw: character 9: unknown symbol 'z0'"),
            "{dw}"
        );
    }

    #[test]
    fn syntax_is_said_with_its_line() {
        let found = read("title = \"a\"\n[rule\ndw = 3\nx = = 4\n").expect_err("broken");
        assert!(
            found.iter().any(|f| f.line == 2) && found.iter().any(|f| f.line == 4),
            "{found:?}"
        );
    }

    #[test]
    fn no_text_makes_the_reader_fail() {
        let mut state = 1u64;
        let mut next = |n: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        for _ in 0..3000 {
            let mut bytes = GOOD.as_bytes().to_vec();
            for _ in 0..1 + next(4) {
                let at = next(bytes.len());
                let what = b"0=[]{}\"x-.\n"[next(11)];
                bytes[at] = what;
            }
            if let Err(found) = read(&String::from_utf8_lossy(&bytes)) {
                assert!(!found.is_empty());
            }
        }
    }
}
