//! Energy and traffic as pictures.

pub mod bars;
pub mod heat;
