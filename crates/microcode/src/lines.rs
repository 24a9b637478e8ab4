//! Lines of text as tokens.

use std::ops::Range;

/// A part of a line with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceToken {
    pub text: String,
    /// Characters of the line, from 0.
    pub columns: Range<usize>,
}

/// One line, without its comment: words, and the separators `,` `:` `=`; text in quotes is one
/// token with its quotes.
pub(crate) fn tokens(line: &str) -> Vec<SourceToken> {
    let mut found: Vec<SourceToken> = vec![];
    let mut open = false;
    let mut quoted = false;
    for (at, c) in line.chars().enumerate() {
        if c == ';' && !quoted {
            break;
        }
        let separator = !quoted && matches!(c, ',' | ':' | '=');
        if !quoted && (c.is_whitespace() || separator) {
            open = false;
            if separator {
                found.push(SourceToken {
                    text: c.into(),
                    columns: at..at + 1,
                });
            }
            continue;
        }
        if c == '"' {
            quoted = !quoted;
        }
        match found.last_mut().filter(|_| open) {
            Some(last) => {
                last.text.push(c);
                last.columns.end = at + 1;
            }
            None => found.push(SourceToken {
                text: c.into(),
                columns: at..at + 1,
            }),
        }
        open = true;
    }
    found
}

/// A number: decimal or 0x, with a sign and `_` between digits if wanted.
pub(crate) fn number(text: &str) -> Option<Result<i32, ()>> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let value = match plain.strip_prefix("0x").or(plain.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16),
        None => plain.parse::<i64>(),
    };
    let signed = value.map(|v| if negative { v.checked_neg() } else { Some(v) });
    Some(
        signed
            .ok()
            .flatten()
            .and_then(|v| i32::try_from(v).ok())
            .ok_or(()),
    )
}
