//! How near the image is to the limits of its cores.

use super::SeenRun;
use crate::page::Card;
use seamount_image::limit_uses;
use seamount_session::words::count;
use seamount_study::chart::{BarRow, Bars, COLOURS, Picture};

/// Colour of a limit that is broken.
const BROKEN: &str = "#b00020";

/// Use of a limit by the core that uses most of it.
struct WorstUse {
    resource: &'static str,
    core: usize,
    used: u64,
    available: u64,
}

impl WorstUse {
    fn percent(&self) -> f64 {
        self.used as f64 * 100.0 / self.available.max(1) as f64
    }
}

pub(super) fn card(seen: &SeenRun) -> Card {
    let row = |worst: &WorstUse| BarRow {
        name: worst.resource.into(),
        parts: vec![(
            worst.percent(),
            if worst.used > worst.available {
                BROKEN
            } else {
                COLOURS[0]
            },
        )],
        value: format!(
            "{:.1} %: {} of {}, core {}",
            worst.percent(),
            count(worst.used),
            count(worst.available),
            worst.core
        ),
    };
    let mut rows: Vec<BarRow> = worst(seen).iter().map(row).collect();
    // the scale ends at the limit, so that a bar says how much of it is used
    rows.push(BarRow {
        name: "limit".into(),
        parts: vec![(100.0, "#d5d9de")],
        value: "100 %".into(),
    });
    let bars = Bars {
        title: "limits of a core, by the core that uses most of each".into(),
        rows,
        ..Bars::default()
    };
    let broken = &seen.report.limits_broken;
    let note = match broken.is_empty() {
        true => "No limit of the chip is broken.".into(),
        false => {
            let all: Vec<String> = broken.iter().map(ToString::to_string).collect();
            format!("Beyond the chip: {}.", all.join("; "))
        }
    };
    Card::new("limits", "Limits of a core", Picture::from(bars)).noted(note)
}

/// Every limit of a core with the core that is nearest to it or furthest beyond it.
fn worst(seen: &SeenRun) -> Vec<WorstUse> {
    let image = seen.image.image();
    let mut found: Vec<WorstUse> = vec![];
    for (core, bits) in image.cores.iter().enumerate() {
        for usage in limit_uses(image, bits, seen.image.spec()) {
            let new = WorstUse {
                resource: usage.resource,
                core,
                used: usage.used,
                available: usage.available,
            };
            match found
                .iter_mut()
                .find(|worst| worst.resource == new.resource)
            {
                Some(worst) if worst.percent() < new.percent() => *worst = new,
                Some(_) => {}
                None => found.push(new),
            }
        }
    }
    found
}
