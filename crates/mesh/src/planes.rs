//! One or two physical meshes side by side: packets of a node take them in turn. They share
//! nothing, so that each is a mesh like any other.

use crate::mesh::Mesh;
use crate::state::{Delivery, OfferError, Packet, State, offer};
use crate::step::advance;

/// The states of all meshes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    states: Vec<State>,
    /// By node, the mesh of its next packet.
    turns: Vec<usize>,
}

impl Planes {
    /// Empty meshes, as many as the configuration says.
    pub fn new(mesh: &Mesh) -> Planes {
        let meshes = usize::from(mesh.config().meshes);
        Planes {
            states: vec![State::new(mesh); meshes],
            turns: vec![0; mesh.nodes() as usize],
        }
    }

    /// Puts a packet at the end of its source's FIFO on the mesh whose turn it is.
    ///
    /// # Errors
    /// As [`offer`].
    pub fn offer(&mut self, mesh: &Mesh, packet: Packet) -> Result<(), OfferError> {
        let turn = self.turns.get(packet.src as usize).copied().unwrap_or(0);
        offer(mesh, &mut self.states[turn], packet)?;
        self.turns[packet.src as usize] = (turn + 1) % self.states.len();
        Ok(())
    }

    /// Simulates up to, not including, cycle `until`.
    pub fn advance(&mut self, mesh: &Mesh, until: u64, delivered: &mut Vec<Delivery>) {
        self.states
            .iter_mut()
            .for_each(|state| advance(mesh, state, until, delivered));
    }

    /// State of each mesh.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// The cycle about to be simulated.
    pub fn cycle(&self) -> u64 {
        self.states[0].cycle()
    }
}
