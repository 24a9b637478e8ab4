//! The oracle: the eight rules written down cycle by cycle, everything looked at in every cycle.
//! Slow, and meant to be obviously right; shares nothing with the crate but the configuration.

use std::collections::{BTreeMap, VecDeque};

use seamount_mesh::Config;

#[derive(Debug, Clone, Copy)]
pub struct DensePacket {
    pub src: usize,
    pub dst: usize,
    pub flits: u16,
    pub create_cycle: u64,
}

#[derive(Debug, Clone, Copy)]
struct DenseFlit {
    packet: usize,
    number: u16,
}

#[derive(Debug, Clone)]
struct DenseRouter {
    inputs: [VecDeque<DenseFlit>; 5],
    /// First cycle in which the flit at the front may request.
    front_from: [u64; 5],
    credits: [u16; 5],
    owner: [Option<usize>; 5],
    rr: [usize; 5],
}

pub struct Dense {
    config: Config,
    pub cycle: u64,
    packets: Vec<DensePacket>,
    queues: Vec<VecDeque<usize>>,
    sent: Vec<u16>,
    source_credits: Vec<u16>,
    routers: Vec<DenseRouter>,
    flits_due: BTreeMap<u64, Vec<(usize, usize, DenseFlit)>>,
    credits_due: BTreeMap<u64, Vec<(usize, usize)>>,
    source_credits_due: BTreeMap<u64, Vec<usize>>,
    ejections_due: BTreeMap<u64, Vec<(usize, DenseFlit)>>,
    /// Packet and next flit number expected at each destination.
    receiving: Vec<Option<(usize, u16)>>,
    pub inject: Vec<Option<u64>>,
    pub eject: Vec<Option<u64>>,
    pub grants: Vec<[u64; 5]>,
}

impl Dense {
    pub fn new(config: Config) -> Self {
        let nodes = usize::from(config.width) * usize::from(config.height);
        let router = DenseRouter {
            inputs: std::array::from_fn(|_| VecDeque::new()),
            front_from: [0; 5],
            credits: [config.buffer_depth_flits; 5],
            owner: [None; 5],
            rr: [0; 5],
        };
        Dense {
            config,
            cycle: 0,
            packets: Vec::new(),
            queues: vec![VecDeque::new(); nodes],
            sent: vec![0; nodes],
            source_credits: vec![config.buffer_depth_flits; nodes],
            routers: vec![router; nodes],
            flits_due: BTreeMap::new(),
            credits_due: BTreeMap::new(),
            source_credits_due: BTreeMap::new(),
            ejections_due: BTreeMap::new(),
            receiving: vec![None; nodes],
            inject: Vec::new(),
            eject: Vec::new(),
            grants: vec![[0; 5]; nodes],
        }
    }

    pub fn offer(&mut self, packet: DensePacket) {
        self.queues[packet.src].push_back(self.packets.len());
        self.packets.push(packet);
        self.inject.push(None);
        self.eject.push(None);
    }

    pub fn step(&mut self) {
        self.become_visible();
        for node in 0..self.queues.len() {
            self.send_from_source(node);
        }
        for node in 0..self.routers.len() {
            for (output, input) in self.grants_of(node) {
                self.grant(node, output, input);
            }
        }
        self.cycle += 1;
    }

    /// Rule 1.
    fn become_visible(&mut self) {
        for (node, output) in self.credits_due.remove(&self.cycle).unwrap_or_default() {
            self.routers[node].credits[output] += 1;
            assert!(self.routers[node].credits[output] <= self.config.buffer_depth_flits);
        }
        for node in self
            .source_credits_due
            .remove(&self.cycle)
            .unwrap_or_default()
        {
            self.source_credits[node] += 1;
        }
        for (node, input, flit) in self.flits_due.remove(&self.cycle).unwrap_or_default() {
            let router = &mut self.routers[node];
            router.inputs[input].push_back(flit);
            assert!(router.inputs[input].len() <= usize::from(self.config.buffer_depth_flits));
            if router.inputs[input].len() == 1 {
                // Rule 8: arrival t, request t + routing delay, heads only.
                let delay = if flit.number == 0 {
                    self.config.routing_delay_cycles
                } else {
                    0
                };
                router.front_from[input] = self.cycle + u64::from(delay);
            }
        }
        for (node, flit) in self.ejections_due.remove(&self.cycle).unwrap_or_default() {
            self.receive(node, flit);
        }
    }

    /// A destination sees a flit: packets come whole and in order, once, where they were sent.
    fn receive(&mut self, node: usize, flit: DenseFlit) {
        let packet = self.packets[flit.packet];
        assert_eq!(packet.dst, node);
        let expected = self.receiving[node].unwrap_or((flit.packet, 0));
        assert_eq!(expected, (flit.packet, flit.number));
        self.receiving[node] =
            Some((flit.packet, flit.number + 1)).filter(|next| next.1 < packet.flits);
        if flit.number + 1 == packet.flits {
            assert_eq!(self.eject[flit.packet].replace(self.cycle), None);
        }
    }

    /// Rule 2.
    fn send_from_source(&mut self, node: usize) {
        let Some(&packet) = self.queues[node].front() else {
            return;
        };
        if self.packets[packet].create_cycle > self.cycle || self.source_credits[node] == 0 {
            return;
        }
        let number = self.sent[node];
        if number == 0 {
            self.inject[packet] = Some(self.cycle);
        }
        self.source_credits[node] -= 1;
        self.flits_due.entry(self.cycle + 2).or_default().push((
            node,
            4,
            DenseFlit { packet, number },
        ));
        self.sent[node] += 1;
        if self.sent[node] == self.packets[packet].flits {
            self.sent[node] = 0;
            self.queues[node].pop_front();
        }
    }

    fn place(&self, node: usize) -> (usize, usize) {
        (
            node % usize::from(self.config.width),
            node / usize::from(self.config.width),
        )
    }

    fn xy_output(&self, node: usize, dst: usize) -> usize {
        let ((x, y), (to_x, to_y)) = (self.place(node), self.place(dst));
        match (to_x.cmp(&x), to_y.cmp(&y)) {
            (std::cmp::Ordering::Greater, _) => 0,
            (std::cmp::Ordering::Less, _) => 1,
            (_, std::cmp::Ordering::Greater) => 2,
            (_, std::cmp::Ordering::Less) => 3,
            _ => 4,
        }
    }

    fn neighbour(&self, node: usize, port: usize) -> usize {
        let width = usize::from(self.config.width);
        [
            node + 1,
            node.wrapping_sub(1),
            node + width,
            node.wrapping_sub(width),
        ][port]
    }

    /// Rules 3 and 4: (output, input) pairs granted at a router in this cycle.
    fn grants_of(&self, node: usize) -> Vec<(usize, usize)> {
        let router = &self.routers[node];
        let requests = |input: usize, output: usize| {
            let Some(&flit) = router.inputs[input].front() else {
                return false;
            };
            let owns = router.owner[output] == Some(flit.packet);
            let may_own = router.owner[output].is_none() && flit.number == 0;
            router.front_from[input] <= self.cycle
                && self.xy_output(node, self.packets[flit.packet].dst) == output
                && router.credits[output] > 0
                && (owns || may_own)
        };
        let grant = |output: usize| {
            (0..5)
                .map(|step| (router.rr[output] + step) % 5)
                .find(|&input| requests(input, output))
                .map(|i| (output, i))
        };
        (0..5).filter_map(grant).collect()
    }

    /// Rules 4 to 8 for one granted flit.
    fn grant(&mut self, node: usize, output: usize, input: usize) {
        let cycle = self.cycle;
        let credit_delay = u64::from(self.config.credit_delay_cycles);
        let router = &mut self.routers[node];
        let flit = router.inputs[input].pop_front().unwrap();
        let is_tail = flit.number + 1 == self.packets[flit.packet].flits;
        router.credits[output] -= 1;
        router.rr[output] = (input + 1) % 5;
        router.owner[output] = if is_tail { None } else { Some(flit.packet) };
        if let Some(next) = router.inputs[input].front() {
            let delay = if next.number == 0 {
                self.config.routing_delay_cycles
            } else {
                0
            };
            router.front_from[input] = cycle + 1 + u64::from(delay);
        }
        self.grants[node][output] += 1;
        if input == 4 {
            self.source_credits_due
                .entry(cycle + 2)
                .or_default()
                .push(node);
        } else {
            let upstream = self.neighbour(node, input);
            self.credits_due
                .entry(cycle + 2 + credit_delay)
                .or_default()
                .push((upstream, input ^ 1));
        }
        if output == 4 {
            self.ejections_due
                .entry(cycle + 3)
                .or_default()
                .push((node, flit));
            self.credits_due
                .entry(cycle + 5 + credit_delay)
                .or_default()
                .push((node, 4));
        } else {
            let to = self.neighbour(node, output);
            self.flits_due
                .entry(cycle + 3)
                .or_default()
                .push((to, output ^ 1, flit));
        }
    }
}
