//! Encoders: from the numbers of a sample to the spikes that the host sends.
//!
//! A data set holds spikes already, or numbers (pixels, features) that somebody must make spikes
//! of. Which way that is done decides accuracy and operations as much as the network does, so it
//! is named, with every number, in each report and in the fingerprint of a run.
//!
//! What this module does *not* know: files, networks, labels.

use seamount_arith::random::{Key, Purpose};
use serde::Serialize;
use std::fmt;

/// Brightness of a white pixel, the largest of eight bits.
pub const WHITE: f64 = 255.0;

/// How a sample becomes spikes. A spike is (step, source): the host sends it in that step, and it
/// acts in the next one, so that step 0 is the first that is of use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SampleEncoder {
    /// The sample is a table of 0 and 1, steps x sources, and row r the spikes of step r; or it is
    /// a list of events.
    Direct,
    /// The sample is a table of whole numbers, steps x sources. What is not 0 in row r is the
    /// payload of a graded spike of step r.
    Graded,
    /// One value a step, as a change from it to the next. Source 2k fires when the value rises
    /// through level k, source 2k + 1 when it falls through it, k = 1 to `levels`; level k is
    /// 255 k / (levels + 1), rounded down. Value p is sent in step p + 1, so it acts in step p + 2:
    /// the recorded network reads its input one step behind its clock.
    LevelCrossing {
        /// Number of levels.
        levels: u32,
        /// Source that fires while a value is 255, which no level lies above.
        white: u32,
        /// Source that fires in every step behind the last value: the answer is wanted.
        cue: u32,
    },
    /// A source for each value that adds it in every step, fires when the sum is above `level` and
    /// begins again at 0, so that what is beyond is lost: a constant current into a neuron that
    /// forgets nothing.
    Accumulate {
        /// Sum above which a source fires, in the unit of the values.
        level: f64,
        /// Steps in which the sample is shown; later steps have no input.
        shown: u64,
    },
    /// A source for each value that fires in every shown step with the chance value / `scale`.
    Rate {
        /// Value of a source that fires in every step.
        scale: f64,
        /// Steps in which the sample is shown; later steps have no input.
        shown: u64,
        /// Seed of the chances: the same seed and sample give the same spikes.
        seed: u64,
    },
    /// A source for each value that fires in every shown step if the value is above `level`.
    Threshold {
        /// Value that must be exceeded, in the unit of the values.
        level: f64,
        /// Steps in which the sample is shown; later steps have no input.
        shown: u64,
    },
    /// Every source fires in every step with the same chance, and the sample is not looked at: a
    /// control, or a stand-in for inputs that nobody can have.
    Random {
        /// Chance of a spike, 0 to 1.
        rate: f64,
        /// Seed of the chances.
        seed: u64,
    },
}

/// Numbers of an encoder that are written behind its name, with the value of one that is absent;
/// without such a value the number must be there.
type Parameters = &'static [(&'static str, Option<f64>)];

/// Steps of an encoder that shows its sample to the end.
const TO_THE_END: f64 = 16_777_216.0;

/// Every encoder by its name.
const KINDS: [(&str, Parameters); 7] = [
    ("direct", &[]),
    ("graded", &[]),
    (
        "level-crossing",
        &[("levels", None), ("white", None), ("cue", None)],
    ),
    (
        "accumulate",
        &[("level", Some(WHITE)), ("shown", Some(TO_THE_END))],
    ),
    (
        "rate",
        &[
            ("scale", Some(WHITE)),
            ("shown", Some(TO_THE_END)),
            ("seed", Some(1.0)),
        ],
    ),
    ("threshold", &[("level", None), ("shown", Some(1.0))]),
    ("random", &[("rate", None), ("seed", Some(1.0))]),
];

impl SampleEncoder {
    /// An encoder as it is written: `direct`, `accumulate:level=255,shown=32`, `rate:scale=1`.
    ///
    /// # Errors
    /// Everything that is wrong with the text, in words.
    pub fn parse(text: &str) -> Result<SampleEncoder, String> {
        let (name, given) = text.split_once(':').unwrap_or((text, ""));
        let Some((name, parameters)) = KINDS.iter().find(|(known, _)| *known == name) else {
            let known = KINDS.map(|(known, _)| known).join(", ");
            return Err(format!("'{name}' is none of {known}"));
        };
        let mut numbers: Vec<Option<f64>> = parameters.iter().map(|p| p.1).collect();
        let mut problems = vec![];
        for part in given.split(',').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match (
                parameters.iter().position(|p| p.0 == key),
                value.parse::<f64>(),
            ) {
                (Some(at), Ok(value)) => numbers[at] = Some(value),
                (Some(_), Err(_)) => problems.push(format!("{key}: '{value}' is no number")),
                (None, _) => {
                    let known: Vec<&str> = parameters.iter().map(|p| p.0).collect();
                    let known = match known.is_empty() {
                        true => "it takes none".to_string(),
                        false => format!("it takes {}", known.join(", ")),
                    };
                    problems.push(format!("{name} has no number '{key}'; {known}"));
                }
            }
        }
        for (parameter, number) in parameters.iter().zip(&numbers) {
            match number {
                None => problems.push(format!("{name} needs {}=NUMBER", parameter.0)),
                Some(number) => problems.extend(out_of_range(parameter.0, *number)),
            }
        }
        if problems.is_empty() {
            let numbers: Vec<f64> = numbers.into_iter().flatten().collect();
            Ok(SampleEncoder::of(name, &numbers))
        } else {
            Err(problems.join("; "))
        }
    }

    /// The encoder of a name with its numbers, in the order of [`KINDS`].
    fn of(name: &str, numbers: &[f64]) -> SampleEncoder {
        match (name, numbers) {
            ("level-crossing", &[levels, white, cue]) => SampleEncoder::LevelCrossing {
                levels: levels as u32,
                white: white as u32,
                cue: cue as u32,
            },
            ("accumulate", &[level, shown]) => SampleEncoder::Accumulate {
                level,
                shown: shown as u64,
            },
            ("rate", &[scale, shown, seed]) => SampleEncoder::Rate {
                scale,
                shown: shown as u64,
                seed: seed as u64,
            },
            ("threshold", &[level, shown]) => SampleEncoder::Threshold {
                level,
                shown: shown as u64,
            },
            ("random", &[rate, seed]) => SampleEncoder::Random {
                rate,
                seed: seed as u64,
            },
            ("graded", _) => SampleEncoder::Graded,
            _ => SampleEncoder::Direct,
        }
    }

    /// Whether a sample is a table of steps x sources; of all others it is a list of numbers.
    pub(super) fn takes_tables(&self) -> bool {
        matches!(self, SampleEncoder::Direct | SampleEncoder::Graded)
    }

    /// Why a network with so many sources cannot take samples of so many values, if it cannot.
    pub(super) fn misfit(&self, values: u64, sources: u32) -> Option<String> {
        let wanted = match *self {
            SampleEncoder::Random { .. } => return None,
            SampleEncoder::LevelCrossing { levels, white, cue } => {
                let last = (2 * u64::from(levels) + 1).max(u64::from(white.max(cue)));
                let problem = format!("sends to source {last}, the network has {sources} sources");
                return (last >= u64::from(sources)).then_some(problem);
            }
            _ => u64::from(sources),
        };
        let problem = format!(
            "a sample has {values} values in each step, wanted one for each of the {sources} \
             sources of the network"
        );
        (values != wanted).then_some(problem)
    }

    /// What a value must be, and whether it is.
    pub(super) fn allowed(&self, value: f64) -> Result<(), &'static str> {
        let (holds, wanted) = match self {
            SampleEncoder::Direct => (value == 0.0 || value == 1.0, "0 or 1"),
            SampleEncoder::Graded => {
                let inside = (-8_388_608.0..=8_388_607.0).contains(&value);
                (
                    inside && value.fract() == 0.0,
                    "a whole number of -8388608..=8388607 (24 bit)",
                )
            }
            SampleEncoder::Rate { scale, .. } => (
                (0.0..=*scale).contains(&value),
                "from 0 to the scale of the encoder",
            ),
            _ => (value.is_finite(), "a finite number"),
        };
        if holds { Ok(()) } else { Err(wanted) }
    }

    /// Spikes of a list of values over `steps` steps, for a network of `sources` sources; `sample`
    /// is the number of the sample, by which chances differ. None of an encoder that takes tables.
    pub fn spikes(&self, values: &[f64], sources: u32, steps: u64, sample: u64) -> Vec<(u64, u32)> {
        match *self {
            SampleEncoder::LevelCrossing { levels, white, cue } => {
                level_crossings(values, steps, [levels, white, cue])
            }
            SampleEncoder::Accumulate { level, shown } => {
                accumulated(values, level, shown.min(steps))
            }
            SampleEncoder::Rate { scale, shown, seed } => {
                let chances: Vec<u64> = values.iter().map(|v| limit(v / scale)).collect();
                by_chance(&chances, shown.min(steps), seed, sample)
            }
            SampleEncoder::Threshold { level, shown } => {
                let above = (0u32..).zip(values).filter(|(_, value)| **value > level);
                let above: Vec<u32> = above.map(|(source, _)| source).collect();
                let step = |step| above.iter().map(move |source| (step, *source));
                (0..shown.min(steps)).flat_map(step).collect()
            }
            SampleEncoder::Random { rate, seed } => {
                random_events(sources, steps, rate, seed, sample)
            }
            SampleEncoder::Direct | SampleEncoder::Graded => vec![],
        }
    }

    /// Spikes of an image of 0 to 255 over `steps` steps; nothing of
    /// [`Random`](SampleEncoder::Random), which has no image.
    pub fn image(&self, pixels: &[u8], steps: u64) -> Vec<(u64, u32)> {
        let values: Vec<f64> = pixels.iter().copied().map(f64::from).collect();
        self.spikes(&values, 0, steps, 0)
    }
}

/// Why a number of an encoder has no meaning, if it has none.
fn out_of_range(name: &str, number: f64) -> Option<String> {
    let (least, most, whole) = match name {
        "levels" => (0.0, 254.0, true),
        "white" | "cue" => (0.0, f64::from(u32::MAX), true),
        "shown" => (0.0, TO_THE_END, true),
        "seed" => (0.0, 9_007_199_254_740_992.0, true),
        "rate" => (0.0, 1.0, false),
        "scale" => (f64::MIN_POSITIVE, f64::MAX, false),
        _ => (f64::MIN, f64::MAX, false),
    };
    let inside = (least..=most).contains(&number) && (!whole || number.fract() == 0.0);
    let kind = if whole { "a whole number" } else { "a number" };
    let range = match name {
        "scale" => "above 0".to_string(),
        "level" => "that is finite".to_string(),
        _ => format!("of {least}..={most}"),
    };
    (!inside).then(|| format!("{name}={number}: wanted {kind} {range}"))
}

impl fmt::Display for SampleEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |shown: u64| match shown as f64 >= TO_THE_END {
            true => String::new(),
            false => format!(",shown={shown}"),
        };
        match *self {
            SampleEncoder::Direct => f.write_str("direct"),
            SampleEncoder::Graded => f.write_str("graded"),
            SampleEncoder::LevelCrossing { levels, white, cue } => {
                write!(f, "level-crossing:levels={levels},white={white},cue={cue}")
            }
            SampleEncoder::Accumulate { level, shown: n } => {
                write!(f, "accumulate:level={level}{}", shown(n))
            }
            SampleEncoder::Rate {
                scale,
                shown: n,
                seed,
            } => write!(f, "rate:scale={scale}{},seed={seed}", shown(n)),
            SampleEncoder::Threshold { level, shown: n } => {
                write!(f, "threshold:level={level},shown={n}")
            }
            SampleEncoder::Random { rate, seed } => write!(f, "random:rate={rate},seed={seed}"),
        }
    }
}

fn level_crossings(values: &[f64], steps: u64, [levels, white, cue]: [u32; 3]) -> Vec<(u64, u32)> {
    let mut events = vec![];
    for (p, &now) in values.iter().enumerate() {
        let step = p as u64 + 1;
        if let Some(&next) = values.get(p + 1) {
            for k in 1..=levels {
                let level = f64::from(k * 255 / (levels + 1));
                if now < level && level <= next {
                    events.push((step, 2 * k));
                } else if now >= level && level > next {
                    events.push((step, 2 * k + 1));
                }
            }
        }
        if now == WHITE {
            events.push((step, white));
        }
    }
    events.extend((values.len() as u64..steps).map(|p| (p + 1, cue)));
    events
}

fn accumulated(values: &[f64], level: f64, shown: u64) -> Vec<(u64, u32)> {
    let mut sums = vec![0.0; values.len()];
    let mut events = vec![];
    for step in 0..shown {
        for (source, (sum, value)) in (0u32..).zip(sums.iter_mut().zip(values)) {
            *sum += value;
            if *sum > level {
                *sum = 0.0;
                events.push((step, source));
            }
        }
    }
    events
}

/// Random spikes of `inputs` sources over `steps` steps: each fires in each step with the chance
/// `rate`. The same seed and sample give the same spikes, on any number of threads.
pub fn random_events(
    inputs: u32,
    steps: u64,
    rate: f64,
    seed: u64,
    sample: u64,
) -> Vec<(u64, u32)> {
    by_chance(&vec![limit(rate); inputs as usize], steps, seed, sample)
}

/// A chance of 0 to 1 as the bound of a draw of 32 bits.
fn limit(chance: f64) -> u64 {
    (chance.clamp(0.0, 1.0) * f64::from(u32::MAX)) as u64
}

/// Spikes of sources with a chance each. A draw is a function of seed, sample, step and source, so
/// that nobody's spikes depend on who was encoded before.
fn by_chance(chances: &[u64], steps: u64, seed: u64, sample: u64) -> Vec<(u64, u32)> {
    let key = Key::new(seed, Purpose::Stimulus).part(sample);
    let inputs = chances.len() as u64;
    let mut events = vec![];
    for step in 0..steps {
        for (source, chance) in (0u32..).zip(chances) {
            if key.below(step * inputs + u64::from(source), 1 << 32) < *chance {
                events.push((step, source));
            }
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accumulating_source_fires_above_one() {
        let encoder = SampleEncoder::parse("accumulate:shown=32").unwrap();
        let steps = |pixel: u8| {
            let events = encoder.image(&[pixel], 35);
            events.iter().map(|e| e.0).collect::<Vec<_>>()
        };
        // 255 reaches 1 in the first step and passes it in the second
        assert_eq!(steps(255)[..2], [1, 3]);
        assert_eq!(steps(128), (0..16).map(|k| 2 * k + 1).collect::<Vec<_>>());
        assert!(steps(0).is_empty());
    }

    #[test]
    fn levels_are_crossed_up_and_down_and_the_cue_follows_the_last_pixel() {
        let encoder = SampleEncoder::LevelCrossing {
            levels: 2,
            white: 8,
            cue: 9,
        };
        // levels 85 and 170: up through both, white, down through the upper, cue in steps 4 and 5
        let events = encoder.image(&[0, 255, 100], 5);
        assert_eq!(
            events,
            [(1, 2), (1, 4), (2, 5), (2, 8), (4, 9), (5, 9)],
            "{events:?}"
        );
        assert_eq!(encoder.misfit(3, 10), None);
        assert!(encoder.misfit(3, 9).unwrap().contains("source 9"));
    }

    #[test]
    fn random_events_are_of_their_seed_and_sample() {
        let events = random_events(10, 200, 0.25, 1, 0);
        assert_eq!(events, random_events(10, 200, 0.25, 1, 0));
        assert_ne!(events, random_events(10, 200, 0.25, 1, 1));
        assert!((350..650).contains(&events.len()), "{}", events.len());
        assert!(random_events(10, 200, 0.0, 1, 0).is_empty());
        // a rate is random events of a source of its own for each value
        let rate = SampleEncoder::parse("rate:scale=4").unwrap();
        assert_eq!(rate.spikes(&[1.0; 10], 10, 200, 0), events);
        let fires = rate.spikes(&[0.0, 4.0], 2, 50, 3);
        assert!(fires.iter().all(|(_, source)| *source == 1));
        assert!(fires.len() >= 49, "{}", fires.len());
    }

    #[test]
    fn a_threshold_sends_what_is_above_it_in_every_shown_step() {
        let encoder = SampleEncoder::parse("threshold:level=0.5,shown=2").unwrap();
        let events = encoder.spikes(&[0.5, 0.6, -1.0], 3, 9, 0);
        assert_eq!(events, [(0, 1), (1, 1)]);
    }

    #[test]
    fn encoders_are_written_as_they_are_read_and_all_mistakes_come_at_once() {
        for text in [
            "direct",
            "graded",
            "level-crossing:levels=38,white=78,cue=79",
            "accumulate:level=255,shown=32",
            "accumulate:level=1.5",
            "rate:scale=255,shown=4,seed=7",
            "threshold:level=0,shown=1",
            "random:rate=0.5,seed=1",
        ] {
            assert_eq!(SampleEncoder::parse(text).unwrap().to_string(), text);
        }
        for (text, problems) in [
            ("poisson", vec!["'poisson' is none of direct, graded"]),
            ("direct:shown=3", vec!["it takes none"]),
            ("threshold", vec!["threshold needs level=NUMBER"]),
            (
                "rate:scale=0,seed=-1,shown=x,steps=2",
                vec!["scale=0: wanted", "seed=-1", "'x' is no number", "'steps'"],
            ),
            ("threshold:level=nan", vec!["level=NaN"]),
            (
                "level-crossing:levels=255,white=1",
                vec!["levels=255", "needs cue"],
            ),
        ] {
            let found = SampleEncoder::parse(text).unwrap_err();
            for problem in problems {
                assert!(found.contains(problem), "{text}: {found}");
            }
        }
    }
}
