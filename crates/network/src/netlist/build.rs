//! A builder that reads like the network it describes.
//!
//! ```
//! use seamount_network::netlist::{Netlist, Population, Register};
//! let mut net = Netlist::new("two neurons");
//! net.input("drive", 1);
//! net.add(Population::new("first", 1).current_decay(4095).threshold_mantissa(100));
//! net.add(Population::new("second", 1).current_decay(4095).threshold_mantissa(100));
//! net.connect("drive", "first").one_to_one(101);
//! net.connect("first", "second").one_to_one(101);
//! net.probe("second", Register::Spike);
//! assert!(net.check().is_empty());
//! ```

use super::*;

impl Netlist {
    /// An empty network.
    pub fn new(name: &str) -> Self {
        Netlist {
            format: FORMAT_NAME.into(),
            version: FORMAT_VERSION,
            name: name.into(),
            seed: 0,
            inputs: vec![],
            programs: vec![],
            populations: vec![],
            projections: vec![],
            probes: vec![],
            learning_rules: vec![],
            learning_probes: vec![],
            management: vec![],
        }
    }

    /// Adds `size` spike sources for the host.
    pub fn input(&mut self, name: &str, size: u32) -> &mut Self {
        self.inputs.push(Input {
            name: name.into(),
            size,
        });
        self
    }

    /// Adds a population.
    pub fn add(&mut self, population: Population) -> &mut Self {
        self.populations.push(population);
        self
    }

    /// Adds a projection, all-to-all with weight 0 until a connectivity is chosen on the result.
    pub fn connect(&mut self, source: &str, target: &str) -> &mut Projection {
        let base = format!("{source}->{target}");
        let again = self
            .projections
            .iter()
            .filter(|p| p.name == base || p.name.starts_with(&format!("{base}#")))
            .count();
        let name = if again == 0 {
            base
        } else {
            format!("{base}#{}", again + 1)
        };
        self.projections.push(Projection {
            name,
            source: Endpoint(source.into()),
            target: Endpoint(target.into()),
            connectivity: Connectivity::AllToAll {
                weight: 0,
                delay: 0,
            },
            weight_exponent: Values::Shared(0),
            precision: Precision::Exact,
            box_synapse: false,
            axons: Axons::Discrete,
            learning: None,
        });
        self.projections.last_mut().expect("just pushed")
    }

    /// Adds a program in assembler text.
    pub fn program(&mut self, name: &str, text: &str) -> &mut Self {
        self.programs.push(ProgramText {
            name: name.into(),
            text: text.into(),
            file: None,
        });
        self
    }

    /// Adds a probe on a state word of a program, named `target.word`.
    pub fn probe_state(&mut self, target: &str, word: &str) -> &mut Probe {
        let probe = self.probe(target, Register::State);
        probe.name = format!("{target}.{word}");
        probe.state = Some(word.into());
        probe
    }

    /// Adds a probe on all neurons and all steps, named `target.register`.
    pub fn probe(&mut self, target: &str, register: Register) -> &mut Probe {
        let name = format!("{target}.{}", register.name());
        self.probes.push(Probe {
            name,
            target: Endpoint(target.into()),
            register,
            state: None,
            neurons: None,
            start: 1,
            stop: None,
            every: 1,
        });
        self.probes.last_mut().expect("just pushed")
    }
}

impl Netlist {
    /// Adds a learning rule.
    pub fn rule(&mut self, rule: LearningRule) -> &mut Self {
        self.learning_rules.push(rule);
        self
    }

    /// Adds a recording of all synapses of a projection that learns, named `projection.variable`.
    pub fn probe_learned(&mut self, projection: &str, variable: Learned) -> &mut LearningProbe {
        let what = match variable {
            Learned::Weight => "weight",
            Learned::Delay => "delay",
            Learned::Tag => "tag",
        };
        self.learning_probes.push(LearningProbe {
            name: format!("{projection}.{what}"),
            projection: projection.into(),
            variable,
            synapses: None,
            start: 1,
            stop: None,
            every: 1,
        });
        self.learning_probes.last_mut().expect("just pushed")
    }
}

impl Register {
    /// The name as the JSON form has it.
    pub fn name(self) -> &'static str {
        match self {
            Register::Spike => "spike",
            Register::Current => "current",
            Register::Voltage => "voltage",
            Register::VoltageHardware => "voltage_hardware",
            Register::Refractory => "refractory",
            Register::Accumulator => "accumulator",
            Register::State => "state",
            Register::Payload => "payload",
            Register::Probe => "probe",
        }
    }
}

impl Compartment {
    /// A leaky integrate-and-fire compartment: registers 0, refractory_steps 1, threshold 64.
    pub fn new(name: &str) -> Self {
        Compartment {
            name: name.into(),
            current_decay: Values::Shared(0),
            voltage_decay: Values::Shared(0),
            bias_mantissa: Values::Shared(0),
            bias_exponent: Values::Shared(0),
            threshold_mantissa: Values::Shared(1),
            threshold_mode: ThresholdMode::SpikeAndReset,
            refractory_steps: Values::Shared(1),
            noise: false,
            join: Join::None,
            children: vec![],
            passes: Passed::Voltage,
            initial_current: Values::Shared(0),
            initial_voltage: Values::Shared(0),
        }
    }
}

impl Compartment {
    /// The place of an accumulator of a program; nothing but its name counts.
    pub(crate) fn of_program(name: &str) -> Self {
        Compartment {
            threshold_mantissa: Values::Shared((1 << 17) - 1),
            ..Compartment::new(name)
        }
    }
}

/// Setters that act on the compartment added last.
impl Population {
    /// `size` neurons of one compartment named `soma`.
    pub fn new(name: &str, size: u32) -> Self {
        Population {
            name: name.into(),
            size,
            core: CoreSettings::default(),
            compartments: vec![Compartment::new("soma")],
            program: None,
        }
    }

    /// `size` neurons with an after-hyperpolarisation current (NC-045): an auxiliary compartment
    /// `ahp` whose slowly decaying voltage (register `ahp_voltage_decay`) is added to `soma`.
    ///
    /// Connect `name` to `name.ahp` one to one with an inhibitory weight to complete it.
    pub fn ahp(name: &str, size: u32, ahp_voltage_decay: u16) -> Self {
        let mut ahp = Compartment::new("ahp");
        ahp.current_decay = 4095.into();
        ahp.voltage_decay = ahp_voltage_decay.into();
        ahp.threshold_mantissa = 10_000.into();
        ahp.threshold_mode = ThresholdMode::PassToParent;
        let mut soma = Compartment::new("soma");
        soma.join = Join::Add;
        soma.children = vec!["ahp".into()];
        Population {
            name: name.into(),
            size,
            core: CoreSettings::default(),
            compartments: vec![ahp, soma],
            program: None,
        }
    }

    /// `size` neurons that run a program (Loihi 2 class).
    pub fn programmed(name: &str, size: u32, program: Programmed) -> Self {
        let mut population = Population {
            name: name.into(),
            size,
            core: CoreSettings::default(),
            compartments: vec![],
            program: Some(program),
        };
        population.complete();
        population
    }

    /// A population with a program has a compartment for each of its accumulators; nothing in them
    /// is read.
    pub(crate) fn complete(&mut self) {
        let Some(program) = self
            .program
            .as_ref()
            .filter(|_| self.compartments.is_empty())
        else {
            return;
        };
        let names = ["soma", "feedback"]
            .into_iter()
            .take(usize::from(program.ports));
        self.compartments = names.map(Compartment::of_program).collect();
    }

    /// A constant of its program, for all neurons or one value each.
    ///
    /// # Panics
    /// If the population has no program.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: impl Into<Values<i32>>) -> Self {
        let program = self.program.as_mut().expect("a population with a program");
        program.parameters.insert(name.into(), value.into());
        self
    }

    /// A state word of its program at the start.
    ///
    /// # Panics
    /// If the population has no program.
    #[must_use]
    pub fn initial(mut self, name: &str, value: impl Into<Values<i32>>) -> Self {
        let program = self.program.as_mut().expect("a population with a program");
        program.initial.insert(name.into(), value.into());
        self
    }

    /// Adds a compartment; setters act on it from here on.
    #[must_use]
    pub fn compartment(mut self, compartment: Compartment) -> Self {
        self.compartments.push(compartment);
        self
    }

    /// Core-wide registers.
    #[must_use]
    pub fn core(mut self, core: CoreSettings) -> Self {
        self.core = core;
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Compartment)) -> Self {
        change(
            self.compartments
                .last_mut()
                .expect("a population is built with a compartment"),
        );
        self
    }

    /// Current decay register 0..=4095.
    #[must_use]
    pub fn current_decay(self, register: impl Into<Values<u16>>) -> Self {
        self.last(|c| c.current_decay = register.into())
    }

    /// Voltage decay register 0..=4095.
    #[must_use]
    pub fn voltage_decay(self, register: impl Into<Values<u16>>) -> Self {
        self.last(|c| c.voltage_decay = register.into())
    }

    /// Threshold mantissa; the threshold is 64 times this.
    #[must_use]
    pub fn threshold_mantissa(self, mantissa: impl Into<Values<u32>>) -> Self {
        self.last(|c| c.threshold_mantissa = mantissa.into())
    }

    /// Threshold mode.
    #[must_use]
    pub fn threshold_mode(self, mode: ThresholdMode) -> Self {
        self.last(|c| c.threshold_mode = mode)
    }

    /// Bias `mantissa << exponent`.
    #[must_use]
    pub fn bias(self, mantissa: impl Into<Values<i16>>, exponent: impl Into<Values<u8>>) -> Self {
        self.last(|c| {
            c.bias_mantissa = mantissa.into();
            c.bias_exponent = exponent.into();
        })
    }

    /// Refractory steps 1..=63.
    #[must_use]
    pub fn refractory_steps(self, steps: impl Into<Values<u8>>) -> Self {
        self.last(|c| c.refractory_steps = steps.into())
    }

    /// v at the start.
    #[must_use]
    pub fn initial_voltage(self, v: impl Into<Values<i32>>) -> Self {
        self.last(|c| c.initial_voltage = v.into())
    }

    /// Turns noise on.
    #[must_use]
    pub fn noise(self) -> Self {
        self.last(|c| c.noise = true)
    }
}

impl Projection {
    /// A full matrix, one row per source; 0 means no synapse.
    pub fn dense(&mut self, rows: Vec<Vec<i32>>) -> &mut Self {
        self.connectivity = Connectivity::Dense {
            weights: Matrix::Rows(rows),
            delay: 0,
        };
        self
    }

    /// A list of (source, target, weight).
    pub fn pairs(&mut self, pairs: impl IntoIterator<Item = (u32, u32, i32)>) -> &mut Self {
        let mut sources = vec![];
        let mut targets = vec![];
        let mut weights = vec![];
        for (source, target, weight) in pairs {
            sources.push(source);
            targets.push(target);
            weights.push(weight);
        }
        self.connectivity = Connectivity::Pairs {
            sources: sources.into(),
            targets: targets.into(),
            weights: weights.into(),
            delays: Values::Shared(0),
        };
        self
    }

    /// Source i reaches target i.
    pub fn one_to_one(&mut self, weights: impl Into<Values<i32>>) -> &mut Self {
        self.connectivity = Connectivity::OneToOne {
            weights: weights.into(),
            delays: Values::Shared(0),
        };
        self
    }

    /// Every source reaches every target.
    pub fn all_to_all(&mut self, weight: i32) -> &mut Self {
        self.connectivity = Connectivity::AllToAll { weight, delay: 0 };
        self
    }

    /// Made from a seed: every pair has a synapse with a probability of `chance` in 65536, its
    /// weight is any between two.
    pub fn generated(&mut self, seed: u64, chance: u32, weights: [i32; 2]) -> &mut Self {
        self.connectivity = Connectivity::Generated(Generated {
            seed,
            chance,
            weights,
            delay: 0,
        });
        self
    }

    /// Compressed rows.
    pub fn lists(&mut self, edges: Edges) -> &mut Self {
        self.connectivity = Connectivity::Lists(edges);
        self
    }

    /// The same delay for every synapse, 0..=62 steps.
    pub fn delay(&mut self, steps: u8) -> &mut Self {
        match &mut self.connectivity {
            Connectivity::Dense { delay, .. } | Connectivity::AllToAll { delay, .. } => {
                *delay = steps
            }
            Connectivity::Generated(generated) => generated.delay = steps,
            Connectivity::Pairs { delays, .. }
            | Connectivity::OneToOne { delays, .. }
            | Connectivity::Lists(Edges { delays, .. }) => *delays = Values::Shared(steps),
        }
        self
    }

    /// Weight exponent, for all or per target neuron.
    pub fn weight_exponent(&mut self, exponent: impl Into<Values<i8>>) -> &mut Self {
        self.weight_exponent = exponent.into();
        self
    }

    /// Rounds the weights to one format (NC-020).
    pub fn format(&mut self, sign_mode: SignMode, weight_bits: u8) -> &mut Self {
        self.precision = Precision::Format {
            sign_mode,
            weight_bits,
        };
        self
    }

    /// Makes box synapses of them (NC-027).
    pub fn boxed(&mut self) -> &mut Self {
        self.box_synapse = true;
        self
    }

    /// Lets its synapses learn by a rule of the network; needs [`Projection::format`].
    pub fn learn(&mut self, rule: &str) -> &mut Self {
        self.learning = Some(rule.into());
        self
    }

    /// Chooses the axons (NC-028).
    pub fn axons(&mut self, axons: Axons) -> &mut Self {
        self.axons = axons;
        self
    }
}
