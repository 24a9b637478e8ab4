//! From an integer network to a proved image, in one call.
//!
//! Chips, comparisons and published systems all build in the same two steps, compile and prove, and
//! turn what either finds into the same failure. This is the one place that does it for a network
//! in memory; what came from a file goes through [`NetworkFile`](crate::NetworkFile), whose
//! failures name the file.

use crate::failure::Failure;
use crate::files::Outputs;
use crate::source::{Placed, not_compiled};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::Netlist;
use std::io::Write;
use std::path::Path;

/// Compiles a network and proves its image. Limits of the chip are enforced unless the options
/// ignore them; broken ones then stand in the image's breaches.
///
/// # Errors
/// Every finding of the network at once, or every limit that it breaks. The failure is named after
/// the network.
pub fn build(netlist: &Netlist, options: &CompileOptions) -> Result<CheckedImage, Failure> {
    let name = match netlist.name.as_str() {
        "" => "network",
        name => name,
    };
    let path = Path::new(name);
    let compiled = compile(netlist, options);
    let compiled = compiled.map_err(|error| not_compiled(error, &options.board, path, path))?;
    let limits = if options.ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    };
    Placed::new(name, compiled.image, options.board.clone()).prove(limits)
}

/// Saves the JSON form of a network; long arrays go to .npy files beside it, named after it. All
/// files are new, or all are as they were.
///
/// # Errors
/// A file that cannot be written, or that was read.
pub fn save_network(netlist: &Netlist, path: &Path) -> Result<(), Failure> {
    let mut outputs = Outputs::default();
    for (file, bytes) in netlist.to_files(path) {
        outputs.stage(&file, |out| out.write_all(&bytes))?;
    }
    outputs.commit()
}
