//! CPU time, so that whatever else runs on the machine does not count.

use std::time::Duration;

use crate::Result;

/// CPU time that is measured at least, many times the step in which the kernel counts.
const LEAST: Duration = Duration::from_millis(150);

/// CPU time of this thread for one run, the average of as many as it takes to measure it.
pub fn here(mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    work()?;
    let (start, mut runs, mut more) = (thread()?, 0u32, 1u32);
    loop {
        for _ in 0..more {
            work()?;
        }
        runs += more;
        let taken = thread()?.saturating_sub(start);
        if taken >= LEAST {
            return Ok(taken / runs);
        }
        more = runs; // Twice as many: asking the kernel takes time too.
    }
}

/// CPU time of processes that one run starts and awaits, the average of several runs.
pub fn of_children(mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    const RUNS: u32 = 20;
    let start = children()?;
    for _ in 0..RUNS {
        work()?;
    }
    Ok(children()?.saturating_sub(start) / RUNS)
}

/// The first number of `schedstat`: nanoseconds that this thread ran.
fn thread() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split(' ').next().ok_or("no number")?.parse()?))
}

/// `cutime` and `cstime` of `stat`, the 16th and 17th field: hundredths of a second, of processes that ended.
fn children() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(") ").ok_or("no fields")?;
    let ticks = fields.split(' ').skip(13).take(2).map(str::parse::<u64>);
    Ok(Duration::from_millis(10 * ticks.sum::<std::result::Result<u64, _>>()?))
}
