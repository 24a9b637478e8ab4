//! Every inject and eject cycle of every packet of the shared BookSim 2 traces, without tolerance;
//! zero-load latency.

mod dense;

use std::path::PathBuf;

use dense::{Dense, DensePacket};
use seamount_mesh::{Config, Mesh, TraceRow, read_csv, replay, replay_rows, write_csv};

fn golden(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

const A: Config = Config::a(8, 8);

/// The shared traces and their configurations (`booksim-configs.txt`).
const TRACES: [(&str, Config); 6] = [
    ("booksim-trace-mesh8x8-A-uniform-r0.05.csv", A),
    ("booksim-trace-mesh8x8-A-uniform-r0.30.csv", A),
    ("booksim-trace-mesh8x8-A-bitcomp-r0.23.csv", A),
    (
        "booksim-trace-mesh8x8-A2-uniform-r0.20.csv",
        Config {
            buffer_depth_flits: 2,
            ..A
        },
    ),
    (
        "booksim-trace-mesh8x8-B-uniform-r0.20.csv",
        Config {
            routing_delay_cycles: 1,
            ..A
        },
    ),
    (
        "booksim-trace-mesh8x8-P4-uniform-r0.05.csv",
        Config {
            packet_flits: 4,
            ..A
        },
    ),
];

#[test]
fn every_packet_of_the_shared_traces_moves_in_the_same_cycles() {
    for (name, config) in TRACES {
        let text = golden(name);
        let rows = read_csv(&text).unwrap();
        let bare: Vec<TraceRow> = rows
            .iter()
            .map(|row| TraceRow {
                timing: None,
                routers: None,
                ..*row
            })
            .collect();
        let replayed = replay_rows(config, &bare).unwrap();
        let wrong = rows
            .iter()
            .zip(&replayed)
            .filter(|(want, got)| want != got)
            .count();
        let first = rows.iter().zip(&replayed).find(|(want, got)| want != got);
        assert_eq!(
            wrong,
            0,
            "{name}: {wrong} of {} packets differ, first {first:?}",
            rows.len()
        );
        assert_eq!(
            write_csv(&replayed),
            text.replace("\r\n", "\n"),
            "{name}: the file itself"
        );
    }
}

#[test]
fn the_dense_oracle_agrees_with_the_shared_traces_too() {
    for (name, config) in TRACES {
        let rows = read_csv(&golden(name)).unwrap();
        let mut dense = Dense::new(config);
        for row in &rows {
            let src = row.src as usize;
            let dst = row.dst as usize;
            dense.offer(DensePacket {
                src,
                dst,
                flits: config.packet_flits,
                create_cycle: row.create_cycle,
            });
        }
        let end = rows
            .iter()
            .filter_map(|row| row.timing)
            .map(|timing| timing.eject_cycle)
            .max()
            .unwrap();
        while dense.cycle <= end {
            dense.step();
        }
        for (index, row) in rows.iter().enumerate() {
            let timing = row.timing.unwrap();
            let got = (dense.inject[index], dense.eject[index]);
            assert_eq!(
                got,
                (Some(timing.inject_cycle), Some(timing.eject_cycle)),
                "{name}: {row:?}"
            );
        }
    }
}

#[test]
fn zero_load_latency_of_all_4096_pairs() {
    let configs = [
        (A, 3, 2),
        (
            Config {
                routing_delay_cycles: 1,
                ..A
            },
            4,
            2,
        ),
        (
            Config {
                packet_flits: 4,
                ..A
            },
            3,
            5,
        ),
        (
            Config {
                routing_delay_cycles: 1,
                packet_flits: 8,
                ..A
            },
            4,
            9,
        ),
        (
            Config {
                buffer_depth_flits: 1,
                credit_delay_cycles: 2,
                ..A
            },
            3,
            2,
        ),
    ];
    for (config, per_router, constant) in configs {
        let mesh = Mesh::new(config).unwrap();
        let pairs = (0..4096u32).map(|pair| (u64::from(pair) * 1000, pair / 64, pair % 64));
        let requests: Vec<_> = pairs.collect();
        for (&(create, src, dst), timing) in requests.iter().zip(replay(config, &requests).unwrap())
        {
            let routers = u64::from(mesh.routers(src, dst));
            assert_eq!(timing.inject_cycle, create);
            assert_eq!(
                timing.eject_cycle - create,
                per_router * routers + constant,
                "{config:?} {src} {dst}"
            );
            assert_eq!(
                timing.eject_cycle - create,
                mesh.latency_cycles_zero_load(src, dst)
            );
        }
    }
}

#[test]
fn the_credit_loop_sets_the_link_rate() {
    // Five cycles around a link: depth 4, 2, 1 carry 0.8, 0.4, 0.2 flits a cycle; 5 and more carry
    // 1.
    for (depth, cycles_for_1000) in [
        (1, 5000),
        (2, 2500),
        (4, 1250),
        (5, 1000),
        (8, 1000),
        (2047, 1000),
    ] {
        let config = Config {
            buffer_depth_flits: depth,
            ..Config::a(2, 1)
        };
        let requests = vec![(0, 0, 1); 2000];
        let timings = replay(config, &requests).unwrap();
        let took = timings[1500].eject_cycle - timings[500].eject_cycle;
        assert_eq!(took, cycles_for_1000, "depth {depth}");
    }
}
