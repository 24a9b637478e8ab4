//! `seamount convert`

use crate::failure::{Failure, Kind};
use crate::form_args;
use crate::import_args::SourceArgs;
use crate::screen;
use clap::Args;
use seamount::NetworkFile;
use seamount_session::files::{Outputs, ending, same};
use std::io::Write;
use std::path::PathBuf;

/// Length of a step where nobody says it: that of the NIR paper.
const DT_SECONDS: f64 = 1e-4;

/// `convert`
#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    #[arg(value_name = form_args::NETWORK.as_str(), help = form_args::forms())]
    network: PathBuf,
    /// Where to write the graph of NIR
    #[arg(short, long, value_name = "FILE.nir", value_parser = nir_file)]
    output: PathBuf,
    /// How a float graph becomes integers; `--dt` is the step of the file that is written too
    #[command(flatten)]
    source: SourceArgs,
}

/// A path in the form that can be written.
fn nir_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match ending(&path).as_str() {
        "nir" => Ok(path),
        _ => Err("wanted a file that ends in .nir".into()),
    }
}

/// Writes a network as a graph of NIR, with the integers that the chip runs.
pub(crate) fn run(args: &ConvertArgs, json: bool) -> Result<(), Failure> {
    if same(&args.output, &args.network) {
        let problem = ["is both read and written"];
        return Err(Failure::new(Kind::Usage, args.output.display(), problem));
    }
    Outputs::expect(&[&args.output])?;
    let file = NetworkFile::read(&args.network)?;
    let mut options = args.source.options();
    let dt_seconds = options.import.dt_seconds.unwrap_or(DT_SECONDS);
    if !file.is_float_graph() {
        // of integers it is the step of what is written, and of nothing that is read
        options.import.dt_seconds = None;
    }
    let network = file.network(&options)?;
    let bytes = network.to_nir(dt_seconds)?;
    // which arrays the network names is known only now
    Outputs::expect(&[&args.output])?;
    Outputs::write_one(&args.output, |out| out.write_all(&bytes))?;
    let netlist = &network.netlist;
    let populations = netlist.populations.len();
    let projections = netlist.projections.len();
    let output = args.output.display();
    if json {
        return screen::print_json(&serde_json::json!({
            "file": output.to_string(), "bytes": bytes.len(), "dt_seconds": dt_seconds,
            "network": netlist.name, "populations": populations, "projections": projections,
        }));
    }
    screen::print(&format!(
        "wrote {output}: '{}' with {populations} populations and {projections} projections, steps \
         of {dt_seconds} s; 1.0 is 64 of v\n",
        netlist.name
    ))
}
