use super::*;

#[test]
fn le_005_scaling_down_is_warned_of_with_its_factor() {
    let mut net = Netlist::new("n");
    net.rule(LearningRule {
        dw: Some("2^-2*x1*y0 + 2^-4*x1*y1*u0 + 2^-6*x1*y0*w".into()),
        profile: LearningProfile::Loihi1,
        x1: Some(Trace::new(16, 10.0)),
        y1: Some(Trace::new(16, 10.0)),
        ..LearningRule::new("wide products")
    });
    let report = report(&rules(&net).unwrap()[0]);
    assert_eq!((report.products, report.warnings.len()), (3, 2));
    assert!(
        report.warnings[0].contains("product 2 (2^-4*x1*y1*u0) counts 1/8 of"),
        "{report:?}"
    );
    assert!(
        report.warnings[1].contains("product 3 (2^-6*x1*w*y0) counts 1/32 of"),
        "{report:?}"
    );
    net.learning_rules[0].profile = LearningProfile::Wide;
    assert!(super::report(&rules(&net).unwrap()[0]).warnings.is_empty());
}

#[test]
fn le_001_time_constants_become_12_bit_factors() {
    assert_eq!(keep(Some(10.0), false, None), 3706);
    assert_eq!(keep(Some(8.0), true, None), 3584);
    assert_eq!(keep(Some(0.5), true, None), 0);
    assert_eq!(keep(Some(1e9), false, None), 4095);
    assert_eq!(keep(None, false, Some(4096)), 4096);
}

#[test]
fn traces_that_are_used_must_be_defined() {
    let mut net = Netlist::new("n");
    net.rule(LearningRule {
        dw: Some("x1*y0".into()),
        dt: Some("r1*u0 - t*u1".into()),
        ..LearningRule::new("r")
    });
    let found: Vec<String> = rules(&net)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].starts_with("learning_rules[0] 'r'.dw: character 1: x1 is used"),
        "{found:#?}"
    );
    assert!(found[1].contains("one k"), "{found:#?}");
}
