//! What `seamount mesh` says: loads, tables, searches and replays, for people and for programs.

mod text;

use seamount_mesh::{
    Config, Histogram, LinkUse, LoadPoint, Mesh, Port, Protocol, Saturation, Timing, TraceRow,
};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// What was asked for.
#[derive(Debug, Serialize)]
pub struct MeshSetting {
    /// The mesh.
    pub mesh: Config,
    /// Name of the traffic pattern.
    pub traffic: String,
    /// Seed of the traffic.
    pub seed: u64,
    /// How long, and what counts.
    pub protocol: Protocol,
}

/// What was asked for, and what came of it.
#[derive(Debug, Serialize)]
pub struct LoadReport<R> {
    /// What was asked for.
    #[serde(flatten)]
    pub setting: MeshSetting,
    /// What came of it.
    #[serde(flatten)]
    pub result: R,
}

/// Latencies in cycles.
#[derive(Debug, Serialize)]
pub struct LatencyReport {
    /// Packets counted.
    pub packets: u64,
    /// Mean; none if there are no packets.
    pub mean_cycles: Option<f64>,
    /// Least.
    pub min_cycles: Option<u64>,
    /// Median.
    pub p50_cycles: Option<u64>,
    /// Of ten packets one takes longer.
    pub p90_cycles: Option<u64>,
    /// Of a hundred packets one takes longer.
    pub p99_cycles: Option<u64>,
    /// Largest.
    pub max_cycles: Option<u64>,
    /// Each latency that occurred, and how many packets had it.
    pub histogram: Vec<(u64, u64)>,
}

/// Use of one output of one router.
#[derive(Debug, Serialize)]
pub struct LinkReport {
    /// Router.
    pub router: u32,
    /// Its x.
    pub x: u32,
    /// Its y.
    pub y: u32,
    /// Output: `+x`, `-x`, `+y`, `-y`, or `local` to the node.
    pub port: &'static str,
    /// Flits in the cycles measured.
    pub flits: u64,
    /// Flits a cycle.
    pub utilisation: f64,
}

/// One load.
#[derive(Debug, Serialize)]
pub struct PointReport {
    /// Packets per node and cycle asked for.
    pub offered: f64,
    /// Packets per node and cycle that arrived.
    pub accepted: f64,
    /// The same of the node that received least.
    pub accepted_node_least: f64,
    /// `stable` or `saturated`.
    pub state: &'static str,
    /// Creation to ejection.
    pub packet_latency: LatencyReport,
    /// Injection to ejection.
    pub network_latency: LatencyReport,
    /// Mean routers visited.
    pub routers_mean: f64,
    /// Packets measured that had not arrived at the end.
    pub missing_packets: u64,
    /// Mean use of the links between routers, flits a cycle.
    pub link_utilisation_mean: f64,
    /// Largest use of a link between routers.
    pub link_utilisation_max: f64,
    /// Every link.
    pub links: Vec<LinkReport>,
    /// Cycles simulated.
    pub cycles: u64,
    /// Files written.
    pub files: Vec<String>,
}

/// A table of loads.
#[derive(Debug, Serialize)]
pub struct Points {
    /// The loads, in the order asked for.
    pub points: Vec<PointReport>,
    /// Files written.
    pub files: Vec<String>,
}

/// What a search found.
#[derive(Debug, Serialize)]
pub struct Search(pub Saturation);

/// The first packet that did not move as the trace says.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// Line of the trace.
    pub line: usize,
    /// Number of the packet.
    pub packet: u64,
    /// As the trace has it.
    pub recorded: Timing,
    /// As it moved here.
    pub replayed: Timing,
}

/// A replayed trace.
#[derive(Debug, Serialize)]
pub struct ReplayReport {
    /// The mesh.
    pub mesh: Config,
    /// The trace.
    pub trace: String,
    /// Packets.
    pub packets: usize,
    /// Cycle in which the last packet arrived.
    pub eject_cycle_last: Option<u64>,
    /// Creation to ejection.
    pub packet_latency: LatencyReport,
    /// Injection to ejection.
    pub network_latency: LatencyReport,
    /// Packets whose inject and eject cycles the trace has.
    pub recorded_packets: usize,
    /// Those of them that moved in the same cycles here.
    pub equal_packets: usize,
    /// The first that did not.
    pub first_difference: Option<Difference>,
    /// Files written.
    pub files: Vec<String>,
}

impl LatencyReport {
    fn new(histogram: &Histogram) -> LatencyReport {
        let quantile = |per_mille| histogram.quantile_cycles(per_mille);
        LatencyReport {
            packets: histogram.count(),
            mean_cycles: histogram.mean_cycles(),
            min_cycles: quantile(0),
            p50_cycles: quantile(500),
            p90_cycles: quantile(900),
            p99_cycles: quantile(990),
            max_cycles: quantile(1000),
            histogram: histogram.bins().collect(),
        }
    }
}

fn is_between_routers(link: &LinkReport) -> bool {
    link.port != Port::Local.name()
}

impl LinkReport {
    fn new(mesh: &Mesh, link: &LinkUse) -> LinkReport {
        let (x, y) = mesh.place(link.router);
        LinkReport {
            router: link.router,
            x,
            y,
            port: Port::ALL[usize::from(link.port)].name(),
            flits: link.flits,
            utilisation: link.utilisation,
        }
    }
}

impl PointReport {
    /// A load as measured.
    pub fn new(mesh: &Mesh, point: LoadPoint) -> PointReport {
        let links: Vec<LinkReport> = point
            .links
            .iter()
            .map(|l| LinkReport::new(mesh, l))
            .collect();
        let uses = || {
            links
                .iter()
                .filter(|l| is_between_routers(l))
                .map(|l| l.utilisation)
        };
        PointReport {
            offered: point.offered,
            accepted: point.accepted,
            accepted_node_least: point.accepted_node_least,
            state: if point.saturated {
                "saturated"
            } else {
                "stable"
            },
            packet_latency: LatencyReport::new(&point.packet_latency),
            network_latency: LatencyReport::new(&point.network_latency),
            routers_mean: point.routers_mean,
            missing_packets: point.missing_packets,
            link_utilisation_mean: uses().sum::<f64>() / uses().count().max(1) as f64,
            link_utilisation_max: uses().fold(0.0, f64::max),
            links,
            cycles: point.cycles,
            files: vec![],
        }
    }
}

/// A load without the digits that 2^-32 adds.
fn round(load: f64) -> f64 {
    (load * 1e9).round() / 1e9
}

/// Columns of a table of loads: those of the shared BookSim curves, then ours.
const CURVE_COLUMNS: &str = "config,traffic,offered_packets_per_node_cycle,seed,state,\
    min_packet_latency_cycles,avg_packet_latency_cycles,max_packet_latency_cycles,\
    avg_network_latency_cycles,avg_routers_visited,\
    accepted_packets_per_node_cycle_avg,accepted_packets_per_node_cycle_min_node,\
    p50_packet_latency_cycles,p99_packet_latency_cycles,link_utilisation_mean,link_utilisation_max";

/// A table of loads as CSV. As in the shared curves, a saturated load has no latency.
pub fn curve_csv(setting: &MeshSetting, points: &[PointReport]) -> String {
    let Config {
        width,
        height,
        buffer_depth_flits,
        credit_delay_cycles,
        routing_delay_cycles,
        packet_flits,
        meshes,
    } = setting.mesh;
    let config = format!(
        "{width}x{height}-b{buffer_depth_flits}-c{credit_delay_cycles}-r{routing_delay_cycles}-p{packet_flits}{}",
        if meshes == 2 { "-m2" } else { "" }
    );
    let mut out = format!("{CURVE_COLUMNS}\n");
    for p in points {
        let stable = p.state == "stable";
        let whole = |n: Option<u64>| {
            n.filter(|_| stable)
                .map_or(String::new(), |n| n.to_string())
        };
        let part = |n: Option<f64>| {
            n.filter(|_| stable)
                .map_or(String::new(), |n| format!("{n:.4}"))
        };
        let latency = &p.packet_latency;
        let _ = writeln!(
            out,
            "{config},{},{},{},{},{},{},{},{},{},{:.5},{:.5},{},{},{:.5},{:.5}",
            setting.traffic,
            round(p.offered),
            setting.seed,
            p.state,
            whole(latency.min_cycles),
            part(latency.mean_cycles),
            whole(latency.max_cycles),
            part(p.network_latency.mean_cycles),
            part(latency.mean_cycles.map(|_| p.routers_mean)),
            p.accepted,
            p.accepted_node_least,
            whole(latency.p50_cycles),
            whole(latency.p99_cycles),
            p.link_utilisation_mean,
            p.link_utilisation_max
        );
    }
    out
}

impl ReplayReport {
    /// Compares what was replayed with what the trace has recorded.
    pub fn new(
        mesh: &Mesh,
        trace: &Path,
        rows: &[TraceRow],
        replayed: &[TraceRow],
        lines: &[usize],
    ) -> ReplayReport {
        let mut packet = Histogram::new();
        let mut network = Histogram::new();
        let timings = || replayed.iter().filter_map(|row| Some((row, row.timing?)));
        for (row, timing) in timings() {
            packet.add(timing.eject_cycle - row.create_cycle);
            network.add(timing.eject_cycle - timing.inject_cycle);
        }
        let recorded = || {
            let rows = rows.iter().zip(lines).zip(timings());
            rows.filter_map(|((row, &line), (_, replayed))| {
                Some((row, line, row.timing?, replayed))
            })
        };
        let difference = recorded().find(|(_, _, recorded, replayed)| recorded != replayed);
        ReplayReport {
            mesh: *mesh.config(),
            trace: trace.display().to_string(),
            packets: rows.len(),
            eject_cycle_last: timings().map(|(_, timing)| timing.eject_cycle).max(),
            packet_latency: LatencyReport::new(&packet),
            network_latency: LatencyReport::new(&network),
            recorded_packets: recorded().count(),
            equal_packets: recorded()
                .filter(|(_, _, recorded, replayed)| recorded == replayed)
                .count(),
            first_difference: difference.map(|(row, line, recorded, replayed)| Difference {
                line,
                packet: row.packet,
                recorded,
                replayed,
            }),
            files: vec![],
        }
    }
}
