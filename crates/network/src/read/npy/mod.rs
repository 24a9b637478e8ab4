//! .npy arrays of numbers: read, with every size checked before it is allocated, and made as bytes.
//!
//! Own code instead of a library: this form is a page, and the parser of the well-known crate goes
//! back over its text, which takes for ever on a hostile header, and needs a C compiler to build.

mod header;
mod packed;

pub use packed::PackedArray;

use crate::memory::{self, MemoryShort};
use crate::opened;
use header::Header;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// What can go wrong with an array file.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    /// The file cannot be opened, read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// More elements than there is memory for.
    #[error(transparent)]
    Memory(#[from] MemoryShort),
    /// Not a .npy file.
    #[error("no .npy file: {0}")]
    Header(String),
    /// The header promises more data than there are.
    #[error("header promises {promised} bytes of data, the file has {found}")]
    Size {
        /// Bytes by the header.
        promised: u128,
        /// Bytes of the file behind the header.
        found: u64,
    },
    /// A type of element that holds no integers.
    #[error("element type {0} is not one of bool, i1..i8, u1..u8, f4, f8")]
    Type(String),
    /// A float that is no integer of the wanted width.
    #[error("element {index} is {value}, which is no integer of the wanted width")]
    Element {
        /// Index in the order of the file.
        index: usize,
        /// The number.
        value: f64,
    },
    /// An integer beyond what is wanted of it.
    #[error("element {index} is {value}, which is no integer of the wanted width")]
    Integer {
        /// Index in the order of the file.
        index: usize,
        /// The number.
        value: i128,
    },
    /// An integer that a float would round.
    #[error("element {index} is {value}, which is beyond 2^53: a 64-bit float would round it")]
    Inexact {
        /// Index in C order.
        index: usize,
        /// The number.
        value: i64,
    },
    /// A slice that leaves the array, or holds nothing.
    #[error(
        "{axis} [{from}, {to}] are no part of an axis of length {length}; wanted 0 <= first < end <= {length}"
    )]
    Slice {
        /// Name of the axis: `rows` or `columns`.
        axis: &'static str,
        /// First index of the slice.
        from: u64,
        /// Index behind the last of the slice.
        to: u64,
        /// Length of the axis; 0 if the array does not have it.
        length: u64,
    },
    /// A slice of an array that has too many axes for rows and columns.
    #[error("shape {0:?} has {axes} axes; rows and columns are cut out of one or two", axes = .0.len())]
    SliceAxes(Vec<u64>),
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

/// Reads an array of integers. Floats are accepted where they hold integers.
pub fn read(path: &Path) -> Result<IntArray, NpyError> {
    let file = opened::open_regular(path)?;
    let size = file.metadata()?.len();
    decode(BufReader::new(file), size)?.integers()
}

/// Reads an array of integers from bytes, such as one member of an .npz archive.
pub fn read_bytes(bytes: &[u8]) -> Result<IntArray, NpyError> {
    decode(bytes, bytes.len() as u64)?.integers()
}

/// Reads an array of numbers from bytes. Integers beyond 2^53 lose their last bits.
pub fn read_floats(bytes: &[u8]) -> Result<FloatArray, NpyError> {
    let decoded = decode(bytes, bytes.len() as u64)?;
    let data = match decoded.elements {
        Elements::Integers(data) => exact(&data)?,
        Elements::Floats(data) => data,
    };
    let shape = decoded.shape;
    Ok(FloatArray { shape, data })
}

/// Integers as floats, none of which is rounded.
fn exact(data: &[i64]) -> Result<Vec<f64>, NpyError> {
    const EXACT_MAX: u64 = 1 << 53;
    let rounded = |value: &i64| value.unsigned_abs() > EXACT_MAX;
    if let Some(index) = data.iter().position(rounded) {
        let value = data[index];
        return Err(NpyError::Inexact { index, value });
    }
    Ok(data.iter().map(|value| *value as f64).collect())
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

/// Reads header and elements of a file of `size` bytes.
fn decode(mut input: impl Read, size: u64) -> Result<Decoded, NpyError> {
    let header = Header::read(&mut input)?;
    let Some(scalar) = Scalar::of(&header.descr) else {
        return Err(NpyError::Type(header.descr));
    };
    let elements = header
        .shape
        .iter()
        .try_fold(1u128, |n, &axis| n.checked_mul(axis.into()));
    let promised = elements.and_then(|n| n.checked_mul(scalar.width as u128));
    let promised = promised.unwrap_or(u128::MAX);
    let found = size.saturating_sub(header.bytes);
    if promised > u128::from(found) {
        return Err(NpyError::Size { promised, found });
    }
    let count = (promised / scalar.width as u128) as usize;
    // Elements have eight bytes here whatever they have in the file; to turn them takes a second
    // copy.
    let copies = if header.fortran { 2 } else { 1 };
    memory::allow("the elements of the array", count as u64, 8 * copies)?;
    let data = match scalar.kind {
        Kind::Float => Elements::Floats(scalar.read(&mut input, count, |word| {
            Ok(match scalar.width {
                4 => f64::from(f32::from_bits(word as u32)),
                _ => f64::from_bits(word),
            })
        })?),
        Kind::Signed | Kind::Unsigned => {
            let mut index = 0;
            Elements::Integers(scalar.read(&mut input, count, |word| {
                index += 1;
                scalar.integer(word).ok_or(NpyError::Integer {
                    index: index - 1,
                    value: word.into(),
                })
            })?)
        }
    };
    let elements = match (header.fortran, data) {
        (false, data) => data,
        (true, Elements::Integers(data)) => Elements::Integers(c_order(&header.shape, &data)),
        (true, Elements::Floats(data)) => Elements::Floats(c_order(&header.shape, &data)),
    };
    Ok(Decoded {
        shape: header.shape,
        elements,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signed,
    Unsigned,
    Float,
}

/// The type of one element: kind of number, width and order of its bytes.
#[derive(Debug, Clone, Copy)]
struct Scalar {
    kind: Kind,
    /// Bytes.
    width: usize,
    big_endian: bool,
}

impl Scalar {
    /// The type that numpy writes as `<i4`, `>f8`, `|u1`, `|b1` and so on, if it is one of ours.
    fn of(descr: &str) -> Option<Scalar> {
        let mut letters = descr.chars();
        let big_endian = match letters.next()? {
            '<' | '|' | '=' => false,
            '>' => true,
            _ => return None,
        };
        let kind = letters.next()?;
        let width = letters.as_str().parse().ok()?;
        let kind = match (kind, width) {
            ('b', 1) | ('u', 1 | 2 | 4 | 8) => Kind::Unsigned,
            ('i', 1 | 2 | 4 | 8) => Kind::Signed,
            ('f', 4 | 8) => Kind::Float,
            _ => return None,
        };
        Some(Scalar {
            kind,
            width,
            big_endian,
        })
    }

    /// Reads `count` elements piece by piece, so that no second copy of the file is held.
    fn read<T>(
        self,
        input: &mut impl Read,
        count: usize,
        mut element: impl FnMut(u64) -> Result<T, NpyError>,
    ) -> Result<Vec<T>, NpyError> {
        const PIECE_BYTES: usize = 1 << 16;
        let mut piece = vec![0; PIECE_BYTES.min(count * self.width)];
        let mut data = Vec::with_capacity(count);
        while data.len() < count {
            let bytes = piece.len().min((count - data.len()) * self.width);
            input.read_exact(&mut piece[..bytes])?;
            for raw in piece[..bytes].chunks_exact(self.width) {
                let mut word = [0; 8];
                word[..self.width].copy_from_slice(raw);
                if self.big_endian {
                    word[..self.width].reverse();
                }
                data.push(element(u64::from_le_bytes(word))?);
            }
        }
        Ok(data)
    }

    /// The integer in the low bytes of a word; none if 64 signed bits do not hold it.
    fn integer(self, word: u64) -> Option<i64> {
        match self.kind {
            Kind::Signed => {
                let above = 64 - 8 * self.width as u32;
                Some((word << above) as i64 >> above)
            }
            _ => i64::try_from(word).ok(),
        }
    }
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
    c_indices(shape, data.len()).map(|at| data[at]).collect()
}

/// Of each of `count` elements in C order its index where the first axis is the fastest.
fn c_indices(shape: &[u64], count: usize) -> impl Iterator<Item = usize> + '_ {
    let mut at = vec![0u64; shape.len()];
    (0..count).map(move |_| {
        let mut index = 0;
        let mut stride = 1;
        for (i, axis) in at.iter().zip(shape) {
            index += i * stride;
            stride *= axis;
        }
        for k in (0..shape.len()).rev() {
            at[k] += 1;
            if at[k] < shape[k] {
                break;
            }
            at[k] = 0;
        }
        index as usize
    })
}

/// A number that arrays are written of, in the byte order of the least significant first.
pub trait NpyElement: Copy {
    /// The type as numpy names it, such as `<i8`.
    const DESCR: &'static str;
    /// Appends the bytes of the number.
    fn append(self, out: &mut Vec<u8>);
}

macro_rules! npy_elements {
    ($($number:ty: $descr:literal),*) => {
        $(impl NpyElement for $number {
            const DESCR: &'static str = $descr;
            fn append(self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }
        })*
    };
}

npy_elements!(u8: "|u1", i8: "|i1", i32: "<i4", u32: "<u4", i64: "<i8", f32: "<f4", f64: "<f8");

impl NpyElement for bool {
    const DESCR: &'static str = "|b1";
    fn append(self, out: &mut Vec<u8>) {
        out.push(u8::from(self));
    }
}

/// The bytes of a .npy file that holds `data` in C order.
///
/// # Panics
/// If `shape` and the number of elements disagree: a mistake of the caller.
pub fn to_bytes<T: NpyElement>(shape: &[u64], data: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut bytes = header::bytes(T::DESCR, shape);
    let before = bytes.len();
    data.into_iter()
        .for_each(|number| number.append(&mut bytes));
    let count = (bytes.len() - before) / size_of::<T>();
    assert_eq!(
        count as u64,
        shape.iter().product::<u64>(),
        "elements of shape {shape:?}"
    );
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one axis with these raw elements.
    fn file(descr: &str, count: u64, raw: &[u8]) -> Vec<u8> {
        let mut bytes = header::bytes(descr, &[count]);
        bytes.extend(raw);
        bytes
    }

    #[test]
    fn every_type_of_integer_is_read_in_both_byte_orders() {
        let raw: Vec<u8> = (0..16).map(|i| 0xf0 + i).collect();
        let words: Vec<i64> = raw.iter().map(|b| i64::from(*b)).collect();
        assert_eq!(read_bytes(&file("|u1", 16, &raw)).unwrap().data, words);
        assert_eq!(read_bytes(&file("|i1", 16, &raw)).unwrap().data[0], -16);
        assert_eq!(read_bytes(&file("<u2", 8, &raw)).unwrap().data[0], 0xf1f0);
        assert_eq!(read_bytes(&file(">u2", 8, &raw)).unwrap().data[0], 0xf0f1);
        assert_eq!(
            read_bytes(&file("<i2", 8, &raw)).unwrap().data[0],
            0xf1f0 - 0x1_0000
        );
        assert_eq!(
            read_bytes(&file(">i4", 4, &raw)).unwrap().data[0],
            0xf0f1_f2f3 - 0x1_0000_0000
        );
        let first = i64::from_le_bytes(raw[..8].try_into().unwrap());
        assert_eq!(read_bytes(&file("<i8", 2, &raw)).unwrap().data[0], first);
        let error = read_bytes(&file("<u8", 2, &raw)).unwrap_err();
        assert!(
            matches!(error, NpyError::Integer { index: 0, .. }),
            "{error}"
        );
        assert!(
            error.to_string().contains("17867739004052632048"),
            "{error}"
        );
        assert_eq!(read_bytes(&file("|b1", 2, &[1, 0])).unwrap().data, [1, 0]);
    }

    #[test]
    fn floats_are_integers_only_where_they_hold_them() {
        let array = to_bytes(&[2], [3.0f32, -4.0]);
        assert_eq!(read_bytes(&array).unwrap().data, [3, -4]);
        let array = to_bytes(&[2], [3.0f64, 0.5]);
        assert_eq!(read_floats(&array).unwrap().data, [3.0, 0.5]);
        let error = read_bytes(&array).unwrap_err();
        assert!(
            matches!(
                error,
                NpyError::Element {
                    index: 1,
                    value: 0.5
                }
            ),
            "{error}"
        );
        for descr in ["<f2", "<c8", "|S3", "|O", "<U1", "i4", "<i3"] {
            let error = read_bytes(&file(descr, 0, &[])).unwrap_err();
            assert!(matches!(error, NpyError::Type(_)), "{descr}: {error}");
        }
    }

    #[test]
    fn an_integer_that_a_float_would_round_is_refused_where_floats_are_wanted() {
        let edge = 1i64 << 53;
        let array = to_bytes(&[2], [edge, -edge]);
        assert_eq!(
            read_floats(&array).unwrap().data,
            [edge as f64, -edge as f64]
        );
        let array = to_bytes(&[2], [1, -edge - 1]);
        assert_eq!(
            read_floats(&array).unwrap_err().to_string(),
            "element 1 is -9007199254740993, which is beyond 2^53: a 64-bit float would round it"
        );
        assert_eq!(read_bytes(&array).unwrap().data, [1, -edge - 1]);
    }

    #[test]
    fn a_file_that_is_too_short_says_what_it_has() {
        let error = read_bytes(&file("<i4", 3, &[0; 11])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "header promises 12 bytes of data, the file has 11"
        );
    }

    #[test]
    fn fortran_order_is_turned() {
        let mut bytes = to_bytes(&[2, 3], [1i64, 4, 2, 5, 3, 6]);
        let at = bytes.windows(5).position(|w| w == b"False").unwrap();
        bytes[at..at + 5].copy_from_slice(b"True ");
        assert_eq!(read_bytes(&bytes).unwrap().data, [1, 2, 3, 4, 5, 6]);
    }
}
