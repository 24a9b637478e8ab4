//! Random operands of neuron programs, written from the claims alone (MC-040, NC-017): numbers of
//! SplitMix64 in 128-bit arithmetic, keys and indices as the page of claims has them.

use seamount_microcode::{Operand, Program};

/// Purpose of the draws, as NC-017 counts them.
const PROGRAMS: u128 = 10;
const GOLDEN: u128 = 0x9e37_79b9_7f4a_7c15;
const WORD: u128 = 1 << 64;

/// SplitMix64's finaliser.
fn finalise(x: u128) -> u128 {
    let first = (x ^ (x / (1 << 30))) * 0xbf58_476d_1ce4_e5b9 % WORD;
    let second = (first ^ (first / (1 << 27))) * 0x94d0_49bb_1331_11eb % WORD;
    second ^ (second / (1 << 31))
}

/// The key of a part of a key's owner.
fn part(key: u128, index: u64) -> u128 {
    finalise(key ^ finalise((u128::from(index) + 1) % WORD * GOLDEN % WORD))
}

/// Random operands of a core in a step.
pub struct ProgramDraws {
    key: u128,
}

impl ProgramDraws {
    /// Those of a core in a step of a sample.
    pub fn new(seed: u64, sample: u64, core: u64, step: u64) -> ProgramDraws {
        let own = finalise(u128::from(seed) ^ finalise(PROGRAMS * GOLDEN % WORD));
        ProgramDraws {
            key: part(part(part(own, sample), core), step),
        }
    }

    /// All random operands of a neuron's program, first to last, as words.
    pub fn of(&self, program: &Program, compartment: u32) -> Vec<i64> {
        let mut found = vec![];
        for (at, instruction) in program.instructions.iter().enumerate() {
            let mut before = 0;
            for operand in instruction.sources().into_iter().flatten() {
                if let Operand::Random { bits, signed } = operand {
                    let number = (4 * at as u128 + before) * 65_536 + u128::from(compartment);
                    found.push(self.operand(number, bits, signed));
                    before += 1;
                }
            }
        }
        found
    }

    /// The upper bits of one number, with a sign or without.
    fn operand(&self, number: u128, bits: u8, signed: bool) -> i64 {
        let all = finalise((self.key + (number + 1) * GOLDEN) % WORD);
        let upper = (all >> (64 - bits)) as i64;
        let negative = signed && upper >= 1 << (bits - 1);
        if negative { upper - (1 << bits) } else { upper }
    }
}
