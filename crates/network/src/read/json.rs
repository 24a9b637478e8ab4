//! The JSON form of a netlist, with arrays inline or in .npy files beside it.

use crate::netlist::*;
use crate::opened;
use crate::read::beside::{self, BesideError};
use crate::read::npy::{self, IntArray, NpyError};
use crate::read::text::{self, NotText};
use schemars::Schema;
use seamount_diagnose::{Finding, FormHeader};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest netlist file that is read, bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 31;
/// Arrays with more elements than this go to .npy files when a netlist is saved.
const INLINE_ELEMENTS_MAX: usize = 4096;

/// Why a netlist cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum NetlistError {
    /// The file cannot be opened or read.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than is read.
    #[error("{path}: {found} bytes, at most {FILE_BYTES_MAX} are read", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
    },
    /// No text.
    #[error(transparent)]
    Text(#[from] NotText),
    /// Not JSON, or JSON of another form: everything that differs from the form, each with line and
    /// column.
    #[error("{}", .0.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n"))]
    Form(Vec<Finding>),
    /// Another kind of file, or another version, which has other fields.
    #[error(
        "format '{format}', version {version}; expected '{FORMAT_NAME}', version {FORMAT_VERSION}"
    )]
    OtherForm {
        /// Field `format`.
        format: String,
        /// Field `version`, as it is written.
        version: String,
    },
    /// Files beside the netlist that cannot be used: arrays and texts of programs, all of them.
    #[error("{}", .0.iter().map(|(place, e)| format!("{place}: {e}")).collect::<Vec<_>>().join("\n"))]
    Beside(Vec<(String, BesideError)>),
    /// Everything the check found.
    #[error("{}", .0.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Finding>),
}

impl Netlist {
    /// Loads a netlist file and the arrays beside it, and checks it.
    pub fn load(path: &Path) -> Result<Netlist, NetlistError> {
        let io = |source| NetlistError::Io {
            path: path.into(),
            source,
        };
        let found = std::fs::metadata(path).map_err(io)?.len();
        if found > FILE_BYTES_MAX {
            return Err(NetlistError::TooLarge {
                path: path.into(),
                found,
            });
        }
        let mut bytes = vec![];
        let file = opened::open(path).map_err(io)?;
        file.take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        Netlist::from_json(&bytes, path.parent().unwrap_or(Path::new(".")))
    }

    /// Parses the JSON form, reads its arrays from `folder`, and checks the result.
    pub fn from_json(bytes: &[u8], folder: &Path) -> Result<Netlist, NetlistError> {
        let netlist = Netlist::parse(bytes, folder)?;
        let findings = netlist.check();
        if findings.is_empty() {
            Ok(netlist)
        } else {
            Err(NetlistError::Invalid(findings))
        }
    }

    /// Parses the JSON form and reads its arrays from `folder`; the rest is for [`Netlist::check`].
    pub fn parse(bytes: &[u8], folder: &Path) -> Result<Netlist, NetlistError> {
        let text = text::decode(bytes)?;
        let schema = || schemars::schema_for!(Netlist).to_value();
        let mut netlist: Netlist =
            seamount_diagnose::from_json(text, schema).map_err(|found| unread(text, found))?;
        netlist
            .populations
            .iter_mut()
            .for_each(Population::complete);
        let mut arrays = Arrays {
            folder,
            errors: vec![],
        };
        arrays.netlist(&mut netlist);
        if !arrays.errors.is_empty() {
            return Err(NetlistError::Beside(arrays.errors));
        }
        Ok(netlist)
    }

    /// The JSON form with every array inline.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self)
            .expect("a netlist has string keys and finite numbers only")
    }

    /// The files of the JSON form under a name: the text, and long arrays as .npy files beside it,
    /// named after it. Who writes them writes them as one set; `seamount-session` does.
    pub fn to_files(&self, path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut copy = self.clone();
        let stem = path.file_stem().unwrap_or_default();
        let mut out = ArrayFiles {
            folder: path.parent().unwrap_or(Path::new(".")),
            stem: stem.to_string_lossy().into_owned(),
            files: vec![],
        };
        let done = out.netlist(&mut copy);
        debug_assert!(done.is_ok(), "arrays become bytes in memory");
        let mut files = out.files;
        files.push((path.into(), copy.to_json().into_bytes()));
        files
    }

    /// JSON schema of the form.
    pub fn schema() -> String {
        let schema = published(schemars::schema_for!(Netlist).to_value());
        // as a schema again: that prints its keywords in their usual order, not by the alphabet
        let schema = Schema::try_from(schema).expect("an object is a schema");
        serde_json::to_string_pretty(&schema).expect("a schema is JSON")
    }
}

/// Why a text is no netlist. That it is of another form or version comes first: it may have other
/// fields, and findings about those would lead astray.
fn unread(text: &str, found: Vec<Finding>) -> NetlistError {
    match FormHeader::of_other(text, FORMAT_NAME, FORMAT_VERSION) {
        Some(FormHeader { format, version }) => NetlistError::OtherForm {
            format,
            version: version.to_string(),
        },
        None => NetlistError::Form(found),
    }
}

/// A schema for other programs: ranges of registers as `minimum` and `maximum`, and descriptions
/// without the links and line ends of Rust's documentation.
fn published(mut schema: Value) -> Value {
    fn translate(value: &mut Value) {
        match value {
            Value::Object(members) => {
                if let Some(range) = members.remove(seamount_diagnose::RANGE) {
                    members.insert("minimum".into(), range[0].clone());
                    members.insert("maximum".into(), range[1].clone());
                }
                if let Some(Value::String(text)) = members.get_mut("description") {
                    *text = text
                        .replace("[`", "`")
                        .replace("`]", "`")
                        .replace('\n', " ");
                }
                members.values_mut().for_each(translate);
            }
            Value::Array(items) => items.iter_mut().for_each(translate),
            _ => {}
        }
    }
    translate(&mut schema);
    schema
}

/// Calls `visit` with the place and each array of a netlist that may lie in a file.
macro_rules! visit_arrays {
    ($self:ident, $netlist:ident, $array:ident, $values:ident, $matrix:ident) => {
        for population in &mut $netlist.populations {
            for c in &mut population.compartments {
                let place = format!("{}.{}", population.name, c.name);
                $self.$values(&place, "current_decay", &mut c.current_decay)?;
                $self.$values(&place, "voltage_decay", &mut c.voltage_decay)?;
                $self.$values(&place, "bias_mantissa", &mut c.bias_mantissa)?;
                $self.$values(&place, "bias_exponent", &mut c.bias_exponent)?;
                $self.$values(&place, "threshold_mantissa", &mut c.threshold_mantissa)?;
                $self.$values(&place, "refractory_steps", &mut c.refractory_steps)?;
                $self.$values(&place, "initial_current", &mut c.initial_current)?;
                $self.$values(&place, "initial_voltage", &mut c.initial_voltage)?;
            }
            if let Some(program) = &mut population.program {
                let place = &population.name;
                for (name, values) in program.parameters.iter_mut().chain(&mut program.initial) {
                    $self.$values(place, name, values)?;
                }
            }
        }
        for p in &mut $netlist.projections {
            let place = p.name.clone();
            $self.$values(&place, "weight_exponent", &mut p.weight_exponent)?;
            if let Axons::Pop16(groups) | Axons::Pop32(groups) = &mut p.axons {
                $self.$array(&place, "group", &mut groups.group)?;
                $self.$array(&place, "atom", &mut groups.atom)?;
            }
            match &mut p.connectivity {
                Connectivity::Dense { weights, .. } => $self.$matrix(&place, "weights", weights)?,
                Connectivity::Pairs {
                    sources,
                    targets,
                    weights,
                    delays,
                } => {
                    $self.$array(&place, "sources", sources)?;
                    $self.$array(&place, "targets", targets)?;
                    $self.$values(&place, "weights", weights)?;
                    $self.$values(&place, "delays", delays)?;
                }
                Connectivity::Lists(edges) => {
                    $self.$array(&place, "offsets", &mut edges.offsets)?;
                    $self.$array(&place, "targets", &mut edges.targets)?;
                    $self.$values(&place, "weights", &mut edges.weights)?;
                    $self.$values(&place, "delays", &mut edges.delays)?;
                }
                Connectivity::OneToOne { weights, delays } => {
                    $self.$values(&place, "weights", weights)?;
                    $self.$values(&place, "delays", delays)?;
                }
                Connectivity::AllToAll { .. } | Connectivity::Generated(_) => {}
            }
        }
        for probe in &mut $netlist.probes {
            if let Some(neurons) = &mut probe.neurons {
                $self.$array(&probe.name, "neurons", neurons)?;
            }
        }
        for probe in &mut $netlist.learning_probes {
            if let Some(synapses) = &mut probe.synapses {
                $self.$array(&probe.name, "synapses", synapses)?;
            }
        }
    };
}

/// Replaces file references by what the files hold.
struct Arrays<'a> {
    folder: &'a Path,
    errors: Vec<(String, BesideError)>,
}

impl Arrays<'_> {
    fn netlist(&mut self, netlist: &mut Netlist) {
        for (at, program) in netlist.programs.iter_mut().enumerate() {
            let file = program.file.clone();
            if let Err(error) = beside::complete(program, self.folder) {
                let of_file = file.map_or_else(String::new, |file| format!(".file {file}"));
                let place = format!("programs[{at}] '{}'{of_file}", program.name);
                self.errors.push((place, error));
            }
        }
        let mut walk = || -> Result<(), std::convert::Infallible> {
            visit_arrays!(self, netlist, array, values, matrix);
            Ok(())
        };
        walk().expect("infallible");
    }

    fn read(&mut self, place: &str, field: &str, file: &NpyFile) -> Option<IntArray> {
        let read = |path: PathBuf| Ok(npy::read(&path).and_then(|array| file.cut(array))?);
        beside::inside(self.folder, &file.npy)
            .and_then(read)
            .map_err(|e| {
                self.errors
                    .push((format!("{place}.{field} in {}", file.npy), e))
            })
            .ok()
    }

    fn array<T: TryFrom<i64>>(
        &mut self,
        place: &str,
        field: &str,
        array: &mut Array<T>,
    ) -> Result<(), std::convert::Infallible> {
        let Array::Npy(file) = array else {
            return Ok(());
        };
        let file = file.clone();
        let Some(read) = self.read(place, field, &file) else {
            return Ok(());
        };
        let mut values = Vec::with_capacity(read.data.len());
        for (index, &value) in read.data.iter().enumerate() {
            match T::try_from(value) {
                Ok(value) => values.push(value),
                Err(_) => {
                    self.errors.push((
                        format!("{place}.{field} in {}", file.npy),
                        BesideError::Array(NpyError::Integer {
                            index,
                            value: value.into(),
                        }),
                    ));
                    return Ok(());
                }
            }
        }
        *array = Array::Inline(values);
        Ok(())
    }

    fn values<T: TryFrom<i64>>(
        &mut self,
        place: &str,
        field: &str,
        values: &mut Values<T>,
    ) -> Result<(), std::convert::Infallible> {
        match values {
            Values::Each(array) => self.array(place, field, array),
            Values::Shared(_) => Ok(()),
        }
    }

    fn matrix(
        &mut self,
        place: &str,
        field: &str,
        matrix: &mut Matrix,
    ) -> Result<(), std::convert::Infallible> {
        let Matrix::Npy(file) = matrix else {
            return Ok(());
        };
        let file = file.clone();
        let Some(read) = self.read(place, field, &file) else {
            return Ok(());
        };
        let error = |e: NpyError| (format!("{place}.{field} in {}", file.npy), e.into());
        let [_, columns] = read.shape[..] else {
            self.errors.push(error(NpyError::Header(format!(
                "shape {:?}, wanted two axes",
                read.shape
            ))));
            return Ok(());
        };
        let rows = read
            .data
            .chunks(usize::try_from(columns).unwrap_or(usize::MAX).max(1));
        let limited =
            |v: &i64| i32::try_from(*v).unwrap_or(if *v < 0 { i32::MIN } else { i32::MAX });
        *matrix = Matrix::Rows(rows.map(|row| row.iter().map(limited).collect()).collect());
        Ok(())
    }
}

/// Moves long arrays to files.
struct ArrayFiles<'a> {
    folder: &'a Path,
    stem: String,
    files: Vec<(PathBuf, Vec<u8>)>,
}

/// What every array is visited with; nothing can go wrong.
type Moved = Result<(), std::convert::Infallible>;

impl ArrayFiles<'_> {
    fn netlist(&mut self, netlist: &mut Netlist) -> Moved {
        visit_arrays!(self, netlist, array, values, matrix);
        Ok(())
    }

    /// Adds a file and says how the network names it.
    fn add(&mut self, field: &str, bytes: Vec<u8>) -> NpyFile {
        let number = self.files.len() + 1;
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        let field: String = field.chars().filter(plain).collect();
        let name = format!("{}.{number}.{field}.npy", self.stem);
        self.files.push((self.folder.join(&name), bytes));
        NpyFile::whole(name)
    }

    fn array<T: Copy + TryInto<i64>>(
        &mut self,
        _: &str,
        field: &str,
        array: &mut Array<T>,
    ) -> Moved {
        let values = array.as_slice();
        if values.len() <= INLINE_ELEMENTS_MAX {
            return Ok(());
        }
        let shape = [values.len() as u64];
        let integers = values.iter().map(|&v| v.try_into().unwrap_or(i64::MAX));
        let bytes = npy::to_bytes(&shape, integers);
        *array = Array::Npy(self.add(field, bytes));
        Ok(())
    }

    fn values<T: Copy + TryInto<i64>>(
        &mut self,
        place: &str,
        field: &str,
        values: &mut Values<T>,
    ) -> Moved {
        match values {
            Values::Each(array) => self.array(place, field, array),
            Values::Shared(_) => Ok(()),
        }
    }

    fn matrix(&mut self, _: &str, field: &str, matrix: &mut Matrix) -> Moved {
        let rows = matrix.rows();
        let columns = rows.first().map_or(0, Vec::len);
        if rows.len() * columns <= INLINE_ELEMENTS_MAX || rows.iter().any(|r| r.len() != columns) {
            return Ok(());
        }
        let shape = [rows.len() as u64, columns as u64];
        let bytes = npy::to_bytes(&shape, rows.iter().flatten().map(|&v| i64::from(v)));
        *matrix = Matrix::Npy(self.add(field, bytes));
        Ok(())
    }
}
