//! Lava's text form of a rule, as products (LE-004).
//!
//! ```text
//! rule    = [sign] product { sign product }
//! product = factor { "*" factor }
//! factor  = literal | symbol | "(" inside ")" | "sgn(" inside ")"
//! inside  = [sign] term [ sign term ]            one variable, one constant, or one of them
//! literal = number | "2^" [sign] number
//! symbol  = name of a variable (`Variable::name`) or u0..u9
//! ```
//! Outside brackets x0, y0, r0 and uk are what gates the product; with a constant in brackets x0,
//! y0 and r0 are factors, 0 or 1.

use crate::error::RuleError;
use crate::token::{RuleToken, Symbol, tokens};
use crate::tree::{Dependency, EXPONENTS, FACTORS_MAX, Factor, MANTISSAS, Product, Variable};

/// A rule as parsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedRule {
    /// Products, in written order.
    pub products: Vec<Product>,
    /// k of uk and where it is first written; absent: no uk.
    pub decimation: Option<(u8, usize)>,
    /// Every variable and gate with the character at which it stands.
    pub symbols: Vec<(Variable, usize)>,
}

/// Parses one of dw, dd, dt.
///
/// # Errors
/// Everything wrong with it, as far as it can be read.
pub fn parse(text: &str) -> Result<ParsedRule, Vec<RuleError>> {
    let tokens = tokens(text).map_err(|e| vec![e])?;
    let mut parser = RuleParser {
        tokens,
        next: 0,
        end: text.chars().count(),
        out: ParsedRule::default(),
        errors: vec![],
    };
    match parser.rule() {
        Err(error) => parser.errors.push(error),
        Ok(()) if parser.errors.is_empty() => return Ok(parser.out),
        Ok(()) => {}
    }
    Err(parser.errors)
}

struct RuleParser {
    tokens: Vec<RuleToken>,
    next: usize,
    end: usize,
    out: ParsedRule,
    errors: Vec<RuleError>,
}

/// A product while it is read.
struct OpenProduct {
    start: usize,
    mantissa: i64,
    exponent: i64,
    /// Where its scale is written.
    scale_at: Option<usize>,
    dependency: Option<Dependency>,
    factors: Vec<Factor>,
}

/// What is inside brackets.
enum Bracketed {
    Literal {
        mantissa: i64,
        exponent: i64,
    },
    Symbol {
        name: String,
        negative: bool,
        constant: Option<(i64, usize)>,
    },
}

impl RuleParser {
    fn peek(&self) -> Option<&Symbol> {
        self.tokens.get(self.next).map(|t| &t.kind)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |t| t.at)
    }

    /// Takes the next token if it is this one.
    fn take(&mut self, kind: &Symbol) -> bool {
        let found = self.peek() == Some(kind);
        self.next += usize::from(found);
        found
    }

    fn need(&mut self, kind: &Symbol, what: &str) -> Result<(), RuleError> {
        let at = self.at();
        if self.take(kind) {
            Ok(())
        } else {
            Err(RuleError::new(at, format!("{what} is missing")))
        }
    }

    /// -1 or 1, and whether a sign was there.
    fn sign(&mut self) -> (i64, bool) {
        if self.take(&Symbol::Minus) {
            (-1, true)
        } else {
            (1, self.take(&Symbol::Plus))
        }
    }

    fn rule(&mut self) -> Result<(), RuleError> {
        let (mut sign, _) = self.sign();
        loop {
            self.product(sign)?;
            let at = self.at();
            let found;
            (sign, found) = self.sign();
            match (found, self.peek()) {
                (true, _) => {}
                (false, None) => return Ok(()),
                (false, Some(_)) => return Err(RuleError::new(at, "'*', '+' or '-' is missing")),
            }
        }
    }

    fn product(&mut self, sign: i64) -> Result<(), RuleError> {
        let start = self.at();
        let mut open = OpenProduct {
            start,
            mantissa: sign,
            exponent: 0,
            scale_at: None,
            dependency: None,
            factors: vec![],
        };
        loop {
            self.factor(&mut open)?;
            if !self.take(&Symbol::Star) {
                break;
            }
        }
        match open.close() {
            Ok(product) => self.out.products.push(product),
            Err(errors) => self.errors.extend(errors),
        }
        Ok(())
    }

    fn factor(&mut self, open: &mut OpenProduct) -> Result<(), RuleError> {
        let at = self.at();
        match self.peek() {
            Some(Symbol::Number(_)) => {
                let (mantissa, exponent) = self.literal()?;
                open.scale(at, mantissa, exponent);
                Ok(())
            }
            Some(Symbol::Name(name)) if name == "sgn" => {
                self.next += 1;
                self.need(&Symbol::Open, "'(' after sgn")?;
                let inside = self.inside()?;
                self.bracketed(open, at, inside, true)
            }
            Some(Symbol::Name(name)) => {
                let name = name.clone();
                self.next += 1;
                self.symbol(open, at, &name)
            }
            Some(Symbol::Open) => {
                self.next += 1;
                let inside = self.inside()?;
                self.bracketed(open, at, inside, false)
            }
            Some(Symbol::Minus | Symbol::Plus) => {
                Err(RuleError::new(at, "a sign inside a product; write (-2)"))
            }
            _ => Err(RuleError::new(at, "a factor is missing")),
        }
    }

    /// A number or 2^number as mantissa and exponent.
    fn literal(&mut self) -> Result<(i64, i64), RuleError> {
        let at = self.at();
        let Some(&Symbol::Number(number)) = self.peek() else {
            return Err(RuleError::new(at, "a number is missing"));
        };
        self.next += 1;
        if !self.take(&Symbol::Caret) {
            return Ok((number, 0));
        }
        if number != 2 {
            return Err(RuleError::new(
                at,
                format!("{number}^...: only powers of 2 can be written"),
            ));
        }
        let (sign, _) = self.sign();
        let at = self.at();
        let Some(&Symbol::Number(exponent)) = self.peek() else {
            return Err(RuleError::new(at, "an exponent is missing"));
        };
        self.next += 1;
        Ok((1, sign * exponent))
    }

    /// number, 2^number or number*2^number.
    fn constant(&mut self) -> Result<(i64, i64), RuleError> {
        let (mantissa, exponent) = self.literal()?;
        if !self.take(&Symbol::Star) {
            return Ok((mantissa, exponent));
        }
        let (more, power) = self.literal()?;
        Ok((
            mantissa.saturating_mul(more).min(i64::MAX - 1),
            exponent + power,
        ))
    }

    fn inside(&mut self) -> Result<Bracketed, RuleError> {
        let mut name: Option<String> = None;
        let mut negative: bool = false;
        let mut literal: Option<(i64, i64, usize)> = None;
        for round in 0..2 {
            let (sign, found) = self.sign();
            if round == 1 && !found {
                break;
            }
            let at = self.at();
            match self.peek() {
                Some(Symbol::Name(symbol)) if name.is_none() => {
                    name = Some(symbol.clone());
                    negative = sign < 0;
                    self.next += 1;
                }
                Some(Symbol::Number(_)) if literal.is_none() => {
                    let (mantissa, exponent) = self.constant()?;
                    literal = Some((sign * mantissa, exponent, at));
                }
                _ => {
                    return Err(RuleError::new(
                        at,
                        "brackets hold a variable, a constant, or their sum",
                    ));
                }
            }
        }
        self.need(&Symbol::Close, "')'")?;
        match (name, literal) {
            (None, Some((mantissa, exponent, _))) => Ok(Bracketed::Literal { mantissa, exponent }),
            (Some(name), None) => Ok(Bracketed::Symbol {
                name,
                negative,
                constant: None,
            }),
            (Some(name), Some((mantissa, exponent, at))) => {
                let whole = (0..=16).contains(&exponent) && mantissa.abs() <= 1 << 16;
                let constant = if whole {
                    mantissa << exponent
                } else {
                    i64::MAX
                };
                Ok(Bracketed::Symbol {
                    name,
                    negative,
                    constant: Some((constant, at)),
                })
            }
            (None, None) => unreachable!("the first round found one"),
        }
    }

    fn bracketed(
        &mut self,
        open: &mut OpenProduct,
        at: usize,
        inside: Bracketed,
        sign: bool,
    ) -> Result<(), RuleError> {
        let (name, negative, constant) = match inside {
            Bracketed::Literal { .. } if sign => {
                return Err(RuleError::new(at, "sgn of a constant"));
            }
            Bracketed::Literal { mantissa, exponent } => {
                open.scale(at, mantissa, exponent);
                return Ok(());
            }
            Bracketed::Symbol {
                name,
                negative,
                constant,
            } => (name, negative, constant),
        };
        if !sign && constant.is_none() {
            open.mantissa *= if negative { -1 } else { 1 };
            return self.symbol(open, at + 1, &name);
        }
        let variable = variable(&name).ok_or_else(|| unknown(at, &name))?;
        self.out.symbols.push((variable, at));
        if sign && negative {
            return Err(RuleError::new(at, "the variable in sgn cannot be negative"));
        }
        if sign && !variable.origin().is_of_synapse() {
            return Err(RuleError::new(
                at,
                format!("sgn of {name}: sgn is for w, d and t only"),
            ));
        }
        if negative {
            open.mantissa = -open.mantissa;
        }
        let constant =
            constant.map(|(c, place)| (if negative { c.saturating_neg() } else { c }, place));
        let factor = Factor {
            variable,
            constant: constant.map(|(c, _)| c.clamp(-9999, 9999) as i16),
            sign,
        };
        if !factor.exists() {
            let place = constant.map_or(at, |(_, place)| place);
            let range = match variable {
                Variable::Weight | Variable::Tag => "-128..=127, or even in -256..=254",
                _ => "-128..=127",
            };
            self.errors.push(RuleError::new(
                place,
                format!("the constant beside {name} is outside {range}"),
            ));
        }
        open.factors.push(factor);
        Ok(())
    }

    /// A symbol that stands alone: a gate or a variable.
    fn symbol(&mut self, open: &mut OpenProduct, at: usize, name: &str) -> Result<(), RuleError> {
        let dependency = match name {
            "x0" => Some((Dependency::Pre, Some(Variable::X0))),
            "y0" => Some((Dependency::Post, Some(Variable::Y0))),
            "r0" => Some((Dependency::Reward, Some(Variable::R0))),
            _ => decimation(name).map(|_| (Dependency::Unconditional, None)),
        };
        let Some((dependency, variable)) = dependency else {
            let variable = self::variable(name).ok_or_else(|| unknown(at, name))?;
            self.out.symbols.push((variable, at));
            open.factors.push(Factor {
                variable,
                constant: None,
                sign: false,
            });
            return Ok(());
        };
        self.out.symbols.extend(variable.map(|v| (v, at)));
        if open.dependency.is_some() {
            let problem = format!(
                "'{name}': the product has a dependency already; it has exactly one of x0, y0, r0, uk"
            );
            self.errors.push(RuleError::new(at, problem));
        }
        open.dependency = Some(dependency);
        if let Some(k) = decimation(name) {
            match self.out.decimation {
                Some((other, _)) if other != k => {
                    let problem = format!("'{name}' after 'u{other}': a rule set has one k");
                    self.errors.push(RuleError::new(at, problem));
                }
                Some(_) => {}
                None => self.out.decimation = Some((k, at)),
            }
        }
        Ok(())
    }
}

impl OpenProduct {
    fn scale(&mut self, at: usize, mantissa: i64, exponent: i64) {
        // far beyond any scale, and no multiple of 2
        const MOST: i64 = (1 << 50) - 1;
        self.mantissa = self.mantissa.saturating_mul(mantissa).clamp(-MOST, MOST);
        self.exponent = self.exponent.saturating_add(exponent);
        self.scale_at.get_or_insert(at);
    }

    /// The product, its scale as mantissa -8..=7 and exponent -7..=8 (LE-002).
    fn close(self) -> Result<Product, Vec<RuleError>> {
        let mut errors = vec![];
        let mut mantissa = self.mantissa;
        let mut exponent = self.exponent;
        // powers of 2 move between mantissa and exponent until both fit: 16 is 4 * 2^2, 4 * 2^-8 is
        // 2 * 2^-7, 2^9 is 2 * 2^8
        while mantissa != 0
            && mantissa % 2 == 0
            && (!MANTISSAS.contains(&mantissa) || exponent < *EXPONENTS.start())
        {
            mantissa /= 2;
            exponent = exponent.saturating_add(1);
        }
        while exponent > *EXPONENTS.end() && mantissa.abs() <= 3 && mantissa != 0 {
            mantissa *= 2;
            exponent -= 1;
        }
        let at = self.scale_at.unwrap_or(self.start);
        if mantissa == 0 {
            errors.push(RuleError::new(at, "a product that is always 0"));
        } else if !MANTISSAS.contains(&mantissa) {
            errors.push(RuleError::new(
                at,
                "the scale is no mantissa -8..=7 times a power of 2",
            ));
        } else if !EXPONENTS.contains(&exponent) {
            errors.push(RuleError::new(
                at,
                format!(
                    "the scale is {mantissa}*2^{exponent}: the exponent is outside -7..=8; \
                     smaller impulses of the traces make a rule slower"
                ),
            ));
        }
        if self.factors.len() > FACTORS_MAX {
            errors.push(RuleError::new(
                self.start,
                format!("{} factors, at most {FACTORS_MAX}", self.factors.len()),
            ));
        }
        let Some(dependency) = self.dependency else {
            errors.push(RuleError::new(
                self.start,
                "the product has no dependency: it needs one of x0, y0, r0, uk",
            ));
            return Err(errors);
        };
        let product = Product {
            mantissa: mantissa as i8,
            exponent: exponent as i8,
            dependency,
            factors: self.factors,
        };
        if errors.is_empty() {
            Ok(product)
        } else {
            Err(errors)
        }
    }
}

/// k of `u0`..`u9`.
fn decimation(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'u', k @ b'0'..=b'9'] => Some(k - b'0'),
        _ => None,
    }
}

fn variable(name: &str) -> Option<Variable> {
    Variable::ALL.into_iter().find(|v| v.name() == name)
}

fn unknown(at: usize, name: &str) -> RuleError {
    let hint = match name {
        "u" => "; write u0..u9".into(),
        _ => {
            let known = Variable::ALL.map(Variable::name).join(" ");
            format!("; known are {known} u0..u9 sgn")
        }
    };
    RuleError::new(at, format!("unknown symbol '{name}'{hint}"))
}
