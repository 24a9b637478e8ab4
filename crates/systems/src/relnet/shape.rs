//! The sizes of a RelNet: which sentences, pairs and relays there are, and on which chips.
//!
//! The twenty sentences are in four groups of five, and each of the ten pairs of groups has a chip
//! for the pairs of sentences that are in it. A sentence reaches such a chip over a relay of its
//! own. Rao et al., Nature Machine Intelligence 4, 2022; the programs beside it.

/// Word lines of a sentence, one for each word of the vocabulary.
pub(super) const WORDS: u32 = 180;
/// Words of a sentence at most.
pub(super) const LENGTH_MAX: u32 = 11;
/// Neurons of the network that reads a sentence.
pub(super) const READER: u32 = 200;
/// Those of them with an after-hyperpolarisation. How many they were is not published: half here.
pub(super) const ADAPTIVE: u32 = 100;
/// The others, which come first.
pub(super) const REGULAR: u32 = READER - ADAPTIVE;
/// Neurons of a layer of g, for each pair.
pub(super) const RELATION: u32 = 256;
/// Neurons of the two layers of f, which fit the published number of cores exactly.
pub(super) const FINAL: [u32; 2] = [512, 159];
/// Classes of the readout.
pub(super) const CLASSES: u32 = 181;
/// Sentences of a group.
const GROUP: u32 = 5;
/// Most sentences.
pub(super) const SENTENCES_MAX: u32 = 20;
/// Chips of pairs.
pub(super) const PAIR_CHIPS: usize = 10;

/// The parts of a network of so many sentences.
#[derive(Debug, Clone)]
pub(super) struct RelNetShape {
    /// Sentences of a story at most.
    pub sentences: u32,
    /// Pairs (i, j) with i <= j.
    pub pairs: Vec<(u32, u32)>,
    /// Relays: reader, and the chip of pairs that it serves.
    pub relays: Vec<(u32, usize)>,
}

/// The two groups of a chip of pairs.
pub(super) fn groups(chip: usize) -> (u32, u32) {
    let all = (0..4u32).flat_map(|a| (a..4).map(move |b| (a, b)));
    all.collect::<Vec<_>>()[chip]
}

/// The chip of pairs that a pair is on.
pub(super) fn chip_of(pair: (u32, u32)) -> usize {
    let wanted = (pair.0 / GROUP, pair.1 / GROUP);
    let found = (0..PAIR_CHIPS).find(|chip| groups(*chip) == wanted);
    found.expect("sentences are ordered")
}

impl RelNetShape {
    pub(super) fn new(sentences: u32) -> RelNetShape {
        let pairs = (0..sentences).flat_map(|i| (i..sentences).map(move |j| (i, j)));
        let mut relays = vec![];
        for chip in 0..PAIR_CHIPS {
            let both = groups(chip);
            let on = |s: &u32| s / GROUP == both.0 || s / GROUP == both.1;
            relays.extend((0..sentences).filter(on).map(|s| (s, chip)));
            relays.push((sentences, chip)); // the question, whose reader is the last
        }
        RelNetShape {
            sentences,
            pairs: pairs.collect(),
            relays,
        }
    }

    /// Readers: one for each sentence, and the last for the question.
    pub(super) fn readers(&self) -> u32 {
        self.sentences + 1
    }

    /// Index of the relay of a reader at a chip of pairs.
    pub(super) fn relay(&self, reader: u32, chip: usize) -> u32 {
        let found = self.relays.iter().position(|r| *r == (reader, chip));
        found.expect("every chip has relays of what it needs") as u32
    }
}
