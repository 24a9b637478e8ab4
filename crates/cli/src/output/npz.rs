//! Recordings as a NumPy archive.

use seamount_chip::{Column, Recording};
use seamount_network::npy::to_bytes;
use seamount_study::dump::{Dump, DumpValues};
use seamount_study::npz::Writer;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Per probe: NAME (steps x neurons; spikes u1, registers i4), NAME.steps (i8), NAME.neurons (u4).
pub fn write(recordings: &[Recording], out: &mut impl Write) -> io::Result<()> {
    let mut archive = Writer::new(out);
    let mut used = BTreeSet::new();
    for recording in recordings {
        let name = unused(&recording.name, &mut used);
        let (steps, neurons) = (recording.steps.len() as u64, recording.neurons.len() as u64);
        let values = match &recording.values {
            Column::Bits(bits) => to_bytes(&[steps, neurons], bits.iter().map(|b| u8::from(*b))),
            Column::Words(words) => to_bytes(&[steps, neurons], words.iter().copied()),
        };
        archive.member(&name, &values)?;
        let numbers = recording
            .steps
            .iter()
            .map(|&s| i64::try_from(s).unwrap_or(i64::MAX));
        archive.member(&format!("{name}.steps"), &to_bytes(&[steps], numbers))?;
        archive.member(
            &format!("{name}.neurons"),
            &to_bytes(&[neurons], recording.neurons.iter().copied()),
        )?;
    }
    archive.finish()
}

/// Arrays as they are named.
pub fn dump(dump: &Dump, out: &mut impl Write) -> io::Result<()> {
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

/// Probes of foreign images may share a name; members of an archive must not.
fn unused(name: &str, used: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_string();
    for number in 2.. {
        if used.insert(candidate.clone()) {
            break;
        }
        candidate = format!("{name}#{number}");
    }
    candidate
}
