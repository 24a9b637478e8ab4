//! Partition and placement: cores are filled, encoded, and split until every limit holds.
//!
//! How much memory the synapses of a core take is known only once they are encoded, and encoding
//! depends on which neurons share the core. So the mapper guesses a partition from what is cheap to
//! count (compartments, profiles, delays), encodes it, cuts the cores that hold too much, and does
//! so again with those. Cores that stayed as they were are not encoded a second time.

use crate::error::CompileError;
use crate::formats::FORMATS_MAX;
use crate::learn::population::PopulationLearning;
use crate::limit::{
    ACCUMULATORS, CoreOverflow, CoreResource, INPUT_SLOTS, Limit, ResourceUsage, SYNAPSE_FORMATS,
    SYNAPSE_WORDS, available,
};
use crate::memory;
use crate::neuron_programs::NeuronPrograms;
use crate::options::CompileOptions;
use crate::partition::{self, COMPARTMENTS_MAX, Partition};
use crate::place::{self, AxonTraffic};
use crate::placement::{Placement, PlacementProblem, ResolvedPlacement};
use crate::plan::{CorePlan, NeuronRun};
use crate::split::MergePiece;
use crate::synapse::Flows;
use crate::synapses::CoreSynapses;
use crate::totals::SynapseTotals;
use crate::{compartment, lists, split};
use seamount_image::limits::{ACCUMULATORS_MAX, LIST_SYNAPSES_MAX, MEMORY_WORDS_MAX};
use seamount_image::{AxonKind, RuleProgram};
use seamount_network::netlist::Netlist;
use seamount_spec::CoreLocation;
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of splitting after which a network is said not to fit. Every round cuts every core that
/// overflows, and one that still overflows is cut again, so that a few rounds suffice.
const ROUNDS_MAX: usize = 64;
/// Synapses that are gathered at a time in any case.
const GATHERED_MIN: u64 = 1 << 21;
/// Of a network with more, this part of the synapses is gathered at a time: every time all of them
/// are walked through, so that a number that did not grow with the network would make the time grow
/// with its square. The memory beside the image stays a part of what the network takes itself.
const GATHERED_PARTS: u64 = 8;

/// A network on cores.
pub(crate) struct Mapped {
    pub(crate) layout: Partition,
    pub(crate) synapses: Vec<CoreSynapses>,
    pub(crate) locations: Vec<CoreLocation>,
    /// Spike-hops of the greedy placement and of the refined one, if every axon carried one spike.
    pub(crate) cost: (u64, u64),
}

/// What stays the same through all rounds.
pub(crate) struct Mapper<'a> {
    pub(crate) netlist: &'a Netlist,
    pub(crate) flows: &'a Flows<'a>,
    pub(crate) totals: &'a SynapseTotals,
    /// Learning rules, in the order of the netlist.
    pub(crate) rules: &'a [RuleProgram],
    /// Programs of neurons.
    pub(crate) neuron_programs: &'a NeuronPrograms,
    pub(crate) options: &'a CompileOptions,
}

impl Mapper<'_> {
    /// Maps the network, or says every limit it breaks.
    pub(crate) fn map(&self) -> Result<Mapped, CompileError> {
        if let Some(placement) = &self.options.placement {
            return self.given(placement);
        }
        let board = &self.options.board;
        let filled = partition::fill(
            self.netlist,
            self.totals,
            &board.core,
            !self.options.ignore_limits,
        );
        let whole: BTreeSet<CorePlan> = Partition::new(self.netlist, filled.clone())
            .cores
            .into_iter()
            .collect();
        let (layout, synapses) = self.fit(filled)?;
        let (layout, synapses) = self.merge(layout, synapses, &whole);
        if layout.cores.len() as u64 > u64::from(board.cores()) {
            return Err(self.refusal(&layout, &[]));
        }
        let (locations, cost) = self.place(&layout, &synapses);
        Ok(Mapped {
            layout,
            synapses,
            locations,
            cost,
        })
    }

    /// Maps with the partition and the locations given.
    fn given(&self, placement: &Placement) -> Result<Mapped, CompileError> {
        let board = &self.options.board;
        let ResolvedPlacement { plans, locations } = placement
            .resolve(self.netlist, board)
            .map_err(CompileError::Placement)?;
        let clash = |plan: &CorePlan| {
            !PopulationLearning::consistent(
                plan,
                &self.totals.learning,
                !self.options.ignore_limits,
            )
        };
        let clashes: Vec<_> = (0..)
            .zip(&plans)
            .filter(|(_, plan)| clash(plan))
            .map(|(core, _)| PlacementProblem::Learning { core })
            .collect();
        let clashes: Vec<_> = clashes
            .into_iter()
            .chain(self.managed_apart(&plans))
            .collect();
        if !clashes.is_empty() {
            return Err(CompileError::Placement(clashes));
        }
        let layout = Partition::new(self.netlist, plans);
        let synapses = self.encode(&layout, BTreeMap::new());
        let overflows = self.overflows(&layout, &synapses, Some(&locations));
        if !overflows.is_empty() {
            return Err(self.refusal(&layout, &overflows));
        }
        let (traffic, _) = self.traffic(&layout, &synapses, None);
        let cost = traffic.cost(board, &locations);
        Ok(Mapped {
            layout,
            synapses,
            locations,
            cost: (cost, cost),
        })
    }

    /// Cores of a given partition whose populations are named by different acts of management.
    fn managed_apart(&self, plans: &[CorePlan]) -> Vec<PlacementProblem> {
        let name = |run: &NeuronRun| {
            self.netlist.populations[run.population as usize]
                .name
                .clone()
        };
        let acts = |run: &NeuronRun| &self.totals.managed[run.population as usize];
        let mut found = vec![];
        for (core, plan) in plans.iter().enumerate() {
            let other = |run: &&NeuronRun| acts(run) != acts(&plan[0]);
            found.extend(
                plan.iter()
                    .find(other)
                    .map(|run| PlacementProblem::Management {
                        core,
                        first: name(&plan[0]),
                        second: name(run),
                    }),
            );
        }
        found
    }

    /// Splits cores until every limit of a core holds. There may be more cores than the board has:
    /// merging comes later and may bring their number down again. Twice the board is hopeless.
    fn fit(&self, plans: Vec<CorePlan>) -> Result<(Partition, Vec<CoreSynapses>), CompileError> {
        let mut layout = Partition::new(self.netlist, plans);
        let mut known = BTreeMap::new();
        let mut overflows = vec![];
        for _ in 0..ROUNDS_MAX {
            if layout.cores.len() as u64 > 2 * u64::from(self.options.board.cores()) {
                return Err(self.refusal(&layout, &[]));
            }
            let synapses = self.encode(&layout, known);
            overflows = self.placed_overflows(&layout, &synapses);
            if overflows.is_empty() {
                return Ok((layout, synapses));
            }
            // one neuron that needs more than a core has is not helped by cutting
            let stuck =
                |o: &CoreOverflow| self.irreducible(&layout.cores[o.core], &synapses[o.core], o);
            if overflows.iter().any(stuck) {
                break;
            }
            let plans = split::split(self.totals, &layout.cores, &overflows);
            known = layout.cores.iter().cloned().zip(synapses).collect();
            let next = Partition::new(self.netlist, plans);
            if next.cores.len() == layout.cores.len() {
                break;
            }
            layout = next;
        }
        Err(self.refusal(&layout, &overflows))
    }

    /// Puts pieces of split cores together where they fit. Cores that were never split stay: they
    /// are as full as the greedy fill could make them.
    fn merge(
        &self,
        layout: Partition,
        synapses: Vec<CoreSynapses>,
        whole: &BTreeSet<CorePlan>,
    ) -> (Partition, Vec<CoreSynapses>) {
        let usages = self.usages(&layout, &synapses, None);
        let limits = available(&self.options.board.core);
        let pieces = layout
            .cores
            .iter()
            .zip(&synapses)
            .zip(usages)
            .map(|((plan, s), usage)| {
                (!whole.contains(plan)).then(|| MergePiece {
                    usage,
                    rows: s.links.iter().map(|link| link.row).collect(),
                })
            });
        let plans = split::merge(
            self.netlist,
            self.totals,
            &layout.cores,
            pieces.collect(),
            &limits,
        );
        if plans.len() == layout.cores.len() {
            return (layout, synapses);
        }
        let merged = Partition::new(self.netlist, plans);
        let known = layout
            .cores
            .iter()
            .cloned()
            .zip(synapses.iter().cloned())
            .collect();
        let encoded = self.encode(&merged, known);
        let fits = self.placed_overflows(&merged, &encoded).is_empty();
        if fits {
            (merged, encoded)
        } else {
            (layout, synapses)
        }
    }

    /// What overflows, packets between chips included where the network can be placed: a packet to
    /// another chip takes an output slot more (NC-028), so slots are known only with locations.
    fn placed_overflows(&self, layout: &Partition, synapses: &[CoreSynapses]) -> Vec<CoreOverflow> {
        let board = &self.options.board;
        let many = board.chips() > 1 && layout.cores.len() as u64 <= u64::from(board.cores());
        let at = many.then(|| self.place(layout, synapses).0);
        self.overflows(layout, synapses, at.as_deref())
    }

    /// The synapse side of every core; cores whose plan is known are not encoded again.
    fn encode(
        &self,
        layout: &Partition,
        mut known: BTreeMap<CorePlan, CoreSynapses>,
    ) -> Vec<CoreSynapses> {
        let mut out: Vec<Option<CoreSynapses>> =
            layout.cores.iter().map(|plan| known.remove(plan)).collect();
        let missing: Vec<usize> = (0..out.len()).filter(|&core| out[core].is_none()).collect();
        // some cores at a time: the records of all synapses would not fit in memory beside the
        // image
        let degree = |core: &usize| split::degree(self.totals, &layout.cores[*core]);
        let all: u64 = missing.iter().map(degree).sum();
        let gathered_max = GATHERED_MIN.max(all / GATHERED_PARTS);
        let mut rest = &missing[..];
        while !rest.is_empty() {
            let mut taken = 0;
            let mut synapses = 0;
            while taken < rest.len() && (taken == 0 || synapses < gathered_max) {
                synapses += degree(&rest[taken]);
                taken += 1;
            }
            let (now, later) = rest.split_at(taken);
            let room = self.options.board.core.synapse_formats as usize;
            let gathered = lists::gather(self.netlist, self.flows, layout, now);
            for (&core, records) in now.iter().zip(gathered) {
                let bits = partition::delay_bits(self.netlist, &layout.cores[core], self.totals);
                out[core] = Some(memory::encode(self.flows, self.rules, &records, bits, room));
            }
            rest = later;
        }
        out.into_iter()
            .map(|s| s.expect("all are encoded"))
            .collect()
    }

    /// The core that each sender is on; `u32::MAX` for inputs.
    pub(crate) fn sender_cores(&self, layout: &Partition) -> Vec<u32> {
        let mut cores = vec![u32::MAX; self.flows.senders as usize];
        for (population, bases) in self.flows.compartment_base.iter().enumerate() {
            for (core, run) in layout.runs(population) {
                for base in bases {
                    let start = (base + run.first_neuron) as usize;
                    cores[start..start + run.neurons as usize].fill(*core);
                }
            }
        }
        cores
    }

    /// Axons between cores, and output slots of each core.
    fn traffic(
        &self,
        layout: &Partition,
        synapses: &[CoreSynapses],
        at: Option<&[CoreLocation]>,
    ) -> (AxonTraffic, Vec<u64>) {
        let sender_cores = self.sender_cores(layout);
        let mut axons: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        let mut slots = vec![0u64; layout.cores.len()];
        let mut row_counts = vec![(0u64, 0u64); layout.cores.len()];
        for (to, core) in (0u32..).zip(synapses) {
            row_counts.fill((0, 0));
            for link in &core.links {
                let from = sender_cores[self.flows.sender(link.row) as usize];
                // inputs come from the host: they take no output slots and have no place
                if from != u32::MAX {
                    let wide = core.axons[link.axon as usize].kind == AxonKind::Pop32;
                    let counts = &mut row_counts[from as usize];
                    *counts = (counts.0 + 1, counts.1 + 1 + u64::from(wide));
                }
            }
            for (from, &(count, wide)) in (0u32..).zip(&row_counts).filter(|(_, c)| c.0 > 0) {
                let crosses = at.is_some_and(|at| at[from as usize].chip != at[to as usize].chip);
                slots[from as usize] += wide + if crosses { count } else { 0 };
                *axons.entry((from, to)).or_default() += count;
            }
        }
        (AxonTraffic::new(layout.cores.len(), &axons), slots)
    }

    fn place(
        &self,
        layout: &Partition,
        synapses: &[CoreSynapses],
    ) -> (Vec<CoreLocation>, (u64, u64)) {
        let board = &self.options.board;
        let (traffic, _) = self.traffic(layout, synapses, None);
        let mut at = place::greedy(board, &traffic);
        let before = traffic.cost(board, &at);
        place::refine(
            board,
            &traffic,
            &mut at,
            self.options.seed,
            self.options.refinement_steps,
        );
        let after = traffic.cost(board, &at);
        (at, (before, after))
    }

    /// What every core uses of [`crate::limit::RESOURCES`], in that order.
    fn usages(
        &self,
        layout: &Partition,
        synapses: &[CoreSynapses],
        at: Option<&[CoreLocation]>,
    ) -> Vec<ResourceUsage> {
        let (_, slots) = self.traffic(layout, synapses, at);
        let mut usages = vec![];
        for (core, plan) in layout.cores.iter().enumerate() {
            let synapses = &synapses[core];
            let (profiles, thresholds) =
                compartment::tables(self.netlist, &self.totals.managed, plan);
            let compartments = u64::from(partition::compartments(self.netlist, plan));
            let delay_bits = partition::delay_bits(self.netlist, plan, self.totals);
            usages.push([
                compartments,
                synapses.input_slots(),
                slots[core],
                synapses.memory.len() as u64 + self.neuron_programs.words(plan),
                profiles as u64,
                thresholds as u64,
                synapses.formats_wanted as u64,
                compartments << delay_bits,
            ]);
        }
        usages
    }

    /// Everything that forbids this layout: broken limits, or with limits ignored only what cannot
    /// be built.
    fn overflows(
        &self,
        layout: &Partition,
        synapses: &[CoreSynapses],
        at: Option<&[CoreLocation]>,
    ) -> Vec<CoreOverflow> {
        let mut limits = available(&self.options.board.core);
        if self.options.ignore_limits {
            limits = [u64::MAX; 8];
        }
        let hard = [
            (0, u64::from(COMPARTMENTS_MAX)),
            (SYNAPSE_WORDS, MEMORY_WORDS_MAX as u64),
        ];
        let more = [
            (SYNAPSE_FORMATS, FORMATS_MAX as u64),
            (ACCUMULATORS, ACCUMULATORS_MAX),
        ];
        hard.into_iter()
            .chain(more)
            .for_each(|(i, most)| limits[i] = limits[i].min(most));
        let mut found = vec![];
        for (core, used) in self.usages(layout, synapses, at).into_iter().enumerate() {
            let plan = &layout.cores[core];
            let s = &synapses[core];
            let mut over = |resource, wanted, available| {
                if wanted > available {
                    found.push(CoreOverflow {
                        core,
                        resource,
                        wanted,
                        available,
                    });
                }
            };
            let held = partition::delay_max(partition::delay_bits(self.netlist, plan, self.totals));
            over(
                CoreResource::Delay,
                u64::from(partition::latest(plan, self.totals)),
                u64::from(held),
            );
            over(
                CoreResource::List,
                u64::from(s.list_max),
                LIST_SYNAPSES_MAX as u64,
            );
            used.iter()
                .zip(limits)
                .enumerate()
                .for_each(|(i, (&wanted, most))| over(CoreResource::Limit(i), wanted, most));
        }
        found
    }

    fn irreducible(
        &self,
        plan: &[NeuronRun],
        synapses: &CoreSynapses,
        overflow: &CoreOverflow,
    ) -> bool {
        let single = plan.iter().map(|run| u64::from(run.neurons)).sum::<u64>() <= 1;
        let fan_in = overflow.resource == CoreResource::Limit(INPUT_SLOTS)
            && u64::from(synapses.fan_in_max) > overflow.available;
        single || fan_in || overflow.resource == CoreResource::Delay
    }

    /// Every limit that a layout breaks, the number of cores included.
    fn refusal(&self, layout: &Partition, overflows: &[CoreOverflow]) -> CompileError {
        let wanted = layout.cores.len() as u64;
        let available = u64::from(self.options.board.cores());
        let mut limits = vec![];
        if wanted > available {
            let who = self
                .netlist
                .populations
                .iter()
                .map(|p| p.name.clone())
                .collect();
            limits.push(Limit {
                core: None,
                resource: "cores".into(),
                wanted,
                available,
                who,
            });
        }
        limits.extend(overflows.iter().map(|o| Limit {
            core: Some(o.core as u32),
            resource: o.resource.name().into(),
            wanted: o.wanted,
            available: o.available,
            who: self.populations_on(&layout.cores[o.core]),
        }));
        CompileError::Limits(limits)
    }

    /// Names of the populations of a plan.
    fn populations_on(&self, plan: &[NeuronRun]) -> Vec<String> {
        let mut who: Vec<u32> = plan.iter().map(|run| run.population).collect();
        who.sort_unstable();
        who.dedup();
        who.into_iter()
            .map(|p| self.netlist.populations[p as usize].name.clone())
            .collect()
    }
}
