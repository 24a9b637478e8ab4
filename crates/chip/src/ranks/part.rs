//! The cores of one rank: their program, their state, and their steps.

use super::{LostRank, Outgoing, Station, Transport};
use crate::division::Division;
use crate::input::SpikeTrain;
use crate::program::ChipProgram;
use crate::replay::Replays;
use crate::run::{RunJob, RunOptions, StepPart, Worker, worker};
use crate::seen::PartSeen;
use crate::state::ChipState;
use seamount_image::CheckedImage;
use serde::{Deserialize, Serialize};

/// What the exchanges of a rank came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExchangeCost {
    /// Messages sent.
    pub messages: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Packets of spikes in them.
    pub packets: u64,
}

impl std::ops::AddAssign for ExchangeCost {
    fn add_assign(&mut self, other: ExchangeCost) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.packets += other.packets;
    }
}

/// One rank's cores.
pub(crate) struct RankPart {
    pub(crate) program: ChipProgram,
    pub(crate) state: ChipState,
    pub(crate) replays: Replays,
    /// A message for each neighbour, ascending; memory that is used again.
    sent: Vec<Outgoing>,
    pub(crate) cost: ExchangeCost,
}

/// A worker between two of its steps, while messages travel.
struct Between<'a, 'b> {
    worker: &'a mut Worker<'b>,
    /// The step that may be begun; none after the last.
    next: Option<u64>,
}

impl Station for Between<'_, '_> {
    fn work(&mut self) {
        if let Some(t) = self.next {
            self.worker.step(t, StepPart::Free);
        }
    }

    fn take(&mut self, _from: usize, words: &[u32]) {
        // a count, so many plain packets of two words, then graded ones of three
        let Some((&plain, words)) = words.split_first() else {
            return;
        };
        let (plain, graded) = words.split_at(2 * plain as usize);
        for packet in plain.chunks_exact(2) {
            self.worker.arrive(packet[0], packet[1], None);
        }
        for packet in graded.chunks_exact(3) {
            let payload = packet[2].cast_signed();
            self.worker.arrive(packet[0], packet[1], Some(payload));
        }
    }
}

impl RankPart {
    /// The cores of a rank before step 1.
    pub(crate) fn new(checked: &CheckedImage, division: &Division, rank: usize) -> RankPart {
        let program = ChipProgram::part(checked, division, rank);
        let message = |to: &usize| Outgoing {
            to: *to,
            words: vec![],
        };
        RankPart {
            state: ChipState::new(&program, 0),
            program,
            replays: Replays::default(),
            sent: division.neighbours(rank).iter().map(message).collect(),
            cost: ExchangeCost::default(),
        }
    }

    /// Runs so many steps together with the other ranks.
    pub(crate) fn run(
        &mut self,
        steps: u64,
        input: &SpikeTrain,
        options: &RunOptions,
        transport: &mut dyn Transport,
    ) -> Result<PartSeen, LostRank> {
        let job = RunJob {
            program: &self.program,
            replays: &self.replays,
            input,
            options,
            sample: self.state.sample,
            counts_host: transport.rank() == 0,
        };
        let first = self.state.t + 1;
        let last = self.state.t + steps;
        let mut worker = worker(job, &mut self.state, 0..self.program.cores.len());
        if steps > 0 {
            worker.step(first, StepPart::Free);
        }
        for t in first..=last {
            worker.step(t, StepPart::Waiting);
            self.cost += address(&self.program, &mut worker, &mut self.sent);
            // acts on cores that wait must see what comes; the others go on at once
            worker.manage(t, StepPart::Free);
            let mut between = Between {
                worker: &mut worker,
                next: (t < last).then_some(t + 1),
            };
            transport.exchange(&self.sent, &mut between)?;
            worker.manage(t, StepPart::Waiting);
        }
        self.state.t = last;
        Ok(worker.leave(&mut self.state))
    }
}

/// Puts the packets that a worker sent in a step into the messages to their ranks.
fn address(program: &ChipProgram, worker: &mut Worker, sent: &mut [Outgoing]) -> ExchangeCost {
    let here = program.cores.len();
    for message in sent.iter_mut() {
        message.words.clear();
        message.words.push(0);
    }
    let mut cost = ExchangeCost::default();
    for (packet, payload) in worker.away.packets() {
        let far = &program.far[packet.core as usize - here];
        let words = &mut sent[far.neighbour as usize].words;
        words.extend([far.place, packet.port.number()]);
        match payload {
            // plain ones come first
            None => words[0] += 1,
            Some(payload) => words.push(payload.cast_unsigned()),
        }
        cost.packets += 1;
    }
    worker.away.clear();
    cost.messages = sent.len() as u64;
    cost.bytes = sent.iter().map(|m| 4 * m.words.len() as u64).sum();
    cost
}
