//! One synapse list as entries: which format for which synapse, in few bits.
//!
//! Three decisions, from the outside in: which class of values each synapse belongs to (moves of
//! whole groups that save bits, a local search), which encoding each run of a class has (dynamic
//! programming, exact), and whether zeros may fill the gaps of runs. Only whole words count: memory
//! is read by words, and a zero that saves no word costs an operation with every spike.

use crate::formats::{FORMATS_MAX, FormatSet, ValueClass};
use crate::record::FixedSynapse;
use seamount_image::Encoding;
use seamount_image::list::{
    COUNT_BITS, ENTRY_SYNAPSES_MAX, Entry, FORMAT_ID_BITS, Synapse, list_words,
};

/// Bits of an entry before its index.
const HEADER_BITS: u32 = FORMAT_ID_BITS + COUNT_BITS;
/// Most encodings of a class.
const ENCODINGS: usize = 6;
/// Moves between classes that are made one after another: bounds the time that a list takes.
const MOVES_MAX: usize = 4;

/// Bits of the records of each class in a list.
type ClassCosts = [u32; FORMATS_MAX];

/// Finds entries for lists; keeps its working memory between lists.
pub(crate) struct ListPacker<'a> {
    set: &'a FormatSet,
    /// Classes that hold each record, as bits.
    holders: Vec<u16>,
    /// Index of the class of each record.
    class: Vec<u8>,
    members: Vec<u32>,
    /// Whether zeros may fill the gaps between targets.
    fill: bool,
    steps: Vec<[PackStep; ENCODINGS]>,
}

/// The cheapest way to have a member in one encoding.
#[derive(Debug, Clone, Copy, Default)]
struct PackStep {
    cost: u32,
    /// Encoding of the member before.
    before: u8,
    /// Continues the entry of the member before.
    continues: bool,
    /// Synapses of the entry so far.
    length: u8,
}

impl PackStep {
    /// No entry reaches this state.
    const UNREACHED: PackStep = PackStep {
        cost: u32::MAX,
        before: 0,
        continues: false,
        length: 0,
    };

    /// A member that begins an entry, behind a member in the encoding `before`.
    fn begins(cost: u32, before: u8) -> PackStep {
        PackStep {
            cost,
            before,
            continues: false,
            length: 1,
        }
    }

    /// A member that continues the entry of the member before, in the same encoding: `synapses`
    /// more of `bits` each, zeros that fill the gap counted; nothing if the entry is full.
    fn extended(&self, encoding: usize, synapses: u32, bits: u32) -> Option<PackStep> {
        let length = u32::from(self.length) + synapses;
        let fits = self.cost != u32::MAX && length <= ENTRY_SYNAPSES_MAX as u32;
        fits.then(|| PackStep {
            cost: self.cost + synapses * bits,
            before: encoding as u8,
            continues: true,
            length: length as u8,
        })
    }
}

/// The cheapest state after a member.
#[derive(Debug, Clone, Copy, Default)]
struct Cheapest {
    bits: u32,
    encoding: u8,
}

impl Cheapest {
    /// The first of the cheapest of some states.
    fn of(steps: &[PackStep]) -> Cheapest {
        let states = (0u8..).zip(steps).map(|(e, step)| (step.cost, e));
        let (bits, encoding) = states.min().expect("a class has an encoding");
        Cheapest { bits, encoding }
    }
}

impl<'a> ListPacker<'a> {
    /// For the formats of one core.
    pub(crate) fn new(set: &'a FormatSet) -> Self {
        ListPacker {
            set,
            holders: vec![],
            class: vec![],
            members: vec![],
            fill: false,
            steps: vec![],
        }
    }

    /// Bits of a list, unless it cannot take fewer words than that.
    pub(crate) fn bits_below(&mut self, records: &[FixedSynapse], words: u32) -> Option<u32> {
        self.hold(records);
        (list_words(self.bound()) < words).then(|| self.settle(records))
    }

    /// Gives every record a class; returns the bits of the list. Gaps are filled with zeros only
    /// where that saves a word, for every zero is read with each spike.
    fn settle(&mut self, records: &[FixedSynapse]) -> u32 {
        self.fill = false;
        let plain = self.assign(records);
        let runs = self
            .set
            .formats
            .iter()
            .any(|f| f.encoding != Encoding::Sparse);
        if !runs || list_words(self.bound()) >= list_words(plain) {
            return plain;
        }
        // zeros can save bits only in runs, and only where the plain list is above the bound
        self.fill = true;
        let filled = self.assign(records);
        if list_words(filled) < list_words(plain) {
            return filled;
        }
        self.fill = false;
        self.assign(records)
    }

    /// Notes which classes hold which record.
    fn hold(&mut self, records: &[FixedSynapse]) {
        let set = self.set;
        let classes = self.set.classes.len();
        let mask = |r: &FixedSynapse| {
            (0..classes)
                .filter(|c| set.holds(*c, r))
                .fold(0u16, |mask, c| mask | 1 << c)
        };
        self.holders.clear();
        self.holders.extend(records.iter().map(mask));
    }

    /// Bits that no choice of entries can undercut.
    fn bound(&self) -> u32 {
        let mut least = [0; FORMATS_MAX];
        least
            .iter_mut()
            .zip(&self.set.classes)
            .for_each(|(bits, class)| *bits = class.synapse_bits_min(self.set));
        let of = |&mask: &u16| bits(mask).map(|c| least[c]).min().unwrap_or(0);
        HEADER_BITS + self.holders.iter().map(of).sum::<u32>()
    }

    /// A list as entries, the base taken out of the targets.
    pub(crate) fn entries(&mut self, records: &[FixedSynapse], base: u16) -> Vec<Entry> {
        self.hold(records);
        self.settle(records);
        let mut entries = vec![];
        for c in 0..self.set.classes.len() {
            self.collect(c);
            let members = std::mem::take(&mut self.members);
            if !members.is_empty() {
                self.write(c, &members, records, base, &mut entries);
            }
            self.members = members;
        }
        entries
    }

    /// Gives every record a class; returns the bits of the list.
    fn assign(&mut self, records: &[FixedSynapse]) -> u32 {
        let set = self.set;
        self.class.clear();
        // the first class that holds a record is the one of fewest bits
        self.class
            .extend(self.holders.iter().map(|mask| mask.trailing_zeros() as u8));
        let mut costs: ClassCosts = [0; FORMATS_MAX];
        (0..set.classes.len()).for_each(|c| costs[c] = self.cost(c, records));
        if set.classes.len() == 1 {
            return costs[0];
        }
        let least = list_words(self.bound());
        for _ in 0..MOVES_MAX {
            // memory is read in words: a list at the bound of words cannot become better
            if least >= list_words(costs.iter().sum()) {
                break;
            }
            let Some(better) = self.best_move(records, &costs) else {
                break;
            };
            costs = better;
        }
        costs.iter().sum()
    }

    /// Makes the move that saves most: one class takes all it can hold, or gives all it has away.
    fn best_move(&mut self, records: &[FixedSynapse], costs: &ClassCosts) -> Option<ClassCosts> {
        let start = self.class.clone();
        let mut best: Option<(ClassCosts, Vec<u8>)> = None;
        for class in 0..self.set.classes.len() {
            for takes in [true, false] {
                let changed = self.shift(&start, class, takes);
                if changed == 0 {
                    continue;
                }
                // only classes that gained or lost a record cost something else than before
                let mut trial = *costs;
                let touched = (0..self.set.classes.len()).filter(|c| changed & 1 << c != 0);
                touched.for_each(|c| trial[c] = self.cost(c, records));
                let least: u32 = best.as_ref().map_or(costs, |(costs, _)| costs).iter().sum();
                if trial.iter().sum::<u32>() < least {
                    best = Some((trial, self.class.clone()));
                }
            }
        }
        self.class = start;
        let (costs, class) = best?;
        self.class = class;
        Some(costs)
    }

    /// Makes a move from `start`; returns the set of classes that it changed.
    fn shift(&mut self, start: &[u8], class: usize, takes: bool) -> u32 {
        self.class.clear();
        self.class.extend_from_slice(start);
        let used = start.iter().fold(0u16, |used, c| used | 1 << c) & !(1 << class);
        let mut changed = 0;
        for (mask, of) in self.holders.iter().zip(&mut self.class) {
            let old = *of;
            if takes && mask & 1 << class != 0 {
                *of = class as u8;
            } else if !takes && usize::from(old) == class && mask & used != 0 {
                *of = (mask & used).trailing_zeros() as u8;
            }
            if *of != old {
                changed |= 1 << old | 1 << *of;
            }
        }
        changed
    }

    fn collect(&mut self, class: usize) {
        self.members.clear();
        self.members.extend(
            (0u32..)
                .zip(&self.class)
                .filter(|(_, c)| usize::from(**c) == class)
                .map(|(i, _)| i),
        );
    }

    /// Bits of the records of one class.
    fn cost(&mut self, class: usize, records: &[FixedSynapse]) -> u32 {
        self.collect(class);
        let members = std::mem::take(&mut self.members);
        let bits = if members.is_empty() {
            0
        } else {
            self.cheapest(class, &members, records).0
        };
        self.members = members;
        bits
    }

    /// Bits of some records of one class, and whether sparse entries may be mixed in.
    fn cheapest(
        &mut self,
        class: usize,
        members: &[u32],
        records: &[FixedSynapse],
    ) -> (u32, EncodingMix) {
        let class = &self.set.classes[class];
        let count = members.len() as u32;
        let sparse = class.sparse().map(|_| {
            let each =
                class.values.synapse_bits(self.set.delay_bits) + u32::from(self.set.index_bits);
            (sparse_headers(count) + count * each, EncodingMix::Sparse)
        });
        // sparse synapses have no order and no neighbours: nothing to search for
        if let (Some(only), 1) = (sparse, class.encodings.len()) {
            return only;
        }
        let runs = (
            self.dynamic(class, members, records, false),
            EncodingMix::Runs,
        );
        let both = sparse.map(|_| {
            (
                self.dynamic(class, members, records, true),
                EncodingMix::Both,
            )
        });
        [sparse, both].into_iter().flatten().fold(
            runs,
            |best, other| if other.0 < best.0 { other } else { best },
        )
    }

    /// Dynamic programming over the members in order of targets; returns the bits and leaves the
    /// choices in `steps`.
    ///
    /// The state after a member is the encoding it is in. A member either begins an entry, behind
    /// the cheapest state of the member before, or continues the entry of its own encoding. Sparse
    /// synapses are gathered into entries of their own at the end, so their headers are added once.
    fn dynamic(
        &mut self,
        class: &ValueClass,
        members: &[u32],
        records: &[FixedSynapse],
        sparse: bool,
    ) -> u32 {
        let width = class.values.synapse_bits(self.set.delay_bits);
        let index = u32::from(self.set.index_bits);
        self.steps.clear();
        let mut before = [PackStep::default(); ENCODINGS];
        let mut cheapest = Cheapest::default();
        let mut last: Option<u16> = None;
        for &member in members {
            let target = records[member as usize].target;
            let gap = last
                .and_then(|last| target.checked_sub(last + 1))
                .map(u32::from);
            last = Some(target);
            let mut now = [PackStep::UNREACHED; ENCODINGS];
            for (e, &(encoding, _)) in class.encodings.iter().enumerate() {
                let (skip, synapses) = match encoding {
                    Encoding::Sparse if sparse => {
                        now[e] = PackStep::begins(cheapest.bits + width + index, cheapest.encoding);
                        continue;
                    }
                    Encoding::Sparse | Encoding::Generated => continue,
                    Encoding::RunLength(bits) => (u32::from(bits), gap.map(|g| (g >> bits) + 1)),
                    Encoding::Dense => (0, gap.map(|g| g + 1)),
                };
                let bits = cheapest.bits + HEADER_BITS + index + width + skip;
                let begins = PackStep::begins(bits, cheapest.encoding);
                // zeros fill the gap; without them only the next target continues the entry
                let synapses = synapses.filter(|count| *count == 1 || self.fill);
                let continues =
                    synapses.and_then(|count| before[e].extended(e, count, width + skip));
                now[e] = match continues {
                    Some(step) if step.cost <= bits => step,
                    _ => begins,
                };
            }
            self.steps.push(now);
            before = now;
            cheapest = Cheapest::of(&now[..class.encodings.len()]);
        }
        let mut in_sparse = 0;
        if sparse {
            self.backtrack(members.len(), cheapest.encoding, |_, e| {
                in_sparse += u32::from(class.is_sparse(e))
            });
        }
        cheapest.bits + sparse_headers(in_sparse)
    }

    /// Visits (member, encoding) from the last member to the first.
    fn backtrack(&self, members: usize, last: u8, mut visit: impl FnMut(usize, u8)) {
        let mut encoding = last;
        for i in (0..members).rev() {
            visit(i, encoding);
            encoding = self.steps[i][usize::from(encoding)].before;
        }
    }

    /// Writes some records of one class in the cheapest way.
    fn write(
        &mut self,
        c: usize,
        members: &[u32],
        records: &[FixedSynapse],
        base: u16,
        entries: &mut Vec<Entry>,
    ) {
        let class = &self.set.classes[c];
        let synapse = |member: u32| {
            let r = &records[member as usize];
            Synapse {
                index: u32::from(r.target - base),
                weight: class.values.weight(r.value),
                delay: r.delay,
            }
        };
        let (_, mix) = self.cheapest(c, members, records);
        let mut encodings = vec![class.sparse().unwrap_or(0); members.len()];
        if mix != EncodingMix::Sparse {
            self.dynamic(class, members, records, mix == EncodingMix::Both);
            let end = Cheapest::of(&self.steps[members.len() - 1][..class.encodings.len()]);
            self.backtrack(members.len(), end.encoding, |i, e| encodings[i] = e);
        }
        let mut sparse = vec![];
        for (i, (&member, &e)) in members.iter().zip(&encodings).enumerate() {
            if class.is_sparse(e) {
                sparse.push(synapse(member));
                continue;
            }
            let (encoding, format) = class.encodings[usize::from(e)];
            let next = synapse(member);
            if !self.steps[i][usize::from(e)].continues {
                entries.push(Entry {
                    format,
                    synapses: vec![next],
                });
                continue;
            }
            let entry = entries.last_mut().expect("continues the entry before");
            let mut end = entry.synapses.last().expect("not empty").index + 1;
            let skip = match encoding {
                Encoding::RunLength(bits) => (1 << bits) - 1,
                _ => 0,
            };
            while next.index - end > skip {
                entry.synapses.push(Synapse {
                    index: end + skip,
                    weight: 0,
                    delay: 0,
                });
                end += skip + 1;
            }
            entry.synapses.push(next);
        }
        let format = class
            .sparse()
            .map_or(0, |e| class.encodings[usize::from(e)].1);
        entries.extend(sparse.chunks(ENTRY_SYNAPSES_MAX).map(|s| Entry {
            format,
            synapses: s.to_vec(),
        }));
    }
}

/// Encodings that a class uses in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EncodingMix {
    Sparse,
    Runs,
    Both,
}

/// Positions of the ones in a mask.
fn bits(mask: u16) -> impl Iterator<Item = usize> {
    (0..16).filter(move |c| mask & 1 << c != 0)
}

fn sparse_headers(synapses: u32) -> u32 {
    synapses.div_ceil(ENTRY_SYNAPSES_MAX as u32) * HEADER_BITS
}

impl ValueClass {
    /// Place of the sparse encoding among those of the class, if there is one.
    fn sparse(&self) -> Option<u8> {
        self.encodings
            .iter()
            .position(|(e, _)| *e == Encoding::Sparse)
            .map(|e| e as u8)
    }

    fn is_sparse(&self, encoding: u8) -> bool {
        self.encodings[usize::from(encoding)].0 == Encoding::Sparse
    }

    /// Fewest bits a synapse of this class can take.
    fn synapse_bits_min(&self, set: &FormatSet) -> u32 {
        let place = |(encoding, _): &(Encoding, u8)| match encoding {
            Encoding::Sparse => u32::from(set.index_bits),
            Encoding::RunLength(bits) => u32::from(*bits),
            Encoding::Dense | Encoding::Generated => 0,
        };
        self.values.synapse_bits(set.delay_bits)
            + self.encodings.iter().map(place).min().unwrap_or(0)
    }
}
