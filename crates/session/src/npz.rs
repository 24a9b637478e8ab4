//! .npz archives: ZIP files of .npy members, stored or deflated.
//!
//! Own code instead of the `zip` crate: that one panics on unknown compression methods, does not
//! bound what a member may grow to, and writes the time of day, so that equal results differ.

use crate::failure::Failure;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use seamount_network::memory::{self, MemoryShort};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;

/// Most bytes of all members together.
const BYTES_MAX: u64 = 1 << 28;
/// Most members.
const MEMBERS_MAX: usize = 1 << 16;

const END: u32 = 0x0605_4b50;
const DIRECTORY: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
const WIDE: u32 = u32::MAX;

/// Why bytes are no archive that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NpzError {
    /// Damaged, of another form, or beyond a limit.
    Wrong(String),
    /// More than there is memory for.
    Memory(MemoryShort),
}

impl fmt::Display for NpzError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NpzError::Wrong(problem) => f.write_str(problem),
            NpzError::Memory(short) => short.fmt(f),
        }
    }
}

impl From<String> for NpzError {
    fn from(problem: String) -> NpzError {
        NpzError::Wrong(problem)
    }
}

impl From<&str> for NpzError {
    fn from(problem: &str) -> NpzError {
        NpzError::Wrong(problem.into())
    }
}

impl NpzError {
    /// The failure of a call that reads the archive in a file.
    pub fn about(self, path: &Path) -> Failure {
        match self {
            NpzError::Wrong(problem) => Failure::input(path, problem),
            NpzError::Memory(short) => Failure::memory(path.display(), short),
        }
    }
}

/// The members of an archive by name, without `.npy`.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, NpzError> {
    let end = find_end(bytes).ok_or("no .npz file: no ZIP directory at its end")?;
    let count = u16_at(bytes, end + 10).ok_or("no .npz file: cut short")?;
    let start = u32_at(bytes, end + 16).ok_or("no .npz file: cut short")?;
    if start == WIDE || count == u16::MAX || usize::from(count) > MEMBERS_MAX {
        return Err("ZIP64 directories are not read".into());
    }
    let mut at = start as usize;
    let mut members = BTreeMap::new();
    let mut budget = BYTES_MAX;
    for _ in 0..count {
        let entry =
            ZipEntry::parse(bytes, at).ok_or("no .npz file: its ZIP directory is damaged")?;
        at = entry.next;
        let Some(name) = entry.name.strip_suffix(".npy") else {
            continue;
        };
        // The bytes of the member, and the elements of eight bytes that are made of them.
        memory::allow(&format!("array '{name}'"), entry.size.min(BYTES_MAX), 9)
            .map_err(NpzError::Memory)?;
        let data = entry
            .data(bytes, budget)
            .map_err(|problem| format!("array '{name}': {problem}"))?;
        budget -= data.len() as u64;
        if members.insert(name.to_string(), data).is_some() {
            return Err(format!("array '{name}' is there twice").into());
        }
    }
    Ok(members)
}

/// Position of the end record: the last 22 bytes, or before a comment of up to 64 KiB.
fn find_end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(22)?;
    (last.saturating_sub(1 << 16)..=last)
        .rev()
        .find(|&at| u32_at(bytes, at) == Some(END))
}

/// One entry of the directory.
struct ZipEntry {
    name: String,
    method: u16,
    encrypted: bool,
    crc: u32,
    packed: u64,
    size: u64,
    offset: u64,
    next: usize,
}

impl ZipEntry {
    fn parse(bytes: &[u8], at: usize) -> Option<ZipEntry> {
        if u32_at(bytes, at)? != DIRECTORY {
            return None;
        }
        let [name, extra, comment] = [28, 30, 32]
            .map(|field| u16_at(bytes, at + field).map(usize::from))
            .map(Option::unwrap_or_default);
        let header = bytes.get(at..at + 46)?;
        let names = bytes.get(at + 46..at + 46 + name)?;
        let extras = bytes.get(at + 46 + name..at + 46 + name + extra)?;
        let mut entry = ZipEntry {
            name: String::from_utf8_lossy(names).into_owned(),
            method: u16_at(header, 10)?,
            encrypted: u16_at(header, 8)? & 1 != 0,
            crc: u32_at(header, 16)?,
            packed: u64::from(u32_at(header, 20)?),
            size: u64::from(u32_at(header, 24)?),
            offset: u64::from(u32_at(header, 42)?),
            next: at + 46 + name + extra + comment,
        };
        entry.widen(extras)?;
        Some(entry)
    }

    /// Sizes that do not fit 32 bits are in an extra field (ZIP64), in this order.
    fn widen(&mut self, mut extras: &[u8]) -> Option<()> {
        while extras.len() >= 4 {
            let id = u16_at(extras, 0)?;
            let length = usize::from(u16_at(extras, 2)?);
            let mut field = extras.get(4..4 + length)?;
            extras = &extras[4 + length..];
            if id != 1 {
                continue;
            }
            for value in [&mut self.size, &mut self.packed, &mut self.offset] {
                if *value == u64::from(WIDE) {
                    let (number, rest) = field.split_first_chunk::<8>()?;
                    *value = u64::from_le_bytes(*number);
                    field = rest;
                }
            }
        }
        Some(())
    }

    fn data(&self, bytes: &[u8], budget: u64) -> Result<Vec<u8>, String> {
        if self.encrypted {
            return Err("is encrypted".into());
        }
        if self.size > budget {
            return Err(format!(
                "{} bytes; at most {BYTES_MAX} are read of one archive",
                self.size
            ));
        }
        let packed = self.packed_bytes(bytes).ok_or("leaves the file")?;
        let data = match self.method {
            0 => packed.to_vec(),
            8 => {
                let mut data = vec![];
                let mut decoder = DeflateDecoder::new(packed).take(self.size + 1);
                decoder
                    .read_to_end(&mut data)
                    .map_err(|e| format!("cannot be unpacked: {e}"))?;
                data
            }
            other => {
                return Err(format!(
                    "compression method {other} is not read; use numpy.savez or savez_compressed"
                ));
            }
        };
        if data.len() as u64 != self.size {
            return Err(format!(
                "{} bytes, its directory says {}",
                data.len(),
                self.size
            ));
        }
        let mut crc = flate2::Crc::new();
        crc.update(&data);
        if crc.sum() == self.crc {
            Ok(data)
        } else {
            Err("its checksum is wrong: the file is damaged".into())
        }
    }

    fn packed_bytes<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let at = usize::try_from(self.offset).ok()?;
        if u32_at(bytes, at)? != LOCAL {
            return None;
        }
        let name = u16_at(bytes, at.checked_add(26)?)?;
        let extra = u16_at(bytes, at.checked_add(28)?)?;
        let start = at.checked_add(30 + usize::from(name) + usize::from(extra))?;
        bytes.get(start..start.checked_add(usize::try_from(self.packed).ok()?)?)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Writes an archive, member by member.
pub struct Writer<W> {
    out: W,
    at: u64,
    directory: Vec<u8>,
    members: u16,
}

impl<W: Write> Writer<W> {
    /// An empty archive.
    pub fn new(out: W) -> Writer<W> {
        Writer {
            out,
            at: 0,
            directory: vec![],
            members: 0,
        }
    }

    /// Adds a member: `name` without `.npy`, and the bytes of its .npy file.
    pub fn member(&mut self, name: &str, data: &[u8]) -> io::Result<()> {
        let too_large = |_| {
            io::Error::other("more than an .npz archive of 4 GiB can hold; write a smaller window")
        };
        let mut encoder = DeflateEncoder::new(vec![], Compression::fast());
        encoder.write_all(data)?;
        let packed = encoder.finish()?;
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let name = format!("{name}.npy");
        let at = u32::try_from(self.at).map_err(too_large)?;
        let size = u32::try_from(data.len()).map_err(too_large)?;
        let length = u16::try_from(name.len())
            .map_err(|_| io::Error::other("the name of a probe is too long"))?;
        // Version 2.0, names in UTF-8, deflated, the first day of ZIP's calendar.
        let mut fields = vec![20, 0, 0, 8, 8, 0, 0, 0, 0x21, 0];
        fields.extend(crc.sum().to_le_bytes());
        fields.extend(
            u32::try_from(packed.len())
                .map_err(too_large)?
                .to_le_bytes(),
        );
        fields.extend(size.to_le_bytes());
        fields.extend(length.to_le_bytes());
        fields.extend([0; 2]);
        let local = [&LOCAL.to_le_bytes(), &fields[..], name.as_bytes(), &packed].concat();
        self.out.write_all(&local)?;
        let entry = [
            &DIRECTORY.to_le_bytes(),
            &[20, 0][..],
            &fields,
            &[0; 10],
            &at.to_le_bytes(),
            name.as_bytes(),
        ];
        self.directory.extend(entry.concat());
        self.at += local.len() as u64;
        self.members = self
            .members
            .checked_add(1)
            .ok_or_else(|| io::Error::other("too many probes for an .npz archive"))?;
        Ok(())
    }

    /// Ends the archive.
    pub fn finish(mut self) -> io::Result<()> {
        let too_large = |_| {
            io::Error::other("more than an .npz archive of 4 GiB can hold; write a smaller window")
        };
        let at = u32::try_from(self.at).map_err(too_large)?;
        let size = u32::try_from(self.directory.len()).map_err(too_large)?;
        let count = self.members.to_le_bytes();
        self.out.write_all(&self.directory)?;
        let end = [
            &END.to_le_bytes()[..],
            &[0; 4],
            &count,
            &count,
            &size.to_le_bytes(),
            &at.to_le_bytes(),
            &[0; 2],
        ];
        self.out.write_all(&end.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = vec![];
        let mut writer = Writer::new(&mut bytes);
        writer.member("a", &[7; 1000]).unwrap();
        writer.member("b.steps", b"").unwrap();
        writer.finish().unwrap();
        let members = read(&bytes).unwrap();
        assert_eq!(members.keys().collect::<Vec<_>>(), ["a", "b.steps"]);
        assert_eq!(members["a"], [7; 1000]);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            let _ = read(&damaged);
            let _ = read(&bytes[..at]);
        }
    }
}
