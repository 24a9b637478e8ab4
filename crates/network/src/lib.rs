//! The language of networks: what a user means, before anything is placed on a chip.
//!
//! Public on purpose, beside the crate `seamount`: other compilers and tools write networks with
//! it. A network has one of two forms.
//!
//! - [`netlist::Netlist`], in integers: populations of compartments with the registers of a Loihi
//!   class chip in plain words, projections, inputs, probes, learning rules. It has a builder, a
//!   form in JSON with a schema, and a check.
//! - [`graph::Graph`], in floats: nodes and edges of the Neuromorphic Intermediate Representation,
//!   as training tools write them to `.nir` files. The crate `seamount-quantise` makes a netlist of
//!   it.
//!
//! ```
//! use seamount_network::netlist::{Netlist, Population, Register};
//!
//! let mut net = Netlist::new("two populations");
//! net.input("drive", 2);
//! net.add(Population::new("first", 2).voltage_decay(128).threshold_mantissa(100));
//! net.add(Population::new("second", 1).voltage_decay(vec![64u16]).threshold_mantissa(50));
//! net.connect("drive", "first").one_to_one(101);
//! net.connect("first", "secnd").dense(vec![vec![80], vec![-20]]).delay(3);
//! net.probe("second", Register::Spike);
//!
//! // everything that is wrong, at once: here a name that names nothing
//! let found = net.check();
//! assert_eq!(
//!     found[0].to_string(),
//!     "projections[1] 'first->secnd'.target: 'secnd' names nothing here; did you mean 'second'?"
//! );
//!
//! net.projections[1].target.0 = "second".into();
//! assert!(net.check().is_empty());
//!
//! // the JSON form holds the same network
//! let json = net.to_json();
//! let again = Netlist::from_json(json.as_bytes(), std::path::Path::new("."))?;
//! assert_eq!(again, net);
//! # Ok::<(), seamount_network::netlist::NetlistError>(())
//! ```
//!
//! Files are read by [`netlist::Netlist::load`] (JSON, with arrays in `.npy` files beside it),
//! [`netlist::Netx::read`] (`.net`) and [`graph::Graph::read`] (`.nir`). A file or network that
//! cannot be used is refused with a list of [`Finding`]s: place, problem, value, range, suggestion.
//!
//! What this crate does *not* know: cores, memories, bits, chips. It reads, checks and writes
//! networks; it never runs one.

pub mod graph;
pub mod memory;
pub mod netlist;
mod problem;
mod read;
mod write;

pub use read::{h5, npy, opened, text};
pub use seamount_diagnose::{Allowed, Fault, Finding, Place, Position, Refusal};
