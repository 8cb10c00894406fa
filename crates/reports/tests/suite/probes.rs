//! What native code reaches, as after an escape from the interpreter, behind each layer alone and behind all.

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use super::child;

/// SIGSYS: the kernel ended a process for a system call.
const FORBIDDEN: Option<i32> = Some(31);

fn probe(layers: &str, attempt: &str) -> Output {
    Command::new(child()).args(["probe", layers, attempt]).env_clear().output().unwrap()
}

#[track_caller]
fn comes_through(layers: &str, attempt: &str) {
    let output = probe(layers, attempt);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{attempt} with {layers:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[track_caller]
fn refused(layers: &str, attempt: &str, words: &str) {
    let output = probe(layers, attempt);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{attempt} with {layers:?}: {complaint}");
    assert!(complaint.contains(words), "{attempt} with {layers:?}: {complaint}");
}

#[track_caller]
fn ended(layers: &str, attempt: &str) {
    assert_eq!(probe(layers, attempt).status.signal(), FORBIDDEN, "{attempt} with {layers:?}");
}

const ALL: &str = "landlock,limits,seccomp";

#[test]
fn without_layers_everything_comes_through() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let connect = format!("connect:{}", listener.local_addr().unwrap().port());
    for attempt in ["open", &connect, "socket", "exec", "fork", "thread", "kill", "memory", "nothing"] {
        comes_through("", attempt);
    }
}

#[test]
fn landlock_alone_denies_files_programs_tcp_and_signals() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let connect = format!("connect:{}", listener.local_addr().unwrap().port());
    for attempt in ["open", "create", "exec", "fork", &connect] {
        refused("landlock", attempt, "Permission denied");
    }
    refused("landlock", "kill", "Operation not permitted");
    comes_through("landlock", "nothing");
}

#[test]
fn limits_alone_leave_no_descriptor_and_little_memory() {
    for attempt in ["open", "connect:9", "socket"] {
        refused("limits", attempt, "Too many open files");
    }
    refused("limits", "memory", "memory");
    // The loader of the new program cannot open its libraries.
    assert_ne!(probe("limits", "exec").status.code(), Some(0));
    comes_through("limits", "nothing");
}

#[test]
fn seccomp_alone_ends_the_process() {
    for attempt in ["open", "create", "connect:9", "socket", "exec", "fork", "thread", "kill"] {
        ended("seccomp", attempt);
    }
    comes_through("seccomp", "nothing");
}

#[test]
fn all_layers_end_the_process_and_leave_a_computation_alone() {
    for attempt in ["open", "create", "connect:9", "socket", "exec", "fork", "thread", "kill"] {
        ended(ALL, attempt);
    }
    refused(ALL, "memory", "memory");
    comes_through(ALL, "nothing");
}
