//! The network of A.1 as plain data: settings, weights, decay factors, feedback, a sequence of
//! input.
//!
//! Weights are `[post][pre]`. Shapes are the caller's promise: readers of files check them, the
//! equations index.

use serde::Serialize;

use crate::Matrix;

/// How strongly one input moves a leaky sum: zeta of A.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Gain {
    /// zeta = 1 (NEST: `regular_spike_arrival = True`).
    Unit,
    /// zeta = 1 - decay (NEST: `regular_spike_arrival = False`).
    OneMinusDecay,
}

impl Gain {
    /// The factor, for a sum that decays by `decay` a step.
    pub fn factor(self, decay: f64) -> f64 {
        match self {
            Gain::Unit => 1.0,
            Gain::OneMinusDecay => 1.0 - decay,
        }
    }
}

/// What the readout is compared with, and how (A.1 step 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Loss {
    /// Half the squared error, summed over steps, averaged over outputs.
    MeanSquared,
    /// Softmax cross-entropy, averaged over the steps of the learning window.
    CrossEntropy,
}

/// Settings of the network and of its loss; dt is 1 ms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EpropNetwork {
    /// Number of input neurons.
    pub inputs: usize,
    /// Number of readout neurons.
    pub outputs: usize,
    /// T, steps of one sequence.
    pub sequence_steps: usize,
    /// LW: error is let through in the last LW steps only.
    #[doc(alias = "LW")]
    pub learning_window_steps: usize,
    /// Membrane time constant of the recurrent neurons.
    pub tau_membrane_ms: f64,
    /// Time constant of the readout.
    pub tau_readout_ms: f64,
    /// Time constant of threshold adaptation.
    pub tau_adaptation_ms: f64,
    /// zeta_rec, the gain of input and recurrent spikes on the membrane.
    pub recurrent_gain: Gain,
    /// zeta_out, also the gain of the filter behind ebar.
    pub readout_gain: Gain,
    /// beta_j of each recurrent neuron; 0 makes it a LIF neuron.
    #[doc(alias = "beta")]
    pub adaptation_strength: Vec<f64>,
    /// v_th; also what a spike subtracts from v.
    #[doc(alias = "v_th")]
    pub threshold: f64,
    /// Peak of the pseudo-derivative, gamma / v_th.
    pub surrogate_height: f64,
    /// Half width of its triangle, v_th in the published models.
    pub surrogate_width: f64,
    /// n_ref, the counter that a spike loads: at least this many steps lie between two spikes.
    #[doc(alias = "n_ref")]
    pub refractory_steps: u32,
    /// NEST spikes at v >= A, the TensorFlow and PyTorch code at v > A.
    pub spikes_at_equality: bool,
    /// What the readout is compared with.
    pub loss: Loss,
    /// c_reg, the weight of the term of the rate.
    #[doc(alias = "c_reg")]
    pub rate_regularisation: f64,
    /// f_target, the rate that the term of the rate pulls each neuron to.
    #[doc(alias = "f_target")]
    pub rate_target_hz: f64,
    /// Divide the whole gradient by LW.
    pub average_gradient: bool,
}

impl EpropNetwork {
    /// The decay factors and gains of A.1's first line.
    pub fn decays(&self) -> Decays {
        let alpha = (-1.0 / self.tau_membrane_ms).exp();
        let kappa = (-1.0 / self.tau_readout_ms).exp();
        Decays {
            alpha,
            kappa,
            rho: (-1.0 / self.tau_adaptation_ms).exp(),
            zeta_rec: self.recurrent_gain.factor(alpha),
            zeta_out: self.readout_gain.factor(kappa),
        }
    }

    /// The first step whose error counts.
    pub fn window_start(&self) -> usize {
        self.sequence_steps
            .saturating_sub(self.learning_window_steps)
    }

    /// Number of recurrent neurons.
    pub fn recurrent_count(&self) -> usize {
        self.adaptation_strength.len()
    }
}

/// alpha, kappa, rho and the two gains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decays {
    /// exp(-dt / tau_m)
    pub alpha: f64,
    /// exp(-dt / tau_out)
    pub kappa: f64,
    /// exp(-dt / tau_a)
    pub rho: f64,
    /// Gain of input and recurrent spikes on v.
    pub zeta_rec: f64,
    /// Gain of spikes on y, and of e on ebar.
    pub zeta_out: f64,
}

/// The three plastic matrices, `[post][pre]`; also the shape of a gradient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Weights {
    /// Recurrent neuron by input.
    pub w_in: Matrix,
    /// Recurrent neuron by recurrent neuron; the diagonal stays zero.
    pub w_rec: Matrix,
    /// Output by recurrent neuron.
    pub w_out: Matrix,
}

impl Weights {
    /// Zeros in the shape of `like`.
    pub fn zeros_like(like: &Self) -> Self {
        let zeros = |m: &Matrix| Matrix::zeros(m.rows(), m.cols());
        Self {
            w_in: zeros(&like.w_in),
            w_rec: zeros(&like.w_rec),
            w_out: zeros(&like.w_out),
        }
    }

    /// The three matrices in the order in, rec, out.
    pub fn layers(&self) -> [&Matrix; 3] {
        [&self.w_in, &self.w_rec, &self.w_out]
    }

    /// The three matrices in the order in, rec, out, to write.
    pub fn layers_mut(&mut self) -> [&mut Matrix; 3] {
        [&mut self.w_in, &mut self.w_rec, &mut self.w_out]
    }
}

/// Where the broadcast weights B (recurrent neuron by output) come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Feedback {
    /// B = W_out transposed, whatever W_out becomes.
    Symmetric,
    /// B is drawn once and stays.
    Random(Matrix),
    /// B is drawn once and receives W_out's gradient from then on.
    Adaptive(Matrix),
}

impl Feedback {
    /// B as it stands now.
    pub fn broadcast(&self, weights: &Weights) -> Matrix {
        match self {
            Feedback::Symmetric => weights.w_out.transposed(),
            Feedback::Random(b) | Feedback::Adaptive(b) => b.clone(),
        }
    }
}

/// What one sequence should produce.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// y* of every step and output, step after step.
    Signal(Vec<f64>),
    /// The one class of the whole sequence.
    Class(usize),
}

/// One sequence: which inputs spike at each step, and the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// Input neurons that spike, for each step.
    pub input: Vec<Vec<u32>>,
    /// Signal or class that the readout should give.
    pub target: Target,
}

impl Sequence {
    /// From spike steps of each input neuron (the golden layout). Steps beyond
    /// the sequence are left out.
    pub fn from_steps_per_neuron(
        steps: &[Vec<u32>],
        sequence_steps: usize,
        target: Target,
    ) -> Self {
        let mut input = vec![Vec::new(); sequence_steps];
        for (neuron, spike_steps) in steps.iter().enumerate() {
            for &step in spike_steps {
                if let Some(slot) = input.get_mut(step as usize) {
                    slot.push(neuron as u32);
                }
            }
        }
        Self { input, target }
    }
}
