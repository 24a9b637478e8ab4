use seamount_lab::onchip::{Rates, pattern::*};
fn main() {
    let arg = |i: usize, d: f64| std::env::args().nth(i).map_or(d, |a| a.parse().unwrap());
    let mut o = PatternOptions { seed: arg(1, 1.0) as u64, sequences: arg(2, 50.0) as usize, full: arg(3, 0.5), ..PatternOptions::default() };
    o.rates = Rates { recurrent: arg(4, 1e-4), readout: arg(5, 1e-4) };
    let (task, sequence) = task(o.seed);
    if arg(6, 0.0) > 0.0 {
        let mut trainer = task.trainer();
        for k in 0..o.sequences { let out = trainer.learn(&[&sequence]); if k % 10 == 0 || k + 1 == o.sequences { println!("float {k} loss {:.2} spikes {:?}", out[0].loss, out[0].run.spike_count()); } }
    }
    let t = std::time::Instant::now();
    let r = learn(&task, &sequence, &o, &|_, _| {}).unwrap();
    for k in (0..o.sequences).step_by((o.sequences / 20).max(1)) { println!("{k} loss {:.2} spikes {}", r.losses[k], r.spikes[k]); }
    println!("last {:.2} spikes {} {:?} s", r.losses.last().unwrap(), r.spikes.last().unwrap(), t.elapsed());
    println!("{:?}", r.last);
}
