//! Link utilisation: flits over each output, from the counts the routers keep.

use serde::{Deserialize, Serialize};

use crate::mesh::{LOCAL, Mesh, NOWHERE, PORTS};
use crate::state::State;

/// Use of one output of one router.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinkUse {
    /// Router, so the node, the output belongs to.
    pub router: u32,
    /// Output, numbered as [`crate::Port`]; the local one leads to the node.
    pub port: u8,
    /// Number of flits that passed.
    pub flits: u64,
    /// Flits a cycle, 0 to 1.
    pub utilisation: f64,
}

/// Use of every output that leads anywhere, in the `cycles` since `before` (all zero: since the
/// start), by router and port.
///
/// # Panics
/// If `before` is not from the same mesh.
pub fn link_use(
    mesh: &Mesh,
    state: &State,
    before: Option<&[[u64; PORTS]]>,
    cycles: u64,
) -> Vec<LinkUse> {
    let mut uses = Vec::new();
    for router in 0..mesh.nodes() {
        let at = router as usize;
        for port in 0..PORTS as u8 {
            let output = usize::from(port);
            if output == LOCAL || mesh.sites[at].neighbours[output] != NOWHERE {
                let flits =
                    state.link_flits[at][output] - before.map_or(0, |before| before[at][output]);
                let utilisation = flits as f64 / cycles.max(1) as f64;
                uses.push(LinkUse {
                    router,
                    port,
                    flits,
                    utilisation,
                });
            }
        }
    }
    uses
}
