//! Pictures of a run: a page, or a folder of SVG.

use crate::failure::Failure;
use crate::page_args::{PageArgs, folder_for};
use clap::Args;
use seamount::{RunOutcome, RunReport};
use seamount_report::{Card, Page, RunCounts, SeenRun, run_cards};
use seamount_session::files::Outputs;
use seamount_session::{RunWatch, RunsNetwork};
use std::path::PathBuf;

/// Most values that are recorded for pictures alone.
const VALUES_MAX: u64 = 1 << 26;

/// Where pictures of a run go.
#[derive(Debug, Args)]
pub(crate) struct PictureArgs {
    /// A page of the run
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// Write the pictures of the run into this folder: raster, membranes, energy, floor plan,
    /// events and time by step, weights, learned weights, limits
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
}

impl PictureArgs {
    /// Whether anything is drawn.
    pub(crate) fn wanted(&self) -> bool {
        self.page.html.is_some() || self.svg.is_some()
    }

    /// Makes the folder, and finds out before the run whether files can be written there.
    pub(crate) fn expect(&self) -> Result<(), Failure> {
        let Some(folder) = &self.svg else {
            return Ok(());
        };
        folder_for(folder)?;
        Outputs::expect(&[&folder.join("raster.svg")])
    }

    /// Whether a run of so many steps records no more than what is drawn for.
    pub(crate) fn fits(&self, chip: &impl RunsNetwork, steps: u64) -> bool {
        chip.program().recorded_values(chip.step(), steps) <= VALUES_MAX
    }

    /// The files asked for, each with its bytes.
    pub(crate) fn files(
        &self,
        report: &RunReport,
        chip: &impl RunsNetwork,
        outcome: &RunOutcome,
        counts: &RunCounts,
        watch: &RunWatch,
    ) -> Vec<(PathBuf, Vec<u8>)> {
        if !self.wanted() {
            return vec![];
        }
        let learned = chip.learned_weights();
        let seen = SeenRun::new(report, chip.image())
            .recorded(&outcome.recordings)
            .counted(counts)
            .timed(watch.durations())
            .learned(&learned);
        let cards = run_cards(&seen);
        let mut files = vec![];
        if let Some(folder) = &self.svg {
            let picture = |card: &Card| {
                let path = folder.join(format!("{}.svg", card.name));
                Some((path, card.picture()?.svg().into_bytes()))
            };
            files.extend(cards.iter().filter_map(picture));
        }
        if let Some(path) = &self.page.html {
            let target = &report.target;
            let title = format!("Run of {}", target.network);
            let lead = format!("{} steps on board {}.", report.steps.count, target.board);
            let page = Page::new(title, lead).with(cards);
            files.push((path.clone(), page.html().into_bytes()));
        }
        files
    }
}
