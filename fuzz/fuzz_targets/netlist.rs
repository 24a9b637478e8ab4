//! Text as a netlist: refused with findings, or read; small ones are compiled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seamount_compile::{CompileOptions, compile};
use seamount_network::netlist::Netlist;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let Ok(netlist) = Netlist::from_json(data, Path::new("no-such-folder")) else { return };
    let sizes = netlist.inputs.iter().map(|i| i.size).chain(netlist.populations.iter().map(|p| p.size));
    if sizes.max().unwrap_or(0) <= 200 {
        let _ = compile(&netlist, &CompileOptions::default().refinement_steps(100));
    }
});
