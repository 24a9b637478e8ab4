//! Public on purpose, beside the package `seamount`: the mesh is of use without a chip.
//!
//! The mesh: an input-buffered wormhole network of five-port routers, XY routes, one virtual
//! channel.
//!
//! The contract is the router section of the shared `hardware/mesh-timing-energy.md`; its rules
//! 1..8 are cited at the code, and inject and eject cycles equal BookSim 2's packet for packet.
//!
//! What this crate does *not* know: neurons, spikes, cores, chips, barriers, nanoseconds or joules.
//! It moves packets of flits between numbered nodes and counts cycles and flits; whoever gives a
//! packet its `tag` knows what it means, and a profile elsewhere says what a hop costs.
//!
//! Four kinds of data: [`Config`] (what the user asks for), [`Mesh`] (proved and derived, never
//! changes), [`State`] (all that changes, plain data) and the caller's list of deliveries
//! (scratch).

#![forbid(unsafe_code)]

mod audit;
mod calendar;
mod config;
mod histogram;
mod links;
mod load;
mod mesh;
mod planes;
mod random;
mod state;
mod step;
mod trace;
mod traffic;

pub use audit::{Violation, audit, owns_any};
pub use config::{Config, ConfigError};
pub use histogram::Histogram;
pub use links::{LinkUse, link_use};
pub use load::{LoadError, LoadPoint, Protocol, Saturation, measure, saturation, sweep};
pub use mesh::{Mesh, PORTS, Port};
pub use planes::Planes;
pub use state::{Delivery, OfferError, Packet, State, offer, release};
pub use step::{advance, next_eventful, step};
pub use trace::{Request, Timing, TraceError, TraceRow, read_csv, replay, replay_rows, write_csv};
pub use traffic::{Generator, Pattern, Rate, TrafficError};
