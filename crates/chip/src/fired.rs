//! Columns that fired, from one byte a column.
//!
//! Most steps few columns fire, and in some many do. A branch a column would be guessed wrong once
//! a spike; so eight flags are folded to a byte and a table says which of its bits are set. All
//! eight entries are written whatever their number, and the next byte's begin where this one's end.

/// The set bits of every byte, ascending, the rest 0.
const BITS_OF: [[u16; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        let mut count = 0;
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte][count] = bit;
                count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// Writes the columns whose byte is 1 to the front of `out`, ascending, and returns how many.
/// Eight bytes at a time and without branches: which of them fired cannot be foreseen.
pub(crate) fn fired_columns(fired: &[u8], out: &mut Vec<u16>) -> usize {
    if out.len() < fired.len() + 8 {
        out.resize(fired.len() + 8, 0);
    }
    let (eights, rest) = fired.as_chunks::<8>();
    let mut count = 0;
    for (first, bytes) in (0u16..).step_by(8).zip(eights) {
        // the product gathers the lowest bit of every byte in the highest byte
        let mask = u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        out[count..count + 8].copy_from_slice(&BITS_OF[mask as usize].map(|bit| first + bit));
        count += mask.count_ones() as usize;
    }
    let last = (eights.len() as u16 * 8..).zip(rest);
    for (column, _) in last.filter(|(_, byte)| **byte != 0) {
        out[count] = column;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::fired_columns;

    #[test]
    fn every_pattern_of_short_rows_is_found() {
        let mut out = vec![];
        for length in 0..12usize {
            for bits in 0..1u32 << length {
                let fired: Vec<u8> = (0..length).map(|i| (bits >> i & 1) as u8).collect();
                let count = fired_columns(&fired, &mut out);
                let wanted: Vec<u16> = (0..length as u16).filter(|i| bits >> i & 1 == 1).collect();
                assert_eq!(out[..count], wanted);
            }
        }
    }
}
