//! Tests again, with the vectors of other machines.

use std::process::Command;

/// Runs the tests of this test program whose names hold `which` as on machines with AVX2 only and
/// with neither, and `extra` environment variables. A process each: what vectors there are is asked
/// once.
///
/// # Panics
/// If one fails, or none has that name.
pub fn again(which: &str, extra: &[(&str, &str)]) {
    for simd in ["avx2", "portable"] {
        let mut run = Command::new(std::env::current_exe().expect("this test program"));
        run.arg(which)
            .env("SEAMOUNT_SIMD", simd)
            .envs(extra.iter().copied());
        let seen = run.output().expect("it runs");
        let text = [seen.stdout, seen.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat();
        assert!(
            seen.status.success() && !text.contains(" 0 passed"),
            "{simd}:\n{text}"
        );
    }
}
