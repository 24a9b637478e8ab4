//! Fidelity `pipeline`: formulas for every core, flights without contention (ME-030, ME-032).
//!
//! A core's compartment loop makes packets; packets of a step are received and added in the same
//! step, for the next one, while the loop goes on. So a core is done when its loop and its last
//! packet are done, and it has learned; the step is done when the last core is, and the barrier.

use crate::critical::{Critical, Stage};
use crate::latency::sum;
use crate::machine::Machine;
use crate::{CoreTime, StepTime};
use seamount_spec::{HOST, SentPacket, StepRecord};

/// Times steps by formulas.
#[derive(Debug, Clone)]
pub struct Pipeline {
    cores: Vec<CoreTime>,
    inbox: Vec<Inbox>,
    /// Receivers of one sender: scratch.
    touched: Vec<u32>,
}

/// Packets of one core in one step.
#[derive(Debug, Clone, Copy, Default)]
struct Inbox {
    filled: bool,
    service_ps: u64,
    /// The one that arrives first.
    first: Arrival,
    /// Arrival that would be done last if it did not have to wait, of the last ones of each sender.
    last: Arrival,
    /// The sender at work, its first packet to here and its last.
    sender: Option<u32>,
    opens: Mark,
    closes: Mark,
}

/// A packet as its sender counts.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// Packets made up to it, and compartments that fired.
    made: u32,
    fired: u32,
    compartment: u16,
    service_ps: u64,
}

/// A packet at its receiver.
#[derive(Debug, Clone, Copy, Default)]
struct Arrival {
    from: u32,
    /// Time at which the packet left the sender's loop, picoseconds.
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
        Pipeline {
            cores: vec![CoreTime::default(); machine.cores()],
            inbox: vec![Inbox::default(); machine.cores()],
            touched: vec![],
        }
    }

    /// The cores in the step that was timed last.
    pub fn cores(&self) -> &[CoreTime] {
        &self.cores
    }

    /// Times one step.
    pub fn step(&mut self, machine: &Machine, record: StepRecord) -> StepTime {
        let latencies = &machine.latencies;
        for (at, core) in self.cores.iter_mut().enumerate() {
            let counts = &record.counts[at].array();
            let update_ps = sum(&latencies.update, counts);
            let spike_ps = sum(&latencies.spike, counts);
            let learning_ps = machine.learning_ps(at, &record);
            *core = CoreTime {
                update_ps,
                spike_ps,
                loop_end_ps: update_ps + spike_ps,
                learning_ps,
                ..CoreTime::default()
            };
        }
        self.inbox.fill(Inbox::default());
        let mut rest = record.packets;
        while let Some(first) = rest.first() {
            let (own, others) = rest.split_at(rest.partition_point(|p| p.from == first.from));
            if first.from == HOST {
                self.wait(machine, own)
            } else {
                self.send(machine, own)
            }
            rest = others;
        }
        for (core, inbox) in self.cores.iter_mut().zip(&self.inbox) {
            core.ingress_ps = inbox.service_ps;
            core.ingress_begin_ps = inbox.first.at_ps();
            core.ingress_end_ps = inbox.end_ps();
            core.end_ps = core.loop_end_ps.max(core.ingress_end_ps) + core.learning_ps;
        }
        let critical = self.critical(machine);
        StepTime {
            step: record.step,
            duration_ps: critical.duration_ps(),
            critical,
        }
    }

    /// The packets of the host: they wait when the step begins.
    fn wait(&mut self, machine: &Machine, packets: &[SentPacket]) {
        for packet in packets {
            let service_ps = machine.service_ps[packet.to as usize][packet.row as usize];
            self.inbox[packet.to as usize].service_ps += service_ps;
            self.inbox[packet.to as usize].add(Arrival {
                from: HOST,
                service_ps,
                ..Arrival::default()
            });
        }
    }

    /// The packets of one sender, in the order of its loop. Of each receiver only the first and the
    /// last matter, and the sum of what all take.
    fn send(&mut self, machine: &Machine, packets: &[SentPacket]) {
        let from = packets[0].from;
        let mut fired = 0;
        let mut compartment = None;
        for (packet, made) in packets.iter().zip(1..) {
            fired += u32::from(compartment != Some(packet.compartment));
            compartment = Some(packet.compartment);
            let service_ps = machine.service_ps[packet.to as usize][packet.row as usize];
            let mark = Mark {
                made,
                fired,
                compartment: packet.compartment,
                service_ps,
            };
            let inbox = &mut self.inbox[packet.to as usize];
            inbox.service_ps += service_ps;
            if inbox.sender != Some(from) {
                inbox.sender = Some(from);
                inbox.opens = mark;
                self.touched.push(packet.to);
            }
            inbox.closes = mark;
        }
        let update_ps = self.cores[from as usize].update_ps;
        let compartments = u64::from(machine.plan.compartments[from as usize]).max(1);
        for to in self.touched.drain(..) {
            let flight_ps = machine.flight_ps(from, to);
            let inbox = &mut self.inbox[to as usize];
            for mark in [inbox.opens, inbox.closes] {
                let spikes_ps = u64::from(mark.fired) * machine.latencies.spike_ps
                    + u64::from(mark.made) * machine.latencies.packet_out_ps;
                // the loop's time is spread evenly over its compartments
                let updates_ps = update_ps * (u64::from(mark.compartment) + 1) / compartments;
                inbox.add(Arrival {
                    from,
                    sent_ps: updates_ps + spikes_ps,
                    updates_ps,
                    flight_ps,
                    service_ps: mark.service_ps,
                });
            }
        }
    }

    /// The longest chain: through the loop of the last core, or through a packet it waited for.
    fn critical(&self, machine: &Machine) -> Critical {
        let mut parts_ps = [0; 6];
        parts_ps[Stage::Barrier as usize] = machine.barrier_ps;
        let Some(core) = (0..self.cores.len())
            .rev()
            .max_by_key(|&i| self.cores[i].end_ps)
        else {
            return Critical {
                core: None,
                from: None,
                limit: None,
                parts_ps,
            };
        };
        let time = &self.cores[core];
        let inbox = &self.inbox[core];
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
        Critical {
            core: Some(core as u32),
            from,
            limit: None,
            parts_ps,
        }
    }
}

impl Inbox {
    fn add(&mut self, packet: Arrival) {
        if !self.filled || packet.at_ps() < self.first.at_ps() {
            self.first = packet;
        }
        if !self.filled || packet.done_ps() > self.last.done_ps() {
            self.last = packet;
        }
        self.filled = true;
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
        if !self.filled {
            0
        } else {
            chain.at_ps() + service_ps
        }
    }
}
