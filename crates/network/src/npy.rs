//! Reading and writing .npy arrays of numbers, with every size checked before it is allocated.

use npyz::{DType, NpyFile, TypeChar, WriterBuilder};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// What can go wrong with an array file.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    /// The file cannot be opened, read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Not a .npy file.
    #[error("no .npy file: {0}")]
    Header(String),
    /// The header promises another amount of data than there is.
    #[error("header promises {promised} bytes of data, the file has {found}")]
    Size {
        /// Bytes by the header.
        promised: u128,
        /// Bytes in the file.
        found: u64,
    },
    /// A type of element that holds no integers.
    #[error("element type {0} is not one of bool, i1..i8, u1..u8, f4, f8")]
    Type(String),
    /// A number that is no integer of the wanted width.
    #[error("element {index} is {value}, which is no integer of the wanted width")]
    Element {
        /// Index in the order of the file.
        index: usize,
        /// The number.
        value: f64,
    },
}

/// An integer array: shape and elements in C order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntArray {
    /// Length of each axis, slowest first.
    pub shape: Vec<u64>,
    /// Elements, last axis fastest.
    pub data: Vec<i64>,
}

/// An array of numbers of any type: shape and elements in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatArray {
    /// Length of each axis, slowest first.
    pub shape: Vec<u64>,
    /// Elements, last axis fastest.
    pub data: Vec<f64>,
}

/// Longest header accepted; numpy writes 118 bytes for anything plain.
const HEADER_BYTES_MAX: u32 = 1 << 16;

/// Reads an array of integers. Floats are accepted where they hold integers.
pub fn read(path: &Path) -> Result<IntArray, NpyError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    check_header_length(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    decode(BufReader::new(file), size)?.integers()
}

/// Reads an array of integers from bytes, such as one member of an .npz archive.
pub fn read_bytes(bytes: &[u8]) -> Result<IntArray, NpyError> {
    check_header_length(&mut &bytes[..])?;
    decode(bytes, bytes.len() as u64)?.integers()
}

/// Reads an array of numbers from bytes. Integers beyond 2^53 lose their last bits.
pub fn read_floats(bytes: &[u8]) -> Result<FloatArray, NpyError> {
    check_header_length(&mut &bytes[..])?;
    let Decoded { shape, elements } = decode(bytes, bytes.len() as u64)?;
    let data = match elements {
        Elements::Integers(data) => data.into_iter().map(|x| x as f64).collect(),
        Elements::Floats(data) => data,
    };
    Ok(FloatArray { shape, data })
}

/// An array as it is in the file, in C order.
struct Decoded {
    shape: Vec<u64>,
    elements: Elements,
}

enum Elements {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
}

impl Decoded {
    fn integers(self) -> Result<IntArray, NpyError> {
        let data = match self.elements {
            Elements::Integers(data) => data,
            Elements::Floats(data) => whole(data)?,
        };
        Ok(IntArray {
            shape: self.shape,
            data,
        })
    }
}

fn check_header_length(input: &mut impl Read) -> Result<(), NpyError> {
    let mut start = [0u8; 12];
    input
        .read_exact(&mut start)
        .map_err(|_| NpyError::Header("shorter than its fixed header".into()))?;
    if &start[..6] != b"\x93NUMPY" {
        let lfs = start.starts_with(b"version http");
        let hint = if lfs {
            "a Git LFS pointer: fetch the file itself"
        } else {
            "wrong first bytes"
        };
        return Err(NpyError::Header(hint.into()));
    }
    let length = match start[6] {
        1 => u32::from(u16::from_le_bytes([start[8], start[9]])),
        2 | 3 => u32::from_le_bytes([start[8], start[9], start[10], start[11]]),
        version => return Err(NpyError::Header(format!("version {version} is unknown"))),
    };
    if length > HEADER_BYTES_MAX {
        return Err(NpyError::Header(format!(
            "header of {length} bytes, at most {HEADER_BYTES_MAX} are read"
        )));
    }
    // the two bytes that version 1 does not use for its length belong to the text
    let mut text = if start[6] == 1 {
        start[10..].to_vec()
    } else {
        vec![]
    };
    input.take(u64::from(length)).read_to_end(&mut text)?;
    if shape_fits(&String::from_utf8_lossy(&text)) {
        Ok(())
    } else {
        Err(NpyError::Header(
            "the shape has more elements than 64 bits count".into(),
        ))
    }
}

/// Whether the axes of the shape in a header multiply without leaving 64 bits, in any order: npyz
/// multiplies them, and their partial products, unchecked.
fn shape_fits(header: &str) -> bool {
    let shape = header
        .split("shape")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .unwrap_or("");
    let axes = shape
        .split(|c: char| !c.is_ascii_digit())
        .filter(|axis| !axis.is_empty());
    let product = axes
        .map(str::parse::<u64>)
        .try_fold(1u64, |product, axis| product.checked_mul(axis.ok()?.max(1)));
    product.is_some()
}

fn decode(input: impl Read, size: u64) -> Result<Decoded, NpyError> {
    let npy = NpyFile::new(input).map_err(|e| NpyError::Header(e.to_string()))?;
    let shape = npy.shape().to_vec();
    let DType::Plain(kind) = npy.dtype() else {
        return Err(NpyError::Type(npy.dtype().descr()));
    };
    let width = kind.size_field();
    let elements = shape
        .iter()
        .try_fold(1u128, |n, &axis| n.checked_mul(u128::from(axis)));
    let promised = elements
        .and_then(|n| n.checked_mul(u128::from(width)))
        .unwrap_or(u128::MAX);
    if promised > u128::from(size) {
        return Err(NpyError::Size {
            promised,
            found: size,
        });
    }
    let fortran = npy.order() == npyz::Order::Fortran;
    let data = match (kind.type_char(), width) {
        (TypeChar::Bool, 1) => integers::<bool>(npy)?,
        (TypeChar::Int, 1) => integers::<i8>(npy)?,
        (TypeChar::Int, 2) => integers::<i16>(npy)?,
        (TypeChar::Int, 4) => integers::<i32>(npy)?,
        (TypeChar::Int, 8) => integers::<i64>(npy)?,
        (TypeChar::Uint, 1) => integers::<u8>(npy)?,
        (TypeChar::Uint, 2) => integers::<u16>(npy)?,
        (TypeChar::Uint, 4) => integers::<u32>(npy)?,
        (TypeChar::Uint, 8) => {
            let raw: Vec<u64> = npy.into_vec()?;
            let element = |(index, v): (usize, u64)| {
                i64::try_from(v).map_err(|_| NpyError::Element {
                    index,
                    value: v as f64,
                })
            };
            raw.into_iter()
                .enumerate()
                .map(element)
                .collect::<Result<_, _>>()?
        }
        (TypeChar::Float, 4) => {
            let data: Vec<f64> = npy.into_vec::<f32>()?.into_iter().map(f64::from).collect();
            return Ok(Decoded {
                elements: Elements::Floats(if fortran {
                    c_order(&shape, &data)
                } else {
                    data
                }),
                shape,
            });
        }
        (TypeChar::Float, 8) => {
            let data = npy.into_vec::<f64>()?;
            return Ok(Decoded {
                elements: Elements::Floats(if fortran {
                    c_order(&shape, &data)
                } else {
                    data
                }),
                shape,
            });
        }
        _ => return Err(NpyError::Type(kind.to_string())),
    };
    Ok(Decoded {
        elements: Elements::Integers(if fortran {
            c_order(&shape, &data)
        } else {
            data
        }),
        shape,
    })
}

fn integers<T: npyz::Deserialize + Into<i64>>(
    npy: NpyFile<impl Read>,
) -> Result<Vec<i64>, NpyError> {
    Ok(npy.into_vec::<T>()?.into_iter().map(Into::into).collect())
}

fn whole(values: Vec<f64>) -> Result<Vec<i64>, NpyError> {
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            let whole = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
            if whole {
                Ok(value as i64)
            } else {
                Err(NpyError::Element { index, value })
            }
        })
        .collect()
}

/// Reorders elements from first-axis-fastest to last-axis-fastest.
fn c_order<T: Copy>(shape: &[u64], data: &[T]) -> Vec<T> {
    let mut out = Vec::with_capacity(data.len());
    let mut at = vec![0u64; shape.len()];
    for _ in 0..data.len() {
        let (mut index, mut stride) = (0, 1);
        for (i, axis) in at.iter().zip(shape) {
            index += i * stride;
            stride *= axis;
        }
        out.push(data[index as usize]);
        for k in (0..shape.len()).rev() {
            at[k] += 1;
            if at[k] < shape[k] {
                break;
            }
            at[k] = 0;
        }
    }
    out
}

/// Writes an array of 64-bit integers; to a temporary name first, then renamed.
pub fn write_i64(
    path: &Path,
    shape: &[u64],
    data: impl IntoIterator<Item = i64>,
) -> io::Result<()> {
    write_with(path, |file| {
        let mut writer = npyz::WriteOptions::<i64>::new()
            .default_dtype()
            .shape(shape)
            .writer(file)
            .begin_nd()?;
        writer.extend(data)?;
        writer.finish()
    })
}

/// Creates `path` whole or not at all: writes beside it under a temporary name, then renames.
pub fn write_with(
    path: &Path,
    write: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let result = (|| {
        let mut file = io::BufWriter::new(File::create(&temporary)?);
        write(&mut file)?;
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    result
}
