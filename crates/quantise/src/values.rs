//! Values of the neurons of a population, as a netlist writes them.

use seamount_network::netlist::Values;

/// One value if all are equal.
pub(crate) fn values<T: Copy + PartialEq>(each: &[T]) -> Values<T> {
    match each {
        [first, rest @ ..] if rest.iter().all(|x| x == first) => Values::Shared(*first),
        _ => each.to_vec().into(),
    }
}
