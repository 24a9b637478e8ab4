//! The modulator xi of a layer: three forms of one formula.
//!
//! With alpha_p = (2 / s^2) K_z[last, p] (z_last - z_p), s = sigma_z sqrt(d), M = kbar_x - gamma
//! kbar_y, kbar a kernel less the mean of its rows, N samples of which the last is the current one:
//!
//! ```text
//! own        = M[last, last] sum_{p < last} alpha_p / N
//! released   xi = ( sum_{p < last} M[p, p] alpha_p / N    + own ) / (N - 1)^2
//! row        xi = ( sum_{p < last} M[last, p] alpha_p / N + own ) / (N - 1)^2
//! gradient   xi = - sum_p M''[last, p] alpha_p / (N - 1)^2
//! ```
//!
//! M'' is M centred in rows and columns. `gradient` is the derivative of
//! HSIC(X, Z) - gamma HSIC(Y, Z) with respect to z_last, exactly. Neither of the others is; see
//! docs/systems/bottleneck.md.

use serde::Serialize;

use super::kernel::{Kernel, centred, kernel_matrix, means, width_squared};

/// Formula of xi.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum XiForm {
    /// As released: the diagonal of M.
    Released,
    /// The last row of M, as the derivation suggests.
    Row,
    /// The derivative of the objective.
    Gradient,
}

/// Settings of the objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bottleneck {
    /// Weight of what is to be kept against what is to be forgotten.
    pub gamma: f64,
    /// Kernel widths of inputs, labels and layers, before sqrt(d).
    pub sigma: [f64; 3],
    /// Formula of xi.
    pub form: XiForm,
}

/// M of a window, used by every layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// M[p, p].
    diagonal: Vec<f64>,
    /// M[last, p].
    row: Vec<f64>,
    /// The last row of M, centred twice.
    centred_row: Vec<f64>,
}

impl Bottleneck {
    /// M of inputs and labels, oldest sample first.
    pub fn window<S: AsRef<[f64]>, L: AsRef<[f64]>>(&self, inputs: &[S], labels: &[L]) -> Window {
        self.window_of(
            &kernel_matrix(inputs, self.sigma[0]),
            &kernel_matrix(labels, self.sigma[1]),
        )
    }

    /// M of kernels that are known already.
    pub fn window_of(&self, kx: &Kernel, ky: &Kernel) -> Window {
        let n = kx.rows();
        let last = n - 1;
        let mx = means(kx);
        let my = means(ky);
        // the mean is taken from columns, as released; a kernel is symmetric, its M is not
        let m = |p: usize, q: usize| (kx.at(p, q) - mx[q]) - self.gamma * (ky.at(p, q) - my[q]);
        let cx = centred(kx);
        let cy = centred(ky);
        Window {
            diagonal: (0..n).map(|p| m(p, p)).collect(),
            row: (0..n).map(|p| m(last, p)).collect(),
            centred_row: (0..n)
                .map(|p| cx.at(last, p) - self.gamma * cy.at(last, p))
                .collect(),
        }
    }

    /// xi of a layer whose outputs for the window are `z`, oldest first.
    pub fn modulator<S: AsRef<[f64]>>(&self, window: &Window, z: &[S]) -> Vec<f64> {
        let n = z.len();
        let last = n - 1;
        let current = z[last].as_ref();
        let width = width_squared(self.sigma[2], current.len());
        let weight = |p: usize| match self.form {
            XiForm::Released => (window.diagonal[p] + window.diagonal[last]) / n as f64,
            XiForm::Row => (window.row[p] + window.diagonal[last]) / n as f64,
            XiForm::Gradient => -window.centred_row[p],
        };
        let mut xi = vec![0.0; current.len()];
        for (p, other) in z[..last].iter().map(AsRef::as_ref).enumerate() {
            let distance: f64 = current
                .iter()
                .zip(other)
                .map(|(a, b)| (a - b) * (a - b))
                .sum();
            let factor = weight(p) * 2.0 / width * (-distance / (2.0 * width)).exp();
            for (x, (a, b)) in xi.iter_mut().zip(current.iter().zip(other)) {
                *x += factor * (a - b);
            }
        }
        let scale = 1.0 / ((n as f64 - 1.0) * (n as f64 - 1.0));
        xi.iter_mut().for_each(|x| *x *= scale);
        xi
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::hsic;
    use super::*;
    use seamount_reference::Draws;

    #[test]
    fn the_gradient_is_that_of_the_objective() {
        let mut draws = Draws::new(3, 0);
        let mut samples = |d: usize| {
            (0..7)
                .map(|_| (0..d).map(|_| draws.normal()).collect())
                .collect::<Vec<Vec<f64>>>()
        };
        let x = samples(2);
        let y = samples(2);
        let mut z = samples(3);
        let rule = Bottleneck {
            gamma: 3.0,
            sigma: [0.5, 0.7, 1.0],
            form: XiForm::Gradient,
        };
        let kx = kernel_matrix(&x, 0.5);
        let ky = kernel_matrix(&y, 0.7);
        let objective = |z: &[Vec<f64>]| {
            let kz = kernel_matrix(z, 1.0);
            hsic(&kx, &kz) - 3.0 * hsic(&ky, &kz)
        };
        let xi = rule.modulator(&rule.window(&x, &y), &z);
        for k in 0..3 {
            let h = 1e-5;
            let at = z[6][k];
            z[6][k] = at + h;
            let up = objective(&z);
            z[6][k] = at - h;
            let down = objective(&z);
            z[6][k] = at;
            let slope = (up - down) / (2.0 * h);
            assert!((slope - xi[k]).abs() < 1e-8, "{slope} {}", xi[k]);
        }
    }
}
