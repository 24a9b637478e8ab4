//! Recordings as an Arrow IPC file: the same table as the CSV.

use super::rows;
use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use seamount_chip::Recording;
use std::fs::File;
use std::io::{self, BufWriter};
use std::sync::Arc;

/// Rows of one batch.
const BATCH: usize = 1 << 16;

/// Columns probe (utf8), step (u8), neuron (u4), value (i4).
pub fn write(recordings: &[Recording], out: &mut BufWriter<File>) -> io::Result<()> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("probe", DataType::Utf8, false),
        Field::new("step", DataType::UInt64, false),
        Field::new("neuron", DataType::UInt32, false),
        Field::new("value", DataType::Int32, false),
    ]));
    let mut writer = FileWriter::try_new(out, &schema).map_err(failed)?;
    for recording in recordings {
        let mut batch = Batch::default();
        rows(recording, |step, neuron, value| {
            batch.steps.push(step);
            batch.neurons.push(neuron);
            batch.values.push(value);
            if batch.steps.len() < BATCH {
                Ok(())
            } else {
                batch.flush(&recording.name, &schema, &mut writer)
            }
        })?;
        batch.flush(&recording.name, &schema, &mut writer)?;
    }
    writer.finish().map_err(failed)
}

#[derive(Default)]
struct Batch {
    steps: Vec<u64>,
    neurons: Vec<u32>,
    values: Vec<i32>,
}

impl Batch {
    fn flush(
        &mut self,
        probe: &str,
        schema: &Arc<Schema>,
        writer: &mut FileWriter<&mut BufWriter<File>>,
    ) -> io::Result<()> {
        let Batch {
            steps,
            neurons,
            values,
        } = std::mem::take(self);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                probe,
                steps.len(),
            ))),
            Arc::new(UInt64Array::from(steps)),
            Arc::new(UInt32Array::from(neurons)),
            Arc::new(Int32Array::from(values)),
        ];
        let batch = RecordBatch::try_new(Arc::clone(schema), columns).map_err(failed)?;
        if batch.num_rows() == 0 {
            Ok(())
        } else {
            writer.write(&batch).map_err(failed)
        }
    }
}

fn failed(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}
