//! The child's side: lock in, take one script, run it, say what came of it.

use std::io;
use std::process::ExitCode;

use crate::frame;
use crate::interpreter::{Interpreter, Verdict};
use crate::message::{ToChild, ToParent};
use crate::sandbox::{self, Enforced, Layer};

/// The argument with which the program is started again to become the child.
pub const CHILD_ARGUMENT: &str = "report-child";

/// Room for recursion: the interpreter refuses to go deeper long before this is used up.
const STACK: usize = 64 << 20;

/// Runs as the child of [`crate::Runner`]; returns when the run is over. A program calls this first of all, when its only
/// argument is [`CHILD_ARGUMENT`], and exits with what it answers.
pub fn child_main() -> ExitCode {
    sandbox::farewell();
    let (limits, layers) = match receive() {
        Ok(ToChild::Start { limits, layers }) => (limits, layers),
        _ => return ExitCode::from(2),
    };
    let mut enforced = Enforced::default();
    // Before there is a second thread, so that both are held.
    if layers.contains(&Layer::Landlock) {
        enforced.note(Layer::Landlock, sandbox::landlock());
    }
    let work = move || -> io::Result<()> {
        let interpreter = Interpreter::new().map_err(io::Error::other)?;
        if layers.contains(&Layer::Limits) {
            enforced.note(Layer::Limits, sandbox::limits(&limits));
        }
        if layers.contains(&Layer::Seccomp) {
            enforced.note(Layer::Seccomp, sandbox::seccomp());
        }
        send(&ToParent::Ready { enforced })?;
        serve(&interpreter)
    };
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(work);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
        _ => ExitCode::from(4),
    }
}

/// One script: what it declares; and when the form is filled in, its run.
fn serve(interpreter: &Interpreter) -> io::Result<()> {
    let ToChild::Script { script, today, datasets } = receive()? else { return Err(out_of_order()) };
    let compiled = match interpreter.declare(&script, &datasets) {
        Ok((declaration, compiled)) => {
            send(&ToParent::Declared { declaration })?;
            compiled
        }
        Err(failure) => return last(&ToParent::Failed { failure: *failure }),
    };
    let parameters = match receive()? {
        ToChild::Go { parameters } => parameters,
        ToChild::Bye => return Ok(()),
        _ => return Err(out_of_order()),
    };
    match interpreter.run(&script, compiled, parameters, &today) {
        Verdict::Done => last(&ToParent::Done),
        Verdict::Failed(failure) => last(&ToParent::Failed { failure }),
    }
}

/// Says how it ended, and stays until the parent has read what was used.
fn last(message: &ToParent) -> io::Result<()> {
    send(message)?;
    let _ = receive();
    Ok(())
}

/// To the parent.
pub(crate) fn send(message: &ToParent) -> io::Result<()> {
    frame::write(&mut io::stdout().lock(), message)
}

/// From the parent.
pub(crate) fn receive() -> io::Result<ToChild> {
    frame::read(&mut io::stdin().lock())?
        .map(|(message, _)| message)
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

pub(crate) fn out_of_order() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a message out of order")
}
