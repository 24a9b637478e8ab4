//! Networks of Lava-DL (netx): PilotNet of LIF and of sigma-delta neurons beside its recordings,
//! and a perceptron on MNIST.
//!
//! Files and boards are declared in the `system.toml` of each folder. The perceptron
//! needs nothing else; the two PilotNets compare every register with a recording, which is Rust
//! beside the declaration.

pub mod mnist;
pub mod pilotnet;
pub mod pilotnet_sdnn;
mod recorded;
