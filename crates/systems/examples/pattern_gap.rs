//! What each thing that a chip does differently from floats costs pattern generation, one at a time
//! and all together: losses of sequence 200 of a float model into which it is put.
//!
//! `cargo run --release -p seamount-systems --example pattern_gap [SEEDS]`
//!
//! The networks and inputs are those of `seamount lab eprop-pattern` for seeds 1 to SEEDS (10). The
//! chances are not the chip's: of the same thing, drawn anew, a seed's loss differs by a tenth.
//!
//! What this does *not* know: integers, programs, the chip. It shares no arithmetic with either.

use seamount_reference::eprop::{Feedback, Target};
use seamount_study::paired::MedianInterval;
use seamount_systems::eprop_pattern::float::{sequence, task};

const NEURONS: usize = 100;
const INPUTS: usize = 100;
const SOURCES: usize = INPUTS + NEURONS;
const SEQUENCES: usize = 200;
/// Rates in force of the chip at 4e-4, of hidden weights and of the readout.
const ETA: f32 = 4.0e-4;
const ETA_OUT: f32 = 4.0e-4;
const THRESHOLD: f32 = 0.03;
const PSI_MAX: f32 = 0.3 / THRESHOLD;
/// c_reg over the steps of a sequence, and the wanted rate a step.
const RATE_GAIN: f32 = 0.3;
const RATE_TARGET: f32 = 0.01;
/// Largest weight of the chip, and the smallest step of one of 8 bits.
const FULL: f32 = 0.5;
const STEP: f32 = FULL / 127.0;
/// Smallest factor in a rule.
const SMALLEST: f32 = 1.0 / 128.0;

/// The rate that the term of the rate compares with its target.
#[derive(Clone, Copy)]
enum RateOf {
    /// Mean over the sequence, known at its end.
    Sequence,
    /// Running mean over so many steps, at the target again before each sequence.
    Fresh(f32),
    /// Running mean over so many steps and from sequence to sequence.
    Carried(f32),
}

/// Ways in which the model differs from floats by sequences.
#[derive(Clone, Copy)]
struct Ways {
    /// Weights move in every step, by a signal that is two steps late.
    late: bool,
    rate: RateOf,
    /// psi has so many levels.
    psi: Option<f32>,
    /// Traces of spikes have 7 bits, and a spike moves them by this.
    traces: Option<f32>,
    /// Eligibility is in a tag of whole numbers that loses 1/32 of itself a step.
    tag: bool,
    /// The learning signal comes in pulses by chance.
    pulses: bool,
    /// Weights have 8 bits, rounded by chance.
    weights: bool,
}

const FLOATS: Ways = Ways {
    late: false,
    rate: RateOf::Sequence,
    psi: None,
    traces: None,
    tag: false,
    pulses: false,
    weights: false,
};
const LATE: Ways = Ways {
    late: true,
    ..FLOATS
};
/// As the chip was before this was measured.
const ALL_OLD: Ways = Ways {
    late: true,
    rate: RateOf::Fresh(128.0),
    psi: Some(16.0),
    traces: Some(16.0),
    tag: true,
    pulses: true,
    weights: true,
};
/// As the chip is.
const ALL: Ways = Ways {
    rate: RateOf::Carried(1024.0),
    traces: Some(4.0),
    ..ALL_OLD
};

/// Rows of the table.
const ROWS: [(&str, Ways); 13] = [
    ("floats, by sequences", FLOATS),
    ("updates by step, a signal two steps late", LATE),
    (
        "the same, rate over 128 steps, begun anew",
        Ways {
            rate: RateOf::Fresh(128.0),
            ..LATE
        },
    ),
    (
        "the same, rate over 1024 steps, carried on",
        Ways {
            rate: RateOf::Carried(1024.0),
            ..LATE
        },
    ),
    (
        "the same, psi in 16 levels",
        Ways {
            psi: Some(16.0),
            ..LATE
        },
    ),
    (
        "the same, traces of 7 bits, impulse 16",
        Ways {
            traces: Some(16.0),
            ..LATE
        },
    ),
    (
        "the same, traces of 7 bits, impulse 4",
        Ways {
            traces: Some(4.0),
            ..LATE
        },
    ),
    ("the same, eligibility in a tag", Ways { tag: true, ..LATE }),
    (
        "the same, pulses by chance",
        Ways {
            pulses: true,
            ..LATE
        },
    ),
    (
        "the same, weights of 8 bits up to 0.5",
        Ways {
            weights: true,
            ..LATE
        },
    ),
    ("all, as it was", ALL_OLD),
    (
        "all, rate carried on",
        Ways {
            rate: ALL.rate,
            ..ALL_OLD
        },
    ),
    ("all, rate carried on, impulse 4", ALL),
];

/// A generator by shifts (Marsaglia), as draws of the machine are no matter here.
struct Chance(u64);

impl Chance {
    fn uniform(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u32 << 24) as f32
    }

    /// A whole number whose mean is `x`.
    fn round(&mut self, x: f32) -> f32 {
        x.floor() + f32::from(self.uniform() < x - x.floor())
    }

    /// What many numbers of one row are rounded by.
    fn row(&mut self) -> u32 {
        (self.uniform() * 16_777_216.0) as u32
    }
}

/// A whole number whose mean is `x`, for number `at` of a row: by a hash (the finaliser of
/// murmur3), so that a row is computed in vectors.
fn rounded(x: f32, row: u32, at: usize) -> f32 {
    let mut hash = row ^ (at as u32).wrapping_mul(0x9e37_79b1);
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^= hash >> 16;
    let uniform = (hash >> 8) as f32 / 16_777_216.0;
    x.floor() + if uniform < x - x.floor() { 1.0 } else { 0.0 }
}

/// A network between two sequences.
struct ImperfectNetwork {
    ways: Ways,
    chance: Chance,
    decay: f32,
    /// Hidden weights `[neuron][source]`, and what they stand to change by at the end.
    weights: Vec<f32>,
    change: Vec<f32>,
    out: Vec<f32>,
    out_change: Vec<f32>,
    feedback: Vec<f32>,
    rates: Vec<f32>,
}

/// Activity and traces within a sequence.
struct Activity {
    v: Vec<f32>,
    spiked: Vec<bool>,
    counts: Vec<u32>,
    psi: Vec<f32>,
    traces: Vec<f32>,
    out_traces: Vec<f32>,
    /// Filtered eligibility, in units of [`ImperfectNetwork::tag_unit`] if it is a tag.
    eligibility: Vec<f32>,
    /// Sum of the eligibility, for the term of the rate.
    sums: Vec<f32>,
    y: f32,
    /// Errors of this step and of the two before.
    errors: [f32; 3],
}

impl Activity {
    fn at_rest() -> Activity {
        Activity {
            v: vec![0.0; NEURONS],
            spiked: vec![false; NEURONS],
            counts: vec![0; NEURONS],
            psi: vec![0.0; NEURONS],
            traces: vec![0.0; SOURCES],
            out_traces: vec![0.0; NEURONS],
            eligibility: vec![0.0; NEURONS * SOURCES],
            sums: vec![0.0; NEURONS * SOURCES],
            y: 0.0,
            errors: [0.0; 3],
        }
    }
}

impl ImperfectNetwork {
    fn new(seed: u64, ways: Ways) -> ImperfectNetwork {
        let task = task(seed);
        let Feedback::Random(feedback) = &task.feedback else {
            panic!("feedback of this task is drawn");
        };
        let w = &task.weights;
        let mut weights = vec![];
        for j in 0..NEURONS {
            weights.extend(
                w.w_in
                    .row(j)
                    .iter()
                    .chain(w.w_rec.row(j))
                    .map(|x| *x as f32),
            );
        }
        ImperfectNetwork {
            ways,
            chance: Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            decay: (-1.0f32 / 30.0).exp(),
            weights,
            change: vec![0.0; NEURONS * SOURCES],
            out: singles(w.w_out.values()),
            out_change: vec![0.0; NEURONS],
            feedback: singles(feedback.values()),
            rates: vec![RATE_TARGET; NEURONS],
        }
    }

    /// Unit of traces: what a spike adds, over its impulse.
    fn trace_unit(&self) -> f32 {
        (1.0 - self.decay) / self.ways.traces.unwrap_or(16.0)
    }

    /// Eligibility of a tag of 1.
    fn tag_unit(&self) -> f32 {
        PSI_MAX / self.ways.psi.unwrap_or(16.0) * self.trace_unit() / 32.0 / SMALLEST
    }

    /// Learns one sequence; its loss.
    fn learn(&mut self, input: &[Vec<u32>], target: &[f64]) -> f64 {
        let mut now = Activity::at_rest();
        if let RateOf::Fresh(_) = self.ways.rate {
            self.rates.fill(RATE_TARGET);
        }
        let mut loss = 0.0;
        for (spikes, wanted) in input.iter().zip(target) {
            self.integrate(&mut now, spikes);
            let error = self.read_out(&mut now) - *wanted as f32;
            loss += 0.5 * f64::from(error).powi(2);
            now.errors = [error, now.errors[0], now.errors[1]];
            self.learn_readout(&now);
            for j in 0..NEURONS {
                self.follow(&mut now, j);
                self.learn_hidden(&now, j);
            }
        }
        self.close(&now);
        loss
    }

    /// A trace after a step.
    fn traced(&mut self, trace: f32, spiked: bool) -> f32 {
        let Some(impulse) = self.ways.traces else {
            return self.decay * trace + (1.0 - self.decay) * f32::from(spiked);
        };
        let unit = self.trace_unit();
        let left = self.chance.round(self.decay * trace / unit);
        (left + impulse * f32::from(spiked)).min(127.0) * unit
    }

    /// Traces, membranes, psi, spikes and rates.
    fn integrate(&mut self, now: &mut Activity, spikes: &[u32]) {
        let before = now.spiked.clone();
        let mut sources: Vec<usize> = spikes.iter().map(|i| *i as usize).collect();
        sources.extend((0..NEURONS).filter(|j| before[*j]).map(|j| INPUTS + j));
        let mut spiked = [false; SOURCES];
        sources.iter().for_each(|i| spiked[*i] = true);
        for (trace, spiked) in now.traces.iter_mut().zip(spiked) {
            *trace = self.traced(*trace, spiked);
        }
        for (j, spiked) in before.iter().enumerate() {
            let row = &self.weights[j * SOURCES..(j + 1) * SOURCES];
            let sum: f32 = sources.iter().map(|i| row[*i]).sum();
            let reset = THRESHOLD * f32::from(*spiked);
            now.v[j] = self.decay * now.v[j] + (1.0 - self.decay) * sum - reset;
            let above = now.v[j] - THRESHOLD;
            let share = (1.0 - above.abs() / THRESHOLD).max(0.0);
            now.psi[j] = PSI_MAX * self.ways.psi.map_or(share, |n| (share * n).round() / n);
            now.spiked[j] = above >= 0.0;
            now.counts[j] += u32::from(now.spiked[j]);
            if let RateOf::Fresh(steps) | RateOf::Carried(steps) = self.ways.rate {
                self.rates[j] += (f32::from(now.spiked[j]) - self.rates[j]) / steps;
            }
        }
    }

    fn read_out(&mut self, now: &mut Activity) -> f32 {
        let mut sum = 0.0;
        for j in 0..NEURONS {
            sum += self.out[j] * f32::from(now.spiked[j]);
            now.out_traces[j] = self.traced(now.out_traces[j], now.spiked[j]);
        }
        now.y = self.decay * now.y + (1.0 - self.decay) * sum;
        now.y
    }

    /// A factor as pulses by chance, each of `pulse`.
    fn pulsed(&mut self, factor: f32, pulse: f32) -> f32 {
        if self.ways.pulses {
            self.chance.round(factor / pulse) * pulse
        } else {
            factor
        }
    }

    /// A weight after a change.
    fn moved(&mut self, weight: f32, change: f32) -> f32 {
        if self.ways.weights {
            (weight + self.chance.round(change / STEP) * STEP).clamp(-FULL, FULL)
        } else {
            weight + change
        }
    }

    fn learn_readout(&mut self, now: &Activity) {
        let pulse = STEP / 2.0 * SMALLEST / ((1.0 - self.decay) / 16.0);
        let factor = self.pulsed(ETA_OUT * now.errors[0], pulse);
        for j in 0..NEURONS {
            let change = -factor * now.out_traces[j];
            if !self.ways.late {
                self.out_change[j] += change;
            } else if change != 0.0 {
                self.out[j] = self.moved(self.out[j], change);
            }
        }
    }

    /// The eligibilities of a neuron's synapses after a step.
    fn follow(&mut self, now: &mut Activity, j: usize) {
        let psi = now.psi[j];
        let unit = self.tag_unit();
        let row = j * SOURCES..(j + 1) * SOURCES;
        let eligibility = &mut now.eligibility[row.clone()];
        let each = eligibility.iter_mut().zip(&now.traces);
        if self.ways.tag {
            let chance = self.chance.row();
            for (at, (tag, trace)) in each.enumerate() {
                let moves = (psi * trace / unit - *tag) / 32.0;
                *tag = (*tag + rounded(moves, chance, at)).clamp(-256.0, 255.0);
            }
        } else {
            for (filtered, trace) in each {
                *filtered = self.decay * *filtered + (1.0 - self.decay) * psi * trace;
            }
        }
        if let RateOf::Sequence = self.ways.rate {
            let scale = if self.ways.tag { unit } else { 1.0 };
            let sums = now.sums[row.clone()].iter_mut();
            for (sum, filtered) in sums.zip(&now.eligibility[row]) {
                *sum += filtered * scale;
            }
        }
    }

    fn learn_hidden(&mut self, now: &Activity, j: usize) {
        let error = now.errors[if self.ways.late { 2 } else { 0 }];
        let signal = self.feedback[j] * error + RATE_GAIN * (self.rates[j] - RATE_TARGET);
        let tag = self.tag_unit();
        let factor = self.pulsed(ETA * signal, STEP / 2.0 * SMALLEST / tag);
        if factor == 0.0 {
            return;
        }
        let factor = factor * if self.ways.tag { tag } else { 1.0 };
        let row = j * SOURCES..(j + 1) * SOURCES;
        let eligibility = &now.eligibility[row.clone()];
        if !self.ways.late {
            for (change, met) in self.change[row].iter_mut().zip(eligibility) {
                *change -= factor * met;
            }
            return;
        }
        let weights = &mut self.weights[row];
        let each = weights.iter_mut().zip(eligibility);
        if self.ways.weights {
            let chance = self.chance.row();
            for (at, (weight, met)) in each.enumerate() {
                let steps = rounded(-factor * met / STEP, chance, at);
                *weight = (*weight + steps * STEP).clamp(-FULL, FULL);
            }
        } else {
            for (weight, met) in each {
                *weight -= factor * met;
            }
        }
        weights[INPUTS + j] = 0.0;
    }

    /// What is known or done at the end of a sequence only.
    fn close(&mut self, now: &Activity) {
        if let RateOf::Sequence = self.ways.rate {
            for at in 0..NEURONS * SOURCES {
                let j = at / SOURCES;
                if at % SOURCES == INPUTS + j {
                    continue;
                }
                let rate = now.counts[j] as f32 / 1000.0;
                let change = -ETA * RATE_GAIN * (rate - RATE_TARGET) * now.sums[at];
                self.weights[at] = self.moved(self.weights[at], change);
            }
        }
        for (weight, change) in self.weights.iter_mut().zip(&mut self.change) {
            *weight += std::mem::take(change);
        }
        for j in 0..NEURONS {
            self.weights[j * SOURCES + INPUTS + j] = 0.0;
        }
        for (weight, change) in self.out.iter_mut().zip(&mut self.out_change) {
            *weight += std::mem::take(change);
        }
    }
}

fn singles(values: &[f64]) -> Vec<f32> {
    values.iter().map(|x| *x as f32).collect()
}

/// Loss of the last sequence of a seed.
fn last_loss(seed: u64, ways: Ways) -> f64 {
    let lesson = sequence(seed);
    let Target::Signal(target) = &lesson.target else {
        panic!("the target of this task is a signal");
    };
    let mut learner = ImperfectNetwork::new(seed, ways);
    let mut loss = f64::NAN;
    for _ in 0..SEQUENCES {
        loss = learner.learn(&lesson.input, target);
    }
    loss
}

fn main() {
    let seeds = std::env::args()
        .nth(1)
        .map_or(10, |n| n.parse().expect("a number of seeds"));
    println!(
        "loss of sequence {SEQUENCES}, seeds 1 to {seeds}: median, and interval of the median"
    );
    for (name, ways) in ROWS {
        let losses: Vec<f64> = (1..=seeds).map(|seed| last_loss(seed, ways)).collect();
        let found = MedianInterval::of(&losses).expect("at least one seed");
        println!(
            "{name:45} {:6.2}   {:.1} to {:.1}",
            found.median, found.low, found.high
        );
    }
}
