//! Classes by the time of the first output spike, and the loss of one trial (D.2).
//!
//! loss = -log softmax(-t)\[label\] + 0.01 (exp(t_label / T) - 1), where t is the time of each
//! output's first spike, or of its first pseudospike if it does not fire.

use super::adjoint::backward;
use super::pseudo::Pseudo;
use super::trial::{Setting, TooManyEvents, Trial, Volley};

/// Weight of the term that wants the right output early.
pub const EARLY: f64 = 0.01;

/// Memory of a trial and its gradient, used again.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    /// The trial.
    pub trial: Trial,
    pseudo: Pseudo,
    by_time: Vec<f64>,
    bars: Vec<f64>,
}

/// What a trial came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// First spike or pseudospike of each output.
    pub times: Vec<f64>,
    /// The loss.
    pub loss: f64,
    /// First of the outputs to fire, if any fires within the trial.
    pub fired: Option<usize>,
}

/// First of the outputs to fire, counting real spikes only.
pub fn first_to_fire(setting: &Setting, trial: &Trial) -> Option<usize> {
    let outputs = setting.wiring.outputs();
    let start = outputs.start;
    let times = outputs.filter_map(|n| Some((n - start, trial.first_spike(n)?)));
    times
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(class, _)| class)
}

/// Runs a trial; adds its gradient if there is somewhere to add it.
pub fn trial_loss(
    setting: &Setting,
    parameters: &[f64],
    volleys: &[Volley],
    label: usize,
    scratch: &mut Scratch,
    gradient: Option<&mut [f64]>,
) -> Result<Outcome, TooManyEvents> {
    let Scratch {
        trial,
        pseudo,
        by_time,
        bars,
    } = scratch;
    setting.run(parameters, volleys, trial)?;
    pseudo.run(setting, parameters, trial);
    let outputs = setting.wiring.outputs();
    let times: Vec<f64> = outputs
        .clone()
        .map(|n| {
            trial
                .first_spike(n)
                .unwrap_or_else(|| pseudo.time(setting, n, 1))
        })
        .collect();
    let earliest = times.iter().copied().fold(f64::INFINITY, f64::min);
    let shares: Vec<f64> = times.iter().map(|t| (earliest - t).exp()).collect();
    let total: f64 = shares.iter().sum();
    let late = (times[label] / setting.duration).exp();
    let loss = times[label] - earliest + total.ln() + EARLY * (late - 1.0);
    let fired = first_to_fire(setting, trial);
    let Some(gradient) = gradient else {
        return Ok(Outcome { times, loss, fired });
    };

    by_time.clear();
    by_time.resize(trial.events.len(), 0.0);
    bars.clear();
    bars.resize(trial.phases.len(), 0.0);
    for (class, neuron) in outputs.enumerate() {
        let wanted = if class == label {
            1.0 + EARLY * late / setting.duration
        } else {
            0.0
        };
        let by_output = wanted - shares[class] / total;
        match trial.first_spikes[neuron] {
            Some(event) => by_time[event] += by_output,
            None => bars[neuron] -= by_output,
        }
    }
    pseudo.backward(setting, parameters, bars, gradient);
    backward(setting, parameters, volleys, trial, by_time, bars, gradient);
    Ok(Outcome { times, loss, fired })
}
