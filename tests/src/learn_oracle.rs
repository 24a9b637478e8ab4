//! The slow oracle of the learning engine: one synapse at a time, wide integers, written from the
//! claims LE-001..LE-013 and sharing no code with the engine. The compiler's parser is not used
//! either: rules are given as products.
//!
//! It is told which spikes came and which random numbers the chip draws (LE-010); it says what
//! every trace, weight, delay and tag becomes.

use seamount_network::netlist::{DwRounding, LearningProfile, SignMode};

/// Variables of factors, each with whether all synapses of an axon share it (if taken at one time).
/// Random rules are made of these, so that a variable of the oracle is a variable of the test.
pub const VARIABLES: [(&str, bool); 12] = [
    ("x1", true),
    ("x2", true),
    ("y1", false),
    ("y2", false),
    ("y3", false),
    ("r1", true),
    ("w", false),
    ("d", false),
    ("t", false),
    ("x0", true),
    ("y0", false),
    ("r0", true),
];

/// A factor: variable, constant, whether only its sign counts.
pub type Factor = (&'static str, Option<i64>, bool);

/// One product.
#[derive(Debug, Clone)]
pub struct Product {
    /// Mantissa of S.
    pub mantissa: i64,
    /// Exponent of S.
    pub exponent: i64,
    /// `x0`, `y0`, `u` or `r0`.
    pub gate: &'static str,
    /// Factors in order.
    pub factors: Vec<Factor>,
}

/// A trace.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trace {
    /// Impulse.
    pub impulse: i64,
    /// Fraction of the impulse in 1/128.
    pub fraction: i64,
    /// k in 1/4096.
    pub k: i64,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// dw, dd, dt.
    pub sums: [Vec<Product>; 3],
    /// Arithmetic.
    pub profile: LearningProfile,
    /// Rounding.
    pub rounding: DwRounding,
    /// k of uk.
    pub decimation: u32,
    /// x1, x2, y1, y2, y3.
    pub traces: [Trace; 5],
    /// k of the reward trace in 1/4096.
    pub reward_k: i64,
    /// Steps of an epoch.
    pub epoch: u64,
    /// d is a second tag.
    pub second_tag: bool,
    /// x1 and x2 are read before the impulse of the step.
    pub x_before: bool,
}

/// Where 16-bit numbers come from (LE-010).
pub trait Numbers {
    /// For trace 0..=4 (x1, x2, y1, y2, y3) of a synapse's axon or compartment in a step: those of
    /// the decay and of the impulse.
    fn trace(&self, synapse: usize, trace: usize, step: u64) -> (i64, i64);
    /// For the reward trace.
    fn reward(&self, synapse: usize, step: u64) -> i64;
    /// For the write-back of w, d, t.
    fn rounding(&self, synapse: usize, variable: usize, step: u64) -> i64;
}

/// One synapse with its own copy of every trace it sees.
#[derive(Debug, Clone)]
pub struct Synapse {
    /// w, d, t.
    pub values: [i64; 3],
    /// Sign mode and bits of the weight.
    pub format: (SignMode, u32),
    /// Largest d.
    pub delay_max: i64,
    /// x1, x2, y1, y2, y3 at the start of the epoch and the impulses added since.
    pub traces: [i64; 5],
    /// Steps of the pre and post spikes of this epoch.
    pub spikes: [Vec<u64>; 2],
    /// r1.
    pub r1: i64,
    /// r0.
    pub r0: bool,
    /// Epochs in which a product was not 0.
    pub visits: u64,
}

fn decayed(x: i64, k: i64, number: i64) -> i64 {
    let exact = x * k;
    let up = number / 16 < exact.rem_euclid(4096);
    exact.div_euclid(4096) + i64::from(up)
}

fn raised(x: i64, trace: Trace, number: i64) -> i64 {
    (x + trace.impulse + i64::from(number / 512 < trace.fraction)).min(127)
}

impl Synapse {
    /// One step: spikes of this step, the sum of reward impulses and whether any came.
    pub fn step(
        &mut self,
        me: usize,
        rule: &Rule,
        t: u64,
        spikes: [bool; 2],
        reward: Option<i64>,
        numbers: &impl Numbers,
    ) {
        for (side, spiked) in spikes.into_iter().enumerate() {
            if spiked {
                if let Some(&earlier) = self.spikes[side].last() {
                    let mine = if side == 0 { 0..2 } else { 2..5 };
                    for trace in mine {
                        let (_, number) = numbers.trace(me, trace, earlier);
                        self.traces[trace] = raised(self.traces[trace], rule.traces[trace], number);
                    }
                }
                self.spikes[side].push(t);
            }
        }
        let left = decayed(self.r1.abs(), rule.reward_k, numbers.reward(me, t)) * self.r1.signum();
        self.r1 = (left + reward.unwrap_or(0)).clamp(-64, 63);
        self.r0 |= reward.is_some();
        if t.is_multiple_of(rule.epoch) {
            self.learn(me, rule, t, numbers);
        }
    }

    /// A trace at step `at` of the epoch that ends in `end` (LE-009).
    #[allow(
        clippy::too_many_arguments,
        reason = "a trace, when, for whom, and its random numbers"
    )]
    fn trace(
        &self,
        me: usize,
        rule: &Rule,
        trace: usize,
        end: u64,
        at: u64,
        for_products: bool,
        numbers: &impl Numbers,
    ) -> i64 {
        let last = self.spikes[usize::from(trace >= 2)].last();
        let mut x = self.traces[trace];
        for step in end - rule.epoch + 1..=at {
            let (decay, impulse) = numbers.trace(me, trace, step);
            x = decayed(x, rule.traces[trace].k, decay);
            let hidden = rule.x_before && trace < 2 && for_products;
            if last == Some(&step) && !hidden {
                x = raised(x, rule.traces[trace], impulse);
            }
        }
        x
    }

    fn learn(&mut self, me: usize, rule: &Rule, t: u64, numbers: &impl Numbers) {
        let mut live = false;
        let mut new = self.values;
        for (variable, new) in new.iter_mut().enumerate() {
            if rule.sums[variable].is_empty() {
                continue;
            }
            let mut sum = i128::from(self.values[variable]) * 128;
            for product in &rule.sums[variable] {
                let Some(at) = self.opened(rule, product.gate, t) else {
                    continue;
                };
                let value = |f: &Factor| self.factor(me, rule, f, t, at, numbers);
                let exact = product.factors.iter().map(value).product::<i128>()
                    * i128::from(product.mantissa);
                live |= exact != 0;
                sum = added(rule.profile, product, exact, sum);
            }
            *new = self.written(me, rule, variable, sum, t, numbers);
        }
        self.visits += u64::from(live);
        let traces = std::array::from_fn(|trace| self.trace(me, rule, trace, t, t, false, numbers));
        self.traces = traces;
        self.spikes = [vec![], vec![]];
        self.r0 = false;
        self.values = new;
    }

    /// When the product behind a gate is evaluated; `None` if the gate is closed.
    fn opened(&self, rule: &Rule, gate: &str, t: u64) -> Option<u64> {
        match gate {
            "x0" => self.spikes[0].last().copied(),
            "y0" => self.spikes[1].last().copied(),
            "u" => (t / rule.epoch)
                .is_multiple_of(2u64.pow(rule.decimation))
                .then_some(t),
            _ => self.r0.then_some(t),
        }
    }

    fn factor(
        &self,
        me: usize,
        rule: &Rule,
        factor: &Factor,
        t: u64,
        at: u64,
        numbers: &impl Numbers,
    ) -> i128 {
        let (name, constant, sign) = factor;
        let trace = |index| self.trace(me, rule, index, t, at, true, numbers);
        let value = match *name {
            "x0" => i64::from(!self.spikes[0].is_empty()),
            "y0" => i64::from(!self.spikes[1].is_empty()),
            "r0" => i64::from(self.r0),
            "r1" => self.r1,
            "w" => self.values[0],
            "d" => self.values[1],
            "t" => self.values[2],
            other => trace(
                ["x1", "x2", "y1", "y2", "y3"]
                    .iter()
                    .position(|n| *n == other)
                    .expect("a trace"),
            ),
        } + constant.unwrap_or(0);
        let value = if *sign { value.signum() } else { value };
        match rule.profile {
            LearningProfile::Wide => value.into(),
            // a factor has the bits of its variable and a sign
            LearningProfile::Loihi1 => {
                let size = 2i64.pow(width(name));
                value.clamp(-size, size - 1).into()
            }
        }
    }

    /// LE-007.
    fn written(
        &self,
        me: usize,
        rule: &Rule,
        variable: usize,
        sum: i128,
        t: u64,
        numbers: &impl Numbers,
    ) -> i64 {
        let old = i128::from(self.values[variable]) * 128;
        let (mode, bits) = self.format;
        let step = match (variable, mode) {
            (0, SignMode::Mixed) => 2i128.pow(9 - bits),
            (0, _) => 2i128.pow(8 - bits),
            _ => 1,
        };
        let grain = 128 * step;
        let change = sum - old;
        let sum = match rule.rounding {
            DwRounding::AwayFromZero if variable == 0 => {
                old + change.signum() * ((change.abs() + 127) / 128 * 128)
            }
            DwRounding::TowardZero => old + change / grain * grain,
            _ => sum,
        };
        let fraction = sum.rem_euclid(grain);
        // the number is a fraction of 65536
        let up = i128::from(numbers.rounding(me, variable, t)) * grain / 65536 < fraction;
        let value = (sum.div_euclid(grain) + i128::from(up)) * step;
        let (low, high) = match (variable, mode) {
            (0, SignMode::Mixed) => (-256, 256 - step),
            (0, SignMode::Excitatory) => (0, 256 - step),
            (0, SignMode::Inhibitory) => (step - 256, 0),
            (1, _) if rule.second_tag => (0, 255),
            (1, _) => (0, i128::from(self.delay_max)),
            _ => (-256, 255),
        };
        value.clamp(low, high) as i64
    }
}

/// Bits that profile `loihi1` counts for a factor (LE-005).
fn width(name: &str) -> u32 {
    match name {
        "x0" | "y0" | "r0" => 1,
        "w" | "d" | "t" => 9,
        _ => 7,
    }
}

/// A product into an accumulator (LE-005, LE-006). The sum is in 1/128.
fn added(profile: LearningProfile, product: &Product, exact: i128, sum: i128) -> i128 {
    let scale = 2i128.pow((product.exponent + 7) as u32);
    match profile {
        LearningProfile::Wide => (sum + exact * scale).clamp(-(1 << 31), (1 << 31) - 1),
        LearningProfile::Loihi1 => {
            let widths: u32 = product.factors.iter().map(|f| width(f.0)).sum::<u32>() + 4;
            let lost = 2i128.pow(widths.saturating_sub(15));
            // the lower end is what golden 13 shows, that a product ends there too golden 15
            let product = (exact.div_euclid(lost) * scale).clamp(-32_769, 32_767);
            (sum + product).clamp(-32_769, 32_767)
        }
    }
}

/// A product as the text that users write.
pub fn text(products: &[Product], decimation: u32) -> Option<String> {
    let factor = |(name, constant, sign): &Factor| match (constant, sign) {
        (None, false) => (*name).to_string(),
        (None, true) => format!("sgn({name})"),
        (Some(c), false) => format!("({name}{c:+})"),
        (Some(c), true) => format!("sgn({name}{c:+})"),
    };
    let product = |p: &Product| {
        let gate = if p.gate == "u" {
            format!("u{decimation}")
        } else {
            p.gate.to_string()
        };
        let factors: Vec<String> = p.factors.iter().map(factor).chain([gate]).collect();
        let sign = if p.mantissa < 0 { '-' } else { '+' };
        format!(
            "{sign} {}*2^{}*{}",
            p.mantissa.abs(),
            p.exponent,
            factors.join("*")
        )
    };
    (!products.is_empty()).then(|| products.iter().map(product).collect::<Vec<_>>().join(" "))
}
