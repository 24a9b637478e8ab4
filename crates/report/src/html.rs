//! Text and JSON within HTML.

/// A text as it stands between tags or in an attribute in quotation marks.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // control characters are no text of HTML
            letter if letter.is_control() && !letter.is_whitespace() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// A value as JSON that can stand in a `script` element of data: nothing in it can end the element
/// or begin another, because no letter with a meaning in HTML is left. JSON has such letters in
/// strings only, where they may be written as escapes.
pub(crate) fn json(value: &serde_json::Value) -> String {
    let plain = value.to_string();
    let mut out = String::with_capacity(plain.len());
    for letter in plain.chars() {
        match letter {
            '<' | '>' | '&' | '\'' | '\u{2028}' | '\u{2029}' => {
                out += &format!("\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_letter_with_a_meaning_is_left() {
        let hostile = "</script><script>alert('1')</script>&\"<!--\u{2028}\u{0}";
        let shown = text(hostile);
        assert!(!shown.contains(['<', '>', '"', '\'']), "{shown}");
        let value = serde_json::json!({ hostile: [hostile] });
        let written = json(&value);
        assert!(!written.contains(['<', '>', '&', '\'']), "{written}");
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read, value);
    }
}
