//! The reports for people.

use super::{
    LatencyReport, LinkReport, LoadReport, MeshSetting, PointReport, Points, ReplayReport, Search,
    is_between_routers, round,
};
use seamount_mesh::{Config, Saturation};
use seamount_session::words::{count, plural};
use std::fmt::{self, Display, Formatter, Write};

impl LatencyReport {
    /// Rows of equal width up to the 99th percentile, then one for the rest.
    fn chart(&self) -> String {
        const ROWS: u64 = 14;
        let (Some(least), Some(p99), Some(most)) =
            (self.min_cycles, self.p99_cycles, self.max_cycles)
        else {
            return String::new();
        };
        let width = (p99 - least + 1).div_ceil(ROWS);
        let mut rows: Vec<(u64, u64, u64)> = (0..(p99 - least) / width + 1)
            .map(|row| (least + row * width, least + (row + 1) * width - 1, 0))
            .collect();
        let edge = rows.last().map_or(least, |row| row.1);
        if most > edge {
            rows.push((edge + 1, most, 0));
        }
        for &(cycles, packets) in &self.histogram {
            if let Some(row) = rows.iter_mut().find(|row| cycles <= row.1) {
                row.2 += packets;
            }
        }
        let tallest = rows.iter().map(|row| row.2).max().unwrap_or(0).max(1);
        let mut out = String::new();
        for (from, to, packets) in rows {
            let marks = "#".repeat((packets * 40).div_ceil(tallest) as usize);
            let line = format!("  {from:>6}..{to:<6} {:>10}  {marks}", count(packets));
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out
    }
}

impl Display for LatencyReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.mean_cycles, self.min_cycles, self.p50_cycles) {
            (Some(mean), Some(min), Some(p50)) => write!(
                f,
                "mean {mean:.4} cycles; min {min}, median {p50}, 90 % {}, 99 % {}, max {}",
                cycles(self.p90_cycles),
                cycles(self.p99_cycles),
                cycles(self.max_cycles)
            ),
            _ => write!(f, "no packets"),
        }
    }
}

fn cycles(number: Option<u64>) -> String {
    number.map_or("-".into(), |n| n.to_string())
}

impl PointReport {
    /// The busiest links between routers, by use, then by router.
    fn busiest(&self) -> Vec<&LinkReport> {
        const SHOWN: usize = 5;
        let mut links: Vec<&LinkReport> = self
            .links
            .iter()
            .filter(|l| is_between_routers(l))
            .collect();
        links.sort_by_key(|l| std::cmp::Reverse(l.flits));
        links.truncate(SHOWN);
        links
    }
}

impl Display for MeshSetting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", mesh_words(&self.mesh))?;
        writeln!(
            f,
            "traffic {}, seed {}; {} cycles to warm up, {} measured",
            self.traffic,
            self.seed,
            count(self.protocol.warmup_cycles),
            count(self.protocol.measure_cycles)
        )
    }
}

fn mesh_words(mesh: &Config) -> String {
    format!(
        "{} {}x{}: buffers of {}, credit delay {}, routing delay {}, packets of {}",
        if mesh.meshes == 2 {
            "two meshes"
        } else {
            "mesh"
        },
        mesh.width,
        mesh.height,
        plural(u64::from(mesh.buffer_depth_flits), "flit"),
        mesh.credit_delay_cycles,
        mesh.routing_delay_cycles,
        plural(u64::from(mesh.packet_flits), "flit")
    )
}

fn wrote(f: &mut Formatter<'_>, files: &[String]) -> fmt::Result {
    files
        .iter()
        .try_for_each(|file| writeln!(f, "wrote {file}"))
}

impl Display for LoadReport<PointReport> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let point = &self.result;
        write!(f, "{}", self.setting)?;
        writeln!(
            f,
            "offered         {} packets a node and cycle: {}",
            round(point.offered),
            point.state
        )?;
        writeln!(
            f,
            "accepted        {:.5}; the node that received least {:.5}",
            point.accepted, point.accepted_node_least
        )?;
        writeln!(f, "packet latency  {}", point.packet_latency)?;
        writeln!(f, "in the network  {}", point.network_latency)?;
        writeln!(
            f,
            "packets         {} measured, {} of them had not arrived after {} cycles; {:.4} \
             routers each",
            count(point.packet_latency.packets + point.missing_packets),
            count(point.missing_packets),
            count(point.cycles),
            point.routers_mean
        )?;
        write!(f, "{}", point.packet_latency.chart())?;
        writeln!(
            f,
            "links           mean {:.4} flits a cycle, busiest {:.4}:",
            point.link_utilisation_mean, point.link_utilisation_max
        )?;
        for link in point.busiest() {
            writeln!(
                f,
                "  router {:>5} at ({}, {}) {}  {:.4}",
                link.router, link.x, link.y, link.port, link.utilisation
            )?;
        }
        wrote(f, &point.files)
    }
}

impl Display for LoadReport<Points> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.setting)?;
        writeln!(
            f,
            "offered     accepted  latency    p50    p99    max  links mean  busiest  state"
        )?;
        for p in &self.result.points {
            let latency = &p.packet_latency;
            let mean = latency
                .mean_cycles
                .map_or("-".into(), |mean| format!("{mean:.3}"));
            writeln!(
                f,
                "{:<11} {:>8.5} {mean:>8} {:>6} {:>6} {:>6} {:>11.4} {:>8.4}  {}",
                round(p.offered),
                p.accepted,
                cycles(latency.p50_cycles),
                cycles(latency.p99_cycles),
                cycles(latency.max_cycles),
                p.link_utilisation_mean,
                p.link_utilisation_max,
                p.state
            )?;
        }
        writeln!(
            f,
            "loads in packets a node and cycle, latencies in cycles, links in flits a cycle"
        )?;
        wrote(f, &self.result.files)
    }
}

impl Display for LoadReport<Search> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.setting)?;
        let Saturation {
            stable,
            saturated,
            accepted,
        } = self.result.0;
        match saturated {
            Some(saturated) => writeln!(
                f,
                "saturation between {stable:.5} and {saturated:.5} packets a node and cycle; \
                 beyond it {accepted:.5} are accepted"
            ),
            None => writeln!(
                f,
                "not even one packet a node and cycle saturates it; {accepted:.5} are accepted"
            ),
        }
    }
}

impl Display for ReplayReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", mesh_words(&self.mesh))?;
        writeln!(
            f,
            "trace {}: {}, the last arrives in cycle {}",
            self.trace,
            plural(self.packets as u64, "packet"),
            cycles(self.eject_cycle_last)
        )?;
        writeln!(f, "packet latency  {}", self.packet_latency)?;
        writeln!(f, "in the network  {}", self.network_latency)?;
        write!(f, "{}", self.packet_latency.chart())?;
        if self.recorded_packets > 0 {
            writeln!(
                f,
                "as recorded: {} of {} packets move in the same cycles",
                count(self.equal_packets as u64),
                count(self.recorded_packets as u64)
            )?;
        }
        if let Some(d) = &self.first_difference {
            writeln!(
                f,
                "first difference: line {}, packet {}: recorded {} and {}, here {} and {} \
                 (inject, eject)",
                d.line,
                d.packet,
                d.recorded.inject_cycle,
                d.recorded.eject_cycle,
                d.replayed.inject_cycle,
                d.replayed.eject_cycle
            )?;
        }
        wrote(f, &self.files)
    }
}
