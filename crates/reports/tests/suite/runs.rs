//! The life of one run: form, outputs, failures, cancelling, repeating.

use folkmoot_reports::sample::{self, InMemory};
use folkmoot_reports::{
    Cancel, Cell, Ended, Event, FailureKind, Grant, Job, Output, ParameterKind, Recorder, RunError, Stop,
};
use serde_json::json;

use super::{alone, attempt, failure, printed, runner};

#[test]
fn the_form_comes_from_the_text_and_nothing_runs() {
    let script = "\"\"\"What it is.\n\nMore.\"\"\"\nsince = param.date('Joined after', default='2026-01-01', help='h')\nn = param.integer('How many', 5, min=1)\nt = param.choice('Tier', ['all', 'fellow'])\ne = param.election()\nrows = members(columns=['tier', 'email'], personal=True, reason='x')\nraise ValueError('it ran')";
    let run = runner().check(script).unwrap();
    assert_eq!(run.ended, Ended::Done);
    let declaration = run.declaration.unwrap();
    assert_eq!(declaration.description, "What it is.\n\nMore.");
    let form: Vec<_> =
        declaration.parameters.iter().map(|p| (p.key.as_str(), p.label.as_str(), p.kind, p.line)).collect();
    assert_eq!(
        form,
        [
            ("since", "Joined after", ParameterKind::Date, 4),
            ("n", "How many", ParameterKind::Integer, 5),
            ("t", "Tier", ParameterKind::Choice, 6),
            ("e", "Election", ParameterKind::Election, 7)
        ]
    );
    assert_eq!(declaration.parameters[1].default, Some(json!(5)));
    assert!(declaration.personal());
    assert_eq!(declaration.uses[0].columns.as_deref(), Some(&["tier".to_owned(), "email".to_owned()][..]));
}

#[test]
fn a_form_that_cannot_be_made_says_which_line() {
    for (script, line, words) in [
        ("x = 1\nn = param.integer(f'a{x}')", 2, "written out as plain text"),
        ("a = param.text('A')\nb = param.text('A')", 2, "two params have the label"),
        ("\nparam.colour('A')", 2, "there is no param.colour"),
        ("a = param.text('A', size=3)", 1, "has no option 'size'"),
    ] {
        let failed = failure(script);
        assert_eq!((failed.kind, failed.line), (FailureKind::Declaration, Some(line)), "{script}");
        assert!(failed.message.contains(words), "{}", failed.message);
        assert!(!failed.source.is_empty());
    }
}

#[test]
fn values_of_the_form_arrive_typed() {
    let script = "d = param.date('D')\nn = param.integer('N', default=2)\nx = param.number('X', default=1.5)\nf = param.flag('F')\nt = param.text('T', default='hi')\nprint(repr(d), n + 1, x, f, t, today)";
    let mut data = InMemory::new();
    let run = attempt(&runner(), script, &mut data, &[("d", "2026-02-03"), ("f", "yes")], Grant::default())
        .unwrap();
    assert_eq!(run.log, "datetime.date(2026, 2, 3) 3 1.5 True hi 2026-06-01\n");
    let wrong = attempt(&runner(), script, &mut data, &[("d", "tomorrow"), ("z", "1")], Grant::default());
    let Err(RunError::Parameters(errors)) = wrong else { panic!("{wrong:?}") };
    assert_eq!(errors.len(), 2);
}

#[test]
fn failures_name_the_line_the_reason_and_what_to_do() {
    let syntax = failure("x = 1\nif x\n    pass");
    assert_eq!((syntax.kind, syntax.line, syntax.source.as_str()), (FailureKind::Syntax, Some(2), "if x"));
    assert!(!syntax.advice.is_empty());

    let run = failure("def part(rows):\n    return 1 / len(rows)\n\nprint('before')\npart([])");
    assert_eq!(
        (run.kind, run.exception.as_str(), run.line),
        (FailureKind::Runtime, "ZeroDivisionError", Some(2))
    );
    let way: Vec<_> = run.trace.iter().map(|line| (line.line, line.function.as_str())).collect();
    assert_eq!(way, [(5, ""), (2, "part")]);
    assert!(run.advice.contains("nothing to divide by"));

    let column = failure("t = Table([{'a': 1}])\nt.group('b')");
    assert_eq!(
        (column.line, column.message.as_str()),
        (Some(2), "there is no column 'b'; this table has: a")
    );
    let attribute = failure("for row in Table([{'a': 1}]):\n    row.b");
    assert_eq!(attribute.message, "there is no column 'b'; this table has: a");

    let refused = failure("x = 1\nmembers(columns=['email'])");
    assert_eq!((refused.kind, refused.line), (FailureKind::Refused, Some(2)));
    let deep = failure("def f(n):\n    return f(n + 1)\nf(0)");
    assert_eq!(deep.exception, "RecursionError");
    assert!(deep.trace.len() <= 13);
}

#[test]
fn outputs_made_before_a_failure_are_there() {
    let run = alone("metric('A', 1)\nnote('x')\n1 / 0");
    assert_eq!(run.outputs.len(), 2);
    assert!(matches!(run.ended, Ended::Failed(_)));
}

#[test]
fn tables_do_what_their_verbs_say() {
    let script = "
t = Table([{'k': 'a', 'n': 3, 'd': 1.5}, {'k': 'b', 'n': 1, 'd': None}, {'k': 'a', 'n': 5, 'd': 2.5}])
print(t, len(t), t.columns, t[0].k, t[0]['n'], t['n'])
print(t.where(k='a')['n'], t.where(lambda r: r.n > 2).count(), t.where(k=['a', 'b'], n=1).rows())
print(t.sort('-n')['n'], t.sort('k', '-n')['n'], t.head(1)['n'], t.top(2, by='n')['n'])
print(t.group('k').count().rows(), t.group('k').sum('n')['n'], t.group('k').mean('d')['d'], t.group('k').median('n')['n'])
print(t.sum('n'), t.mean('d'), t.median('n'), t.min('n'), t.max('d'))
print(t.select('n').columns, t.drop('n').columns, t.rename(n='m').columns, t.add('x', lambda r: r.n * 2)['x'])
print(t.pivot('k', 'n').rows())
print(t.join(Table([{'k': 'a', 'title': 'A'}]), on='k')['title'], len(t.join(Table([{'k': 'a', 'title': 'A'}]), on='k', how='inner')))
print(t.group('k').count().share()['share'], t.distinct('k')['k'], len(t + t), t[1:]['n'])
print(t.group('k').agg(total=lambda g: g.sum('n'), size=len).rows())
print(Table([{'d': None}, {'d': today}]).month('d')['month'], Table([{'d': today}]).year('d')['year'], [r.k for r in t])
print(Table(), len(Table()), Table([(1, 2)], ['a', 'b']).rows(), money(-123456))
";
    let expected = "\
Table(3 rows: k, n, d) 3 ['k', 'n', 'd'] a 3 [3, 1, 5]
[3, 5] 2 [{'k': 'b', 'n': 1, 'd': None}]
[5, 3, 1] [5, 3, 1] [3] [5, 3]
[{'k': 'a', 'count': 2}, {'k': 'b', 'count': 1}] [8, 1] [2.0, None] [4.0, 1]
9 2.0 3 1 2.5
['n'] ['k', 'd'] ['k', 'm', 'd'] [6, 2, 10]
[{'k': 'a', '1': 0, '3': 1, '5': 1}, {'k': 'b', '1': 1, '3': 0, '5': 0}]
['A', None, 'A'] 2
[66.7, 33.3] ['a', 'b'] 6 [1, 5]
[{'k': 'a', 'total': 8, 'size': 2}, {'k': 'b', 'total': 1, 'size': 1}]
[None, '2026-06'] ['2026'] ['a', 'b', 'a']
Table(0 rows: ) 0 [{'a': 1, 'b': 2}] -1,234.56 USD
";
    assert_eq!(printed(script), expected);
}

#[test]
fn every_output_arrives_as_data() {
    let script = "
from datetime import datetime
from decimal import Decimal
t = Table([{'d': today, 'n': 1, 'x': 2.5, 'm': 990, 'f': True, 'z': None, 'i': datetime(2026, 1, 2, 3, 4), 'c': Decimal('1.25')}])
metric('M', 12.5, unit='%', note='n')
table(t, title='T', total='n', money='m')
bar_chart(t, x='d', y='n', title='B')
line_chart(t, x='d', y=['n', 'x'], title='L')
histogram([1, 2, 2, 9], bins=2, title='H')
note('**hi** <b>')
download('file', t)
alert(False, 'no')
alert(True, 'yes')
table({'a': 1, 'b': 2})
";
    let run = alone(script);
    assert_eq!(run.ended, Ended::Done);
    let kinds: Vec<_> = run
        .outputs
        .iter()
        .map(|output| serde_json::to_value(output).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        kinds,
        ["metric", "table", "bar_chart", "line_chart", "histogram", "note", "download", "alert", "table"]
    );
    assert_eq!(
        run.outputs[1].shape().unwrap().words(),
        [["2026-06-01", "1", "2.5", "9.90", "yes", "", "2026-01-02 03:04:00", "1.25"]]
    );
    assert_eq!(run.outputs[4].shape().unwrap().words(), [["1", "5", "3"], ["5", "9", "1"]]);
    assert!(folkmoot_reports::chart::svg(&run.outputs[2]).unwrap().contains("<rect"));
    let bad = failure("bar_chart(Table([{'a': 'x', 'b': 'y'}]), x='a', y='b')");
    assert!(bad.message.contains("holds text, not numbers"));
}

#[test]
fn a_run_says_what_it_took_and_read() {
    let mut data = sample::organisation();
    let run =
        attempt(&runner(), "members(columns=['tier'], tier='fellow')", &mut data, &[], Grant::default())
            .unwrap();
    let fellows = data.of("members").iter().filter(|row| row["tier"] == "fellow").count() as u64;
    assert_eq!(run.usage.rows, fellows);
    assert!(run.usage.peak_memory.unwrap() > 1 << 20);
    assert!(run.usage.processor_millis.is_some());
    assert_eq!(
        run.questions,
        [
            json!({"dataset": "members", "columns": ["tier"], "filters": [{"column": "tier", "condition": {"is": "fellow"}}]})
        ]
    );
    assert_eq!(run.script_hash.len(), 64);
}

#[test]
fn the_same_snapshot_gives_the_same_report() {
    let mut data = sample::organisation();
    let script = "e = param.election()\nt = turnout(election=e)\ntable(t.group('day').sum('cast'))\nprint(e, {'x', 'y', 'z'})";
    let job = Job { script, today: sample::today(), ..Job::default() };
    let mut recorder = Recorder::new(&mut data);
    let first = runner().run(&job, &mut recorder, &mut |_| {}).unwrap();
    let mut snapshot =
        folkmoot_reports::Snapshot::from_json(&recorder.snapshot().to_json().unwrap()).unwrap();
    let again = runner().run(&job, &mut snapshot, &mut |_| {}).unwrap();
    assert_eq!(
        (first.outputs, first.log, first.data_hash.clone()),
        (again.outputs, again.log, again.data_hash)
    );
    let mut changed = InMemory::new();
    changed.offer("board-2026", "B");
    let other = runner().run(&job, &mut changed, &mut |_| {}).unwrap();
    assert_ne!(other.data_hash, first.data_hash);
}

#[test]
fn a_run_is_cancelled_from_another_thread() {
    let cancel = Cancel::default();
    let job = Job {
        script: "metric('A', 1)\nwhile True: pass",
        today: sample::today(),
        cancel: cancel.clone(),
        ..Job::default()
    };
    let run = runner().run(&job, &mut InMemory::new(), &mut |event| {
        if matches!(event, Event::Output(1)) {
            cancel.cancel();
        }
    });
    let run = run.unwrap();
    assert_eq!(run.ended, Ended::Stopped(Stop::Cancelled));
    assert!(matches!(run.outputs.as_slice(), [Output::Metric { value: Cell::Integer(1), .. }]));
}

#[test]
fn people_count_as_people_through_the_verbs() {
    let mut data = sample::organisation();
    let script = "
p = members(columns=['tier', 'source', 'status'])
few = p.head(3)
metric('few', few.count())
metric('few as a table', few)
metric('many', p.count())
table(few.group('tier').count(), title='g')
table(few.pivot('tier', 'source'), title='p')
table(few.group('tier').agg(n=len), title='a')
table(few.group('tier').count().share().join(Table([{'tier': 'fellow', 'x': 1}]), on='tier'), title='j')
";
    let run = attempt(&runner(), script, &mut data, &[], Grant::default()).unwrap();
    assert_eq!(run.ended, Ended::Done);
    let words = |output: &Output| serde_json::to_string(output).unwrap();
    for (at, output) in run.outputs.iter().enumerate().filter(|(at, _)| *at != 2) {
        assert!(words(output).contains("withheld"), "output {at}: {}", words(output));
    }
    assert!(matches!(run.outputs[2], Output::Metric { value: Cell::Integer(1400), .. }));
}

#[test]
fn columns_that_count_people_are_followed_too() {
    let mut data = InMemory::new();
    for (tier, day, cast) in [
        ("a", "2026-05-01", 40),
        ("a", "2026-05-02", 3),
        ("b", "2026-05-01", 25),
        ("b", "2026-05-02", 30),
        ("c", "2026-05-01", 2),
    ] {
        data.add(
            "turnout",
            json!({"election": "e", "tier": tier, "day": day, "eligible": 100, "cast": cast}),
        )
        .unwrap();
    }
    let script = "
t = turnout(election='e')
table(t, columns=['tier', 'day', 'cast'], title='rows')
table(t.group('tier').sum('cast'), title='sums')
table(t.group('tier').agg(cast=lambda g: g.sum('cast')).add('twice', lambda row: row.cast * 2), title='agg')
table(t.pivot('tier', 'day', 'cast'), title='pivot')
metric('c', t.where(tier='c').sum('cast'))
metric('all', t.sum('cast'))
";
    let run = attempt(&runner(), script, &mut data, &[], Grant::default()).unwrap();
    assert_eq!(run.ended, Ended::Done);
    let words = |at: usize| run.outputs[at].shape().unwrap().words();
    assert_eq!(
        words(0).iter().map(|row| row[2].as_str()).collect::<Vec<_>>(),
        ["40", "fewer than 10", "25", "30", "fewer than 10"]
    );
    assert_eq!(words(1), [["a", "fewer than 10"], ["b", "55"], ["c", "fewer than 10"]]);
    assert_eq!(words(2)[1], ["b", "55", "110"]);
    assert_eq!(words(2)[2], ["c", "fewer than 10", "fewer than 10"]);
    assert!(words(3)[2][1..].iter().all(|cell| cell != "2"));
    assert!(matches!(run.outputs[4], Output::Metric { value: Cell::WITHHELD, .. }));
    assert!(matches!(run.outputs[5], Output::Metric { value: Cell::Integer(100), .. }));
}

#[test]
fn totals_are_of_all_rows_even_where_some_are_withheld() {
    let mut data = sample::organisation();
    let script = "
t = members(columns=['source']).head(60).group('source').count().sort('-count')
table(t, title='c', total='count')
table(Table([{'k': 'a', 'n': 1, 'x': 1.5}, {'k': 'b', 'n': 2, 'x': None}]), total=['n', 'x'])
";
    let run = attempt(&runner(), script, &mut data, &[], Grant::default()).unwrap();
    assert_eq!(run.ended, Ended::Done);
    let totals = |at: usize| match &run.outputs[at] {
        Output::Table { totals, .. } => totals.clone(),
        other => panic!("{other:?}"),
    };
    assert!(serde_json::to_string(&run.outputs[0]).unwrap().contains("withheld"));
    assert_eq!(totals(0), [Cell::Integer(60)]);
    assert_eq!(totals(1), [Cell::Integer(3), Cell::Number(1.5)]);
}
