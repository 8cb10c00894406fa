//! The counting vectors as ballot files: read, counted, written with their outcome, read again; and through the other
//! formats with the same result.

use folkmoot_counting::formats::{BallotFile, ExportError, Format, ReadOptions, read, write, write_json};
use folkmoot_counting::{Kind, Lot, Outcome, Votes, count};
use serde_json::{Map, Value};

use crate::support;

fn small() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/counting/small");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        all.extend(cases.into_iter().filter(|v| v["method"] != "lot"));
    }
    assert!(all.len() > 200, "only {} cases", all.len());
    all
}

fn counted(file: &BallotFile, name: Option<&str>) -> Outcome {
    let method = file.method_with(name, &Map::new()).unwrap();
    let kind = if file.kinds() == [Kind::Totals] { Kind::Totals } else { method.kind() };
    let mut options = file.options();
    if options.lot == Lot::Undrawn {
        options.lot = Lot::CandidateOrder;
    }
    count(&method, &file.profile(kind).unwrap().unwrap(), &options).unwrap()
}

fn load(format: Format, text: &str, kind: Kind) -> BallotFile {
    let options = ReadOptions { kind, ..ReadOptions::default() };
    read(format, text.as_bytes(), &options).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn vectors_as_json_files_give_their_outcome_and_come_back() {
    for vector in small() {
        let id = vector["id"].as_str().unwrap();
        let file = load(Format::Json, &vector.to_string(), Kind::Ranks);
        let outcome = counted(&file, None);
        let method = support::method(&vector);
        let expected = count(&method, &support::profile(&vector, method.kind()), &support::options(&vector));
        assert_eq!(Ok(&outcome), expected.as_ref(), "{id}");

        let written = write_json(&file, Some(&outcome)).unwrap();
        let value: Value = serde_json::from_str(&written).unwrap();
        for (key, want) in vector["expected"].as_object().unwrap() {
            assert_eq!(&value["expected"][key], want, "{id}: {key}");
        }
        assert_eq!(value["outcome"], serde_json::to_value(&outcome).unwrap(), "{id}");
        assert_eq!(value["explanation"].as_array().unwrap().len(), outcome.steps.len(), "{id}");
        assert_eq!(counted(&load(Format::Json, &written, Kind::Ranks), None), outcome, "{id}");
    }
}

/// Ballots that a format can hold must give the same result after a journey through it.
#[test]
fn vectors_through_every_format_count_the_same() {
    let mut journeys = Map::new();
    for vector in small() {
        let id = vector["id"].as_str().unwrap();
        let file = load(Format::Json, &vector.to_string(), Kind::Ranks);
        let outcome = counted(&file, None);
        for format in Format::ALL {
            let text = match write(format, &file) {
                Ok(text) => text,
                Err(ExportError::Inconsistent(e)) => panic!("{id}: {e}"),
                Err(_) => continue,
            };
            let mut back = load(format, &text, outcome.settings.kind());
            // What the format does not carry is given again, as a person would on the command line.
            let BallotFile { method, seats, candidates, withdrawn, lot, .. } = file.clone();
            (back.method, back.seats, back.withdrawn, back.lot) = (method, seats, withdrawn, lot);
            (back.groups, back.max_per_group, back.eligible) =
                (file.groups.clone(), file.max_per_group, file.eligible);
            back.settings = file.settings.clone();
            if format == Format::Belenios {
                assert_eq!(
                    back.candidates.len(),
                    if file.votes == [Votes::Ranks(vec![])] { 0 } else { candidates.len() },
                    "{id}"
                );
                if back.candidates.is_empty() {
                    continue;
                }
                back.candidates = candidates;
            }
            // CIVS has no "not ranked": such candidates come back as ranked last, which is another ballot.
            if format == Format::Civs && back.votes != file.votes {
                continue;
            }
            // The number of ballots cast has no place beside bare totals.
            if format == Format::Belenios && file.kinds() == [Kind::Totals] {
                assert_eq!(counted(&back, None).winners, outcome.winners, "{id}");
                continue;
            }
            assert_eq!(counted(&back, None), outcome, "{id} through {format}");
            let seen = journeys.get(format.name()).and_then(Value::as_u64).unwrap_or(0);
            journeys.insert(format.name().to_owned(), Value::from(seen + 1));
        }
    }
    println!("{journeys:?}");
    for format in Format::ALL.into_iter().filter(|f| *f != Format::Civs) {
        assert!(journeys.get(format.name()).and_then(Value::as_u64) > Some(50), "{format}: {journeys:?}");
    }
}
