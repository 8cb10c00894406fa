//! The layers on Linux.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope,
};
use nix::libc;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::Limits;

/// Niceness of the session of a report: about a tenth of the share of the server when both want the processor.
const YIELDS: &str = "10";

/// Dies with its parent, in a session of its own that yields to the server, readable for no debugger. Best effort: the layers do
/// not rest on it.
pub(crate) fn farewell() {
    let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
    let _ = nix::unistd::setsid();
    // Where the kernel schedules by session, niceness is that of the session's group and a process's own means nothing.
    let _ = std::fs::write("/proc/self/autogroup", YIELDS);
    let _ = nix::sys::prctl::set_dumpable(false);
}

/// Denies everything Landlock knows of, by rules that allow nothing. For the calling thread and those it starts.
pub(crate) fn landlock() -> Result<(), String> {
    // The newest interface this was written against; an older kernel enforces what it has.
    let abi = ABI::V6;
    let made = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(abi)))
        .and_then(|rules| rules.scope(Scope::from_all(abi)))
        .and_then(|rules| rules.create())
        .and_then(|rules| rules.restrict_self())
        .map_err(|error| error.to_string())?;
    match made.ruleset {
        RulesetStatus::NotEnforced => Err("the kernel does not have it, or not switched on".to_owned()),
        _ => Ok(()),
    }
}

/// For the whole process.
pub(crate) fn limits(bounds: &Limits) -> Result<(), String> {
    let set = |resource, soft, hard| {
        setrlimit(resource, soft, hard).map_err(|error| format!("{resource:?}: {error}"))
    };
    set(Resource::RLIMIT_AS, bounds.address_space, bounds.address_space)?;
    // A second between them, so that the first signal is the one that names the reason.
    set(Resource::RLIMIT_CPU, bounds.processor_seconds, bounds.processor_seconds + 1)?;
    set(Resource::RLIMIT_NOFILE, 0, 0)?;
    set(Resource::RLIMIT_FSIZE, 0, 0)?;
    set(Resource::RLIMIT_NPROC, 0, 0)?;
    set(Resource::RLIMIT_CORE, 0, 0)?;
    set(Resource::RLIMIT_MEMLOCK, 0, 0)
}

/// What a computation calls: memory, its pipes, locks, the clock, randomness, its own signals and its end.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigaction,
    libc::SYS_sigaltstack,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_sched_yield,
    libc::SYS_restart_syscall,
    libc::SYS_gettid,
    libc::SYS_getpid,
    // An allocation that fails ends in abort(), which signals itself; without this it would look like a violation.
    libc::SYS_tgkill,
];

/// For all threads of the process.
pub(crate) fn seccomp() -> Result<(), String> {
    let program = program().map_err(|error| error.to_string())?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())
}

fn program() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|number| (*number, Vec::new())).collect();
    for number in [libc::SYS_mmap, libc::SYS_mprotect] {
        // The third argument is the protection: memory that can be executed is never handed out.
        let not_executable = SeccompCondition::new(
            2,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64),
            0,
        )?;
        rules.insert(number, vec![SeccompRule::new(vec![not_executable])?]);
    }
    SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}
