//! Characters of a rule as tokens.

use crate::error::RuleError;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleToken {
    /// Place of the first character, from 0.
    pub at: usize,
    pub kind: Symbol,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Symbol {
    Number(i64),
    Name(String),
    Plus,
    Minus,
    Star,
    Caret,
    Open,
    Close,
}

/// Largest number that is told apart from larger ones.
const NUMBER_MAX: i64 = 1 << 40;

pub(crate) fn tokens(text: &str) -> Result<Vec<RuleToken>, RuleError> {
    let characters: Vec<char> = text.chars().collect();
    let mut out = vec![];
    let mut at = 0;
    let run = |from: usize, part: fn(&char) -> bool| {
        characters[from..].iter().take_while(|c| part(c)).count()
    };
    while let Some(&c) = characters.get(at) {
        let start = at;
        at += 1;
        let kind = match c {
            c if c.is_whitespace() => continue,
            '+' => Symbol::Plus,
            '-' => Symbol::Minus,
            '*' => Symbol::Star,
            '^' => Symbol::Caret,
            '(' => Symbol::Open,
            ')' => Symbol::Close,
            c if c.is_ascii_digit() => {
                at = start + run(start, char::is_ascii_digit);
                if characters.get(at) == Some(&'.') {
                    return Err(RuleError::new(
                        at,
                        "fractions are written as powers of 2, such as 2^-2",
                    ));
                }
                let digit = |c: &char| i64::from(*c as u32 - '0' as u32);
                let number = characters[start..at]
                    .iter()
                    .fold(0, |n: i64, c| (n * 10 + digit(c)).min(NUMBER_MAX));
                Symbol::Number(number)
            }
            c if c.is_ascii_alphabetic() => {
                at = start + run(start, char::is_ascii_alphanumeric);
                Symbol::Name(characters[start..at].iter().collect())
            }
            other => {
                return Err(RuleError::new(
                    start,
                    format!("character '{other}' has no meaning here"),
                ));
            }
        };
        out.push(RuleToken { at: start, kind });
    }
    if out.is_empty() {
        Err(RuleError::new(0, "the rule is empty"))
    } else {
        Ok(out)
    }
}
