//! Rows stored by target: a contribution for each of consecutive compartments, most of them 0.
//!
//! A sparse row costs a load and a dependent addition a synapse. Where a row has synapses to many
//! of the compartments that it spans, adding all of them with vectors is cheaper, zeros included:
//! 64 targets take one instruction or two. And as all rows of a core then lie over the same
//! targets, the rows of a step are added up in registers before the accumulators are touched.
//!
//! Contributions of a core are bytes times a power of two where that holds all of them, else 16-bit
//! numbers; a row that even those do not hold stays sparse. So do rows with delays or a base, and
//! those that are too thin to be worth it.
//!
//! What this module does *not* know: how rows are added ([kernel](crate::kernel)), and who sends
//! packets to them.

/// Targets of a block.
pub(crate) const BLOCK: usize = 64;

/// Contributions to the targets of a block, a byte each.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct ByteBlock(pub [i8; BLOCK]);

/// Contributions to the targets of a block, 16 bits each.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct HalfBlock(pub [i16; BLOCK]);

/// Dense rows of a core, block after block.
#[derive(Debug)]
pub(crate) enum DenseRows {
    /// Contributions in units of 64 are the bytes times 2 to the power of `shift`.
    Bytes {
        /// Blocks of all rows.
        blocks: Vec<ByteBlock>,
        /// Power of two of the unit of a byte.
        shift: u32,
    },
    /// Contributions in units of 64.
    Halves {
        /// Blocks of all rows.
        blocks: Vec<HalfBlock>,
    },
}

/// Where a dense row lies and what it reaches, in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DensePlace {
    /// Its first block among those of the core.
    pub place: u32,
    /// First block of targets.
    pub first: u16,
    /// Number of blocks.
    pub blocks: u16,
}

/// First block of targets and number of blocks of a row that is worth it, if it is: it has no
/// delays, and at least `from` synapses a block.
fn span(row: &[u32], stride: usize, from: usize) -> Option<(usize, usize)> {
    // most rows are too thin whatever they span
    if row.len() < from {
        return None;
    }
    let targets = || row.iter().map(|synapse| (synapse & 0xffff) as usize);
    let first = targets().min()? / BLOCK;
    let last = targets().max()? / BLOCK;
    let blocks = last + 1 - first;
    ((last + 1) * BLOCK <= stride && row.len() >= from.saturating_mul(blocks))
        .then_some((first, blocks))
}

/// Contribution of a row to each target of its blocks, in units of 64; a target may be met twice.
fn by_target(row: &[u32], first: usize, blocks: usize) -> Vec<i32> {
    let mut sums = vec![0i32; blocks * BLOCK];
    for synapse in row {
        sums[(synapse & 0xffff) as usize - first * BLOCK] += *synapse as i32 >> 16;
    }
    sums
}

impl DenseRows {
    /// No rows.
    pub(crate) fn none() -> DenseRows {
        DenseRows::Halves { blocks: vec![] }
    }

    /// Makes dense rows of those rows that have at least `from` synapses a block; says of each row
    /// where it lies, unless it is not dense. Where there is no row nothing is made.
    pub(crate) fn new(
        rows: &[Option<&[u32]>],
        stride: usize,
        from: usize,
    ) -> (DenseRows, Vec<Option<DensePlace>>) {
        let mut spans = vec![None; rows.len()];
        let mut bits = 0u32;
        let mut least = 0;
        let mut most = 0;
        for (row, found) in rows.iter().zip(&mut spans) {
            let Some(row) = *row else {
                continue;
            };
            let Some((first, blocks)) = span(row, stride, from) else {
                continue;
            };
            let sums = by_target(row, first, blocks);
            let fits = |sum: &i32| i16::try_from(*sum).is_ok();
            if !sums.iter().all(fits) {
                continue;
            }
            *found = Some((row, first, blocks));
            for sum in sums {
                bits |= sum as u32;
                least = least.min(sum);
                most = most.max(sum);
            }
        }
        let shift = bits.trailing_zeros().min(15);
        let narrow = i8::try_from(least >> shift).is_ok() && i8::try_from(most >> shift).is_ok();
        let mut made = match narrow {
            true => DenseRows::Bytes {
                blocks: vec![],
                shift,
            },
            false => DenseRows::none(),
        };
        let mut places = vec![None; rows.len()];
        for (span, found) in spans.iter().zip(&mut places) {
            let Some((row, first, blocks)) = *span else {
                continue;
            };
            *found = Some(DensePlace {
                place: made.len() as u32,
                first: first as u16,
                blocks: blocks as u16,
            });
            made.push(&by_target(row, first, blocks));
        }
        (made, places)
    }

    /// Appends a row; every contribution is one that the rows can hold.
    fn push(&mut self, sums: &[i32]) {
        for sums in sums.as_chunks::<BLOCK>().0 {
            match self {
                DenseRows::Bytes { blocks, shift } => {
                    blocks.push(ByteBlock(sums.map(|sum| (sum >> *shift) as i8)));
                }
                DenseRows::Halves { blocks } => blocks.push(HalfBlock(sums.map(|sum| sum as i16))),
            }
        }
    }

    /// Number of blocks.
    fn len(&self) -> usize {
        match self {
            DenseRows::Bytes { blocks, .. } => blocks.len(),
            DenseRows::Halves { blocks } => blocks.len(),
        }
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Contributions of block `at` in units of 64.
    pub(crate) fn units(&self, at: usize) -> [i32; BLOCK] {
        match self {
            DenseRows::Bytes { blocks, shift } => {
                blocks[at].0.map(|byte| i32::from(byte) << *shift)
            }
            DenseRows::Halves { blocks } => blocks[at].0.map(i32::from),
        }
    }

    /// Bytes of the rows.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            DenseRows::Bytes { blocks, .. } => size_of_val(&blocks[..]),
            DenseRows::Halves { blocks } => size_of_val(&blocks[..]),
        }
    }
}
