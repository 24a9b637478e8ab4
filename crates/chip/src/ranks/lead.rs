//! Rank 0: a chip whose cores are on many ranks.

use super::part::{ExchangeCost, RankPart};
use super::serve::{Answer, HELLO, LoadCommand, Problem, RankCommand, RunAnswer, RunCommand, rows};
use super::{RankError, Transport};
use crate::division::Division;
use crate::input::SpikeTrain;
use crate::observe::Observations;
use crate::program::{ChipProgram, CoreFace};
use crate::replay::NoiseReplay;
use crate::run::RunOptions;
use crate::seen::{PartSeen, observations};
use crate::snapshot;
use crate::timing_record::find_rows;
use seamount_image::CheckedImage;
use seamount_image::container;
use seamount_neurocore::learn::LearningReplay;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A chip whose cores are on many ranks, as rank 0 has it. Every method is answered by all of them.
/// When it is dropped, the others come to their end.
pub struct RankedChip<T: Transport> {
    transport: T,
    division: Division,
    /// Index in the image of every core, rank by rank.
    numbers: Vec<u32>,
    part: RankPart,
    input: SpikeTrain,
    /// Row of every port of every core, in image order; empty until a record asks for it.
    rows: Vec<Vec<u32>>,
    costs: Vec<ExchangeCost>,
}

/// The other ranks, as long as nothing is loaded: they end with it too.
struct Others<T: Transport>(Option<T>);

impl<T: Transport> Drop for Others<T> {
    fn drop(&mut self) {
        if let Some(transport) = &mut self.0 {
            dismiss_ranks(transport);
        }
    }
}

impl<T: Transport> Drop for RankedChip<T> {
    fn drop(&mut self) {
        dismiss_ranks(&mut self.transport);
    }
}

/// Tells all other ranks that it is over, whether they have cores or not yet. Who is gone needs no
/// telling.
pub fn dismiss_ranks(transport: &mut impl Transport) {
    for rank in 1..transport.ranks() {
        let _ = transport.send(rank, &container::encode(&RankCommand::Stop));
    }
}

fn send(transport: &mut impl Transport, command: &RankCommand) -> Result<(), RankError> {
    let bytes = container::encode(command);
    for rank in 1..transport.ranks() {
        transport.send(rank, &bytes)?;
    }
    Ok(())
}

/// The answers of all others, in order of their ranks. All are waited for, so that nobody's answer
/// is taken for one to the next command; the first that is no is the error.
fn answers<A: DeserializeOwned>(transport: &mut impl Transport) -> Result<Vec<A>, RankError> {
    let mut answers = vec![];
    let mut refused = None;
    for rank in 1..transport.ranks() {
        let bytes = transport.receive(rank)?;
        let answer: Answer = container::decode(&bytes).map_err(|_| RankError::Refused {
            rank,
            problem: format!("is not '{HELLO}'"),
        })?;
        match answer.map(|bytes| container::decode(&bytes)) {
            Ok(Ok(answer)) => answers.push(answer),
            Ok(Err(problem)) => {
                refused.get_or_insert(RankError::Refused { rank, problem });
            }
            Err(Problem::Memory(problem)) => {
                refused.get_or_insert(RankError::Memory { rank, problem });
            }
            Err(Problem::Other(problem)) => {
                refused.get_or_insert(RankError::Refused { rank, problem });
            }
        }
    }
    refused.map_or(Ok(answers), Err)
}

impl<T: Transport> RankedChip<T> {
    /// Hands the cores of an image to the ranks of a transport, whose rank 0 this is. The state is
    /// that before step 1.
    ///
    /// # Errors
    /// A division of another network or number of ranks; a rank that is another program, is gone,
    /// or has too little memory.
    pub fn load(
        checked: &CheckedImage,
        division: Division,
        transport: T,
    ) -> Result<RankedChip<T>, RankError> {
        let ranks = transport.ranks();
        let mut others = Others(Some(transport));
        let transport = others.0.as_mut().expect("just put there");
        for rank in 1..ranks {
            transport.send(rank, HELLO.as_bytes())?;
        }
        answers::<()>(transport)?;
        let rank_of = division.ranks_of_cores().to_vec();
        // both are the caller's, and need not be of one network
        let division = Division::given(checked.image(), rank_of.clone(), ranks)?;
        if ranks > 1 {
            let load = LoadCommand {
                image: checked.image().to_bytes(),
                board: checked.spec().clone(),
                beyond_limits: !checked.breaches().is_empty(),
                rank_of,
            };
            send(transport, &RankCommand::Load(Box::new(load)))?;
        }
        let mut part = RankPart::new(checked, &division, 0);
        let mut faces: Vec<Vec<CoreFace>> = vec![part.program.own_faces()];
        faces.extend(answers(transport)?);
        let numbers = (0..ranks).flat_map(|rank| division.cores(rank)).copied();
        let numbers: Vec<u32> = numbers.collect();
        part.program.faces = in_image_order(&numbers, faces);
        let transport = others.0.take().expect("just used");
        Ok(RankedChip {
            transport,
            division,
            numbers,
            part,
            input: SpikeTrain::default(),
            rows: vec![],
            costs: vec![ExchangeCost::default(); ranks],
        })
    }

    /// The program of rank 0. Its inputs, recordings and places are those of the whole network.
    pub fn program(&self) -> &ChipProgram {
        &self.part.program
    }

    /// Who has which core.
    pub fn division(&self) -> &Division {
        &self.division
    }

    /// Number of the last step; 0 before the first.
    pub fn t(&self) -> u64 {
        self.part.state.t
    }

    /// What the exchanges of each rank came to so far.
    pub fn exchange_costs(&self) -> &[ExchangeCost] {
        &self.costs
    }

    /// Gives all ranks the spikes of the host for the runs that follow.
    ///
    /// # Errors
    /// A rank that is gone.
    pub fn feed(&mut self, input: &SpikeTrain) -> Result<(), RankError> {
        self.tell(&RankCommand::Feed(input.clone()))?;
        self.input = input.clone();
        Ok(())
    }

    /// Runs `steps` steps with the spikes that were fed, as [`Chip::run`](crate::Chip::run) does;
    /// `options.threads` is no matter, as a rank is one thread.
    ///
    /// # Errors
    /// A rank that is gone; the others cannot go on then.
    pub fn run(&mut self, steps: u64, options: &RunOptions) -> Result<Observations, RankError> {
        if options.record {
            self.find_rows()?;
        }
        let command = RunCommand {
            steps,
            vectors: options.vectors,
            per_step: options.per_step,
            record: options.record,
        };
        send(&mut self.transport, &RankCommand::Run(command))?;
        let first = self.t() + 1;
        let own = self
            .part
            .run(steps, &self.input, options, &mut self.transport)?;
        self.costs[0] = self.part.cost;
        let mut parts = vec![own];
        for (rank, (seen, cost)) in (1..).zip(answers::<RunAnswer>(&mut self.transport)?) {
            parts.push(seen);
            self.costs[rank] = cost;
        }
        self.resolve(&mut parts);
        let program = &self.part.program;
        let steps = (first, self.t());
        Ok(observations(program, &self.numbers, steps, parts))
    }

    /// Gives packets between ranks the rows that they read.
    fn resolve(&self, parts: &mut [PartSeen]) {
        for timing in parts.iter_mut().filter_map(|part| part.timing.as_mut()) {
            find_rows(timing, |core| self.division.rank_of(core), &self.rows);
        }
    }

    /// Asks for the rows of all ports, once.
    fn find_rows(&mut self) -> Result<(), RankError> {
        if self.rows.is_empty() {
            send(&mut self.transport, &RankCommand::Rows)?;
            let mut all = vec![rows(&self.part)];
            all.extend(answers(&mut self.transport)?);
            self.rows = in_image_order(&self.numbers, all);
        }
        Ok(())
    }

    /// Everything needed to go on later, on any number of ranks or on none, as bytes: those that a
    /// [`Chip`](crate::Chip) would save.
    ///
    /// # Errors
    /// A rank that is gone.
    pub fn snapshot(&mut self) -> Result<Vec<u8>, RankError> {
        send(&mut self.transport, &RankCommand::Save)?;
        let own = &self.part;
        let mut parts = vec![snapshot::save_part(&own.program, &own.state)];
        for rank in 1..self.transport.ranks() {
            let bytes = self.transport.receive(rank)?;
            let answer: Answer = container::decode(&bytes).expect("an answer");
            parts.push(answer.expect("whoever has a state can say it"));
        }
        let whole = snapshot::put_together(&own.program, &self.division, &parts);
        whole.map_err(|problem| RankError::Refused { rank: 0, problem })
    }

    /// Goes back to a snapshot of the same image, however many ranks saved it.
    ///
    /// # Errors
    /// Bytes that are no snapshot of this image. Some ranks may have gone back and others not then:
    /// the chip must not run on.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RankError> {
        let program = &self.part.program;
        let mut parts = snapshot::split(program, &self.division, bytes)?.into_iter();
        let own = parts.next().unwrap_or_default();
        let own = snapshot::restore_part(program, &own);
        for (rank, part) in (1..).zip(parts) {
            let command = container::encode(&RankCommand::Restore(part));
            self.transport.send(rank, &command)?;
        }
        answers::<()>(&mut self.transport)?;
        self.part.state = own?;
        Ok(())
    }

    /// Replaces the noise generator by recorded draws (NC-017), for all cores in image order.
    ///
    /// # Errors
    /// Draws for another number of cores or compartments; a rank that is gone.
    pub fn replay_noise(&mut self, replay: NoiseReplay) -> Result<(), RankError> {
        replay.check(&self.part.program)?;
        self.tell(&RankCommand::Noise(replay.clone()))?;
        self.part.replays.noise = Some(Arc::new(replay));
        Ok(())
    }

    /// Replaces the random numbers of the learning engine by recorded ones (LE-010).
    ///
    /// # Errors
    /// A rank that is gone.
    pub fn replay_learning(&mut self, replay: LearningReplay) -> Result<(), RankError> {
        self.tell(&RankCommand::Learning(replay.clone()))?;
        self.part.replays.learning = Some(Arc::new(replay));
        Ok(())
    }

    fn tell(&mut self, command: &RankCommand) -> Result<(), RankError> {
        send(&mut self.transport, command)?;
        answers::<()>(&mut self.transport).map(drop)
    }
}

/// Values of cores that ranks have in their order, in the order of the image.
fn in_image_order<V>(numbers: &[u32], by_rank: Vec<Vec<V>>) -> Vec<V> {
    let values = by_rank.into_iter().flatten();
    let mut placed: Vec<(u32, V)> = numbers.iter().copied().zip(values).collect();
    placed.sort_by_key(|(number, _)| *number);
    placed.into_iter().map(|(_, value)| value).collect()
}
