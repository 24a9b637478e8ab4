//! Axons whose rule acts at the end of every epoch, all together: vectors run on from one axon to the next.

use super::arithmetic::{BLOCK, Width};
use super::blocks::{Synapses, note, room};
use super::program::{LearnProgram, Rule, Segment};
use super::rows::{Open, SCATTERED};
use super::slots::{NO_SLOT, Slot, View};
use super::values::{FLAGS, Seen, at_step, own};
use crate::kernel::stripe::{self, Factor, Layout, Local, Piece};
use crate::kernel::sums::Variables;
use seamount_image::Rounding;
use seamount_rules::{Dependency, Variable};
use seamount_spec::EventCounts;
use std::ops::Range;

/// Learning axons of a core whose synapses are computed together.
#[derive(Debug, Default)]
pub struct Stripes(Vec<Stripe>);

/// Consecutive axons of one rule and class, with synapses at compartments of consecutive ranks, but for gaps.
#[derive(Debug)]
struct Stripe {
    rule: u8,
    class: u8,
    axons: Range<usize>,
    /// Those of them with synapses.
    count: usize,
    layout: Layout,
}

/// Fewer synapses are not worth a stripe.
const SHORTEST: u32 = 32;

impl Stripes {
    /// Those of a core.
    pub fn new(program: &LearnProgram) -> Stripes {
        let mut out = Stripes::default();
        for (number, _) in (0u8..)
            .zip(&program.rules)
            .filter(|(_, rule)| suits(rule, program.epoch))
        {
            let mut open: Option<(u8, Range<usize>)> = None;
            for (index, axon) in program
                .axons
                .iter()
                .enumerate()
                .filter(|(_, axon)| !axon.synapses.is_empty())
            {
                let class = class(program, index).filter(|_| axon.rule == number);
                open = match (open, class) {
                    (Some((same, axons)), Some(class)) if same == class => {
                        Some((same, axons.start..index + 1))
                    }
                    (before, class) => {
                        out.add(program, number, before);
                        class.map(|class| (class, index..index + 1))
                    }
                };
            }
            out.add(program, number, open);
        }
        out
    }

    /// The axons of a class, unless a vector would hold all of their synapses.
    fn add(&mut self, program: &LearnProgram, rule: u8, axons: Option<(u8, Range<usize>)>) {
        let Some((class, axons)) = axons else { return };
        let pieces: Vec<Piece> = axons
            .clone()
            .flat_map(|index| pieces(program, index))
            .collect();
        let (first, end) = (
            program.axons[axons.start].synapses.start,
            program.axons[axons.end - 1].synapses.end,
        );
        if end - first >= SHORTEST {
            let count = axons
                .clone()
                .filter(|index| !program.axons[*index].synapses.is_empty())
                .count();
            self.0.push(Stripe {
                rule,
                class,
                axons,
                count,
                layout: Layout::new(&pieces, end),
            });
        }
    }

    /// Those of a rule.
    #[inline(always)]
    fn of(&self, rule: usize) -> impl Iterator<Item = &Stripe> {
        self.0
            .iter()
            .filter(move |stripe| usize::from(stripe.rule) == rule)
    }
}

fn segments(program: &LearnProgram, axon: usize) -> &[Segment] {
    let range = &program.axons[axon].segments;
    &program.segments[range.start as usize..range.end as usize]
}

/// The class of an axon that may be in a stripe.
fn class(program: &LearnProgram, axon: usize) -> Option<u8> {
    let all = segments(program, axon);
    let class = all.first()?.class;
    all.iter()
        .all(|s| s.ranked.is_some() && s.class == class)
        .then_some(class)
}

fn pieces(program: &LearnProgram, index: usize) -> impl Iterator<Item = Piece> {
    let axon = index as u32;
    segments(program, index).iter().flat_map(move |segment| {
        let (first, rank) = (segment.synapses.start, segment.ranked.unwrap_or_default());
        let later = segment.gap.map(|(at, by)| Piece {
            first: first + at,
            rank: rank + at as u16 + by,
            axon,
        });
        [Piece { first, rank, axon }].into_iter().chain(later)
    })
}

/// Whether a rule may act on all of its synapses at once, in 16 bits: no product has more than one variable of the synapse (two of them
/// would be too large anyway), or a post trace at a time that each axon has its own of.
fn suits(rule: &Rule, epoch: u8) -> bool {
    let view = |place| rule.terms(true).at(place);
    let stands = |gate| matches!(gate, Dependency::Unconditional | Dependency::Reward);
    let fits = |(gate, view): (Dependency, &View)| {
        !view.shape.other
            && view.slots & SCATTERED == 0
            && view
                .shape
                .slots
                .iter()
                .filter(|slot| **slot <= Slot::Tag as u8)
                .count()
                < 2
            && (gate != Dependency::Pre || epoch == 1)
    };
    rule.width == Width::Plain
        && rule.rounding == Rounding::Stochastic
        && rule.places.iter().any(|p| stands(view(*p).0.gate))
        && rule
            .places
            .iter()
            .all(|p| fits((view(*p).0.gate, view(*p).1)))
}

/// What an epoch multiplies variables by.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    factors: Vec<Factor>,
    /// Those of w, d and t, as bits.
    of: Vec<u8>,
    /// The same as lists.
    sums: [Vec<u8>; 3],
    /// Numbers by rank, with room on both sides.
    arrays: Vec<i16>,
    /// Numbers by axon.
    scalars: Vec<i16>,
    /// While they are computed.
    words: Vec<i32>,
    /// Largest magnitude of each sum.
    reach: [i64; 3],
    local: Box<Local>,
    /// Use vectors that not every machine has.
    pub wide: bool,
}

impl Plan {
    /// Applies a rule to the stripes that it has, if some term of it acts on all synapses. They are noted as done; the
    /// number of their axons.
    #[inline(always)]
    pub fn apply(
        &mut self,
        (program, number): (&LearnProgram, usize),
        terms: &[Open],
        seen: &Seen,
        synapses: &mut Synapses,
        done: &mut [u8],
        counts: &mut EventCounts,
    ) -> usize {
        let rule = &program.rules[number];
        let everywhere = terms
            .iter()
            .any(|o| o.gate != Dependency::Post && o.scalar.is_some_and(|s| s != 0));
        if !everywhere
            || program.stripes.of(number).next().is_none()
            || synapses.numbers[0].counter(0).is_none()
        {
            return 0;
        }
        self.begin();
        for open in terms {
            self.add((program, number), open, seen);
        }
        for z in 0..3 {
            self.sums[z].clear();
            self.sums[z].extend(
                (0u8..)
                    .zip(&self.of)
                    .filter(|(_, of)| **of & 1 << z != 0)
                    .map(|(i, _)| i),
            );
        }
        let mut axons = 0;
        for stripe in program.stripes.of(number) {
            let limits = program.classes[usize::from(stripe.class)].limits(rule);
            let room = room(&limits.targets[0]);
            let first = stripe.layout.first() as u32;
            let counters = synapses
                .numbers
                .each_ref()
                .map(|numbers| numbers.counter(first));
            let ([Some(w), Some(d), Some(t)], true) =
                (counters, self.reach.iter().all(|reach| *reach <= room))
            else {
                continue;
            };
            let whole = stripe::Stripe {
                layout: &stripe.layout,
                factors: &self.factors,
                sums: [&self.sums[0], &self.sums[1], &self.sums[2]],
                arrays: &self.arrays,
                scalars: &self.scalars,
                precision: &limits.precision,
                counters: [w, d, t],
            };
            let d = if rule.delay_is_tag {
                &mut synapses.second[..]
            } else {
                &mut synapses.d[..]
            };
            let visits = stripe::apply(
                &whole,
                &mut Variables {
                    w: synapses.w,
                    d,
                    t: synapses.t,
                },
                &mut self.local,
            );
            note(rule, visits, counts);
            done[stripe.axons.clone()].fill(u8::MAX);
            axons += stripe.count;
        }
        axons
    }

    fn begin(&mut self) {
        self.factors.clear();
        self.of.clear();
        self.arrays.clear();
        self.scalars.clear();
        self.reach = [0; 3];
    }

    /// A term. One that all axons share is added to what its variable is multiplied by already, unless that would make 0 of
    /// what is not.
    #[inline(always)]
    fn add(&mut self, (program, number): (&LearnProgram, usize), open: &Open, seen: &Seen) {
        let rule = &program.rules[number];
        let (_, view) = rule.terms(true).at(open.place);
        let variable = view.slots.trailing_zeros().min(3) as u8;
        let scalars = self.scalars.len();
        let largest = match open.scalar {
            Some(scalar) => scalar.saturating_abs(),
            None => self.by_axon((program, number), open, seen),
        };
        if largest == 0 {
            return;
        }
        for z in 0..3 {
            let reach = if open.place.sums & 1 << z != 0 {
                largest.saturating_mul(open.reach)
            } else {
                0
            };
            self.reach[z] = self.reach[z].saturating_add(reach);
        }
        let sums = open.place.sums;
        let same = |(f, of): &(&Factor, &u8)| {
            f.scalars.is_none() && f.variable == variable && **of == sums
        };
        let known = self
            .factors
            .iter()
            .zip(&self.of)
            .position(|pair| same(&pair));
        if let (Some(scalar), Some(i)) = (open.scalar, known) {
            let (array, hides) =
                self.derive(scalar as i16, view, Some(self.factors[i].array), seen);
            if !hides {
                self.factors[i].array = array;
                return;
            }
        }
        let (array, _) = self.derive(open.scalar.unwrap_or(1) as i16, view, None, seen);
        self.factors.push(Factor {
            variable,
            array,
            scalars: open.scalar.is_none().then_some(scalars),
        });
        self.of.push(sums);
    }

    /// What all synapses of each axon share in a term; the largest magnitude among axons in stripes.
    #[inline(always)]
    fn by_axon(
        &mut self,
        (program, number): (&LearnProgram, usize),
        open: &Open,
        seen: &Seen,
    ) -> i64 {
        let rule = &program.rules[number];
        let (term, view) = rule.terms(true).at(open.place);
        let count = seen.pre_spike.len();
        self.words.clear();
        self.words.resize(count, term.scale(rule.width) as i32);
        let all = &mut self.words[..count];
        for factor in &view.shared {
            let constant = i32::from(factor.constant.unwrap_or(0));
            match factor.variable {
                Variable::X0 => times_all(all, seen.pre_spike, 1, constant),
                Variable::X1 => times_all(all, seen.x_all(rule, 0, seen.epoch), u8::MAX, constant),
                Variable::X2 => times_all(all, seen.x_all(rule, 1, seen.epoch), u8::MAX, constant),
                Variable::R0 => times(all, i32::from(seen.r0(rule)) + constant),
                _ => times(all, seen.r1(rule) + constant),
            }
        }
        if open.gate == Dependency::Pre {
            times_all(all, seen.pre_spike, 1, 0);
        }
        let first = self.scalars.len();
        self.scalars.resize(first + count, 0);
        let (out, mut largest) = (&mut self.scalars[first..], 0);
        for stripe in program.stripes.of(number) {
            for i in stripe.axons.clone() {
                out[i] = all[i] as i16;
                largest = largest.max(all[i].unsigned_abs());
            }
        }
        largest.into()
    }

    /// A number times the post traces of a term, plus another array; where it is, and whether it is 0 where one of both is not.
    #[inline(always)]
    fn derive(
        &mut self,
        scalar: i16,
        view: &View,
        other: Option<usize>,
        seen: &Seen,
    ) -> (usize, bool) {
        let units = seen.post.units();
        let first = self.arrays.len() + BLOCK;
        self.arrays.resize(first + units + BLOCK, 0);
        let (before, new) = self.arrays.split_at_mut(first);
        let new = &mut new[..units];
        new.fill(scalar);
        for slot in view
            .shape
            .slots
            .into_iter()
            .filter(|s| *s > Slot::Tag as u8 && *s != NO_SLOT)
        {
            let at = seen.post.place(post_array(slot, seen.epoch), 0);
            let trace = &seen.post.values()[at..at + units];
            for i in 0..units {
                new[i] = new[i].wrapping_mul(trace[i]);
            }
        }
        let mut hides = 0;
        if let Some(other) = other {
            let other = &before[other..other + units];
            for i in 0..units {
                let sum = new[i].wrapping_add(other[i]);
                hides |= if sum == 0 { new[i] | other[i] } else { 0 };
                new[i] = sum;
            }
        }
        (first, hides != 0)
    }
}

/// Array of a post trace.
#[inline(always)]
fn post_array(slot: u8, epoch: usize) -> usize {
    const END: u8 = Slot::Y1 as u8;
    const OWN: u8 = Slot::OwnY1 as u8;
    match slot {
        END.. if slot < END + 3 => at_step(usize::from(slot - END), epoch),
        OWN.. if slot < OWN + 3 => own(usize::from(slot - OWN)),
        _ => FLAGS,
    }
}

#[inline(always)]
fn times(all: &mut [i32], by: i32) {
    for x in all {
        *x = x.wrapping_mul(by);
    }
}

/// Times what each axon has, `most` at most, plus a constant.
#[inline(always)]
fn times_all(all: &mut [i32], by: &[u8], most: u8, constant: i32) {
    let by = &by[..all.len()];
    for i in 0..all.len() {
        all[i] = all[i].wrapping_mul(i32::from(by[i].min(most)) + constant);
    }
}
