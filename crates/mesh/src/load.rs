//! Load and latency: one point, a sweep, and the saturation point as the BookSim curves define
//! them. Floats live here, not in the routers.

use serde::{Deserialize, Serialize};

use crate::histogram::Histogram;
use crate::links::{LinkUse, link_use};
use crate::mesh::Mesh;
use crate::planes::Planes;
use crate::state::{Delivery, OfferError, Packet};
use crate::traffic::{Generator, Pattern, Rate, TrafficError};

/// How long a load point is run. Times in cycles, from a cold start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    /// Cycles before measuring.
    pub warmup_cycles: u64,
    /// Cycles measured: packets created in them count for latency, packets ejected in them for
    /// throughput.
    pub measure_cycles: u64,
    /// Cycles after that, under the same load, in which the measured packets must arrive; a run
    /// found saturated stops earlier.
    pub drain_cycles_max: u64,
    /// Mean latency in cycles above which a point is saturated.
    pub latency_cycles_max: u64,
}

impl Protocol {
    /// BookSim's latency mode as the curves use it: 3 warm-up periods of 5000 cycles, 3 measured,
    /// 500 cycles.
    pub const LATENCY: Protocol = Protocol {
        warmup_cycles: 15_000,
        measure_cycles: 15_000,
        drain_cycles_max: 30_000,
        latency_cycles_max: 500,
    };
    /// BookSim's throughput mode as the curves use it: 3 warm-up periods of 3000 cycles, 3
    /// measured.
    pub const THROUGHPUT: Protocol = Protocol {
        warmup_cycles: 9_000,
        measure_cycles: 9_000,
        drain_cycles_max: 0,
        latency_cycles_max: 500,
    };
}

/// Latency and throughput of a mesh at one load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadPoint {
    /// Load asked for, packets per node and cycle.
    pub offered: f64,
    /// Packets that arrived, per node and cycle measured.
    pub accepted: f64,
    /// Flits accepted a cycle by the node that received least.
    pub accepted_node_least: f64,
    /// Creation to ejection of the measured packets that arrived, in cycles.
    pub packet_latency: Histogram,
    /// Injection to ejection of the same, in cycles.
    pub network_latency: Histogram,
    /// Mean routers visited by the same.
    pub routers_mean: f64,
    /// Measured packets that had not arrived when the run ended.
    pub missing_packets: u64,
    /// Whether the mean latency, missing packets counted at their age, exceeds the protocol's
    /// limit.
    pub saturated: bool,
    /// Use of every link in the cycles measured.
    pub links: Vec<LinkUse>,
    /// Number of cycles simulated.
    pub cycles: u64,
}

/// Runs one load point; `seed` names the random sources.
///
/// # Errors
/// A pattern that does not fit the mesh.
pub fn measure(
    mesh: &Mesh,
    pattern: Pattern,
    rate: Rate,
    seed: u64,
    protocol: Protocol,
) -> Result<LoadPoint, LoadError> {
    let generator = Generator::new(mesh, pattern, rate, seed)?;
    let mut state = Planes::new(mesh);
    let mut delivered = Vec::new();
    let end = protocol.warmup_cycles + protocol.measure_cycles;
    let mut meter = Meter::new(mesh, protocol.warmup_cycles, end);
    let mut before: Vec<Vec<_>> = Vec::new();
    let mut links = Vec::new();
    let mut refused = None;
    let mut create = |state: &mut Planes, meter: &mut Meter| {
        let cycle = state.cycle();
        generator.create(mesh, cycle, |packet: Packet| {
            meter.created(&packet);
            refused = refused.or(state.offer(mesh, packet).err());
        });
    };
    while state.cycle() < end {
        if state.cycle() == protocol.warmup_cycles {
            before = state
                .states()
                .iter()
                .map(|plane| plane.link_flits().to_vec())
                .collect();
        }
        create(&mut state, &mut meter);
        pass(mesh, &mut state, &mut delivered);
        delivered
            .drain(..)
            .for_each(|arrival| meter.arrived(mesh, &arrival));
    }
    let all: Vec<_> = state
        .states()
        .iter()
        .zip(&before)
        .map(|(plane, before)| link_use(mesh, plane, Some(before), protocol.measure_cycles))
        .collect();
    links.extend(both(&all));
    let waits_on =
        |meter: &Meter, cycle| meter.missing() > 0 && !meter.is_saturated(protocol, cycle);
    while state.cycle() < end + protocol.drain_cycles_max && waits_on(&meter, state.cycle()) {
        create(&mut state, &mut meter);
        pass(mesh, &mut state, &mut delivered);
        delivered
            .drain(..)
            .for_each(|arrival| meter.arrived(mesh, &arrival));
    }
    match refused {
        Some(why) => Err(LoadError::Offer(why)),
        None => Ok(meter.close(rate, protocol, links, state.cycle())),
    }
}

/// One cycle, for nothing if nothing can happen in it.
fn pass(mesh: &Mesh, state: &mut Planes, delivered: &mut Vec<Delivery>) {
    let next = state.cycle() + 1;
    state.advance(mesh, next, delivered);
}

/// The use of each link, of all meshes together: flits added, utilisation averaged.
fn both(meshes: &[Vec<LinkUse>]) -> Vec<LinkUse> {
    let mut sum = meshes.first().cloned().unwrap_or_default();
    for (at, link) in sum.iter_mut().enumerate() {
        link.flits = meshes.iter().map(|mesh| mesh[at].flits).sum();
        link.utilisation =
            meshes.iter().map(|mesh| mesh[at].utilisation).sum::<f64>() / meshes.len() as f64;
    }
    sum
}

/// Why a load cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The pattern does not fit the mesh.
    #[error(transparent)]
    Traffic(#[from] TrafficError),
    /// The mesh took no more packets.
    #[error(transparent)]
    Offer(#[from] OfferError),
}

/// Counts of one run.
struct Meter {
    from: u64,
    to: u64,
    created: u64,
    created_cycles: u64,
    ejected: Vec<u64>,
    packet_latency: Histogram,
    network_latency: Histogram,
    routers: u64,
}

impl Meter {
    fn new(mesh: &Mesh, from: u64, to: u64) -> Self {
        Meter {
            from,
            to,
            created: 0,
            created_cycles: 0,
            ejected: vec![0; mesh.nodes() as usize],
            packet_latency: Histogram::new(),
            network_latency: Histogram::new(),
            routers: 0,
        }
    }

    fn measures(&self, cycle: u64) -> bool {
        (self.from..self.to).contains(&cycle)
    }

    fn created(&mut self, packet: &Packet) {
        if self.measures(packet.create_cycle) {
            self.created += 1;
            self.created_cycles += packet.create_cycle;
        }
    }

    fn arrived(&mut self, mesh: &Mesh, arrival: &Delivery) {
        let packet = &arrival.packet;
        if self.measures(arrival.eject_cycle) {
            self.ejected[packet.dst as usize] += 1;
        }
        if self.measures(packet.create_cycle) {
            self.packet_latency
                .add(arrival.eject_cycle - packet.create_cycle);
            self.network_latency
                .add(arrival.eject_cycle - arrival.inject_cycle);
            self.routers += u64::from(mesh.routers(packet.src, packet.dst));
            self.created_cycles -= packet.create_cycle;
        }
    }

    fn missing(&self) -> u64 {
        self.created - self.packet_latency.count()
    }

    /// Whether the mean wait exceeds the limit; once all measured packets are created it stays so.
    fn is_saturated(&self, protocol: Protocol, cycle: u64) -> bool {
        let age_cycles = self.missing() * cycle - self.created_cycles;
        self.packet_latency.sum_cycles() + age_cycles > protocol.latency_cycles_max * self.created
    }

    fn close(self, rate: Rate, protocol: Protocol, links: Vec<LinkUse>, cycles: u64) -> LoadPoint {
        let missing_packets = self.missing();
        let measured = protocol.measure_cycles.max(1) as f64;
        let ejected: u64 = self.ejected.iter().sum();
        let least = self.ejected.iter().min().copied().unwrap_or(0);
        LoadPoint {
            offered: rate.raw() as f64 / Rate::ONE.raw() as f64,
            accepted: ejected as f64 / measured / self.ejected.len() as f64,
            accepted_node_least: least as f64 / measured,
            routers_mean: self.routers as f64 / self.packet_latency.count().max(1) as f64,
            saturated: self.is_saturated(protocol, cycles),
            packet_latency: self.packet_latency,
            network_latency: self.network_latency,
            missing_packets,
            links,
            cycles,
        }
    }
}

/// Runs a list of loads, each from a cold start.
///
/// # Errors
/// As [`measure`].
pub fn sweep(
    mesh: &Mesh,
    pattern: Pattern,
    rates: &[Rate],
    seed: u64,
    protocol: Protocol,
) -> Result<Vec<LoadPoint>, LoadError> {
    rates
        .iter()
        .map(|&rate| measure(mesh, pattern, rate, seed, protocol))
        .collect()
}

/// Load at which a mesh stops keeping up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saturation {
    /// Largest load found that is not saturated, packets per node and cycle.
    pub stable: f64,
    /// Least load found that is saturated; nothing if even one packet per node and cycle is
    /// carried.
    pub saturated: Option<f64>,
    /// Packets accepted per node and cycle at the least saturated load (at the stable one if there
    /// is none), in throughput mode.
    pub accepted: f64,
}

/// Looks for the saturation load by doubling from 1/1024, then halving the bracket until it is
/// within 1/256.
///
/// # Errors
/// As [`measure`].
pub fn saturation(
    mesh: &Mesh,
    pattern: Pattern,
    seed: u64,
    protocol: Protocol,
) -> Result<Saturation, LoadError> {
    let is_saturated =
        |rate| measure(mesh, pattern, rate, seed, protocol).map(|point| point.saturated);
    let load = |rate: Rate| rate.raw() as f64 / Rate::ONE.raw() as f64;
    let accepted =
        |rate| measure(mesh, pattern, rate, seed, Protocol::THROUGHPUT).map(|point| point.accepted);
    let mut stable = Rate::new(0, 1);
    let mut full = Rate::new(1, 1024);
    while !is_saturated(full)? {
        if full == Rate::ONE {
            return Ok(Saturation {
                stable: 1.0,
                saturated: None,
                accepted: accepted(full)?,
            });
        }
        stable = full;
        full = full.twice();
    }
    while full.raw() - stable.raw() > full.raw() >> 8 {
        let middle = stable.middle(full);
        if is_saturated(middle)? {
            full = middle;
        } else {
            stable = middle;
        }
    }
    Ok(Saturation {
        stable: load(stable),
        saturated: Some(load(full)),
        accepted: accepted(full)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::mesh::LOCAL;

    #[test]
    fn a_point_reports_what_flowed() {
        let mesh = Mesh::new(Config {
            packet_flits: 2,
            ..Config::a(4, 3)
        })
        .unwrap();
        let protocol = Protocol {
            warmup_cycles: 1000,
            measure_cycles: 20_000,
            ..Protocol::LATENCY
        };
        let point = measure(&mesh, Pattern::Uniform, Rate::new(1, 10), 3, protocol).unwrap();
        assert!(
            (point.accepted - 0.1).abs() < 0.002 && !point.saturated && point.missing_packets == 0
        );
        assert_eq!(point.packet_latency.quantile_cycles(0), Some(6));
        assert_eq!(point.packet_latency.count(), point.network_latency.count());
        let utilisation = |wanted: fn(usize) -> bool| -> f64 {
            let uses = point
                .links
                .iter()
                .filter(|link| wanted(usize::from(link.port)));
            uses.map(|link| link.utilisation).sum()
        };
        let ejected = utilisation(|port| port == LOCAL);
        let all = utilisation(|_| true);
        assert!((ejected / 12.0 - 2.0 * point.accepted).abs() < 0.001);
        assert!((all / ejected / point.routers_mean - 1.0).abs() < 0.01);
        // Links between routers: 2 (3*3 + 4*2), and 12 to the nodes.
        assert_eq!(point.links.len(), 34 + 12);
    }

    #[test]
    fn same_seed_same_point() {
        let mesh = Mesh::new(Config::a(3, 3)).unwrap();
        let protocol = Protocol {
            warmup_cycles: 100,
            measure_cycles: 500,
            ..Protocol::LATENCY
        };
        let rates = [Rate::new(1, 20), Rate::new(1, 4)];
        let run = |seed| sweep(&mesh, Pattern::Transpose, &rates, seed, protocol).unwrap();
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }
}
