//! Proof that an image can run: every reference, range and limit, all findings at once.
//!
//! After [`CheckedImage::prove`] a chip can load and step the image without any failure.

mod core;
mod finding;
mod learning;
mod lists;
mod management;
mod places;
mod programs;
mod usage;

pub use finding::{ImageFinding, LimitBreach};
pub use usage::{LimitUse, limit_breaches, limit_uses, populations_on};

use crate::model::Image;
use finding::{FINDINGS_MAX, ImageProof, short};
use seamount_spec::Board;
use std::collections::BTreeSet;

/// Whether limits of the chip are enforced or only reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitPolicy {
    /// Breaches are findings.
    Enforce,
    /// Breaches are kept beside the image; it runs all the same.
    Report,
}

/// An image proved against a board.
#[derive(Debug, Clone)]
pub struct CheckedImage {
    image: Image,
    spec: Board,
    breaches: Vec<LimitBreach>,
}

impl CheckedImage {
    /// Proves an image, or says everything that is wrong with it.
    pub fn prove(
        image: Image,
        spec: &Board,
        policy: LimitPolicy,
    ) -> Result<CheckedImage, Vec<ImageFinding>> {
        let mut check = ImageProof {
            found: vec![],
            failures: 0,
            image: &image,
            spec,
            readable: true,
        };
        let cores = image.cores.len();
        let room = spec.cores();
        if cores as u64 > u64::from(room) {
            check.fail("image", format!("{cores} cores, the board has {room}"));
            return Err(check.found);
        }
        check.all();
        let mut found = check.found;
        let breaches = limit_breaches(&image, spec);
        if policy == LimitPolicy::Enforce {
            found.extend(breaches.iter().cloned().map(ImageFinding::Limit));
        }
        found.truncate(FINDINGS_MAX);
        if found.is_empty() {
            Ok(CheckedImage {
                image,
                spec: spec.clone(),
                breaches,
            })
        } else {
            Err(found)
        }
    }

    /// The image.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The board it was proved against.
    pub fn spec(&self) -> &Board {
        &self.spec
    }

    /// Limits it breaks; empty unless it was proved with [`LimitPolicy::Report`].
    pub fn breaches(&self) -> &[LimitBreach] {
        &self.breaches
    }

    /// A number that tells what runs apart, stored in snapshots: cores, inputs, populations, seed.
    /// Probes, reads and provenance do not count: they change nothing that runs.
    pub fn fingerprint(&self) -> u64 {
        let Image {
            cores,
            inputs,
            populations,
            seed,
            learning,
            programs,
            management,
            ..
        } = &self.image;
        let mut bytes = crate::container::encode(&(cores, inputs, populations, seed));
        if !learning.cores.is_empty() {
            bytes.extend(crate::container::encode(&learning.cores));
        }
        bytes.extend(
            crate::file::options(learning)
                .iter()
                .flat_map(crate::container::encode),
        );
        if !programs.cores.is_empty() {
            bytes.extend(crate::container::encode(programs));
        }
        if !management.schedules.is_empty() {
            bytes.extend(crate::container::encode(&management.schedules));
        }
        (bytes.len() as u64) << 32 | u64::from(crc32fast::hash(&bytes))
    }
}

impl ImageProof<'_> {
    fn all(&mut self) {
        let image = self.image;
        let mut used = BTreeSet::new();
        for (index, core) in image.cores.iter().enumerate() {
            let place = format!("core {index}");
            let at = core.location;
            self.need(self.spec.holds(at), &place, || {
                format!("chip {} core {} is not on the board", at.chip, at.core)
            });
            self.need(used.insert(at), &place, || {
                format!("chip {} core {} is used twice", at.chip, at.core)
            });
            self.core(&place, core);
        }
        for port in &image.inputs {
            let place = format!("input '{}'", short(&port.name));
            self.offsets(&place, &port.offsets, port.axons.len());
            self.outputs(&place, &port.axons);
        }
        self.places();
        self.probes();
        self.learning();
        self.programs();
        self.management();
    }
}
