//! Memory that may still be taken: asked for before anything whose size a file decides.
//!
//! A file of 400 bytes may stand for 2^28 synapses, and an archive of 300 KB for gigabytes. The
//! operating system answers a request for too much by ending the process, which loses everything.
//! So whoever is about to allocate something of a size that came from outside asks first. The
//! limit is one for the process; a library has none until its user sets one.
//!
//! What is left is the limit less what the process has in memory now, as the system says it. Small
//! requests are not looked at: they cost less than the look.

use seamount_diagnose::{Allowed, Fault, Finding, Place};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most bytes that the process may hold.
static LIMIT: AtomicU64 = AtomicU64::new(u64::MAX);

/// Requests below this many bytes are granted without a look.
const SMALL_BYTES: u64 = 1 << 22;

/// Less memory is left than is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemoryShort {
    /// What would be held, in words.
    pub what: String,
    /// Bytes that it would take.
    pub wanted: u64,
    /// Bytes that are left.
    pub left: u64,
    /// Bytes that the process may hold in all.
    pub limit: u64,
}

impl fmt::Display for MemoryShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            wanted,
            left,
            limit,
        } = self;
        write!(
            f,
            "{what}: needs {} of memory, and {} of {} are left",
            Size(*wanted),
            Size(*left),
            Size(*limit)
        )
    }
}

impl std::error::Error for MemoryShort {}

impl From<MemoryShort> for Finding {
    fn from(short: MemoryShort) -> Finding {
        Finding::new(Place::whole(), Fault::Memory, short.to_string())
            .value(short.wanted)
            .range(Allowed::Between {
                min: 0.into(),
                max: short.left.into(),
            })
    }
}

/// A number of bytes for people.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes < 1 << 30 => write!(f, "{} MiB", bytes.div_ceil(1 << 20)),
            bytes => write!(f, "{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
        }
    }
}

/// Sets the most bytes that the process may hold.
pub fn set_limit(bytes: u64) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// Three quarters of the memory that the machine has to give now, bytes; none if it does not say.
pub fn share_of_machine() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024 / 4 * 3)
}

/// Bytes of the process that are in memory now; 0 where the system does not say.
fn resident() -> u64 {
    const PAGE_BYTES: u64 = 4096;
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = told.split_whitespace().nth(1);
    pages
        .and_then(|pages| pages.parse::<u64>().ok())
        .unwrap_or(0)
        * PAGE_BYTES
}

/// Grants `count` items of `bytes` bytes each, or says what is left.
///
/// # Errors
/// More bytes than are left.
pub fn allow(what: &str, count: u64, bytes: u64) -> Result<(), MemoryShort> {
    let wanted = count.saturating_mul(bytes);
    let limit = LIMIT.load(Ordering::Relaxed);
    if wanted < SMALL_BYTES || limit == u64::MAX {
        return Ok(());
    }
    let left = limit.saturating_sub(resident());
    if wanted <= left {
        return Ok(());
    }
    Err(MemoryShort {
        what: what.into(),
        wanted,
        left,
        limit,
    })
}
