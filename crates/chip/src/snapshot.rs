//! State as bytes: everything needed to go on, spikes in flight included.

use crate::program::ChipProgram;
use crate::state::{ChipState, SavedState, Unreachable};
use seamount_image::container::{self, ContainerError, FileKind, Tag};
use seamount_neurocore::CoreState;

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
    let sections = [
        (IMAGE, container::encode(&program.fingerprint)),
        (STATE, container::encode(&SavedState::new(program, state))),
    ];
    container::pack(SNAPSHOT, &program.spec.name, &sections)
}

pub(crate) fn restore(program: &ChipProgram, bytes: &[u8]) -> Result<ChipState, SnapshotError> {
    let sections = container::unpack(SNAPSHOT, bytes)?;
    let found = sections.decode::<u64>(IMAGE)?;
    let wanted = program.fingerprint;
    if found != wanted {
        return Err(SnapshotError::OtherImage { found, wanted });
    }
    let saved: SavedState<Vec<CoreState>> = sections.decode(STATE)?;
    let mut state = saved.prove(program).map_err(SnapshotError::State)?;
    state
        .cores
        .iter_mut()
        .zip(&program.cores)
        .for_each(|(core, program)| core.make_room(program));
    Ok(state)
}
