// Part of several targets: puts length and checksums of a container right, so that the fuzzer gets
// past them.

const HEADER: usize = 64;

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |c, _| c >> 1 ^ (0xedb8_8320 & (c & 1).wrapping_neg()));
    !bytes.iter().fold(!0, step)
}

fn signed(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    if bytes.len() >= HEADER {
        let (length, body) = (bytes.len() as u64, crc32(&bytes[HEADER..]));
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        bytes[24..28].copy_from_slice(&body.to_le_bytes());
        let header = crc32(&bytes[..60]);
        bytes[60..64].copy_from_slice(&header.to_le_bytes());
    }
    bytes
}
