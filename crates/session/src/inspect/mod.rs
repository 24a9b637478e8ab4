//! What an image is made of, as data and in words: limits, registers, tables, neurons and, where
//! asked for, every synapse.
//!
//! Whoever inspects an image often does so because it does not fit its chip, so limits that are
//! broken are reported here and refuse nothing.
//!
//! It does not know where the words are shown, nor what any of the image does in a step.

mod core;
mod data;
mod learning;
mod management;
mod memory;
mod names;
mod text;

use crate::failure::{Failure, FailureKind};
use crate::source::{NetworkFile, SourceOptions};
use seamount_compile::rule_reports;
use seamount_image::{CheckedImage, LimitPolicy};
use std::fmt;
use std::io::{self, Write};

/// A proved image and the part of it that is to be shown: all cores without their synapse memory,
/// unless told otherwise. As text it is a page for people.
#[derive(Debug, Clone)]
pub struct ImageReport {
    checked: CheckedImage,
    /// The one core that is shown; absent: all.
    core: Option<usize>,
    /// Whether the synapse lists are taken apart.
    lists: bool,
}

impl NetworkFile {
    /// The image, or the network compiled to one, proved with its broken limits reported.
    ///
    /// The compiler lays a network out differently when it ignores limits, so it is asked to keep
    /// them first.
    ///
    /// # Errors
    /// Everything that is wrong with the file or the options, beside limits.
    pub fn inspected(self, options: &SourceOptions) -> Result<ImageReport, Failure> {
        let placed = match self.clone().image(options, LimitPolicy::Enforce) {
            Err(failure) if failure.kind == FailureKind::Limits => {
                self.image(options, LimitPolicy::Report)?
            }
            placed => placed?,
        };
        Ok(ImageReport::new(placed.prove(LimitPolicy::Report)?))
    }
}

impl ImageReport {
    /// The report of a proved image.
    pub fn new(checked: CheckedImage) -> ImageReport {
        ImageReport {
            checked,
            core: None,
            lists: false,
        }
    }

    /// The same of one core only, by its index in the image.
    ///
    /// # Errors
    /// A core that the image does not have.
    pub fn of_core(mut self, core: usize) -> Result<ImageReport, Failure> {
        let cores = self.cores();
        if core >= cores {
            let problem = format!("there is no core {core}; the image has {cores}");
            return Err(Failure::option("core", problem));
        }
        self.core = Some(core);
        Ok(self)
    }

    /// The same with every synapse list of the cores shown.
    #[must_use]
    pub fn with_memory(mut self) -> ImageReport {
        self.lists = true;
        self
    }

    /// Number of cores of the image, shown or not.
    pub fn cores(&self) -> usize {
        self.checked.image().cores.len()
    }

    /// What the compiler warns of in the learning rules of the image, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        warnings(&self.checked)
    }

    /// The image and the cores shown as a tree of JSON.
    pub fn data(&self) -> serde_json::Value {
        data::of(&self.checked, &self.shown(), self.lists)
    }

    /// Writes the page for people piece by piece; the synapses of a large core are millions of
    /// lines, which no string should hold.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        text::image(out, &self.checked, self.core.is_none())?;
        for core in self.shown() {
            core::write(out, &self.checked, core)?;
        }
        if self.lists {
            for core in self.shown() {
                memory::write(out, self.checked.image(), core)?;
            }
        }
        Ok(())
    }

    fn shown(&self) -> Vec<usize> {
        match self.core {
            Some(core) => vec![core],
            None => (0..self.cores()).collect(),
        }
    }
}

impl fmt::Display for ImageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut page = vec![];
        self.write(&mut page).map_err(|_| fmt::Error)?;
        f.write_str(&String::from_utf8_lossy(&page))
    }
}

/// What the compiler warns of in the learning rules of an image, a sentence each.
pub(crate) fn warnings(checked: &CheckedImage) -> Vec<String> {
    let reports = rule_reports(checked.image());
    reports.into_iter().flat_map(|r| r.warnings).collect()
}
