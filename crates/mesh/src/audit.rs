//! Laws that hold between any two cycles; for tests and for whoever doubts a state.

use crate::calendar::Events;
use crate::mesh::{LOCAL, Mesh, NOWHERE, PORTS};
use crate::state::{ALL_INPUTS, Flit, LANES, State, lane};

/// A law that a state breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// Credits held, flits buffered or flying and credits flying do not add up to the buffer depth.
    #[error("router {router} output {output}: {found} credits and flits, buffer depth {depth}")]
    Credits {
        /// Router, or the node of the source.
        router: u32,
        /// Output, or 5 for the source.
        output: usize,
        /// Sum of flits and credits.
        found: u64,
        /// The buffer depth in flits.
        depth: u64,
    },
    /// Flits of different packets interleave in an input, or are out of order.
    #[error("router {router} input {input}: a packet's flits are not contiguous and in order")]
    Order {
        /// Router of the input.
        router: u32,
        /// Input port.
        input: usize,
    },
}

/// Checks that credits are conserved on every link, and that packets are contiguous in every
/// buffer.
///
/// # Errors
/// The first law broken.
pub fn audit(mesh: &Mesh, state: &State) -> Result<(), Violation> {
    let depth = u64::from(mesh.config().buffer_depth_flits);
    for router in 0..mesh.nodes() {
        for output in 0..=PORTS {
            let found = match output {
                5 => source_credits(state, router),
                4 => eject_credits(state, router),
                _ if mesh.sites[router as usize].neighbours[output] == NOWHERE => depth,
                _ => link_credits(mesh, state, router, output),
            };
            if found != depth {
                return Err(Violation::Credits {
                    router,
                    output,
                    found,
                    depth,
                });
            }
        }
        if let Some(input) =
            (0..PORTS).find(|&input| !in_order(&buffered(mesh, state, router as usize, input)))
        {
            return Err(Violation::Order { router, input });
        }
    }
    Ok(())
}

fn link_credits(mesh: &Mesh, state: &State, router: u32, output: usize) -> u64 {
    let to = mesh.sites[router as usize].neighbours[output] as usize;
    lane(state.routers[router as usize].credits, output)
        + state
            .calendar
            .count(router as usize, Events::credit(output))
        + occupied(state, to, output ^ 1)
}

/// Credits of ejected flits that are flying: one calendar entry each.
fn eject_credits(state: &State, router: u32) -> u64 {
    let held = state
        .held
        .as_ref()
        .map_or(0, |held| u64::from(held[router as usize]));
    lane(state.routers[router as usize].credits, LOCAL)
        + state.calendar.count(router as usize, Events::credit(LOCAL))
        + held
}

fn source_credits(state: &State, router: u32) -> u64 {
    u64::from(state.sources[router as usize].credits)
        + state.calendar.count(router as usize, Events::SOURCE_CREDIT)
        + occupied(state, router as usize, LOCAL)
}

/// Flits in an input's buffer or on the way to it.
fn occupied(state: &State, router: usize, input: usize) -> u64 {
    lane(state.routers[router].visible, input)
        + state.calendar.count(router, Events::arrival(input))
}

/// The flits of [`occupied`], in order.
fn buffered(mesh: &Mesh, state: &State, router: usize, input: usize) -> Vec<Flit> {
    let places = 1 << mesh.ring_bits;
    let front = usize::from(state.routers[router].front[input]);
    let ring = (router * PORTS + input) << mesh.ring_bits;
    let count = usize::try_from(occupied(state, router, input))
        .unwrap_or(places)
        .min(places);
    (0..count)
        .map(|place| state.flits[ring + (front + place) % places])
        .collect()
}

/// Each flit is followed by its packet's next, each tail by a head.
fn in_order(flits: &[Flit]) -> bool {
    flits
        .windows(2)
        .all(|pair| match (pair[0].is_tail(), pair[1].is_head()) {
            (true, head) => head,
            (false, true) => false,
            (false, false) => {
                pair[0].packet == pair[1].packet
                    && pair[0].behind_and_head >> 1 == (pair[1].behind_and_head >> 1) + 1
            }
        })
}

/// Whether any output is owned by a packet; false once a mesh is empty.
pub fn owns_any(state: &State) -> bool {
    state
        .routers
        .iter()
        .any(|router| router.owners != LANES * ALL_INPUTS)
}
