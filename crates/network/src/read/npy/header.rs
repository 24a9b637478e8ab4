//! The header of a .npy file: a Python dictionary with three keys, read in one pass.
//!
//! The format is that of NumPy's `numpy.lib.format`, versions 1 to 3: a magic word, a version, the
//! length of the header, and the dictionary as text. Only what NumPy itself writes is accepted:
//! keys `descr`, `fortran_order` and `shape`, each once and in any order. The reader never goes
//! back, so that its time is linear in the length of the text; that length is bounded before.

use super::NpyError;
use std::io::Read;

/// Longest header accepted, bytes; numpy writes 118 for anything plain.
const HEADER_BYTES_MAX: u32 = 1 << 16;
/// Most axes of an array; numpy allows 64.
const AXES_MAX: usize = 64;

/// What a header promises of the data that follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Element type as numpy writes it, such as `<f8`, or the whole text of a structured type.
    pub descr: String,
    /// Whether the first axis is the fastest.
    pub fortran: bool,
    /// Length of each axis.
    pub shape: Vec<u64>,
    /// Bytes from the start of the file to the first element.
    pub bytes: u64,
}

impl Header {
    /// Reads magic word, version, length and text.
    pub fn read(input: &mut impl Read) -> Result<Header, NpyError> {
        let mut start = [0u8; 10];
        let short = |_| NpyError::Header("shorter than its fixed header".into());
        input.read_exact(&mut start).map_err(short)?;
        if &start[..6] != b"\x93NUMPY" {
            let pointer = start.starts_with(b"version ht");
            let hint = match pointer {
                true => "a Git LFS pointer: fetch the file itself",
                false => "wrong first bytes",
            };
            return Err(NpyError::Header(hint.into()));
        }
        let mut bytes = 10;
        let mut length = u32::from(u16::from_le_bytes([start[8], start[9]]));
        match start[6] {
            1 => {}
            2 | 3 => {
                let mut high = [0u8; 2];
                input.read_exact(&mut high).map_err(short)?;
                length |= u32::from(u16::from_le_bytes(high)) << 16;
                bytes = 12;
            }
            version => return Err(NpyError::Header(format!("version {version} is unknown"))),
        }
        if length > HEADER_BYTES_MAX {
            let problem = format!("header of {length} bytes, at most {HEADER_BYTES_MAX} are read");
            return Err(NpyError::Header(problem));
        }
        let mut text = vec![];
        input.take(u64::from(length)).read_to_end(&mut text)?;
        if text.len() < length as usize {
            return Err(NpyError::Header("cut off within its header".into()));
        }
        let text = String::from_utf8_lossy(&text);
        let mut header = dictionary(&text).map_err(NpyError::Header)?;
        header.bytes = bytes + u64::from(length);
        if !fits(&header.shape) {
            let problem = "the shape has more elements than 64 bits count";
            return Err(NpyError::Header(problem.into()));
        }
        Ok(header)
    }
}

/// Whether the axes multiply without leaving 64 bits, in any order; an axis of length 0 does not
/// hide an excess of the others.
fn fits(shape: &[u64]) -> bool {
    let product = shape
        .iter()
        .try_fold(1u64, |n, axis| n.checked_mul((*axis).max(1)));
    product.is_some()
}

/// A place in the text of a header; all reading goes forward.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

fn dictionary(text: &str) -> Result<Header, String> {
    let mut cursor = Cursor { text, at: 0 };
    let mut descr = None;
    let mut fortran = None;
    let mut shape = None;
    cursor.must('{')?;
    while !cursor.accepts('}') {
        let key = cursor.string()?;
        cursor.must(':')?;
        let again = match key.as_str() {
            "descr" => descr.replace(cursor.descr()?).is_some(),
            "fortran_order" => fortran.replace(cursor.truth()?).is_some(),
            "shape" => shape.replace(cursor.shape()?).is_some(),
            _ => {
                return Err(format!(
                    "key '{key}' is none of descr, fortran_order, shape"
                ));
            }
        };
        if again {
            return Err(format!("key '{key}' is there twice"));
        }
        if !cursor.accepts(',') {
            cursor.must('}')?;
            break;
        }
    }
    if !cursor.rest().trim().is_empty() {
        return Err(cursor.wanted("the end of the header"));
    }
    let missing = |key: &str| format!("key '{key}' is missing");
    Ok(Header {
        descr: descr.ok_or_else(|| missing("descr"))?,
        fortran: fortran.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
        bytes: 0,
    })
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Goes on if the next character is the wanted one.
    fn accepts(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(wanted);
        self.at += usize::from(found) * wanted.len_utf8();
        found
    }

    fn must(&mut self, wanted: char) -> Result<(), String> {
        match self.accepts(wanted) {
            true => Ok(()),
            false => Err(self.wanted(&format!("'{wanted}'"))),
        }
    }

    fn wanted(&self, what: &str) -> String {
        let found: String = self.rest().chars().take(12).collect();
        format!(
            "byte {} of the dictionary: {what} is wanted, not '{found}'",
            self.at
        )
    }

    /// A text in single or double quotation marks; names of types need no escapes.
    fn string(&mut self) -> Result<String, String> {
        self.skip_space();
        let mark = match self.rest().chars().next() {
            Some(mark @ ('\'' | '"')) => mark,
            _ => return Err(self.wanted("a text in quotation marks")),
        };
        let inside = &self.rest()[1..];
        let end = inside
            .find(mark)
            .ok_or_else(|| self.wanted("a text that ends"))?;
        self.at += end + 2;
        Ok(inside[..end].to_string())
    }

    /// An element type; a structured one, which is a list, is taken over as text up to its end.
    fn descr(&mut self) -> Result<String, String> {
        self.skip_space();
        if !self.rest().starts_with('[') {
            return self.string();
        }
        let start = self.at;
        let mut depth = 0;
        for (i, c) in self.rest().char_indices() {
            depth += i32::from(c == '[') - i32::from(c == ']');
            if depth == 0 {
                self.at = start + i + 1;
                return Ok(self.text[start..self.at].to_string());
            }
        }
        Err(self.wanted("a list that ends"))
    }

    fn truth(&mut self) -> Result<bool, String> {
        self.skip_space();
        for (word, value) in [("True", true), ("False", false)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.wanted("True or False"))
    }

    fn shape(&mut self) -> Result<Vec<u64>, String> {
        self.must('(')?;
        let mut axes = vec![];
        while !self.accepts(')') {
            if axes.len() == AXES_MAX {
                return Err(format!("more than {AXES_MAX} axes"));
            }
            axes.push(self.axis()?);
            if !self.accepts(',') {
                self.must(')')?;
                break;
            }
        }
        Ok(axes)
    }

    /// The length of an axis; Python 2 wrote an L behind long ones.
    fn axis(&mut self) -> Result<u64, String> {
        self.skip_space();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        if end == 0 {
            return Err(self.wanted("the length of an axis"));
        }
        let length = rest[..end].parse().map_err(|_| {
            format!(
                "an axis of length {}, which 64 bits do not hold",
                &rest[..end]
            )
        })?;
        self.at += end;
        self.at += usize::from(self.rest().starts_with('L'));
        Ok(length)
    }
}

/// Bytes of a header of version 1 in front of the elements: 64-byte aligned, as NumPy's own.
pub(super) fn bytes(descr: &str, shape: &[u64]) -> Vec<u8> {
    let axes: String = shape.iter().map(|axis| format!("{axis}, ")).collect();
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
    let unpadded = 10 + text.len() + 1;
    text.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    text.push('\n');
    let length = u16::try_from(text.len()).expect("fewer axes than 16 bits of text");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(text.bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Header, String> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.bytes());
        Header::read(&mut &bytes[..]).map_err(|e| e.to_string())
    }

    #[test]
    fn headers_of_numpy_are_read() {
        let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n";
        let header = read(text).unwrap();
        assert_eq!((header.descr.as_str(), header.fortran), ("<f8", false));
        assert_eq!(
            (header.shape, header.bytes),
            (vec![3, 4], 10 + text.len() as u64)
        );
        let header =
            read("{\"shape\": (5L,), \"fortran_order\": True, \"descr\": \"|b1\"}").unwrap();
        assert_eq!((header.descr.as_str(), header.fortran), ("|b1", true));
        assert_eq!(header.shape, [5]);
        let scalar = read("{'descr': '<i2', 'fortran_order': False, 'shape': ()}").unwrap();
        assert!(scalar.shape.is_empty());
        let record = read(
            "{'descr': [('a', '<f4'), ('b', [('c', '|u1')])], 'fortran_order': False, 'shape': (1,)}",
        );
        assert_eq!(
            record.unwrap().descr,
            "[('a', '<f4'), ('b', [('c', '|u1')])]"
        );
    }

    #[test]
    fn what_numpy_does_not_write_is_refused_with_its_place() {
        for (text, problem) in [
            ("", "byte 0 of the dictionary: '{' is wanted, not ''"),
            ("{'descr': '<f8'}", "key 'fortran_order' is missing"),
            (
                "{'descr': '<f8', 'descr': '<f4'}",
                "key 'descr' is there twice",
            ),
            (
                "{'order': 1}",
                "key 'order' is none of descr, fortran_order, shape",
            ),
            ("{'fortran_order': 1}", "True or False is wanted, not '1}'"),
            (
                "{'shape': (-1,)}",
                "the length of an axis is wanted, not '-1,)}'",
            ),
            (
                "{'shape': (99999999999999999999,)}",
                "which 64 bits do not hold",
            ),
            ("{'descr': '<f8", "a text that ends is wanted"),
            ("{'descr': [[[[", "a list that ends is wanted"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
        let wide = "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}";
        assert!(
            read(wide)
                .unwrap_err()
                .contains("more elements than 64 bits count")
        );
        let axes = format!("{{'shape': ({})}}", "1,".repeat(65));
        assert!(read(&axes).unwrap_err().contains("more than 64 axes"));
    }

    /// A parser that tries alternatives takes exponential time on nested brackets.
    #[test]
    fn nesting_takes_linear_time() {
        let text = format!("{{'descr': {}", "[".repeat(60_000));
        assert!(read(&text).unwrap_err().contains("a list that ends"));
        let text = format!("{{'shape': {}", "(".repeat(60_000));
        assert!(read(&text).unwrap_err().contains("the length of an axis"));
    }

    #[test]
    fn headers_are_aligned_and_read_back() {
        for shape in [vec![], vec![7], vec![3, 4], vec![u64::MAX; 1], vec![1; 30]] {
            let bytes = bytes("<i8", &shape);
            assert_eq!(bytes.len() % 64, 0);
            let header = Header::read(&mut &bytes[..]).unwrap();
            assert_eq!((header.descr.as_str(), header.shape), ("<i8", shape));
            assert_eq!(header.bytes, bytes.len() as u64);
        }
    }
}
