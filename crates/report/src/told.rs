//! The cards of a report that is text and pictures: of a validated rule, of a published system.

use crate::page::{Card, CardBody};
use seamount_study::chart::Picture;

/// A card for each picture, and one with the report as text.
pub fn told_cards(text: &str, pictures: Vec<(String, Picture)>) -> Vec<Card> {
    let card = |(name, picture): (String, Picture)| {
        let title = match &picture {
            Picture::Plot(chart) => chart.title().to_string(),
            Picture::Bars(bars) => bars.title.clone(),
            Picture::Cells(cells) => cells.title.clone(),
        };
        Card::new(&name, title, picture)
    };
    let mut cards: Vec<Card> = pictures.into_iter().map(card).collect();
    cards.push(Card::new("report", "Report", CardBody::Text(text.into())));
    cards
}
