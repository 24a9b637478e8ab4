//! Writers of files of others: `.nir` of NIR, in a small part of HDF5.
//!
//! They write networks that have passed their check; what a form cannot hold is refused with every
//! finding at once, before a byte is made.

mod h5;
mod integers;
mod nir;
