//! The floor plan of the chips in use, its cores coloured by energy, operations and memory.

use super::SeenRun;
use crate::page::Card;
use seamount_session::words::{count, energy};
use seamount_spec::{Board, CoreLocation};
use seamount_study::chart::{Cells, GridCell, GridFrame, Picture};
use std::collections::BTreeMap;

/// Most chips that are drawn.
const CHIPS_MAX: usize = 16;

/// What a core has of what a plan shows.
struct CoreNumber {
    location: CoreLocation,
    value: f64,
    words: String,
}

/// Energy by the first profile that knows some, synaptic operations, words of synapse memory.
pub(super) fn cards(seen: &SeenRun) -> Vec<Card> {
    let board = seen.image.spec();
    let mut cards = vec![];
    let report = seen.report;
    if let Some(by) = report.energy.iter().find(|by| by.dynamic_fj > 0) {
        let most = by.by_core.iter().map(|core| core.dynamic_fj).max();
        let unit = energy_unit(most.unwrap_or(0));
        let numbers = by.by_core.iter().map(|core| CoreNumber {
            location: core.location,
            value: core.dynamic_fj as f64 / unit.1,
            words: energy(core.dynamic_fj as f64),
        });
        let what = format!("{} of dynamic energy by {}", unit.0, by.profile);
        cards.push(card("energy", "energy", what, board, numbers.collect()));
    }
    let operations = report.cores.iter().map(|core| CoreNumber {
        location: core.location,
        value: core.counts.synaptic_operations as f64,
        words: format!("{} operations", count(core.counts.synaptic_operations)),
    });
    let what = "synaptic operations".to_string();
    let title = "synaptic operations";
    cards.push(card("operations", title, what, board, operations.collect()));
    let words = seen.image.image().cores.iter().map(|core| CoreNumber {
        location: core.location,
        value: core.synapse_memory.len() as f64,
        words: format!(
            "{} of {} words",
            count(core.synapse_memory.len() as u64),
            count(board.core.synapse_words.into())
        ),
    });
    let what = format!("words of {}", count(board.core.synapse_words.into()));
    cards.push(card(
        "memory",
        "synapse memory",
        what,
        board,
        words.collect(),
    ));
    cards
}

/// The unit in which the largest of some energies has one to three digits before its point, and its
/// size in femtojoules.
fn energy_unit(most_fj: u64) -> (&'static str, f64) {
    let units = [("uJ", 1e9), ("nJ", 1e6), ("pJ", 1e3)];
    let fits = |unit: &&(&str, f64)| most_fj as f64 >= unit.1;
    units.iter().find(fits).copied().unwrap_or(("fJ", 1.0))
}

fn card(name: &str, title: &str, what: String, board: &Board, numbers: Vec<CoreNumber>) -> Card {
    let cells = ChipsPlan::of(board, &numbers).cells(title, what, &numbers);
    Card::new(
        &format!("plan-{name}"),
        format!("Floor plan by {title}"),
        Picture::from(cells),
    )
}

/// Where chips and cores lie on the page.
struct ChipsPlan<'a> {
    board: &'a Board,
    /// Cores of a tile beside each other.
    beside: u32,
    /// Column and row of the upper left core of each chip drawn.
    chips: BTreeMap<u16, (u32, u32)>,
    left_out: usize,
    size: (u32, u32),
}

impl ChipsPlan<'_> {
    fn of<'a>(board: &'a Board, numbers: &[CoreNumber]) -> ChipsPlan<'a> {
        let mut used: Vec<u16> = numbers.iter().map(|n| n.location.chip).collect();
        used.sort_unstable();
        used.dedup();
        let left_out = used.len().saturating_sub(CHIPS_MAX);
        used.truncate(CHIPS_MAX);
        // a tile of four cores is a square of them
        let beside = if board.cores_per_tile.is_multiple_of(2) {
            2
        } else {
            1
        };
        let mut plan = ChipsPlan {
            board,
            beside,
            chips: BTreeMap::new(),
            left_out,
            size: (0, 0),
        };
        let (width, height) = plan.chip_size();
        let across = match used.len() {
            0..=3 => used.len().max(1),
            4 => 2,
            _ => 4,
        };
        for (at, chip) in used.into_iter().enumerate() {
            let column = (at % across) as u32 * (width + 1);
            // a row is left free above each chip, for its name
            let row = (at / across) as u32 * (height + 1);
            plan.chips.insert(chip, (column, row));
            plan.size.0 = plan.size.0.max(column + width);
            plan.size.1 = plan.size.1.max(row + height);
        }
        plan
    }

    /// Cores of a chip beside each other and below each other.
    fn chip_size(&self) -> (u32, u32) {
        let board = self.board;
        let below = u32::from(board.cores_per_tile).div_ceil(self.beside);
        (
            u32::from(board.tiles_x) * self.beside,
            u32::from(board.tiles_y) * below,
        )
    }

    /// Column and row of a core, if its chip is drawn.
    fn place(&self, at: CoreLocation) -> Option<(u32, u32)> {
        let (x, y) = *self.chips.get(&at.chip)?;
        let per_tile = u32::from(self.board.cores_per_tile).max(1);
        let tile = u32::from(at.core) / per_tile;
        let core = u32::from(at.core) % per_tile;
        let tiles_x = u32::from(self.board.tiles_x).max(1);
        let below = per_tile.div_ceil(self.beside);
        Some((
            x + tile % tiles_x * self.beside + core % self.beside,
            y + tile / tiles_x * below + core / self.beside,
        ))
    }

    fn cells(&self, title: &str, what: String, numbers: &[CoreNumber]) -> Cells {
        let mut cells: BTreeMap<(u32, u32), GridCell> = BTreeMap::new();
        for chip in self.chips.keys() {
            for core in 0..self.board.cores_per_chip() {
                let location = CoreLocation {
                    chip: *chip,
                    core: core as u16,
                };
                let Some(at) = self.place(location) else {
                    continue;
                };
                let says = format!("chip {chip}, core {core}: not in use");
                let empty = GridCell {
                    at,
                    says,
                    ..GridCell::default()
                };
                cells.insert(at, empty);
            }
        }
        for (index, number) in numbers.iter().enumerate() {
            let place = number.location;
            if let Some(cell) = self.place(place).and_then(|at| cells.get_mut(&at)) {
                cell.value = Some(number.value);
                cell.says = format!(
                    "core {index} (chip {}, core {}): {}",
                    place.chip, place.core, number.words
                );
            }
        }
        let frame = |(chip, at): (&u16, &(u32, u32))| GridFrame {
            at: *at,
            size: self.chip_size(),
            name: format!("chip {chip}"),
        };
        let mut notes = vec![];
        if self.left_out > 0 {
            notes.push(format!("{} further chips are not drawn", self.left_out));
        }
        Cells {
            title: format!("cores by {title}"),
            what,
            size: self.size,
            cells: cells.into_values().collect(),
            frames: self.chips.iter().map(frame).collect(),
            notes,
            ..Cells::default()
        }
    }
}
