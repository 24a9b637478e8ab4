//! Weight formats, and the contributions that each holds exactly (NC-020, NC-021).
//!
//! A value is a contribution in units of 64 before the limit of NC-004. A format of `bits` bits
//! holds the values `field << step`; its weight exponent is then `step` minus the bits that the
//! format drops.

use seamount_arith::weight::{SignMode, weight_shift};
use seamount_image::{Encoding, SynapseFormat};
use std::collections::BTreeMap;

/// What a format says about values, delays and boxes; nothing about targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ValueFormat {
    pub(crate) boxed: bool,
    pub(crate) delayed: bool,
    pub(crate) bits: u8,
    pub(crate) mode: SignMode,
    pub(crate) step: u8,
}

/// Widths of weights that exist and store something (NC-022).
pub(crate) const WIDTHS: [u8; 7] = [1, 2, 3, 4, 5, 6, 8];

/// Largest weight exponent (NC-021).
const EXPONENT_MAX: u8 = 7;

fn field_range(mode: SignMode, bits: u8) -> (i32, i32) {
    match mode {
        SignMode::Mixed => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        SignMode::Excitatory => (0, (1 << bits) - 1),
        SignMode::Inhibitory => (-(1 << bits) + 1, 0),
    }
}

impl ValueFormat {
    /// Whether a value is held exactly.
    pub(crate) fn holds(&self, value: i16) -> bool {
        let (low, high) = field_range(self.mode, self.bits);
        let value = i32::from(value);
        value & ((1 << self.step) - 1) == 0 && (low..=high).contains(&(value >> self.step))
    }

    /// The weight that contributes `value` in this format.
    pub(crate) fn weight(&self, value: i16) -> i32 {
        (i32::from(value) >> self.step) << weight_shift(self.mode, self.bits)
    }

    /// Bits of a synapse without its target.
    pub(crate) fn synapse_bits(&self, delay_bits: u8) -> u32 {
        u32::from(self.bits)
            + if self.delayed {
                u32::from(delay_bits)
            } else {
                0
            }
    }

    /// The whole format.
    pub(crate) fn format(
        &self,
        encoding: Encoding,
        index_bits: u8,
        delay_bits: u8,
    ) -> SynapseFormat {
        SynapseFormat {
            weight_bits: self.bits,
            sign_mode: self.mode,
            weight_exponent: self.step as i8 - weight_shift(self.mode, self.bits) as i8,
            delay_bits: if self.delayed { delay_bits } else { 0 },
            tag_bits: 0,
            index_bits,
            encoding,
            index_offset: 0,
            index_stride: 1,
            box_synapse: self.boxed,
            learn_enable: false,
        }
    }
}

/// What decides which formats hold a set of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ValueSummary {
    min: i16,
    max: i16,
    step: u8,
}

impl ValueSummary {
    /// The summary of some values, none of them 0; nothing if there are no values.
    pub(crate) fn of(values: impl IntoIterator<Item = i16>) -> Option<ValueSummary> {
        let one = |v: i16| ValueSummary {
            min: v,
            max: v,
            step: v.trailing_zeros() as u8,
        };
        values.into_iter().map(one).reduce(|a, b| ValueSummary {
            min: a.min.min(b.min),
            max: a.max.max(b.max),
            step: a.step.min(b.step),
        })
    }

    /// The format of fewest bits that holds all the values, if one does.
    pub(crate) fn fewest(&self, boxed: bool, delayed: bool) -> Option<ValueFormat> {
        let modes = [SignMode::Excitatory, SignMode::Inhibitory, SignMode::Mixed];
        let candidates = WIDTHS
            .iter()
            .flat_map(|&bits| modes.map(|mode| (mode, bits)));
        candidates
            .map(|(mode, bits)| ValueFormat {
                boxed,
                delayed,
                bits,
                mode,
                step: self.step.min(step_max(mode, bits)),
            })
            .find(|format| format.holds(self.min) && format.holds(self.max))
    }
}

/// Largest step whose exponent exists.
pub(crate) fn step_max(mode: SignMode, bits: u8) -> u8 {
    EXPONENT_MAX + weight_shift(mode, bits)
}

/// Few formats that together hold all values, given with how often each occurs: the 8-bit format
/// that holds most of what is left, narrowed to it, until one format holds the rest.
pub(crate) fn cover(values: &BTreeMap<i16, u64>, boxed: bool, delayed: bool) -> Vec<ValueFormat> {
    let mut left: Vec<i16> = values.keys().copied().collect();
    let mut chosen = vec![];
    while let Some(summary) = ValueSummary::of(left.iter().copied()) {
        // one format for all that is left ends the search
        if let Some(format) = summary.fewest(boxed, delayed) {
            chosen.push(format);
            break;
        }
        let modes = [SignMode::Mixed, SignMode::Excitatory, SignMode::Inhibitory];
        let widest = modes.into_iter().flat_map(|mode| {
            (0..=step_max(mode, 8)).map(move |step| ValueFormat {
                boxed,
                delayed,
                bits: 8,
                mode,
                step,
            })
        });
        let best = widest.max_by_key(|f| {
            (
                left.iter().filter(|v| f.holds(**v)).count(),
                u8::MAX - f.step,
            )
        });
        let best = best.expect("there are candidates");
        let (held, rest): (Vec<i16>, Vec<i16>) = left.iter().partition(|v| best.holds(**v));
        assert!(
            !held.is_empty(),
            "every single value is held by some format"
        );
        chosen.extend(ValueSummary::of(held).and_then(|s| s.fewest(boxed, delayed)));
        left = rest;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use seamount_arith::weight::{contribution, decode_field, encode_field};

    fn fewest(values: &[i16]) -> Option<(SignMode, u8, u8)> {
        let format = ValueSummary::of(values.iter().copied())?.fewest(false, false)?;
        Some((format.mode, format.bits, format.step))
    }

    #[test]
    fn small_even_weights_need_four_bits() {
        assert_eq!(
            fewest(&[-8, -6, -4, -2, 2, 4, 6, 8]),
            Some((SignMode::Mixed, 4, 1))
        );
        assert_eq!(fewest(&[-8, -2, 2, 6]), Some((SignMode::Mixed, 3, 1)));
        assert_eq!(fewest(&[1]), Some((SignMode::Excitatory, 1, 0)));
        assert_eq!(fewest(&[-64, -128]), Some((SignMode::Inhibitory, 2, 6)));
        assert_eq!(fewest(&[1, 1000]), None);
    }

    #[test]
    fn nc_021_formats_reproduce_every_contribution() {
        for exponent in -8..=7i8 {
            for weight in -256..=255 {
                let wanted = contribution(weight, exponent);
                let value = if wanted == -((1 << 21) - 64) {
                    i16::MIN
                } else {
                    (wanted / 64) as i16
                };
                let Some(summary) = ValueSummary::of([value].into_iter().filter(|v| *v != 0))
                else {
                    continue;
                };
                let format = summary
                    .fewest(false, false)
                    .expect("one value is always held");
                let whole = format.format(Encoding::Sparse, 10, 3);
                assert!((-8..=7).contains(&whole.weight_exponent));
                let field = encode_field(format.weight(value), format.mode, format.bits);
                let stored = decode_field(field, format.mode, format.bits);
                assert_eq!(whole.contribution(stored), wanted, "{weight} {exponent}");
            }
        }
    }
}
