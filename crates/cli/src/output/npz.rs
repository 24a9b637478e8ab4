//! Recordings as a NumPy archive.

use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use seamount::chip::{Column, Recording};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter};

/// Per probe: NAME (steps x neurons; spikes u1, registers i4), NAME.steps (i8), NAME.neurons (u4).
pub fn write(recordings: &[Recording], out: &mut BufWriter<File>) -> io::Result<()> {
    let mut archive = NpzWriter::new(out);
    let mut used = BTreeSet::new();
    for recording in recordings {
        let name = unused(&recording.name, &mut used);
        let (steps, neurons) = (recording.steps.len() as u64, recording.neurons.len() as u64);
        let mut array = |name: &str, shape: &[u64], data: Data| data.write(&mut archive, name, shape);
        array(&name, &[steps, neurons], Data::Values(&recording.values))?;
        array(&format!("{name}.steps"), &[steps], Data::Steps(&recording.steps))?;
        array(&format!("{name}.neurons"), &[neurons], Data::Neurons(&recording.neurons))?;
    }
    archive.zip_writer().finish()?;
    Ok(())
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

enum Data<'a> {
    Values(&'a Column),
    Steps(&'a [u64]),
    Neurons(&'a [u32]),
}

impl Data<'_> {
    fn write(self, archive: &mut NpzWriter<&mut BufWriter<File>>, name: &str, shape: &[u64]) -> io::Result<()> {
        match self {
            Data::Values(Column::Bits(bits)) => put(archive, name, shape, bits.iter().map(|b| u8::from(*b))),
            Data::Values(Column::Words(words)) => put(archive, name, shape, words.iter().copied()),
            Data::Steps(steps) => put(archive, name, shape, steps.iter().map(|&s| i64::try_from(s).unwrap_or(i64::MAX))),
            Data::Neurons(neurons) => put(archive, name, shape, neurons.iter().copied()),
        }
    }
}

fn put<T: npyz::AutoSerialize>(
    archive: &mut NpzWriter<&mut BufWriter<File>>,
    name: &str,
    shape: &[u64],
    data: impl Iterator<Item = T>,
) -> io::Result<()> {
    let mut writer = archive.array(name, Default::default())?.default_dtype().shape(shape).begin_nd()?;
    writer.extend(data)?;
    writer.finish()
}
