//! What the factors and gates of synapses are: of a whole axon, or of a compartment (LE-009).

use super::arithmetic::{LANES, Lane, Values};
use super::epoch::Old;
use super::program::Rule;
use super::traces::Table;
use seamount_image::{Dependency, Factor, Variable};

/// What an epoch has brought.
pub struct Seen<'a> {
    pub pre: &'a Table,
    pub post: &'a Table,
    pub own: &'a [u8],
    pub pre_spike: &'a [u8],
    pub post_spike: &'a [u8],
    pub epoch: usize,
    /// Number of the epoch that ends, from 1.
    pub number: u64,
    pub reward: &'a [i8],
    pub rewarded: &'a [bool],
}

impl Seen<'_> {
    #[inline(always)]
    pub fn due(&self, rule: &Rule) -> bool {
        self.number & rule.decimation_mask == 0
    }

    pub fn r0(&self, rule: &Rule) -> bool {
        rule.reward.is_some_and(|channel| self.rewarded[usize::from(channel)])
    }

    pub fn r1(&self, rule: &Rule) -> i32 {
        rule.reward.map_or(0, |channel| self.reward[usize::from(channel)].into())
    }

    /// x1 or x2 of an axon at a step of the epoch.
    #[inline(always)]
    pub fn x(&self, rule: &Rule, j: usize, axon: usize, step: usize) -> i32 {
        match rule.x_before {
            false => self.pre.values[(step * 2 + j) * self.pre.units + axon].into(),
            true => self.pre.before[j * self.pre.units + axon].into(), // epoch 1
        }
    }

    /// x1 or x2 of all axons at a step of the epoch.
    #[inline(always)]
    pub fn x_level(&self, rule: &Rule, j: usize, step: usize) -> &[u8] {
        let units = self.pre.units;
        match rule.x_before {
            false => &self.pre.values[(step * 2 + j) * units..][..units],
            true => &self.pre.before[j * units..][..units],
        }
    }

    /// y1, y2 or y3 of all compartments at a step of the epoch.
    #[inline(always)]
    pub fn y(&self, j: usize, step: usize) -> &[u8] {
        &self.post.level::<3>(step)[j * self.post.units..(j + 1) * self.post.units]
    }
}

/// Copies some numbers into the first lanes; the others become 0.
#[inline(always)]
pub fn take<T: Copy + Into<i32>>(from: &[T], out: &mut Lane) {
    match from.first_chunk::<LANES>() {
        Some(all) => *out = all.map(Into::into),
        None => {
            *out = [0; LANES];
            out.iter_mut().zip(from).for_each(|(out, x)| *out = (*x).into());
        }
    }
}

/// Up to 64 synapses of one axon.
pub struct Row<'a> {
    pub rule: &'a Rule,
    pub seen: &'a Seen<'a>,
    pub axon: usize,
    pub targets: &'a [u16],
    /// First target, where they are consecutive.
    pub dense: Option<usize>,
    pub old: Old,
    pub inside: Lane,
}

impl Row<'_> {
    fn gate_open(&self, gate: Dependency) -> bool {
        match gate {
            Dependency::Pre => self.seen.pre_spike[self.axon] != 0,
            Dependency::Unconditional => self.seen.due(self.rule),
            Dependency::Reward => self.seen.r0(self.rule),
            Dependency::Post => false,
        }
    }

    /// Whether a product that is not gated by post spikes can change some synapse of this axon.
    pub fn moves(&self, gate: Dependency, factors: &[Factor]) -> bool {
        let zero = |f: &Factor| {
            let value = match f.variable {
                Variable::X0 => i32::from(self.seen.pre_spike[self.axon] != 0),
                Variable::X1 => self.seen.x(self.rule, 0, self.axon, self.step(gate)),
                Variable::X2 => self.seen.x(self.rule, 1, self.axon, self.step(gate)),
                Variable::R0 => i32::from(self.seen.r0(self.rule)),
                Variable::R1 => self.seen.r1(self.rule),
                _ => return false,
            };
            value + i32::from(f.constant.unwrap_or(0)) == 0
        };
        self.gate_open(gate) && !factors.iter().any(zero)
    }

    /// When the products behind a gate are evaluated (LE-009); post gates have a time per synapse.
    fn step(&self, gate: Dependency) -> usize {
        match gate {
            Dependency::Pre => self.seen.pre_spike[self.axon].into(),
            _ => self.seen.epoch,
        }
    }

    /// Values by compartment.
    #[inline(always)]
    fn of_targets(&self, from: &[u8], out: &mut Lane) {
        match self.dense {
            Some(first) => take(&from[first..first + self.targets.len()], out),
            None => out.iter_mut().zip(self.targets).for_each(|(out, c)| *out = from[usize::from(*c)].into()),
        }
    }

    /// x1 or x2 at the time of each target's post spike.
    #[inline(always)]
    fn x_at_post(&self, j: usize, out: &mut Lane) {
        if self.seen.epoch == 1 {
            return *out = [self.seen.x(self.rule, j, self.axon, 1); LANES];
        }
        for (out, c) in out.iter_mut().zip(self.targets) {
            *out = self.seen.x(self.rule, j, self.axon, self.seen.post_spike[usize::from(*c)].into());
        }
    }

    #[inline(always)]
    pub fn y(&self, j: usize, gate: Dependency, out: &mut Lane) {
        match gate {
            Dependency::Post => self.of_targets(&self.seen.own[j * self.seen.post.units..][..self.seen.post.units], out),
            _ => self.of_targets(self.seen.y(j, self.step(gate)), out),
        }
    }
}

impl Values for Row<'_> {
    #[inline(always)]
    fn gate(&self, gate: Dependency, out: &mut Lane) {
        if gate == Dependency::Post {
            self.of_targets(self.seen.post_spike, out);
            out.iter_mut().zip(self.inside).for_each(|(open, inside)| *open = i32::from(*open != 0) & inside);
        } else {
            *out = if self.gate_open(gate) { self.inside } else { [0; LANES] };
        }
    }

    #[inline(always)]
    fn load(&self, variable: Variable, gate: Dependency, out: &mut Lane) {
        match variable {
            Variable::X0 => *out = [i32::from(self.seen.pre_spike[self.axon] != 0); LANES],
            Variable::X1 if gate == Dependency::Post => self.x_at_post(0, out),
            Variable::X2 if gate == Dependency::Post => self.x_at_post(1, out),
            Variable::X1 => *out = [self.seen.x(self.rule, 0, self.axon, self.step(gate)); LANES],
            Variable::X2 => *out = [self.seen.x(self.rule, 1, self.axon, self.step(gate)); LANES],
            Variable::Y0 => {
                self.of_targets(self.seen.post_spike, out);
                out.iter_mut().for_each(|y| *y = i32::from(*y != 0));
            }
            Variable::Y1 => self.y(0, gate, out),
            Variable::Y2 => self.y(1, gate, out),
            Variable::Y3 => self.y(2, gate, out),
            Variable::R0 => *out = [i32::from(self.seen.r0(self.rule)); LANES],
            Variable::R1 => *out = [self.seen.r1(self.rule); LANES],
            Variable::Weight => *out = self.old[0],
            Variable::Delay => *out = self.old[1],
            Variable::Tag => *out = self.old[2],
        }
    }
}

/// Up to 64 synapses of one compartment, behind post gates only.
pub struct Column<'a> {
    pub rule: &'a Rule,
    pub seen: &'a Seen<'a>,
    pub compartment: usize,
    /// When it spiked.
    pub step: usize,
    pub axons: &'a [u16],
    pub old: Old,
    pub inside: Lane,
}

impl Column<'_> {
    #[inline(always)]
    pub fn x(&self, j: usize, out: &mut Lane) {
        let level = self.seen.x_level(self.rule, j, self.step);
        out.iter_mut().zip(self.axons).for_each(|(out, axon)| *out = level[usize::from(*axon)].into());
    }

    #[inline(always)]
    pub fn y(&self, j: usize) -> Lane {
        [self.seen.own[j * self.seen.post.units + self.compartment].into(); LANES]
    }
}

impl Values for Column<'_> {
    #[inline(always)]
    fn gate(&self, gate: Dependency, out: &mut Lane) {
        // other gates are closed here, or their products are 0 for every synapse of the axon
        *out = if gate == Dependency::Post { self.inside } else { [0; LANES] };
    }

    #[inline(always)]
    fn load(&self, variable: Variable, _: Dependency, out: &mut Lane) {
        match variable {
            Variable::X0 => {
                let spiked = |axon: &u16| i32::from(self.seen.pre_spike[usize::from(*axon)] != 0);
                out.iter_mut().zip(self.axons).for_each(|(out, axon)| *out = spiked(axon));
            }
            Variable::X1 => self.x(0, out),
            Variable::X2 => self.x(1, out),
            Variable::Y0 => *out = [1; LANES],
            Variable::Y1 => *out = self.y(0),
            Variable::Y2 => *out = self.y(1),
            Variable::Y3 => *out = self.y(2),
            Variable::R0 => *out = [i32::from(self.seen.r0(self.rule)); LANES],
            Variable::R1 => *out = [self.seen.r1(self.rule); LANES],
            Variable::Weight => *out = self.old[0],
            Variable::Delay => *out = self.old[1],
            Variable::Tag => *out = self.old[2],
        }
    }
}
