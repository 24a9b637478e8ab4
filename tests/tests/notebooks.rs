//! The notebooks of `docs/notebooks` once more in Rust: examples of the crate `systems`, run.

#[path = "../../crates/systems/examples/inference_cost.rs"]
mod inference_cost;
#[path = "../../crates/systems/examples/load_and_run.rs"]
mod load_and_run;
#[path = "../../crates/systems/examples/validate_rule.rs"]
mod validate_rule;

#[test]
fn an_image_is_loaded_and_run() {
    load_and_run::main().unwrap();
}

#[test]
fn a_rule_is_judged() {
    validate_rule::main().unwrap();
}

#[test]
fn an_inference_has_a_cost() {
    inference_cost::main().unwrap();
}
