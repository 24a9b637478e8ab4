//! Messages between ranks by MPI.
//!
//! In a step every message is sent without waiting, and what came is asked for by rank, so that no
//! order of arrival is needed and nobody waits for all. How long a message is, its receiver learns
//! from MPI when it is there: a message of lengths before would cost as much as the message.
//!
//! A rank that dies is MPI's to notice: its launcher ends all others. So nothing here gives an
//! error, and no call returns without what it waits for.
//!
//! What this module does *not* know: what the words and bytes mean.

use mpi::Tag;
use mpi::datatype::Equivalence;
use mpi::point_to_point::{Destination, Source};
use mpi::request::scope;
use mpi::topology::{Communicator, SimpleCommunicator};
use seamount_session::{LostRank, Outgoing, Station, Transport};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Messages of exchanges.
const STEP: Tag = 1;
/// Everything else.
const BYTES: Tag = 2;
/// Most bytes of a message; MPI counts them in 31 bits.
const CHUNK: usize = 1 << 28;

/// The ranks of a communicator.
pub struct Mpi {
    world: SimpleCommunicator,
    /// The message at hand; memory that is used again.
    words: Vec<u32>,
    /// Time that sending and waiting took, without the work in between.
    waited: Rc<Cell<Duration>>,
}

impl Mpi {
    /// All ranks that were started together.
    pub fn new(world: SimpleCommunicator) -> Mpi {
        Mpi {
            world,
            words: vec![],
            waited: Rc::default(),
        }
    }

    /// Time that exchanges of this rank take, as it grows.
    pub fn clock(&self) -> Rc<Cell<Duration>> {
        Rc::clone(&self.waited)
    }
}

impl Transport for Mpi {
    fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    fn ranks(&self) -> usize {
        self.world.size() as usize
    }

    fn exchange(&mut self, sent: &[Outgoing], station: &mut dyn Station) -> Result<(), LostRank> {
        let world = &self.world;
        let words = &mut self.words;
        let start = Instant::now();
        let mut worked = Duration::ZERO;
        scope(|scope| {
            let mut requests = Vec::with_capacity(sent.len());
            for message in sent {
                let to = world.process_at_rank(message.to as i32);
                requests.push(to.immediate_send_with_tag(scope, &message.words[..], STEP));
            }
            let begun = Instant::now();
            station.work();
            worked = begun.elapsed();
            for message in sent {
                let from = world.process_at_rank(message.to as i32);
                let (found, status) = from.matched_probe_with_tag(STEP);
                let count = status.count(u32::equivalent_datatype()) as usize;
                if words.len() < count {
                    words.resize(count, 0);
                }
                found.matched_receive_into(&mut words[..count]);
                station.take(message.to, &words[..count]);
            }
            for request in requests {
                request.wait_without_status();
            }
        });
        let waited = start.elapsed().saturating_sub(worked);
        self.waited.set(self.waited.get() + waited);
        Ok(())
    }

    fn send(&mut self, to: usize, bytes: &[u8]) -> Result<(), LostRank> {
        let to = self.world.process_at_rank(to as i32);
        to.send_with_tag(&(bytes.len() as u64), BYTES);
        for chunk in bytes.chunks(CHUNK) {
            to.send_with_tag(chunk, BYTES);
        }
        Ok(())
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LostRank> {
        let from = self.world.process_at_rank(from as i32);
        let (length, _) = from.receive_with_tag::<u64>(BYTES);
        let mut bytes = vec![0; length as usize];
        for chunk in bytes.chunks_mut(CHUNK) {
            from.receive_into_with_tag(chunk, BYTES);
        }
        Ok(bytes)
    }
}
