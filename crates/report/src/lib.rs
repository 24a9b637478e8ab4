//! Reports with pictures as one page: an HTML file that holds its numbers, its charts and the
//! library that draws them, and asks for nothing from any network.
//!
//! Whoever got a result mails it, attaches it to a paper or opens it in ten years; a file does all
//! of that, and a server none. Charts are data (Vega-Lite), so that notebooks show the same ones
//! and whoever wants another picture of the same numbers has them.
//!
//! [`run_cards`], [`comparison_cards`] and [`evaluation_cards`] say what there is to show of a
//! result, as [`Card`]s; [`Page`] makes one file of cards. Names that a user chose are text
//! wherever they stand, and a page runs no script but its own.
//!
//! What this crate does *not* know: how anything was computed, files, terminals.

mod assets;
mod compared;
mod evaluated;
mod html;
mod page;
mod quantised;
mod run;
mod told;

pub use compared::{comparison_cards, graph_comparison_cards};
pub use evaluated::evaluation_cards;
pub use page::{Card, CardBody, CardTable, Page};
pub use run::{RunCounts, SeenRun, energy_pictures, run_cards};
pub use told::told_cards;
