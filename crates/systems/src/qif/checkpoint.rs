//! A training that was cut off goes on: its state as a file.
//!
//! Little-endian: 8 bytes magic, seed, epochs done, batch (u64 each), steps of the optimiser (u64),
//! then parameters, means and spreads (f64, one after the other), and a sum over all before (u64).

use super::SIZES;
use crate::qif::float::train::{AdaBelief, Trainer};
use crate::qif::float::trial::Setting;
use seamount_session::Failure;
use seamount_session::files::Outputs;
use seamount_study::text::{self, wrong};
use std::io::Write as _;
use std::path::Path;

const MAGIC: u64 = u64::from_le_bytes(*b"SMQIFCK1");

/// Where a training stands.
#[derive(Debug, Clone, PartialEq)]
pub struct QifCheckpoint {
    /// Seed of initial weights, order and flips.
    pub seed: u64,
    /// Epochs done.
    pub epochs: u64,
    /// Images of a batch.
    pub batch: u64,
    /// The network and its optimiser.
    pub trainer: Trainer,
}

/// A sum that notices damage (FNV-1a over words).
fn sum(words: &[u64]) -> u64 {
    words.iter().fold(0xcbf2_9ce4_8422_2325, |h, w| {
        (h ^ w).wrapping_mul(0x0100_0000_01b3)
    })
}

impl QifCheckpoint {
    /// Writes it, all or nothing.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let optimiser = &self.trainer.optimiser;
        let mut words = vec![
            MAGIC,
            self.seed,
            self.epochs,
            self.batch,
            u64::from(optimiser.steps),
        ];
        for values in [&self.trainer.parameters, &optimiser.mean, &optimiser.spread] {
            words.extend(values.iter().map(|v| v.to_bits()));
        }
        words.push(sum(&words));
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        replace(path, &bytes)
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<QifCheckpoint, Failure> {
        let bytes = text::bytes(path)?;
        let setting = Setting::published(&SIZES);
        let count = setting.wiring.parameters();
        let words: Vec<u64> = bytes
            .chunks_exact(8)
            .map(|b| u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
            .collect();
        if words.first() != Some(&MAGIC) {
            return Err(wrong(path, "no checkpoint of this training"));
        }
        if bytes.len() != (6 + 3 * count) * 8
            || words.last() != Some(&sum(&words[..words.len() - 1]))
        {
            return Err(wrong(path, "damaged or cut short"));
        }
        let values = |part: usize| -> Vec<f64> {
            words[5 + part * count..][..count]
                .iter()
                .map(|w| f64::from_bits(*w))
                .collect()
        };
        // A number that is none would go through a whole training and come out as weights.
        for (part, name) in ["parameter", "mean", "spread"].into_iter().enumerate() {
            let values = values(part);
            let bad = values.iter().position(|value| !value.is_finite());
            let bad = bad.or_else(|| values.iter().position(|v| part == 2 && *v < 0.0));
            if let Some(index) = bad {
                let value = values[index];
                let least = if part == 2 { ", at least 0" } else { "" };
                let problem = format!("{name} {index} is {value}, wanted a finite number{least}");
                return Err(wrong(path, problem));
            }
        }
        let steps = u32::try_from(words[4]).map_err(|_| wrong(path, "damaged: too many steps"))?;
        let optimiser = AdaBelief {
            mean: values(1),
            spread: values(2),
            steps,
        };
        let trainer = Trainer {
            setting,
            parameters: values(0),
            optimiser,
        };
        Ok(QifCheckpoint {
            seed: words[1],
            epochs: words[2],
            batch: words[3],
            trainer,
        })
    }
}

/// Writes a file whole or not at all; it may be the one that training went on from.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    Outputs::renew(path, |file| file.write_all(bytes))
}
