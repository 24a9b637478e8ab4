//! The chip's side of a validation: the network of a rule file, compiled and run, with every
//! weight, delay, tag and trace read out where the report wants a row.

use super::bias::{Bias, Meter};
use super::file::{Decay, Network, RuleFile};
use super::stimulus::Stimulus;
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, RuleReport};
use seamount_image::LimitPolicy;
use seamount_network::netlist::*;
use seamount_session::{Failure, IntegerNetwork};

/// Name of the plastic projection.
pub(super) const PLASTIC: &str = "plastic";

/// Everything that learns, at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// Step.
    pub step: u64,
    /// w, d and t by synapse.
    pub variables: [Vec<f64>; 3],
    /// x1, x2, y1, y2, y3 by source or target.
    pub traces: [Vec<f64>; 5],
    /// r1.
    pub reward: f64,
}

/// Run of the chip: weights and traces at the rows of the report, spikes, work of the rule.
#[derive(Debug, Clone, PartialEq)]
pub struct ChipRun {
    /// Before step 1, then every so many steps, and at the end.
    pub frames: Vec<Frame>,
    /// Targets that spiked, by step from 1.
    pub spikes: Vec<Vec<usize>>,
    /// Rounding against its expected value.
    pub bias: Bias,
    /// Samples of traces at 127, of all samples.
    pub full_traces: (u64, u64),
    /// Visits of synapses and products computed.
    pub work: (u64, u64),
    /// The compiled rule and its warnings.
    pub rule: RuleReport,
}

/// Runs the file's network.
///
/// # Errors
/// If it does not compile.
pub fn run(file: &RuleFile, stimulus: &Stimulus) -> Result<ChipRun, Failure> {
    let netlist = netlist(file, stimulus);
    let options = CompileOptions::default();
    let network = IntegerNetwork::new(netlist.name.clone(), netlist);
    let compiled = network.compile(&options)?;
    let rule = compiled
        .report
        .learning
        .first()
        .cloned()
        .expect("the network has one rule");
    let placed = network.placed(&compiled, &options.board);
    let mut chip = Chip::load(&placed.prove(LimitPolicy::Enforce)?);
    let input = events(&chip, stimulus);
    let mut meter = Meter::new(file, stimulus);
    let mut frames = vec![frame(&chip, file)];
    let mut before = frames[0].clone();
    let mut spikes = vec![];
    let mut work = (0, 0);
    let mut full_traces = (0, 0);
    for step in 1..=file.stimulus.steps {
        let seen = chip.run(1, &input, &RunOptions::default());
        let fired = &seen.recordings[0];
        spikes.push(
            (0..fired.neurons.len())
                .filter(|n| fired.get(0, *n) != 0)
                .collect(),
        );
        let total = seen.total();
        work = (
            work.0 + total.learning_visits,
            work.1 + total.learning_products,
        );
        if !step.is_multiple_of(file.rule.epoch.into()) && step != file.stimulus.steps {
            continue;
        }
        let now = frame(&chip, file);
        if step.is_multiple_of(file.rule.epoch.into()) {
            meter.epoch(step, &before, &now, &spikes);
            full_traces.0 += now.traces.iter().flatten().filter(|x| **x >= 127.0).count() as u64;
            full_traces.1 += now.traces.iter().map(|t| t.len() as u64).sum::<u64>();
        }
        let due = step / file.every > frames.last().map_or(0, |f| f.step) / file.every;
        if due || step == file.stimulus.steps {
            frames.push(now.clone());
        }
        before = now;
    }
    Ok(ChipRun {
        frames,
        spikes,
        bias: meter.done(),
        full_traces,
        work,
        rule,
    })
}

fn frame(chip: &Chip, file: &RuleFile) -> Frame {
    let learned = chip.learned(PLASTIC).expect("it learns");
    let d = if file.rule.d_is_tag {
        learned.second_tags
    } else {
        learned.delays
    };
    let floats = |v: Vec<i32>| v.into_iter().map(f64::from).collect();
    let x = chip.pre_traces(PLASTIC).expect("it learns");
    let y = chip.post_traces("targets", 0).expect("they exist");
    let mut traces: [Vec<f64>; 5] = Default::default();
    for j in 0..2 {
        traces[j] = x.iter().map(|x| f64::from(x[j])).collect();
        // sources without synapses are unknown to the chip
        traces[j].resize(file.network.sources as usize, 0.0);
    }
    for j in 0..3 {
        traces[2 + j] = y.iter().map(|y| f64::from(y[j])).collect();
    }
    let reward = f64::from(chip.reward_trace(PLASTIC).unwrap_or(0));
    Frame {
        step: chip.t(),
        variables: [floats(learned.weights), floats(d), floats(learned.tags)],
        traces,
        reward,
    }
}

/// Input events: what arrives in step t is sent in step t - 1. A target that is made to spike gets
/// its input in the step before too: it arrives and acts in its own step.
fn events(chip: &Chip, stimulus: &Stimulus) -> SpikeTrain {
    let mut events: Vec<(u64, &str, u32)> = vec![];
    for (sent, units) in (0u64..).zip(&stimulus.sources) {
        events.extend(units.iter().map(|u| (sent, "sources", *u as u32)));
    }
    for (sent, units) in (0u64..).zip(&stimulus.targets) {
        events.extend(units.iter().map(|u| (sent, "drive", *u as u32)));
    }
    for (sent, count) in (0u64..).zip(&stimulus.rewards) {
        events.extend((*count > 0).then_some((sent, "reward", 0)));
    }
    let known = |name: &str| chip.program().input(name).is_some();
    SpikeTrain::named(chip.program(), events.into_iter().filter(|e| known(e.1)))
        .expect("its own inputs")
}

/// Decay register of a time constant: effective decays are registers, core offset off.
pub(super) fn register(tau: Option<f64>) -> u16 {
    tau.map_or(4095, |tau| {
        (4096.0 * -(-1.0 / tau).exp_m1()).round().clamp(0.0, 4095.0) as u16
    })
}

fn netlist(file: &RuleFile, stimulus: &Stimulus) -> Netlist {
    let Network {
        sources,
        targets,
        sign_mode,
        weight_bits,
        weight_exponent,
        delay,
        seed,
        neuron,
        ..
    } = file.network;
    let mut net = Netlist::new(&file.title);
    net.seed = seed;
    net.input("sources", sources).input("drive", targets);
    let mut rule = file.rule_on_chip();
    if let Some(reward) = file.reward {
        net.input("reward", 1);
        let sources = vec![RewardSource {
            source: Endpoint("reward".into()),
            impulse: reward.impulse,
        }];
        let (tau, k) = match reward.decay {
            Decay::Tau(tau) => (Some(tau), None),
            Decay::K(k) => (None, Some(k)),
        };
        rule.reward = Some(Reward {
            sources,
            tau,
            linear: false,
            k,
        });
    }
    // 4095 + offset: nothing is left; with a time constant the offset would be one too many
    let core = CoreSettings {
        ds_offset: neuron.tau_u.is_none(),
        dm_offset: neuron.tau_v.is_none(),
        ..CoreSettings::default()
    };
    let population = Population::new("targets", targets).core(core);
    let population = population
        .current_decay(register(neuron.tau_u))
        .voltage_decay(register(neuron.tau_v));
    net.add(
        population
            .threshold_mantissa(neuron.threshold)
            .refractory_steps(neuron.refractory),
    );
    net.connect("drive", "targets")
        .one_to_one(255)
        .weight_exponent(7);
    let pairs = stimulus
        .ends
        .iter()
        .zip(&stimulus.weights)
        .map(|(ends, w)| (ends.0, ends.1, *w));
    let name = rule.name.clone();
    let plastic = net.rule(rule).connect("sources", "targets").pairs(pairs);
    plastic
        .delay(delay)
        .weight_exponent(weight_exponent)
        .format(sign_mode, weight_bits)
        .learn(&name);
    plastic.name = PLASTIC.into();
    net.probe("targets", Register::Spike);
    net
}
