//! Products back to text: what is printed here is read again as the same program.

use crate::tree::{Dependency, Factor, Product};

/// A rule in the text form, products in order.
pub fn disassemble(products: &[Product], decimation: u8) -> String {
    let mut out = String::new();
    for (i, product) in products.iter().enumerate() {
        out += match (i, product.mantissa < 0) {
            (0, false) => "",
            (0, true) => "-",
            (_, false) => " + ",
            (_, true) => " - ",
        };
        out += &magnitude(product, decimation);
    }
    out
}

/// A product without its sign.
fn magnitude(product: &Product, decimation: u8) -> String {
    let mut parts = vec![];
    let mantissa = product.mantissa.unsigned_abs();
    if mantissa != 1 {
        parts.push(mantissa.to_string());
    }
    if product.exponent != 0 {
        parts.push(format!("2^{}", product.exponent));
    }
    parts.extend(product.factors.iter().map(factor));
    parts.push(match product.dependency {
        Dependency::Pre => "x0".into(),
        Dependency::Post => "y0".into(),
        Dependency::Reward => "r0".into(),
        Dependency::Unconditional => format!("u{decimation}"),
    });
    parts.join("*")
}

fn factor(factor: &Factor) -> String {
    let name = factor.variable.name();
    match (factor.sign, factor.constant) {
        (false, None) => name.into(),
        (false, Some(c)) => format!("({name}{c:+})"),
        (true, None) => format!("sgn({name})"),
        (true, Some(c)) => format!("sgn({name}{c:+})"),
    }
}
