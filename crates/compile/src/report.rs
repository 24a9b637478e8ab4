//! What the compiler did, as data.

use crate::learn::rule::{self, RuleReport};
use crate::limit::RESOURCES;
use crate::map::Mapped;
use crate::synapses::EncodingCounts;
use crate::totals::SynapseTotals;
use seamount_image::{Encoding, Image, SynapseFormat, limit_uses, populations_on};
use seamount_spec::Board;
use serde::{Deserialize, Serialize};

/// What the compiler did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CompileReport {
    /// Name of the board.
    pub board: String,
    /// Cores of the board.
    pub cores_available: u32,
    /// The cores in use, in the order of the image.
    pub cores: Vec<CoreUsage>,
    /// Where the synapses went.
    pub synapses: SynapseReport,
    /// Cost of the placement in hops if every output axon carried one spike.
    pub placement: PlacementCost,
    /// Learning rules, those in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learning: Vec<RuleReport>,
    /// What one may not expect, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One core in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CoreUsage {
    /// Chip number.
    pub chip: u16,
    /// Core number on the chip.
    pub core: u16,
    /// Names of its populations.
    pub populations: Vec<String>,
    /// What is used of every limit.
    pub usage: Vec<LimitUsage>,
    /// Bits of synapse memory that entries take.
    pub synapse_bits_used: u64,
    /// Bits of synapse memory.
    pub(crate) synapse_bits_available: u64,
    /// Synapse formats in words, by format id from 1.
    pub formats: Vec<String>,
    /// Input axons that share the lists of another.
    pub axons_sharing_lists: u32,
}

/// What is used of one limit of a core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimitUsage {
    /// Name of the limit.
    pub resource: String,
    /// Used.
    pub used: u64,
    /// Available.
    pub available: u64,
}

/// Where the synapses of the network went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SynapseReport {
    /// Synapses of the network.
    pub written: u64,
    /// Dropped because they contribute nothing.
    pub dropped: u64,
    /// Weights changed by the format their projection asks for (NC-020).
    pub rounded: u64,
    /// Largest change of a weight.
    pub rounding_error_max: u32,
    /// Synapses in memory; shared lists count once.
    pub stored: EncodingCounts,
}

/// Cost of a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlacementCost {
    /// After the greedy start.
    pub hops_greedy: u64,
    /// After refinement.
    pub hops: u64,
}

impl CompileReport {
    pub(crate) fn of(
        image: &Image,
        mapped: &Mapped,
        totals: &SynapseTotals,
        board: &Board,
    ) -> Self {
        let mut stored = EncodingCounts::default();
        for core in &mapped.synapses {
            stored.sparse += core.counts.sparse;
            stored.run_length += core.counts.run_length;
            stored.dense += core.counts.dense;
            stored.generated += core.counts.generated;
            stored.zeros += core.counts.zeros;
        }
        CompileReport {
            board: board.name.clone(),
            cores_available: board.cores(),
            cores: (0..image.cores.len())
                .map(|core| core_report(image, mapped, core, board))
                .collect(),
            synapses: SynapseReport {
                written: totals.written,
                dropped: totals.dropped,
                rounded: totals.rounded,
                rounding_error_max: totals.rounding_error_max,
                stored,
            },
            placement: PlacementCost {
                hops_greedy: mapped.cost.0,
                hops: mapped.cost.1,
            },
            learning: rule_reports(image),
            notes: vec![],
        }
    }

    /// Largest use of each limit over all cores.
    pub fn usage_max(&self) -> Vec<LimitUsage> {
        let most = |name: &&str| {
            let of = self
                .cores
                .iter()
                .flat_map(|c| &c.usage)
                .filter(|u| u.resource == **name);
            of.max_by_key(|u| u.used).cloned()
        };
        RESOURCES.iter().filter_map(most).collect()
    }
}

/// Every rule of an image once: disassembled, with its warnings.
pub fn rule_reports(image: &Image) -> Vec<RuleReport> {
    let mut reports: Vec<RuleReport> = vec![];
    for rule in image.learning.cores.iter().flat_map(|c| &c.rules) {
        if !reports.iter().any(|r| r.name == rule.name) {
            reports.push(rule::report(rule));
        }
    }
    reports
}

fn core_report(image: &Image, mapped: &Mapped, index: usize, board: &Board) -> CoreUsage {
    let core = &image.cores[index];
    let usage = limit_uses(image, core, board).into_iter();
    CoreUsage {
        chip: core.location.chip,
        core: core.location.core,
        populations: populations_on(image, index),
        usage: usage
            .map(|u| LimitUsage {
                resource: u.resource.into(),
                used: u.used,
                available: u.available,
            })
            .collect(),
        synapse_bits_used: mapped.synapses[index].bits,
        synapse_bits_available: u64::from(board.core.synapse_words) * 64,
        formats: core.synapse_formats.iter().map(words).collect(),
        axons_sharing_lists: mapped.synapses[index].shared_axons,
    }
}

/// A synapse format in words.
fn words(format: &SynapseFormat) -> String {
    let place = match format.encoding {
        Encoding::Sparse => format!("sparse, {}-bit index", format.index_bits),
        Encoding::RunLength(skip) => format!(
            "run-length, {skip}-bit skip, {}-bit index",
            format.index_bits
        ),
        Encoding::Dense => format!("dense, {}-bit index", format.index_bits),
        Encoding::Generated => {
            return format!("made from a seed, exponent {}", format.weight_exponent);
        }
    };
    let delay = if format.delay_bits > 0 {
        format!(", {}-bit delay", format.delay_bits)
    } else {
        String::new()
    };
    let boxed = match (format.box_synapse, format.learn_enable, format.tag_bits) {
        (true, ..) => ", box",
        (_, true, 0) => ", learns",
        (_, true, _) => ", learns, tag",
        _ => "",
    };
    let sign = format!("{:?}", format.sign_mode).to_lowercase();
    format!(
        "{place}; {}-bit {sign} weight, exponent {}{delay}{boxed}",
        format.weight_bits, format.weight_exponent
    )
}
