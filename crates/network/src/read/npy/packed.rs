//! An array that stays as its file has it, for data that are many times a network.
//!
//! A data set of spikes is mostly zeros of one byte. As 64-bit numbers it would need eight times
//! the memory of its file; here a number is made when it is looked at, and zeros are passed over
//! without making any.

use super::header::Header;
use super::{Kind, NpyError, Scalar, c_indices};
use std::io::Read as _;

/// Numbers of any type as one to eight bytes each, in C order.
#[derive(Debug, Clone)]
pub struct PackedArray {
    shape: Vec<u64>,
    scalar: Scalar,
    bytes: Vec<u8>,
}

impl PackedArray {
    /// Takes the bytes of a .npy file.
    ///
    /// # Errors
    /// What is no .npy file of numbers, or is cut short.
    pub fn new(file: &[u8]) -> Result<PackedArray, NpyError> {
        let mut rest = file;
        let header = Header::read(&mut rest)?;
        let Some(scalar) = Scalar::of(&header.descr) else {
            return Err(NpyError::Type(header.descr));
        };
        let elements = header
            .shape
            .iter()
            .try_fold(1u128, |n, &axis| n.checked_mul(axis.into()));
        let promised = elements.and_then(|n| n.checked_mul(scalar.width as u128));
        let promised = promised.unwrap_or(u128::MAX);
        let found = rest.len() as u64;
        if promised > u128::from(found) {
            return Err(NpyError::Size { promised, found });
        }
        let mut bytes = Vec::with_capacity(promised as usize);
        rest.take(promised as u64).read_to_end(&mut bytes)?;
        let mut array = PackedArray {
            shape: header.shape,
            scalar,
            bytes,
        };
        if header.fortran {
            array.bytes = array.in_c_order();
        }
        Ok(array)
    }

    fn in_c_order(&self) -> Vec<u8> {
        let width = self.scalar.width;
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for at in c_indices(&self.shape, self.len()) {
            bytes.extend_from_slice(&self.bytes[at * width..(at + 1) * width]);
        }
        bytes
    }

    /// Length of each axis, slowest first.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.scalar.width
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes of all elements, in C order, as wide and in such an order as in the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Elements `from..from + count` as floats; integers beyond 2^53 lose their last bits.
    ///
    /// # Panics
    /// If they are not all there.
    pub fn floats(&self, from: usize, count: usize) -> impl Iterator<Item = f64> + '_ {
        let width = self.scalar.width;
        let part = &self.bytes[from * width..(from + count) * width];
        part.chunks_exact(width).map(|raw| self.scalar.float(raw))
    }

    /// Index from `from` and value of each of the elements `from..from + count` that is not 0.
    ///
    /// # Panics
    /// If they are not all there.
    pub fn nonzero(&self, from: usize, count: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let width = self.scalar.width;
        let part = &self.bytes[from * width..(from + count) * width];
        let elements = part.chunks_exact(width).enumerate();
        // 0 has no bit set in any of the types, but for the sign of a float
        let set = elements.filter(|(_, raw)| raw.iter().any(|byte| *byte != 0));
        let number = set.map(|(index, raw)| (index, self.scalar.float(raw)));
        number.filter(|(_, value)| *value != 0.0)
    }
}

impl Scalar {
    /// The number that some bytes hold.
    fn float(self, raw: &[u8]) -> f64 {
        let mut word = [0; 8];
        word[..self.width].copy_from_slice(raw);
        if self.big_endian {
            word[..self.width].reverse();
        }
        let word = u64::from_le_bytes(word);
        match self.kind {
            Kind::Float if self.width == 4 => f64::from(f32::from_bits(word as u32)),
            Kind::Float => f64::from_bits(word),
            Kind::Unsigned => word as f64,
            Kind::Signed => {
                let above = 64 - 8 * self.width as u32;
                ((word << above) as i64 >> above) as f64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{header, read_floats, to_bytes};
    use super::*;

    #[test]
    fn numbers_are_those_that_the_plain_reader_reads() {
        let files = [
            to_bytes(&[2, 3], [0u8, 1, 0, 255, 0, 2]),
            to_bytes(&[6], [0i32, -1, 5, i32::MIN, 0, 7]),
            to_bytes(&[1, 3], [0.0f32, -0.0, 0.5]),
            to_bytes(&[3, 1], [f64::NAN, 0.0, -2.25]),
            to_bytes(&[2, 0], [0i64; 0]),
        ];
        for file in files {
            let packed = PackedArray::new(&file).unwrap();
            let plain = read_floats(&file).unwrap();
            assert_eq!(packed.shape(), plain.shape);
            let same = |(a, b): (f64, &f64)| a.to_bits() == b.to_bits();
            let floats = packed.floats(0, packed.len());
            assert!(floats.zip(&plain.data).all(same));
            let nonzero: Vec<usize> = packed.nonzero(0, packed.len()).map(|n| n.0).collect();
            let wanted = (0..plain.data.len()).filter(|i| plain.data[*i] != 0.0);
            assert_eq!(nonzero, wanted.collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_order_of_fortran_and_of_big_bytes_is_undone() {
        let mut file = header::bytes(">i2", &[2, 3]);
        file.extend([0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6]);
        let at = (0..file.len()).find(|i| file[*i..].starts_with(b"False"));
        let at = at.expect("numpy's word for C order");
        file[at..at + 5].copy_from_slice(b"True ");
        let packed = PackedArray::new(&file).unwrap();
        let floats: Vec<f64> = packed.floats(0, 6).collect();
        assert_eq!(floats, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert!(matches!(
            PackedArray::new(&file[..file.len() - 1]),
            Err(NpyError::Size { .. })
        ));
    }
}
