//! Factors of a product, split for a block of synapses: common factors, one number for the whole
//! block, and own factors, one number a synapse (LE-009).
//!
//! The split depends on how blocks are cut. Synapses of one axon have x0, x1, x2, r0 and r1 in
//! common; synapses of one target have y0 to y3, r0 and r1 in common. w, d and t are always a
//! synapse's own. The numbers of an own factor lie in a slot: an array of 64 numbers, one for each
//! synapse of the block.

use seamount_image::Arithmetic;
use seamount_rules::{Dependency, Factor, Origin, Product, Variable};

/// What the numbers in a slot are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FactorSlot {
    /// w.
    Weight,
    /// d.
    Delay,
    /// t.
    Tag,
    /// 1 where the target spiked in the epoch, else 0.
    Y0,
    /// y1 at the end of the epoch; in epochs of one step at any gate.
    Y1,
    /// y2, as y1.
    Y2,
    /// y3, as y1.
    Y3,
    /// y1 at the pre spike, in longer epochs.
    PreY1,
    /// y2 at the pre spike.
    PreY2,
    /// y3 at the pre spike.
    PreY3,
    /// y1 at the target's own spike.
    OwnY1,
    /// y2 at the target's own spike.
    OwnY2,
    /// y3 at the target's own spike.
    OwnY3,
    /// 1 where a pre spike came in the epoch, else 0.
    X0,
    /// x1 at the target's own spike.
    X1,
    /// x2 at the target's own spike.
    X2,
}

/// Number of slots.
pub(crate) const SLOTS: usize = 16;
/// Number of a slot that stands where there is no factor: its numbers are 1.
pub(crate) const NO_SLOT: u8 = crate::kernel::NO_SOURCE;

impl FactorSlot {
    /// All slots, by number.
    pub const ALL: [FactorSlot; SLOTS] = [
        FactorSlot::Weight,
        FactorSlot::Delay,
        FactorSlot::Tag,
        FactorSlot::Y0,
        FactorSlot::Y1,
        FactorSlot::Y2,
        FactorSlot::Y3,
        FactorSlot::PreY1,
        FactorSlot::PreY2,
        FactorSlot::PreY3,
        FactorSlot::OwnY1,
        FactorSlot::OwnY2,
        FactorSlot::OwnY3,
        FactorSlot::X0,
        FactorSlot::X1,
        FactorSlot::X2,
    ];

    /// Slots of x1 and x2 at the target's own spike.
    const PRE_TRACES: [FactorSlot; 2] = [FactorSlot::X1, FactorSlot::X2];

    /// Slots of y1, y2 and y3 at the end of the epoch, at the pre spike, and at the target's own
    /// spike.
    pub const POST_TRACES: [[FactorSlot; 3]; 3] = [
        [FactorSlot::Y1, FactorSlot::Y2, FactorSlot::Y3],
        [FactorSlot::PreY1, FactorSlot::PreY2, FactorSlot::PreY3],
        [FactorSlot::OwnY1, FactorSlot::OwnY2, FactorSlot::OwnY3],
    ];

    /// Slots of y1, y2 and y3 of a product with that gate, in epochs of so many steps.
    const fn post_traces(gate: Dependency, epoch: u8) -> [FactorSlot; 3] {
        let [end, at_pre, at_own] = FactorSlot::POST_TRACES;
        match gate {
            Dependency::Post => at_own,
            // in epochs of one step the pre spike is at the end
            Dependency::Pre if epoch > 1 => at_pre,
            _ => end,
        }
    }

    /// The variable whose value a slot has.
    pub fn variable(self) -> Variable {
        match self {
            FactorSlot::Weight => Variable::Weight,
            FactorSlot::Delay => Variable::Delay,
            FactorSlot::Tag => Variable::Tag,
            FactorSlot::Y0 => Variable::Y0,
            FactorSlot::Y1 | FactorSlot::PreY1 | FactorSlot::OwnY1 => Variable::Y1,
            FactorSlot::Y2 | FactorSlot::PreY2 | FactorSlot::OwnY2 => Variable::Y2,
            FactorSlot::Y3 | FactorSlot::PreY3 | FactorSlot::OwnY3 => Variable::Y3,
            FactorSlot::X0 => Variable::X0,
            FactorSlot::X1 => Variable::X1,
            FactorSlot::X2 => Variable::X2,
        }
    }
}

/// A set of slots, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SlotSet(u16);

impl SlotSet {
    /// No slot.
    pub const NONE: SlotSet = SlotSet(0);
    /// w, d and t.
    pub const PLASTIC: SlotSet = SlotSet(7);
    /// Slots whose numbers never lie together in memory: x1 and x2 at the time of each target's
    /// spike.
    pub(crate) const ALWAYS_GATHERED: SlotSet =
        SlotSet::of(FactorSlot::X1).with(SlotSet::of(FactorSlot::X2));

    /// The set of one slot.
    pub const fn of(slot: FactorSlot) -> SlotSet {
        SlotSet(1 << slot as u16)
    }

    /// The set with these bits, those of w, d and t lowest.
    #[inline(always)]
    pub const fn from_bits(bits: u16) -> SlotSet {
        SlotSet(bits)
    }

    /// The set as bits.
    #[inline(always)]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether the slot is in the set.
    #[inline(always)]
    pub const fn has(self, slot: FactorSlot) -> bool {
        self.0 & 1 << slot as u16 != 0
    }

    /// Whether the set is empty.
    #[inline(always)]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The slots of both sets together.
    #[inline(always)]
    #[must_use]
    pub const fn with(self, other: SlotSet) -> SlotSet {
        SlotSet(self.0 | other.0)
    }

    /// The slots that are in both sets.
    #[inline(always)]
    #[must_use]
    pub const fn and(self, other: SlotSet) -> SlotSet {
        SlotSet(self.0 & other.0)
    }

    /// The slots that are not in the other set.
    #[inline(always)]
    #[must_use]
    pub const fn without(self, other: SlotSet) -> SlotSet {
        SlotSet(self.0 & !other.0)
    }

    /// Takes the number of the lowest slot out of the set.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

/// An own factor: the number in a slot plus a constant, or the sign of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnFactor {
    /// Number of the [`FactorSlot`].
    pub slot: u8,
    /// Added to the number.
    pub constant: i32,
    /// Only the sign of the sum counts.
    pub sign: bool,
    /// Smallest and largest value of the factor: where profile `loihi1` saturates it (LE-005), and
    /// beyond all values in profile `wide`.
    pub range: [i32; 2],
}

/// The own factors of a product as most products have them: one or two, nothing but numbers of
/// slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FactorShape {
    /// Their slots; [`NO_SLOT`] last.
    pub slots: [u8; 2],
    /// There are more factors, or some with constants or signs: [`Factors::own`] has all.
    pub(crate) is_long: bool,
}

impl Default for FactorShape {
    fn default() -> Self {
        FactorShape {
            slots: [NO_SLOT; 2],
            is_long: false,
        }
    }
}

/// The factors of a product, split for blocks of one axon or of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Factors {
    /// The same number for all synapses of the block.
    pub common: Vec<Factor>,
    /// One number a synapse.
    pub own: Vec<OwnFactor>,
    /// Slots of the own factors.
    pub slots: SlotSet,
    /// Slots of own factors without constant: where one is 0 the product is 0.
    pub needs: SlotSet,
    /// The own factors in short.
    pub shape: FactorShape,
}

impl Factors {
    /// The split for synapses of one axon, in epochs of so many steps.
    pub(crate) fn by_axon(product: &Product, epoch: u8, arithmetic: Arithmetic) -> Factors {
        let post = product.dependency == Dependency::Post;
        let traces = FactorSlot::post_traces(product.dependency, epoch);
        let mut factors = Factors::default();
        if post {
            // the gate itself: each target has its own
            factors.add_own(FactorSlot::Y0, None, arithmetic);
        }
        for factor in &product.factors {
            let slot = match factor.variable.origin() {
                Origin::PostSpike => Some(FactorSlot::Y0),
                Origin::PostTrace(which) => Some(traces[which]),
                // each target has its own time, but there is only one in epochs of one step
                Origin::PreTrace(which) if post && epoch > 1 => Some(FactorSlot::PRE_TRACES[which]),
                Origin::PreSpike | Origin::PreTrace(_) | Origin::Reward => None,
                Origin::Weight => Some(FactorSlot::Weight),
                Origin::Delay => Some(FactorSlot::Delay),
                Origin::Tag => Some(FactorSlot::Tag),
            };
            factors.add(factor, slot, arithmetic);
        }
        factors
    }

    /// The split for synapses of one target; for products gated by post spikes only.
    pub(crate) fn by_target(product: &Product, arithmetic: Arithmetic) -> Factors {
        let mut factors = Factors::default();
        for factor in &product.factors {
            let slot = match factor.variable.origin() {
                Origin::PreSpike => Some(FactorSlot::X0),
                Origin::PreTrace(which) => Some(FactorSlot::PRE_TRACES[which]),
                Origin::PostSpike | Origin::PostTrace(_) | Origin::Reward => None,
                Origin::Weight => Some(FactorSlot::Weight),
                Origin::Delay => Some(FactorSlot::Delay),
                Origin::Tag => Some(FactorSlot::Tag),
            };
            factors.add(factor, slot, arithmetic);
        }
        factors
    }

    /// Largest magnitude of the product of the own factors, from the largest magnitude in every
    /// slot.
    pub fn reach(&self, largest: &[i16; SLOTS]) -> i64 {
        let of = |own: &OwnFactor| match own.sign {
            true => 1,
            false => i64::from(largest[usize::from(own.slot)]) + i64::from(own.constant).abs(),
        };
        self.own.iter().map(of).product()
    }

    fn add(&mut self, factor: &Factor, slot: Option<FactorSlot>, arithmetic: Arithmetic) {
        match slot {
            None => self.common.push(*factor),
            Some(slot) => self.add_own(slot, Some(factor), arithmetic),
        }
    }

    fn add_own(&mut self, slot: FactorSlot, factor: Option<&Factor>, arithmetic: Arithmetic) {
        let saturated = slot.variable().saturated_range();
        let own = OwnFactor {
            slot: slot as u8,
            constant: factor.and_then(|f| f.constant).unwrap_or(0).into(),
            sign: factor.is_some_and(|f| f.sign),
            range: match arithmetic {
                Arithmetic::Loihi1 => [*saturated.start(), *saturated.end()],
                Arithmetic::Wide => [i32::MIN, i32::MAX],
            },
        };
        self.slots = self.slots.with(SlotSet::of(slot));
        if own.constant == 0 {
            self.needs = self.needs.with(SlotSet::of(slot));
        }
        // what is 0 or 1 counts once
        if slot != FactorSlot::Y0 || own.constant != 0 || !self.own.contains(&own) {
            self.own.push(own);
        }
        let plain = |own: &OwnFactor| !own.sign && own.constant == 0;
        let at = |i: usize| self.own.get(i).map_or(NO_SLOT, |own| own.slot);
        self.shape = FactorShape {
            slots: [at(0), at(1)],
            is_long: self.own.len() > 2 || !self.own.iter().all(plain),
        };
    }
}
