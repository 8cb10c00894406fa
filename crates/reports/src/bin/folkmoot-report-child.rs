//! The child of a report by itself, for the tests and measurements of this crate; and probes that do by native code what an
//! escape from the interpreter would do. The program `folkmoot` is its own child.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use folkmoot_reports::probe::{Layer, Limits, lock_in};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [folkmoot_reports::CHILD_ARGUMENT] => folkmoot_reports::child_main(),
        ["probe", layers, attempt] => probe(layers, attempt),
        _ => ExitCode::from(64),
    }
}

/// Exit status 0: the attempt came through. 1: refused, with the system's error. Or the kernel ends the process.
fn probe(layers: &str, attempt: &str) -> ExitCode {
    let layers: Vec<Layer> =
        Layer::ALL.into_iter().filter(|layer| layers.split(',').any(|name| name == layer.name())).collect();
    let enforced = lock_in(&layers, &Limits::default());
    if enforced.layers != layers {
        eprintln!("not held: {}", enforced.missing.join("; "));
        return ExitCode::from(65);
    }
    let done = match attempt {
        "open" => std::fs::File::open("/etc/passwd").and_then(|mut file| file.read(&mut [0; 16])).map(drop),
        "create" => std::fs::write("/tmp/folkmoot-report-probe", "x"),
        _ if attempt.starts_with("connect:") => {
            let port = attempt.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(9);
            std::net::TcpStream::connect(("127.0.0.1", port)).map(drop)
        }
        "socket" => std::net::UdpSocket::bind(("127.0.0.1", 0)).map(drop),
        "exec" => Err(Command::new("/bin/true").exec()),
        "fork" => Command::new("/bin/true").status().map(drop),
        "thread" => std::thread::Builder::new().spawn(|| ()).map(drop),
        "kill" => signal_parent(),
        "memory" => allocate(),
        "nothing" => Ok(()),
        _ => return ExitCode::from(64),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(1)
        }
    }
}

/// Signal 0 asks whether a signal could be sent, and hurts nobody.
fn signal_parent() -> std::io::Result<()> {
    nix::sys::signal::kill(nix::unistd::getppid(), None).map_err(std::io::Error::from)
}

fn allocate() -> std::io::Result<()> {
    let mut block: Vec<u8> = Vec::new();
    block.try_reserve_exact(1 << 30).map_err(|_| std::io::ErrorKind::OutOfMemory.into())
}
