//! One core of fidelity `cycle`: the compartment loop that makes packets and stops when its FIFO is
//! full, and the packets that come in (ME-030).

use crate::latency::Latencies;
use seamount_spec::SentPacket;
use std::collections::VecDeque;
use std::ops::Range;

/// A core in one step; times are picoseconds from its start.
#[derive(Debug, Clone, Default)]
pub(super) struct CoreRun {
    /// Packets of the step's record that it has still to make.
    pub(super) to_make: Range<usize>,
    /// Updates of all its compartments, and their number.
    pub(super) update_ps: u64,
    pub(super) compartments: u64,
    /// Spikes and packets, as the record has them.
    pub(super) spike_ps: u64,
    /// Work of the loop so far, stalls aside.
    pub(super) worked: Worked,
    /// How far the loop is.
    pub(super) clock_ps: u64,
    /// Waits for a place in the egress FIFO, since then.
    pub(super) stalled_since_ps: Option<u64>,
    /// A place has become free; the loop will go on.
    pub(super) goes_on: bool,
    pub(super) stalled_ps: u64,
    /// Packets made and not yet in the network; the first leaves on plane `sent` mod planes.
    pub(super) egress: VecDeque<u32>,
    pub(super) sent: u64,
    pub(super) loop_done: bool,
    /// Packets that came in and wait.
    pub(super) ingress: VecDeque<Waiting>,
    /// The packet that is being added.
    pub(super) serving: Option<Waiting>,
    /// Time at which the packet will be done, picoseconds.
    pub(super) served_at_ps: u64,
    /// Packets still to come and to be added in this step.
    pub(super) outstanding: u64,
    pub(super) ingress_ps: u64,
    /// Time at which the first packet came, picoseconds.
    pub(super) ingress_begin_ps: Option<u64>,
    pub(super) ingress_end_ps: u64,
    /// The packet that was done last.
    pub(super) last: Option<Waiting>,
    pub(super) learning_ps: u64,
    pub(super) end_ps: Option<u64>,
}

/// Parts of the loop's work so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Worked {
    updates_ps: u64,
    spikes_ps: u64,
    compartment: Option<u16>,
}

/// A packet at its receiver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Index in the step's record.
    pub(super) packet: u32,
    /// Time at which the packet came, picoseconds.
    pub(super) came_ps: u64,
    pub(super) service_ps: u64,
}

impl CoreRun {
    /// Time at which the next packet is ready, or the loop is done: its clock without stalls.
    pub(super) fn ready_ps(&self, packets: &[SentPacket], latencies: &Latencies) -> u64 {
        let work = self.work_to(packets, latencies);
        self.clock_ps
            + (work.updates_ps - self.worked.updates_ps)
            + (work.spikes_ps - self.worked.spikes_ps)
    }

    /// The loop reaches its next packet, or its end, at `now_ps`.
    pub(super) fn reach(&mut self, packets: &[SentPacket], latencies: &Latencies, now_ps: u64) {
        self.worked = self.work_to(packets, latencies);
        self.clock_ps = now_ps;
    }

    /// Updates that the loop has done so far.
    pub(super) fn updates_done_ps(&self) -> u64 {
        self.worked.updates_ps
    }

    /// All work up to the next packet, or to the end.
    fn work_to(&self, packets: &[SentPacket], latencies: &Latencies) -> Worked {
        if self.to_make.is_empty() {
            return Worked {
                updates_ps: self.update_ps,
                spikes_ps: self.spike_ps,
                compartment: self.worked.compartment,
            };
        }
        let compartment = packets[self.to_make.start].compartment;
        let fires = if self.worked.compartment == Some(compartment) {
            0
        } else {
            latencies.spike_ps
        };
        Worked {
            // the loop's time is spread evenly over its compartments
            updates_ps: self.update_ps * (u64::from(compartment) + 1) / self.compartments.max(1),
            spikes_ps: self.worked.spikes_ps + fires + latencies.packet_out_ps,
            compartment: Some(compartment),
        }
    }

    /// Nothing left to make, send or add, as far as the core can tell.
    pub(super) fn is_quiet(&self) -> bool {
        self.loop_done
            && self.egress.is_empty()
            && self.ingress.is_empty()
            && self.serving.is_none()
    }

    /// Takes the next waiting packet, from `from_ps` on; when it will be done.
    pub(super) fn serve(&mut self, from_ps: u64) -> Option<u64> {
        let next = self.ingress.pop_front()?;
        self.serving = Some(next);
        self.served_at_ps = from_ps.max(next.came_ps) + next.service_ps;
        self.ingress_ps += next.service_ps;
        Some(self.served_at_ps)
    }
}
