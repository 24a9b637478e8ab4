//! Limits of what an image may hold: those of the chip that are not in a board, and the emulator's
//! own.

/// Most accumulators a core of any spec may have: the emulator's own limit.
pub const ACCUMULATORS_MAX: u64 = 1 << 16;
/// Most synapses of a list: the emulator's own limit.
pub const LIST_SYNAPSES_MAX: usize = 32_767;
/// Most synapses of a core, lists that overlap counted each: the emulator's own limit. With box
/// synapses, which take two, and rows that begin a cache line they stay below the 24 bits that a
/// packet has for the place of its row.
pub const CORE_SYNAPSES_MAX: usize = 1 << 22;
/// Most words of a core's synapse memory: the emulator's own limit.
pub const MEMORY_WORDS_MAX: usize = 1 << 16;
/// Different pre-trace configurations (x1, x2) of a core.
pub const PRE_TRACE_CONFIGURATIONS: u64 = 3;
/// Learning rules of a core (our choice: not public).
pub const RULES_MAX: usize = 16;
/// Reward channels of a core (our choice: not public).
pub const REWARDS_MAX: usize = 4;
/// Post-trace configurations of a core (our choice: not public).
pub const POST_PROFILES_MAX: usize = 16;
/// Bits of a tag in synapse memory: -256..=255.
pub const TAG_BITS: u8 = 9;

/// Bits of d where it is a second tag: 0..=255.
pub const SECOND_TAG_BITS: u8 = 8;
/// Bits of all tags of a synapse.
pub const TAGS_BITS_MAX: u8 = TAG_BITS + SECOND_TAG_BITS;

/// Most programs of a core (the emulator's own limit).
pub const PROGRAMS_MAX: usize = 256;
/// Values that the stack between compartments holds (NC-040; our choice).
pub const STACK_DEPTH: usize = 4;
