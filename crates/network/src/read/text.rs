//! Text of users' files: UTF-8, with or without a byte order mark before it.

/// Bytes that are no text, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, byte {byte} of the file: not UTF-8 text")]
pub struct NotText {
    /// Line, from 1.
    pub line: usize,
    /// First byte that is no text, from 0.
    pub byte: usize,
}

/// The text of a file, without its byte order mark.
///
/// # Errors
/// The place of the first byte that is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, NotText> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let byte = e.valid_up_to();
        NotText {
            line: 1 + bytes[..byte].iter().filter(|b| **b == b'\n').count(),
            byte,
        }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mark_is_skipped_and_other_bytes_are_placed() {
        assert_eq!(decode(b"a\n"), Ok("a\n"));
        assert_eq!(decode(b"\xef\xbb\xbfa"), Ok("a"));
        assert_eq!(decode(b"\xef\xbb\xbf\xef\xbb\xbf"), Ok("\u{feff}"));
        assert_eq!(decode(b""), Ok(""));
        assert_eq!(decode(b"a\r\nb\nc\xe4"), Err(NotText { line: 3, byte: 6 }));
        assert_eq!(
            decode(b"\xff\xfe").unwrap_err().to_string(),
            "line 1, byte 0 of the file: not UTF-8 text"
        );
    }
}
