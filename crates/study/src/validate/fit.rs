//! Changes of weights on the chip over those in float, synapse by synapse: gain, bias and noise
//! told apart.
//!
//! `chip = gain * float + offset + noise`, by least squares. Mean errors and cosines mix the three:
//! a rule of which every update is cut to nothing has small mean errors where changes are small,
//! and no bias where changes of both signs cancel. Its gain is 0.
//!
//! What this module does *not* know: which rule it was, and why it came out as it did.

use super::measure::mean;
use serde::Serialize;

/// Changes below half a unit have no sign that a chip could have.
const SIGNED: f64 = 0.5;

/// A straight line through the changes of all synapses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// Number of synapses.
    pub synapses: usize,
    /// Slope: 1 if the chip moves weights as far as the float rule does, 0 if not at all.
    pub gain: f64,
    /// Standard error of the gain, with synapses as independent observations.
    pub gain_standard_error: f64,
    /// Change of the chip where the float rule changes nothing, in weights.
    pub offset: f64,
    /// Standard deviation of what the line leaves, in weights.
    pub noise: f64,
    /// Root mean square of the float changes, in weights: what offset and noise are held against.
    pub size: f64,
    /// Correlation of both changes; common change of all synapses does not count.
    pub correlation: f64,
    /// Mean of chip minus float, by sign and by size of the float change.
    pub bias: Vec<BiasRow>,
}

/// Mean difference of some synapses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BiasRow {
    /// Synapses that the row is about, in words.
    pub of: &'static str,
    /// Number of synapses.
    pub synapses: usize,
    /// Mean change in float.
    pub float: f64,
    /// Mean of chip minus float.
    pub bias: f64,
    /// Standard error of the bias.
    pub standard_error: f64,
}

impl Fit {
    /// The line through the changes; absent where the float side changed nothing.
    pub fn of(chip: &[f64], float: &[f64]) -> Option<Fit> {
        let count = float.len();
        let size = mean_square(float).sqrt();
        if count < 3 || size == 0.0 {
            return None;
        }
        let around = |values: &[f64]| -> Vec<f64> {
            let middle = mean(values);
            values.iter().map(|v| v - middle).collect()
        };
        let x = around(float);
        let y = around(chip);
        let xx = dot(&x, &x);
        let yy = dot(&y, &y);
        // where all synapses are to change by the same there is no slope but that through 0
        let common = xx <= 1e-18 * size * size * count as f64;
        let gain = if common {
            dot(chip, float) / dot(float, float)
        } else {
            dot(&x, &y) / xx
        };
        let offset = if common {
            0.0
        } else {
            mean(chip) - gain * mean(float)
        };
        let left: Vec<f64> = (chip.iter().zip(float))
            .map(|(chip, float)| chip - gain * float - offset)
            .collect();
        let noise = (dot(&left, &left) / (count as f64 - 2.0)).sqrt();
        let spread = if common { dot(float, float) } else { xx };
        let both = (xx * yy).sqrt();
        Some(Fit {
            synapses: count,
            gain,
            gain_standard_error: noise / spread.sqrt(),
            offset,
            noise,
            size,
            correlation: if both > 0.0 { dot(&x, &y) / both } else { 0.0 },
            bias: bias(chip, float),
        })
    }

    /// Noise by the size of the float changes.
    pub fn relative_noise(&self) -> f64 {
        self.noise / self.size
    }

    /// Size of the offset by the size of the float changes.
    pub fn relative_offset(&self) -> f64 {
        self.offset.abs() / self.size
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn mean_square(values: &[f64]) -> f64 {
    dot(values, values) / (values.len() as f64).max(1.0)
}

/// Bias by sign, then by size in thirds of the synapses.
fn bias(chip: &[f64], float: &[f64]) -> Vec<BiasRow> {
    let mut sizes: Vec<f64> = float.iter().map(|f| f.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let small = sizes[sizes.len() / 3];
    let large = sizes[2 * sizes.len() / 3];
    let rows: [(&'static str, &dyn Fn(f64) -> bool); 5] = [
        ("changes upward", &|f| f >= SIGNED),
        ("changes downward", &|f| f <= -SIGNED),
        ("the smallest third", &|f| f.abs() < small),
        ("the middle third", &|f| (small..large).contains(&f.abs())),
        ("the largest third", &|f| f.abs() >= large),
    ];
    rows.into_iter()
        .filter_map(|(of, is_one)| {
            let some: Vec<(f64, f64)> = (chip.iter().zip(float))
                .filter(|(_, float)| is_one(**float))
                .map(|(chip, float)| (*chip, *float))
                .collect();
            let away: Vec<f64> = some.iter().map(|(chip, float)| chip - float).collect();
            let bias = mean(&away);
            let spread = (mean_square(&away) - bias * bias).max(0.0);
            (!some.is_empty()).then(|| BiasRow {
                of,
                synapses: some.len(),
                float: mean(&some.iter().map(|s| s.1).collect::<Vec<_>>()),
                bias,
                standard_error: (spread / some.len() as f64).sqrt(),
            })
        })
        .collect()
}

/// Gains of two parts of a float change, found together: `chip = a * first + b * second + offset`.
///
/// Where a large part of a change has nothing to do with what is asked (the term of the rate beside
/// the learning signal), a plain gain is that of the large part. The first gain here is that of the
/// part that is asked for alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartGains {
    /// Gain of the first part.
    pub first: f64,
    /// Gain of the second part; 0 where there is none.
    pub second: f64,
    /// Standard deviation of what both leave.
    pub noise: f64,
    /// Standard error of the first gain, with synapses as independent observations.
    pub first_standard_error: f64,
    /// Standard deviation of the first part over the synapses.
    pub first_size: f64,
}

impl PartGains {
    /// Both gains; absent where the first part is the same for all synapses or a multiple of the
    /// second.
    pub fn of(chip: &[f64], first: &[f64], second: &[f64]) -> Option<PartGains> {
        let around = |values: &[f64]| -> Vec<f64> {
            let middle = mean(values);
            values.iter().map(|v| v - middle).collect()
        };
        let y = around(chip);
        let a = around(first);
        let b = around(second);
        let aa = dot(&a, &a);
        let bb = dot(&b, &b);
        let ab = dot(&a, &b);
        let alone = aa * bb - ab * ab;
        let apart = bb > 0.0 && alone > 1e-9 * aa * bb;
        if aa == 0.0 || (bb > 0.0 && !apart) || y.len() < 4 {
            return None;
        }
        let ay = dot(&a, &y);
        let by = dot(&b, &y);
        let first_gain = if apart {
            (ay * bb - by * ab) / alone
        } else {
            ay / aa
        };
        let second_gain = if apart {
            (by * aa - ay * ab) / alone
        } else {
            0.0
        };
        let left: Vec<f64> = (0..y.len())
            .map(|i| y[i] - first_gain * a[i] - second_gain * b[i])
            .collect();
        let noise = (dot(&left, &left) / (y.len() as f64 - 3.0)).sqrt();
        let spread = if apart { alone / bb } else { aa };
        Some(PartGains {
            first: first_gain,
            second: second_gain,
            noise,
            first_standard_error: noise / spread.sqrt(),
            first_size: mean_square(&a).sqrt(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> Vec<f64> {
        let mut draws = seamount_reference::Draws::new(seed, 1);
        (0..500).map(|_| 20.0 * draws.uniform() - 10.0).collect()
    }

    #[test]
    fn gain_offset_and_noise_are_told_apart() {
        let float = drawn(1);
        let noise = drawn(2);
        let chip: Vec<f64> = (0..500)
            .map(|i| 0.5 * float[i] + 3.0 + 0.1 * noise[i])
            .collect();
        let fit = Fit::of(&chip, &float).unwrap();
        assert!(
            (fit.gain - 0.5).abs() < 4.0 * fit.gain_standard_error,
            "{fit:?}"
        );
        assert!((fit.offset - 3.0).abs() < 0.15, "{fit:?}");
        assert!((fit.noise - 1.0 / 3f64.sqrt()).abs() < 0.06, "{fit:?}");
    }

    #[test]
    fn a_chip_that_changes_nothing_has_no_gain_and_a_bias_against_either_sign() {
        let float = drawn(1);
        let fit = Fit::of(&[0.0; 500], &float).unwrap();
        assert_eq!((fit.gain, fit.correlation), (0.0, 0.0));
        assert!(fit.bias[0].bias < -4.0 && fit.bias[1].bias > 4.0, "{fit:?}");
        assert!(Fit::of(&float, &[0.0; 500]).is_none());
    }

    #[test]
    fn a_common_change_has_a_gain() {
        let fit = Fit::of(&[2.0, 2.0, 2.0, 2.0], &[4.0; 4]).unwrap();
        assert_eq!((fit.gain, fit.offset, fit.noise), (0.5, 0.0, 0.0));
    }

    #[test]
    fn the_gain_of_a_small_part_is_not_that_of_the_large_one() {
        let small = drawn(3);
        let large: Vec<f64> = drawn(4).iter().map(|x| 50.0 * x).collect();
        let chip: Vec<f64> = (0..500).map(|i| 0.25 * small[i] + large[i]).collect();
        let gains = PartGains::of(&chip, &small, &large).unwrap();
        assert!((gains.first - 0.25).abs() < 1e-9 && (gains.second - 1.0).abs() < 1e-9);
        assert!(PartGains::of(&chip, &[0.0; 500], &large).is_none());
        assert!(PartGains::of(&chip, &large, &large).is_none());
        let alone = PartGains::of(&small, &small, &[0.0; 500]).unwrap();
        assert!((alone.first - 1.0).abs() < 1e-12 && alone.second == 0.0);
    }
}
