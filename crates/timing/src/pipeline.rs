//! Fidelity `pipeline`: formulas for every core, flights without contention (ME-030, ME-032).
//!
//! A core's compartment loop makes packets; packets of a step are received and added in the same
//! step, for the next one, while the loop goes on. So a core is done when its loop and its last
//! packet are done, and it has learned; the step is done when the last core is, and the barrier.

use crate::critical::{Critical, Stage};
use crate::latency::sum;
use crate::machine::Machine;
use crate::{CoreTime, StepTime};
use seamount_spec::record::{HOST, SentPacket, StepRecord};

/// Times steps by formulas.
#[derive(Debug, Clone)]
pub struct Pipeline {
    cores: Vec<CoreTime>,
    inbox: Vec<Inbox>,
}

/// Packets of one core in one step.
#[derive(Debug, Clone, Copy, Default)]
struct Inbox {
    packets: u64,
    service_ps: u64,
    /// The one that arrives first.
    first: Arrival,
    /// The one that would be done last if it did not have to wait.
    last: Arrival,
}

/// A packet at its receiver.
#[derive(Debug, Clone, Copy, Default)]
struct Arrival {
    from: u32,
    /// When it left the sender's loop, and of this what updates took.
    sent_ps: u64,
    updates_ps: u64,
    flight_ps: u64,
    service_ps: u64,
}

impl Arrival {
    fn at_ps(&self) -> u64 {
        self.sent_ps + self.flight_ps
    }

    fn done_ps(&self) -> u64 {
        self.at_ps() + self.service_ps
    }
}

impl Pipeline {
    /// Ready for the first step.
    pub fn new(machine: &Machine) -> Self {
        Pipeline { cores: vec![CoreTime::default(); machine.cores()], inbox: vec![Inbox::default(); machine.cores()] }
    }

    /// The cores in the step that was timed last.
    pub fn cores(&self) -> &[CoreTime] {
        &self.cores
    }

    /// Times one step.
    pub fn step(&mut self, machine: &Machine, record: StepRecord) -> StepTime {
        let latencies = &machine.latencies;
        for (core, counts) in self.cores.iter_mut().zip(record.counts) {
            let (update_ps, spike_ps) = (sum(&latencies.update, counts), sum(&latencies.spike, counts));
            let learning_ps = sum(&latencies.learning, counts);
            *core = CoreTime { update_ps, spike_ps, loop_end_ps: update_ps + spike_ps, learning_ps, ..CoreTime::default() };
        }
        self.inbox.fill(Inbox::default());
        let mut rest = record.packets;
        while let Some(first) = rest.first() {
            let (own, others) = rest.split_at(rest.partition_point(|p| p.from == first.from));
            self.send(machine, own);
            rest = others;
        }
        for (core, inbox) in self.cores.iter_mut().zip(&self.inbox) {
            core.ingress_ps = inbox.service_ps;
            core.ingress_begin_ps = inbox.first.at_ps();
            core.ingress_end_ps = inbox.end_ps();
            core.end_ps = core.loop_end_ps.max(core.ingress_end_ps) + core.learning_ps;
        }
        let critical = self.critical(machine);
        StepTime { step: record.step, duration_ps: critical.duration_ps(), critical }
    }

    /// The packets of one sender, in the order of its loop.
    fn send(&mut self, machine: &Machine, packets: &[SentPacket]) {
        let latencies = &machine.latencies;
        let from = packets[0].from;
        let (update_ps, compartments) = match from {
            HOST => (0, 1),
            core => (self.cores[core as usize].update_ps, u64::from(machine.plan.compartments[core as usize]).max(1)),
        };
        let (mut spikes_ps, mut compartment, mut flight) = (0, None, (u32::MAX, 0));
        for packet in packets {
            if from != HOST {
                spikes_ps += latencies.packet_out_ps;
                if compartment != Some(packet.compartment) {
                    compartment = Some(packet.compartment);
                    spikes_ps += latencies.spike_ps;
                }
            }
            // the loop's time is spread evenly over its compartments
            let updates_ps = update_ps * (u64::from(packet.compartment) + 1) / compartments;
            if flight.0 != packet.to {
                flight = (packet.to, machine.flight_ps(from, packet.to));
            }
            let service_ps = machine.service_ps[packet.to as usize][packet.row as usize];
            let arrival = Arrival { from, sent_ps: updates_ps + spikes_ps, updates_ps, flight_ps: flight.1, service_ps };
            self.inbox[packet.to as usize].add(arrival);
        }
    }

    /// The longest chain: through the loop of the last core, or through a packet it waited for.
    fn critical(&self, machine: &Machine) -> Critical {
        let mut parts_ps = [0; 6];
        parts_ps[Stage::Barrier as usize] = machine.barrier_ps;
        let Some(core) = (0..self.cores.len()).rev().max_by_key(|&i| self.cores[i].end_ps) else {
            return Critical { core: None, from: None, parts_ps };
        };
        let (time, inbox) = (&self.cores[core], &self.inbox[core]);
        parts_ps[Stage::Learning as usize] = time.learning_ps;
        let mut from = None;
        if time.loop_end_ps >= time.ingress_end_ps {
            parts_ps[Stage::Compartments as usize] = time.update_ps;
            parts_ps[Stage::Spikes as usize] = time.spike_ps;
        } else {
            let (chain, synapses_ps) = inbox.longest();
            parts_ps[Stage::Compartments as usize] = chain.updates_ps;
            parts_ps[Stage::Spikes as usize] = chain.sent_ps - chain.updates_ps;
            parts_ps[Stage::Transit as usize] = chain.flight_ps;
            parts_ps[Stage::Synapses as usize] = synapses_ps;
            from = Some(chain.from);
        }
        Critical { core: Some(core as u32), from, parts_ps }
    }
}

impl Inbox {
    fn add(&mut self, packet: Arrival) {
        if self.packets == 0 || packet.at_ps() < self.first.at_ps() {
            self.first = packet;
        }
        if self.packets == 0 || packet.done_ps() > self.last.done_ps() {
            self.last = packet;
        }
        self.packets += 1;
        self.service_ps += packet.service_ps;
    }

    /// The packet from which on the core is busy to the end, and for how long.
    fn longest(&self) -> (&Arrival, u64) {
        if self.first.at_ps() + self.service_ps >= self.last.done_ps() {
            (&self.first, self.service_ps)
        } else {
            (&self.last, self.last.service_ps)
        }
    }

    fn end_ps(&self) -> u64 {
        let (chain, service_ps) = self.longest();
        if self.packets == 0 { 0 } else { chain.at_ps() + service_ps }
    }
}
