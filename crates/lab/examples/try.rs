//! scratch
fn main() {
    let which = std::env::args().nth(1).unwrap_or_default();
    let threads = std::env::args().nth(2).and_then(|t| t.parse().ok()).unwrap_or(1);
    if which == "lsnn" {
        println!("{}", seamount_lab::lsnn::run(&seamount_lab::lsnn::LsnnOptions { threads, ..Default::default() }, &|_, _| ()).unwrap());
    } else if which == "demo" {
        println!("{}", seamount_lab::demo::run(&seamount_lab::demo::DemoOptions { threads, ..Default::default() }, &|_, _| ()).unwrap());
    } else {
        println!("{}", seamount_lab::bench::run(&seamount_lab::bench::BenchOptions { workload: which, threads, ..Default::default() }, &|_, _| ()).unwrap());
    }
}
