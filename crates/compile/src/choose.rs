//! The formats that a core gets: the fewest that are needed, then those that save most words.
//!
//! A greedy search: each round tries to add every candidate to the formats chosen so far, packs a
//! sample of the lists with each, and keeps the one that saves most. Packing is what costs time, so
//! the sample is bounded, candidates are ordered by what they promise, and a list is packed only as
//! long as it can still become shorter than it is.

use crate::formats::{FORMATS_MAX, FormatSet, minimal};
use crate::pack::ListPacker;
use crate::record::FixedSynapse;
use crate::value::{ValueFormat, ValueSummary, WIDTHS, step_max};
use seamount_arith::weight::SignMode;
use seamount_image::Encoding;
use seamount_image::list::list_words;
use std::collections::BTreeSet;

/// A format without its index bits.
type FormatChoice = (ValueFormat, Encoding);

/// Synapses of the lists on which formats are tried.
const SAMPLE_SYNAPSES: usize = 1000;
/// New value formats that are tried in a round.
const NARROWER_MAX: usize = 8;

const ENCODINGS: [Encoding; 6] = [
    Encoding::Sparse,
    Encoding::RunLength(2),
    Encoding::RunLength(3),
    Encoding::RunLength(4),
    Encoding::RunLength(5),
    Encoding::Dense,
];

/// Chooses the formats of a core for its different lists; more than [`FORMATS_MAX`] if it cannot do
/// with fewer.
pub(crate) fn choose(
    records: &[FixedSynapse],
    lists: &[&[FixedSynapse]],
    index_bits: u8,
    delay_bits: u8,
    room: usize,
) -> Vec<FormatChoice> {
    let mut chosen = minimal(records);
    let sample = sample(lists);
    let room = room.min(FORMATS_MAX);
    if sample.is_empty() || chosen.len() >= room {
        return chosen;
    }
    let price = |chosen: &[FormatChoice], known: &[u32]| -> Vec<u32> {
        let set = FormatSet::new(chosen.to_vec(), index_bits, delay_bits);
        let mut packer = ListPacker::new(&set);
        let each = sample.iter().zip(known);
        each.map(|(list, &bits)| {
            packer
                .bits_below(list, words(bits))
                .unwrap_or(bits)
                .min(bits)
        })
        .collect()
    };
    let mut best = price(&chosen, &vec![u32::MAX; sample.len()]);
    // no list takes less than a word: once each takes one, nothing can be saved
    while chosen.len() < room && total(&best).0 > sample.len() as u64 {
        let mut next: Option<(Vec<u32>, Vec<FormatChoice>)> = None;
        for candidate in candidates(&chosen, &sample, delay_bits) {
            let with: Vec<FormatChoice> = chosen.iter().copied().chain(candidate).collect();
            // a candidate may be a pair of formats, one for each sign
            if with.len() > room {
                continue;
            }
            let cost = price(&with, &best);
            if total(&cost).0 < total(&best).0
                && next
                    .as_ref()
                    .is_none_or(|(least, _)| total(&cost) < total(least))
            {
                next = Some((cost, with));
            }
        }
        let Some((cost, with)) = next else { break };
        (best, chosen) = (cost, with);
    }
    chosen
}

/// Words of a list of that many bits.
fn words(bits: u32) -> u32 {
    if bits == u32::MAX {
        u32::MAX
    } else {
        list_words(bits)
    }
}

/// Words, then bits, of some lists.
fn total(bits: &[u32]) -> (u64, u64) {
    bits.iter().fold((0, 0), |(w, b), &bits| {
        (w + u64::from(words(bits)), b + u64::from(bits))
    })
}

/// Some of the lists, evenly spaced.
fn sample<'a>(lists: &[&'a [FixedSynapse]]) -> Vec<&'a [FixedSynapse]> {
    let synapses: usize = lists.iter().map(|list| list.len()).sum();
    let step = synapses
        .div_ceil(SAMPLE_SYNAPSES)
        .clamp(1, lists.len().max(1));
    lists.iter().step_by(step).copied().collect()
}

/// What could be added to the formats chosen.
fn candidates(
    chosen: &[FormatChoice],
    sample: &[&[FixedSynapse]],
    delay_bits: u8,
) -> Vec<Vec<FormatChoice>> {
    let values: BTreeSet<ValueFormat> = chosen.iter().map(|(v, _)| *v).collect();
    let mut out: Vec<Vec<FormatChoice>> = vec![];
    for class in &values {
        out.extend(
            ENCODINGS
                .iter()
                .map(|e| (*class, *e))
                .filter(|c| !chosen.contains(c))
                .map(|c| vec![c]),
        );
    }
    // a narrower format in an encoding that its class does not use would be a bet on two things at
    // once
    for (class, narrower) in narrower(&values, sample, delay_bits) {
        let has = |e: &Encoding| *e == Encoding::Sparse || chosen.contains(&(class, *e));
        for encoding in ENCODINGS.into_iter().filter(has) {
            out.push(
                narrower
                    .iter()
                    .map(|v| (*v, encoding))
                    .filter(|c| !chosen.contains(c))
                    .collect(),
            );
        }
    }
    out.retain(|candidate| !candidate.is_empty());
    out
}

/// Value formats of fewer bits that hold part of what a class holds, those first that promise most.
fn narrower(
    values: &BTreeSet<ValueFormat>,
    sample: &[&[FixedSynapse]],
    delay_bits: u8,
) -> Vec<(ValueFormat, Vec<ValueFormat>)> {
    let mut out: Vec<(u64, ValueFormat, Vec<ValueFormat>)> = vec![];
    for class in values {
        let held = || {
            sample
                .iter()
                .copied()
                .flatten()
                .filter(|r| r.boxed == class.boxed && class.holds(r.value))
        };
        let wide = class.synapse_bits(delay_bits);
        let saved = |formats: &[ValueFormat]| -> u64 {
            let of = |r: &FixedSynapse| {
                let fits = formats
                    .iter()
                    .filter(|f| (f.delayed || r.delay == 0) && f.holds(r.value));
                fits.map(|f| wide.saturating_sub(f.synapse_bits(delay_bits)))
                    .max()
                    .unwrap_or(0)
            };
            held().map(|r| u64::from(of(r))).sum()
        };
        let delays: &[bool] = if class.delayed {
            &[false, true]
        } else {
            &[false]
        };
        for &delayed in delays {
            let summary = |keep: fn(i16) -> bool| {
                let values = held()
                    .filter(|r| delayed || r.delay == 0)
                    .map(|r| r.value)
                    .filter(|v| keep(*v));
                ValueSummary::of(values).and_then(|s| s.fewest(class.boxed, delayed))
            };
            let signs: Vec<ValueFormat> = [summary(|v| v > 0), summary(|v| v < 0)]
                .into_iter()
                .flatten()
                .collect();
            out.push((saved(&signs), *class, signs));
            for format in smaller(class, delayed) {
                out.push((saved(&[format]), *class, vec![format]));
            }
        }
    }
    out.retain(|(saved, _, formats)| *saved > 0 && formats.iter().any(|f| !values.contains(f)));
    // ties are broken by the formats themselves, so that the choice is the same everywhere
    out.sort_by_key(|(saved, class, formats)| (std::cmp::Reverse(*saved), *class, formats.clone()));
    out.truncate(NARROWER_MAX);
    out.into_iter()
        .map(|(_, class, formats)| (class, formats))
        .collect()
}

/// A class with fewer weight bits, one sign or a larger step.
fn smaller(class: &ValueFormat, delayed: bool) -> impl Iterator<Item = ValueFormat> {
    let class = *class;
    let modes: &[SignMode] = match class.mode {
        SignMode::Mixed => &[SignMode::Mixed, SignMode::Excitatory, SignMode::Inhibitory],
        SignMode::Excitatory => &[SignMode::Excitatory],
        SignMode::Inhibitory => &[SignMode::Inhibitory],
    };
    let widths = WIDTHS.into_iter().filter(move |bits| *bits <= class.bits);
    widths.flat_map(move |bits| {
        modes.iter().flat_map(move |&mode| {
            let steps = class.step..=(class.step + 2).min(step_max(mode, bits));
            steps.map(move |step| ValueFormat {
                boxed: class.boxed,
                delayed,
                bits,
                mode,
                step,
            })
        })
    })
}
