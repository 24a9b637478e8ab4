//! Encoders: from an image to the spikes that the host sends.

use seamount_arith::random::{Key, Purpose};

/// How an input becomes spikes. A spike is (step, source): the host sends it in that step, and it
/// acts in the next one.
#[derive(Debug, Clone, PartialEq)]
pub enum Encoder {
    /// One pixel a step, as a change of brightness from it to the next. Source 2k fires when the
    /// brightness rises through level k, source 2k + 1 when it falls through it, k = 1 to `levels`;
    /// level k is 255 k / (levels + 1), rounded down. Pixel p is sent in step p + 1, so it acts in
    /// step p + 2: the recorded network reads its input one step behind its clock.
    LevelCrossing {
        /// Number of levels.
        levels: u32,
        /// Source that fires while a pixel is 255, which no level lies above.
        white: u32,
        /// Source that fires in every step behind the last pixel: the answer is wanted.
        cue: u32,
    },
    /// A source for each pixel that adds its brightness in every step, fires when the sum is above
    /// 255 and begins again at 0, so that what is beyond 255 is lost.
    Accumulate {
        /// Steps in which the image is shown; later steps have no input.
        shown: u64,
    },
    /// Every source fires in every step with the same chance: a stand-in for inputs that nobody can
    /// have. The image is not looked at.
    Random {
        /// Chance of a spike, 0 to 1.
        rate: f64,
    },
}

impl Encoder {
    /// Spikes of an image of 0 to 255 for a presentation of so many steps; nothing of
    /// [`Random`](Encoder::Random), which has no image.
    pub fn image(&self, pixels: &[u8], steps: u64) -> Vec<(u64, u32)> {
        match *self {
            Encoder::LevelCrossing { levels, white, cue } => {
                level_crossings(pixels, steps, levels, white, cue)
            }
            Encoder::Accumulate { shown } => accumulated(pixels, shown),
            Encoder::Random { .. } => vec![],
        }
    }
}

fn level_crossings(
    pixels: &[u8],
    steps: u64,
    levels: u32,
    white: u32,
    cue: u32,
) -> Vec<(u64, u32)> {
    let mut events = vec![];
    for (p, &pixel) in pixels.iter().enumerate() {
        let step = p as u64 + 1;
        let now = u32::from(pixel);
        if let Some(&next) = pixels.get(p + 1) {
            let next = u32::from(next);
            for k in 1..=levels {
                let level = k * 255 / (levels + 1);
                if now < level && level <= next {
                    events.push((step, 2 * k));
                } else if now >= level && level > next {
                    events.push((step, 2 * k + 1));
                }
            }
        }
        if pixel == 255 {
            events.push((step, white));
        }
    }
    events.extend((pixels.len() as u64..steps).map(|p| (p + 1, cue)));
    events
}

fn accumulated(pixels: &[u8], shown: u64) -> Vec<(u64, u32)> {
    let mut sums = vec![0u32; pixels.len()];
    let mut events = vec![];
    for step in 0..shown {
        for (source, (sum, pixel)) in sums.iter_mut().zip(pixels).enumerate() {
            *sum += u32::from(*pixel);
            if *sum > 255 {
                *sum = 0;
                events.push((step, source as u32));
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
    let key = Key::new(seed, Purpose::Stimulus).part(sample);
    let limit = (rate.clamp(0.0, 1.0) * f64::from(u32::MAX)) as u64;
    let all = (0..steps).flat_map(|step| (0..inputs).map(move |source| (step, source)));
    let fires = |(step, source): &(u64, u32)| {
        key.below(step * u64::from(inputs) + u64::from(*source), 1 << 32) < limit
    };
    all.filter(fires).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accumulating_source_fires_above_one() {
        let encoder = Encoder::Accumulate { shown: 32 };
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
        let encoder = Encoder::LevelCrossing {
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
    }

    #[test]
    fn random_events_are_of_their_seed_and_sample() {
        let events = random_events(10, 200, 0.25, 1, 0);
        assert_eq!(events, random_events(10, 200, 0.25, 1, 0));
        assert_ne!(events, random_events(10, 200, 0.25, 1, 1));
        assert!((350..650).contains(&events.len()), "{}", events.len());
        assert!(random_events(10, 200, 0.0, 1, 0).is_empty());
    }
}
