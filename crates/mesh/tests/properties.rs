//! Any configuration, any traffic: the fast mesh equals the dense oracle grant for grant; nothing
//! is lost, duplicated, mixed or stuck.

mod dense;

use dense::{Dense, DensePacket};
use proptest::prelude::*;
use seamount_mesh::{
    Config, Delivery, Mesh, OfferError, Packet, State, advance, audit, offer, owns_any, step,
};

/// Mostly small; sometimes more than one block of 64 nodes.
fn side() -> impl Strategy<Value = u16> {
    prop_oneof![3 => 1..7u16, 1 => 9..14u16]
}

fn configs() -> impl Strategy<Value = Config> {
    (side(), side(), 1..10u16, 0..5u16, 0..4u16).prop_map(
        |(width, height, depth, credit, routing)| Config {
            width,
            height,
            buffer_depth_flits: depth,
            credit_delay_cycles: credit,
            routing_delay_cycles: routing,
            packet_flits: 1,
            meshes: 1,
        },
    )
}

/// (source, destination, flits, gap to the packet before in cycles), nodes to be taken modulo.
fn traffic() -> impl Strategy<Value = Vec<(u32, u32, u16, u64)>> {
    let gap = prop_oneof![4 => Just(0u64), 2 => 0..3u64, 1 => 0..80u64];
    let spread = prop::collection::vec((0..200u32, 0..200u32, 1..12u16, gap.clone()), 0..200);
    let short = prop::collection::vec((0..200u32, 0..200u32, 1..2u16, gap.clone()), 0..300);
    let hot = prop::collection::vec((0..200u32, 5..6u32, 1..6u16, gap), 0..200);
    prop_oneof![spread, short, hot]
}

fn packets(nodes: u32, traffic: &[(u32, u32, u16, u64)]) -> Vec<Packet> {
    let mut create_cycle = 0;
    let packet = |(tag, &(src, dst, flits, gap)): (u64, &(u32, u32, u16, u64))| {
        create_cycle += gap;
        Packet {
            src: src % nodes,
            dst: dst % nodes,
            flits,
            create_cycle,
            tag,
        }
    };
    (0..).zip(traffic).map(packet).collect()
}

/// More cycles than any of these traffics needs: each flit alone, hop by hop.
fn patience(mesh: &Mesh, packets: &[Packet]) -> u64 {
    let config = mesh.config();
    let per_flit =
        12 + u64::from(config.credit_delay_cycles) + u64::from(config.routing_delay_cycles);
    let flits: u64 = packets.iter().map(|packet| u64::from(packet.flits)).sum();
    let last = packets.last().map_or(0, |packet| packet.create_cycle);
    last + (flits + 1) * per_flit * u64::from(config.width + config.height)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_fast_mesh_equals_the_dense_oracle_grant_for_grant(
        config in configs(),
        traffic in traffic(),
    ) {
        let mesh = Mesh::new(config).unwrap();
        let packets = packets(mesh.nodes(), &traffic);
        let mut state = State::new(&mesh);
        let mut dense = Dense::new(config);
        let mut delivered = Vec::new();
        let mut coming = packets.iter().peekable();
        let limit = patience(&mesh, &packets);
        while coming.peek().is_some() || state.under_way_packets() > 0 {
            prop_assert!(state.cycle() < limit, "stuck: {} under way", state.under_way_packets());
            while let Some(packet) = coming.next_if(|packet| packet.create_cycle == state.cycle()) {
                offer(&mesh, &mut state, *packet).unwrap();
                let src = packet.src as usize;
                let dst = packet.dst as usize;
                dense.offer(DensePacket {
                        src,
                        dst,
                        flits: packet.flits,
                        create_cycle: packet.create_cycle,
                    });
            }
            step(&mesh, &mut state, &mut delivered);
            dense.step();
            prop_assert_eq!(state.link_flits(), &dense.grants[..]);
            prop_assert_eq!(audit(&mesh, &state), Ok(()));
        }
        prop_assert!(!owns_any(&state));
        prop_assert_eq!(delivered.len(), packets.len());
        let mut seen = vec![false; packets.len()];
        for arrival in &delivered {
            let index = usize::try_from(arrival.packet.tag).unwrap();
            prop_assert!(!std::mem::replace(&mut seen[index], true), "delivered twice");
            prop_assert_eq!(arrival.packet, packets[index]);
            prop_assert_eq!(Some(arrival.inject_cycle), dense.inject[index]);
            prop_assert_eq!(Some(arrival.eject_cycle), dense.eject[index]);
        }
        let hops: u64 = packets
            .iter()
            .map(|p| u64::from(mesh.routers(p.src, p.dst)) * u64::from(p.flits))
            .sum();
        prop_assert_eq!(state.flit_hops(), hops);
        // Emptied, and its credits come home, the mesh is as at the start but for the turns of the
        // arbiters.
        let end = state.cycle() + 64;
        advance(&mesh, &mut state, end, &mut delivered);
        prop_assert_eq!(audit(&mesh, &state), Ok(()));
        prop_assert_eq!(seamount_mesh::next_eventful(&state), None);
    }

    #[test]
    fn skipping_idle_cycles_changes_nothing(config in configs(), traffic in traffic()) {
        let mesh = Mesh::new(config).unwrap();
        let packets = packets(mesh.nodes(), &traffic);
        let run = |skip: bool| {
            let mut state = State::new(&mesh);
            let mut delivered = Vec::<Delivery>::new();
            let until = |state: &mut State, cycle: u64, delivered: &mut Vec<Delivery>| {
                if skip {
                    advance(&mesh, state, cycle, delivered);
                }
                while state.cycle() < cycle {
                    step(&mesh, state, delivered);
                }
            };
            for packet in &packets {
                until(&mut state, packet.create_cycle, &mut delivered);
                offer(&mesh, &mut state, *packet).unwrap();
            }
            until(&mut state, patience(&mesh, &packets), &mut delivered);
            (state, delivered)
        };
        prop_assert_eq!(run(true), run(false));
    }

    #[test]
    fn a_copied_state_goes_on_equally(config in configs(), traffic in traffic(), cut in 0..60u64) {
        let mesh = Mesh::new(config).unwrap();
        let mut state = State::new(&mesh);
        let mut delivered = Vec::new();
        for packet in packets(mesh.nodes(), &traffic) {
            offer(&mesh, &mut state, Packet { create_cycle: 0, ..packet }).unwrap();
        }
        advance(&mesh, &mut state, cut, &mut delivered);
        let mut copy = state.clone();
        let mut copied = delivered.clone();
        advance(&mesh, &mut state, cut + 500, &mut delivered);
        advance(&mesh, &mut copy, cut + 500, &mut copied);
        prop_assert_eq!((state, delivered), (copy, copied));
    }
}

#[test]
fn an_empty_mesh_costs_nothing() {
    // 24,576 routers, a packet from corner to corner, and a trillion cycles: hangs if cycles are
    // walked.
    let mesh = Mesh::new(Config::a(256, 96)).unwrap();
    let mut state = State::new(&mesh);
    let mut delivered = Vec::new();
    let packet = Packet {
        src: 0,
        dst: mesh.nodes() - 1,
        flits: 3,
        create_cycle: 0,
        tag: 9,
    };
    offer(&mesh, &mut state, packet).unwrap();
    advance(&mesh, &mut state, 1_000_000_000_000, &mut delivered);
    assert_eq!(
        (state.cycle(), state.under_way_packets()),
        (1_000_000_000_000, 0)
    );
    assert_eq!(delivered[0].eject_cycle, 3 * (255 + 95 + 1) + 2 + 2);
}

#[test]
fn an_offer_that_cannot_be_kept_changes_nothing() {
    let mesh = Mesh::new(Config::a(2, 2)).unwrap();
    let mut state = State::new(&mesh);
    let good = Packet {
        src: 0,
        dst: 3,
        flits: 1,
        create_cycle: 0,
        tag: 0,
    };
    let bad = [
        (
            Packet { dst: 4, ..good },
            OfferError::Node { node: 4, nodes: 4 },
        ),
        (Packet { flits: 0, ..good }, OfferError::Length { flits: 0 }),
        (
            Packet {
                create_cycle: 1,
                ..good
            },
            OfferError::Early {
                create_cycle: 1,
                now_cycle: 0,
            },
        ),
    ];
    for (packet, why) in bad {
        assert_eq!(offer(&mesh, &mut state, packet), Err(why));
    }
    assert_eq!(state, State::new(&mesh));
}
