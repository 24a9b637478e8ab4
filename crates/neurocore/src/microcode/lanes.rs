//! What each operation does to a vector of lanes. All values are 24-bit words held in `i32`; ports
//! hold 32.

use seamount_microcode::{WORD_MAX, WORD_MIN};

/// Lanes of one vector: 512 bits, two of 256, four of 128.
pub(super) const WIDTH: usize = 16;
/// Vectors of one block.
pub(super) const VECTORS: usize = 8;
/// Neurons of one block.
pub(super) const BLOCK: usize = WIDTH * VECTORS;

/// Vector of 32-bit lanes.
pub(super) type Lanes = [i32; WIDTH];
/// One slot of the file. At a cache line, so that no vector lies on two.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct SlotLanes(pub [Lanes; VECTORS]);

impl SlotLanes {
    /// One value in all lanes.
    pub(crate) const fn splat(value: i32) -> SlotLanes {
        SlotLanes([[value; WIDTH]; VECTORS])
    }
}

impl std::ops::Deref for SlotLanes {
    type Target = [Lanes; VECTORS];

    #[inline(always)]
    fn deref(&self) -> &[Lanes; VECTORS] {
        &self.0
    }
}

impl std::ops::DerefMut for SlotLanes {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [Lanes; VECTORS] {
        &mut self.0
    }
}

/// Memory that [`super::run`] needs and nobody keeps.
#[derive(Debug, Clone, Default)]
pub struct LaneScratch {
    pub(super) file: Vec<SlotLanes>,
}

/// Mask of all lanes.
pub(super) const ALL: SlotLanes = SlotLanes::splat(-1);
/// Mask of no lane.
pub(super) const NONE: SlotLanes = SlotLanes::splat(0);

/// The vectors of a slot, one after the other, as many as there are. A way out in the middle of a
/// loop of fixed length: otherwise the compiler makes vectors of lanes of different k.
macro_rules! each {
    ($k:ident in $count:expr, $body:block) => {
        for $k in 0..VECTORS {
            if $k >= $count {
                break;
            }
            $body
        }
    };
}
pub(super) use each;

// Loops over locals: the compiler makes vector instructions of them, not always of iterators.

#[inline(always)]
pub(super) fn map(a: Lanes, f: impl Fn(i32) -> i32) -> Lanes {
    let mut out = [0; WIDTH];
    for i in 0..WIDTH {
        out[i] = f(a[i]);
    }
    out
}

#[inline(always)]
pub(super) fn zip(a: Lanes, b: Lanes, f: impl Fn(i32, i32) -> i32) -> Lanes {
    let mut out = [0; WIDTH];
    for i in 0..WIDTH {
        out[i] = f(a[i], b[i]);
    }
    out
}

#[inline(always)]
pub(super) fn zip3(a: Lanes, b: Lanes, c: Lanes, f: impl Fn(i32, i32, i32) -> i32) -> Lanes {
    let mut out = [0; WIDTH];
    for i in 0..WIDTH {
        out[i] = f(a[i], b[i], c[i]);
    }
    out
}

/// `new` where the mask is -1, `old` where it is 0.
#[inline(always)]
pub(super) fn blend(mask: Lanes, new: Lanes, old: Lanes) -> Lanes {
    zip3(mask, new, old, |m, n, o| (n & m) | (o & !m))
}

/// 24-bit two's complement (MC-020).
#[inline(always)]
pub(super) fn wrap24(x: i32) -> i32 {
    (x << 8) >> 8
}

/// Port as the fixed compartment reads it: 22 bits, 6 of them zero (NC-002, MC-030).
#[inline(always)]
pub(super) fn port_scaled(units: i32) -> i32 {
    ((units << 16) >> 16) << 6
}

/// -1 if true.
#[inline(always)]
pub(super) fn flag(test: bool) -> i32 {
    -i32::from(test)
}

/// Saturates a sum of words (MC-022).
#[inline(always)]
pub(super) fn saturate24(sum: i32) -> i32 {
    sum.clamp(WORD_MIN, WORD_MAX)
}

/// `x * 2^by` (MC-024).
#[inline(always)]
pub(super) fn shift(x: i32, by: i32) -> i32 {
    let left = wrap24(x << by.clamp(0, 24));
    let right = x >> (-by.max(-31)).clamp(0, 31);
    if by >= 0 { left } else { right }
}

/// The product with a factor in 0..=4096, shifted right by 12 toward zero, in 32 bit: |x| = hi *
/// 4096 + lo gives `hi * keep + ((lo * keep) >> 12)` exactly (NC-010, MC-023).
#[inline(always)]
pub(super) fn keep(x: i32, keep: i32) -> i32 {
    let sign = x >> 31;
    let magnitude = (x ^ sign) - sign;
    let kept = (magnitude >> 12) * keep + (((magnitude & 4095) * keep) >> 12);
    (kept ^ sign) - sign
}

/// The full product, shifted right toward zero, wrapped to 24 bit (MC-023).
#[inline(always)]
pub(super) fn multiply_shift(a: i32, x: i32, places: i32) -> i32 {
    let product = i64::from(a) * i64::from(x);
    let toward_zero = (product >> 63) & ((1i64 << places) - 1);
    wrap24(((product + toward_zero) >> places) as i32)
}
