//! Where the spikes of every source go, and what that costs.
//!
//! Sources whose packets go to the same cores at the same cost are of one *class*, which has the
//! cores and the cost: a network has few classes, as sources of a core mostly have their targets on
//! the same few cores. Of a source itself only the ports of its packets are left, four bytes each,
//! those of all sources one after another: 16 bytes instead of 52 for a spike to four cores. And
//! where all spikes of a core are of one class they are sent core by core of the class: the queue
//! of each is found once, and filled by one copy.
//!
//! What this module does *not* know: what a port leads to, and what a cost is worth.

use seamount_neurocore::Port;
use seamount_neurocore::kernel::prefetch;
use seamount_spec::EventCounts;
use std::collections::BTreeMap;

/// Packets of every source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Routes {
    classes: Vec<RouteClass>,
    /// Class of each source; empty if there is only one.
    class_of: Vec<u32>,
    /// First port of each source; empty if all have as many.
    starts: Vec<u32>,
    /// Ports of a source if all have as many.
    stride: usize,
    sources: usize,
    /// Ports of the packets of all sources, in the order of the cores of their class.
    ports: Vec<Port>,
}

/// Where the packets of many sources go, and what they cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RouteClass {
    /// Index of the core of each packet.
    pub(crate) cores: Vec<u32>,
    /// Cost of one spike.
    pub(crate) cost: RouteCost,
}

/// A packet on its way to a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RoutedPacket {
    /// Index of the core.
    pub(crate) core: u32,
    /// Port on that core.
    pub(crate) port: Port,
}

/// Events that the packets of one spike cause on the mesh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RouteCost {
    pub(crate) packets: u32,
    pub(crate) hops_x: u32,
    pub(crate) hops_y: u32,
    pub(crate) crossings: u32,
}

impl RouteCost {
    /// Adds the events of `spikes` spikes.
    #[inline]
    pub fn add_to(self, counts: &mut EventCounts, spikes: u64) {
        counts.packets_out += u64::from(self.packets) * spikes;
        counts.hops_x += u64::from(self.hops_x) * spikes;
        counts.hops_y += u64::from(self.hops_y) * spikes;
        counts.chip_crossings += u64::from(self.crossings) * spikes;
    }
}

/// Routes that are being put together, source by source.
#[derive(Debug, Default)]
pub(crate) struct RouteBuilder {
    known: BTreeMap<RouteClass, u32>,
    /// Class of the source at hand; memory that is used again.
    next: RouteClass,
    routes: Routes,
}

impl RouteBuilder {
    /// Adds the next source: its packets and what they cost.
    pub(crate) fn push(&mut self, cost: RouteCost, packets: impl Iterator<Item = RoutedPacket>) {
        let routes = &mut self.routes;
        let start = u32::try_from(routes.ports.len()).expect("fewer packets than 2^32");
        routes.starts.push(start);
        self.next.cost = cost;
        self.next.cores.clear();
        for packet in packets {
            self.next.cores.push(packet.core);
            routes.ports.push(packet.port);
        }
        // mostly it is the class of the source before
        let last = routes.class_of.last().copied();
        let same = last.filter(|last| routes.classes[*last as usize] == self.next);
        let number = match same.or_else(|| self.known.get(&self.next).copied()) {
            Some(number) => number,
            None => {
                let next = routes.classes.len() as u32;
                self.known.insert(self.next.clone(), next);
                routes.classes.push(self.next.clone());
                next
            }
        };
        routes.class_of.push(number);
    }

    /// Number of sources so far.
    pub(crate) fn len(&self) -> u32 {
        self.routes.starts.len() as u32
    }

    /// The routes; what is the same for all sources is not kept for each.
    pub(crate) fn finish(self) -> Routes {
        let mut routes = self.routes;
        routes.sources = routes.starts.len();
        routes.stride = routes.classes.first().map_or(0, |c| c.cores.len());
        if (routes.classes.iter()).all(|class| class.cores.len() == routes.stride) {
            routes.starts = vec![];
        }
        if routes.classes.len() == 1 {
            routes.class_of = vec![];
        }
        routes
    }
}

impl Routes {
    /// Class of all sources, if there is only one.
    #[inline]
    pub(crate) fn only_class(&self) -> Option<&RouteClass> {
        match &self.classes[..] {
            [class] => Some(class),
            _ => None,
        }
    }

    /// Class of a source.
    #[inline]
    pub(crate) fn class(&self, source: usize) -> &RouteClass {
        &self.classes[self.class_of.get(source).map_or(0, |class| *class as usize)]
    }

    #[inline]
    fn start(&self, source: usize) -> usize {
        match self.starts.get(source) {
            Some(start) => *start as usize,
            None => source * self.stride,
        }
    }

    /// Ports of the packets of a source whose class has so many.
    #[inline]
    pub(crate) fn ports(&self, source: usize, count: usize) -> &[Port] {
        let start = self.start(source);
        &self.ports[start..start + count]
    }

    /// Port of packet number `packet` of a source, where all sources are of one class.
    #[inline]
    pub(crate) fn port_of(&self, source: usize, packet: usize) -> Port {
        self.ports[source * self.stride + packet]
    }

    /// Packets of a source.
    pub(crate) fn of(&self, source: usize) -> impl Iterator<Item = RoutedPacket> {
        let cores = &self.class(source).cores;
        let ports = self.ports(source, cores.len());
        (cores.iter().zip(ports)).map(|(&core, &port)| RoutedPacket { core, port })
    }

    /// Asks for the ports of a source that will be read soon. Spikes come from anywhere in the
    /// table; more than a cache line of ports is rare.
    #[inline]
    pub(crate) fn fetch(&self, source: usize) {
        if let Some(first) = self.ports.get(self.start(source)) {
            prefetch(first);
        }
    }

    /// Number of sources.
    pub(crate) fn len(&self) -> usize {
        self.sources
    }
}
