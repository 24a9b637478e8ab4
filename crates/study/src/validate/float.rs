//! The other side of a validation: the same rule in 64-bit floats, with exact traces and real
//! weights, driven by the chip's spikes or by its own.

use super::chip::{ChipRun, Frame, register};
use super::file::{Network, Neuron, RuleFile, Spikes};
use super::stimulus::Stimulus;
use seamount_network::netlist::SignMode;
use seamount_reference::rules::{Engine, Limits, Precision, Rule, Seen, Synapses, Trace};
use seamount_rules::{Product, parse};
use seamount_session::Failure;

/// Run of the float side: weights and traces at the rows of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatRun {
    /// At the steps of the chip's frames.
    pub frames: Vec<Frame>,
    /// Number of target spikes it saw.
    pub spikes: u64,
    /// Weights stopped by their limits.
    pub stopped: u64,
}

/// The exact float run.
///
/// # Errors
/// If the rule does not parse.
pub fn run(file: &RuleFile, stimulus: &Stimulus, chip: &ChipRun) -> Result<FloatRun, Failure> {
    let steps: Vec<u64> = chip.frames.iter().map(|f| f.step).collect();
    simulate(file, stimulus, chip, &steps, Precision::default(), 1)
}

/// A float run with some imperfections on, frames at the given steps.
///
/// # Errors
/// If the rule does not parse.
pub fn simulate(
    file: &RuleFile,
    stimulus: &Stimulus,
    chip: &ChipRun,
    steps: &[u64],
    precision: Precision,
    seed: u64,
) -> Result<FloatRun, Failure> {
    let ends = stimulus
        .ends
        .iter()
        .map(|e| (e.0 as usize, e.1 as usize))
        .collect();
    let mut synapses = Synapses::new(
        ends,
        stimulus.weights.iter().map(|w| f64::from(*w)).collect(),
    );
    if !file.rule.d_is_tag {
        synapses.d.fill(f64::from(file.network.delay));
    }
    let sources = file.network.sources as usize;
    let targets = file.network.targets as usize;
    let mut engine = Engine::new(rule(file)?, precision, synapses, (sources, targets), seed);
    let mut neurons = Neurons::new(file);
    let mut run = FloatRun {
        frames: vec![],
        spikes: 0,
        stopped: 0,
    };
    let mut wanted = steps.iter().copied().peekable();
    if wanted.next_if_eq(&0).is_some() {
        run.frames.push(frame(&engine, 0));
    }
    let impulse = file.reward.map_or(0.0, |r| f64::from(r.impulse));
    for step in 1..=file.stimulus.steps {
        let at = step as usize - 1;
        let own;
        let post = match file.spikes {
            Spikes::Chip => &chip.spikes[at],
            Spikes::Own => {
                own = neurons.step(&engine, &stimulus.sources[at], &stimulus.targets[at]);
                &own
            }
        };
        run.spikes += post.len() as u64;
        let reward = (stimulus.rewards[at] > 0).then_some(impulse);
        let change = engine.step(Seen {
            pre: &stimulus.sources[at],
            post,
            reward,
        });
        run.stopped += change.stopped;
        if wanted.next_if_eq(&step).is_some() {
            run.frames.push(frame(&engine, step));
        }
    }
    Ok(run)
}

fn frame(engine: &Engine, step: u64) -> Frame {
    let s = &engine.synapses;
    Frame {
        step,
        variables: [s.w.clone(), s.d.clone(), s.t.clone()],
        traces: std::array::from_fn(|i| engine.trace(i).to_vec()),
        reward: engine.reward(),
    }
}

/// The rule as the reference has it, with exact decays.
///
/// # Errors
/// If a text does not parse.
pub fn rule(file: &RuleFile) -> Result<Rule, Failure> {
    let rule = &file.rule;
    let mut decimation = None;
    let mut sums: [Vec<Product>; 3] = Default::default();
    for (text, sum) in [&rule.dw, &rule.dd, &rule.dt].into_iter().zip(&mut sums) {
        let Some(text) = text else { continue };
        let parsed =
            parse(text).map_err(|errors| Failure::call(format!("{text}: {}", errors[0])))?;
        decimation = decimation.or(parsed.decimation);
        *sum = parsed.products;
    }
    let trace = |t: Option<seamount_network::netlist::Trace>| {
        t.map_or(Trace::default(), |t| {
            let keep = match (t.tau, t.k) {
                (Some(tau), _) => (-1.0 / tau).exp(),
                (None, k) => f64::from(k.unwrap_or(0)) / 4096.0,
            };
            Trace {
                impulse: f64::from(t.impulse) + f64::from(t.impulse_fraction) / 128.0,
                keep,
            }
        })
    };
    let weight = weight_limits(&file.network);
    let delay = if rule.d_is_tag {
        (0.0, 255.0)
    } else {
        (0.0, 62.0)
    };
    Ok(Rule {
        sums,
        traces: [rule.x1, rule.x2, rule.y1, rule.y2, rule.y3].map(trace),
        reward_keep: file.reward.map_or(0.0, |r| r.decay.keep()),
        epoch: rule.epoch.into(),
        x_before: rule.x_before_impulse,
        decimation: decimation.map_or(0, |(k, _)| k),
        limits: Limits {
            weight,
            delay,
            tag: (-256.0, 255.0),
        },
    })
}

/// Smallest and largest weight of a format.
pub fn weight_limits(network: &Network) -> (f64, f64) {
    let grain = f64::from(network.grain());
    match network.sign_mode {
        SignMode::Mixed => (-256.0, 256.0 - grain),
        SignMode::Excitatory => (0.0, 256.0 - grain),
        SignMode::Inhibitory => (grain - 256.0, 0.0),
    }
}

/// Float targets: u and v decay exponentially, nothing is rounded.
struct Neurons {
    settings: Neuron,
    keep: [f64; 2],
    scale: f64,
    drive: f64,
    delay: usize,
    u: Vec<f64>,
    v: Vec<f64>,
    hold: Vec<u8>,
    /// Input that arrives later: element d in d steps.
    due: std::collections::VecDeque<Vec<f64>>,
}

impl Neurons {
    fn new(file: &RuleFile) -> Self {
        let targets = file.network.targets as usize;
        let neuron = file.network.neuron;
        let keep = |tau: Option<f64>| tau.map_or(0.0, |tau: f64| (-1.0 / tau).exp());
        debug_assert!(register(neuron.tau_v) <= 4095);
        let delay = usize::from(file.network.delay);
        Neurons {
            settings: neuron,
            keep: [keep(neuron.tau_u), keep(neuron.tau_v)],
            scale: f64::from(6 + i32::from(file.network.weight_exponent)).exp2(),
            drive: 255.0 * f64::from(13).exp2(),
            delay,
            u: vec![0.0; targets],
            v: vec![0.0; targets],
            hold: vec![0; targets],
            due: vec![vec![0.0; targets]; delay + 1].into(),
        }
    }

    /// One step: targets that spike.
    fn step(&mut self, engine: &Engine, sources: &[usize], driven: &[usize]) -> Vec<usize> {
        for &source in sources {
            for (synapse, target) in engine.of_source(source) {
                self.due[self.delay][target] += engine.synapses.w[synapse] * self.scale;
            }
        }
        driven
            .iter()
            .for_each(|&target| self.due[0][target] += self.drive);
        let arrived = self.due.pop_front().expect("one slot at least");
        self.due.push_back(vec![0.0; arrived.len()]);
        let mut spiked = vec![];
        for (n, arrived) in arrived.into_iter().enumerate() {
            self.u[n] = self.u[n] * self.keep[0] + arrived;
            self.v[n] = self.v[n] * self.keep[1] + self.u[n];
            if self.hold[n] > 1 {
                self.hold[n] -= 1;
                self.v[n] = 0.0;
                continue;
            }
            self.hold[n] = 0;
            if self.v[n] > f64::from(self.settings.threshold) * 64.0 {
                self.v[n] = 0.0;
                self.hold[n] = self.settings.refractory;
                spiked.push(n);
            }
        }
        spiked
    }
}
