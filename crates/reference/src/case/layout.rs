//! From JSON to a case that can be run: parse, then prove, then run.

use serde_json::Value;

use super::finding::{CaseError, Finding};
use super::reader::{Reader, Section, whole};
use super::stimulus::read_sequences;
use crate::eprop::{
    Feedback, Gain, Loss, Method, Network, Optimiser, Rule, Sequence, Training, Weights,
};

/// States kept of one sequence may number this many at most (64 Mi, half a gigabyte a variable).
const STATES_MAX: usize = 1 << 26;
const COUNT_MAX: usize = 1 << 32;
/// The runs of a whole batch are held at once.
const BATCH_MAX: usize = 1 << 16;

/// Everything a case file says.
#[derive(Debug, Clone)]
pub struct Case {
    /// The network's settings.
    pub network: Network,
    /// The training's settings.
    pub training: Training,
    /// Sequences per update.
    pub batch: usize,
    /// Initial weights.
    pub weights: Weights,
    /// Feedback weights.
    pub feedback: Feedback,
    /// The sequences given; run in this order, over and over.
    pub sequences: Vec<Sequence>,
    /// How many sequences the file asks to run.
    pub sequences_to_run: usize,
    /// Keys of `params` that nothing reads.
    pub ignored: Vec<String>,
}

/// Reads a case, or lists everything that is wrong with it.
pub fn read_case(json: &Value) -> Result<Case, CaseError> {
    let mut reader = Reader::default();
    match read(&mut reader, json) {
        Some(case) if reader.findings.is_empty() => Ok(Case {
            ignored: reader.ignored,
            ..case
        }),
        _ => Err(CaseError::Findings(reader.findings)),
    }
}

fn read(reader: &mut Reader, json: &Value) -> Option<Case> {
    let Value::Object(entries) = json else {
        return reader.kind("(file)".into(), "an object", json);
    };
    let root = Section { entries, path: "" };
    let weights = read_weights(reader, root);
    let params = reader.object(root, "params");
    let params = Section {
        entries: params?,
        path: "params",
    };
    let shape = weights
        .as_ref()
        .map(|w| [w.w_in.cols(), w.w_in.rows(), w.w_out.rows()]);
    check_counts(reader, root, shape);
    let network = read_network(reader, params, shape);
    let optimiser = read_optimiser(reader, params);
    let batch = reader.count(params, "batch", [1, BATCH_MAX], Some(1));
    let readout_decay = reader.number(params, &["readout_decay"], [0.0, f64::MAX], Some(0.0));
    let feedback = read_feedback(reader, root, params, shape);
    reader.note_unknown(params, KNOWN_PARAMS);
    let network = network?;
    let stimulus = read_sequences(reader, root, &network, batch.unwrap_or(1));
    let (sequences, sequences_to_run) = stimulus?;
    let training = Training {
        optimiser: optimiser?,
        readout_decay: readout_decay?,
        method: Method::Traces,
    };
    Some(Case {
        network,
        training,
        batch: batch?,
        weights: weights?,
        feedback: feedback?,
        sequences,
        sequences_to_run,
        ignored: Vec::new(),
    })
}

const KNOWN_PARAMS: &[&str] = &[
    "T",
    "LW",
    "tau_m",
    "tau_out",
    "tau_a",
    "rec_regular_arrival",
    "readout_regular_arrival",
    "beta",
    "v_th",
    "h",
    "w",
    "ref",
    "loss",
    "c_reg",
    "f_target",
    "avg",
    "batch",
    "optimizer",
    "feedback",
    "readout_decay",
    "strict_threshold",
];

/// How many neurons there are: what most of the matrices and n_rec say, W_in where none has a
/// majority.
fn neurons(root: Section, within: Section) -> Option<usize> {
    let rows = |key| within.get(&[key]).and_then(|(_, value)| value.as_array());
    let length = |items: Option<&Vec<Value>>| items.map(Vec::len);
    let width = |key| length(rows(key).and_then(|rows| rows.first()?.as_array()));
    let written = root.get(&["n_rec"]).and_then(|(_, value)| whole(value));
    let said = [
        length(rows("w_in")),
        length(rows("w_rec")),
        width("w_rec"),
        width("w_out"),
        written,
    ];
    let votes = |n: usize| said.iter().filter(|s| **s == Some(n)).count();
    said.into_iter().flatten().rev().max_by_key(|n| votes(*n))
}

/// The matrices, which must agree on how many neurons there are.
fn read_weights(reader: &mut Reader, root: Section) -> Option<Weights> {
    let within = Section {
        entries: reader.object(root, "weights")?,
        path: "weights",
    };
    let n = neurons(root, within);
    let w_in = reader.matrix(within, "w_in", n, None);
    let w_rec = reader.matrix(within, "w_rec", n, n);
    let w_out = reader.matrix(within, "w_out", None, n);
    let weights = Weights {
        w_in: w_in?,
        w_rec: w_rec?,
        w_out: w_out?,
    };
    for (path, rows) in [
        ("weights.w_in", weights.w_in.rows()),
        ("weights.w_out", weights.w_out.rows()),
    ] {
        if rows == 0 {
            return reader.file(Finding::Length {
                path: path.into(),
                expected: 1,
                found: 0,
            });
        }
    }
    Some(weights)
}

/// n_in, n_rec and n_out, where written, must be those of the matrices.
fn check_counts(reader: &mut Reader, root: Section, shape: Option<[usize; 3]>) {
    for (key, at) in [("n_in", 0), ("n_rec", 1), ("n_out", 2)] {
        let written = reader.count(root, key, [0, COUNT_MAX], Some(usize::MAX));
        let (Some(written), Some(shape)) = (written, shape) else {
            continue;
        };
        if written != usize::MAX && written != shape[at] {
            let reason = format!("{written}, but the weights have {}", shape[at]);
            reader.findings.push(Finding::Conflict {
                path: key.into(),
                reason,
            });
        }
    }
}

fn read_network(
    reader: &mut Reader,
    params: Section,
    shape: Option<[usize; 3]>,
) -> Option<Network> {
    const POSITIVE: [f64; 2] = [f64::MIN_POSITIVE, f64::MAX];
    const NOT_NEGATIVE: [f64; 2] = [0.0, f64::MAX];
    let width = shape.map_or(1, |s| s.iter().sum::<usize>().max(1));
    let steps = reader.count(params, "T", [1, STATES_MAX / width], None);
    let window = reader.count(
        params,
        "LW",
        [1, steps.unwrap_or(STATES_MAX)],
        Some(steps.unwrap_or(1)),
    );
    let tau_m = reader.number(params, &["tau_m"], POSITIVE, None);
    let tau_out = reader.number(params, &["tau_out"], POSITIVE, None);
    let beta = read_adaptation(reader, params, shape.map(|s| s[1]));
    let adapts = beta.as_ref().is_some_and(|b| b.iter().any(|x| *x != 0.0));
    let tau_a = reader.number(
        params,
        &["tau_a"],
        POSITIVE,
        if adapts { None } else { Some(1.0) },
    );
    let threshold = reader.number(params, &["v_th"], POSITIVE, None);
    let v_th = threshold.unwrap_or(1.0);
    let height = reader.number(params, &["h"], NOT_NEGATIVE, Some(0.3 / v_th));
    let surrogate_width = reader.number(params, &["w"], POSITIVE, Some(v_th));
    let refractory = reader.count(params, "ref", [0, u32::MAX as usize], Some(0));
    let recurrent_unit = reader.flag(params, "rec_regular_arrival", true);
    let readout_unit = reader.flag(params, "readout_regular_arrival", false);
    let strict = reader.flag(params, "strict_threshold", false);
    let loss = read_loss(reader, params);
    let c_reg = reader.number(params, &["c_reg"], NOT_NEGATIVE, Some(0.0));
    let rate_target = reader.number(params, &["f_target"], NOT_NEGATIVE, Some(10.0));
    let average = reader.flag(params, "avg", false);
    let [inputs, _, outputs] = shape?;
    Some(Network {
        inputs,
        outputs,
        sequence_steps: steps?,
        learning_window_steps: window?,
        tau_membrane_ms: tau_m?,
        tau_readout_ms: tau_out?,
        tau_adaptation_ms: tau_a?,
        recurrent_gain: gain(recurrent_unit?),
        readout_gain: gain(readout_unit?),
        adaptation_strength: beta?,
        threshold: threshold?,
        surrogate_height: height?,
        surrogate_width: surrogate_width?,
        refractory_steps: refractory? as u32,
        spikes_at_equality: !strict?,
        loss: loss?,
        rate_regularisation: c_reg?,
        rate_target_hz: rate_target?,
        average_gradient: average?,
    })
}

fn gain(unit: bool) -> Gain {
    if unit {
        Gain::Unit
    } else {
        Gain::OneMinusDecay
    }
}

fn read_loss(reader: &mut Reader, params: Section) -> Option<Loss> {
    match reader.word(params, "loss")? {
        "mse" | "mean_squared_error" => Some(Loss::MeanSquared),
        "ce" | "cross_entropy" => Some(Loss::CrossEntropy),
        other => {
            let value = other.to_string();
            reader.file(Finding::Choice {
                path: params.at("loss"),
                value,
                allowed: "mse, ce",
            })
        }
    }
}

/// beta: absent (LIF), one number for all, or one for each neuron.
fn read_adaptation(
    reader: &mut Reader,
    params: Section,
    neurons: Option<usize>,
) -> Option<Vec<f64>> {
    let path = params.at("beta");
    match params.get(&["beta"]) {
        None => Some(vec![0.0; neurons?]),
        Some((_, value @ Value::Number(_))) => {
            let beta = value.as_f64().filter(|b| b.is_finite());
            let beta = beta.or_else(|| reader.kind(path, "a finite number", value))?;
            Some(vec![beta; neurons?])
        }
        Some((_, value)) => {
            let beta = reader.numbers(&path, value)?;
            let expected = neurons?;
            if beta.len() == expected {
                return Some(beta);
            }
            reader.file(Finding::Length {
                path,
                expected,
                found: beta.len(),
            })
        }
    }
}

fn read_feedback(
    reader: &mut Reader,
    root: Section,
    params: Section,
    shape: Option<[usize; 3]>,
) -> Option<Feedback> {
    let entries = root.get(&["weights"])?.1.as_object()?;
    let within = Section {
        entries,
        path: "weights",
    };
    let given = within.get(&["B_rec_by_out"]).is_some();
    let kind = match params.get(&["feedback"]) {
        Some(_) => reader.word(params, "feedback")?,
        None if given => "random",
        None => "symmetric",
    };
    if !["symmetric", "random", "adaptive"].contains(&kind) {
        let (path, value) = (params.at("feedback"), kind.to_string());
        return reader.file(Finding::Choice {
            path,
            value,
            allowed: "symmetric, random, adaptive",
        });
    }
    if kind == "symmetric" {
        return Some(Feedback::Symmetric);
    }
    let b = reader.matrix(
        within,
        "B_rec_by_out",
        shape.map(|s| s[1]),
        shape.map(|s| s[2]),
    )?;
    Some(if kind == "adaptive" {
        Feedback::Adaptive(b)
    } else {
        Feedback::Random(b)
    })
}

const ETA: &[&str] = &["eta", "lr"];
const BETA_1: &[&str] = &["beta_1", "beta1", "b1"];
const BETA_2: &[&str] = &["beta_2", "beta2", "b2"];
const EPSILON: &[&str] = &["epsilon", "eps"];
const WEIGHT_MIN: &[&str] = &["w_min", "Wmin"];
const WEIGHT_MAX: &[&str] = &["w_max", "Wmax"];

fn read_optimiser(reader: &mut Reader, params: Section) -> Option<Optimiser> {
    let path = params.at("optimizer");
    let entries = reader.object(params, "optimizer")?;
    let within = Section {
        entries,
        path: &path,
    };
    let known = [
        &["type"],
        ETA,
        BETA_1,
        BETA_2,
        EPSILON,
        WEIGHT_MIN,
        WEIGHT_MAX,
    ]
    .concat();
    reader.note_unknown(within, &known);
    let eta = reader.number(within, ETA, [0.0, f64::MAX], None);
    let rule = read_rule(reader, within);
    let any = [f64::MIN, f64::MAX];
    let low = reader.number(within, WEIGHT_MIN, any, Some(-100.0));
    let high = reader.number(within, WEIGHT_MAX, any, Some(100.0));
    let (weight_min, weight_max) = (low?, high?);
    if weight_min > weight_max {
        let reason = format!("{weight_min} lies above w_max, {weight_max}");
        return reader.file(Finding::Conflict {
            path: within.at("w_min"),
            reason,
        });
    }
    Some(Optimiser {
        weight_min,
        weight_max,
        rule: rule?,
        ..Optimiser::gradient_descent(eta?)
    })
}

fn read_rule(reader: &mut Reader, within: Section) -> Option<Rule> {
    let below_one = [0.0, 1.0 - f64::EPSILON];
    let beta_1 = reader.number(within, BETA_1, below_one, Some(0.9));
    let beta_2 = reader.number(within, BETA_2, below_one, Some(0.999));
    let epsilon = reader.number(within, EPSILON, [0.0, f64::MAX], Some(1e-8));
    match reader.word(within, "type")? {
        "gd" | "gradient_descent" => Some(Rule::GradientDescent),
        "adam" => Some(Rule::Adam {
            beta_1: beta_1?,
            beta_2: beta_2?,
            epsilon: epsilon?,
        }),
        other => {
            let (path, value) = (within.at("type"), other.to_string());
            reader.file(Finding::Choice {
                path,
                value,
                allowed: "gd, adam",
            })
        }
    }
}
