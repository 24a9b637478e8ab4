//! The chip against its definition in plain integers.

use super::CountNetwork;
use super::learner::{IbLearner, SampleSeen};
use seamount_reference::Draws;

fn form() -> CountNetwork {
    CountNetwork {
        sizes: vec![5, 6, 4, 3],
        counts: 12,
        one: 6,
        full: 2.0,
        pulse_shift: 4,
        gain: 1.0,
    }
}

fn learner(seed: u64) -> IbLearner {
    let mut draws = Draws::new(seed, 1);
    let weights: Vec<Vec<Vec<f64>>> = form()
        .sizes
        .windows(2)
        .map(|p| {
            (0..p[0])
                .map(|_| (0..p[1]).map(|_| draws.normal()).collect())
                .collect()
        })
        .collect();
    IbLearner::new(&form(), &weights, seed).unwrap()
}

/// Weights `[source][unit]` as they are now.
fn weights(learner: &IbLearner, projection: &str, units: usize) -> Vec<Vec<i32>> {
    let learned = learner.chip.learned(projection).unwrap();
    let mut rows =
        vec![vec![0; units]; learned.ends.iter().map(|e| e.0 as usize + 1).max().unwrap()];
    learned
        .ends
        .iter()
        .zip(&learned.weights)
        .for_each(|(e, w)| rows[e.0 as usize][e.1 as usize] = *w);
    rows
}

const LAYERS: [(&str, &str); 3] = [
    ("in->hidden0", "one->hidden0"),
    ("hidden0->hidden1", "one->hidden1"),
    ("hidden1->out", "one->out"),
];

/// Sums and spikes of every layer by the definition at the head of `hidden.asm`.
fn expected(learner: &IbLearner, spikes: &[u32]) -> (Vec<Vec<i32>>, Vec<i32>) {
    let form = form();
    let (mut values, mut hidden): (Vec<i32>, _) =
        (spikes.iter().map(|s| *s as i32).collect(), vec![]);
    for (layer, (from, one)) in LAYERS.into_iter().enumerate() {
        let units = form.sizes[layer + 1];
        let rows = weights(learner, from, units);
        let bias = weights(learner, one, units);
        let sum = |j: usize| {
            (0..values.len())
                .map(|i| rows[i][j] * values[i])
                .sum::<i32>()
                + bias[0][j] * form.one as i32
        };
        let sums: Vec<i32> = (0..units).map(sum).collect();
        if layer == 2 {
            return (hidden, sums);
        }
        values = sums
            .iter()
            .map(|s| {
                s.div_euclid(form.weight_units())
                    .clamp(0, form.counts as i32)
            })
            .collect();
        hidden.push(values.clone());
    }
    unreachable!()
}

fn sample(draws: &mut Draws) -> Vec<u32> {
    (0..5).map(|_| (draws.uniform() * 13.0) as u32).collect()
}

#[test]
fn units_fire_their_values_and_readouts_sum_them() {
    let mut learner = learner(1);
    let mut draws = Draws::new(5, 5);
    let mut fired = 0;
    for _ in 0..20 {
        let spikes = sample(&mut draws);
        let SampleSeen {
            hidden, readout, ..
        } = learner.show(&spikes);
        assert_eq!(
            (&hidden, &readout),
            (
                &expected(&learner, &spikes).0,
                &expected(&learner, &spikes).1
            )
        );
        fired += hidden.concat().iter().filter(|c| **c > 0).count();
        learner.teach(&[], None);
    }
    assert!(fired > 20);
}

/// Three factors: the change of a weight is spikes x derivative x pulses / 128, to the rounding:
/// signed weights of 8 bits are even, and chance takes the one or the other of the two that are
/// nearest.
#[test]
fn weights_change_by_the_three_factors_and_by_nothing_else() {
    let mut learner = learner(2);
    let mut draws = Draws::new(6, 6);
    let before = |learner: &IbLearner| {
        LAYERS
            .map(|(p, _)| p)
            .into_iter()
            .zip([6, 4, 3])
            .map(|(p, n)| weights(learner, p, n))
            .collect::<Vec<_>>()
    };
    let mut moved = 0;
    let mut gated = 0;
    for step in 0..40 {
        let spikes = sample(&mut draws);
        let old = before(&learner);
        let seen = learner.show(&spikes);
        assert_eq!(
            before(&learner),
            old,
            "nothing is learned before it is told"
        );
        // 16 to a pulse; a pulse is not left over, so that each sample stands alone
        let pulses = [
            (0..6)
                .map(|j| (j - 3) * 20 + step % 3)
                .collect::<Vec<i32>>(),
            (0..4).map(|j| 30 - 20 * j).collect(),
        ];
        let signals: Vec<Vec<i32>> = pulses
            .iter()
            .map(|p| p.iter().map(|n| n * 16).collect())
            .collect();
        learner.teach(&signals, None);
        let new = before(&learner);
        assert_eq!(new[2], old[2], "readouts have no target");
        let sources = [
            spikes.iter().map(|s| *s as i32).collect::<Vec<i32>>(),
            seen.hidden[0].clone(),
        ];
        for layer in 0..2 {
            for (i, x) in sources[layer].iter().enumerate() {
                for (j, pulses) in pulses[layer].iter().enumerate() {
                    let derivative = i32::from(seen.hidden[layer][j] > 0);
                    let wanted = f64::from(-x * derivative * pulses) / 128.0;
                    let got = new[layer][i][j] - old[layer][i][j];
                    let limited = old[layer][i][j] as f64 + wanted;
                    assert!(
                        !(-255.0..=254.0).contains(&limited)
                            || (f64::from(got) - wanted).abs() < 2.0,
                        "{got} {wanted}"
                    );
                    moved += i32::from(got != 0);
                    gated += i32::from(derivative == 0 && *x > 0);
                }
            }
        }
    }
    assert!(moved > 100 && gated > 100, "{moved} {gated}");
}
