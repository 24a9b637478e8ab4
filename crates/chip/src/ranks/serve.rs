//! The ranks that do what rank 0 says.

use super::part::{ExchangeCost, RankPart};
use super::{LostRank, Transport};
use crate::division::Division;
use crate::input::SpikeTrain;
use crate::replay::NoiseReplay;
use crate::run::RunOptions;
use crate::seen::PartSeen;
use crate::snapshot;
use seamount_image::container;
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_neurocore::learn::LearningReplay;
use seamount_spec::Board;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What rank 0 says first: other programs would read its commands otherwise.
pub(crate) const HELLO: &str = concat!("seamount ", env!("CARGO_PKG_VERSION"), " ranks 1");

/// What rank 0 tells the others; each is answered by an [`Answer`] but the last.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum RankCommand {
    /// Take your cores of this network.
    Load(Box<LoadCommand>),
    /// These are the spikes of the host.
    Feed(SpikeTrain),
    /// Run; answered by what was seen.
    Run(RunCommand),
    /// Answered by the state.
    Save,
    /// Go on from this state.
    Restore(Vec<u8>),
    /// Take these draws for noise.
    Noise(NoiseReplay),
    /// Take these numbers for learning.
    Learning(LearningReplay),
    /// Answered by the row of every port of every core.
    Rows,
    /// The end.
    Stop,
}

/// A network, and who has which core.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LoadCommand {
    pub(crate) image: Vec<u8>,
    pub(crate) board: Board,
    /// Whether the image breaks limits of the chip and is run all the same.
    pub(crate) beyond_limits: bool,
    pub(crate) rank_of: Vec<u32>,
}

/// Steps to run, and what is to be kept of them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct RunCommand {
    pub(crate) steps: u64,
    pub(crate) vectors: bool,
    pub(crate) per_step: bool,
    pub(crate) record: bool,
}

impl RunCommand {
    fn options(self) -> RunOptions {
        RunOptions {
            threads: 1,
            vectors: self.vectors,
            per_step: self.per_step,
            record: self.record,
        }
    }
}

/// The answer of a rank: bytes that depend on the command, or why it cannot do it.
pub(crate) type Answer = Result<Vec<u8>, Problem>;

/// Why a rank cannot do what it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Problem {
    /// Less memory is left than is needed.
    Memory(String),
    /// Anything else.
    Other(String),
}

/// What a rank saw of a run, and what its exchanges came to since it was loaded.
pub(crate) type RunAnswer = (PartSeen, ExchangeCost);

/// A rank as it serves.
#[derive(Default)]
struct Servant {
    part: Option<RankPart>,
    input: SpikeTrain,
}

/// Asks for the memory that the given cores of an image take; if it is short, says so.
type AskMemory<'a> = dyn Fn(&Image, &[u32]) -> Result<(), String> + 'a;

/// Does what rank 0 says until it says that it is over. `ask` is asked for the memory that the
/// cores of the rank take, with the image and their indexes there.
///
/// # Errors
/// A rank that is gone.
pub fn serve_rank(transport: &mut dyn Transport, ask: &AskMemory) -> Result<(), LostRank> {
    let hello = transport.receive(0)?;
    if hello == container::encode(&RankCommand::Stop) {
        // rank 0 did not come so far as to have work for others
        return Ok(());
    }
    if hello != HELLO.as_bytes() {
        let theirs = String::from_utf8_lossy(&hello);
        let problem = Problem::Other(format!("is '{HELLO}', and rank 0 is '{theirs}'"));
        return transport.send(0, &container::encode(&Answer::Err(problem)));
    }
    transport.send(0, &container::encode(&Answer::Ok(vec![])))?;
    let mut servant = Servant::default();
    loop {
        let command = container::decode(&transport.receive(0)?);
        let command = command.expect("the same program says it");
        if matches!(command, RankCommand::Stop) {
            return Ok(());
        }
        let answer = servant.obey(command, transport, ask)?;
        transport.send(0, &container::encode(&answer))?;
    }
}

impl Servant {
    fn obey(
        &mut self,
        command: RankCommand,
        transport: &mut dyn Transport,
        ask: &AskMemory,
    ) -> Result<Answer, LostRank> {
        if let RankCommand::Load(load) = command {
            let loaded = loaded(*load, transport, ask);
            return Ok(loaded.map(|part| {
                let faces = container::encode(&part.program.own_faces());
                self.part = Some(part);
                faces
            }));
        }
        let part = self.part.as_mut().expect("rank 0 loads first");
        let done = match command {
            RankCommand::Feed(input) => {
                self.input = input;
                vec![]
            }
            RankCommand::Run(run) => {
                let seen = part.run(run.steps, &self.input, &run.options(), transport)?;
                container::encode::<RunAnswer>(&(seen, part.cost))
            }
            RankCommand::Save => snapshot::save_part(&part.program, &part.state),
            RankCommand::Restore(bytes) => match snapshot::restore_part(&part.program, &bytes) {
                Ok(state) => {
                    part.state = state;
                    vec![]
                }
                Err(problem) => return Ok(Err(Problem::Other(problem.to_string()))),
            },
            RankCommand::Noise(noise) => {
                part.replays.noise = Some(Arc::new(noise));
                vec![]
            }
            RankCommand::Learning(learning) => {
                part.replays.learning = Some(Arc::new(learning));
                vec![]
            }
            RankCommand::Rows => container::encode(&rows(part)),
            RankCommand::Load(_) | RankCommand::Stop => unreachable!("dealt with before"),
        };
        Ok(Ok(done))
    }
}

/// Row of every port of every core of a rank.
pub(crate) fn rows(part: &RankPart) -> Vec<Vec<u32>> {
    let cores = part.program.cores.iter();
    cores.map(|core| core.rows_of_ports()).collect()
}

fn loaded(
    load: LoadCommand,
    transport: &dyn Transport,
    ask: &AskMemory,
) -> Result<RankPart, Problem> {
    let other = |problem: String| Problem::Other(problem);
    let image = Image::from_bytes(&load.image).map_err(|e| other(e.to_string()))?;
    drop(load.image);
    let division = Division::given(&image, load.rank_of, transport.ranks());
    let division = division.map_err(|e| other(e.to_string()))?;
    let rank = transport.rank();
    ask(&image, division.cores(rank)).map_err(Problem::Memory)?;
    let policy = match load.beyond_limits {
        true => LimitPolicy::Report,
        false => LimitPolicy::Enforce,
    };
    let checked = CheckedImage::prove(image, &load.board, policy);
    let checked = checked.map_err(|found| {
        let first = found.first().map(|finding| format!("{finding:?}"));
        other(format!(
            "the image is refused: {}",
            first.unwrap_or_default()
        ))
    })?;
    Ok(RankPart::new(&checked, &division, rank))
}
