//! Packet traces: replay of (create cycle, source, destination), and the CSV of the shared BookSim
//! traces.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::config::{Config, ConfigError};
use crate::mesh::Mesh;
use crate::planes::Planes;
use crate::state::{OfferError, Packet};

/// Columns of a trace file, in order.
pub const COLUMNS: &str = "packet,src,dst,create_cycle,inject_cycle,eject_cycle,routers";

/// A packet to be replayed: (create cycle, source node, destination node).
pub type Request = (u64, u32, u32);

/// Cycles in which a replayed packet moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Cycle its head left the source.
    pub inject_cycle: u64,
    /// Cycle its tail was seen by the destination.
    pub eject_cycle: u64,
}

/// One line of a trace file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceRow {
    /// Number of the packet.
    pub packet: u64,
    /// Number of the source node.
    pub src: u32,
    /// Number of the destination node.
    pub dst: u32,
    /// Cycle of creation at the source's FIFO.
    pub create_cycle: u64,
    /// Cycles in which the packet moved; none where the file leaves both columns empty.
    pub timing: Option<Timing>,
    /// Routers visited; nothing where the file leaves the column empty.
    pub routers: Option<u32>,
}

/// Why a trace cannot be replayed or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The mesh is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A packet is refused.
    #[error("packet {index}: {why}")]
    Packet {
        /// Place of the packet in the list.
        index: usize,
        /// Reason of the refusal.
        why: OfferError,
    },
    /// The first line lacks a column.
    #[error("no column {0:?} in the first line, wanted {COLUMNS}")]
    Column(&'static str),
    /// The first line has a column twice; which of the two is meant, nobody can say.
    #[error("the column {0:?} is there twice in the first line")]
    Twice(&'static str),
    /// A field is missing or not a number.
    #[error("line {line}: {column} is missing or not a number")]
    Field {
        /// Line of the file, from 1.
        line: usize,
        /// Column of the file.
        column: &'static str,
    },
    /// Several lines are wrong; the first 100 of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Many(Vec<TraceError>),
}

/// Most wrong lines that are listed.
pub const LISTED_MAX: usize = 100;

/// Runs a mesh cold and empty on a list of packets, until all have arrived. Packets of one source
/// leave in the order of their create cycles, those of one cycle in the order of the list.
///
/// # Errors
/// A refused configuration or a node that does not exist.
pub fn replay(config: Config, requests: &[Request]) -> Result<Vec<Timing>, TraceError> {
    let mesh = Mesh::new(config)?;
    let mut state = Planes::new(&mesh);
    let mut order: Vec<usize> = (0..requests.len()).collect();
    order.sort_by_key(|&index| requests[index].0);
    let mut timings = vec![Timing::default(); requests.len()];
    let mut delivered = Vec::new();
    for &index in &order {
        let (create_cycle, src, dst) = requests[index];
        state.advance(&mesh, create_cycle, &mut delivered);
        let packet = Packet {
            src,
            dst,
            flits: config.packet_flits,
            create_cycle,
            tag: index as u64,
        };
        state
            .offer(&mesh, packet)
            .map_err(|why| TraceError::Packet { index, why })?;
    }
    while let Some(cycle) = state
        .states()
        .iter()
        .filter_map(crate::step::next_eventful)
        .min()
    {
        state.advance(&mesh, cycle + 1, &mut delivered);
    }
    for arrival in &delivered {
        let inject_cycle = arrival.inject_cycle;
        let eject_cycle = arrival.eject_cycle;
        timings[arrival.packet.tag as usize] = Timing {
            inject_cycle,
            eject_cycle,
        };
    }
    debug_assert_eq!(delivered.len(), requests.len());
    Ok(timings)
}

/// Replays the rows of a trace and fills in their timing and routers.
///
/// # Errors
/// As [`replay`].
pub fn replay_rows(config: Config, rows: &[TraceRow]) -> Result<Vec<TraceRow>, TraceError> {
    let requests: Vec<Request> = rows
        .iter()
        .map(|row| (row.create_cycle, row.src, row.dst))
        .collect();
    let timings = replay(config, &requests)?;
    let mesh = Mesh::new(config)?;
    let filled = rows.iter().zip(timings).map(|(row, timing)| TraceRow {
        timing: Some(timing),
        routers: Some(mesh.routers(row.src, row.dst)),
        ..*row
    });
    Ok(filled.collect())
}

/// Reads a trace file. Columns are found by name; `inject_cycle`, `eject_cycle`, `routers` and
/// `packet` may be absent, others are ignored.
///
/// # Errors
/// A column that is missing or there twice, or every line with a field that is not a number.
pub fn read_csv(text: &str) -> Result<Vec<TraceRow>, TraceError> {
    let mut lines = (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let header: Vec<&str> = lines
        .next()
        .map_or("", |(_, line)| line)
        .split(',')
        .map(str::trim)
        .collect();
    let known = COLUMNS.split(',');
    let count = |name: &str| header.iter().filter(|column| **column == name).count();
    if let Some(twice) = known.into_iter().find(|name| count(name) > 1) {
        return Err(TraceError::Twice(twice));
    }
    let column = |name: &'static str| header.iter().position(|&column| column == name);
    let must = |name: &'static str| column(name).ok_or(TraceError::Column(name));
    let places = [must("src")?, must("dst")?, must("create_cycle")?];
    let may = ["packet", "inject_cycle", "eject_cycle", "routers"].map(column);
    let mut rows = vec![];
    let mut wrong = vec![];
    for ((line, text), index) in lines.zip(0..) {
        match read_row(line, text, index, places, may) {
            Ok(row) => rows.push(row),
            Err(error) => wrong.push(error),
        }
        if wrong.len() == LISTED_MAX {
            break;
        }
    }
    match wrong.len() {
        0 => Ok(rows),
        1 => Err(wrong.remove(0)),
        _ => Err(TraceError::Many(wrong)),
    }
}

/// Reads one line of a trace file, given the places of its columns.
fn read_row(
    line: usize,
    text: &str,
    index: u64,
    [src, dst, create]: [usize; 3],
    [packet, inject, eject, routers]: [Option<usize>; 4],
) -> Result<TraceRow, TraceError> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let field = |place: usize| fields.get(place).copied().unwrap_or("");
    let number = |place: usize, column| {
        field(place)
            .parse::<u64>()
            .map_err(|_| TraceError::Field { line, column })
    };
    let small = |place: usize, column| {
        field(place)
            .parse::<u32>()
            .map_err(|_| TraceError::Field { line, column })
    };
    let present = |place: Option<usize>| place.filter(|&place| !field(place).is_empty());
    let timing = match (present(inject), present(eject)) {
        (Some(inject), Some(eject)) => Some(Timing {
            inject_cycle: number(inject, "inject_cycle")?,
            eject_cycle: number(eject, "eject_cycle")?,
        }),
        _ => None,
    };
    Ok(TraceRow {
        packet: present(packet).map_or(Ok(index), |place| number(place, "packet"))?,
        src: small(src, "src")?,
        dst: small(dst, "dst")?,
        create_cycle: number(create, "create_cycle")?,
        timing,
        routers: present(routers)
            .map(|place| small(place, "routers"))
            .transpose()?,
    })
}

/// Writes a trace file with the columns that [`read_csv`] takes; what is not known stays empty.
pub fn write_csv(rows: &[TraceRow]) -> String {
    let mut text = String::with_capacity(32 * (rows.len() + 2));
    text.push_str(COLUMNS);
    text.push('\n');
    for row in rows {
        let cycle = |pick: fn(&Timing) -> u64| {
            row.timing
                .as_ref()
                .map_or(String::new(), |timing| pick(timing).to_string())
        };
        let routers = row
            .routers
            .map_or(String::new(), |routers| routers.to_string());
        let inject = cycle(|timing| timing.inject_cycle);
        let eject = cycle(|timing| timing.eject_cycle);
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{},{},{},{},{inject},{eject},{routers}",
            row.packet, row.src, row.dst, row.create_cycle
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_trace() {
        assert_eq!(read_csv(""), Err(TraceError::Column("src")));
        assert_eq!(
            read_csv("src,dst\n"),
            Err(TraceError::Column("create_cycle"))
        );
        let wrong = read_csv("src,dst,create_cycle\n1,2,x\n");
        assert_eq!(
            wrong,
            Err(TraceError::Field {
                line: 2,
                column: "create_cycle"
            })
        );
        let twice = read_csv("src,dst,create_cycle,dst\n1,2,3,4\n");
        assert_eq!(twice, Err(TraceError::Twice("dst")));
        let both = read_csv("src,dst,create_cycle\n1,2,x\n1,2,3\n,2,3\n").unwrap_err();
        assert_eq!(
            both.to_string(),
            "line 2: create_cycle is missing or not a number\nline 4: src is missing or not a number"
        );
        let why = OfferError::Node {
            node: 64,
            nodes: 64,
        };
        assert_eq!(
            replay(Config::default(), &[(0, 1, 64)]),
            Err(TraceError::Packet { index: 0, why })
        );
    }

    #[test]
    fn a_trace_without_timing_can_be_read() {
        let rows = read_csv("dst,src,create_cycle\n2,1,3\n").unwrap();
        assert_eq!(
            (rows[0].src, rows[0].dst, rows[0].packet, rows[0].timing),
            (1, 2, 0, None)
        );
        assert_eq!(write_csv(&rows), format!("{COLUMNS}\n0,1,2,3,,,\n"));
    }
}
