use super::*;

fn first_error(text: &str) -> (usize, String) {
    let errors = parse(text).expect_err(text);
    (errors[0].at, errors[0].problem.clone())
}

#[test]
fn le_004_text_becomes_products_and_text_again() {
    for (text, again) in [
        (
            "2^-2*x1*y0 - 2^-2*y1*x0 + 2^-4*x1*t*y0",
            "2^-2*x1*y0 - 2^-2*y1*x0 + 2^-4*x1*t*y0",
        ),
        ("-3 * 2^-4 * x1*y1*u0", "-3*2^-4*x1*y1*u0"),
        ("x0*(w + 4)*2^-3", "2^-3*(w+4)*x0"),
        ("y0*(-w+4)", "-(w-4)*y0"),
        ("sgn(w)*2^2*x0*y1", "2^2*sgn(w)*y1*x0"),
        ("sgn(t-6)*u3", "sgn(t-6)*u3"),
        ("(3 + x2)*(y0+0)*r0", "(x2+3)*(y0+0)*r0"),
        ("(-4)*r1*t*u9 + 16*x1*y0", "-4*r1*t*u9 + 4*2^2*x1*y0"),
        ("4*2^-8*x1*y0", "2*2^-7*x1*y0"),
        ("2^9*x0", "2*2^8*x0"),
    ] {
        let parsed = parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let k = parsed.decimation.map_or(0, |d| d.0);
        let printed = disassemble(&parsed.products, k);
        assert_eq!(printed, again, "{text}");
        assert_eq!(
            parse(&printed).map(|p| p.products),
            Ok(parsed.products),
            "{text}"
        );
    }
}

#[test]
fn le_004_errors_point_at_the_character() {
    for (text, at, problem) in [
        ("", 0, "the rule is empty"),
        ("2^-2*x1*z0", 8, "unknown symbol 'z0'"),
        ("x1*y1", 0, "no dependency"),
        ("x1*y0 + w*t", 8, "no dependency"),
        ("x0*y1*y0", 6, "has a dependency already"),
        ("x1*y0 + 9*x0", 8, "no mantissa -8..=7"),
        ("2^-9*x1*y0", 0, "outside -7..=8"),
        ("x1*2^20*y0", 3, "outside -7..=8"),
        ("3^2*x0", 0, "only powers of 2"),
        ("0.5*x0", 1, "fractions"),
        ("x0*(x1+200)", 7, "outside -128..=127"),
        ("x0*(w+257)", 6, "outside -128..=127, or even"),
        ("x0*sgn(x1)", 3, "sgn is for w, d and t only"),
        ("x0*(w+t)", 6, "brackets hold"),
        ("x0*-2*y1", 3, "a sign inside a product"),
        ("x0*(w+4", 7, "')' is missing"),
        ("x0 y1", 3, "'*', '+' or '-' is missing"),
        ("x1*u1 + t*u2", 10, "one k"),
        ("x1*u", 3, "write u0..u9"),
        ("x0*0", 3, "always 0"),
        ("x0*", 3, "a factor is missing"),
        ("x1 \u{d7} y0", 3, "has no meaning"),
        ("x0*u12", 3, "unknown symbol 'u12'"),
    ] {
        let (place, found) = first_error(text);
        assert!(
            place == at && found.contains(problem),
            "{text}: {place} {found}"
        );
    }
}

#[test]
fn le_004_no_text_makes_the_parser_fail() {
    let parts = [
        "x0",
        "y1",
        "(",
        ")",
        "sgn",
        "*",
        "+",
        "-",
        "2^",
        "999999999999999999999",
        "w",
        "u3",
        " ",
        "^",
        "\u{1f980}",
    ];
    let mut state = 1u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..8 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text += parts[(state >> 33) as usize % parts.len()];
        }
        if let Err(errors) = parse(&text) {
            assert!(
                errors.iter().all(|e| e.at <= text.chars().count()),
                "{text}"
            );
        }
    }
}

#[test]
fn le_002_factors_keep_what_is_written() {
    let parsed = parse("-2^-3*(y0+1)*sgn(d)*x0").unwrap();
    let factor = |variable, constant, sign| Factor {
        variable,
        constant,
        sign,
    };
    let factors = vec![
        factor(Variable::Y0, Some(1), false),
        factor(Variable::Delay, None, true),
    ];
    assert_eq!(
        parsed.products,
        [Product {
            mantissa: -1,
            exponent: -3,
            dependency: Dependency::Pre,
            factors
        }]
    );
}

/// What every construct of the language means, written down by hand: the machine and the float
/// reference both evaluate this tree, so a mistake of the parser would be a mistake of both.
#[test]
fn le_004_every_construct_has_the_tree_that_is_written_here() {
    use Dependency::*;
    use Variable::*;
    type Tree = (i8, i8, Dependency, &'static [(Variable, Option<i16>, bool)]);
    let cases: [(&str, &[Tree]); 16] = [
        ("x0", &[(1, 0, Pre, &[])]),
        ("-y0", &[(-1, 0, Post, &[])]),
        ("+r0", &[(1, 0, Reward, &[])]),
        ("u3", &[(1, 0, Unconditional, &[])]),
        ("3*2^-4*x1*y0", &[(3, -4, Post, &[(X1, None, false)])]),
        ("(-4)*x0", &[(-4, 0, Pre, &[])]),
        ("(2*2^2)*x0", &[(2, 2, Pre, &[])]),
        ("2*x0*2^3*3", &[(6, 3, Pre, &[])]),
        ("(x2)*x0", &[(1, 0, Pre, &[(X2, None, false)])]),
        ("(-w)*x0", &[(-1, 0, Pre, &[(Weight, None, false)])]),
        ("(4+y1)*x0", &[(1, 0, Pre, &[(Y1, Some(4), false)])]),
        ("(-t+4)*x0", &[(-1, 0, Pre, &[(Tag, Some(-4), false)])]),
        ("(y3-2^3)*x0", &[(1, 0, Pre, &[(Y3, Some(-8), false)])]),
        ("sgn(d-6)*x0", &[(1, 0, Pre, &[(Delay, Some(-6), true)])]),
        (
            "(x0+0)*(y0-1)*(r0+1)*r1*y2*u0",
            &[(
                1,
                0,
                Unconditional,
                &[
                    (X0, Some(0), false),
                    (Y0, Some(-1), false),
                    (R0, Some(1), false),
                    (R1, None, false),
                    (Y2, None, false),
                ],
            )],
        ),
        (
            "x1*y0 - 16*y1*x0",
            &[
                (1, 0, Post, &[(X1, None, false)]),
                (-8, 1, Pre, &[(Y1, None, false)]),
            ],
        ),
    ];
    for (text, wanted) in cases {
        let found = parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let product = |tree: &Tree| Product {
            mantissa: tree.0,
            exponent: tree.1,
            dependency: tree.2,
            factors: tree
                .3
                .iter()
                .map(|&(variable, constant, sign)| Factor {
                    variable,
                    constant,
                    sign,
                })
                .collect(),
        };
        let wanted: Vec<Product> = wanted.iter().map(product).collect();
        assert_eq!(found.products, wanted, "{text}");
    }
}

/// The parser finds names in [`Variable::ALL`]: a variable that is left out cannot be written.
#[test]
fn le_002_all_variables_are_listed_in_the_order_of_the_format() {
    for (at, variable) in Variable::ALL.into_iter().enumerate() {
        assert_eq!(variable as usize, at, "{variable:?}");
        let text = format!("(1+{})*u0", variable.name());
        let parsed = parse(&text).unwrap();
        assert_eq!(parsed.products[0].factors[0].variable, variable, "{text}");
        assert_eq!(parsed.symbols[0].0, variable, "{text}");
    }
}
