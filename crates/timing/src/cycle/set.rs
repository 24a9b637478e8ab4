//! A set of tile numbers, visited in ascending order, without an allocation.

/// Set of tiles, one bit each.
#[derive(Debug, Clone, Default)]
pub(super) struct TileSet {
    words: Vec<u64>,
    count: usize,
}

impl TileSet {
    /// No tiles of so many.
    pub fn new(tiles: usize) -> TileSet {
        TileSet {
            words: vec![0; tiles.div_ceil(64)],
            count: 0,
        }
    }

    /// Adds a tile.
    pub fn insert(&mut self, tile: u32) {
        let word = &mut self.words[tile as usize / 64];
        let bit = 1 << (tile % 64);
        self.count += usize::from(*word & bit == 0);
        *word |= bit;
    }

    /// Whether the set has no tile.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends the tiles to `out`.
    pub fn list(&self, out: &mut Vec<u32>) {
        if self.count == 0 {
            return;
        }
        for (first, &word) in (0u32..).step_by(64).zip(&self.words) {
            let mut rest = word;
            while rest != 0 {
                out.push(first + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
    }

    /// Appends the tiles to `out`, and forgets them.
    pub fn drain(&mut self, out: &mut Vec<u32>) {
        self.list(out);
        if self.count > 0 {
            self.words.fill(0);
            self.count = 0;
        }
    }
}
