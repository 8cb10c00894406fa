//! Watches a child from outside: time, memory, and the wish to cancel.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::host::Stop;
use crate::sandbox::Limits;

/// Ends a run from another thread.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks for the end; the run answers within a few hundredths of a second.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    pub fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often the child is looked at.
const EVERY: Duration = Duration::from_millis(20);

/// The child under watch; killed and reaped at the latest when this is dropped.
pub(crate) struct Watched {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    pid: u32,
}

struct Shared {
    child: Mutex<Child>,
    /// Why it was killed; and whether the watch is over.
    state: Mutex<(Option<Stop>, bool)>,
    over: Condvar,
}

impl Watched {
    pub(crate) fn new(child: Child, limits: Limits, cancel: Cancel, started: Instant) -> Watched {
        let pid = child.id();
        let shared = Arc::new(Shared {
            child: Mutex::new(child),
            state: Mutex::new((None, false)),
            over: Condvar::new(),
        });
        let watching = Arc::clone(&shared);
        let thread = std::thread::spawn(move || watching.watch(pid, limits, &cancel, started));
        Watched { shared, thread: Some(thread), pid }
    }

    /// Ends the child for a reason; the first reason stays.
    pub(crate) fn stop(&self, why: Stop) {
        self.shared.stop(why);
    }

    /// Why it was ended, if it was.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        lock(&self.shared.state).0.clone()
    }

    /// Processor time in milliseconds and the most memory in bytes, while the child still is there.
    pub(crate) fn used(&self) -> (Option<u64>, Option<u64>) {
        (processor_millis(self.pid), memory(self.pid, "VmHWM:"))
    }

    /// Waits for the child's end.
    pub(crate) fn wait(&self) -> std::io::Result<std::process::ExitStatus> {
        // The watch must be able to kill meanwhile, so the lock is never held while waiting.
        loop {
            if let Some(status) = lock(&self.shared.child).try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        lock(&self.shared.state).1 = true;
        self.shared.over.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let mut child = lock(&self.shared.child);
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Shared {
    fn stop(&self, why: Stop) {
        lock(&self.state).0.get_or_insert(why);
        let _ = lock(&self.child).kill();
    }

    fn watch(&self, pid: u32, limits: Limits, cancel: &Cancel, started: Instant) {
        let mut state = lock(&self.state);
        while !state.1 {
            drop(state);
            let why = if cancel.cancelled() {
                Some(Stop::Cancelled)
            } else if started.elapsed() > Duration::from_millis(limits.wall_millis) {
                Some(Stop::Wall)
            } else if memory(pid, "VmRSS:").is_some_and(|bytes| bytes > limits.resident) {
                Some(Stop::Memory)
            } else {
                None
            };
            if let Some(why) = why {
                return self.stop(why);
            }
            state = lock(&self.state);
            if !state.1 {
                state = self.over.wait_timeout(state, EVERY).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A figure of /proc/PID/status in bytes; `None` where there is no such file, or the process is gone.
fn memory(pid: u32, line: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let figure = status.lines().find_map(|text| text.strip_prefix(line))?;
    figure.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// User and system time; the kernel counts hundredths of a second here on every machine.
fn processor_millis(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) * 10)
}
