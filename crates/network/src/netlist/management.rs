//! Management: what the embedded processors of a board do to its cores between steps, as data.
//!
//! On a board this is a program of its own that someone writes in C beside the network. Here it is
//! a part of the network: schedules of acts, so that what is frozen, cleared, set and read between
//! samples is checked, printed, compiled and repeated to the bit as synapses are.
//!
//! What this module does *not* know: which cores there will be, and how an act is carried out.

use super::registers;
use super::*;

/// Acts that repeat with one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Number of steps after which the schedule begins again, at least 1: those of a sample, say.
    #[schemars(extend("x-range" = registers::PERIOD))]
    pub period: u64,
    /// The acts; those of one step in this order, reads before all others.
    pub acts: Vec<ManagementAct>,
}

/// One act of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagementAct {
    /// Step of the period at whose end the act is done, 0 to the period: what it changes is so from
    /// the next step on. 0 is before the first step of every period, that of the run included.
    #[schemars(extend("x-range" = registers::PERIOD_STEP))]
    pub step: u64,
    /// Populations that the act is done to; of `set` and `read` compartments, as
    /// `population.compartment`, where a population alone is its root. Default: all populations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Endpoint>,
    /// Of a single target, the cores that the act is done to, counted from 0 in the order of the
    /// neurons of the population. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<Vec<u32>>,
    /// What is done.
    pub action: ManagementAction,
}

/// What an act does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum ManagementAction {
    /// No compartment of the cores is updated any more: none spikes, and what arrives waits in the
    /// accumulators.
    Freeze,
    /// The compartments of the cores are updated again.
    Thaw {
        /// Number of updates a core and step, each of four compartments, so that those beyond stay
        /// frozen. Default: as many as there are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(extend("x-range" = registers::UPDATES))]
        updates: Option<u16>,
    },
    /// u, v, refractory hold and state words of programs become 0.
    ClearState,
    /// Accumulators become 0, and spikes on their way to the cores are lost.
    ClearAccumulators,
    /// Registers of the compartments get other values.
    Set(SetRegisters),
    /// Whether rules change synapses at the end of epochs; traces go on either way.
    Learning {
        /// Whether they do.
        on: bool,
    },
    /// Reads a register of every neuron of one target; the values are in the data of the run.
    Read(ReadOut),
    /// All state as at the start of a run, for the next sample: compartments, words of programs,
    /// accumulators, spikes on their way, traces, tags. Weights and delays stay.
    Reset,
}

/// Registers and their new values; those that are absent stay as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SetRegisters {
    /// Current decay register 0..=4095 (NC-007).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-range" = registers::DECAY))]
    pub current_decay: Option<u16>,
    /// Voltage decay register 0..=4095 (NC-007).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-range" = registers::DECAY))]
    pub voltage_decay: Option<u16>,
    /// Threshold mantissa, 17 bit unsigned (NC-005).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-range" = registers::THRESHOLD_MANTISSA))]
    pub threshold_mantissa: Option<u32>,
    /// Bias mantissa, 13 bit signed (NC-006).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-range" = registers::BIAS_MANTISSA))]
    pub bias_mantissa: Option<i16>,
    /// Bias exponent 0..=7 (NC-006).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-range" = registers::BIAS_EXPONENT))]
    pub bias_exponent: Option<u8>,
    /// Whether 1 is added to every current decay of the cores (NC-007).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ds_offset: Option<bool>,
    /// Whether 1 is added to every voltage decay of the cores (NC-007).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dm_offset: Option<bool>,
}

/// A register that the embedded processor reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadOut {
    /// Name of the values in the data of the run, unique among reads and probes.
    pub name: String,
    /// The register.
    pub register: Register,
    /// Name of the state word of a program, with the register `state`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether only the index of the largest value is kept, the first of equals. Default false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub argmax: bool,
}

impl Schedule {
    /// A schedule without acts that begins again after `period` steps.
    pub fn every(period: u64) -> Schedule {
        Schedule {
            period,
            acts: vec![],
        }
    }

    /// Adds an act on every population at the end of step `step` of the period.
    pub fn act(&mut self, step: u64, action: ManagementAction) -> &mut ManagementAct {
        self.acts.push(ManagementAct {
            step,
            targets: vec![],
            cores: None,
            action,
        });
        self.acts.last_mut().expect("just pushed")
    }
}

impl ManagementAct {
    /// Adds a target: a population, or of `set` and `read` a compartment.
    pub fn on(&mut self, target: &str) -> &mut Self {
        self.targets.push(Endpoint(target.into()));
        self
    }

    /// The cores of the target, by their number among its cores.
    pub fn cores(&mut self, cores: impl IntoIterator<Item = u32>) -> &mut Self {
        self.cores = Some(cores.into_iter().collect());
        self
    }

    /// The probe that reads what this act of a schedule reads; none if it reads nothing or has not
    /// one target.
    pub fn probe(&self, period: u64) -> Option<Probe> {
        let ManagementAction::Read(read) = &self.action else {
            return None;
        };
        let [target] = &self.targets[..] else {
            return None;
        };
        Some(Probe {
            name: read.name.clone(),
            target: target.clone(),
            register: read.register,
            state: read.state.clone(),
            neurons: None,
            start: self.step,
            stop: None,
            every: period,
        })
    }
}

impl ManagementAction {
    /// A read of a register.
    pub fn read(name: &str, register: Register) -> ManagementAction {
        ManagementAction::Read(ReadOut {
            name: name.into(),
            register,
            state: None,
            argmax: false,
        })
    }

    /// A read of the index of the largest value of a register.
    pub fn argmax(name: &str, register: Register) -> ManagementAction {
        ManagementAction::Read(ReadOut {
            name: name.into(),
            register,
            state: None,
            argmax: true,
        })
    }

    /// The word that the JSON form has for the action.
    pub fn word(&self) -> &'static str {
        match self {
            ManagementAction::Freeze => "freeze",
            ManagementAction::Thaw { .. } => "thaw",
            ManagementAction::ClearState => "clear_state",
            ManagementAction::ClearAccumulators => "clear_accumulators",
            ManagementAction::Set(_) => "set",
            ManagementAction::Learning { .. } => "learning",
            ManagementAction::Read(_) => "read",
            ManagementAction::Reset => "reset",
        }
    }
}

impl Netlist {
    /// Adds a schedule of management.
    pub fn manage(&mut self, schedule: Schedule) -> &mut Self {
        self.management.push(schedule);
        self
    }

    /// For every population the acts that change something of its cores, as (schedule, act), in
    /// their order. Populations with different lists never share a core, as most acts are done to
    /// whole cores.
    pub fn managed(&self) -> Vec<Vec<(usize, usize)>> {
        let mut all = vec![vec![]; self.populations.len()];
        if self.management.is_empty() {
            return all;
        }
        let names = self.names();
        for (s, schedule) in self.management.iter().enumerate() {
            for (a, act) in schedule.acts.iter().enumerate() {
                if matches!(act.action, ManagementAction::Read(_)) {
                    continue;
                }
                for (p, list) in all.iter_mut().enumerate() {
                    let hit = |target: &Endpoint| names.population(target.name()) == Some(p);
                    if act.targets.is_empty() || act.targets.iter().any(hit) {
                        list.push((s, a));
                    }
                }
            }
        }
        all
    }
}
