//! State as bytes: everything needed to go on, spikes in flight included.

use crate::division::Division;
use crate::program::ChipProgram;
use crate::state::{ChipState, SavedState, Unreachable};
use seamount_image::container::{self, ContainerError, FileKind, Tag};
use seamount_neurocore::CoreState;
use serde::Serialize;

/// Snapshot files, format version 1.
pub const SNAPSHOT: FileKind = FileKind {
    magic: *b"SMOUNTST",
    major: 1,
    minor: 0,
};
const IMAGE: Tag = *b"IMAGE\0\0\0";
const STATE: Tag = *b"STATE\0\0\0";

/// Why bytes cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The container is broken.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// Taken from another image.
    #[error(
        "this snapshot was taken from another image (fingerprint {found:016x}, this one has \
         {wanted:016x})"
    )]
    OtherImage {
        /// Fingerprint in the snapshot.
        found: u64,
        /// Fingerprint of the loaded image.
        wanted: u64,
    },
    /// The state is not one this image can be in.
    #[error("the state in this snapshot is none this image can be in: {0}")]
    State(Unreachable),
}

pub(crate) fn save(program: &ChipProgram, state: &ChipState) -> Vec<u8> {
    pack(program, &SavedState::new(program, state))
}

fn pack(program: &ChipProgram, state: &impl Serialize) -> Vec<u8> {
    let sections = [
        (IMAGE, container::encode(&program.fingerprint)),
        (STATE, container::encode(state)),
    ];
    container::pack(SNAPSHOT, &program.spec.name, &sections)
}

fn unpack(
    program: &ChipProgram,
    bytes: &[u8],
) -> Result<SavedState<Vec<CoreState>>, SnapshotError> {
    let sections = container::unpack(SNAPSHOT, bytes)?;
    let found = sections.decode::<u64>(IMAGE)?;
    let wanted = program.fingerprint;
    if found != wanted {
        return Err(SnapshotError::OtherImage { found, wanted });
    }
    Ok(sections.decode(STATE)?)
}

pub(crate) fn restore(program: &ChipProgram, bytes: &[u8]) -> Result<ChipState, SnapshotError> {
    proved(program, unpack(program, bytes)?)
}

fn proved(
    program: &ChipProgram,
    saved: SavedState<Vec<CoreState>>,
) -> Result<ChipState, SnapshotError> {
    let mut state = saved.prove(program).map_err(SnapshotError::State)?;
    state
        .cores
        .iter_mut()
        .zip(&program.cores)
        .for_each(|(core, program)| core.make_room(program));
    Ok(state)
}

/// The state of the cores of one rank as bytes, for [`put_together`].
pub(crate) fn save_part(program: &ChipProgram, state: &ChipState) -> Vec<u8> {
    container::encode(&SavedState::new(program, state))
}

/// The snapshot of all ranks from their parts: the bytes that one process would save.
pub(crate) fn put_together(
    program: &ChipProgram,
    division: &Division,
    parts: &[Vec<u8>],
) -> Result<Vec<u8>, String> {
    let decode = |part: &Vec<u8>| container::decode(part);
    let parts = parts.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
    let whole = SavedState::<Vec<CoreState>>::together(division, parts);
    Ok(pack(program, &whole))
}

/// The part of each rank, for [`restore_part`].
pub(crate) fn split(
    program: &ChipProgram,
    division: &Division,
    bytes: &[u8],
) -> Result<Vec<Vec<u8>>, SnapshotError> {
    let whole = unpack(program, bytes)?;
    if whole.len() != program.widths.len() {
        return Err(SnapshotError::State(Unreachable {
            core: None,
            problem: "another number of cores",
        }));
    }
    let parts = whole.split(division);
    Ok(parts.iter().map(container::encode).collect())
}

/// The state of the cores of one rank.
pub(crate) fn restore_part(program: &ChipProgram, part: &[u8]) -> Result<ChipState, SnapshotError> {
    let damaged = |problem| {
        let tag = "STATE".into();
        SnapshotError::Container(ContainerError::Section { tag, problem })
    };
    proved(program, container::decode(part).map_err(damaged)?)
}
