//! Order of the columns: compartments regrouped so that equal settings lie side by side.
//!
//! Compartments are updated in index order (NC-040), but within a step only a child acts on its
//! parent. So all compartments without children may be updated first, then their parents, and so
//! on, in any order within a level: the result is the same.
//!
//! Why regroup at all: the kernel updates sixteen neighbours with one set of constants, held in
//! registers. Networks come with compartments of several populations on a core, often interleaved
//! (soma and dendrite of one neuron side by side); sorted by setting, each setting is one segment
//! and one call. The price is one gather of the accumulators a step, as synapses address
//! compartments by their number on the chip. Where sorting changed nothing (`is_identity`, the
//! usual case of one population a core) that gather is left out.

use seamount_image::{CompartmentProfile, CoreImage, CorePrograms, Join, Push, ThresholdMode};
use std::ops::Range;

/// Compartments that share every setting, in consecutive columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Columns of the compartments.
    pub(crate) columns: Range<usize>,
    /// Profile that the compartments share.
    pub(crate) profile: CompartmentProfile,
    /// Threshold mantissa that the compartments share.
    pub(crate) threshold_mantissa: u32,
    /// Whether a parent reads the flags.
    pub(crate) flag_read: bool,
    /// Group of neurons with a program, and which of their accumulators these are.
    pub(crate) program: Option<(u16, u8)>,
}

impl Segment {
    /// Whether the vector kernel covers the segment: no noise, no flags, joins by addition only.
    pub(crate) fn is_plain(&self) -> bool {
        let p = &self.profile;
        self.program.is_none()
            && !p.noise
            && !self.flag_read
            && matches!(p.join, Join::None | Join::Add)
            && p.mode != ThresholdMode::Saturate
    }
}

/// Mark of a missing child.
pub(crate) const NO_COLUMN: u16 = u16::MAX;

/// Columns of a core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Compartment in each column.
    pub compartment_of: Vec<u16>,
    /// Column of each compartment.
    pub(crate) column_of: Vec<u16>,
    /// Segments in update order.
    pub segments: Vec<Segment>,
    /// Columns of the children A, B of each column.
    pub children: Vec<[u16; 2]>,
    /// Whether column i holds compartment i for every i.
    pub is_identity: bool,
}

/// Children of every compartment, found by running the stack once (NC-040).
fn children_of(core: &CoreImage) -> Vec<Vec<usize>> {
    let mut stack = vec![];
    let children = |(index, word): (usize, &seamount_image::CompartmentWord)| {
        let profile = &core.compartment_profiles[usize::from(word.profile)];
        let children = stack.split_off(stack.len() - usize::from(profile.pops));
        if profile.push != Push::None {
            stack.push(index);
        }
        children
    };
    core.compartments.iter().enumerate().map(children).collect()
}

/// Group and accumulator of every compartment that has a program.
fn owners(count: usize, programs: Option<&CorePrograms>) -> Vec<Option<(u16, u8)>> {
    let mut owners = vec![None; count];
    for (index, group) in (0u16..).zip(programs.iter().flat_map(|p| &p.groups)) {
        let (first, end) = group.compartments();
        for (at, owner) in owners[first as usize..end as usize].iter_mut().enumerate() {
            *owner = Some((index, (at % usize::from(group.ports)) as u8));
        }
    }
    owners
}

/// Lays out the columns of a checked core. The accumulators of a group of neurons with a program
/// are consecutive columns, the first of all neurons, then the second of all.
pub(crate) fn layout(core: &CoreImage, programs: Option<&CorePrograms>) -> Layout {
    let children = children_of(core);
    let count = core.compartments.len();
    let owners = owners(count, programs);
    let mut level = vec![0usize; count];
    let mut flag_read = vec![false; count];
    for (index, kids) in children.iter().enumerate() {
        let join = core.compartment_profiles[usize::from(core.compartments[index].profile)].join;
        for &kid in kids {
            level[index] = level[index].max(level[kid] + 1);
            flag_read[kid] = matches!(join, Join::Pass | Join::Block | Join::Or | Join::And);
        }
    }
    let key = |i: usize| {
        (
            level[i],
            owners[i],
            core.compartments[i].profile,
            core.compartments[i].threshold,
            flag_read[i],
        )
    };
    // neurons with a program are one segment for each accumulator, whatever their compartments'
    // settings say, as programs do not read those. They have no children: level 0 is theirs.
    let segment_key = |i: usize| {
        if owners[i].is_some() {
            (0, owners[i], 0, 0, false)
        } else {
            key(i)
        }
    };
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&i| segment_key(i));
    let mut column_of = vec![0u16; count];
    for (column, &index) in order.iter().enumerate() {
        column_of[index] = column as u16;
    }
    let mut segments: Vec<Segment> = vec![];
    let mut last = None;
    for (column, &index) in order.iter().enumerate() {
        if last != Some(segment_key(index)) {
            last = Some(segment_key(index));
            segments.push(Segment {
                columns: column..column,
                profile: core.compartment_profiles[usize::from(core.compartments[index].profile)],
                threshold_mantissa: core.threshold_profiles
                    [usize::from(core.compartments[index].threshold)],
                flag_read: flag_read[index],
                program: owners[index],
            });
        }
        segments.last_mut().expect("pushed above").columns.end = column + 1;
    }
    let child = |kids: &Vec<usize>, k: usize| kids.get(k).map_or(NO_COLUMN, |&i| column_of[i]);
    Layout {
        children: order
            .iter()
            .map(|&i| [child(&children[i], 0), child(&children[i], 1)])
            .collect(),
        is_identity: order.iter().enumerate().all(|(column, &i)| column == i),
        compartment_of: order.iter().map(|&i| i as u16).collect(),
        column_of,
        segments,
    }
}
