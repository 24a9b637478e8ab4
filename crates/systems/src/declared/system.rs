//! `system.toml`: reading a declaration, and making a netlist and a chip of it.

use super::{PlacedSystem, Readout};
use seamount_chip::{Chip, ChipProgram};
use seamount_compile::CompileOptions;
use seamount_diagnose::{Field, Fields, Finding, Findings, TomlNode, TomlText};
use seamount_image::ImageRegister;
use seamount_network::netlist::{Netlist, Netx};
use seamount_session::eval::{SampleEncoder, WHITE};
use seamount_session::{Failure, build};
use seamount_spec::Board;
use seamount_study::datasets::{Dataset, Datasets};
use seamount_study::text::wrong;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Files of a declared system, as they are compiled into the program.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredFiles {
    /// Text of `system.toml`.
    pub toml: &'static str,
    /// Name and text of every netlist beside it.
    pub netlists: &'static [(&'static str, &'static str)],
}

/// A published system that only infers.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Name of the experiment.
    pub name: String,
    /// Publication and origin of the data.
    pub source: String,
    /// Steps of one input.
    pub steps: u64,
    /// Networks, by board; the first is the default.
    pub networks: Vec<SystemNetwork>,
    /// Way in, where inputs are images or random.
    pub encoder: Option<SampleEncoder>,
    /// Figures that others recorded.
    pub recorded: Vec<Recorded>,
    data: Option<[String; 3]>,
}

/// A network of a system, for one board.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemNetwork {
    /// Name of the board.
    pub board: String,
    /// File of the network.
    pub file: SystemFile,
    /// Way out; none where whole traces are compared instead of answers.
    pub readout: Option<Readout>,
    /// How it is placed on the board.
    pub place: CompileOptions,
}

/// File of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemFile {
    /// Text of a netlist whose arrays lie in the data folder.
    Netlist(&'static str),
    /// Path within the data folder of a network as others published it (`.net`, `.nir`).
    Published(PathBuf),
}

/// A figure that others recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Name of the figure.
    pub figure: String,
    /// The figure, in `unit`.
    pub value: f64,
    /// Unit.
    pub unit: String,
    /// Where it stands.
    pub source: String,
}

/// A declaration that is part of this program, read when it is first asked for.
pub struct Declared {
    files: DeclaredFiles,
    read: OnceLock<System>,
}

impl Declared {
    /// The declaration of some files.
    pub const fn new(
        toml: &'static str,
        netlists: &'static [(&'static str, &'static str)],
    ) -> Declared {
        Declared {
            files: DeclaredFiles { toml, netlists },
            read: OnceLock::new(),
        }
    }
}

impl Deref for Declared {
    type Target = System;

    fn deref(&self) -> &System {
        self.read.get_or_init(|| System::load(self.files))
    }
}

impl System {
    /// Reads a declaration, with everything that is wrong with it at once.
    ///
    /// # Errors
    /// The findings, each with its line, in the order of the file.
    pub fn read(files: DeclaredFiles) -> Result<System, Vec<Finding>> {
        let text = TomlText::new(files.toml)?;
        let found = Findings::new();
        let fields = Fields::root(text.root(), &found);
        let system = system(&fields, files);
        fields.finish();
        match found.or(system) {
            Ok(Some(system)) => Ok(system),
            Ok(None) => Err(vec![]),
            Err(refusal) => Err(refusal.findings),
        }
    }

    /// A declaration that is part of this program.
    ///
    /// # Panics
    /// If the declaration is wrong, with all of its findings. It is as much a part of the program
    /// as its code, and a test reads each.
    pub fn load(files: DeclaredFiles) -> System {
        System::read(files).unwrap_or_else(|findings| {
            let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
            panic!("system.toml:\n{}", lines.join("\n"))
        })
    }

    /// A recorded figure, in the unit of the declaration.
    ///
    /// # Panics
    /// If the declaration has no such figure.
    pub fn recorded(&self, figure: &str) -> f64 {
        let known = self.recorded.iter().find(|r| r.figure == figure);
        known
            .unwrap_or_else(|| panic!("{}: no recorded figure '{figure}'", self.name))
            .value
    }

    /// The folder of the data; an empty path for a system without any.
    ///
    /// # Errors
    /// [`Missing`](seamount_session::FailureKind::Missing) with every folder that was looked in.
    pub fn folder(&self, data: &Datasets) -> Result<PathBuf, Failure> {
        match &self.data {
            None => Ok(PathBuf::new()),
            Some([what, folder, file]) => {
                let found = data.find(Dataset::new(what, folder, file));
                // a user may also name the folder within the set that holds the file
                let outer = data.root().join("..");
                let within = Path::new(file).components().count() > 1;
                if found.is_err() && within && outer.join(file).is_file() {
                    return Ok(outer);
                }
                found
            }
        }
    }

    /// The network for a board, or the first one.
    ///
    /// # Errors
    /// A failure of the call if the system does not run on the board.
    pub fn network(&self, board: Option<&str>) -> Result<&SystemNetwork, Failure> {
        let Some(board) = board else {
            return Ok(&self.networks[0]);
        };
        let known = self.networks.iter().find(|n| n.board == board);
        known.ok_or_else(|| Failure::call(format!("{} does not run on '{board}'", self.name)))
    }

    /// Places a netlist, as declared or changed since, on the board of a declared network.
    ///
    /// # Errors
    /// If the board does not exist, the network does not fit it, or nothing is declared to be read.
    pub fn place(
        &self,
        network: &SystemNetwork,
        mut netlist: Netlist,
    ) -> Result<PlacedSystem, Failure> {
        let readout = network.readout.clone().filter(|readout| {
            let name = readout.population();
            netlist.populations.iter().any(|p| p.name == name)
        });
        let readout = readout
            .ok_or_else(|| Failure::call(format!("{}: the network has no readout", self.name)))?;
        let spikes = readout.spikes();
        if netlist.probes.iter().all(|p| p.name != spikes) {
            readout.probe(&mut netlist);
        }
        let image = build(&netlist, &network.place)?;
        let program = Arc::new(ChipProgram::new(&image));
        Ok(PlacedSystem {
            image,
            program,
            encoder: self.encoder,
            readout,
            steps: self.steps,
        })
    }
}

impl SystemNetwork {
    /// A chip of the declared board with a netlist, as declared or changed since.
    ///
    /// # Errors
    /// If the network does not fit the board.
    pub fn chip(&self, netlist: &Netlist) -> Result<Chip, Failure> {
        Ok(Chip::load(&build(netlist, &self.place)?))
    }

    /// The netlist, with its arrays from the data folder.
    ///
    /// # Errors
    /// Everything that is wrong with the file and the arrays that it names.
    pub fn netlist(&self, folder: &Path) -> Result<Netlist, Failure> {
        match &self.file {
            SystemFile::Netlist(text) => {
                Netlist::from_json(text.as_bytes(), folder).map_err(|e| wrong(folder, e))
            }
            SystemFile::Published(_) => Ok(self.netx(folder)?.netlist),
        }
    }

    /// The network of a published `.net` file, with its layers.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn netx(&self, folder: &Path) -> Result<Netx, Failure> {
        let path = folder.join(self.published());
        Netx::read(&path).map_err(|e| wrong(&path, e))
    }

    /// Path of the published file within the data folder; empty for a netlist of our own.
    pub fn published(&self) -> &Path {
        match &self.file {
            SystemFile::Published(path) => path,
            SystemFile::Netlist(_) => Path::new(""),
        }
    }
}

type TomlFields<'f, 't> = Fields<'f, TomlNode<'t>>;
type TomlField<'f, 't> = Field<'f, TomlNode<'t>>;

/// The whole file; none if something was found, which the caller knows by its findings.
fn system(fields: &TomlFields<'_, '_>, files: DeclaredFiles) -> Option<System> {
    let name = text(fields, "name");
    let source = text(fields, "source");
    let steps = fields.need("steps").whole_number(1..=1 << 24);
    let data = fields.may("data").table().map(|table| {
        let data = ["what", "folder", "file"].map(|key| text(&table, key));
        table.finish();
        data
    });
    let networks = fields.need("network");
    let networks: Vec<Option<SystemNetwork>> = (networks.items().unwrap_or_default().iter())
        .map(|item| network(item, files))
        .collect();
    if networks.is_empty() {
        fields.need("network").rule("wanted at least one network");
    }
    let encoder = fields.may("encoder");
    let encoder = encoder.table().map(encoder_of);
    let recorded = fields.may("recorded").items().unwrap_or_default();
    let recorded: Vec<Option<Recorded>> = recorded.iter().map(recorded_figure).collect();
    Some(System {
        name: name?,
        source: source?,
        steps: u64::try_from(steps?).ok()?,
        data: match data {
            None => None,
            Some([what, folder, file]) => Some([what?, folder?, file?]),
        },
        networks: networks.into_iter().collect::<Option<_>>()?,
        encoder: match encoder {
            None => None,
            Some(encoder) => Some(encoder?),
        },
        recorded: recorded.into_iter().collect::<Option<_>>()?,
    })
}

fn text(fields: &TomlFields<'_, '_>, key: &str) -> Option<String> {
    fields.need(key).text().map(String::from)
}

fn network(item: &TomlField<'_, '_>, files: DeclaredFiles) -> Option<SystemNetwork> {
    let table = item.table()?;
    let name = text(&table, "board");
    let board = name.as_deref().and_then(Board::preset);
    if let (Some(name), None) = (&name, &board) {
        table
            .need("board")
            .rule(format!("there is no board '{name}'"));
    }
    let netlist = table.may("netlist");
    let published = table.may("published");
    let file = match (netlist.text(), published.text()) {
        (Some(name), None) => {
            let beside = files.netlists.iter().find(|(known, _)| *known == name);
            if beside.is_none() {
                netlist.rule(format!("there is no netlist '{name}' beside this file"));
            }
            beside.map(|(_, text)| SystemFile::Netlist(text))
        }
        (None, Some(path)) => Some(SystemFile::Published(PathBuf::from(path.as_ref()))),
        _ => {
            item.rule("wanted one of 'netlist' and 'published'");
            None
        }
    };
    let readout = table.may("readout");
    let readout = readout.table().map(readout_of);
    let limits = table.may("limits");
    let limits = limits.word(&[
        ("enforced", DeclaredLimits::Enforced),
        ("lifted", DeclaredLimits::Lifted),
    ]);
    let refinement = table.may("refinement_steps").whole_number(0..=1 << 32);
    table.finish();
    let mut place = CompileOptions::new(board?);
    place.ignore_limits = limits == Some(DeclaredLimits::Lifted);
    if let Some(steps) = refinement.and_then(|steps| u64::try_from(steps).ok()) {
        place.refinement_steps = steps;
    }
    Some(SystemNetwork {
        board: name?,
        file: file?,
        place,
        readout: match readout {
            None => None,
            Some(readout) => Some(readout?),
        },
    })
}

/// What becomes of limits of the chip.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DeclaredLimits {
    Enforced,
    Lifted,
}

/// Kinds of readout, by the word that names them.
#[derive(Clone, Copy)]
enum ReadoutKind {
    Largest,
    MostSpikes,
    FirstSpike,
}

fn readout_of(table: TomlFields<'_, '_>) -> Option<Readout> {
    let kind = table.need("kind").word(&[
        ("largest", ReadoutKind::Largest),
        ("most-spikes", ReadoutKind::MostSpikes),
        ("first-spike", ReadoutKind::FirstSpike),
    ]);
    let population = text(&table, "population");
    // which fields there may be depends on the kind: without one none is judged
    let readout = match (kind?, population) {
        (ReadoutKind::Largest, population) => {
            let register = register_of(&table);
            let both = register.zip(population);
            both.map(|(register, population)| Readout::Largest {
                population,
                register,
            })
        }
        (ReadoutKind::MostSpikes, Some(population)) => Some(Readout::MostSpikes { population }),
        (ReadoutKind::FirstSpike, Some(population)) => Some(Readout::FirstSpike { population }),
        (ReadoutKind::MostSpikes | ReadoutKind::FirstSpike, None) => None,
    };
    table.finish();
    readout
}

/// A register by its name, or a word of the state of a program by its number.
fn register_of(table: &TomlFields<'_, '_>) -> Option<ImageRegister> {
    let register = table.may("register");
    let word = table.may("word");
    if register.is_present() == word.is_present() {
        register.rule("wanted one of 'register' and 'word'");
        return None;
    }
    let named = register.word(&[
        ("voltage", ImageRegister::Voltage),
        ("current", ImageRegister::Current),
    ]);
    let word = word.whole_number(0..=255);
    named.or(word.map(|word| ImageRegister::State(word as u8)))
}

/// Kinds of encoder, by the word that names them.
#[derive(Clone, Copy)]
enum EncoderKind {
    LevelCrossing,
    Accumulate,
    Random,
}

fn encoder_of(table: TomlFields<'_, '_>) -> Option<SampleEncoder> {
    let kind = table.need("kind").word(&[
        ("level-crossing", EncoderKind::LevelCrossing),
        ("accumulate", EncoderKind::Accumulate),
        ("random", EncoderKind::Random),
    ]);
    // which fields there are depends on the kind: without one none is judged
    let encoder = match kind? {
        EncoderKind::LevelCrossing => {
            let levels = number(&table, "levels", 254);
            let white = number(&table, "white", i64::from(u32::MAX));
            let cue = number(&table, "cue", i64::from(u32::MAX));
            let all = levels.zip(white).zip(cue);
            all.map(|((levels, white), cue)| SampleEncoder::LevelCrossing { levels, white, cue })
        }
        EncoderKind::Accumulate => {
            number(&table, "shown", 1 << 24).map(|shown| SampleEncoder::Accumulate {
                level: WHITE,
                shown: u64::from(shown),
            })
        }
        EncoderKind::Random => {
            let rate = table.need("rate").number(0.0..=1.0);
            rate.map(|rate| SampleEncoder::Random { rate, seed: 0 })
        }
    };
    table.finish();
    encoder
}

fn number(table: &TomlFields<'_, '_>, key: &str, most: i64) -> Option<u32> {
    let number = table.need(key).whole_number(0..=most);
    number.and_then(|n| u32::try_from(n).ok())
}

fn recorded_figure(item: &TomlField<'_, '_>) -> Option<Recorded> {
    let table = item.table()?;
    let figure = text(&table, "figure");
    let value = table.need("value").any_number();
    let unit = text(&table, "unit");
    let source = text(&table, "source");
    table.finish();
    Some(Recorded {
        figure: figure?,
        value: value?,
        unit: unit?,
        source: source?,
    })
}
