//! scratch
use seamount_lab::onchip::{alif::EvidenceRates, evidence::*};
fn main() {
    let arg = |i: usize, d: f64| std::env::args().nth(i).map_or(d, |a| a.parse().unwrap());
    let rates = EvidenceRates { recurrent: arg(3, 1e-3), readout: arg(4, 1e-3), regularisation: arg(5, 1.0), target: arg(6, 0.5) };
    let o = EvidenceOptions { seed: arg(1, 1.0) as u64, samples: arg(2, 100.0) as u64, test_every: arg(7, 100.0) as u64, tests: arg(8, 50.0) as u64, full: 0.6, rates };
    let task = seamount_reference::tasks::evidence::task(o.seed); let n: usize = (0..10).map(|i| task.trainer().run(&seamount_reference::tasks::evidence::sequence(o.seed, (1 << 24) + i)).spike_count()).sum(); println!("float spikes {}", n as f64 / 10.0);
    let t = std::time::Instant::now();
    learn(&o, &mut |p| println!("{} samples: error {:.3}, spikes {:.1}, {:.1} s", p.0, p.1, p.2, t.elapsed().as_secs_f64()), &|_, _| {}).unwrap();
}
