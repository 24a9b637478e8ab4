//! The file container: a 64-byte header laid by hand, then tagged sections encoded with bincode.
//! The only module that knows bincode.
//!
//! | bytes | field |
//! |---|---|
//! | 0..8 | magic |
//! | 8..10, 10..12 | format major, minor (u16) |
//! | 12..16 | number of sections (u32) |
//! | 16..24 | length of the file (u64) |
//! | 24..28 | CRC-32 of everything behind the header |
//! | 28..44 | class of chip, ASCII, zero padded |
//! | 44..60 | zero |
//! | 60..64 | CRC-32 of bytes 0..60 |
//!
//! All numbers are little-endian. Then 24 bytes a section: tag (8), offset (u64), length (u64);
//! then the sections, in this order, without gaps. Unknown tags are skipped; another major version
//! is refused.

use serde::{Serialize, de::DeserializeOwned};

/// Bytes of the header.
pub const HEADER_BYTES: usize = 64;
const ENTRY_BYTES: usize = 24;
/// Most sections of a file.
const SECTIONS_MAX: u32 = 64;
/// Largest file that is read, bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 36;

/// A kind of file.
#[derive(Debug, Clone, Copy)]
pub struct FileKind {
    /// First eight bytes.
    pub magic: [u8; 8],
    /// Version that readers must know.
    pub major: u16,
    /// Version that readers may ignore.
    pub minor: u16,
}

/// Tag of a section.
pub type Tag = [u8; 8];

/// Why bytes are no such file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ContainerError {
    #[error("file of {found} bytes is shorter than {wanted}")]
    Short { found: u64, wanted: u64 },
    #[error("file of {found} bytes; at most {FILE_BYTES_MAX} are read")]
    Large { found: u64 },
    #[error("wrong first bytes: {found}, wanted {wanted}")]
    Magic {
        found: &'static str,
        wanted: &'static str,
    },
    #[error("format version {found}; this program reads version {known}")]
    Version { found: u16, known: u16 },
    #[error("checksum of the {0} is wrong: the file is damaged")]
    Checksum(&'static str),
    #[error("header says {promised} bytes, the file has {found}")]
    Length { promised: u64, found: u64 },
    #[error("{found} sections; at most {SECTIONS_MAX} are read")]
    Sections { found: u32 },
    #[error("section {tag}: {problem}")]
    Section { tag: String, problem: String },
    #[error("section {tag} is missing")]
    Missing { tag: String },
}

fn name(tag: Tag) -> String {
    tag.iter()
        .map(|&b| if b.is_ascii_graphic() { b as char } else { '.' })
        .collect::<String>()
        .trim_end_matches('.')
        .into()
}

/// Builds a file from encoded sections.
pub fn pack(kind: FileKind, class: &str, sections: &[(Tag, Vec<u8>)]) -> Vec<u8> {
    let mut offset = HEADER_BYTES + sections.len() * ENTRY_BYTES;
    let length = offset + sections.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    let mut out = Vec::with_capacity(length);
    out.resize(HEADER_BYTES, 0);
    for (tag, bytes) in sections {
        out.extend_from_slice(tag);
        out.extend_from_slice(&(offset as u64).to_le_bytes());
        out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        offset += bytes.len();
    }
    for (_, bytes) in sections {
        out.extend_from_slice(bytes);
    }
    let body = crc32fast::hash(&out[HEADER_BYTES..]);
    out[0..8].copy_from_slice(&kind.magic);
    out[8..10].copy_from_slice(&kind.major.to_le_bytes());
    out[10..12].copy_from_slice(&kind.minor.to_le_bytes());
    out[12..16].copy_from_slice(&(sections.len() as u32).to_le_bytes());
    out[16..24].copy_from_slice(&(length as u64).to_le_bytes());
    out[24..28].copy_from_slice(&body.to_le_bytes());
    let class = &class.as_bytes()[..class.len().min(16)];
    out[28..28 + class.len()].copy_from_slice(class);
    let header = crc32fast::hash(&out[..60]);
    out[60..64].copy_from_slice(&header.to_le_bytes());
    out
}

/// Sections of a file, proved to lie within it.
#[derive(Debug)]
pub struct FileSections<'a>(Vec<(Tag, &'a [u8])>);

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}
fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// Name of the kind of file that begins with these bytes.
fn kind_name(bytes: &[u8]) -> &'static str {
    match bytes.get(..8) {
        Some(b"SEAMOUNT") => "an image",
        Some(b"SMOUNTST") => "a saved state",
        _ => "a file of another kind",
    }
}

fn wrong(kind: FileKind, bytes: &[u8]) -> ContainerError {
    ContainerError::Magic {
        found: kind_name(bytes),
        wanted: kind_name(&kind.magic),
    }
}

/// Checks header, lengths and checksums; allocates nothing but the section table.
pub fn unpack(kind: FileKind, bytes: &[u8]) -> Result<FileSections<'_>, ContainerError> {
    let found = bytes.len() as u64;
    if bytes.len() < HEADER_BYTES {
        let known = bytes.len() < 8 || bytes[..8] == kind.magic;
        return Err(if known {
            ContainerError::Short {
                found,
                wanted: HEADER_BYTES as u64,
            }
        } else {
            wrong(kind, bytes)
        });
    }
    if bytes[..8] != kind.magic {
        return Err(wrong(kind, bytes));
    }
    let major = u16::from_le_bytes([bytes[8], bytes[9]]);
    if major != kind.major {
        return Err(ContainerError::Version {
            found: major,
            known: kind.major,
        });
    }
    if crc32fast::hash(&bytes[..60]) != u32_at(bytes, 60) {
        return Err(ContainerError::Checksum("header"));
    }
    let promised = u64_at(bytes, 16);
    if promised != found {
        return Err(ContainerError::Length { promised, found });
    }
    if found > FILE_BYTES_MAX {
        return Err(ContainerError::Large { found });
    }
    if crc32fast::hash(&bytes[HEADER_BYTES..]) != u32_at(bytes, 24) {
        return Err(ContainerError::Checksum("contents"));
    }
    let count = u32_at(bytes, 12);
    if count > SECTIONS_MAX {
        return Err(ContainerError::Sections { found: count });
    }
    let mut at = HEADER_BYTES + count as usize * ENTRY_BYTES;
    if at > bytes.len() {
        return Err(ContainerError::Short {
            found,
            wanted: at as u64,
        });
    }
    let mut sections = Vec::with_capacity(count as usize);
    for entry in bytes[HEADER_BYTES..at].chunks_exact(ENTRY_BYTES) {
        let tag: Tag = entry[..8].try_into().expect("eight bytes");
        let offset = u64_at(entry, 8);
        let length = u64_at(entry, 16);
        if offset != at as u64 || length > (bytes.len() - at) as u64 {
            let problem = format!(
                "{length} bytes at {offset} do not follow the section before, or leave the file"
            );
            return Err(ContainerError::Section {
                tag: name(tag),
                problem,
            });
        }
        let end = at + length as usize;
        sections.push((tag, &bytes[at..end]));
        at = end;
    }
    Ok(FileSections(sections))
}

impl FileSections<'_> {
    /// Whether there is a section with this tag.
    pub fn has(&self, tag: Tag) -> bool {
        self.0.iter().any(|(t, _)| *t == tag)
    }

    /// Decodes the first section with this tag.
    pub fn decode<T: DeserializeOwned>(&self, tag: Tag) -> Result<T, ContainerError> {
        let Some((_, bytes)) = self.0.iter().find(|(t, _)| *t == tag) else {
            return Err(ContainerError::Missing { tag: name(tag) });
        };
        decode(bytes).map_err(|problem| ContainerError::Section {
            tag: name(tag),
            problem,
        })
    }
}

/// Fixed width, little-endian; decoding claims at most `LIMIT` bytes.
fn config<const LIMIT: usize>() -> impl bincode::config::Config {
    bincode::config::standard()
        .with_little_endian()
        .with_fixed_int_encoding()
        .with_limit::<LIMIT>()
}

/// Limit of the encoder: none that a file could reach.
const ENCODE: usize = usize::MAX;

/// Encodes one section.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    bincode::serde::encode_to_vec(value, config::<ENCODE>()).expect("plain data always encodes")
}

/// Decodes one section; all bytes must be used. What it claims to hold is bounded by its own size:
/// bincode allocates a string before it looks whether the bytes are there.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let decoded = match bytes.len() {
        0..=0x1000 => bincode::serde::decode_from_slice(bytes, config::<0x1000>()),
        0x1001..=0x8000 => bincode::serde::decode_from_slice(bytes, config::<0x8000>()),
        0x8001..=0x4_0000 => bincode::serde::decode_from_slice(bytes, config::<0x4_0000>()),
        0x4_0001..=0x20_0000 => bincode::serde::decode_from_slice(bytes, config::<0x20_0000>()),
        0x20_0001..=0x100_0000 => bincode::serde::decode_from_slice(bytes, config::<0x100_0000>()),
        0x100_0001..=0x800_0000 => bincode::serde::decode_from_slice(bytes, config::<0x800_0000>()),
        0x800_0001..=0x4000_0000 => {
            bincode::serde::decode_from_slice(bytes, config::<0x4000_0000>())
        }
        0x4000_0001..=0x2_0000_0000 => {
            bincode::serde::decode_from_slice(bytes, config::<0x2_0000_0000>())
        }
        _ => bincode::serde::decode_from_slice(bytes, config::<{ FILE_BYTES_MAX as usize }>()),
    };
    let (value, used) = decoded.map_err(|e| e.to_string())?;
    if used == bytes.len() {
        Ok(value)
    } else {
        Err(format!("{} bytes left over", bytes.len() - used))
    }
}
