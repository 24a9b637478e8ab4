//! Events priced: by profile, unit and core. Dynamic energy only; static power stands apart.

use crate::failure::{Failure, Kind};
use crate::files;
use crate::words;
use seamount_spec::PopulationPlace;
use seamount_spec::{Bill, CoreLocation, EventCounts, Floorplan, Profile, Unit};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// Largest profile that is read, bytes.
const PROFILE_BYTES_MAX: u64 = 1 << 20;
/// Most cores listed for people; JSON has all.
const CORES_LISTED: usize = 8;

/// Energy by one profile.
#[derive(Debug, Serialize)]
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
    /// Events of the host, which belong to no core and no layer, femtojoules.
    pub host_fj: u64,
    /// By layer, which is a population: the energy of its cores; of a core that holds several, a share by compartments.
    pub by_layer: Vec<LayerEnergy>,
    /// Events that happened and whose energy the profile does not know.
    pub unknown: Vec<String>,
    /// Static power of a chip, microwatts; absent: not given by the profile. Never added: fidelity
    /// `count` does not know how long a step takes.
    pub static_power_uw: Option<u64>,
}

/// Energy of one unit.
#[derive(Debug, Serialize)]
pub struct UnitEnergy {
    /// Name.
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
    /// Name.
    pub event: String,
    /// How many.
    pub count: u64,
    /// Femtojoules; absent: unknown.
    pub energy_fj: Option<u64>,
}

/// Energy of one core.
#[derive(Debug, Serialize)]
pub struct CoreEnergy {
    /// Index in the image.
    pub core: usize,
    /// Where it is.
    pub location: CoreLocation,
    /// Femtojoules.
    pub dynamic_fj: u64,
    /// Femtojoules by unit, in the order of the units of the chip.
    pub by_unit_fj: Vec<u64>,
}

/// Energy of one layer.
#[derive(Debug, Serialize)]
pub struct LayerEnergy {
    /// Name of the population.
    pub layer: String,
    /// Whether one of its cores holds others too, so that its share is by compartments.
    pub shared: bool,
    /// Femtojoules.
    pub dynamic_fj: u64,
    /// Femtojoules by unit, in the order of the units of the chip.
    pub by_unit_fj: Vec<u64>,
}

/// The profiles of the command line; all built-in ones if none is named.
pub fn profiles(names: &[String]) -> Result<Vec<Profile>, Failure> {
    if names.is_empty() {
        return Ok(Profile::all());
    }
    names.iter().map(|name| profile(name)).collect()
}

fn profile(name: &str) -> Result<Profile, Failure> {
    if let Some(profile) = Profile::preset(name) {
        return Ok(profile);
    }
    let path = Path::new(name);
    if !path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"))
    {
        let known = Profile::names().collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(
            "--profile",
            format!("'{name}' is neither a .toml file nor one of {known}"),
        ));
    }
    let text = files::text(path, PROFILE_BYTES_MAX)?;
    Profile::from_toml(&text).map_err(|e| Failure::new(Kind::Input, path.display(), [e]))
}

/// Prices a run.
pub fn price(
    profile: &Profile,
    total: &EventCounts,
    cores: &[(CoreLocation, EventCounts)],
    plan: &Floorplan,
    steps: u64,
) -> Energy {
    let bill = profile.price(total);
    let by_core = cores.iter().enumerate().map(|(core, (location, counts))| {
        let bill = profile.price(counts);
        let by_unit_fj = by_unit(&bill).iter().map(|u| u.energy_fj).collect();
        CoreEnergy {
            core,
            location: *location,
            dynamic_fj: bill.dynamic_fj,
            by_unit_fj,
        }
    });
    let by_core: Vec<CoreEnergy> = by_core.collect();
    let of_host = EventCounts {
        host_spikes: total.host_spikes,
        ..EventCounts::default()
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
        by_unit: by_unit(&bill),
        host_fj: profile.price(&of_host).dynamic_fj,
        by_layer: by_layer(&by_core, plan),
        by_core,
        unknown: bill.unknown,
        static_power_uw: bill.static_power_uw,
        by_event: bill
            .lines
            .into_iter()
            .map(|l| EventEnergy {
                event: l.event,
                count: l.count,
                energy_fj: l.energy_fj,
            })
            .collect(),
    }
}

/// Every core's energy to the populations on it; what does not divide goes to the last, so that sums stay.
fn by_layer(cores: &[CoreEnergy], plan: &Floorplan) -> Vec<LayerEnergy> {
    let layer = |p: &PopulationPlace| LayerEnergy {
        layer: p.name.clone(),
        shared: false,
        dynamic_fj: 0,
        by_unit_fj: vec![0; Unit::ALL.len()],
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
    /// Whether a priced event happened.
    pub fn happened(&self, event: &str) -> bool {
        self.by_event
            .iter()
            .any(|e| e.event == event && e.count > 0)
    }

    /// A table for people; the profile's name stands in every line with a figure.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let name = &self.profile;
        let _ = writeln!(out, "energy by {name} ({})", self.source);
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
            let _ = writeln!(
                out,
                "  {name}  {:<18}{:>18} events  {energy:>12}{more}",
                unit.unit,
                words::count(unit.events)
            );
        }
        let (sum, each) = (
            words::energy(self.dynamic_fj as f64),
            words::energy(self.dynamic_fj_per_step),
        );
        let _ = match (self.dynamic_fj, self.unknown.is_empty()) {
            (0, false) => writeln!(out, "  {name}  dynamic energy in all: unknown"),
            (_, false) => writeln!(
                out,
                "  {name}  dynamic energy, as far as it is known: {sum}, {each} a step"
            ),
            _ => writeln!(out, "  {name}  dynamic energy in all: {sum}, {each} a step"),
        };
        for event in self
            .by_event
            .iter()
            .filter(|e| e.energy_fj.is_none() && e.count > 0)
        {
            let _ = writeln!(
                out,
                "  {name}  unknown: energy of {} x {}, not in the sum",
                words::count(event.count),
                event.event
            );
        }
        let _ = match self.static_power_uw {
            Some(power) => writeln!(
                out,
                "  {name}  static power: {power} uW a chip, not in the sum "
            ),
            None => writeln!(
                out,
                "  {name}  static power: unknown (not given by this source), not in the sum"
            ),
        };
        self.layers_text(&mut out);
        self.cores_text(&mut out);
        out
    }

    fn layers_text(&self, out: &mut String) {
        if self.by_layer.len() < 2 || self.dynamic_fj == 0 {
            return;
        }
        for layer in self.by_layer.iter().take(CORES_LISTED) {
            let (name, energy) = (
                format!("layer '{}'", layer.layer),
                words::energy(layer.dynamic_fj as f64),
            );
            let note = if layer.shared {
                "  (shares a core: by compartments)"
            } else {
                ""
            };
            let _ = writeln!(out, "  {}  {name:<30}{energy:>12}{note}", self.profile);
        }
    }

    fn cores_text(&self, out: &mut String) {
        if self.by_core.len() < 2 {
            return;
        }
        let mut order: Vec<&CoreEnergy> = self.by_core.iter().collect();
        order.sort_by_key(|c| (std::cmp::Reverse(c.dynamic_fj), c.core));
        for core in order.iter().take(CORES_LISTED) {
            let (at, energy) = (core.location, words::energy(core.dynamic_fj as f64));
            let place = format!("core {} (chip {}, core {})", core.core, at.chip, at.core);
            let _ = writeln!(out, "  {}  {place:<30}{energy:>12}", self.profile);
        }
        if order.len() > CORES_LISTED {
            let rest = order[CORES_LISTED..]
                .iter()
                .fold(0, |sum: u64, c| sum.saturating_add(c.dynamic_fj));
            let place = format!("{} further cores", order.len() - CORES_LISTED);
            let _ = writeln!(
                out,
                "  {}  {place:<30}{:>12}",
                self.profile,
                words::energy(rest as f64)
            );
        }
    }
}
