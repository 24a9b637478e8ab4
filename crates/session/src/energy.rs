//! The energy of a run by one profile: in all, and by unit, event, core and layer, in femtojoules.
//!
//! Dynamic energy only: the sum over units is the whole, and so is the sum over cores, or over
//! layers, with what the host did. Static power stands apart, because it needs time.
//!
//! What is unknown is not free (ME-043): in JSON a sum is null where something happened whose
//! energy the profile does not know, and nothing else did. In memory such a sum is 0, beside a
//! flag, so that sums add up.

use crate::cost::{CoreCost, RunCost};
use crate::words;
use seamount_spec::BillLine;
use seamount_spec::PopulationPlace;
use seamount_spec::{Bill, CoreLocation, EventCounts, Floorplan, Profile, Unit};
use serde::{Serialize, Serializer};
use std::fmt;

/// Most cores listed for people; JSON has all.
const CORES_LISTED: usize = 8;

/// Energy by one profile.
#[derive(Debug)]
pub struct Energy {
    /// Name of the profile.
    pub profile: String,
    /// Where its prices come from.
    pub source: String,
    /// Dynamic energy of everything priced, femtojoules.
    pub dynamic_fj: u64,
    /// The same per step.
    pub dynamic_fj_per_step: f64,
    /// By unit.
    pub by_unit: Vec<UnitEnergy>,
    /// By event.
    pub by_event: Vec<EventEnergy>,
    /// By core.
    pub by_core: Vec<CoreEnergy>,
    /// Energy of the events of the host, which belong to no core and no layer, femtojoules.
    pub host_fj: u64,
    /// By layer, which is a population: the energy of its cores; of a core that holds several, a
    /// share by compartments.
    pub by_layer: Vec<LayerEnergy>,
    /// Events that happened and whose energy the profile does not know.
    pub unknown: Vec<String>,
    /// Static power of a chip, microwatts; absent: not given by the profile. Never added: fidelity
    /// `count` does not know how long a step takes.
    pub static_power_uw: Option<u64>,
}

/// Energy of one unit.
#[derive(Debug)]
pub struct UnitEnergy {
    /// Name of the unit, such as "synapses".
    pub unit: &'static str,
    /// Priced events.
    pub events: u64,
    /// Femtojoules of those whose price is known.
    pub energy_fj: u64,
    /// Whether the price of an event that happened is unknown.
    pub unknown: bool,
}

/// Energy of one event.
#[derive(Debug, Serialize)]
pub struct EventEnergy {
    /// Name of the event, as in the table of events.
    pub event: String,
    /// Number of times that it happened.
    pub count: u64,
    /// Femtojoules; absent: unknown.
    pub energy_fj: Option<u64>,
}

/// Energy of one core.
#[derive(Debug)]
pub struct CoreEnergy {
    /// Index in the image.
    pub core: usize,
    /// Chip and place of the core.
    pub location: CoreLocation,
    /// Femtojoules.
    pub dynamic_fj: u64,
    /// Femtojoules by unit, in the order of the units of the chip.
    pub by_unit_fj: Vec<u64>,
    /// By unit, whether something happened whose energy is unknown.
    unknown: Vec<bool>,
}

/// Energy of one layer.
#[derive(Debug)]
pub struct LayerEnergy {
    /// Name of the population.
    pub layer: String,
    /// Whether one of its cores holds others too, so that its share is by compartments.
    pub shared: bool,
    /// Femtojoules.
    pub dynamic_fj: u64,
    /// Femtojoules by unit, in the order of the units of the chip.
    pub by_unit_fj: Vec<u64>,
    /// By unit, whether something happened whose energy is unknown.
    unknown: Vec<bool>,
}

/// A sum of energies as JSON shows it: none where nothing of it is known.
fn known(fj: u64, unknown: bool) -> Option<u64> {
    (fj > 0 || !unknown).then_some(fj)
}

/// Sums by unit as JSON shows them.
fn known_by_unit(fj: &[u64], unknown: &[bool]) -> Vec<Option<u64>> {
    let pairs = fj.iter().zip(unknown);
    pairs.map(|(fj, unknown)| known(*fj, *unknown)).collect()
}

impl Serialize for Energy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct EnergyJson<'a> {
            profile: &'a str,
            source: &'a str,
            dynamic_fj: Option<u64>,
            dynamic_fj_per_step: Option<f64>,
            by_unit: &'a [UnitEnergy],
            by_event: &'a [EventEnergy],
            by_core: &'a [CoreEnergy],
            host_fj: u64,
            by_layer: &'a [LayerEnergy],
            unknown: &'a [String],
            static_power_uw: Option<u64>,
        }
        let dynamic_fj = known(self.dynamic_fj, !self.unknown.is_empty());
        EnergyJson {
            profile: &self.profile,
            source: &self.source,
            dynamic_fj,
            dynamic_fj_per_step: dynamic_fj.map(|_| self.dynamic_fj_per_step),
            by_unit: &self.by_unit,
            by_event: &self.by_event,
            by_core: &self.by_core,
            host_fj: self.host_fj,
            by_layer: &self.by_layer,
            unknown: &self.unknown,
            static_power_uw: self.static_power_uw,
        }
        .serialize(serializer)
    }
}

impl Serialize for UnitEnergy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct EnergyJson<'a> {
            unit: &'a str,
            events: u64,
            energy_fj: Option<u64>,
            unknown: bool,
        }
        EnergyJson {
            unit: self.unit,
            events: self.events,
            energy_fj: known(self.energy_fj, self.unknown),
            unknown: self.unknown,
        }
        .serialize(serializer)
    }
}

impl Serialize for CoreEnergy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct EnergyJson {
            core: usize,
            location: CoreLocation,
            dynamic_fj: Option<u64>,
            by_unit_fj: Vec<Option<u64>>,
        }
        EnergyJson {
            core: self.core,
            location: self.location,
            dynamic_fj: known(self.dynamic_fj, self.unknown.contains(&true)),
            by_unit_fj: known_by_unit(&self.by_unit_fj, &self.unknown),
        }
        .serialize(serializer)
    }
}

impl Serialize for LayerEnergy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct EnergyJson<'a> {
            layer: &'a str,
            shared: bool,
            dynamic_fj: Option<u64>,
            by_unit_fj: Vec<Option<u64>>,
        }
        EnergyJson {
            layer: &self.layer,
            shared: self.shared,
            dynamic_fj: known(self.dynamic_fj, self.unknown.contains(&true)),
            by_unit_fj: known_by_unit(&self.by_unit_fj, &self.unknown),
        }
        .serialize(serializer)
    }
}

impl Energy {
    /// Adds what happened beside the cores and has no price: the sums are those of what is known
    /// from now on.
    pub(crate) fn add_unpriced(&mut self, event: &str, count: u64) {
        self.unknown.push(event.into());
        self.by_event.push(EventEnergy {
            event: event.into(),
            count,
            energy_fj: None,
        });
    }

    /// The energy of a run of `steps` steps by each of the profiles that its cost was made by, in
    /// the same order.
    pub fn of_run(
        profiles: &[Profile],
        cost: &RunCost,
        plan: &Floorplan,
        steps: u64,
    ) -> Vec<Energy> {
        // by position, not by name: two files may hold profiles of one name
        profiles
            .iter()
            .zip(&cost.whole.energy)
            .enumerate()
            .map(|(at, (profile, bill))| {
                let by_core = cost.cores.iter().map(|core| CoreEnergy::new(core, at));
                Energy {
                    host_fj: host_fj(profile, cost),
                    ..Energy::new(profile, bill, by_core.collect(), plan, steps)
                }
            })
            .collect()
    }

    fn new(
        profile: &Profile,
        bill: &Bill,
        by_core: Vec<CoreEnergy>,
        plan: &Floorplan,
        steps: u64,
    ) -> Energy {
        let event = |line: &BillLine| EventEnergy {
            event: line.event.clone(),
            count: line.count,
            energy_fj: line.energy_fj,
        };
        Energy {
            profile: profile.name.clone(),
            source: profile.source.clone(),
            dynamic_fj: bill.dynamic_fj,
            dynamic_fj_per_step: if steps == 0 {
                0.0
            } else {
                bill.dynamic_fj as f64 / steps as f64
            },
            by_unit: by_unit(bill),
            by_event: bill.lines.iter().map(event).collect(),
            host_fj: 0,
            by_layer: by_layer(&by_core, plan),
            by_core,
            unknown: bill.unknown.clone(),
            static_power_uw: bill.static_power_uw,
        }
    }
}

/// Energy of the events of the host in femtojoules: they belong to no core.
fn host_fj(profile: &Profile, cost: &RunCost) -> u64 {
    let of_host = EventCounts {
        host_spikes: cost.whole.counts.host_spikes,
        ..EventCounts::default()
    };
    profile.price(&of_host).dynamic_fj
}

impl CoreEnergy {
    /// The energy of a core by the profile at a position.
    fn new(core: &CoreCost, at: usize) -> CoreEnergy {
        let bill = &core.cost.energy[at];
        let units = by_unit(bill);
        CoreEnergy {
            core: core.core,
            location: core.location,
            dynamic_fj: bill.dynamic_fj,
            by_unit_fj: units.iter().map(|unit| unit.energy_fj).collect(),
            unknown: units.iter().map(|unit| unit.unknown).collect(),
        }
    }
}

/// Every core's energy to the populations on it; what does not divide goes to the last, so that
/// sums stay.
fn by_layer(cores: &[CoreEnergy], plan: &Floorplan) -> Vec<LayerEnergy> {
    let layer = |p: &PopulationPlace| LayerEnergy {
        layer: p.name.clone(),
        shared: false,
        dynamic_fj: 0,
        by_unit_fj: vec![0; Unit::ALL.len()],
        unknown: vec![false; Unit::ALL.len()],
    };
    let mut layers: Vec<LayerEnergy> = plan.populations.iter().map(layer).collect();
    for core in cores {
        let mut on: Vec<(usize, u64)> = vec![];
        for (i, population) in plan.populations.iter().enumerate() {
            let compartments = population
                .runs
                .iter()
                .filter(|r| r.0 as usize == core.core)
                .map(|r| u64::from(r.2))
                .sum();
            if compartments > 0 {
                on.push((i, compartments));
            }
        }
        let all: u64 = on.iter().map(|l| l.1).sum();
        for (k, &(i, compartments)) in on.iter().enumerate() {
            let before: u64 = on[..k].iter().map(|l| l.1).sum();
            // 128 bits: femtojoules of a long run times compartments
            let upto = |fj: u64, n: u64| (u128::from(fj) * u128::from(n) / u128::from(all)) as u64;
            let share = |fj: u64| upto(fj, before + compartments) - upto(fj, before);
            layers[i].shared |= on.len() > 1;
            layers[i]
                .by_unit_fj
                .iter_mut()
                .zip(&core.by_unit_fj)
                .for_each(|(sum, fj)| *sum += share(*fj));
            layers[i]
                .unknown
                .iter_mut()
                .zip(&core.unknown)
                .for_each(|(layer, core)| *layer |= *core);
        }
    }
    layers
        .iter_mut()
        .for_each(|l| l.dynamic_fj = l.by_unit_fj.iter().sum());
    layers
}

fn by_unit(bill: &Bill) -> Vec<UnitEnergy> {
    let unit = |unit: Unit| {
        let lines = || bill.lines.iter().filter(|line| line.unit == unit);
        UnitEnergy {
            unit: unit.name(),
            events: lines().fold(0, |sum: u64, l| sum.saturating_add(l.count)),
            energy_fj: lines()
                .filter_map(|l| l.energy_fj)
                .fold(0, u64::saturating_add),
            unknown: lines().any(|l| l.energy_fj.is_none() && l.count > 0),
        }
    };
    Unit::ALL.into_iter().map(unit).collect()
}

impl Energy {
    /// Whether the source has no price for anything that happened.
    pub fn prices_nothing(&self) -> bool {
        let priced = |event: &EventEnergy| event.energy_fj.is_some() && event.count > 0;
        !self.unknown.is_empty() && !self.by_event.iter().any(priced)
    }

    /// Whether a priced event happened.
    pub fn happened(&self, event: &str) -> bool {
        self.by_event
            .iter()
            .any(|e| e.event == event && e.count > 0)
    }
}

/// A table for people; the profile's name stands in every line with a figure.
impl fmt::Display for Energy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "energy by {} ({})", self.profile, self.source)?;
        if self.prices_nothing() {
            let name = &self.profile;
            return writeln!(
                f,
                "  {name}  dynamic energy in all: unknown, this source has no prices"
            );
        }
        self.unit_lines(f)?;
        self.sum_lines(f)?;
        self.layer_lines(f)?;
        self.core_lines(f)
    }
}

impl Energy {
    fn unit_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.profile;
        for unit in self.by_unit.iter().filter(|u| u.events > 0) {
            let more = if unit.unknown && unit.energy_fj > 0 {
                "  + unknown"
            } else {
                ""
            };
            let known = unit.energy_fj > 0 || !unit.unknown;
            let energy = if known {
                words::energy(unit.energy_fj as f64)
            } else {
                "unknown".into()
            };
            writeln!(
                f,
                "  {name}  {:<18}{:>18} events  {energy:>12}{more}",
                unit.unit,
                words::count(unit.events)
            )?;
        }
        Ok(())
    }

    fn sum_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.profile;
        let sum = words::energy(self.dynamic_fj as f64);
        let each = words::energy(self.dynamic_fj_per_step);
        match (self.dynamic_fj, self.unknown.is_empty()) {
            (0, false) => writeln!(f, "  {name}  dynamic energy in all: unknown"),
            (_, false) => writeln!(
                f,
                "  {name}  dynamic energy, as far as it is known: {sum}, {each} a step"
            ),
            _ => writeln!(f, "  {name}  dynamic energy in all: {sum}, {each} a step"),
        }?;
        let unpriced = |event: &&EventEnergy| event.energy_fj.is_none() && event.count > 0;
        for event in self.by_event.iter().filter(unpriced) {
            writeln!(
                f,
                "  {name}  unknown: energy of {} x {}, not in the sum",
                words::count(event.count),
                event.event
            )?;
        }
        match self.static_power_uw {
            Some(power) => writeln!(
                f,
                "  {name}  static power: {power} uW a chip, not in the sum "
            ),
            None => writeln!(
                f,
                "  {name}  static power: unknown (not given by this source), not in the sum"
            ),
        }
    }

    fn layer_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.by_layer.len() < 2 || self.dynamic_fj == 0 {
            return Ok(());
        }
        for layer in self.by_layer.iter().take(CORES_LISTED) {
            let name = format!("layer '{}'", layer.layer);
            let energy = words::energy(layer.dynamic_fj as f64);
            let note = if layer.shared {
                "  (shares a core: by compartments)"
            } else {
                ""
            };
            writeln!(f, "  {}  {name:<30}{energy:>12}{note}", self.profile)?;
        }
        Ok(())
    }

    fn core_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.by_core.len() < 2 {
            return Ok(());
        }
        let mut order: Vec<&CoreEnergy> = self.by_core.iter().collect();
        order.sort_by_key(|c| (std::cmp::Reverse(c.dynamic_fj), c.core));
        for core in order.iter().take(CORES_LISTED) {
            let at = core.location;
            let energy = words::energy(core.dynamic_fj as f64);
            let place = format!("core {} (chip {}, core {})", core.core, at.chip, at.core);
            writeln!(f, "  {}  {place:<30}{energy:>12}", self.profile)?;
        }
        if order.len() > CORES_LISTED {
            let rest = order[CORES_LISTED..]
                .iter()
                .fold(0, |sum: u64, c| sum.saturating_add(c.dynamic_fj));
            let place = format!("{} further cores", order.len() - CORES_LISTED);
            let energy = words::energy(rest as f64);
            writeln!(f, "  {}  {place:<30}{energy:>12}", self.profile)?;
        }
        Ok(())
    }
}
