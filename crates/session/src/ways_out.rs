//! What helps when a network breaks a limit of the chip: a larger board, or another form of the
//! network.
//!
//! The compiler knows what was wanted and what there is. What a person could do about it is told
//! here, in words; which option says so is the business of the command or of Python.

use crate::words::count;
use seamount_compile::Limit;
use seamount_spec::Board;

/// A way to get along with a limit that a network breaks on a board, if there is one.
pub(crate) fn way_out(limit: &Limit, board: &Board) -> Option<String> {
    let form = match limit.resource.as_str() {
        "compartments" => return larger(limit, board, compartments),
        "cores" => return larger(limit, board, |b| u64::from(b.cores())),
        "input slots" => {
            "sources that share a slot by population axons (pop16) take fewer; \
             a smaller population needs fewer sources on a core"
        }
        "output slots" => {
            "a population that is split sends to fewer cores from each; \
             targets on fewer cores take fewer slots"
        }
        "synapse memory words" => {
            "fewer weight bits and delays take fewer words; \
             a smaller population has fewer synapses on a core"
        }
        "synapse formats" => "fewer different weight exponents take fewer formats",
        "compartment profiles" => "neurons with the same decays and bias exponents share a profile",
        "threshold profiles" => "neurons with the same threshold share a profile",
        "accumulators" => "shorter delays take fewer accumulators",
        _ => return None,
    };
    Some(form.into())
}

/// Compartments of a board.
fn compartments(board: &Board) -> u64 {
    u64::from(board.cores()) * u64::from(board.core.compartments)
}

/// The smallest board of the same class that has room.
fn larger(limit: &Limit, board: &Board, room: fn(&Board) -> u64) -> Option<String> {
    let boards = Board::names().filter_map(Board::preset);
    let fits = |other: &Board| other.class == board.class && room(other) >= limit.wanted;
    let found = boards.filter(fits).min_by_key(room);
    Some(match found {
        Some(found) => format!("board {} has {}", found.name, count(room(&found))),
        None => "no board that is built in has as many".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(resource: &str, wanted: u64) -> Limit {
        Limit {
            core: None,
            resource: resource.into(),
            wanted,
            available: 1,
            who: vec![],
        }
    }

    #[test]
    fn the_smallest_board_with_room_is_named() {
        let way = |wanted| way_out(&limit("compartments", wanted), &Board::loihi1());
        let said = |wanted: u64| way(wanted).unwrap_or_default();
        assert_eq!(said(200_000), "board kapoho-bay has 262,144");
        assert_eq!(said(4_000_000), "board nahuku32 has 4,194,304");
        assert_eq!(said(1 << 40), "no board that is built in has as many");
    }

    #[test]
    fn every_limit_of_a_core_has_a_way_out() {
        for resource in [
            "input slots",
            "output slots",
            "synapse formats",
            "accumulators",
        ] {
            assert!(way_out(&limit(resource, 5), &Board::loihi1()).is_some());
        }
        assert_eq!(way_out(&limit("spike sources", 5), &Board::loihi1()), None);
    }
}
