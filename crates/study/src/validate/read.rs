//! The reader of rule files. It goes on after each finding, so that everything that is wrong is
//! said at once, with its line and its key.

use super::file::*;
use super::meaning::{LawName, LawSettings, Meaning};
use super::numbers::OwnNumbers;
use seamount_diagnose::{Fault, Field, Fields, Finding, Findings, TomlNode, TomlText};
use seamount_network::netlist::{DwRounding, LearningProfile, LearningRule, SignMode, Trace};
use seamount_rules::{Origin, Variable};

/// A table of a rule file.
pub type Table<'f, 't> = Fields<'f, TomlNode<'t>>;

/// Most steps of a run.
const STEPS_MAX: i64 = 1_000_000;
/// Most synapses.
const SYNAPSES_MAX: u64 = 200_000;
/// Most synapse steps: what the comparison looks at.
const WORK_MAX: u64 = 200_000_000;
/// Most spikes of a list.
const LISTED_MAX: usize = 10_000_000;
/// Largest seed that a file can state.
pub const SEED_MAX: i64 = 1 << 50;

/// Reads the text of a rule file.
///
/// # Errors
/// Everything that is wrong with it, in order of lines.
pub fn read(text: &str) -> Result<RuleFile, Vec<Finding>> {
    read_as(text, |root| file(root, FloatSide::OfFile))
}

/// Where the float side of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FloatSide {
    /// In the file: its text, or what a table `reference` names.
    OfFile,
    /// With the caller, who has functions; a table `reference` is a key too many.
    OfCaller,
}

/// Reads the text of a TOML file with a reader of its root.
///
/// # Errors
/// Everything that is wrong with the text, with what the reader found and with keys that nothing
/// has read, in order of lines.
pub fn read_as<T>(
    text: &str,
    file: impl for<'f, 't> Fn(&Table<'f, 't>) -> T,
) -> Result<T, Vec<Finding>> {
    let text = TomlText::new(text)?;
    let found = Findings::new();
    let root = Fields::root(text.root(), &found);
    let file = file(&root);
    root.finish();
    if found.is_empty() {
        return Ok(file);
    }
    let mut found = found.into_vec();
    found.sort_by_key(|finding| finding.place.position);
    found.dedup();
    Err(found)
}

/// Reads a rule file from its root; `side` says whether it may have a table `reference`.
pub fn file(root: &Table, side: FloatSide) -> RuleFile {
    let title = root.may("title").text();
    let title = title.map_or_else(|| "a rule".into(), Into::into);
    let rule_field = root.may("rule");
    if !rule_field.is_present() {
        let problem = "is missing: it has dw, dd, dt and the traces (or eprop, with a task)";
        root.found()
            .add(rule_field.place(), Fault::Missing, problem);
    }
    let plasticity = rule_field.table().map(|table| plasticity(&table));
    let plasticity = plasticity.unwrap_or_else(|| Plasticity::of(LearningRule::new("rule")));
    let network = network(root.may("network").table());
    let stimulus = stimulus(root, &network, plasticity.reward.is_some());
    let synapses = u64::from(network.sources) * u64::from(network.targets);
    if synapses > SYNAPSES_MAX || synapses * stimulus.steps > WORK_MAX {
        root.may("network").rule(format!(
            "{synapses} pairs over {} steps; at most {SYNAPSES_MAX} pairs and {WORK_MAX} \
            pair-steps",
            stimulus.steps
        ));
    }
    let spikes = root.may("float").table().map_or(Spikes::Chip, |table| {
        let words = [("chip", Spikes::Chip), ("own", Spikes::Own)];
        let spikes = table.may("spikes").word(&words).unwrap_or(Spikes::Chip);
        table.finish();
        spikes
    });
    if network.neuron.tau_u.is_some() && stimulus.targets != Pattern::Silent {
        root.may("stimulus").rule(
            "targets are made to spike through u: with network.neuron.tau_u they would not stop",
        );
    }
    let every = root.may("report").table().and_then(|table| {
        let every = table.may("every").whole_number(1..=STEPS_MAX);
        table.finish();
        every
    });
    let known = |key: &str| Quantity::ALL.into_iter().find(|q| q.wording().key == key);
    let keys: Vec<&str> = Quantity::ALL.iter().map(|q| q.wording().key).collect();
    let limits = limits(root, &keys);
    let limit = |(key, limit): (String, f64)| Tolerance {
        quantity: known(&key).expect("only known keys are read"),
        limit,
    };
    RuleFile {
        title,
        rule: plasticity.rule,
        narrow: plasticity.narrow,
        on_chip: None,
        meaning: match side {
            FloatSide::OfFile => meaning(root, spikes),
            FloatSide::OfCaller => Meaning::Text,
        },
        reward: plasticity.reward,
        every: every.map_or(stimulus.steps.div_ceil(100), |e| e as u64),
        network,
        stimulus,
        spikes,
        tolerances: limits.into_iter().map(limit).collect(),
    }
}

/// The table `reference`: a rule of the literature with its parameters, or an array.
fn meaning(root: &Table, spikes: Spikes) -> Meaning {
    let Some(table) = root.may("reference").table() else {
        return Meaning::Text;
    };
    let rule = table.may("rule");
    let changes = table.may("dw");
    if rule.is_present() == changes.is_present() {
        rule.rule("exactly one of rule and dw is needed");
    }
    if spikes == Spikes::Own {
        rule.rule("a reference sees the chip's spikes: float.spikes must be \"chip\"");
    }
    let path = changes
        .text()
        .map(|path| Meaning::Changes(OwnNumbers::File(path.as_ref().into())));
    let law = rule.word(&LawName::WORDS).map(|name| {
        let parameter = |key: &&'static str| {
            let positive = key.starts_with("tau");
            let field = table.need(key);
            let value = match positive {
                true => field.number_that("above 0", |value| value > 0.0),
                false => field.any_number(),
            };
            Some((*key, value?))
        };
        let parameters = name.parameters().iter().filter_map(parameter).collect();
        Meaning::Law(LawSettings { name, parameters })
    });
    table.finish();
    law.or(path).unwrap_or_default()
}

/// The table `tolerance`: each known key with its limit, in the order of the file.
pub fn limits(root: &Table, keys: &[&str]) -> Vec<(String, f64)> {
    let Some(table) = root.may("tolerance").table() else {
        return vec![];
    };
    let mut limits = vec![];
    for (key, field) in table.rest() {
        if keys.contains(&key.as_ref()) {
            let place = field.place();
            let Some(limit) = field.any_number() else {
                continue;
            };
            // the least that is wanted may be below 0, the most that is allowed cannot
            if limit < 0.0 && !key.ends_with("_min") {
                let problem = format!("{limit} is below 0, and no error is");
                root.found().add(place, Fault::OutOfRange, problem);
            }
            limits.push((key.to_string(), limit));
        } else {
            root.found().unknown_field(field.place(), &key, keys);
        }
    }
    limits
}

/// The table `rule`.
struct Plasticity {
    rule: LearningRule,
    narrow: Option<Texts>,
    reward: Option<RewardSettings>,
}

impl Plasticity {
    fn of(rule: LearningRule) -> Self {
        Plasticity {
            rule,
            narrow: None,
            reward: None,
        }
    }
}

fn plasticity(table: &Table) -> Plasticity {
    let mut out = Plasticity::of(LearningRule::new("rule"));
    let rule = &mut out.rule;
    let texts = texts(table);
    if texts == Texts::default() {
        let problem = "is missing, and so are dd and dt";
        let place = table.may("dw").place();
        table.found().add(place, Fault::Missing, problem);
    }
    let profiles = [
        ("wide", LearningProfile::Wide),
        ("loihi1", LearningProfile::Loihi1),
    ];
    // what is written in a file is what a chip that exists computes, unless the file says otherwise
    let profile = table.may("profile").word(&profiles);
    rule.profile = profile.unwrap_or(LearningProfile::Loihi1);
    let epoch = table.may("epoch").whole_number(1..=63);
    rule.epoch = epoch.map_or(1, |e| e as u8);
    let roundings = [
        ("stochastic", DwRounding::Stochastic),
        ("away_from_zero", DwRounding::AwayFromZero),
        ("toward_zero", DwRounding::TowardZero),
    ];
    let rounding = table.may("rounding").word(&roundings);
    rule.dw_rounding = rounding.unwrap_or_default();
    rule.d_is_tag = table.may("d_is_tag").flag().unwrap_or(false);
    let before = table.may("x_before_impulse");
    rule.x_before_impulse = before.flag().unwrap_or(false);
    if rule.x_before_impulse && rule.epoch != 1 {
        before.rule("needs epoch 1");
    }
    for (name, place) in [
        ("x1", &mut rule.x1),
        ("x2", &mut rule.x2),
        ("y1", &mut rule.y1),
        ("y2", &mut rule.y2),
        ("y3", &mut rule.y3),
    ] {
        *place = table.may(name).table().map(trace);
    }
    out.reward = table.may("reward").table().map(|table| {
        let impulse = table.may("impulse").whole_number(-64..=63).unwrap_or(0) as i8;
        let decay = decay(&table);
        table.finish();
        RewardSettings { decay, impulse }
    });
    check(table, &texts, &out);
    out.narrow = table.may("loihi1").table().map(|narrow| {
        let texts = self::texts(&narrow);
        check(&narrow, &texts, &out);
        narrow.finish();
        texts
    });
    texts.put(&mut out.rule);
    out
}

fn texts(table: &Table) -> Texts {
    let text = |key| table.may(key).text().map(Into::into);
    Texts {
        dw: text("dw"),
        dd: text("dd"),
        dt: text("dt"),
    }
}

/// The texts of a rule are parsed here already, so that their findings come with the others.
fn check(table: &Table, texts: &Texts, plasticity: &Plasticity) {
    let mut decimation: Option<u8> = None;
    for (key, text) in [("dw", &texts.dw), ("dd", &texts.dd), ("dt", &texts.dt)] {
        let Some(text) = text else { continue };
        let field = table.may(key);
        let parsed = match seamount_rules::parse(text) {
            Ok(parsed) => parsed,
            Err(errors) => {
                errors.iter().for_each(|e| field.rule(e.to_string()));
                continue;
            }
        };
        let symbols = parsed.symbols.iter();
        for (variable, at) in symbols.filter(|s| !defined(s.0, plasticity)) {
            let table_name = match variable.origin() {
                Origin::Reward => "reward",
                _ => variable.name(),
            };
            field.rule(format!(
                "character {}: {} is used, but there is no [rule.{table_name}]",
                at + 1,
                variable.name()
            ));
        }
        if let Some((k, at)) = parsed.decimation {
            let other = *decimation.get_or_insert(k);
            if other != k {
                field.rule(format!(
                    "character {}: u{k} here and u{other} before: a rule set has one k",
                    at + 1
                ));
            }
        }
    }
}

fn defined(variable: Variable, plasticity: &Plasticity) -> bool {
    let rule = &plasticity.rule;
    match variable.origin() {
        Origin::PreTrace(which) => [rule.x1, rule.x2][which].is_some(),
        Origin::PostTrace(which) => rule.post()[which].is_some(),
        Origin::Reward => plasticity.reward.is_some(),
        Origin::PreSpike | Origin::PostSpike => true,
        Origin::Weight | Origin::Delay | Origin::Tag => true,
    }
}

fn decay(table: &Table) -> Decay {
    let tau = table.may("tau");
    let k = table.may("k");
    let tau_value = tau.number(1e-3..=1e9);
    let k_value = k.whole_number(0..=4096);
    match (tau.is_present(), k.is_present()) {
        (true, false) => Decay::Tau(tau_value.unwrap_or(1.0)),
        (false, true) => Decay::K(k_value.unwrap_or(0) as u16),
        _ => {
            tau.rule("exactly one of tau and k is needed");
            Decay::Tau(1.0)
        }
    }
}

fn trace(table: Table) -> Trace {
    let field = table.need("impulse");
    let impulse = field.number(0.0..=127.0 + 127.0 / 128.0);
    let parts = impulse.unwrap_or(0.0) * 128.0;
    if parts.fract() != 0.0 {
        field.rule("is no multiple of 1/128");
    }
    let mut trace = Trace {
        impulse: (parts / 128.0) as u8,
        impulse_fraction: (parts % 128.0) as u8,
        ..Trace::default()
    };
    match decay(&table) {
        Decay::Tau(tau) => trace.tau = Some(tau),
        Decay::K(k) => trace.k = Some(k),
    }
    table.finish();
    trace
}

fn network(table: Option<Table>) -> Network {
    let mut network = Network::default();
    let Some(table) = table else { return network };
    let modes = [
        ("mixed", SignMode::Mixed),
        ("excitatory", SignMode::Excitatory),
        ("inhibitory", SignMode::Inhibitory),
    ];
    let mode = table.may("sign_mode").word(&modes);
    network.sign_mode = mode.unwrap_or(network.sign_mode);
    let range = match network.sign_mode {
        SignMode::Mixed => (-256, 255),
        SignMode::Excitatory => (0, 255),
        SignMode::Inhibitory => (-255, 0),
    };
    let whole = |table: &Table, key, low: i64, high: i64, default: i64| {
        table.may(key).whole_number(low..=high).unwrap_or(default)
    };
    network.sources = whole(&table, "sources", 1, 4096, 32) as u32;
    network.targets = whole(&table, "targets", 1, 1024, 16) as u32;
    let probability = table.may("probability").number(0.0..=1.0);
    network.probability = probability.unwrap_or(1.0);
    let usual = 100.clamp(range.0, range.1);
    let weights = span(&table.may("weights"), range).unwrap_or((usual, usual));
    network.weights = (weights.0 as i32, weights.1 as i32);
    network.weight_bits = whole(&table, "weight_bits", 1, 8, 8) as u8;
    if network.weight_bits == 7 {
        let bits = table.may("weight_bits");
        bits.rule("7 does not exist; there are 1..=6 and 8");
    }
    network.weight_exponent = whole(&table, "weight_exponent", -8, 7, -8) as i8;
    network.delay = whole(&table, "delay", 0, 62, 0) as u8;
    network.seed = whole(&table, "seed", 0, SEED_MAX, 1) as u64;
    if let Some(table) = table.may("neuron").table() {
        network.neuron.tau_u = table.may("tau_u").number(0.1..=4000.0);
        network.neuron.tau_v = table.may("tau_v").number(0.1..=4000.0);
        network.neuron.threshold = whole(&table, "threshold", 0, (1 << 17) - 1, 100) as u32;
        network.neuron.refractory = whole(&table, "refractory", 1, 63, 1) as u8;
        table.finish();
    }
    table.finish();
    network
}

/// One whole number or two, low and high.
fn span(field: &Field<TomlNode>, range: (i64, i64)) -> Option<(i64, i64)> {
    use seamount_diagnose::{Tree, View};
    if field.node()?.view() != View::List {
        return field.whole_number(range.0..=range.1).map(|w| (w, w));
    }
    let ends = field.items()?;
    let ends: Option<Vec<i64>> = ends
        .iter()
        .map(|end| end.whole_number(range.0..=range.1))
        .collect();
    match ends?[..] {
        [low, high] if low <= high => Some((low, high)),
        _ => {
            field.rule("is neither a whole number nor [lowest, highest]");
            None
        }
    }
}

fn stimulus(root: &Table, network: &Network, reward: bool) -> Stimuli {
    let field = root.may("stimulus");
    if !field.is_present() {
        let problem = "is missing: it has steps, sources, targets, rewards";
        root.found().add(field.place(), Fault::Missing, problem);
    }
    let Some(table) = field.table() else {
        return Stimuli::silent();
    };
    let steps = table.need("steps").whole_number(1..=STEPS_MAX).unwrap_or(1) as u64;
    let pattern = |key, units| match table.may(key).table() {
        None => Pattern::Silent,
        Some(table) => pattern(table, units, steps),
    };
    let sources = pattern("sources", network.sources);
    let targets = pattern("targets", network.targets);
    let rewards = pattern("rewards", 1);
    if rewards != Pattern::Silent && !reward {
        let field = table.may("rewards");
        field.rule("come, but there is no [rule.reward]");
    }
    let seed = table.may("seed").whole_number(0..=SEED_MAX).unwrap_or(1) as u64;
    table.finish();
    Stimuli {
        steps,
        sources,
        targets,
        rewards,
        seed,
    }
}

fn pattern(table: Table, units: u32, steps: u64) -> Pattern {
    let rate_field = table.may("rate");
    let every_field = table.may("every");
    let list_field = table.may("spikes");
    let rate = rate_field.number(0.0..=1.0);
    let every = every_field.whole_number(1..=STEPS_MAX);
    let phase = table.may("phase").whole_number(1..=STEPS_MAX);
    let shift = table.may("shift").whole_number(0..=STEPS_MAX);
    let list = spikes(&list_field, units, steps);
    let kinds = [&rate_field, &every_field, &list_field];
    if kinds.iter().filter(|k| k.is_present()).count() != 1 {
        rate_field.rule("exactly one of rate, every and spikes is needed");
    }
    if !every_field.is_present() && (phase.is_some() || shift.is_some()) {
        table.may("phase").rule("phase and shift go with every");
    }
    table.finish();
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

/// A list of [step, unit].
fn spikes(field: &Field<TomlNode>, units: u32, steps: u64) -> Option<Vec<(u64, u32)>> {
    let items = field.items()?;
    if items.len() > LISTED_MAX {
        field.rule(format!("{} spikes, at most {LISTED_MAX}", items.len()));
        return None;
    }
    let pair = |item: &Field<TomlNode>| {
        let ends = item.items_of(2)?;
        let step = ends[0].whole_number(1..=steps as i64)?;
        let unit = ends[1].whole_number(0..=i64::from(units) - 1)?;
        Some((step as u64, unit as u32))
    };
    items.iter().map(pair).collect()
}
