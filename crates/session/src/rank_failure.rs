//! Why ranks cannot go on together, as a failure of the command or the call.

use crate::failure::{Failure, FailureKind, Remedy};
use seamount_chip::RankError;

/// Why ranks cannot go on, as a failure of the command or the call.
pub(crate) fn rank_failure(error: RankError) -> Failure {
    let text = error.to_string();
    match error {
        RankError::Memory { .. } => {
            let mut failure = Failure::new(FailureKind::Memory, "ranks", [text]);
            failure.remedy = Some(Remedy::AllowMemory);
            failure
        }
        RankError::Division(_) => Failure::new(FailureKind::Usage, "ranks", [text]),
        _ => Failure::new(FailureKind::Io, "ranks", [text]),
    }
}
