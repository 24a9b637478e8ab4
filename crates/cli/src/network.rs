//! From a file to a proved image: an image as it is, a network through the compiler, a float graph
//! through the quantiser first.

use crate::failure::{Failure, Kind};
use crate::files;
use crate::import_args::ImportArgs;
use seamount::compile::quantise::{QuantiseError, QuantiseOptions, QuantiseProblem, QuantiseReport, Quantised, quantise};
use seamount::compile::{CompileError, CompileOptions, Compiled};
use seamount::image::{CheckedImage, Image, ImageFinding, LimitPolicy, container, file};
use seamount::network::graph::Graph;
use seamount::network::h5;
use seamount::network::netlist::{self, Netlist, NetlistError, Netx};
use seamount::network::npy::NpyError;
use seamount::spec::ChipSpec;
use std::path::Path;

const LIMITS_HINT: &str = "--ignore-limits goes on all the same and says which limits are broken";

/// First bytes of an HDF5 file.
const HDF5_MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// A network, and what quantising it changed if it was a float graph.
pub struct Network {
    /// The network.
    pub netlist: Netlist,
    /// What quantising changed.
    pub quantise: Option<QuantiseReport>,
}

/// What a file of a network holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Nir,
    Netx,
}

/// Reads an image, or reads and compiles a network; not yet proved.
pub fn image(path: &Path, ignore_limits: bool, import: &ImportArgs) -> Result<(Image, ChipSpec), Failure> {
    let bytes = files::read(path, netlist::json::FILE_BYTES_MAX)?;
    let named = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("img"));
    if named || bytes.starts_with(&file::IMAGE.magic) {
        if bytes.len() as u64 > container::FILE_BYTES_MAX {
            return Err(Failure::input(path, format!("larger than the {} bytes that are read", container::FILE_BYTES_MAX)));
        }
        import.must_be_absent("an image")?;
        let image = Image::from_bytes(&bytes).map_err(|e| Failure::input(path, e))?;
        let unknown = || Failure::input(path, format!("placed on board '{}', which this program does not know", image.board));
        let spec = ChipSpec::preset(&image.board).ok_or_else(unknown)?;
        return Ok((image, spec));
    }
    let network = network_from(path, bytes, import)?;
    let options = CompileOptions { ignore_limits, ..CompileOptions::default() };
    let spec = options.board.clone();
    Ok((compile(path, &network, &options, None)?.image, spec))
}

/// Reads a network.
pub fn network(path: &Path, import: &ImportArgs) -> Result<Network, Failure> {
    let bytes = files::read(path, netlist::json::FILE_BYTES_MAX)?;
    if bytes.starts_with(&file::IMAGE.magic) {
        return Err(Failure::input(path, "is an image; a network is wanted"));
    }
    network_from(path, bytes, import)
}

/// What the ending says; of .h5, and of HDF5 under any other name, what is inside.
fn form(path: &Path, bytes: &[u8]) -> Form {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    match &*ending.to_string_lossy() {
        "nir" => Form::Nir,
        "net" => Form::Netx,
        "h5" | "hdf5" => inside(bytes),
        _ if bytes.starts_with(HDF5_MAGIC) => inside(bytes),
        _ => Form::Json,
    }
}

/// A netx file has a group `layer`; everything else is for the reader of graphs to judge.
fn inside(bytes: &[u8]) -> Form {
    let root = h5::read_bytes(bytes.to_vec(), &h5::Limits::default());
    if root.is_ok_and(|root| root.items.contains_key("layer")) { Form::Netx } else { Form::Nir }
}

fn network_from(path: &Path, bytes: Vec<u8>, import: &ImportArgs) -> Result<Network, Failure> {
    let form = form(path, &bytes);
    let netlist = match form {
        Form::Nir => {
            let graph = Graph::read_bytes(bytes).map_err(|e| Failure::input(path, e))?;
            let quantised = quantised(path, &graph, &import.over(QuantiseOptions::default()))?;
            return Ok(Network { netlist: quantised.netlist, quantise: Some(quantised.report) });
        }
        Form::Netx => {
            import.must_be_absent("a netx file")?;
            let netx = Netx::read_bytes(&stem(path), bytes);
            netx.map_err(|e| Failure::input(path, e))?.netlist
        }
        Form::Json => {
            import.must_be_absent("a network in JSON")?;
            netlist_from(path, &bytes)?
        }
    };
    Ok(Network { netlist, quantise: None })
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// Reads a float graph; every other kind of file is refused.
pub fn graph(path: &Path) -> Result<Graph, Failure> {
    let bytes = files::read(path, netlist::json::FILE_BYTES_MAX)?;
    if form(path, &bytes) == Form::Nir {
        Graph::read_bytes(bytes).map_err(|e| Failure::input(path, e))
    } else {
        Err(Failure::input(path, "a float graph (.nir) is wanted"))
    }
}

/// Quantises a graph and names it after its file.
fn quantised(path: &Path, graph: &Graph, options: &QuantiseOptions) -> Result<Quantised, Failure> {
    let mut quantised = quantise(graph, options).map_err(|e| refused(path, &e))?;
    quantised.netlist.name = stem(path);
    Ok(quantised)
}

/// Why a graph cannot be mapped: the options, the chip, or the file is to blame.
pub fn refused(path: &Path, error: &QuantiseError) -> Failure {
    let limit = |problem: &QuantiseProblem| matches!(problem, QuantiseProblem::Limit { .. });
    let kind = if error.0.iter().all(|f| f.node.is_empty()) {
        Kind::Usage
    } else if error.0.iter().all(|f| limit(&f.problem)) {
        Kind::Limits
    } else {
        Kind::Input
    };
    Failure::new(kind, path.display(), &error.0)
}

/// Adds to the image's provenance what quantising changed.
fn note(image: &mut Image, report: &QuantiseReport) {
    let fields = serde_json::from_str(&image.provenance);
    let (Ok(serde_json::Value::Object(mut fields)), Ok(report)) = (fields, serde_json::to_value(report)) else {
        return;
    };
    fields.insert("quantise".into(), report);
    image.provenance = serde_json::Value::Object(fields).to_string();
}

fn netlist_from(path: &Path, bytes: &[u8]) -> Result<Netlist, Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    Netlist::from_json(bytes, folder).map_err(|error| {
        let cannot_read = |e: &NpyError| matches!(e, NpyError::Io(e) if e.kind() != std::io::ErrorKind::UnexpectedEof);
        let kind = match &error {
            NetlistError::Io { .. } => Kind::Io,
            NetlistError::Arrays(arrays) if arrays.iter().all(|(_, e)| cannot_read(e)) => Kind::Io,
            _ => Kind::Input,
        };
        Failure::new(kind, path.display(), [error])
    })
}

/// Compiles a network; `placement` is the file that a given placement came from.
pub fn compile(path: &Path, network: &Network, options: &CompileOptions, placement: Option<&Path>) -> Result<Compiled, Failure> {
    let compiled = seamount::compile::compile(&network.netlist, options);
    let mut compiled = compiled.map_err(|error| match &error {
        CompileError::Limits(limits) => {
            let failure = Failure::new(Kind::Limits, path.display(), limits);
            // More than the whole board has cannot be ignored.
            if limits.iter().all(|l| l.core.is_some()) { failure.hint(LIMITS_HINT) } else { failure }
        }
        CompileError::Netlist(findings) => Failure::new(Kind::Input, path.display(), findings),
        CompileError::Placement(problems) => Failure::new(Kind::Input, placement.unwrap_or(path).display(), problems),
        CompileError::Learning { .. } => Failure::input(path, error),
        CompileError::Programs(findings) => Failure::new(Kind::Input, path.display(), findings),
    })?;
    if let Some(report) = &network.quantise {
        note(&mut compiled.image, report);
    }
    Ok(compiled)
}

/// Proves an image against its board.
pub fn prove(path: &Path, image: Image, spec: &ChipSpec, policy: LimitPolicy) -> Result<CheckedImage, Failure> {
    CheckedImage::prove(image, spec, policy).map_err(|findings| {
        let limits = findings.iter().all(|f| matches!(f, ImageFinding::Limit(_)));
        let failure = Failure::new(if limits { Kind::Limits } else { Kind::Input }, path.display(), findings);
        if limits { failure.hint(LIMITS_HINT) } else { failure }
    })
}

/// Whether limits are enforced.
pub fn policy(ignore_limits: bool) -> LimitPolicy {
    if ignore_limits { LimitPolicy::Report } else { LimitPolicy::Enforce }
}
