//! Ranks that are threads of one process, with channels between them: what MPI is elsewhere.
//!
//! They can be made to fail, so that the tests which hold that nothing is lost on the way are seen
//! to notice when something is.

use seamount_chip::{LostRank, Outgoing, Station, Transport, serve_rank};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing.
    #[default]
    Nothing,
    /// The last packet of the first message that has one is lost, from that exchange on.
    Drops(u64),
    /// The last two packets of the first message that has two arrive the other way round: they may.
    Swaps,
    /// The last rank ends in this exchange.
    Dies(u64),
}

/// Ends of a rank's channels, by the other rank.
pub struct Channels {
    rank: usize,
    wrong: Wrong,
    /// Exchanges so far.
    round: u64,
    /// Messages of exchanges, then bytes.
    to: Vec<Sending>,
    from: Vec<Receiving>,
}

type Sending = (Sender<Vec<u32>>, Sender<Vec<u8>>);
type Receiving = (Receiver<Vec<u32>>, Receiver<Vec<u8>>);

/// The ends of so many ranks.
fn all(ranks: usize, wrong: Wrong) -> Vec<Channels> {
    let end = |rank| Channels {
        rank,
        wrong,
        round: 0,
        to: vec![],
        from: vec![],
    };
    let mut ends: Vec<Channels> = (0..ranks).map(end).collect();
    for from in 0..ranks {
        for to in 0..ranks {
            let words = channel();
            let bytes = channel();
            ends[from].to.push((words.0, bytes.0));
            ends[to].from.push((words.1, bytes.1));
        }
    }
    ends
}

impl Transport for Channels {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.to.len()
    }

    fn exchange(&mut self, sent: &[Outgoing], station: &mut dyn Station) -> Result<(), LostRank> {
        self.round += 1;
        if self.wrong == Wrong::Dies(self.round) && self.rank + 1 == self.ranks() {
            return Err(LostRank(self.rank));
        }
        let mut sent = sent.to_vec();
        match self.wrong {
            Wrong::Drops(from) if self.round >= from && lose(&mut sent) => {
                self.wrong = Wrong::Nothing;
            }
            Wrong::Swaps => swap(&mut sent),
            _ => {}
        }
        for message in &sent {
            let gone = |_| LostRank(message.to);
            self.to[message.to]
                .0
                .send(message.words.clone())
                .map_err(gone)?;
        }
        station.work();
        // no order is promised: every second rank takes them from the last on
        if self.rank % 2 == 1 {
            sent.reverse();
        }
        for message in &sent {
            let words = self.from[message.to].0.recv();
            station.take(message.to, &words.map_err(|_| LostRank(message.to))?);
        }
        Ok(())
    }

    fn send(&mut self, to: usize, bytes: &[u8]) -> Result<(), LostRank> {
        let sent = self.to[to].1.send(bytes.to_vec());
        sent.map_err(|_| LostRank(to))
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LostRank> {
        self.from[from].1.recv().map_err(|_| LostRank(from))
    }
}

/// Takes a plain packet out of a message; whether there was one.
fn lose(sent: &mut [Outgoing]) -> bool {
    match sent.iter_mut().find(|message| message.words[0] > 0) {
        Some(message) => {
            message.words[0] -= 1;
            message.words.drain(1..3);
            true
        }
        None => false,
    }
}

/// Lets the first two plain packets of every message change places.
fn swap(sent: &mut [Outgoing]) {
    for message in sent.iter_mut().filter(|message| message.words[0] > 1) {
        message.words[1..5].rotate_left(2);
    }
}

/// Does `lead` as rank 0 of so many; the others serve it, each in a thread.
///
/// # Panics
/// If a rank panics.
pub fn on_ranks<R>(ranks: usize, wrong: Wrong, lead: impl FnOnce(Channels) -> R) -> R {
    let mut ends = all(ranks, wrong);
    std::thread::scope(|scope| {
        let mut threads = vec![];
        for mut end in ends.drain(1..) {
            threads.push(scope.spawn(move || serve_rank(&mut end, &|_, _| Ok(()))));
        }
        let done = lead(ends.remove(0));
        for thread in threads {
            let served = thread.join().expect("ranks do not panic");
            assert!(
                served.is_ok() || matches!(wrong, Wrong::Dies(_)),
                "{served:?}"
            );
        }
        done
    })
}
