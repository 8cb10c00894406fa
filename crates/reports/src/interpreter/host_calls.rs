//! The four functions through which a script reaches its parent, and values on their way.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;

use rustpython_vm as vm;
use serde_json::Value;
use vm::builtins::PyStrRef;
use vm::convert::ToPyObject;
use vm::{PyObjectRef, PyResult, VirtualMachine};

use crate::child::{out_of_order, receive, send};
use crate::dataset::{self, ColumnKind, RowsRequest};
use crate::message::{ToChild, ToParent};

/// What is printed waits here until it is worth a message.
const LOG_PIECE: usize = 8 << 10;

thread_local! {
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

/// An object with the functions as attributes; the prelude calls it `_host`.
pub(super) fn functions(vm: &VirtualMachine) -> PyResult {
    let types = vm.import("types", 0)?;
    let space = types.get_attr("SimpleNamespace", vm)?.call((), vm)?;
    space.set_attr("rows", vm.new_function("rows", rows), vm)?;
    space.set_attr("output", vm.new_function("output", output), vm)?;
    space.set_attr("log", vm.new_function("log", log), vm)?;
    space.set_attr("describe", vm.new_function("describe", describe), vm)?;
    Ok(space)
}

fn broken(vm: &VirtualMachine, error: &io::Error) -> vm::builtins::PyBaseExceptionRef {
    match error.kind() {
        io::ErrorKind::InvalidData => vm.new_value_error(error.to_string()),
        _ => vm.new_runtime_error(format!("the report was cut off: {error}")),
    }
}

/// Names of all datasets.
fn describe(vm: &VirtualMachine) -> PyObjectRef {
    vm.ctx.new_list(dataset::all().iter().map(|one| vm.ctx.new_str(one.name).into()).collect()).into()
}

/// One output, as plain data.
fn output(value: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    let output = to_json(vm, &value)?;
    send(&ToParent::Output { output }).map_err(|error| broken(vm, &error))
}

/// What is printed.
fn log(text: PyStrRef, vm: &VirtualMachine) -> PyResult<()> {
    let full = LOG.with_borrow_mut(|log| {
        log.push_str(&text.to_string_lossy());
        log.len() >= LOG_PIECE
    });
    if full { flush_log(vm) } else { Ok(()) }
}

/// Sends what was printed last.
pub(super) fn flush_log(vm: &VirtualMachine) -> PyResult<()> {
    let text = LOG.with_borrow_mut(std::mem::take);
    if text.is_empty() {
        return Ok(());
    }
    send(&ToParent::Log { text }).map_err(|error| broken(vm, &error))
}

/// Rows of a dataset: (refusal or None, columns by name, of people, number of rows, names of columns that count people).
fn rows(request: PyObjectRef, vm: &VirtualMachine) -> PyResult {
    let request = to_json(vm, &request)?;
    let request: RowsRequest = serde_json::from_value(request)
        .map_err(|error| vm.new_type_error(format!("a dataset cannot be asked like this: {error}")))?;
    flush_log(vm)?;
    send(&ToParent::Rows { request }).map_err(|error| broken(vm, &error))?;
    let next = || receive().map_err(|error| broken(vm, &error));
    let (kinds, people) = match next()? {
        ToChild::Columns { columns, people } => (columns, people),
        ToChild::Refused { reason } => {
            let answer = vec![
                vm.ctx.new_str(reason).into(),
                vm.ctx.new_dict().into(),
                vm.ctx.new_bool(false).into(),
                vm.ctx.new_int(0).into(),
                vm.ctx.new_list(Vec::new()).into(),
            ];
            return Ok(vm.ctx.new_tuple(answer).into());
        }
        _ => return Err(broken(vm, &out_of_order())),
    };
    let mut makers = kinds.iter().map(|head| Maker::new(vm, head.kind)).collect::<PyResult<Vec<_>>>()?;
    let mut data: Vec<Vec<PyObjectRef>> = kinds.iter().map(|_| Vec::new()).collect();
    loop {
        match next()? {
            ToChild::Batch { columns } => {
                for ((values, maker), column) in columns.into_iter().zip(&mut makers).zip(&mut data) {
                    for value in values {
                        column.push(maker.make(vm, value)?);
                    }
                }
            }
            ToChild::End => break,
            _ => return Err(broken(vm, &out_of_order())),
        }
    }
    let length = data.first().map_or(0, Vec::len);
    let columns = vm.ctx.new_dict();
    for (head, values) in kinds.iter().zip(data) {
        columns.set_item(head.name.as_str(), vm.ctx.new_list(values).into(), vm)?;
    }
    let counts = kinds.iter().filter(|head| head.counts);
    let counts = counts.map(|head| vm.ctx.new_str(head.name.as_str()).into()).collect();
    let people = vm.ctx.new_bool(people).into();
    let answer =
        vec![vm.ctx.none(), columns.into(), people, length.to_pyobject(vm), vm.ctx.new_list(counts).into()];
    Ok(vm.ctx.new_tuple(answer).into())
}

/// Makes values of one column. Texts and days repeat, so each is made once.
struct Maker {
    known: HashMap<String, PyObjectRef>,
    parse: Option<PyObjectRef>,
}

impl Maker {
    fn new(vm: &VirtualMachine, kind: ColumnKind) -> PyResult<Maker> {
        let class = match kind {
            ColumnKind::Date => Some("date"),
            ColumnKind::Time => Some("datetime"),
            _ => None,
        };
        let parse = match class {
            Some(class) => {
                Some(vm.import("datetime", 0)?.get_attr(class, vm)?.get_attr("fromisoformat", vm)?)
            }
            None => None,
        };
        Ok(Maker { known: HashMap::new(), parse })
    }

    fn make(&mut self, vm: &VirtualMachine, value: Value) -> PyResult {
        let Value::String(text) = value else { return Ok(from_json(vm, &value)) };
        if let Some(made) = self.known.get(&text) {
            return Ok(made.clone());
        }
        let plain: PyObjectRef = vm.ctx.new_str(text.as_str()).into();
        let made = match &self.parse {
            Some(parse) => parse.call((plain,), vm)?,
            None => plain,
        };
        self.known.insert(text, made.clone());
        Ok(made)
    }
}

/// A plain value for the script.
pub(super) fn from_json(vm: &VirtualMachine, value: &Value) -> PyObjectRef {
    match value {
        Value::Null => vm.ctx.none(),
        Value::Bool(flag) => vm.ctx.new_bool(*flag).into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => vm.ctx.new_int(whole).into(),
            (None, Some(real)) => vm.ctx.new_float(real).into(),
            (None, None) => vm.ctx.none(),
        },
        Value::String(text) => vm.ctx.new_str(text.as_str()).into(),
        Value::Array(values) => {
            vm.ctx.new_list(values.iter().map(|value| from_json(vm, value)).collect()).into()
        }
        Value::Object(_) => vm.ctx.none(),
    }
}

/// A value of the script as JSON; what is no plain data is an error in the script.
pub(super) fn to_json(vm: &VirtualMachine, value: &PyObjectRef) -> PyResult<Value> {
    let refused = |error: serde_json::Error| vm.new_value_error(format!("this cannot be shown: {error}"));
    serde_json::to_value(vm::py_serde::PyObjectSerializer::new(vm, value)).map_err(refused)
}
