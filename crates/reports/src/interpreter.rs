//! Python, in this process. Nothing here keeps a script from anything but by not offering it; see `sandbox`.

mod host_calls;

use rustpython_vm as vm;
use serde_json::{Map, Value};
use vm::builtins::{PyBaseExceptionRef, PyCode, PyDictRef};
use vm::compiler::Mode;
use vm::convert::ToPyObject;
use vm::scope::Scope;
use vm::{AsObject, PyObjectRef, PyRef, PyResult, VirtualMachine};

use crate::declaration::Declaration;
use crate::failure::{Failure, FailureKind};

/// How tracebacks name the author's text.
const SCRIPT: &str = "report.py";
/// What scripts may use, in this order, all in the same names.
const PRELUDE: [(&str, &str); 4] = [
    ("parameters.py", include_str!("prelude/parameters.py")),
    ("table.py", include_str!("prelude/table.py")),
    ("output.py", include_str!("prelude/output.py")),
    ("surroundings.py", include_str!("prelude/surroundings.py")),
];
const DECLARE: &str = include_str!("prelude/declare.py");
/// `compile` answers the syntax tree instead of code (PyCF_ONLY_AST).
const ONLY_TREE: usize = 0x0400;

/// An interpreter with the prelude loaded.
pub(crate) struct Interpreter {
    inner: vm::Interpreter,
    prelude: PyDictRef,
    declare: PyDictRef,
}

/// How a script ended.
pub(crate) enum Verdict {
    Done,
    Failed(Failure),
}

/// A script that compiles, ready to run.
pub(crate) struct Compiled(PyRef<PyCode>);

impl Interpreter {
    /// Builds the interpreter and runs the prelude. All that may touch the system happens here, before the process is
    /// locked in.
    pub(crate) fn new() -> Result<Interpreter, String> {
        let mut settings = vm::Settings::default();
        settings.isolated = true;
        settings.install_signal_handlers = false;
        settings.import_site = false;
        settings.user_site_directory = false;
        settings.ignore_environment = true;
        settings.allow_external_library = false;
        settings.write_bytecode = false;
        settings.safe_path = true;
        // Sets come in the same order in every run, so that a report can be repeated.
        settings.hash_seed = Some(0);
        let builder = vm::Interpreter::builder(settings);
        let modules = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
        let inner =
            builder.add_native_modules(&modules).add_frozen_modules(rustpython_pylib::FROZEN_STDLIB).build();
        let (prelude, declare) = inner
            .enter(|vm| -> PyResult<_> {
                let prelude = vm.ctx.new_dict();
                prelude.set_item("_host", host_calls::functions(vm)?, vm)?;
                prelude.set_item("__name__", vm.ctx.new_str("folkmoot").into(), vm)?;
                for (name, text) in PRELUDE {
                    run_text(vm, text, name, &prelude)?;
                }
                // Reads the time zone now, while it can; later calls find it in memory.
                vm.import("time", 0)?.get_attr("localtime", vm)?.call((), vm)?;
                let declare = vm.ctx.new_dict();
                run_text(vm, DECLARE, "declare.py", &declare)?;
                Ok((prelude, declare))
            })
            .map_err(|exception| inner.enter(|vm| describe(vm, &exception).1))?;
        Ok(Interpreter { inner, prelude, declare })
    }

    /// Compiles a script and reads what its text declares; runs none of it.
    pub(crate) fn declare(
        &self,
        script: &str,
        datasets: &[String],
    ) -> Result<(Declaration, Compiled), Box<Failure>> {
        self.inner.enter(|vm| {
            let code = vm.compile(script, Mode::Exec, SCRIPT.to_owned()).map_err(|error| {
                let line = u32::try_from(error.python_location().0).unwrap_or(0).max(1);
                Box::new(Failure::new(
                    FailureKind::Syntax,
                    "SyntaxError",
                    &sentence(&error.to_string()),
                    &[(line, String::new())],
                    script,
                ))
            })?;
            let declaration = self
                .declaration(vm, script, datasets)
                .map_err(|exception| Box::new(failure(vm, &exception, script)))?;
            let declaration = serde_json::from_value(declaration).map_err(|error| {
                Box::new(Failure::new(
                    FailureKind::Declaration,
                    "Declaration",
                    &format!("a param is declared wrongly: {error}"),
                    &[],
                    script,
                ))
            })?;
            Ok((declaration, Compiled(code)))
        })
    }

    fn declaration(&self, vm: &VirtualMachine, script: &str, datasets: &[String]) -> PyResult<Value> {
        let compile = vm.builtins.get_attr("compile", vm)?;
        let arguments = (
            script.to_pyobject(vm),
            SCRIPT.to_pyobject(vm),
            "exec".to_pyobject(vm),
            ONLY_TREE.to_pyobject(vm),
        );
        let tree = compile.call(arguments, vm)?;
        let names: Vec<PyObjectRef> =
            datasets.iter().map(|name| vm.ctx.new_str(name.as_str()).into()).collect();
        let found = self.declare.get_item("declare", vm)?.call((tree, vm.ctx.new_list(names)), vm)?;
        host_calls::to_json(vm, &found)
    }

    /// Runs a script with the values of its form.
    pub(crate) fn run(
        &self,
        script: &str,
        compiled: Compiled,
        parameters: Map<String, Value>,
        today: &str,
    ) -> Verdict {
        self.inner.enter(|vm| {
            let names = self.names(vm, parameters, today);
            let end =
                names.and_then(|names| vm.run_code_obj(compiled.0, Scope::with_builtins(None, names, vm)));
            let flushed = host_calls::flush_log(vm);
            match end.and(flushed) {
                Ok(_) => Verdict::Done,
                // exit() without a message is an end like any other.
                Err(exception) if exception.fast_isinstance(vm.ctx.exceptions.system_exit) => Verdict::Done,
                Err(exception) => Verdict::Failed(failure(vm, &exception, script)),
            }
        })
    }

    fn names(&self, vm: &VirtualMachine, parameters: Map<String, Value>, today: &str) -> PyResult<PyDictRef> {
        let values = vm.ctx.new_dict();
        for (label, value) in parameters {
            values.set_item(label.as_str(), host_calls::from_json(vm, &value), vm)?;
        }
        let names = self.prelude.get_item("_prepare", vm)?.call((values, vm.ctx.new_str(today)), vm)?;
        names
            .downcast::<vm::builtins::PyDict>()
            .map_err(|_| vm.new_type_error("the prelude answers no names".to_owned()))
    }
}

fn run_text(vm: &VirtualMachine, text: &str, name: &str, globals: &PyDictRef) -> PyResult<()> {
    let code = vm
        .compile(text, Mode::Exec, name.to_owned())
        .map_err(|error| vm.new_runtime_error(format!("{name}: {error}")))?;
    vm.run_code_obj(code, Scope::with_builtins(None, globals.clone(), vm)).map(drop)
}

/// Name and words of an exception.
fn describe(vm: &VirtualMachine, exception: &PyBaseExceptionRef) -> (String, String) {
    let name = exception.class().name().to_string();
    let words = match name.as_str() {
        // str() of a KeyError is the repr of the key, which puts quotes around a sentence.
        "KeyError" => exception.get_arg(0).and_then(|key| key.str(vm).ok()),
        _ => exception.as_object().str(vm).ok(),
    };
    (name, words.map(|words| words.to_string()).unwrap_or_default())
}

/// An uncaught exception, with the author's lines.
fn failure(vm: &VirtualMachine, exception: &PyBaseExceptionRef, script: &str) -> Failure {
    let (name, words) = describe(vm, exception);
    let mut places = Vec::new();
    let mut next = exception.__traceback__();
    while let Some(entry) = next {
        let code = &entry.frame.code;
        if code.source_path().to_string() == SCRIPT {
            let function = code.obj_name.to_string();
            let function = if function == "<module>" { String::new() } else { function };
            places.push((u32::try_from(entry.lineno.get()).unwrap_or(0), function));
        }
        next = entry.next.lock().clone();
    }
    let attribute = |name: &'static str| exception.as_object().get_attr(name, vm).ok();
    match name.as_str() {
        "Declaration" => {
            let line = attribute("line").and_then(|line| line.try_into_value::<u32>(vm).ok());
            let places: Vec<_> = line.map(|line| (line, String::new())).into_iter().collect();
            let words =
                attribute("message").and_then(|words| words.str(vm).ok()).map(|words| words.to_string());
            Failure::new(FailureKind::Declaration, &name, &words.unwrap_or_default(), &places, script)
        }
        "DataRefused" => Failure::new(FailureKind::Refused, &name, &words, &places, script),
        _ => Failure::new(FailureKind::Runtime, &name, &words, &places, script),
    }
}

/// The parser's words as a sentence for people.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
