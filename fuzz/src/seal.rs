//! Lengths and sums of a container put right, so that the fuzzer gets past them.

const HEADER: usize = 64;

/// CRC-32 of IEEE 802.3, bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc = (crc >> 1) ^ (0xedb8_8320 & carry.wrapping_neg());
        }
    }
    !crc
}

/// The same bytes as a container whose length and sums are right.
pub fn sealed(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    if bytes.len() >= HEADER {
        let length = bytes.len() as u64;
        let body = crc32(&bytes[HEADER..]);
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        bytes[24..28].copy_from_slice(&body.to_le_bytes());
        let header = crc32(&bytes[..60]);
        bytes[60..64].copy_from_slice(&header.to_le_bytes());
    }
    bytes
}
