//! Processor time and memory of processes, as Linux tells in `/proc`; nothing elsewhere.

use std::fs;
use std::time::Duration;

/// Ticks per second of the times in `/proc`: fixed by the kernel's interface.
const TICKS_PER_SECOND: u64 = 100;

/// Processor time a process has used so far, all its threads together.
pub fn time_of(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may contain spaces; the fields count from the state after it.
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    Some(ticks(
        fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?,
    ))
}

/// Resident memory of a process, in KiB.
pub fn memory_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Processor time the whole machine has been busy so far.
pub fn machine() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> = stat
        .lines()
        .next()?
        .split_ascii_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    // user, nice, system, then idle and iowait which are not work, then irq, softirq, steal.
    let busy = fields.iter().take(3).chain(fields.iter().skip(5).take(3)).sum();
    Some(ticks(busy))
}

fn ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_the_machine_has_worked() {
        assert!(memory_of(std::process::id()).unwrap() > 0);
        assert!(machine().unwrap() >= time_of(std::process::id()).unwrap());
        assert_eq!(time_of(u32::MAX), None);
    }
}
