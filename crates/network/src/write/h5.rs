//! HDF5 files, the little of them that NIR needs: groups, arrays of 64-bit floats and integers, and
//! texts of fixed length, all in one piece and uncompressed.
//!
//! The form is that of the library's versions since 1.8 (superblock 2, object headers 2, links
//! within the header of their group), which has checksums and no trees or heaps: a header is a list
//! of messages. The numbers of this module are those of the HDF5 File Format Specification, version
//! 3.
//!
//! It does not know what the arrays mean.

use std::collections::BTreeMap;

/// An address that is none.
const NOWHERE: u64 = u64::MAX;
/// Bytes of the superblock, its checksum included.
const SUPERBLOCK: usize = 48;

/// A group of groups and arrays, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct H5Tree {
    items: BTreeMap<String, H5Node>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq)]
enum H5Node {
    Group(H5Tree),
    Array(H5Array),
}

/// An array, or a scalar if it has no axes.
#[derive(Debug, Clone, PartialEq)]
struct H5Array {
    shape: Vec<usize>,
    data: H5Data,
}

/// Elements of an array in row-major order.
#[derive(Debug, Clone, PartialEq)]
enum H5Data {
    Floats(Vec<f64>),
    Integers(Vec<i64>),
    Texts(Vec<String>),
}

impl H5Tree {
    /// Adds a group.
    pub fn group(&mut self, name: &str, group: H5Tree) {
        self.items.insert(name.into(), H5Node::Group(group));
    }

    /// Adds floats.
    pub fn floats(&mut self, name: &str, shape: &[usize], data: &[f64]) {
        self.array(name, shape, H5Data::Floats(data.to_vec()));
    }

    /// Adds integers.
    pub fn integers(&mut self, name: &str, shape: &[usize], data: Vec<i64>) {
        self.array(name, shape, H5Data::Integers(data));
    }

    /// Adds texts.
    pub fn texts(&mut self, name: &str, shape: &[usize], data: Vec<String>) {
        self.array(name, shape, H5Data::Texts(data));
    }

    fn array(&mut self, name: &str, shape: &[usize], data: H5Data) {
        let shape = shape.to_vec();
        self.items
            .insert(name.into(), H5Node::Array(H5Array { shape, data }));
    }

    /// The file whose root this group is.
    pub fn into_bytes(self) -> Vec<u8> {
        // members come before their group, whose header has their addresses
        let mut file = vec![0; SUPERBLOCK];
        let root = write_group(&mut file, &self);
        let mut head = b"\x89HDF\r\n\x1a\n".to_vec();
        // version; bytes of an address and of a length; flags
        head.extend([2, 8, 8, 0]);
        for address in [0, NOWHERE, file.len() as u64, root] {
            head.extend(address.to_le_bytes());
        }
        head.extend(checksum(&head).to_le_bytes());
        file[..SUPERBLOCK].copy_from_slice(&head);
        file
    }
}

/// Kinds of messages of an object header.
mod message {
    pub const DATASPACE: u8 = 1;
    pub const LINK_INFO: u8 = 2;
    pub const DATATYPE: u8 = 3;
    pub const FILL_VALUE: u8 = 5;
    pub const LINK: u8 = 6;
    pub const LAYOUT: u8 = 8;
    pub const GROUP_INFO: u8 = 10;
}

/// Messages of an object header, one after the other.
#[derive(Default)]
struct Messages(Vec<u8>);

impl Messages {
    fn add(&mut self, kind: u8, body: &[u8]) {
        self.0.push(kind);
        self.0.extend((body.len() as u16).to_le_bytes());
        self.0.push(0);
        self.0.extend(body);
    }

    /// Writes the header; where it is.
    fn write(self, file: &mut Vec<u8>) -> u64 {
        pad(file);
        let at = file.len();
        file.extend(b"OHDR");
        // version; the length of the messages takes four bytes
        file.extend([2, 2]);
        file.extend((self.0.len() as u32).to_le_bytes());
        file.extend(self.0);
        let sum = checksum(&file[at..]);
        file.extend(sum.to_le_bytes());
        at as u64
    }
}

/// Fills up to a multiple of eight bytes.
fn pad(file: &mut Vec<u8>) {
    file.resize(file.len().next_multiple_of(8), 0);
}

fn write_group(file: &mut Vec<u8>, group: &H5Tree) -> u64 {
    let mut messages = Messages::default();
    // no heap and no tree of links: they are messages of this header
    let mut info = vec![0, 0];
    info.extend(NOWHERE.to_le_bytes());
    info.extend(NOWHERE.to_le_bytes());
    messages.add(message::LINK_INFO, &info);
    messages.add(message::GROUP_INFO, &[0, 0]);
    for (name, item) in &group.items {
        let address = match item {
            H5Node::Group(inner) => write_group(file, inner),
            H5Node::Array(array) => write_array(file, array),
        };
        // version; letters are named, the length of the name takes two bytes; UTF-8
        let mut link = vec![1, 0x11, 1];
        link.extend((name.len() as u16).to_le_bytes());
        link.extend(name.bytes());
        link.extend(address.to_le_bytes());
        messages.add(message::LINK, &link);
    }
    messages.write(file)
}

fn write_array(file: &mut Vec<u8>, array: &H5Array) -> u64 {
    pad(file);
    let start = file.len() as u64;
    let size = array.data.write(file);
    let length = file.len() as u64 - start;
    let mut messages = Messages::default();
    // version, axes, flags, and whether it is one element or an array
    let mut space = vec![
        2,
        array.shape.len() as u8,
        0,
        u8::from(!array.shape.is_empty()),
    ];
    for axis in &array.shape {
        space.extend((*axis as u64).to_le_bytes());
    }
    messages.add(message::DATASPACE, &space);
    messages.add(message::DATATYPE, &array.data.kind(size));
    // version; space is taken late, elements that were not written are zeros
    messages.add(message::FILL_VALUE, &[3, 0x0a]);
    // version; all elements in one piece
    let mut layout = vec![3, 1];
    let address = if length == 0 { NOWHERE } else { start };
    layout.extend(address.to_le_bytes());
    layout.extend(length.to_le_bytes());
    messages.add(message::LAYOUT, &layout);
    messages.write(file)
}

impl H5Data {
    /// Writes the elements; the bytes of one.
    fn write(&self, file: &mut Vec<u8>) -> usize {
        match self {
            H5Data::Floats(data) => {
                data.iter().for_each(|x| file.extend(x.to_le_bytes()));
                8
            }
            H5Data::Integers(data) => {
                data.iter().for_each(|x| file.extend(x.to_le_bytes()));
                8
            }
            H5Data::Texts(data) => {
                let longest = data.iter().map(String::len).max();
                let size = longest.unwrap_or(0).max(1);
                for text in data {
                    file.extend(text.bytes());
                    file.extend(std::iter::repeat_n(0, size - text.len()));
                }
                size
            }
        }
    }

    /// The message of the type of the elements, of `size` bytes each.
    fn kind(&self, size: usize) -> Vec<u8> {
        // version 1 and class; three bytes of flags; bytes of an element; what else the class has
        let (head, more): ([u8; 4], &[u8]) = match self {
            // IEEE 754: bits 52.. are the exponent, 63 the sign, 0..52 the fraction; bias 1023
            H5Data::Floats(_) => (
                [0x11, 0x20, 63, 0],
                &[0, 0, 64, 0, 52, 11, 0, 52, 0xff, 0x03, 0, 0],
            ),
            // signed, all 64 bits
            H5Data::Integers(_) => ([0x10, 0x08, 0, 0], &[0, 0, 64, 0]),
            // filled up with zeros; UTF-8
            H5Data::Texts(_) => ([0x13, 0x11, 0, 0], &[]),
        };
        let mut kind = head.to_vec();
        kind.extend((size as u32).to_le_bytes());
        kind.extend(more);
        kind
    }
}

/// Bob Jenkins' `lookup3` (`hashlittle` with start 0), which HDF5 uses for its metadata.
fn checksum(bytes: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(bytes.len() as u32);
    // his a, b and c
    let mut words = [start; 3];
    let mut rest = bytes;
    // the last block of one to twelve bytes ends differently
    while rest.len() > 12 {
        add_block(&mut words, &rest[..12]);
        words = mixed(words);
        rest = &rest[12..];
    }
    if rest.is_empty() {
        return words[2];
    }
    add_block(&mut words, rest);
    finished(words)
}

fn add_block(words: &mut [u32; 3], block: &[u8]) {
    for (index, byte) in block.iter().enumerate() {
        let shifted = u32::from(*byte) << (8 * (index % 4));
        words[index / 4] = words[index / 4].wrapping_add(shifted);
    }
}

/// His `mix`: six times the same with the words in turn, from a, c, b on.
fn mixed([a, b, c]: [u32; 3]) -> [u32; 3] {
    let mut turn = [a, c, b];
    for shift in [4, 6, 8, 16, 19, 4] {
        turn[0] = turn[0].wrapping_sub(turn[1]) ^ turn[1].rotate_left(shift);
        turn[1] = turn[1].wrapping_add(turn[2]);
        turn.rotate_right(1);
    }
    [turn[0], turn[2], turn[1]]
}

/// His `final`: seven times the same with the words in turn, from c, b, a on; then c.
fn finished([a, b, c]: [u32; 3]) -> u32 {
    let mut turn = [c, b, a];
    for shift in [14, 11, 25, 16, 4, 14, 24] {
        turn[0] = (turn[0] ^ turn[1]).wrapping_sub(turn[1].rotate_left(shift));
        turn.rotate_right(1);
    }
    turn[1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::h5::{H5Limits, Item, Value, read_bytes};

    #[test]
    fn the_checksum_is_that_of_its_author() {
        // the two examples in the driver of lookup3.c with start 0
        assert_eq!(checksum(b""), 0xdead_beef);
        assert_eq!(checksum(b"Four score and seven years ago"), 0x1777_0551);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut inner = H5Tree::default();
        inner.floats("weight", &[2, 3], &[1.5, -2.0, 0.0, 1e-300, 3.25, f64::MAX]);
        inner.integers("shape", &[1], vec![-7]);
        inner.floats("nothing", &[0, 4], &[]);
        let mut root = H5Tree::default();
        root.group("inner", inner);
        root.floats("one", &[], &[0.25]);
        let names = ["a", "", "longer \u{e4}"].map(String::from).to_vec();
        root.texts("names", &[3], names.clone());
        // many members, and names that are long and strange
        for index in 0..300 {
            root.integers(&format!("member {index} <x>\u{20ac}"), &[], vec![index]);
        }
        let read = read_bytes(root.into_bytes(), &H5Limits::default()).unwrap();
        assert_eq!(read.items.len(), 303);
        let Item::Value(Value::Texts { shape, data }) = &read.items["names"] else {
            panic!("{:?}", read.items["names"]);
        };
        assert_eq!(shape, &[3]);
        assert_eq!(data, &names);
        let Item::Group(inner) = &read.items["inner"] else {
            panic!("no group");
        };
        let Item::Value(Value::Floats(weight)) = &inner.items["weight"] else {
            panic!("{:?}", inner.items["weight"]);
        };
        assert_eq!(weight.shape, [2, 3]);
        assert_eq!(weight.data, [1.5, -2.0, 0.0, 1e-300, 3.25, f64::MAX]);
        let Item::Value(Value::Integers(shape)) = &inner.items["shape"] else {
            panic!("{:?}", inner.items["shape"]);
        };
        assert_eq!((shape.shape.as_slice(), shape.data[0]), (&[1][..], -7.0));
    }
}
