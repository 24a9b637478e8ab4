//! The text of a rule: `2^-2*x1*y0 - 2^-2*y1*x0 + 2^-4*x1*t*y0`.
//!
//! A sum of products. Each product is a scale (numbers and powers of 2, multiplied), factors
//! (variables, each with a constant in brackets or as `sgn(...)`), and one gate that says when it
//! counts: a spike of the source (x0), of the target (y0), a reward (r0), or time (u0..u9).

/// What a factor reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// Whether the source spiked.
    X0,
    /// First trace of the source.
    X1,
    /// Second trace of the source.
    X2,
    /// Whether the target spiked.
    Y0,
    /// First trace of the target.
    Y1,
    /// Second trace of the target.
    Y2,
    /// Third trace of the target.
    Y3,
    /// Whether a reward came.
    R0,
    /// The reward trace.
    R1,
    /// The weight.
    W,
    /// The delay, or second tag.
    D,
    /// The tag.
    T,
}

const SYMBOLS: [(&str, Symbol); 12] = [
    ("x0", Symbol::X0),
    ("x1", Symbol::X1),
    ("x2", Symbol::X2),
    ("y0", Symbol::Y0),
    ("y1", Symbol::Y1),
    ("y2", Symbol::Y2),
    ("y3", Symbol::Y3),
    ("r0", Symbol::R0),
    ("r1", Symbol::R1),
    ("w", Symbol::W),
    ("d", Symbol::D),
    ("t", Symbol::T),
];

/// When a product counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// At a spike of the source.
    Pre,
    /// At a spike of the target.
    Post,
    /// At a reward.
    Reward,
    /// Every 2^k epochs.
    Always(u32),
}

/// A variable plus a constant, or the sign of that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    /// The variable.
    pub symbol: Symbol,
    /// Added to it.
    pub constant: f64,
    /// Only the sign counts.
    pub sign: bool,
}

/// One product.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// The whole number in the scale, with the sign of the product.
    pub mantissa: f64,
    /// The power of 2 in the scale.
    pub exponent: i32,
    /// The factors.
    pub factors: Vec<Factor>,
    /// When it counts.
    pub gate: Gate,
}

impl Product {
    /// The scale as one number.
    pub fn scale(&self) -> f64 {
        self.mantissa * f64::from(self.exponent).exp2()
    }
}

/// Why a text is no rule, and at which character, from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {}: {problem}", at + 1)]
pub struct TextError {
    /// The character.
    pub at: usize,
    /// What is wrong.
    pub problem: &'static str,
}

/// Reads a rule.
///
/// # Errors
/// The first thing that cannot be read.
pub fn parse(text: &str) -> Result<Vec<Product>, TextError> {
    let mut reader = Reader {
        text: text.chars().collect(),
        at: 0,
    };
    let mut products = vec![];
    let mut sign = if reader.takes('-') { -1.0 } else { 1.0 };
    if sign > 0.0 {
        reader.takes('+');
    }
    loop {
        products.push(reader.product(sign)?);
        sign = match reader.next() {
            None => return Ok(products),
            Some('+') => 1.0,
            Some('-') => -1.0,
            Some(_) => return Err(reader.error("an operator is missing")),
        };
        reader.at += 1;
    }
}

struct Reader {
    text: Vec<char>,
    at: usize,
}

impl Reader {
    fn error(&self, problem: &'static str) -> TextError {
        TextError {
            at: self.at,
            problem,
        }
    }

    /// The next character that is no space.
    fn next(&mut self) -> Option<char> {
        while self.text.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn takes(&mut self, wanted: char) -> bool {
        let found = self.next() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> String {
        self.next();
        let rest = self.text[self.at..]
            .iter()
            .take_while(|c| c.is_ascii_alphanumeric());
        let word: String = rest.collect();
        self.at += word.len();
        word
    }

    fn number(&mut self) -> Result<f64, TextError> {
        self.next();
        let digits: String = self.text[self.at..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .collect();
        let number = digits
            .parse()
            .map_err(|_| self.error("a number is missing"))?;
        self.at += digits.len();
        Ok(number)
    }

    /// A number or a power of 2, as mantissa and exponent.
    fn literal(&mut self) -> Result<(f64, i32), TextError> {
        let start = self.at;
        let number = self.number()?;
        if !self.takes('^') {
            return Ok((number, 0));
        }
        if number != 2.0 {
            return Err(TextError {
                at: start,
                problem: "only powers of 2 can be written",
            });
        }
        let sign = if self.takes('-') { -1.0 } else { 1.0 };
        let power = sign * self.number()?;
        if power.abs() > 60.0 {
            return Err(TextError {
                at: start,
                problem: "a power beyond 2^60",
            });
        }
        Ok((1.0, power as i32))
    }

    fn product(&mut self, sign: f64) -> Result<Product, TextError> {
        let start = self.at;
        let mut product = Product {
            mantissa: sign,
            exponent: 0,
            factors: vec![],
            gate: Gate::Always(0),
        };
        let mut gate = None;
        loop {
            self.factor(&mut product, &mut gate)?;
            if !self.takes('*') {
                break;
            }
        }
        product.gate = gate.ok_or(TextError {
            at: start,
            problem: "nothing says when this product counts",
        })?;
        normalise(&mut product);
        Ok(product)
    }

    fn factor(&mut self, product: &mut Product, gate: &mut Option<Gate>) -> Result<(), TextError> {
        match self.next() {
            Some(c) if c.is_ascii_digit() => {
                let (mantissa, exponent) = self.literal()?;
                product.mantissa *= mantissa;
                product.exponent += exponent;
                Ok(())
            }
            Some('(') => self.bracket(product, gate, false),
            Some(_) => {
                let start = self.at;
                let word = self.word();
                if word == "sgn" {
                    return self.bracket(product, gate, true);
                }
                self.plain(product, gate, (start, &word))
            }
            None => Err(self.error("a factor is missing")),
        }
    }

    /// A symbol that stands alone: a gate or a variable.
    fn plain(
        &mut self,
        product: &mut Product,
        gate: &mut Option<Gate>,
        (at, word): (usize, &str),
    ) -> Result<(), TextError> {
        let opens = match word {
            "x0" => Some(Gate::Pre),
            "y0" => Some(Gate::Post),
            "r0" => Some(Gate::Reward),
            _ => word
                .strip_prefix('u')
                .filter(|k| k.len() == 1)
                .and_then(|k| k.parse().ok())
                .map(Gate::Always),
        };
        match (opens, SYMBOLS.iter().find(|(name, _)| *name == word)) {
            (Some(_), _) if gate.is_some() => Err(TextError {
                at,
                problem: "a second gate",
            }),
            (Some(_), _) => {
                *gate = opens;
                Ok(())
            }
            (None, Some((_, symbol))) => {
                product.factors.push(Factor {
                    symbol: *symbol,
                    constant: 0.0,
                    sign: false,
                });
                Ok(())
            }
            (None, None) => Err(TextError {
                at,
                problem: "unknown symbol",
            }),
        }
    }

    /// `(symbol)`, `(symbol + constant)`, `(constant)`; the sign of the sum if `sign`.
    fn bracket(
        &mut self,
        product: &mut Product,
        gate: &mut Option<Gate>,
        sign: bool,
    ) -> Result<(), TextError> {
        if !self.takes('(') {
            return Err(self.error("'(' is missing"));
        }
        let (mut symbol, mut constant) = (None, None);
        let mut first = true;
        while !self.takes(')') {
            let minus = self.takes('-');
            if !minus && !self.takes('+') && !first {
                return Err(self.error("')' is missing"));
            }
            first = false;
            let minus = if minus { -1.0 } else { 1.0 };
            match self.next() {
                Some(c) if c.is_ascii_digit() && constant.is_none() => {
                    let (mut value, mut power) = self.literal()?;
                    while self.takes('*') {
                        let more = self.literal()?;
                        (value, power) = (value * more.0, power + more.1);
                    }
                    constant = Some(minus * value * f64::from(power).exp2());
                }
                Some(c) if c.is_ascii_alphabetic() && symbol.is_none() => {
                    let start = self.at;
                    symbol = Some((minus, start, self.word()));
                }
                _ => return Err(self.error("brackets hold a variable, a constant or their sum")),
            }
        }
        match (symbol, constant) {
            (None, None) => Err(self.error("empty brackets")),
            (None, Some(value)) => {
                product.mantissa *= value;
                Ok(())
            }
            (Some((minus, start, word)), None) if !sign => {
                product.mantissa *= minus;
                self.plain(product, gate, (start, &word))
            }
            (Some((minus, start, word)), constant) => {
                let known = SYMBOLS.iter().find(|(name, _)| *name == word);
                let symbol = known
                    .ok_or(TextError {
                        at: start,
                        problem: "unknown symbol",
                    })?
                    .1;
                // -(x - c) for -x + c
                product.mantissa *= minus;
                product.factors.push(Factor {
                    symbol,
                    constant: minus * constant.unwrap_or(0.0),
                    sign,
                });
                Ok(())
            }
        }
    }
}

/// Moves powers of 2 between mantissa and exponent until the mantissa is a whole number from -8 to 7,
/// and the exponent from -7 to 8 where that is possible. The scale stays what it is.
fn normalise(product: &mut Product) {
    while product.mantissa != 0.0 && product.mantissa.fract() != 0.0 {
        product.mantissa *= 2.0;
        product.exponent -= 1;
    }
    let even = |m: f64| m != 0.0 && m % 2.0 == 0.0;
    while even(product.mantissa)
        && (!(-8.0..=7.0).contains(&product.mantissa) || product.exponent < -7)
    {
        product.mantissa /= 2.0;
        product.exponent += 1;
    }
    while product.exponent > 8 && product.mantissa.abs() <= 3.0 && product.mantissa != 0.0 {
        product.mantissa *= 2.0;
        product.exponent -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_what_they_say() {
        let products =
            parse("2^-2*x1*y0 - 3*2^-4*(y1 - 16)*sgn(t+1)*u3 + x0*(-w + 4)").expect("a rule");
        let scales: Vec<f64> = products.iter().map(Product::scale).collect();
        assert_eq!(scales, [0.25, -0.1875, -1.0]);
        assert_eq!(
            products.iter().map(|p| p.gate).collect::<Vec<_>>(),
            [Gate::Post, Gate::Always(3), Gate::Pre]
        );
        let factor = |symbol, constant, sign| Factor {
            symbol,
            constant,
            sign,
        };
        assert_eq!(
            products[1].factors,
            [
                factor(Symbol::Y1, -16.0, false),
                factor(Symbol::T, 1.0, true)
            ]
        );
        assert_eq!(products[2].factors, [factor(Symbol::W, -4.0, false)]);
    }

    #[test]
    fn scales_are_kept_in_mantissa_and_exponent() {
        for (text, mantissa, exponent) in [
            ("16*x1*y0", 4.0, 2),
            ("4*2^-8*x1*y0", 2.0, -7),
            ("2^9*x0", 2.0, 8),
            ("(-4)*x1*y0", -4.0, 0),
        ] {
            let product = &parse(text).expect(text)[0];
            assert_eq!(
                (product.mantissa, product.exponent),
                (mantissa, exponent),
                "{text}"
            );
        }
    }

    #[test]
    fn errors_say_where() {
        for (text, at) in [
            ("", 0),
            ("x1*z0", 3),
            ("x1*y1", 0),
            ("x0*y0", 3),
            ("x0*(w", 5),
            ("3^2*x0", 0),
            ("x0 y1", 3),
            ("x0*()", 5),
        ] {
            assert_eq!(parse(text).expect_err(text).at, at, "{text}");
        }
    }
}
