//! From JSON to a case that can be run: parse, then prove, then run.

use seamount_diagnose::{Field, Findings};
use serde_json::Value;

use super::error::CaseError;
use super::stimulus::read_sequences;
use super::values::{Bound, Object, count, flag, matrix, number, whole};
use crate::eprop::{
    Descent, EpropNetwork, Feedback, Gain, Loss, Method, Optimiser, Sequence, Training, Weights,
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
    pub network: EpropNetwork,
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
    let found = Findings::new();
    match read(&found, json) {
        Some(case) if found.is_empty() => Ok(case),
        _ => Err(CaseError::Findings(found.into_vec())),
    }
}

fn read(found: &Findings, json: &Value) -> Option<Case> {
    let root = Field::whole(json, found).table()?;
    let weights = read_weights(&root);
    let params = root.need("params").table()?;
    let shape = weights
        .as_ref()
        .map(|w| [w.w_in.cols(), w.w_in.rows(), w.w_out.rows()]);
    check_counts(&root, shape);
    let network = read_network(&params, shape);
    let optimiser = params.need("optimizer").table();
    let (optimiser, mut ignored) = match &optimiser {
        Some(fields) => (read_optimiser(fields), fields.ignored()),
        None => (None, vec![]),
    };
    let batch = count(&params, "batch", [1, BATCH_MAX], Some(1));
    let readout_decay = number(&params, &["readout_decay"], Bound::NotNegative, Some(0.0));
    let feedback = read_feedback(&root, &params, shape);
    ignored.extend(params.ignored());
    let network = network?;
    let stimulus = read_sequences(&root, &network, batch.unwrap_or(1));
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
        ignored,
    })
}

/// How many neurons there are: what most of the matrices and n_rec say, W_in where none has a
/// majority.
fn neurons(root: &Object, within: &Object) -> Option<usize> {
    let rows = |key| within.node().get(key).and_then(Value::as_array);
    let length = |items: Option<&Vec<Value>>| items.map(Vec::len);
    let width = |key| length(rows(key).and_then(|rows| rows.first()?.as_array()));
    let written = root.node().get("n_rec").and_then(whole);
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
fn read_weights(root: &Object) -> Option<Weights> {
    let within = root.need("weights").table()?;
    let n = neurons(root, &within);
    let w_in = matrix(&within, "w_in", n, None);
    let w_rec = matrix(&within, "w_rec", n, n);
    let w_out = matrix(&within, "w_out", None, n);
    let weights = Weights {
        w_in: w_in?,
        w_rec: w_rec?,
        w_out: w_out?,
    };
    for (name, rows) in [
        ("w_in", weights.w_in.rows()),
        ("w_out", weights.w_out.rows()),
    ] {
        if rows == 0 {
            within.may(name).rule("has no rows, wanted at least 1");
            return None;
        }
    }
    Some(weights)
}

/// n_in, n_rec and n_out, where written, must be those of the matrices.
fn check_counts(root: &Object, shape: Option<[usize; 3]>) {
    for (name, at) in [("n_in", 0), ("n_rec", 1), ("n_out", 2)] {
        let field = root.may(name);
        if !field.is_present() {
            continue;
        }
        let written = count(root, name, [0, COUNT_MAX], None);
        if let (Some(written), Some(shape)) = (written, shape)
            && written != shape[at]
        {
            field.rule(format!("{written}, but the weights have {}", shape[at]));
        }
    }
}

fn read_network(params: &Object, shape: Option<[usize; 3]>) -> Option<EpropNetwork> {
    let width = shape.map_or(1, |s| s.iter().sum::<usize>().max(1));
    let steps = count(params, "T", [1, STATES_MAX / width], None);
    let window = count(
        params,
        "LW",
        [1, steps.unwrap_or(STATES_MAX)],
        Some(steps.unwrap_or(1)),
    );
    let tau_m = number(params, &["tau_m"], Bound::Positive, None);
    let tau_out = number(params, &["tau_out"], Bound::Positive, None);
    let beta = read_adaptation(params, shape.map(|s| s[1]));
    let adapts = beta.as_ref().is_some_and(|b| b.iter().any(|x| *x != 0.0));
    let tau_a = number(
        params,
        &["tau_a"],
        Bound::Positive,
        if adapts { None } else { Some(1.0) },
    );
    let threshold = number(params, &["v_th"], Bound::Positive, None);
    let v_th = threshold.unwrap_or(1.0);
    let height = number(params, &["h"], Bound::NotNegative, Some(0.3 / v_th));
    let surrogate_width = number(params, &["w"], Bound::Positive, Some(v_th));
    let refractory = count(params, "ref", [0, u32::MAX as usize], Some(0));
    let recurrent_unit = flag(params, "rec_regular_arrival", true);
    let readout_unit = flag(params, "readout_regular_arrival", false);
    let strict = flag(params, "strict_threshold", false);
    let loss = read_loss(params);
    let c_reg = number(params, &["c_reg"], Bound::NotNegative, Some(0.0));
    let rate_target = number(params, &["f_target"], Bound::NotNegative, Some(10.0));
    let average = flag(params, "avg", false);
    let [inputs, _, outputs] = shape?;
    Some(EpropNetwork {
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

fn read_loss(params: &Object) -> Option<Loss> {
    let field = params.need("loss");
    match field.text()?.as_ref() {
        "mse" | "mean_squared_error" => Some(Loss::MeanSquared),
        "ce" | "cross_entropy" => Some(Loss::CrossEntropy),
        other => {
            let known = ["mse", "ce"];
            params.found().unknown_word(field.place(), other, &known);
            None
        }
    }
}

/// beta: absent (LIF), one number for all, or one for each neuron.
fn read_adaptation(params: &Object, neurons: Option<usize>) -> Option<Vec<f64>> {
    let field = params.may("beta");
    if !field.is_present() {
        return Some(vec![0.0; neurons?]);
    }
    if field.node().is_some_and(Value::is_number) {
        let beta = field.any_number()?;
        return Some(vec![beta; neurons?]);
    }
    let beta = field.numbers()?;
    let fits = params
        .found()
        .length(field.place(), beta.len(), neurons? as u64);
    fits.then_some(beta)
}

fn read_feedback(root: &Object, params: &Object, shape: Option<[usize; 3]>) -> Option<Feedback> {
    let field = params.may("feedback");
    let weights = root.node().get("weights").filter(|w| w.is_object())?;
    let within = Object::at(weights, "weights", ".", root.found());
    let kind = match field.is_present() {
        true => field.text()?,
        false if within.has("B_rec_by_out") => "random".into(),
        false => "symmetric".into(),
    };
    let matrix = || {
        let size = |axis: usize| shape.map(|s| s[axis]);
        matrix(&within, "B_rec_by_out", size(1), size(2))
    };
    match kind.as_ref() {
        "symmetric" => Some(Feedback::Symmetric),
        "random" => Some(Feedback::Random(matrix()?)),
        "adaptive" => Some(Feedback::Adaptive(matrix()?)),
        other => {
            let known = ["symmetric", "random", "adaptive"];
            params.found().unknown_word(field.place(), other, &known);
            None
        }
    }
}

const ETA: &[&str] = &["eta", "lr"];
const BETA_1: &[&str] = &["beta_1", "beta1", "b1"];
const BETA_2: &[&str] = &["beta_2", "beta2", "b2"];
const EPSILON: &[&str] = &["epsilon", "eps"];
const WEIGHT_MIN: &[&str] = &["w_min", "Wmin"];
const WEIGHT_MAX: &[&str] = &["w_max", "Wmax"];

fn read_optimiser(within: &Object) -> Option<Optimiser> {
    let eta = number(within, ETA, Bound::NotNegative, None);
    let rule = read_rule(within);
    let low = number(within, WEIGHT_MIN, Bound::Finite, Some(-100.0));
    let high = number(within, WEIGHT_MAX, Bound::Finite, Some(100.0));
    let weight_min = low?;
    let weight_max = high?;
    if weight_min > weight_max {
        let problem = format!("{weight_min} lies above w_max, {weight_max}");
        within.may_any(WEIGHT_MIN).rule(problem);
        return None;
    }
    Some(Optimiser {
        weight_min,
        weight_max,
        rule: rule?,
        ..Optimiser::gradient_descent(eta?)
    })
}

fn read_rule(within: &Object) -> Option<Descent> {
    let beta_1 = number(within, BETA_1, Bound::BelowOne, Some(0.9));
    let beta_2 = number(within, BETA_2, Bound::BelowOne, Some(0.999));
    let epsilon = number(within, EPSILON, Bound::NotNegative, Some(1e-8));
    let field = within.need("type");
    match field.text()?.as_ref() {
        "gd" | "gradient_descent" => Some(Descent::GradientDescent),
        "adam" => Some(Descent::Adam {
            beta_1: beta_1?,
            beta_2: beta_2?,
            epsilon: epsilon?,
        }),
        other => {
            let known = ["gd", "adam"];
            within.found().unknown_word(field.place(), other, &known);
            None
        }
    }
}
