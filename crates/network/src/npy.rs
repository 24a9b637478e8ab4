//! Reading and writing .npy arrays of integers, with every size checked before it is allocated.

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

/// An array of floats: shape and elements in C order.
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
    decode(BufReader::new(file), size)
}

/// Reads an array of integers from bytes, such as one member of an .npz archive.
pub fn read_bytes(bytes: &[u8]) -> Result<IntArray, NpyError> {
    check_header_length(&mut &bytes[..])?;
    decode(bytes, bytes.len() as u64)
}

/// Reads an array of 32-bit or 64-bit floats from bytes; integers are taken as floats.
pub fn read_floats(bytes: &[u8]) -> Result<FloatArray, NpyError> {
    check_header_length(&mut &bytes[..])?;
    let npy = open(bytes, bytes.len() as u64)?;
    let (shape, fortran) = (npy.shape().to_vec(), npy.order() == npyz::Order::Fortran);
    let data: Vec<f64> = match npy.dtype() {
        DType::Plain(kind) if (kind.type_char(), kind.size_field()) == (TypeChar::Float, 4) => {
            npy.into_vec::<f32>()?.into_iter().map(f64::from).collect()
        }
        DType::Plain(kind) if (kind.type_char(), kind.size_field()) == (TypeChar::Float, 8) => npy.into_vec()?,
        _ => {
            let whole = decode(bytes, bytes.len() as u64)?;
            return Ok(FloatArray { shape, data: whole.data.into_iter().map(|v| v as f64).collect() });
        }
    };
    Ok(FloatArray { data: if fortran { c_order(&shape, &data) } else { data }, shape })
}

fn check_header_length(input: &mut impl Read) -> Result<(), NpyError> {
    let mut start = [0u8; 12];
    input.read_exact(&mut start).map_err(|_| NpyError::Header("shorter than its fixed header".into()))?;
    if &start[..6] != b"\x93NUMPY" {
        let lfs = start.starts_with(b"version http");
        let hint = if lfs { "a Git LFS pointer: fetch the file itself" } else { "wrong first bytes" };
        return Err(NpyError::Header(hint.into()));
    }
    let length = match start[6] {
        1 => u32::from(u16::from_le_bytes([start[8], start[9]])),
        2 | 3 => u32::from_le_bytes([start[8], start[9], start[10], start[11]]),
        version => return Err(NpyError::Header(format!("version {version} is unknown"))),
    };
    if length > HEADER_BYTES_MAX {
        return Err(NpyError::Header(format!("header of {length} bytes, at most {HEADER_BYTES_MAX} are read")));
    }
    // the two bytes that version 1 does not use for its length belong to the text
    let mut text = if start[6] == 1 { start[10..].to_vec() } else { vec![] };
    input.take(u64::from(length)).read_to_end(&mut text)?;
    if shape_fits(&String::from_utf8_lossy(&text)) {
        Ok(())
    } else {
        Err(NpyError::Header("the shape has more elements than 64 bits count".into()))
    }
}

/// Whether the axes of the shape in a header multiply without leaving 64 bits, in any order: npyz
/// multiplies them, and their partial products, unchecked.
fn shape_fits(header: &str) -> bool {
    let shape = header.split("shape").nth(1).and_then(|rest| rest.split(')').next()).unwrap_or("");
    let axes = shape.split(|c: char| !c.is_ascii_digit()).filter(|axis| !axis.is_empty());
    let product = axes.map(str::parse::<u64>).try_fold(1u64, |product, axis| product.checked_mul(axis.ok()?.max(1)));
    product.is_some()
}

/// An array of plain elements whose data are all there.
fn open<R: Read>(input: R, size: u64) -> Result<NpyFile<R>, NpyError> {
    let npy = NpyFile::new(input).map_err(|e| NpyError::Header(e.to_string()))?;
    let DType::Plain(kind) = npy.dtype() else {
        return Err(NpyError::Type(npy.dtype().descr()));
    };
    let width = kind.size_field();
    let elements = npy.shape().iter().try_fold(1u128, |n, &axis| n.checked_mul(u128::from(axis)));
    let promised = elements.and_then(|n| n.checked_mul(u128::from(width))).unwrap_or(u128::MAX);
    if promised > u128::from(size) { Err(NpyError::Size { promised, found: size }) } else { Ok(npy) }
}

fn decode(input: impl Read, size: u64) -> Result<IntArray, NpyError> {
    let npy = open(input, size)?;
    let shape = npy.shape().to_vec();
    let DType::Plain(kind) = npy.dtype() else {
        return Err(NpyError::Type(npy.dtype().descr()));
    };
    let width = kind.size_field();
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
            let element = |(index, v): (usize, u64)| i64::try_from(v).map_err(|_| NpyError::Element { index, value: v as f64 });
            raw.into_iter().enumerate().map(element).collect::<Result<_, _>>()?
        }
        (TypeChar::Float, 4) => floats(npy.into_vec::<f32>()?.into_iter().map(f64::from))?,
        (TypeChar::Float, 8) => floats(npy.into_vec::<f64>()?.into_iter())?,
        _ => return Err(NpyError::Type(kind.to_string())),
    };
    Ok(IntArray { data: if fortran { c_order(&shape, &data) } else { data }, shape })
}

fn integers<T: npyz::Deserialize + Into<i64>>(npy: NpyFile<impl Read>) -> Result<Vec<i64>, NpyError> {
    Ok(npy.into_vec::<T>()?.into_iter().map(Into::into).collect())
}

fn floats(values: impl Iterator<Item = f64>) -> Result<Vec<i64>, NpyError> {
    values
        .enumerate()
        .map(|(index, value)| {
            let whole = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
            if whole { Ok(value as i64) } else { Err(NpyError::Element { index, value }) }
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
pub fn write_i64(path: &Path, shape: &[u64], data: impl IntoIterator<Item = i64>) -> io::Result<()> {
    write_with(path, |file| {
        let mut writer = npyz::WriteOptions::<i64>::new().default_dtype().shape(shape).writer(file).begin_nd()?;
        writer.extend(data)?;
        writer.finish()
    })
}

/// Creates `path` whole or not at all: writes beside it under a temporary name, then renames.
pub fn write_with(path: &Path, write: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let result = (|| {
        let mut file = io::BufWriter::new(File::create(&temporary)?);
        write(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    result
}
