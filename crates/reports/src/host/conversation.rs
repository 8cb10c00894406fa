//! One run, message by message.

use std::io::{Read, Write};

use serde_json::Value;

use super::{Ended, Event, Job, Run, RunError, Stop, Usage};
use crate::dataset::{self, DataError, DataSource, Query, Row, RowsRequest};
use crate::frame;
use crate::message::{ColumnHead, ToChild, ToParent};
use crate::output::Output;
use crate::sandbox::{Layer, Limits};
use crate::snapshot::{DataHash, script_hash};
use crate::watch::Watched;
use crate::withhold;

/// Rows in one message.
const BATCH: usize = 2_000;

pub(super) struct Conversation<'a, R, W> {
    job: &'a Job<'a>,
    limits: &'a Limits,
    input: R,
    output: W,
    watched: &'a Watched,
    taken: usize,
    hash: DataHash,
    run: Run,
}

/// The pipe broke: the child is gone, and its end says why.
struct Gone;

impl<'a, R: Read, W: Write> Conversation<'a, R, W> {
    pub(super) fn new(
        job: &'a Job<'a>,
        limits: &'a Limits,
        input: R,
        output: W,
        watched: &'a Watched,
    ) -> Self {
        let run = Run {
            ended: Ended::Done,
            declaration: None,
            outputs: Vec::new(),
            log: String::new(),
            usage: Usage::default(),
            script_hash: script_hash(job.script),
            data_hash: String::new(),
            questions: Vec::new(),
            reasons: Vec::new(),
        };
        Conversation { job, limits, input, output, watched, taken: 0, hash: DataHash::default(), run }
    }

    /// What came of it.
    pub(super) fn close(self) -> Run {
        Run { data_hash: self.hash.finish(), ..self.run }
    }

    /// Until the script ends (how), or the child is gone (`None`). Without a source, only as far as the declaration.
    pub(super) fn hold(
        &mut self,
        layers: &[Layer],
        demanded: &[Layer],
        mut source: Option<&mut dyn DataSource>,
        event: &mut dyn FnMut(Event),
    ) -> Result<Option<Ended>, RunError> {
        if self.say(&ToChild::Start { limits: *self.limits, layers: layers.to_vec() }).is_err() {
            return Ok(None);
        }
        while let Some(message) = self.hear()? {
            let spoken = match message {
                ToParent::Ready { enforced } => {
                    if demanded.iter().any(|layer| !enforced.layers.contains(layer)) {
                        return Err(RunError::NotHeld(enforced.missing));
                    }
                    let datasets = dataset::all().iter().map(|one| one.name.to_owned()).collect();
                    self.say(&ToChild::Script {
                        script: self.job.script.to_owned(),
                        today: self.job.today.to_string(),
                        datasets,
                    })
                }
                ToParent::Declared { declaration } => {
                    let declaration = self.run.declaration.insert(declaration);
                    let Some(source) = source.as_deref_mut() else {
                        let _ = self.say(&ToChild::Bye);
                        return Ok(Some(Ended::Done));
                    };
                    // Only a form that offers elections asks for them.
                    let offers =
                        declaration.parameters.iter().any(|p| p.kind == crate::ParameterKind::Election);
                    let elections = if offers { source.elections()? } else { Vec::new() };
                    let parameters =
                        declaration.values(self.job.parameters, &elections).map_err(RunError::Parameters)?;
                    event(Event::Started);
                    self.say(&ToChild::Go { parameters })
                }
                ToParent::Rows { request } => match source.as_deref_mut() {
                    Some(source) => self.answer(&request, source, event)?,
                    None => return Err(RunError::Protocol("a question before the start".to_owned())),
                },
                ToParent::Output { output } => {
                    self.take(output, event)?;
                    Ok(())
                }
                ToParent::Log { text } => {
                    self.run.log.push_str(&text);
                    Ok(())
                }
                ToParent::Done => return Ok(Some(self.bye(Ended::Done))),
                ToParent::Failed { failure } => return Ok(Some(self.bye(Ended::Failed(failure)))),
            };
            if spoken.is_err() {
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn say(&mut self, message: &ToChild) -> Result<(), Gone> {
        frame::write(&mut self.output, message).map_err(|_| Gone)
    }

    /// The next message; `None` when the child is gone.
    fn hear(&mut self) -> Result<Option<ToParent>, RunError> {
        match frame::read::<ToParent>(&mut self.input) {
            Ok(Some((message, length))) => {
                if matches!(message, ToParent::Output { .. } | ToParent::Log { .. }) {
                    self.taken = self.taken.saturating_add(length);
                }
                if self.taken > self.limits.output {
                    self.watched.stop(Stop::Output);
                    return Ok(None);
                }
                Ok(Some(message))
            }
            Ok(None) => Ok(None),
            // Longer than any message may be: an output, or an interpreter that is no longer itself.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                self.watched.stop(Stop::Output);
                Ok(None)
            }
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(RunError::Protocol(error.to_string())),
        }
    }

    /// The last word of the child: note what it used while it is still there.
    fn bye(&mut self, ended: Ended) -> Ended {
        (self.run.usage.processor_millis, self.run.usage.peak_memory) = self.watched.used();
        let _ = self.say(&ToChild::Bye);
        ended
    }

    fn take(&mut self, output: Value, event: &mut dyn FnMut(Event)) -> Result<(), RunError> {
        let mut output = Output::parse(output).map_err(|error| RunError::Protocol(error.to_string()))?;
        // Who may read single persons may read small groups of them.
        if self.job.grant.personal.is_none() {
            withhold::small_numbers(&mut output);
        }
        withhold::drop_guards(&mut output);
        self.run.outputs.push(output);
        event(Event::Output(self.run.outputs.len()));
        Ok(())
    }

    fn answer(
        &mut self,
        request: &RowsRequest,
        source: &mut dyn DataSource,
        event: &mut dyn FnMut(Event),
    ) -> Result<Result<(), Gone>, RunError> {
        let query = match Query::parse(request, &self.job.grant) {
            Ok(query) => query,
            Err(refusal) => return Ok(self.say(&ToChild::Refused { reason: refusal.0 })),
        };
        self.hash.question(&query);
        self.run.questions.push(query.describe());
        self.run.reasons.extend(query.reason.clone());
        let head = |column: &&'static dataset::Column| ColumnHead {
            name: column.name.to_owned(),
            kind: column.kind,
            counts: column.counts,
        };
        let columns = query.columns.iter().map(head).collect();
        if self.say(&ToChild::Columns { columns, people: query.dataset.people }).is_err() {
            return Ok(Err(Gone));
        }
        let mut waiting: Vec<Row> = Vec::new();
        let read = source.rows(&query, &mut |rows| {
            for row in rows {
                waiting.push(row);
                if waiting.len() == BATCH {
                    self.batch(&query, std::mem::take(&mut waiting))?;
                    event(Event::Rows(query.dataset.name, self.run.usage.rows));
                }
            }
            Ok(())
        });
        let read = read.and_then(|()| self.batch(&query, waiting));
        event(Event::Rows(query.dataset.name, self.run.usage.rows));
        match read {
            Ok(()) => Ok(self.say(&ToChild::End)),
            Err(DataError::Stopped) => Ok(Err(Gone)),
            Err(error) => Err(error.into()),
        }
    }

    /// Hands rows to the child, column by column.
    fn batch(&mut self, query: &Query, rows: Vec<Row>) -> Result<(), DataError> {
        self.run.usage.rows += rows.len() as u64;
        if self.run.usage.rows > self.limits.rows {
            self.watched.stop(Stop::Rows);
            return Err(DataError::Stopped);
        }
        let mut columns: Vec<Vec<Value>> =
            query.columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
        for row in rows {
            self.hash.row(&row);
            if row.len() != columns.len() {
                return Err(DataError::Source(format!(
                    "a row of {} has {} values for {} columns",
                    query.dataset.name,
                    row.len(),
                    columns.len()
                )));
            }
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        self.say(&ToChild::Batch { columns }).map_err(|Gone| DataError::Stopped)
    }
}
