//! Synapses that are made from a seed instead of stored (MC-007, MC-038).
//!
//! An entry of such a format is one run of neurons: which of them have a synapse, and its weight,
//! are draws by the number of the neuron. So a list takes two or three words, whatever its
//! synapses.

use crate::bits::{BitReader, BitWriter};
use crate::entry::{COUNT_BITS, FORMAT_ID_BITS, Synapse, list_words};
use crate::model::SynapseFormat;
use seamount_arith::random::Key;

/// Bits of an entry between its index and its delay: seed, first neuron, neurons, chance, weights.
const FIELD_BITS: [u32; 6] = [32, 24, 13, 16, 9, 9];
/// Most neurons of an entry.
pub const NEURONS_MAX: u32 = 1 << 13;
/// Added to weights so that they are not negative.
const WEIGHT_OFFSET: i32 = 256;

/// The synapses of one source at a run of neurons on a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeededEntry {
    /// Index of the first neuron.
    pub index: u32,
    /// Seed of the source, see [`row_seed`].
    pub seed: u32,
    /// Number of the first neuron in its population, 24 bit.
    pub first: u32,
    /// Number of neurons, 1..=8192.
    pub neurons: u32,
    /// A neuron has a synapse with a probability of this in 65536, 1..=65536.
    pub chance: u32,
    /// Smallest and largest weight, -256..=255.
    pub weights: [i32; 2],
    /// Steps.
    pub delay: u8,
}

/// Seed of source `source` of a projection: the upper half of draw number `source` of its seed.
pub const fn row_seed(seed: u64, source: u32) -> u32 {
    (Key::of(seed).draw(source as u64) >> 32) as u32
}

impl SeededEntry {
    /// Every synapse, by neuron. Of draw d of a neuron the upper 16 bits say whether there is a
    /// synapse, the lower 32 its weight, all weights alike.
    pub fn each(&self, mut visit: impl FnMut(Synapse)) {
        let key = Key::of(self.seed.into());
        let [low, high] = self.weights;
        let kinds = i64::from(high - low + 1).max(1) as u64;
        for n in 0..self.neurons {
            let draw = key.draw(u64::from(self.first) + u64::from(n));
            if draw >> 48 < u64::from(self.chance) {
                let weight = low + (((draw & 0xffff_ffff) * kinds) >> 32) as i32;
                visit(Synapse {
                    index: self.index.saturating_add(n),
                    weight,
                    delay: self.delay,
                });
            }
        }
    }

    /// Whether it has any synapse.
    pub fn is_empty(&self) -> bool {
        let mut empty = true;
        self.each(|_| empty = false);
        empty
    }

    /// The rest of an entry, behind format id and count.
    pub fn read(input: &mut BitReader, format: &SynapseFormat) -> Option<SeededEntry> {
        let index = input.take(format.index_bits.into())? as u32;
        let mut field = |bits: u32| input.take(bits).map(|x| x as u32);
        let [seed, first, neurons, chance, low, high] = FIELD_BITS;
        let seed = field(seed)?;
        let first = field(first)?;
        let neurons = field(neurons)? + 1;
        let chance = field(chance)? + 1;
        let mut weight = |bits: u32| field(bits).map(|x| x as i32 - WEIGHT_OFFSET);
        let weights = [weight(low)?, weight(high)?];
        let delay = field(format.delay_bits.into())? as u8;
        Some(SeededEntry {
            index,
            seed,
            first,
            neurons,
            chance,
            weights,
            delay,
        })
    }

    fn write(&self, out: &mut BitWriter, id: u8, format: &SynapseFormat) {
        out.put(id.into(), FORMAT_ID_BITS);
        out.put(0, COUNT_BITS);
        out.put(self.index.into(), format.index_bits.into());
        let weights = self.weights.map(|w| (w + WEIGHT_OFFSET) as u32);
        let fields = [
            self.seed,
            self.first,
            self.neurons - 1,
            self.chance - 1,
            weights[0],
            weights[1],
        ];
        fields
            .into_iter()
            .zip(FIELD_BITS)
            .for_each(|(field, bits)| out.put(field.into(), bits));
        out.put(self.delay.into(), format.delay_bits.into());
    }
}

/// Packs a list of such entries into words; `formats[k - 1]` is the format with id k. Also the bits
/// of its entries.
///
/// # Panics
/// If a field does not fit: the caller has checked them.
pub fn encode(entries: &[(u8, SeededEntry)], formats: &[SynapseFormat]) -> (Vec<u64>, u32) {
    let mut out = BitWriter::default();
    entries
        .iter()
        .for_each(|(id, entry)| entry.write(&mut out, *id, &formats[usize::from(*id) - 1]));
    let bits = out.len();
    let mut words = out.into_words();
    words.resize(list_words(bits) as usize, 0);
    (words, bits)
}
