//! Answers of a network from numbers of its outputs.
//!
//! Published systems and data sets of one's own are read out by the same few functions, so that a
//! tie is broken in one way: the first output of several that are equal is the answer.

use seamount_chip::{Column, Recording};

/// Number of spikes of each neuron in a recording of spikes.
///
/// # Panics
/// If the recording is one of words: a sum of voltages is no count.
pub fn spike_counts(spikes: &Recording) -> Vec<u32> {
    let mut counts = vec![0; spikes.neurons.len()];
    spike_places(spikes, |_, neuron| counts[neuron] += 1);
    counts
}

/// Row of the first spike of each neuron in a recording of spikes; none of a neuron that never
/// fires.
///
/// # Panics
/// If the recording is one of words.
pub fn first_spikes(spikes: &Recording) -> Vec<Option<u64>> {
    let mut first = vec![None; spikes.neurons.len()];
    spike_places(spikes, |row, neuron| {
        first[neuron].get_or_insert(row as u64);
    });
    first
}

/// Row and column of every spike, row by row.
fn spike_places(spikes: &Recording, mut see: impl FnMut(usize, usize)) {
    let Column::Bits(bits) = &spikes.values else {
        panic!("'{}' holds no spikes", spikes.name);
    };
    let columns = spikes.neurons.len().max(1);
    bits.iter_ones()
        .for_each(|at| see(at / columns, at % columns));
}

/// The index of the largest value, the first of them if several are equally large; 0 of none. A
/// value that compares with nothing (a NaN) is never larger.
///
/// ```
/// use seamount_session::decode::first_largest;
/// assert_eq!(first_largest(&[1, 5, 5, 2]), 1);
/// assert_eq!(first_largest::<u32>(&[]), 0);
/// ```
pub fn first_largest<T: PartialOrd>(values: &[T]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

/// The output that spikes first, by the step of its first spike; the lower index of two that spike
/// in the same step; none if nothing spikes.
///
/// ```
/// use seamount_session::decode::first_spike;
/// assert_eq!(first_spike(&[None, Some(7), Some(3), Some(3)]), Some(2));
/// assert_eq!(first_spike(&[None, None]), None);
/// ```
pub fn first_spike(first_steps: &[Option<u64>]) -> Option<usize> {
    let spiked = (0..first_steps.len()).filter(|&output| first_steps[output].is_some());
    spiked.min_by_key(|&output| first_steps[output])
}

/// The share of answers that are right, 0 to 1; 0 of none.
///
/// # Panics
/// If there are not as many labels as answers.
pub fn accuracy<T: PartialEq>(answers: &[T], labels: &[T]) -> f64 {
    assert_eq!(answers.len(), labels.len());
    let right = answers.iter().zip(labels).filter(|(a, b)| a == b).count();
    right as f64 / answers.len().max(1) as f64
}

/// The middle of some numbers, or the mean of their two middle ones.
///
/// # Panics
/// If there are none.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
}
