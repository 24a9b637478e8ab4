//! From a file to an image: an image as it is, a network through the compiler, a float graph
//! through the quantiser first.
//!
//! One type, [`NetworkFile`], so that nobody has to say what a file holds: the first bytes and the
//! ending of the name do. Options that have no meaning for what is found are refused, never
//! ignored.

use crate::currents::Currents;
use crate::failure::{Failure, FailureKind, Remedy};
use crate::files;
use crate::ways_out::way_out;
use seamount_compile::{CompileError, CompileOptions, Compiled, Limit, compile, program_findings};
use seamount_diagnose::{Allowed, Fault, Finding, Place};
use seamount_image::container::{self, ContainerError};
use seamount_image::{
    CheckedImage, CoreImage, IMAGE_FILE, Image, ImageError, ImageFinding, LimitPolicy,
};
use seamount_network::Refusal;
use seamount_network::graph::Graph;
use seamount_network::h5;
use seamount_network::memory::{MemoryShort, allow};
use seamount_network::netlist::{BesideError, FILE_BYTES_MAX, Netlist, NetlistError, Netx};
use seamount_network::npy::NpyError;
use seamount_quantise::{
    Discretisation, QuantiseError, QuantiseOptions, QuantiseProblem, QuantiseReport, Quantised,
    Reset, Scales, quantise,
};
use seamount_spec::Board;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// First bytes of an HDF5 file.
const HDF5_MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// How a float graph becomes integers. What is not set is the quantiser's default, which its report
/// echoes; what is set is refused for a file that holds integers already.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ImportOptions {
    /// Length of a step in seconds, which a .nir file does not say.
    pub dt_seconds: Option<f64>,
    /// The effect of a spike on the voltage, which a .nir file does not say.
    pub reset: Option<Reset>,
    /// How time constants become decays.
    pub discretisation: Option<Discretisation>,
    /// Which neurons share a scale.
    pub scales: Option<Scales>,
    /// Bits of a weight's magnitude: 1 to 6, or 8.
    pub weight_bits: Option<u8>,
    /// Whether Inputs and Outputs may differ from their neighbours in axes of length 1.
    pub ignore_unit_axes: bool,
}

impl ImportOptions {
    /// The quantiser's defaults.
    pub fn new() -> ImportOptions {
        ImportOptions::default()
    }

    /// The same with a length of a step in seconds.
    #[must_use]
    pub fn dt_seconds(mut self, seconds: f64) -> ImportOptions {
        self.dt_seconds = Some(seconds);
        self
    }

    /// The same with the effect of a spike on the voltage.
    #[must_use]
    pub fn reset(mut self, reset: Reset) -> ImportOptions {
        self.reset = Some(reset);
        self
    }

    /// The same with a way in which time constants become decays.
    #[must_use]
    pub fn discretisation(mut self, discretisation: Discretisation) -> ImportOptions {
        self.discretisation = Some(discretisation);
        self
    }

    /// The same with those who share a scale.
    #[must_use]
    pub fn scales(mut self, scales: Scales) -> ImportOptions {
        self.scales = Some(scales);
        self
    }

    /// The same with the bits of a weight's magnitude: 1 to 6, or 8.
    #[must_use]
    pub fn weight_bits(mut self, bits: u8) -> ImportOptions {
        self.weight_bits = Some(bits);
        self
    }

    /// The same with Inputs and Outputs that may differ from their neighbours in axes of length 1.
    #[must_use]
    pub fn ignore_unit_axes(mut self) -> ImportOptions {
        self.ignore_unit_axes = true;
        self
    }

    /// The options of the quantiser that these ask for, on top of others.
    pub fn over(&self, base: QuantiseOptions) -> QuantiseOptions {
        let mut options = base;
        options.dt_seconds = self.dt_seconds.unwrap_or(options.dt_seconds);
        options.reset = self.reset.unwrap_or(options.reset);
        options.discretisation = self.discretisation.unwrap_or(options.discretisation);
        options.scales = self.scales.unwrap_or(options.scales);
        options.weight_bits = self.weight_bits.unwrap_or(options.weight_bits);
        options
    }

    /// Refuses these options for something that holds integers already, or nothing to be quantised.
    ///
    /// # Errors
    /// The first option that is set.
    pub fn must_be_absent(&self, kind: &str) -> Result<(), Failure> {
        let given = [
            (self.dt_seconds.is_some(), "dt"),
            (self.reset.is_some(), "reset"),
            (self.discretisation.is_some(), "discretisation"),
            (self.scales.is_some(), "scales"),
            (self.weight_bits.is_some(), "weight-bits"),
            (self.ignore_unit_axes, "ignore-unit-axes"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, option)) => Err(Failure::option(
                option,
                format!("is for float graphs (.nir); {kind} holds integers already"),
            )),
            None => Ok(()),
        }
    }
}

/// Everything that may be said beside a file to make a network or an image of it.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct SourceOptions {
    /// The board to place the network on; the compiler's default if absent.
    pub board: Option<Board>,
    /// What enters in every step instead of spikes.
    pub currents: Option<Currents>,
    /// How a float graph becomes integers.
    pub import: ImportOptions,
}

impl SourceOptions {
    /// No board, no currents, the quantiser's defaults.
    pub fn new() -> SourceOptions {
        SourceOptions::default()
    }

    /// The same with a board.
    #[must_use]
    pub fn board(mut self, board: Board) -> SourceOptions {
        self.board = Some(board);
        self
    }

    /// The same with currents.
    #[must_use]
    pub fn currents(mut self, currents: Currents) -> SourceOptions {
        self.currents = Some(currents);
        self
    }

    /// The same with options of the quantiser.
    #[must_use]
    pub fn import(mut self, import: ImportOptions) -> SourceOptions {
        self.import = import;
        self
    }

    /// The board that a network is placed on.
    pub fn board_or_default(&self) -> Board {
        let default = || CompileOptions::default().board;
        self.board.clone().unwrap_or_else(default)
    }
}

/// A network, and what quantising changed if it was a float graph.
#[derive(Debug, Clone)]
pub struct IntegerNetwork {
    /// The integer network.
    pub netlist: Netlist,
    /// Losses and choices of the quantiser; absent if the network held integers.
    pub quantise: Option<QuantiseReport>,
    /// File that the network came from: what its failures are about.
    path: PathBuf,
}

/// A float graph that was read and checked, but not quantised.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FloatNetwork {
    /// The graph.
    pub graph: Graph,
    /// How it is to be quantised.
    pub options: QuantiseOptions,
    /// What was not followed to the letter, in words.
    pub notes: Vec<String>,
}

/// An image and the board it is placed on; not yet proved.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The image.
    pub image: Image,
    /// Its board.
    pub board: Board,
    /// File that the image came from: what its failures are about.
    pub(crate) path: PathBuf,
}

/// What a file holds, as far as its name and first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Image,
    Json,
    Nir,
    Netx,
    /// A float graph or a netx file; what is inside tells which.
    Hdf5,
}

/// A form of files that hold a network or an image: how their names end, and what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkForm {
    /// Endings of the names, in small letters and without the dot.
    pub endings: &'static [&'static str],
    /// What such a file is, in a few words.
    pub words: &'static str,
    form: Form,
}

impl NetworkForm {
    const fn new(form: Form, endings: &'static [&'static str], words: &'static str) -> NetworkForm {
        NetworkForm {
            endings,
            words,
            form,
        }
    }

    /// The endings with their dots: `.h5`.
    pub fn dotted(&self) -> impl Iterator<Item = String> + use<> {
        self.endings.iter().map(|ending| format!(".{ending}"))
    }

    /// Whether such a file is placed on a board already.
    pub fn is_image(&self) -> bool {
        self.form == Form::Image
    }
}

/// Every form. Help, documents and [`NetworkFile`] go by this table: a new form is a line here and
/// an arm where files of its form are read.
const FORMS: [NetworkForm; 5] = [
    NetworkForm::new(Form::Image, &["img"], "an image, compiled before"),
    NetworkForm::new(Form::Json, &["json"], "JSON, see `seamount schema`"),
    NetworkForm::new(Form::Nir, &["nir"], "a float graph"),
    NetworkForm::new(Form::Netx, &["net"], "Lava-DL's netx"),
    NetworkForm::new(Form::Hdf5, &["h5", "hdf5"], "either of the last two"),
];

/// The forms of files that hold a network or an image.
pub fn network_forms() -> &'static [NetworkForm] {
    &FORMS
}

/// The bytes of a file that holds a network or an image, and its name.
#[derive(Debug, Clone)]
pub struct NetworkFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl NetworkFile {
    /// Reads a file of any of the [forms](network_forms) there are.
    ///
    /// # Errors
    /// A file that cannot be read or is too large.
    pub fn read(path: &Path) -> Result<NetworkFile, Failure> {
        let bytes = files::read(path, container::FILE_BYTES_MAX)?;
        Ok(NetworkFile::of_bytes(path, bytes))
    }

    /// Bytes that are in memory already. The name decides what they are where the bytes do not,
    /// gives a float network its name, and is where .npy files of a JSON network are looked for.
    pub fn of_bytes(path: impl Into<PathBuf>, bytes: Vec<u8>) -> NetworkFile {
        NetworkFile {
            path: path.into(),
            bytes,
        }
    }

    /// Whether the source is an image by its ending or by its first bytes.
    pub fn is_image(&self) -> bool {
        self.named_form() == Some(Form::Image) || self.bytes.starts_with(&IMAGE_FILE.magic)
    }

    /// The image, or the network compiled to one with its limits enforced or reported.
    ///
    /// # Errors
    /// Everything that is wrong with the file or the options, and limits that are broken.
    pub fn image(self, options: &SourceOptions, limits: LimitPolicy) -> Result<Placed, Failure> {
        if self.is_image() {
            return self.read_image(options);
        }
        let path = self.path.clone();
        let network = self.into_network(options)?;
        let mut compile = CompileOptions::new(options.board_or_default());
        compile.ignore_limits = limits == LimitPolicy::Report;
        let image = network.compile(&compile)?.image;
        let board = compile.board;
        Ok(Placed { image, board, path })
    }

    fn read_image(self, options: &SourceOptions) -> Result<Placed, Failure> {
        let path = self.path;
        options.import.must_be_absent("an image")?;
        if options.currents.is_some() {
            let problem = "goes into the biases when a network is compiled; this is an image";
            return Err(Failure::option("current", problem));
        }
        let image = Image::from_bytes(&self.bytes).map_err(|e| not_an_image(&path, &e))?;
        let placed_on = &image.board;
        let Some(board) = Board::preset(placed_on) else {
            let problem =
                format!("placed on board '{placed_on}', which this program does not know");
            return Err(Failure::input(&path, problem));
        };
        let asked = options.board.as_ref();
        if asked.is_some_and(|asked| asked.name != *placed_on) {
            let problem = format!(
                "the image is placed on board '{placed_on}' already; compile the network again"
            );
            return Err(Failure::option("board", problem));
        }
        Ok(Placed { image, board, path })
    }

    /// The network; an image is refused.
    ///
    /// # Errors
    /// Everything that is wrong with the file or the options.
    pub fn network(self, options: &SourceOptions) -> Result<IntegerNetwork, Failure> {
        if self.bytes.starts_with(&IMAGE_FILE.magic) {
            let problem = "is an image; a network is wanted";
            return Err(Failure::input(&self.path, problem));
        }
        self.into_network(options)
    }

    /// The float graph; every other kind of file is refused.
    ///
    /// # Errors
    /// Everything that is wrong with the file or the options.
    pub fn graph(self, options: &SourceOptions) -> Result<FloatNetwork, Failure> {
        if self.form() == Form::Nir {
            self.into_graph(options)
        } else {
            let problem = "a float graph (.nir) is wanted";
            Err(Failure::input(&self.path, problem))
        }
    }

    /// Whether the file holds a graph of floats.
    pub fn is_float_graph(&self) -> bool {
        !self.bytes.starts_with(&IMAGE_FILE.magic) && self.form() == Form::Nir
    }

    /// What the ending of the name says.
    fn named_form(&self) -> Option<Form> {
        let ending = files::ending(&self.path);
        let named = |form: &&NetworkForm| form.endings.contains(&ending.as_str());
        FORMS.iter().find(named).map(|form| form.form)
    }

    /// What the ending says; of HDF5, under whatever name, what is inside; JSON of all else.
    fn form(&self) -> Form {
        match self.named_form() {
            Some(form @ (Form::Nir | Form::Netx)) => form,
            Some(Form::Hdf5) => inside(&self.bytes),
            _ if self.bytes.starts_with(HDF5_MAGIC) => inside(&self.bytes),
            _ => Form::Json,
        }
    }

    /// Name of the file without folder and ending, which becomes the name of a network without one.
    fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    fn into_network(self, options: &SourceOptions) -> Result<IntegerNetwork, Failure> {
        let path = self.path.clone();
        let netlist = match self.form() {
            Form::Nir => return self.into_quantised(options),
            Form::Netx => {
                options.import.must_be_absent("a netx file")?;
                let mut netx = Netx::read_bytes(&self.stem(), self.bytes)
                    .map_err(|e| Failure::input(&path, e))?;
                if let Some(currents) = &options.currents {
                    currents.draw_on(&mut netx)?;
                }
                netx.netlist
            }
            // an image by its name only: its bytes are for the reader of JSON to judge
            Form::Json | Form::Image | Form::Hdf5 => {
                options.import.must_be_absent("a network in JSON")?;
                if self.bytes.len() as u64 > FILE_BYTES_MAX {
                    let problem = format!("larger than the {FILE_BYTES_MAX} bytes that are read");
                    return Err(Failure::input(&path, problem));
                }
                if options.currents.is_some() {
                    let problem =
                        "is for float graphs (.nir) and netx (.net); in JSON write biases";
                    return Err(Failure::option("current", problem));
                }
                if self.named_form().is_none() && !looks_like_json(&self.bytes) {
                    return Err(unknown_form(&path));
                }
                netlist_from(&path, &self.bytes)?
            }
        };
        Ok(IntegerNetwork {
            netlist,
            quantise: None,
            path,
        })
    }

    fn into_quantised(self, options: &SourceOptions) -> Result<IntegerNetwork, Failure> {
        let path = self.path.clone();
        let name = self.stem();
        let float = self.into_graph(options)?;
        let Quantised {
            mut netlist,
            mut report,
            ..
        } = quantise(&float.graph, &float.options).map_err(|e| not_quantised(&path, &e))?;
        netlist.name = name;
        report.notes.splice(0..0, float.notes);
        Ok(IntegerNetwork {
            netlist,
            quantise: Some(report),
            path,
        })
    }

    fn into_graph(self, options: &SourceOptions) -> Result<FloatNetwork, Failure> {
        let path = self.path;
        let (graph, notes) = if options.import.ignore_unit_axes {
            let mut graph =
                Graph::read_bytes_unchecked(self.bytes).map_err(|e| Failure::input(&path, e))?;
            let notes = graph.forget_unit_axes();
            let found = graph.check();
            if !found.is_empty() {
                return Err(Failure::new(FailureKind::Input, path.display(), found));
            }
            (graph, notes)
        } else {
            let graph = Graph::read_bytes(self.bytes).map_err(|e| not_a_graph(&path, &e))?;
            (graph, vec![])
        };
        let mut quantise = options.import.over(QuantiseOptions::default());
        let board = options.board_or_default();
        quantise.programs = board.programs.is_some();
        quantise.neurons_max = Some(u64::from(board.cores()) * u64::from(board.core.compartments));
        if let Some(currents) = &options.currents {
            quantise.currents = currents.by_input(&graph)?;
        }
        Ok(FloatNetwork {
            graph,
            options: quantise,
            notes,
        })
    }
}

/// A netx file has a group `layer`; everything else is for the reader of graphs to judge.
fn inside(bytes: &[u8]) -> Form {
    let root = h5::read_bytes(bytes.to_vec(), &h5::H5Limits::default());
    if root.is_ok_and(|root| root.items.contains_key("layer")) {
        Form::Netx
    } else {
        Form::Nir
    }
}

/// Why a file is no float graph; where unit axes are among the reasons, the option that lets them
/// pass.
fn not_a_graph(path: &Path, error: &Refusal) -> Failure {
    let unit_axes = error
        .findings
        .iter()
        .any(|finding| finding.fault == Fault::UnitAxes);
    Failure::of(FailureKind::Input, path.display(), error.findings.clone())
        .with_remedy(unit_axes.then_some(Remedy::IgnoreUnitAxes))
}

/// Why a graph cannot be mapped: the options, the chip, or the file is to blame.
pub fn not_quantised(path: &Path, error: &QuantiseError) -> Failure {
    let limit = |problem: &QuantiseProblem| matches!(problem, QuantiseProblem::Limit { .. });
    let kind = if error.0.iter().all(|finding| finding.node.is_empty()) {
        FailureKind::Usage
    } else if error.0.iter().all(|finding| limit(&finding.problem)) {
        FailureKind::Limits
    } else {
        FailureKind::Input
    };
    Failure::of(kind, path.display(), error.findings())
}

/// Why the bytes of a file are no image, with the numbers that are wrong and those that would do.
fn not_an_image(path: &Path, error: &ImageError) -> Failure {
    let ImageError::Container(container) = error;
    let whole = || Finding::new(Place::whole(), Fault::File, error.to_string());
    let exactly = |number: u64| Allowed::Between {
        min: number.into(),
        max: number.into(),
    };
    let finding = match container {
        ContainerError::Section { tag, problem } => {
            Finding::new(format!("section {tag}"), Fault::File, problem)
        }
        ContainerError::Version { found, known } => {
            whole().value(*found).range(exactly(u64::from(*known)))
        }
        ContainerError::Length { promised, found } => {
            whole().value(*found).range(exactly(*promised))
        }
        _ => whole(),
    };
    Failure::of(FailureKind::Input, path.display(), vec![finding])
}

/// More of something than there is.
fn beyond(problem: String, wanted: u64, available: u64) -> Finding {
    Finding::new(Place::whole(), Fault::OutOfRange, problem)
        .value(wanted)
        .range(Allowed::Between {
            min: 0.into(),
            max: available.into(),
        })
}

fn found_in_image(finding: &ImageFinding) -> Finding {
    match finding {
        ImageFinding::Limit(breach) => beyond(breach.to_string(), breach.wanted, breach.available),
        ImageFinding::Broken { place, problem } => {
            Finding::new(place.as_str(), Fault::Rule, problem)
        }
    }
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
        // an array that is cut short is a wrong file, one that is not there cannot be read
        let cannot_read = |error: &BesideError| match error {
            BesideError::Array(NpyError::Io(error)) | BesideError::Io(error) => {
                error.kind() != std::io::ErrorKind::UnexpectedEof
            }
            _ => false,
        };
        let memory = |error: &BesideError| matches!(error, BesideError::Array(NpyError::Memory(_)));
        let kind = match &error {
            NetlistError::Io { .. } => FailureKind::Io,
            NetlistError::Beside(files) if files.iter().any(|(_, e)| memory(e)) => {
                FailureKind::Memory
            }
            NetlistError::Beside(files) if files.iter().all(|(_, e)| cannot_read(e)) => {
                FailureKind::Io
            }
            _ => FailureKind::Input,
        };
        match error {
            NetlistError::Form(found) => Failure::of(kind, path.display(), found),
            other => Failure::new(kind, path.display(), [other]),
        }
    })?;
    let found = netlist.check();
    if found.is_empty() {
        return Ok(netlist);
    }
    // programs have texts of their own, which can be read all the same
    let all = found.into_iter().chain(program_findings(&netlist));
    Err(Failure::of(
        FailureKind::Input,
        path.display(),
        all.collect(),
    ))
}

impl IntegerNetwork {
    /// A network that was built in the program; `name` is what its failures are about.
    pub fn new(name: impl Into<PathBuf>, netlist: Netlist) -> IntegerNetwork {
        IntegerNetwork {
            netlist,
            quantise: None,
            path: name.into(),
        }
    }

    /// Compiles the network; what quantising changed goes into the provenance of the image.
    ///
    /// # Errors
    /// Findings of the network, limits that are broken, a given placement that does not fit.
    pub fn compile(&self, options: &CompileOptions) -> Result<Compiled, Failure> {
        self.compile_placed(options, &self.path)
    }

    /// As [`IntegerNetwork::compile`], for options with a placement that came from a file of its
    /// own.
    ///
    /// # Errors
    /// As there; problems of the placement are about that file.
    pub fn compile_placed(
        &self,
        options: &CompileOptions,
        placement: &Path,
    ) -> Result<Compiled, Failure> {
        let compiled = compile(&self.netlist, options);
        let refused = |error| not_compiled(error, &options.board, &self.path, placement);
        let mut compiled = compiled.map_err(refused)?;
        if let Some(report) = &self.quantise {
            note(&mut compiled.image, report);
        }
        Ok(compiled)
    }
}

/// Why a network does not compile: `network` is what its failures are about, `placement` those of a
/// given placement.
pub(crate) fn not_compiled(
    error: CompileError,
    board: &Board,
    network: &Path,
    placement: &Path,
) -> Failure {
    let named = network.display();
    let input = FailureKind::Input;
    match error {
        CompileError::Limits(limits) => {
            // More than the whole board has cannot be ignored.
            let ignorable = limits.iter().all(|limit| limit.core.is_some());
            let finding =
                |l: &Limit| beyond(l.to_string(), l.wanted, l.available).suggest(way_out(l, board));
            let findings = limits.iter().map(finding).collect();
            Failure::of(FailureKind::Limits, named, findings)
                .with_remedy(ignorable.then_some(Remedy::IgnoreLimits))
        }
        CompileError::Memory(short) => Failure::memory(named, short),
        CompileError::Netlist(findings) => Failure::of(input, named, findings),
        CompileError::Placement(problems) => Failure::new(input, placement.display(), problems),
        CompileError::Learning { .. } => Failure::new(input, named, [error]),
        CompileError::Programs(findings) => Failure::of(input, named, findings),
    }
}

impl IntegerNetwork {
    /// The network as a `.nir` file for steps of `dt_seconds`, with the chip's integers as its
    /// numbers (the unit of v is 64).
    ///
    /// # Errors
    /// Everything in the network that NIR cannot say.
    pub fn to_nir(&self, dt_seconds: f64) -> Result<Vec<u8>, Failure> {
        let graph = self.netlist.to_graph(dt_seconds);
        let bytes = graph.and_then(|graph| graph.to_nir());
        bytes.map_err(|refusal| {
            Failure::of(FailureKind::Input, self.path.display(), refusal.findings)
        })
    }

    /// An image that was compiled from this network.
    pub fn placed(&self, compiled: &Compiled, board: &Board) -> Placed {
        Placed::new(&self.path, compiled.image.clone(), board.clone())
    }
}

/// Asks for the memory that a chip with an image takes; `named` is what the failure is about.
///
/// # Errors
/// Less memory is left than is needed.
pub fn ask_for_chip(image: &Image, named: &dyn Display) -> Result<(), Failure> {
    ask_for_cores(image.cores.iter()).map_err(|short| Failure::memory(named, short))
}

/// Asks for the memory that cores take when they are loaded.
pub(crate) fn ask_for_cores<'a>(
    cores: impl Iterator<Item = &'a CoreImage>,
) -> Result<(), MemoryShort> {
    // Program and state of a compartment, its packets and what of the network is kept of it;
    // measured: 98 bytes. An accumulator for each delay beside.
    const COMPARTMENT_BYTES: u64 = 128;
    const ACCUMULATOR_BYTES: u64 = 4;
    // A word of memory is at most a synapse of eight bytes as it is loaded.
    const WORD_BYTES: u64 = 8;
    let of_core = |core: &CoreImage| {
        let slots = 1u64 << core.registers.delay_bits.min(6);
        let compartments = core.compartments.len() as u64;
        let accumulators = compartments.next_power_of_two() * slots * ACCUMULATOR_BYTES;
        let words = core.synapse_memory.len() as u64 * WORD_BYTES;
        compartments * COMPARTMENT_BYTES + accumulators + words
    };
    allow("the chip with its state", cores.map(of_core).sum(), 1)
}

impl Placed {
    /// An image and its board; `name` is what failures are about.
    pub fn new(name: impl Into<PathBuf>, image: Image, board: Board) -> Placed {
        Placed {
            image,
            board,
            path: name.into(),
        }
    }

    /// Asks for the memory that a chip with this image takes.
    ///
    /// # Errors
    /// Less memory is left than is needed.
    pub fn ask_for_memory(&self) -> Result<(), Failure> {
        ask_for_chip(&self.image, &self.path.display())
    }

    /// Proves the image against its board.
    ///
    /// # Errors
    /// Every finding of the proof; limits of the chip too, if they are enforced.
    pub fn prove(self, limits: LimitPolicy) -> Result<CheckedImage, Failure> {
        CheckedImage::prove(self.image, &self.board, limits).map_err(|findings| {
            let only_limits = findings
                .iter()
                .all(|finding| matches!(finding, ImageFinding::Limit(_)));
            let kind = if only_limits {
                FailureKind::Limits
            } else {
                FailureKind::Input
            };
            let findings = findings.iter().map(found_in_image).collect();
            Failure::of(kind, self.path.display(), findings)
                .with_remedy(only_limits.then_some(Remedy::IgnoreLimits))
        })
    }
}
/// Whether bytes begin as a JSON text does.
fn looks_like_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    first.is_none_or(|byte| *byte == b'{')
}

/// A file whose name and bytes say nothing that is known.
fn unknown_form(path: &Path) -> Failure {
    let endings: Vec<String> = (FORMS.iter())
        .flat_map(|form| form.endings.iter().map(|ending| format!(".{ending}")))
        .collect();
    let mut problem = format!(
        "is no network by its ending; there are {}",
        endings.join(", ")
    );
    if matches!(
        files::ending(path).as_str(),
        "pt" | "pth" | "ckpt" | "h5py" | "keras" | "onnx"
    ) {
        problem += "; networks of PyTorch and the like come through NIR: export a .nir";
    }
    Failure::input(path, problem)
}
