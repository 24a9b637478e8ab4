//! Gaussian kernels over samples, and the dependence they measure (HSIC).

use seamount_reference::Matrix;

/// K_pq of samples p and q.
pub type Kernel = Matrix;

/// The squared width of the kernel, (sigma sqrt(d))^2 of samples with d numbers.
pub fn width_squared(sigma: f64, dimensions: usize) -> f64 {
    sigma * sigma * dimensions as f64
}

/// K_pq = exp(-|a_p - a_q|^2 / (2 (sigma sqrt(d))^2)).
pub fn kernel_matrix<S: AsRef<[f64]>>(samples: &[S], sigma: f64) -> Kernel {
    let dimensions = samples.first().map_or(1, |s| s.as_ref().len());
    let denominator = 2.0 * width_squared(sigma, dimensions);
    let distance = |p: usize, q: usize| -> f64 {
        samples[p]
            .as_ref()
            .iter()
            .zip(samples[q].as_ref())
            .map(|(a, b)| (a - b) * (a - b))
            .sum()
    };
    let mut kernel = Matrix::zeros(samples.len(), samples.len());
    for p in 0..samples.len() {
        for q in 0..=p {
            let k = (-distance(p, q) / denominator).exp();
            kernel.set(p, q, k);
            kernel.set(q, p, k);
        }
    }
    kernel
}

/// Mean of each row; a kernel is symmetric, so of each column too.
pub fn means(kernel: &Kernel) -> Vec<f64> {
    let n = kernel.cols() as f64;
    (0..kernel.rows())
        .map(|p| kernel.row(p).iter().sum::<f64>() / n)
        .collect()
}

/// H K H with H = I - 1/N: rows and columns centred.
pub fn centred(kernel: &Kernel) -> Kernel {
    let m = means(kernel);
    let all = m.iter().sum::<f64>() / m.len() as f64;
    Matrix::from_fn(kernel.rows(), kernel.cols(), |p, q| {
        kernel.at(p, q) - m[p] - m[q] + all
    })
}

/// HSIC(A, B) = tr(K_A H K_B H) / (N - 1)^2.
pub fn hsic(a: &Kernel, b: &Kernel) -> f64 {
    let centred = centred(a);
    let sum: f64 = centred
        .values()
        .iter()
        .zip(b.values())
        .map(|(x, y)| x * y)
        .sum();
    sum / ((a.rows() as f64 - 1.0) * (a.rows() as f64 - 1.0))
}
