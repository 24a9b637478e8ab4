//! From a file to a proved image: an image as it is, a network through the compiler, a float graph
//! through the quantiser first.

use crate::current;
use crate::failure::{Failure, Kind};
use crate::files;
use crate::import_args::SourceArgs;
use seamount_compile::{CompileError, CompileOptions, Compiled, program_findings};
use seamount_image::{CheckedImage, IMAGE_FILE, Image, ImageFinding, LimitPolicy, container};
use seamount_network::graph::{Graph, Malformed};
use seamount_network::h5;
use seamount_network::netlist::{self, Netlist, NetlistError, Netx};
use seamount_network::npy::NpyError;
use seamount_quantise::{
    QuantiseError, QuantiseOptions, QuantiseProblem, QuantiseReport, Quantised, quantise,
};
use seamount_spec::Board;
use std::path::Path;

const LIMITS_HINT: &str = "--ignore-limits goes on all the same and says which limits are broken";

const UNIT_AXES_HINT: &str = "--ignore-unit-axes takes Inputs and Outputs as their neighbours have them, and says so in the report";

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
pub fn image(
    path: &Path,
    ignore_limits: bool,
    source: &SourceArgs,
) -> Result<(Image, Board), Failure> {
    let bytes = files::read(path, netlist::json::FILE_BYTES_MAX)?;
    let named = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("img"));
    if named || bytes.starts_with(&IMAGE_FILE.magic) {
        if bytes.len() as u64 > container::FILE_BYTES_MAX {
            return Err(Failure::input(
                path,
                format!(
                    "larger than the {} bytes that are read",
                    container::FILE_BYTES_MAX
                ),
            ));
        }
        source.import.must_be_absent("an image")?;
        if source.current.is_some() {
            return Err(Failure::usage(
                "--current",
                "goes into the biases when a network is compiled; this is an image",
            ));
        }
        let image = Image::from_bytes(&bytes).map_err(|e| Failure::input(path, e))?;
        let unknown = || {
            Failure::input(
                path,
                format!(
                    "placed on board '{}', which this program does not know",
                    image.board
                ),
            )
        };
        let spec = Board::preset(&image.board).ok_or_else(unknown)?;
        if source
            .board
            .as_ref()
            .is_some_and(|board| *board != image.board)
        {
            let problem = format!(
                "the image is placed on board '{}' already; compile the network again",
                image.board
            );
            return Err(Failure::usage("--board", problem));
        }
        return Ok((image, spec));
    }
    let network = network_from(path, bytes, source)?;
    let options = CompileOptions {
        ignore_limits,
        board: board(source)?,
        ..CompileOptions::default()
    };
    let spec = options.board.clone();
    Ok((compile(path, &network, &options, None)?.image, spec))
}

/// The board that is asked for.
pub fn board(source: &SourceArgs) -> Result<Board, Failure> {
    let Some(name) = &source.board else {
        return Ok(CompileOptions::default().board);
    };
    Board::preset(name)
        .ok_or_else(|| Failure::usage("--board", format!("there is no board '{name}'")))
}

/// Reads a network.
pub fn network(path: &Path, source: &SourceArgs) -> Result<Network, Failure> {
    let bytes = files::read(path, netlist::json::FILE_BYTES_MAX)?;
    if bytes.starts_with(&IMAGE_FILE.magic) {
        return Err(Failure::input(path, "is an image; a network is wanted"));
    }
    network_from(path, bytes, source)
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
    if root.is_ok_and(|root| root.items.contains_key("layer")) {
        Form::Netx
    } else {
        Form::Nir
    }
}

fn network_from(path: &Path, bytes: Vec<u8>, source: &SourceArgs) -> Result<Network, Failure> {
    let form = form(path, &bytes);
    let netlist = match form {
        Form::Nir => {
            let (graph, options, notes) = graph_from(path, bytes, source)?;
            let mut quantised = quantised(path, &graph, &options)?;
            quantised.report.notes.splice(0..0, notes);
            return Ok(Network {
                netlist: quantised.netlist,
                quantise: Some(quantised.report),
            });
        }
        Form::Netx => {
            source.import.must_be_absent("a netx file")?;
            let mut netx =
                Netx::read_bytes(&stem(path), bytes).map_err(|e| Failure::input(path, e))?;
            if let Some(file) = &source.current {
                current::picture(file, &mut netx)?;
            }
            netx.netlist
        }
        Form::Json => {
            source.import.must_be_absent("a network in JSON")?;
            if source.current.is_some() {
                return Err(Failure::usage(
                    "--current",
                    "is for float graphs (.nir) and netx (.net); in JSON write biases",
                ));
            }
            netlist_from(path, &bytes)?
        }
    };
    Ok(Network {
        netlist,
        quantise: None,
    })
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// A float graph, how to quantise it, and what was not followed to the letter, in words.
type ReadGraph = (Graph, QuantiseOptions, Vec<String>);

/// Reads a float graph; every other kind of file is refused.
pub fn graph(path: &Path, source: &SourceArgs) -> Result<ReadGraph, Failure> {
    let bytes = files::read(path, netlist::json::FILE_BYTES_MAX)?;
    if form(path, &bytes) == Form::Nir {
        graph_from(path, bytes, source)
    } else {
        Err(Failure::input(path, "a float graph (.nir) is wanted"))
    }
}

fn graph_from(path: &Path, bytes: Vec<u8>, source: &SourceArgs) -> Result<ReadGraph, Failure> {
    let (graph, notes) = if source.import.ignore_unit_axes {
        let mut graph = Graph::read_bytes_unchecked(bytes).map_err(|e| Failure::input(path, e))?;
        let notes = graph.forget_unit_axes();
        let found = graph.check();
        if !found.is_empty() {
            return Err(Failure::new(Kind::Input, path.display(), found));
        }
        (graph, notes)
    } else {
        let hint = |e: &Malformed| e.0.iter().any(|f| f.problem.is_unit_axes());
        let graph = Graph::read_bytes(bytes).map_err(|e| {
            let failure = Failure::input(path, &e);
            if hint(&e) {
                failure.hint(UNIT_AXES_HINT)
            } else {
                failure
            }
        })?;
        (graph, vec![])
    };
    let programs = board(source)?.programs.is_some();
    let mut options = source.import.over(QuantiseOptions {
        programs,
        ..QuantiseOptions::default()
    });
    if let Some(file) = &source.current {
        options.currents = current::by_input(file, &graph)?;
    }
    Ok((graph, options, notes))
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
    let (Ok(serde_json::Value::Object(mut fields)), Ok(report)) =
        (fields, serde_json::to_value(report))
    else {
        return;
    };
    fields.insert("quantise".into(), report);
    image.provenance = serde_json::Value::Object(fields).to_string();
}

fn netlist_from(path: &Path, bytes: &[u8]) -> Result<Netlist, Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let netlist = Netlist::parse(bytes, folder).map_err(|error| {
        let cannot_read = |e: &NpyError| matches!(e, NpyError::Io(e) if e.kind() != std::io::ErrorKind::UnexpectedEof);
        let kind = match &error {
            NetlistError::Io { .. } => Kind::Io,
            NetlistError::Arrays(arrays) if arrays.iter().all(|(_, e)| cannot_read(e)) => Kind::Io,
            _ => Kind::Input,
        };
        Failure::new(kind, path.display(), [error])
    })?;
    let found = netlist.check();
    if found.is_empty() {
        return Ok(netlist);
    }
    // programs have texts of their own, which can be read all the same
    let programs = program_findings(&netlist);
    let all = found
        .iter()
        .map(ToString::to_string)
        .chain(programs.iter().map(ToString::to_string));
    Err(Failure::new(Kind::Input, path.display(), all))
}

/// Compiles a network; `placement` is the file that a given placement came from.
pub fn compile(
    path: &Path,
    network: &Network,
    options: &CompileOptions,
    placement: Option<&Path>,
) -> Result<Compiled, Failure> {
    let compiled = seamount_compile::compile(&network.netlist, options);
    let mut compiled = compiled.map_err(|error| match &error {
        CompileError::Limits(limits) => {
            let failure = Failure::new(Kind::Limits, path.display(), limits);
            // More than the whole board has cannot be ignored.
            if limits.iter().all(|l| l.core.is_some()) {
                failure.hint(LIMITS_HINT)
            } else {
                failure
            }
        }
        CompileError::Netlist(findings) => Failure::new(Kind::Input, path.display(), findings),
        CompileError::Placement(problems) => {
            Failure::new(Kind::Input, placement.unwrap_or(path).display(), problems)
        }
        CompileError::Learning { .. } => Failure::input(path, error),
        CompileError::Programs(findings) => Failure::new(Kind::Input, path.display(), findings),
    })?;
    if let Some(report) = &network.quantise {
        note(&mut compiled.image, report);
    }
    Ok(compiled)
}

/// Proves an image against its board.
pub fn prove(
    path: &Path,
    image: Image,
    spec: &Board,
    policy: LimitPolicy,
) -> Result<CheckedImage, Failure> {
    CheckedImage::prove(image, spec, policy).map_err(|findings| {
        let limits = findings.iter().all(|f| matches!(f, ImageFinding::Limit(_)));
        let failure = Failure::new(
            if limits { Kind::Limits } else { Kind::Input },
            path.display(),
            findings,
        );
        if limits {
            failure.hint(LIMITS_HINT)
        } else {
            failure
        }
    })
}

/// Whether limits are enforced.
pub fn policy(ignore_limits: bool) -> LimitPolicy {
    if ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    }
}
