//! Bytes as a .npy array: refused, or as many numbers as the shape says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seamount_network::npy;

fuzz_target!(|data: &[u8]| {
    if let Ok(array) = npy::read_bytes(data) {
        assert_eq!(array.shape.iter().product::<u64>(), array.data.len() as u64);
    }
});
