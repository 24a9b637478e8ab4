//! What every layer did in every step, as a NumPy archive.

use seamount_network::npy::to_bytes;
use seamount_session::npz::Writer;
use seamount_study::dump::{Dump, DumpValues};
use std::io::{self, Write};

/// Writes arrays under their names.
pub fn write(dump: &Dump, out: &mut impl Write) -> io::Result<()> {
    let mut archive = Writer::new(out);
    for entry in dump {
        let bytes = match &entry.values {
            DumpValues::Bits(bits) => to_bytes(&entry.shape, bits.iter().copied()),
            DumpValues::Words(words) => to_bytes(&entry.shape, words.iter().copied()),
            DumpValues::Floats(floats) => to_bytes(&entry.shape, floats.iter().copied()),
        };
        archive.member(&entry.name, &bytes)?;
    }
    archive.finish()
}
