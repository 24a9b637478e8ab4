//! Against the golden vectors, finite differences and the equations.

use super::adjoint::backward;
use super::cell::Cell;
use super::loss::{Scratch, trial_loss};
use super::pseudo::Pseudo;
use super::train::{Sample, Trainer, batch_sum};
use super::trial::{Setting, TooManyEvents, Trial, Volley};
use super::wiring::Wiring;
use seamount_reference::Draws;
use serde_json::Value;

fn golden() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/qif-theta-net.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture")).expect("JSON")
}

fn floats(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("an array")
        .iter()
        .map(|v| v.as_f64().expect("a number"))
        .collect()
}

/// The golden network: three inputs, four neurons, all to all.
fn golden_network() -> (Setting, Vec<f64>, Vec<Volley>) {
    let file = golden();
    let number = |key: &str| file[key].as_f64().expect("a number");
    let cell = Cell::new(number("tau"), number("I0")).expect("an oscillator");
    assert!((cell.period() - number("Theta")).abs() < 1e-12);
    let setting = Setting {
        cell,
        wiring: Wiring::recurrent(3, 4),
        duration: number("T"),
        events_max: 100,
    };
    let column = |key: &str, from: usize| {
        (0..4)
            .map(|post| file[key][post][from].as_f64().expect("a weight"))
            .collect::<Vec<_>>()
    };
    let mut parameters: Vec<f64> = (0..3).flat_map(|i| column("W_in_post_input", i)).collect();
    parameters.extend((0..4).flat_map(|i| column("W_net_post_pre", i)));
    parameters.extend(floats(&file["phi0"]));
    let ids = floats(&file["input_ids"]);
    let volleys = floats(&file["input_times"])
        .into_iter()
        .zip(ids)
        .map(|(time, id)| Volley {
            time,
            inputs: vec![id as usize],
        });
    (setting, parameters, volleys.collect())
}

fn run(setting: &Setting, parameters: &[f64], volleys: &[Volley]) -> Trial {
    let mut trial = Trial::default();
    setting
        .run(parameters, volleys, &mut trial)
        .expect("few events");
    trial
}

#[test]
fn golden_spikes_and_phases_to_1e_12() {
    let (setting, parameters, volleys) = golden_network();
    let trial = run(&setting, &parameters, &volleys);
    let file = golden();
    let wanted = file["spikes"].as_array().expect("spikes");
    let spikes: Vec<(f64, usize)> = trial.spikes().collect();
    assert_eq!(spikes.len(), wanted.len());
    for ((time, neuron), want) in spikes.iter().zip(wanted) {
        assert_eq!(*neuron as u64, want[1].as_u64().expect("a neuron"));
        assert!(
            (time - want[0].as_f64().expect("a time")).abs() < 1e-12,
            "{time} for {want}"
        );
    }
    for (phase, want) in trial.phases.iter().zip(floats(&file["phi_at_T"])) {
        assert!((phase - want).abs() < 1e-12, "{phase} for {want}");
    }
    let mut pseudo = Pseudo::default();
    pseudo.run(&setting, &parameters, &trial);
    for (neuron, want) in floats(&file["first_pseudospike_no_pseudo_input"])
        .iter()
        .enumerate()
    {
        assert!((pseudo.time(&setting, neuron, 1) - want).abs() < 1e-12);
    }
}

#[test]
fn golden_table_of_jumps_to_1e_12() {
    let cell = Cell::published();
    let file = golden();
    let table = &file["H_table"];
    let mut seen = 0;
    let phases = floats(&table["phi"]);
    for (w, row) in floats(&table["w"])
        .iter()
        .zip(table["H"].as_array().expect("rows"))
    {
        for (phase, want) in phases.iter().zip(floats(row)) {
            assert!(
                (cell.jump(*phase, *w).phase - want).abs() < 1e-12,
                "H({phase}, {w})"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 54);
}

/// Derivatives of spike e's time, or of -phi(T) of a neuron, by every parameter.
fn gradient(
    setting: &Setting,
    parameters: &[f64],
    volleys: &[Volley],
    by_time: &[f64],
    by_phase: &[f64],
) -> Vec<f64> {
    let trial = run(setting, parameters, volleys);
    let mut bars = by_phase.to_vec();
    let mut found = vec![0.0; parameters.len()];
    backward(
        setting, parameters, volleys, &trial, by_time, &mut bars, &mut found,
    );
    found
}

#[test]
fn golden_derivatives_of_spikes_and_pseudospikes() {
    let (setting, parameters, volleys) = golden_network();
    let trial = run(&setting, &parameters, &volleys);
    let of_spike: Vec<Vec<f64>> = trial
        .spikes()
        .map(|(time, _)| {
            let by_time: Vec<f64> = trial
                .events
                .iter()
                .map(|e| f64::from(e.time == time))
                .collect();
            gradient(&setting, &parameters, &volleys, &by_time, &[0.0; 4])
        })
        .collect();
    let of_pseudo = |n: usize| {
        let mut by_phase = [0.0; 4];
        by_phase[n] = -1.0;
        gradient(
            &setting,
            &parameters,
            &volleys,
            &vec![0.0; trial.events.len()],
            &by_phase,
        )
    };
    let of_pseudo: Vec<Vec<f64>> = (0..4).map(of_pseudo).collect();
    let file = golden();
    let mut largest: f64 = 0.0;
    for entry in file["finite_difference_gradients"]
        .as_array()
        .expect("entries")
    {
        let at = |key: &str| entry[key].as_u64().expect("an index") as usize;
        let place = at("input") * 4 + at("post");
        for (want, found) in floats(&entry["dspike"]).iter().zip(&of_spike) {
            largest = largest.max((want - found[place]).abs());
        }
        for (want, found) in floats(&entry["dpseudo"]).iter().zip(&of_pseudo) {
            largest = largest.max((want - found[place]).abs());
        }
    }
    // Finite differences of the golden file are good to about 1e-9.
    assert!(largest < 1e-8, "{largest}");
}

fn small() -> (Setting, Vec<f64>, Vec<Volley>) {
    let setting = Setting::published(&[5, 6, 6, 3]);
    let mut draws = Draws::new(3, 9);
    let mut parameters = setting.wiring.initial(1, 3.0);
    parameters
        .iter_mut()
        .for_each(|p| *p += draws.uniform_in(-0.6, 2.0));
    (
        setting,
        parameters,
        vec![
            Volley {
                time: 0.0201,
                inputs: vec![0, 2, 3],
            },
            Volley {
                time: 0.7,
                inputs: vec![1, 4],
            },
        ],
    )
}

/// Central differences of the loss by every parameter, over many networks, with real spikes and
/// pseudospikes among the outputs.
#[test]
fn the_gradient_of_the_loss_is_that_of_finite_differences() {
    let (setting, start, volleys) = small();
    let mut scratch = Scratch::default();
    let mut real = 0;
    let mut silent = 0;
    for seed in 0..20 {
        let mut draws = Draws::new(seed, 1);
        let parameters: Vec<f64> = start
            .iter()
            .map(|p| (p + draws.uniform_in(-1.5, 0.5)).max(-2.0))
            .collect();
        let mut found = vec![0.0; parameters.len()];
        trial_loss(
            &setting,
            &parameters,
            &volleys,
            1,
            &mut scratch,
            Some(&mut found),
        )
        .expect("few events");
        for n in setting.wiring.outputs() {
            let fires = scratch.trial.first_spike(n).is_some();
            (real, silent) = (real + usize::from(fires), silent + usize::from(!fires));
        }
        let mut loss = |place: usize, by: f64| {
            let mut moved = parameters.clone();
            moved[place] += by;
            trial_loss(&setting, &moved, &volleys, 1, &mut scratch, None)
                .expect("few events")
                .loss
        };
        for (place, g) in found.iter().enumerate() {
            let h = 1e-5;
            let want = (loss(place, h) - loss(place, -h)) / (2.0 * h);
            assert!(
                (want - g).abs() < 1e-7 * (1.0 + want.abs()),
                "seed {seed}, parameter {place}: {g}, differences say {want}"
            );
        }
    }
    assert!(
        real >= 10 && silent >= 10,
        "{real} outputs fire, {silent} do not"
    );
}

/// A spike leaves the trial through its end: time, loss and gradient go on without a jump.
#[test]
fn a_spike_turns_into_a_pseudospike_continuously() {
    let setting = Setting::published(&[1, 2]);
    let volleys = [Volley {
        time: 0.5,
        inputs: vec![0],
    }];
    let mut scratch = Scratch::default();
    let mut at = |w: f64| {
        let mut gradient = vec![0.0; 4];
        let outcome = trial_loss(
            &setting,
            &[w, 0.3, 3.0, 3.0],
            &volleys,
            0,
            &mut scratch,
            Some(&mut gradient),
        )
        .expect("few events");
        (outcome.times[0], outcome.fired.is_some(), gradient[0])
    };
    let mut low = 0.0;
    let mut high = 5.0;
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if at(middle).1 {
            high = middle
        } else {
            low = middle
        }
    }
    let silent = at(low - 1e-4);
    let fires = at(high + 1e-4);
    assert!(!silent.1 && fires.1, "{silent:?} {fires:?}");
    assert!(
        silent.0 > 2.0 && fires.0 < 2.0 && silent.0 - fires.0 < 1e-3,
        "{silent:?} {fires:?}"
    );
    assert!((silent.2 - fires.2).abs() < 1e-3, "{silent:?} {fires:?}");
    // A hidden spike that leaves: the output's pseudospike goes on without a jump, by pseudo-rates.
    let hidden = Setting::published(&[1, 1, 1]);
    let mut output = |phase: f64| {
        let outcome = trial_loss(&hidden, &[0.0, 0.8, phase, 3.0], &[], 0, &mut scratch, None)
            .expect("few events");
        (outcome.times[0], scratch.trial.spikes().count())
    };
    // The hidden neuron fires at 6 - phase; within 1e-6 of the end it is at the edge, see
    // cell::EDGE.
    let inside = output(4.0 + 1e-5);
    let outside = output(4.0 - 1e-5);
    assert_eq!((inside.1, outside.1), (1, 0));
    assert!(
        (inside.0 - outside.0).abs() < 1e-4,
        "{inside:?} {outside:?}"
    );
    assert!(
        (output(4.5).0 - inside.0).abs() > 1e-3,
        "the hidden spike must matter"
    );
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (setting, parameters, volleys) = small();
    let sample = |i: usize| Sample {
        volleys: vec![Volley {
            time: 0.01 * i as f64,
            ..volleys[i % 2].clone()
        }],
        label: i % 3,
    };
    let samples: Vec<Sample> = (0..90).map(sample).collect();
    let one = batch_sum(&setting, &parameters, &samples, 1).expect("few events");
    assert!(one.spikes > 90 && one.gradient.iter().any(|g| *g != 0.0));
    for threads in [2, 3, 8] {
        assert_eq!(
            one,
            batch_sum(&setting, &parameters, &samples, threads).expect("few events")
        );
    }
}

#[test]
fn training_tells_two_inputs_apart() {
    let mut trainer = Trainer::new(Setting::published(&[2, 8, 2]), 5);
    let samples: Vec<Sample> = (0..2)
        .map(|i| Sample {
            volleys: vec![Volley {
                time: 0.0201,
                inputs: vec![i],
            }],
            label: i,
        })
        .collect();
    let before = trainer.learn(&samples, 1e-2, 1).expect("few events");
    for _ in 0..400 {
        trainer.learn(&samples, 1e-2, 1).expect("few events");
    }
    let after = trainer.learn(&samples, 1e-2, 1).expect("few events");
    assert_eq!(
        (before.right, after.right),
        (0, 2),
        "{} {}",
        before.loss,
        after.loss
    );
    assert!(
        after.loss < 0.3 * before.loss,
        "{} {}",
        before.loss,
        after.loss
    );
}

#[test]
fn a_trial_without_end_is_refused() {
    let (setting, parameters, volleys) = golden_network();
    let short = Setting {
        events_max: 4,
        ..setting
    };
    let error = short.run(&parameters, &volleys, &mut Trial::default());
    assert_eq!(error, Err(TooManyEvents(4)));
    assert_eq!(Cell::new(1.0, 0.25), None);
    assert_eq!(Cell::new(f64::NAN, 1.0), None);
}
