//! What holds a report, from outside the interpreter: three layers of the kernel, each of which stops most escapes alone.
//!
//! - [`Layer::Landlock`]: no file can be opened or run, no TCP port reached, no process outside signalled.
//! - [`Layer::Limits`]: memory, processor time, no new file descriptors, no file may grow, no core dump.
//! - [`Layer::Seccomp`]: only the system calls a computation needs; any other ends the process.

use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{farewell, landlock, limits, seccomp};

/// One of the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Files, TCP, signals (Linux 5.13 and later; the more, the newer).
    Landlock,
    /// Resource limits.
    Limits,
    /// System calls.
    Seccomp,
}

impl Layer {
    /// All of them, as every run in service uses.
    pub const ALL: [Layer; 3] = [Layer::Landlock, Layer::Limits, Layer::Seccomp];

    /// As it is written in settings and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Landlock => "landlock",
            Layer::Limits => "limits",
            Layer::Seccomp => "seccomp",
        }
    }
}

/// How much one run may use (REP-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processor time in seconds; the kernel's own clock ends the child.
    pub processor_seconds: u64,
    /// Time by the wall in milliseconds, waiting for rows included.
    pub wall_millis: u64,
    /// Address space in bytes.
    pub address_space: u64,
    /// Memory in use in bytes, watched by the parent.
    pub resident: u64,
    /// Outputs and prints together, in bytes of JSON.
    pub output: usize,
    /// Rows read, over all datasets.
    pub rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            processor_seconds: 5,
            wall_millis: 20_000,
            address_space: 512 << 20,
            resident: 256 << 20,
            output: 1 << 20,
            rows: 1_000_000,
        }
    }
}

/// Which layers hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforced {
    /// Those the kernel took.
    pub layers: Vec<Layer>,
    /// Why the others do not hold, one sentence each.
    pub missing: Vec<String>,
}

impl Enforced {
    pub(crate) fn note(&mut self, layer: Layer, result: Result<(), String>) {
        match result {
            Ok(()) => self.layers.push(layer),
            Err(why) => self.missing.push(format!("{}: {why}", layer.name())),
        }
    }
}

/// Locks this process in, in the order that works: Landlock needs a file descriptor, which the limits then forbid.
/// The calling thread should be the only one; further threads are held by limits and seccomp only.
pub fn lock_in(layers: &[Layer], bounds: &Limits) -> Enforced {
    let mut enforced = Enforced::default();
    for layer in Layer::ALL.into_iter().filter(|layer| layers.contains(layer)) {
        let result = match layer {
            Layer::Landlock => landlock(),
            Layer::Limits => limits(bounds),
            Layer::Seccomp => seccomp(),
        };
        enforced.note(layer, result);
    }
    enforced
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    const NOT_HERE: &str = "there is no such thing on this operating system";

    pub(crate) fn landlock() -> Result<(), String> {
        Err(NOT_HERE.to_owned())
    }
    pub(crate) fn limits(_: &super::Limits) -> Result<(), String> {
        Err(NOT_HERE.to_owned())
    }
    pub(crate) fn seccomp() -> Result<(), String> {
        Err(NOT_HERE.to_owned())
    }
    pub(crate) fn farewell() {}
}
#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{farewell, landlock, limits, seccomp};
