//! Exact gradients: the events backwards.
//!
//! With psi = phi - t an event e moves psi_j to H(psi_j + t_e, w_j) - t_e, and a spike of s is at
//! t_e = period - psi_s and sets psi_s to -t_e. Backwards, with a bar for the derivative of the
//! loss:
//!
//! ```text
//! w_j bar   += psi_j bar dH/dw
//! t_e bar    = direct + sum_j psi_j bar (dH/dphi - 1) - psi_s bar
//! psi_j bar *= dH/dphi ;   psi_s bar = -t_e bar
//! ```
//!
//! The time of a volley of inputs is given, so it has no `t_e bar`.

use super::trial::{Cause, Setting, Trial, Volley};

/// Adds to `gradient` what the loss owes to weights and initial phases. `by_time` has the
/// derivative of the loss by the time of each event, `bars` that by each neuron's phase at the end;
/// `bars` is used up.
pub fn backward(
    setting: &Setting,
    parameters: &[f64],
    volleys: &[Volley],
    trial: &Trial,
    by_time: &[f64],
    bars: &mut [f64],
    gradient: &mut [f64],
) {
    let wiring = &setting.wiring;
    let mut volley_bars = vec![0.0; wiring.inputs().first().map_or(0, |r| r.len)];
    for (event, direct) in trial.events.iter().zip(by_time).rev() {
        match event.cause {
            Cause::Input(volley) => {
                let rows = wiring.inputs();
                let jumps = &trial.jumps[event.jumps..event.jumps + rows[0].len];
                volley_bars.fill(0.0);
                retreat(&mut bars[rows[0].posts()], jumps, &mut volley_bars);
                for &input in &volleys[volley].inputs {
                    for (g, bar) in gradient[rows[input].weights()].iter_mut().zip(&volley_bars) {
                        *g += bar;
                    }
                }
            }
            Cause::Spike(neuron) => {
                let row = wiring.neurons()[neuron];
                let jumps = &trial.jumps[event.jumps..event.jumps + row.len];
                let reset = std::mem::take(&mut bars[neuron]);
                // The spiking neuron's own jump, where the row reaches it, is at phase 0: the
                // identity.
                let moved = retreat(&mut bars[row.posts()], jumps, &mut gradient[row.weights()]);
                bars[neuron] = reset - direct - moved;
            }
        }
    }
    for (g, bar) in gradient[wiring.phases()].iter_mut().zip(bars.iter()) {
        *g += bar;
    }
    debug_assert_eq!(gradient.len(), parameters.len());
}

/// Takes the bars of the neurons reached back over one event; returns sum_j psi_j bar (dH/dphi -
/// 1).
fn retreat(bars: &mut [f64], jumps: &[(f64, f64)], weight_bars: &mut [f64]) -> f64 {
    let mut moved = 0.0;
    for ((bar, (by_phase, by_weight)), weight_bar) in bars.iter_mut().zip(jumps).zip(weight_bars) {
        *weight_bar += *bar * by_weight;
        moved += *bar * (by_phase - 1.0);
        *bar *= by_phase;
    }
    moved
}
