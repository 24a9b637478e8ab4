//! Images as files.

use crate::container::{self, ContainerError, Kind, Tag};
use crate::learn::LearningPlan;
use crate::programs::ProgramPlan;
use crate::model::{CoreImage, Image, InputPort, PopulationMap, ProbePlan};
use serde::{Deserialize, Serialize};

/// Image files, format version 1.
pub const IMAGE: Kind = Kind { magic: *b"SEAMOUNT", major: 1, minor: 0 };
const META: Tag = *b"META\0\0\0\0";
const CORES: Tag = *b"CORES\0\0\0";
const PORTS: Tag = *b"PORTS\0\0\0";
const PLACES: Tag = *b"PLACES\0\0";
const PROBES: Tag = *b"PROBES\0\0";
/// Left out by images without learning.
const LEARNING: Tag = *b"LEARNING";
/// Left out by images without programs.
const PROGRAMS: Tag = *b"PROGRAMS";

/// Why bytes are no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The container is broken.
    #[error(transparent)]
    Container(#[from] ContainerError),
}

#[derive(Serialize, Deserialize)]
struct Meta {
    name: String,
    board: String,
    seed: u64,
    provenance: String,
}

impl Image {
    /// The file form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let meta = Meta { name: self.name.clone(), board: self.board.clone(), seed: self.seed, provenance: self.provenance.clone() };
        let mut sections = vec![
            (META, container::encode(&meta)),
            (CORES, container::encode(&self.cores)),
            (PORTS, container::encode(&self.inputs)),
            (PLACES, container::encode(&self.populations)),
            (PROBES, container::encode(&self.probes)),
        ];
        if self.learning != LearningPlan::default() {
            sections.push((LEARNING, container::encode(&self.learning)));
        }
        if self.programs != ProgramPlan::default() {
            sections.push((PROGRAMS, container::encode(&self.programs)));
        }
        container::pack(IMAGE, &self.board, &sections)
    }

    /// Reads the file form: an image or a typed error, in memory bounded by the size of `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Image, ImageError> {
        let sections = container::unpack(IMAGE, bytes)?;
        let meta: Meta = sections.decode(META)?;
        let cores: Vec<CoreImage> = sections.decode(CORES)?;
        let inputs: Vec<InputPort> = sections.decode(PORTS)?;
        let populations: Vec<PopulationMap> = sections.decode(PLACES)?;
        let probes: Vec<ProbePlan> = sections.decode(PROBES)?;
        let learning = sections.has(LEARNING).then(|| sections.decode(LEARNING)).transpose()?.unwrap_or_default();
        let programs = sections.has(PROGRAMS).then(|| sections.decode(PROGRAMS)).transpose()?.unwrap_or_default();
        let Meta { name, board, seed, provenance } = meta;
        Ok(Image { name, board, seed, cores, inputs, populations, probes, learning, programs, provenance })
    }
}
