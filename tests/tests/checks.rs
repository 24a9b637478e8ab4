//! The builds that tests run in look for overflow: without that, a sum beyond its width would pass
//! here and wrap in a user's program, where nobody looks.

use std::hint::black_box;
use std::panic::catch_unwind;

#[test]
fn overflow_is_a_panic_in_the_builds_of_tests() {
    let beyond = catch_unwind(|| black_box(i32::MAX) + black_box(1));
    assert!(beyond.is_err(), "overflow checks are off in this profile");
    let asserted = catch_unwind(|| debug_assert!(black_box(false)));
    assert!(
        asserted.is_err(),
        "assertions for debugging are off in this profile"
    );
}
