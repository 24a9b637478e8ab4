//! Images as files.

use crate::container::{self, ContainerError, FileKind, Tag};
use crate::learn::{LearningPlan, RuleProgram};
use crate::management::ManagementPlan;
use crate::model::{CoreImage, Image, InputPort, PopulationMap};
use crate::probe::ProbePlan;
use crate::programs::ProgramPlan;
use seamount_spec::GradedPre;
use serde::{Deserialize, Serialize};

/// Image files, format version 1.
pub const IMAGE_FILE: FileKind = FileKind {
    magic: *b"SEAMOUNT",
    major: 1,
    minor: 0,
};
const META: Tag = *b"META\0\0\0\0";
const CORES: Tag = *b"CORES\0\0\0";
const PORTS: Tag = *b"PORTS\0\0\0";
const PLACES: Tag = *b"PLACES\0\0";
const PROBES: Tag = *b"PROBES\0\0";
/// Left out by images without learning.
const LEARNING: Tag = *b"LEARNING";
/// Instead of LEARNING where a rule has one of the [`RuleOptions`], so that programs that do not
/// know them refuse the image.
const LEARNING_2: Tag = *b"LEARN2\0\0";
/// Left out by images without programs.
const PROGRAMS: Tag = *b"PROGRAMS";
/// Instead of PLACES where there is management, with the plan of it, so that programs that do not
/// know it refuse the image.
const PLACES_2: Tag = *b"PLACES2\0";

/// Why bytes are no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The container is broken.
    #[error(transparent)]
    Container(#[from] ContainerError),
}

#[derive(Serialize, Deserialize)]
struct ImageMeta {
    name: String,
    board: String,
    seed: u64,
    provenance: String,
}

/// What a rule may have since section LEARN2. Field order is the format of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RuleOptions {
    /// d is a second tag.
    delay_is_tag: bool,
    /// Products see the x traces as they are before the impulse of a step.
    x_before_impulse: bool,
    /// Payloads of pre spikes set x1.
    graded_pre: GradedPre,
}

impl RuleOptions {
    fn of(rule: &RuleProgram) -> RuleOptions {
        RuleOptions {
            delay_is_tag: rule.delay_is_tag,
            x_before_impulse: rule.x_before_impulse,
            graded_pre: rule.graded_pre,
        }
    }
}

/// The options of every rule of every core; `None` if all are as in images that know of none.
pub(crate) fn options(plan: &LearningPlan) -> Option<Vec<Vec<RuleOptions>>> {
    let cores = plan.cores.iter();
    let all: Vec<Vec<RuleOptions>> = cores
        .map(|core| core.rules.iter().map(RuleOptions::of).collect())
        .collect();
    let some = all.iter().flatten().any(|o| *o != RuleOptions::default());
    some.then_some(all)
}

/// The plan with the options of its rules.
fn with_options(
    mut plan: LearningPlan,
    options: Vec<Vec<RuleOptions>>,
) -> Result<LearningPlan, ContainerError> {
    let mut cores = plan.cores.iter().zip(&options);
    let fits = plan.cores.len() == options.len()
        && cores.all(|(core, options)| core.rules.len() == options.len());
    if !fits {
        return Err(ContainerError::Section {
            tag: "LEARN2".into(),
            problem: "options of rules that do not exist".into(),
        });
    }
    let rules = plan.cores.iter_mut().flat_map(|core| &mut core.rules);
    for (rule, options) in rules.zip(options.into_iter().flatten()) {
        rule.delay_is_tag = options.delay_is_tag;
        rule.x_before_impulse = options.x_before_impulse;
        rule.graded_pre = options.graded_pre;
    }
    Ok(plan)
}

impl Image {
    /// The file form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let meta = ImageMeta {
            name: self.name.clone(),
            board: self.board.clone(),
            seed: self.seed,
            provenance: self.provenance.clone(),
        };
        let mut sections = vec![
            (META, container::encode(&meta)),
            (CORES, container::encode(&self.cores)),
            (PORTS, container::encode(&self.inputs)),
            self.places(),
            (PROBES, container::encode(&self.probes)),
        ];
        if let Some(options) = options(&self.learning) {
            sections.push((LEARNING_2, container::encode(&(&self.learning, options))));
        } else if self.learning != LearningPlan::default() {
            sections.push((LEARNING, container::encode(&self.learning)));
        }
        if self.programs != ProgramPlan::default() {
            sections.push((PROGRAMS, container::encode(&self.programs)));
        }
        container::pack(IMAGE_FILE, &self.board, &sections)
    }

    /// The section of places, with the management if there is any.
    fn places(&self) -> (Tag, Vec<u8>) {
        if self.management.is_empty() {
            return (PLACES, container::encode(&self.populations));
        }
        let both = (&self.populations, &self.management);
        (PLACES_2, container::encode(&both))
    }

    /// Reads the file form: an image or a typed error, in memory bounded by the size of `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Image, ImageError> {
        let sections = container::unpack(IMAGE_FILE, bytes)?;
        let meta: ImageMeta = sections.decode(META)?;
        let cores: Vec<CoreImage> = sections.decode(CORES)?;
        let inputs: Vec<InputPort> = sections.decode(PORTS)?;
        let (populations, management): (Vec<PopulationMap>, ManagementPlan) =
            if sections.has(PLACES_2) {
                sections.decode(PLACES_2)?
            } else {
                (sections.decode(PLACES)?, ManagementPlan::default())
            };
        let probes: Vec<ProbePlan> = sections.decode(PROBES)?;
        let learning = if sections.has(LEARNING_2) {
            let (plan, options) = sections.decode(LEARNING_2)?;
            with_options(plan, options)?
        } else {
            sections
                .has(LEARNING)
                .then(|| sections.decode(LEARNING))
                .transpose()?
                .unwrap_or_default()
        };
        let programs = sections
            .has(PROGRAMS)
            .then(|| sections.decode(PROGRAMS))
            .transpose()?
            .unwrap_or_default();
        let ImageMeta {
            name,
            board,
            seed,
            provenance,
        } = meta;
        Ok(Image {
            name,
            board,
            seed,
            cores,
            inputs,
            populations,
            probes,
            learning,
            programs,
            management,
            provenance,
        })
    }
}
