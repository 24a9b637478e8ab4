//! The neuron in integers, as a program of a chip computes it: the definition, without any chip.
//! Words have 24 bits; products are exact, shifts of products go toward zero, other shifts down.
//!
//! Two forms. **Rotor**: V - 1/2 = -c / s. Between inputs (c, s) turns by a fixed angle a step, an
//! input of weight w is c <- c - w s: both exact for a step of any length. **Euler**: V itself, by
//! V <- V + dt/tau (V (V - 1) + I0) + w, as the shipped program `qif` has it.

/// Bits of a word.
const WIDTH: u32 = 24;
/// Largest word.
pub const WORD_MAX: i64 = (1 << (WIDTH - 1)) - 1;

/// Wraps to a word.
fn wrap(x: i64) -> i64 {
    (x << (64 - WIDTH)) >> (64 - WIDTH)
}

/// Saturates to a word.
fn saturate(x: i64) -> i64 {
    x.clamp(-WORD_MAX - 1, WORD_MAX)
}

/// MUL_SHR: the exact product, divided by 2^s toward zero, wrapped.
fn multiply(a: i64, b: i64, shift: u32) -> i64 {
    let product = a * b;
    // A negative product rounds down unless what is dropped is added first.
    let dropped = (product >> 63) & ((1 << shift) - 1);
    wrap((product + dropped) >> shift)
}

/// SHL: 2^s times the word, wrapped; s < 0 rounds down.
fn shift(x: i64, by: i32) -> i64 {
    if by >= 0 { wrap(x << by) } else { x >> -by }
}

/// Bits of extra precision of a turn's product before it is rounded.
pub const GUARD: u32 = 4;
/// (c, s) loses so many bits before an input is added, so that no weight up to 64 overflows.
pub const INPUT_BITS: u32 = 5;

/// Constants of the rotor, the same for all neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotor {
    /// sin(delta) 2^turn_shift 2^GUARD.
    pub sine: i64,
    /// 2 tan(delta / 2) 2^turn_shift 2^GUARD.
    pub tangent: i64,
    /// Places by which products with `sine` and `tangent` are shifted; 2^GUARD remains.
    pub turn_shift: u32,
    /// sin(3/2 delta) cos(delta / 2) / cos(delta), times 2^early_shift.
    pub early: i64,
    /// Places.
    pub early_shift: u32,
}

/// State of a rotor neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotorState {
    /// About cos(theta) 2^20, half a turn ahead: cos(theta) - tan(delta / 2) sin(theta).
    pub c: i64,
    /// About sin(theta) 2^20.
    pub s: i64,
}

impl Rotor {
    /// One step: half of the turn, the input of this step (`sum` / 2^`sum_shift`), the other half,
    /// the test. True: it will spike within half a step of the end of the next step.
    pub fn step(&self, state: &mut RotorState, sum: i64, sum_shift: u32) -> bool {
        let RotorState { mut c, mut s } = *state;
        s = wrap(s + self.turned(c, self.sine));
        if sum != 0 {
            (c, s) = kicked(c, s, sum, sum_shift);
        }
        c = wrap(c - self.turned(s, self.tangent));
        let fires = wrap(multiply(c, self.early, self.early_shift) + s) < 1;
        *state = if fires {
            RotorState {
                c: wrap(-c),
                s: wrap(-s),
            }
        } else {
            RotorState { c, s }
        };
        fires
    }

    /// x times an angle, to the nearest.
    fn turned(&self, x: i64, angle: i64) -> i64 {
        shift(
            wrap(multiply(x, angle, self.turn_shift) + (1 << (GUARD - 1))),
            -(GUARD as i32),
        )
    }
}

/// c - w s and s, brought back to 2^20 <= |c| + s < 2^21 as far as shifts by 2, 4, 2, 1 do that.
fn kicked(c: i64, s: i64, sum: i64, sum_shift: u32) -> (i64, i64) {
    let c = shift(c, -(INPUT_BITS as i32));
    let s = shift(s, -(INPUT_BITS as i32));
    let mut c = wrap(c - multiply(s, sum, sum_shift));
    let mut s = s;
    let mut size = wrap(if c < 0 { wrap(-c) } else { c } + s);
    let mut scale = |by: i32| {
        (c, s, size) = (shift(c, by), shift(s, by), shift(size, by));
        size
    };
    let size = scale(0);
    let size = if size >= 1 << 21 { scale(-2) } else { size };
    let size = if size < 1 << 17 { scale(4) } else { size };
    let size = if size < 1 << 19 { scale(2) } else { size };
    if size < 1 << 20 {
        scale(1);
    }
    (c, s)
}

/// Constants of the Euler form, the same for all neurons: parameters of the program `qif`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Euler {
    /// V = 1.
    pub one: i64,
    /// Places by which V (V - 1) is shifted.
    pub square_shift: u32,
    /// dt / (tau one) 2^(square_shift + rate_shift).
    pub rate: i64,
    /// Places.
    pub rate_shift: u32,
    /// dt / tau I0 one.
    pub drive: i64,
    /// Spike from here on; -v_max is the reset.
    pub v_max: i64,
}

impl Euler {
    /// One step with the input `kick`, in units of V.
    pub fn step(&self, v: &mut i64, kick: i64) -> bool {
        let square = multiply(*v, saturate(*v - self.one), self.square_shift);
        let slope = multiply(square, self.rate, self.rate_shift);
        let x = saturate(*v + slope + saturate(kick + self.drive));
        let fires = x >= self.v_max;
        *v = if fires {
            -self.v_max
        } else {
            x.max(-self.v_max)
        };
        fires
    }
}
