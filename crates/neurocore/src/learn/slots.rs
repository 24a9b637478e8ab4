//! Which factors of a product all synapses of a block share, and which each has its own of (LE-009).

use seamount_rules::{Dependency, Factor, Product, Variable};

/// A factor that differs between the synapses of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Slot {
    /// w.
    Weight,
    /// d.
    Delay,
    /// t.
    Tag,
    /// Whether the compartment spiked.
    Y0,
    /// y1 at the end of the epoch, or in epochs of one step at any gate.
    Y1,
    /// y2, as y1.
    Y2,
    /// y3, as y1.
    Y3,
    /// y1 at the pre spike, in longer epochs.
    PreY1,
    /// y2, as y1.
    PreY2,
    /// y3, as y1.
    PreY3,
    /// y1 at the compartment's own spike.
    OwnY1,
    /// y2, as y1.
    OwnY2,
    /// y3, as y1.
    OwnY3,
    /// Whether a spike came.
    X0,
    /// x1 at the time of the compartment's spike.
    X1,
    /// x2, as x1.
    X2,
}

/// Number of slots.
pub const SLOTS: usize = 16;

impl Slot {
    /// All, in order.
    pub const ALL: [Slot; SLOTS] = [
        Slot::Weight,
        Slot::Delay,
        Slot::Tag,
        Slot::Y0,
        Slot::Y1,
        Slot::Y2,
        Slot::Y3,
        Slot::PreY1,
        Slot::PreY2,
        Slot::PreY3,
        Slot::OwnY1,
        Slot::OwnY2,
        Slot::OwnY3,
        Slot::X0,
        Slot::X1,
        Slot::X2,
    ];

    /// Slots of y1, y2 and y3 at a gate, in epochs of so many steps.
    const fn post_traces(gate: Dependency, epoch: u8) -> [Slot; 3] {
        match gate {
            Dependency::Post => [Slot::OwnY1, Slot::OwnY2, Slot::OwnY3],
            Dependency::Pre if epoch > 1 => [Slot::PreY1, Slot::PreY2, Slot::PreY3],
            _ => [Slot::Y1, Slot::Y2, Slot::Y3],
        }
    }

    /// Its bit in a set of slots.
    pub const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The variable whose value it holds.
    pub fn variable(self) -> Variable {
        match self {
            Slot::Weight => Variable::Weight,
            Slot::Delay => Variable::Delay,
            Slot::Tag => Variable::Tag,
            Slot::Y0 => Variable::Y0,
            Slot::Y1 | Slot::PreY1 | Slot::OwnY1 => Variable::Y1,
            Slot::Y2 | Slot::PreY2 | Slot::OwnY2 => Variable::Y2,
            Slot::Y3 | Slot::PreY3 | Slot::OwnY3 => Variable::Y3,
            Slot::X0 => Variable::X0,
            Slot::X1 => Variable::X1,
            Slot::X2 => Variable::X2,
        }
    }
}

/// A factor by synapse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Each {
    /// A [`Slot`].
    pub slot: u8,
    /// What is added to it.
    pub constant: i32,
    /// Only the sign of the sum counts.
    pub sign: bool,
}

impl Each {
    /// Nothing but the number of the slot.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        !self.sign && self.constant == 0
    }
}

/// Stands for a slot where there is no factor.
pub const NO_SLOT: u8 = crate::kernel::sums::NO_SOURCE;

/// Which factors differ between the synapses of a block: most often one or two, and nothing but numbers of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Their slots; [`NO_SLOT`] last.
    pub slots: [u8; 2],
    /// There are more, or some with constants or signs: see [`View::each`].
    pub other: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            slots: [NO_SLOT; 2],
            other: false,
        }
    }
}

/// The factors of a product, for blocks of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The same for all synapses of the block.
    pub shared: Vec<Factor>,
    /// One number a synapse.
    pub each: Vec<Each>,
    /// Slots of `each`.
    pub slots: u16,
    /// Those without which the product is 0.
    pub needs: u16,
    /// Of `each`.
    pub shape: Shape,
}

impl View {
    /// For synapses of one axon, in epochs of so many steps.
    pub fn of_row(product: &Product, epoch: u8) -> View {
        let post = product.dependency == Dependency::Post;
        let [y1, y2, y3] = Slot::post_traces(product.dependency, epoch);
        let mut view = View::default();
        if post {
            view.add(Slot::Y0, None);
        }
        for factor in &product.factors {
            let slot = match factor.variable {
                Variable::Y0 => Some(Slot::Y0),
                Variable::Y1 => Some(y1),
                Variable::Y2 => Some(y2),
                Variable::Y3 => Some(y3),
                // each compartment has its own time, but there is only one in epochs of one step
                Variable::X1 if post && epoch > 1 => Some(Slot::X1),
                Variable::X2 if post && epoch > 1 => Some(Slot::X2),
                other => of_synapse(other),
            };
            view.take(factor, slot);
        }
        view
    }

    /// For synapses of one compartment; only products gated by post spikes.
    pub fn of_column(product: &Product) -> View {
        let mut view = View::default();
        for factor in &product.factors {
            let slot = match factor.variable {
                Variable::X0 => Some(Slot::X0),
                Variable::X1 => Some(Slot::X1),
                Variable::X2 => Some(Slot::X2),
                other => of_synapse(other),
            };
            view.take(factor, slot);
        }
        view
    }

    /// Largest magnitude of the product of `each`, of that of every slot.
    pub fn reach(&self, largest: &[i16; SLOTS]) -> i64 {
        let of = |e: &Each| {
            if e.sign {
                1
            } else {
                i64::from(largest[usize::from(e.slot)]) + i64::from(e.constant).abs()
            }
        };
        self.each.iter().map(of).product()
    }

    fn take(&mut self, factor: &Factor, slot: Option<Slot>) {
        match slot {
            None => self.shared.push(*factor),
            Some(slot) => self.add(slot, Some(factor)),
        }
    }

    fn add(&mut self, slot: Slot, factor: Option<&Factor>) {
        let constant = factor.and_then(|f| f.constant).unwrap_or(0).into();
        self.slots |= slot.bit();
        if constant == 0 {
            self.needs |= slot.bit();
        }
        let each = Each {
            slot: slot as u8,
            constant,
            sign: factor.is_some_and(|f| f.sign),
        };
        // what is 0 or 1 counts once
        if slot != Slot::Y0 || constant != 0 || !self.each.contains(&each) {
            self.each.push(each);
        }
        let slots = |i: usize| self.each.get(i).map_or(NO_SLOT, |e| e.slot);
        self.shape = Shape {
            slots: [slots(0), slots(1)],
            other: self.each.len() > 2 || !self.each.iter().all(Each::is_plain),
        };
    }
}

fn of_synapse(variable: Variable) -> Option<Slot> {
    match variable {
        Variable::Weight => Some(Slot::Weight),
        Variable::Delay => Some(Slot::Delay),
        Variable::Tag => Some(Slot::Tag),
        _ => None,
    }
}
