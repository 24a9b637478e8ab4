//! Recordings as a NumPy archive.

use crate::npz::Writer;
use seamount_chip::{Column, Recording};
use seamount_network::npy::to_bytes;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Per probe: NAME (steps x neurons; spikes u1, registers i4), NAME.steps (i8), NAME.neurons (u4).
pub fn write(recordings: &[Recording], out: &mut impl Write) -> io::Result<()> {
    let mut archive = Writer::new(out);
    let mut used = BTreeSet::new();
    for recording in recordings {
        let name = unused(&recording.name, &mut used);
        let steps = recording.steps.len() as u64;
        let neurons = recording.neurons.len() as u64;
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
