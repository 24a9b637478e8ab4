//! [`H5Source`] by the crate `hdf5-reader`: no C, every limit set.

use super::{H5Group, H5Limits, H5Problem, H5Source, Item, Value};
use crate::graph::Tensor;
use crate::memory;
use hdf5_reader::error::Error;
use hdf5_reader::messages::attribute::AttributeMessage;
use hdf5_reader::messages::datatype::{StringSize, VarLenKind};
use hdf5_reader::{ByteOrder, Dataset, Datatype, Hdf5File, OpenOptions};

/// The reader.
#[derive(Debug, Clone, Copy, Default)]
pub struct PureRust;

impl H5Source for PureRust {
    fn load(&self, bytes: Vec<u8>, limits: &H5Limits) -> Result<H5Group, H5Problem> {
        let found = bytes.len() as u64;
        let options = OpenOptions::default()
            .with_max_read_bytes(limits.array_bytes_max)
            .with_max_chunk_bytes(limits.chunk_bytes_max)
            .with_max_object_header_bytes(limits.header_bytes_max)
            .with_chunk_cache_bytes(0);
        let file = Hdf5File::from_vec_with_options(bytes, options).map_err(problem)?;
        let superblock = file.superblock();
        let promised = superblock
            .eof_address
            .saturating_add(superblock.base_address);
        if superblock.eof_address != u64::MAX && promised > found {
            return Err(H5Problem::Truncated { promised, found });
        }
        let root = file.root_group().map_err(problem)?;
        let mut walk = FileWalk {
            limits,
            objects: 0,
            bytes: 0,
        };
        walk.group(&root, 0)
    }
}

/// What has been spent of the limits.
struct FileWalk<'a> {
    limits: &'a H5Limits,
    objects: usize,
    bytes: usize,
}

impl FileWalk<'_> {
    fn group(
        &mut self,
        group: &hdf5_reader::group::Group,
        depth: usize,
    ) -> Result<H5Group, H5Problem> {
        if depth > self.limits.depth_max {
            return Err(H5Problem::Limit(format!(
                "groups nest deeper than {}",
                self.limits.depth_max
            )));
        }
        let mut out = H5Group::default();
        for attribute in group.raw_attributes().map_err(problem)? {
            self.count()?;
            let value = self.attribute(group, attribute.message())?;
            out.attributes.insert(attribute.name().into(), value);
        }
        let (groups, datasets) = group.member_names().map_err(problem)?;
        for name in groups {
            self.count()?;
            let item = match group
                .group(&name)
                .map_err(problem)
                .and_then(|g| self.group(&g, depth + 1))
            {
                Ok(inner) => Item::Group(inner),
                Err(limit @ (H5Problem::Limit(_) | H5Problem::Memory(_))) => return Err(limit),
                Err(problem) => Item::Unreadable(problem),
            };
            out.items.insert(name, item);
        }
        for name in datasets {
            self.count()?;
            let item = match group
                .dataset(&name)
                .map_err(problem)
                .and_then(|d| self.dataset(&d))
            {
                Ok(value) => Item::Value(value),
                Err(problem) => Item::Unreadable(problem),
            };
            out.items.insert(name, item);
        }
        Ok(out)
    }

    fn count(&mut self) -> Result<(), H5Problem> {
        self.objects += 1;
        if self.objects > self.limits.objects_max {
            return Err(H5Problem::Limit(format!(
                "more than {} groups and arrays",
                self.limits.objects_max
            )));
        }
        Ok(())
    }

    fn spend(&mut self, elements: u64) -> Result<(), H5Problem> {
        // As bytes of the file, and as the floats that are made of them.
        memory::allow("an array of the file", elements, 16)?;
        let bytes = usize::try_from(elements)
            .ok()
            .and_then(|n| n.checked_mul(8))
            .and_then(|n| n.checked_add(self.bytes));
        match bytes {
            Some(bytes) if bytes <= self.limits.total_bytes_max => self.bytes = bytes,
            _ => {
                return Err(H5Problem::Limit(format!(
                    "arrays of more than {} bytes in all",
                    self.limits.total_bytes_max
                )));
            }
        }
        Ok(())
    }

    fn dataset(&mut self, dataset: &Dataset) -> Result<Value, H5Problem> {
        let shape = axes(dataset.shape())?;
        self.spend(dataset.num_elements().map_err(problem)?)?;
        let raw = dataset.read_raw_bytes().map_err(problem)?;
        let resolve = |reference: &[u8]| {
            dataset
                .resolve_vlen_reference_bytes(reference, 1)
                .map_err(problem)
        };
        self.value(
            dataset.dtype(),
            shape,
            &raw,
            dataset.vlen_reference_size(),
            resolve,
        )
    }

    fn attribute(
        &mut self,
        group: &hdf5_reader::group::Group,
        message: &AttributeMessage,
    ) -> Result<Value, H5Problem> {
        let shape = axes(&message.dataspace.dims)?;
        self.spend(
            message
                .dataspace
                .num_elements()
                .map_err(|error| problem(error.into()))?,
        )?;
        let resolve = |reference: &[u8]| {
            group
                .resolve_vlen_reference_bytes(reference, 1)
                .map_err(problem)
        };
        self.value(
            &message.datatype,
            shape,
            &message.raw_data,
            8 + usize::from(group.offset_size()),
            resolve,
        )
    }

    /// Elements from their bytes; `resolve` follows a reference of a string of free length.
    fn value(
        &mut self,
        datatype: &Datatype,
        shape: Vec<usize>,
        raw: &[u8],
        reference_bytes: usize,
        resolve: impl Fn(&[u8]) -> Result<Vec<u8>, H5Problem>,
    ) -> Result<Value, H5Problem> {
        let data = match datatype {
            Datatype::String {
                size: StringSize::Fixed(size),
                ..
            } if *size > 0 => {
                self.spend(STRING_WORDS * (raw.len() / *size as usize) as u64)?;
                raw.chunks_exact(*size as usize)
                    .map(text)
                    .collect::<Result<_, _>>()?
            }
            Datatype::String {
                size: StringSize::Variable,
                ..
            }
            | Datatype::VarLen {
                kind: VarLenKind::String,
                ..
            } => {
                let length = |reference: &[u8]| {
                    reference
                        .first_chunk()
                        .map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
                };
                let bytes = raw.chunks_exact(reference_bytes).map(length).sum::<u64>();
                self.spend(
                    bytes.div_ceil(8) + STRING_WORDS * (raw.len() / reference_bytes) as u64,
                )?;
                let string = |reference: &[u8]| resolve(reference).and_then(|bytes| text(&bytes));
                raw.chunks_exact(reference_bytes)
                    .map(string)
                    .collect::<Result<_, _>>()?
            }
            _ => return Number::of(datatype)?.decode(shape, raw),
        };
        texts(shape, data)
    }
}

/// What a string costs beside its bytes, in words of 8.
const STRING_WORDS: u64 = 4;

/// A string up to its first zero byte.
fn text(bytes: &[u8]) -> Result<String, H5Problem> {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    let text = std::str::from_utf8(&bytes[..end])
        .map_err(|_| H5Problem::Broken("a string is not UTF-8".into()))?;
    Ok(text.into())
}

fn texts(shape: Vec<usize>, data: Vec<String>) -> Result<Value, H5Problem> {
    if crate::graph::tensor::count(&shape) != Some(data.len()) {
        return Err(H5Problem::Broken(format!(
            "{} strings for shape {shape:?}",
            data.len()
        )));
    }
    Ok(Value::Texts { shape, data })
}

fn axes(shape: &[u64]) -> Result<Vec<usize>, H5Problem> {
    let axis = |&length: &u64| {
        usize::try_from(length).map_err(|_| H5Problem::Limit(format!("an axis of {length}")))
    };
    shape.iter().map(axis).collect()
}

/// How the elements of an array are stored.
#[derive(Debug, Clone, Copy)]
struct Number {
    class: NumberClass,
    size: usize,
    big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberClass {
    Float,
    Signed,
    Unsigned,
    Boolean,
}

impl Number {
    fn of(datatype: &Datatype) -> Result<Number, H5Problem> {
        let other = || H5Problem::Type(short(&format!("{datatype:?}")));
        match datatype {
            Datatype::FloatingPoint { size, byte_order } if matches!(size, 4 | 8) => Ok(Number {
                class: NumberClass::Float,
                size: usize::from(*size),
                big_endian: *byte_order == ByteOrder::BigEndian,
            }),
            Datatype::FixedPoint {
                size,
                signed,
                byte_order,
            } if matches!(size, 1 | 2 | 4 | 8) => Ok(Number {
                class: if *signed {
                    NumberClass::Signed
                } else {
                    NumberClass::Unsigned
                },
                size: usize::from(*size),
                big_endian: *byte_order == ByteOrder::BigEndian,
            }),
            Datatype::Enum { base, members } => {
                let base = Number::of(base)?;
                let mut names: Vec<&str> =
                    members.iter().map(|member| member.name.as_str()).collect();
                names.sort_unstable();
                if base.size == 1 && names == ["FALSE", "TRUE"] {
                    Ok(Number {
                        class: NumberClass::Boolean,
                        ..base
                    })
                } else {
                    Err(other())
                }
            }
            _ => Err(other()),
        }
    }

    fn decode(self, shape: Vec<usize>, bytes: &[u8]) -> Result<Value, H5Problem> {
        let wanted = crate::graph::tensor::count(&shape).and_then(|n| n.checked_mul(self.size));
        if wanted != Some(bytes.len()) {
            return Err(H5Problem::Broken(format!(
                "{} bytes for shape {shape:?} of {} bytes each",
                bytes.len(),
                self.size
            )));
        }
        let data = bytes
            .chunks_exact(self.size)
            .map(|element| self.element(element))
            .collect::<Result<Vec<f64>, _>>()?;
        let tensor = Tensor { shape, data };
        Ok(match self.class {
            NumberClass::Float => Value::Floats(tensor),
            NumberClass::Signed | NumberClass::Unsigned => Value::Integers(tensor),
            NumberClass::Boolean => Value::Booleans(tensor),
        })
    }

    fn element(self, bytes: &[u8]) -> Result<f64, H5Problem> {
        let mut word = [0u8; 8];
        for (i, &byte) in bytes.iter().enumerate() {
            word[if self.big_endian {
                self.size - 1 - i
            } else {
                i
            }] = byte;
        }
        let bits = u64::from_le_bytes(word);
        let unused = 64 - 8 * self.size as u32;
        match self.class {
            NumberClass::Float if self.size == 4 => Ok(f64::from(f32::from_bits(bits as u32))),
            NumberClass::Float => Ok(f64::from_bits(bits)),
            NumberClass::Signed => exact(i128::from((bits << unused) as i64 >> unused)),
            NumberClass::Unsigned => exact(i128::from(bits)),
            NumberClass::Boolean => Ok(f64::from(u8::from(bits != 0))),
        }
    }
}

fn exact(value: i128) -> Result<f64, H5Problem> {
    if value.abs() <= 1 << 53 {
        Ok(value as f64)
    } else {
        Err(H5Problem::BigInteger(value))
    }
}

/// Filter number of lzf in h5py.
const LZF: &str = "32000";

fn problem(error: Error) -> H5Problem {
    match error {
        Error::Context { source, .. } => problem(*source),
        Error::InvalidMagic => H5Problem::NotHdf5,
        Error::UnsupportedFilter(text) if text.contains(LZF) => H5Problem::Lzf,
        Error::UnsupportedFilter(text) => H5Problem::Filter(short(&text)),
        Error::ResourceLimit(text) => H5Problem::Limit(short(&text)),
        other => H5Problem::Broken(short(&other.to_string())),
    }
}

/// Text of a library, kept to a length that fits a message.
fn short(text: &str) -> String {
    const CHARACTERS_MAX: usize = 160;
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.into(),
    }
}
