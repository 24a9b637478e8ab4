//! Packets for cores that another rank has.
//!
//! A packet to a core that is here carries the place of its row there. Of a core elsewhere nothing
//! is here but the number of ports of its axons, so that such a packet carries the number of its
//! port, and whoever has the core looks the row up when the packet comes. So a rank decodes its own
//! cores only, and packets that do not leave it are as fast as they would be without ranks.
//!
//! What this module does *not* know: how packets travel.

use crate::division::Division;
use crate::routes::RoutedPacket;
use seamount_image::{Image, OutputAxon};
use seamount_neurocore::{CoreProgram, Port, first_ports};
use std::collections::BTreeMap;

/// A core of another rank that packets go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FarCore {
    /// Index of its rank among the neighbours of this one.
    pub(crate) neighbour: u32,
    /// Place of the core among those of its rank.
    pub(crate) place: u32,
    /// Index of the core in the image.
    pub(crate) number: u32,
}

/// Makes packets of output axons.
pub(crate) struct Resolver<'a> {
    image: &'a Image,
    division: &'a Division,
    rank: usize,
    cores: &'a [CoreProgram],
    far: Vec<FarCore>,
    /// Index in `far` and first ports of every core that was sent to so far.
    known: BTreeMap<u32, (u32, Vec<u32>)>,
}

impl<'a> Resolver<'a> {
    /// A resolver for the packets that cores of a rank send.
    pub(crate) fn new(
        image: &'a Image,
        division: &'a Division,
        rank: usize,
        cores: &'a [CoreProgram],
    ) -> Resolver<'a> {
        Resolver {
            image,
            division,
            rank,
            cores,
            far: vec![],
            known: BTreeMap::new(),
        }
    }

    /// Packet of an axon if its core is here.
    pub(crate) fn own(&self, axon: &OutputAxon) -> Option<RoutedPacket> {
        (self.division.rank_of(axon.core) == self.rank).then(|| {
            let core = self.division.place(axon.core);
            let port = self.cores[core as usize].port(axon.axon, axon.atom);
            RoutedPacket { core, port }
        })
    }

    /// Packet of an axon; the cores elsewhere are numbered after those here.
    pub(crate) fn packet(&mut self, axon: &OutputAxon) -> RoutedPacket {
        if let Some(own) = self.own(axon) {
            return own;
        }
        let far = &mut self.far;
        let division = self.division;
        let rank = self.rank;
        let image = self.image;
        let known = self.known.entry(axon.core).or_insert_with(|| {
            let neighbours = division.neighbours(rank);
            let neighbour = neighbours.binary_search(&division.rank_of(axon.core));
            far.push(FarCore {
                neighbour: neighbour.expect("who is sent to is a neighbour") as u32,
                place: division.place(axon.core),
                number: axon.core,
            });
            let ports = first_ports(&image.cores[axon.core as usize]);
            (far.len() as u32 - 1, ports)
        });
        let number = known.1[axon.axon as usize] + u32::from(axon.atom);
        RoutedPacket {
            core: self.cores.len() as u32 + known.0,
            port: Port::elsewhere(number),
        }
    }

    /// Cores elsewhere, in the order of their numbers here.
    pub(crate) fn into_far(self) -> Vec<FarCore> {
        self.far
    }
}
