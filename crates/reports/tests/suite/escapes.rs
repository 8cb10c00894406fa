//! Scripts that want out, or want too much.

use folkmoot_reports::sample::InMemory;
use folkmoot_reports::{Ended, Grant, Layer, Limits, RunError, Runner, Stop};

use super::{attempt, child, failure, patient, printed, runner};

/// Every combination that leaves the interpreter something to lean on: each layer alone, and all.
fn combinations() -> Vec<Vec<Layer>> {
    let mut all: Vec<_> = Layer::ALL.iter().map(|layer| vec![*layer]).collect();
    all.push(Layer::ALL.to_vec());
    all
}

const WAYS_OUT: &[&str] = &[
    "print(open('/etc/passwd').read())",
    "import io\nprint(io.open('/etc/passwd').read())",
    "import _io\nprint(_io.FileIO('/etc/passwd').read())",
    "import io\nprint(io.open_code('/etc/passwd').read())",
    "import pathlib\nprint(pathlib.Path('/etc/passwd').read_text())",
    "import os\nprint(os.listdir('/'))",
    "import os\nos.system('true')",
    "import os\nprint(os.open('/etc/passwd', 0))",
    "import posix\nprint(posix.listdir('/'))",
    "import socket\nsocket.create_connection(('127.0.0.1', 9))",
    "import _socket",
    "import subprocess\nsubprocess.run(['true'])",
    "import _posixsubprocess",
    "import ctypes\nctypes.CDLL(None)",
    "import mmap",
    "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    "import shutil\nshutil.copy('/etc/passwd', '/tmp/folkmoot-report-escape')",
    "import tempfile\ntempfile.TemporaryFile().write(b'x')",
    "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/')",
    "import sqlite3\nsqlite3.connect('/tmp/folkmoot-report-escape')",
    "import importlib.machinery as m\nprint(m.SourceFileLoader('x', '/etc/passwd').get_data('/etc/passwd'))",
    "import zipimport\nzipimport.zipimporter('/etc/passwd')",
    "import signal\nsignal.raise_signal(9)",
];

/// All attempts in one script, each caught; one line an attempt that came through.
fn all_at_once() -> String {
    let texts = serde_json::to_string(WAYS_OUT).unwrap();
    format!(
        "for attempt in {texts}:\n    try:\n        exec(attempt, {{}})\n        print('CAME THROUGH', attempt)\n    except BaseException as error:\n        print(type(error).__name__)"
    )
}

#[test]
fn no_way_out_behind_any_layer() {
    for layers in combinations() {
        let runner = runner().with_only(&layers);
        let run = attempt(&runner, &all_at_once(), &mut InMemory::new(), &[], Grant::default()).unwrap();
        assert_eq!(run.ended, Ended::Done, "behind {layers:?}");
        assert_eq!(run.log.lines().count(), WAYS_OUT.len());
        assert!(
            !run.log.contains("CAME THROUGH") && !run.log.contains("root:"),
            "behind {layers:?}: {}",
            run.log
        );
    }
}

#[test]
fn a_way_out_is_refused_in_words_that_help() {
    for script in ["open('x')", "import os\nos.listdir('/')", "import io\nio.open('x')"] {
        let failed = failure(script);
        assert_eq!(failed.exception, "PermissionError", "{script}");
        assert!(failed.advice.contains("Ask a dataset for rows"));
    }
    assert!(failure("import socket").advice.contains("Only Python's own library"));
}

#[test]
fn the_environment_is_empty() {
    assert_eq!(printed("import os\nprint(dict(os.environ), os.environ.get('HOME'))"), "{} None\n");
}

#[test]
fn a_traceback_reads_no_file() {
    let second = "exec(compile('\\n\\n1/0', '/etc/passwd', 'exec'))";
    let failed = failure(second);
    assert_eq!((failed.exception.as_str(), failed.line), ("ZeroDivisionError", Some(1)));
    let third = std::fs::read_to_string("/etc/passwd").unwrap().lines().nth(2).unwrap_or("root:").to_owned();
    assert!(!format!("{failed:?}").contains(&third));
    let run = super::alone(&format!(
        "import traceback, linecache\ntry:\n    {second}\nexcept ZeroDivisionError:\n    print(traceback.format_exc())\nprint(linecache.getlines('/etc/passwd'))"
    ));
    assert!(!run.log.contains(&third), "{}", run.log);
}

#[test]
fn the_object_graph_leads_to_nothing() {
    let script = "
seen, waiting = set(), [object]
while waiting:
    for sub in type.__subclasses__(waiting.pop()):
        if sub not in seen:
            seen.add(sub)
            waiting.append(sub)
print(len(seen) > 100)
for sub in seen:
    for arguments in (('/etc/passwd',), (('true',),), ('/etc/passwd', 'r')):
        try:
            made = sub(*arguments)
            print('LEAK', made.read(10))
        except BaseException:
            pass
";
    let run = super::alone(script);
    // Some inner types of the interpreter bring it down when they are asked for: the child ends, nothing leaks.
    assert!(matches!(run.ended, Ended::Done | Ended::Stopped(Stop::Crashed)), "{:?}", run.ended);
    assert!(
        !run.log.contains("root:") && !run.log.contains("LEAK 'root") && !run.log.contains("LEAK b'root"),
        "{}",
        run.log
    );
}

#[test]
fn the_host_takes_nothing_on_trust() {
    let host = "host = metric.__globals__['_host']\n";
    let refused = |request: &str| {
        failure(&format!("{host}answer = host.rows({request})[0]\nraise ValueError(answer)")).message
    };
    let ask = |dataset: &str, columns: &str| {
        refused(&format!(
            "{{'dataset': '{dataset}', 'columns': {columns}, 'filters': {{}}, 'personal': True, 'reason': 'x'}}"
        ))
    };
    assert!(ask("ballots", "None").starts_with("there is no dataset \"ballots\""));
    assert!(ask("members", "['email']").contains("no grant for personal data"));
    assert!(ask("members", "['credential']").contains("has no column \"credential\""));
    let malformed = attempt(
        &runner(),
        &format!("{host}host.output({{'kind': 'html', 'text': '<script>'}})"),
        &mut InMemory::new(),
        &[],
        Grant::default(),
    );
    assert!(matches!(malformed, Err(RunError::Protocol(_))), "{malformed:?}");
}

/// Stops within the limits; the reason is one of these.
#[track_caller]
fn stops(limits: Limits, script: &str, reasons: &[Stop]) {
    let started = std::time::Instant::now();
    let run =
        attempt(&Runner::new(child(), limits), script, &mut InMemory::new(), &[], Grant::default()).unwrap();
    match &run.ended {
        Ended::Stopped(stop) if reasons.contains(stop) => {}
        Ended::Failed(failure) if reasons.contains(&Stop::Memory) && failure.exception == "MemoryError" => {}
        other => {
            panic!("{script:?} ended as {other:?}, log {:?}", run.log.chars().take(200).collect::<String>())
        }
    }
    assert!(started.elapsed().as_millis() < u128::from(limits.wall_millis) + 5_000);
}

#[test]
fn endless_work_ends_by_the_processor_limit() {
    let limits = Limits { processor_seconds: 6, ..patient() };
    for script in [
        "while True: pass",
        "9**9**8",
        "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')",
        "def f():\n    try:\n        f()\n    except RecursionError:\n        f()\nf()",
    ] {
        // Deep recursion that starts again may also end in the interpreter's own stack check.
        stops(limits, script, &[Stop::Processor, Stop::Crashed, Stop::Memory]);
    }
}

#[test]
fn endless_waiting_ends_by_the_wall_or_at_once() {
    let limits = Limits { wall_millis: 8_000, ..patient() };
    stops(limits, "import time\ntime.sleep(1000)", &[Stop::Wall, Stop::Forbidden]);
}

#[test]
fn memory_bombs_hit_the_child_alone() {
    let limits = Limits { processor_seconds: 30, ..Limits { address_space: 512 << 20, ..patient() } };
    for script in [
        "x = [0] * 10**9",
        "x = 'ab'\nwhile True: x += x",
        "x = []\nwhile True: x.append('x' * 100_000)",
        "x = bytearray(10**9)",
        "x = {i: str(i) * 50 for i in range(10**8)}",
    ] {
        stops(limits, script, &[Stop::Memory]);
    }
}

#[test]
fn floods_are_cut_off() {
    let limits = patient();
    stops(limits, "while True: print('x' * 1000)", &[Stop::Output]);
    stops(limits, "while True: note('x' * 1000)", &[Stop::Output]);
    let long = failure("note('x' * 20_000_000)");
    assert!(long.message.contains("longer than"), "{}", long.message);
}

#[test]
fn deep_nesting_hurts_nobody_else() {
    for script in [
        format!("x = {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("x = {}1{}", "[".repeat(200_000), "]".repeat(200_000)),
        "eval('(' * 100_000 + ')' * 100_000)".to_owned(),
        "x = []\nfor _ in range(100_000): x = [x]\nmetric.__globals__['_host'].output(x)".to_owned(),
        "x = []\nx.append(x)\nmetric.__globals__['_host'].output(x)".to_owned(),
    ] {
        let run = attempt(&runner(), &script, &mut InMemory::new(), &[], Grant::default()).unwrap();
        assert!(
            !matches!(run.ended, Ended::Done),
            "{} ended well",
            script.chars().take(30).collect::<String>()
        );
    }
}

#[test]
fn a_thousand_threads_are_none() {
    let run = super::alone(
        "import threading\nfor _ in range(1000):\n    threading.Thread(target=lambda: 1).start()\nprint('end')",
    );
    // Threads are refused, or run one after the other in the only one there is.
    assert!(matches!(run.ended, Ended::Done | Ended::Failed(_)), "{:?}", run.ended);
}

#[test]
fn more_rows_than_allowed_end_the_run() {
    let limits = Limits { rows: 3_000, ..patient() };
    let mut data = folkmoot_reports::sample::many_members(5_000);
    let run =
        attempt(&Runner::new(child(), limits), "members(columns=['tier'])", &mut data, &[], Grant::default())
            .unwrap();
    assert_eq!(run.ended, Ended::Stopped(Stop::Rows));
}

/// A stand-in for the child on a machine whose kernel has limits only; writes down what it is told.
fn poor_machine(folder: &std::path::Path) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let ready = r#"{"say":"ready","enforced":{"layers":["limits"],"missing":["landlock: not here","seccomp: not here"]}}"#;
    let program = folder.join("child");
    let text = format!(
        "#!/bin/sh\nprintf '\\{:03o}\\000\\000\\000%s' '{ready}'\nexec cat >{}/told\n",
        ready.len(),
        folder.display()
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

#[test]
fn a_machine_that_cannot_hold_a_report_is_not_even_told_it() {
    let folder = tempfile::tempdir().unwrap();
    let runner = Runner::new(poor_machine(folder.path()), Limits { wall_millis: 3_000, ..patient() });
    let run = attempt(&runner, "print('secret plan')", &mut InMemory::new(), &[], Grant::default());
    let Err(RunError::NotHeld(missing)) = run else { panic!("{run:?}") };
    assert_eq!(missing, ["landlock: not here", "seccomp: not here"]);
    let told = || {
        String::from_utf8_lossy(&std::fs::read(folder.path().join("told")).unwrap_or_default()).into_owned()
    };
    assert!(!told().contains("secret plan"));
    // The operator may say so explicitly.
    let runner = runner.even_without(&[Layer::Landlock, Layer::Seccomp]);
    // The stand-in only listens, which is no answer.
    let run = attempt(&runner, "print('open plan')", &mut InMemory::new(), &[], Grant::default());
    assert!(matches!(run, Err(RunError::Protocol(_))), "{run:?}");
    assert!(told().contains("open plan"));
}
