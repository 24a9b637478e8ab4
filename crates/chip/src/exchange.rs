//! Packets between workers: what each sent to cores of the others, exchanged once a step.
//!
//! Outboxes of two steps alternate, so that one meeting a step is enough: while a worker reads the
//! outboxes of step t the others may already fill those of step t + 1, but none comes to t + 2
//! before all have read. With one set of outboxes a second meeting would be needed, after reading;
//! at a few microseconds a step a meeting is what the speed of many threads is made of.
//!
//! The locks are never waited for: a worker writes its own outbox before the meeting and the others
//! read it after. They are there because the compiler cannot know that, and a lock that nobody else
//! wants, once a step and worker, is little beside the meeting itself.
//!
//! What this module does *not* know: what a step is, and which cores belong to whom.

use crate::routes::RoutedPacket;
use crossbeam::utils::{Backoff, CachePadded};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

/// Packets that one worker sends to cores of other workers in one step; two lanes for the same
/// reason as in [`seamount_neurocore::Packets`].
#[derive(Default)]
pub(crate) struct Outbox {
    plain: Vec<RoutedPacket>,
    graded: Vec<(RoutedPacket, i32)>,
}

impl Outbox {
    /// Adds a packet; without a payload it is that of a plain spike.
    #[inline]
    pub(crate) fn push(&mut self, packet: RoutedPacket, payload: Option<i32>) {
        match payload {
            None => self.plain.push(packet),
            Some(payload) => self.graded.push((packet, payload)),
        }
    }

    /// The packets with their payloads.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (RoutedPacket, Option<i32>)> {
        let plain = self.plain.iter().map(|packet| (*packet, None));
        let graded = self.graded.iter();
        plain.chain(graded.map(|(packet, payload)| (*packet, Some(*payload))))
    }

    pub(crate) fn clear(&mut self) {
        self.plain.clear();
        self.graded.clear();
    }
}

/// Meeting place of some workers.
pub(crate) struct Exchange {
    /// By parity of the round, then by worker.
    outboxes: [Vec<CachePadded<Mutex<Outbox>>>; 2],
    /// Meetings that workers have come to, all workers together. It only grows, so that nobody has
    /// to set it back: a round is over when it is the number of workers times the rounds so far.
    arrived: CachePadded<AtomicUsize>,
}

impl Exchange {
    /// Meeting place of so many workers.
    pub(crate) fn new(workers: usize) -> Exchange {
        let boxes = || {
            (0..workers)
                .map(|_| CachePadded::new(Mutex::new(Outbox::default())))
                .collect()
        };
        Exchange {
            outboxes: [boxes(), boxes()],
            arrived: CachePadded::new(AtomicUsize::new(0)),
        }
    }

    fn outbox(&self, round: usize, worker: usize) -> MutexGuard<'_, Outbox> {
        self.outboxes[round % 2][worker]
            .lock()
            .expect("no worker panics with its outbox open")
    }

    /// Publishes what worker `me` sends in a round and waits for the others. `sent` is empty then,
    /// with the memory of an older outbox.
    pub(crate) fn publish(&self, round: usize, me: usize, sent: &mut Outbox) {
        // what comes back is the outbox of two rounds ago, which everyone has read by now: its
        // memory is used again, so that a run allocates only until its busiest step
        std::mem::swap(&mut *self.outbox(round, me), sent);
        sent.clear();
        self.wait(round);
    }

    /// Shows `receive` what every worker but `me` published in a round.
    pub(crate) fn receive(&self, round: usize, me: usize, mut receive: impl FnMut(&Outbox)) {
        for other in (0..self.outboxes[0].len()).filter(|&other| other != me) {
            receive(&self.outbox(round, other));
        }
    }

    /// Waits until all workers have come to the end of `round`.
    fn wait(&self, round: usize) {
        let wanted = (round + 1) * self.outboxes[0].len();
        self.arrived.fetch_add(1, Ordering::AcqRel);
        // a step takes microseconds: spinning first is faster than any sleep; after some rounds
        // `snooze` yields, for machines with fewer processors than workers
        let backoff = Backoff::new();
        while self.arrived.load(Ordering::Acquire) < wanted {
            backoff.snooze();
        }
    }
}
