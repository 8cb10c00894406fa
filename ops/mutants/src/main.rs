//! `folkmoot-mutants FROM TO MUTANTS.json OMITTED.json`: writes the files of `FROM` that cargo-mutants would change into
//! `TO`, with every mutant in them at once, each behind `crate::mutant::on(number)`.
//!
//! Building once for all mutants instead of once for each is what makes trying all of them affordable. The list is that
//! of `cargo mutants --list --json`; its order numbers the mutants from 1. Those whose numbers are in `OMITTED.json` are
//! left out. Prints the numbers that it had no place for, as a JSON array.

mod sites;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// One line of cargo-mutants' list.
#[derive(Deserialize)]
pub struct Mutant {
    file: String,
    genre: String,
    replacement: String,
    span: Span,
    #[serde(skip)]
    number: usize,
}

#[derive(Deserialize)]
struct Span {
    start: Place,
}

/// Line and column, both from 1; columns count characters.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    line: usize,
    column: usize,
}

/// The switch: which mutant is on comes from the environment, once.
const SWITCH: &str = r#"
#[doc(hidden)]
pub mod mutant {
    use std::sync::LazyLock;
    static ON: LazyLock<usize> =
        LazyLock::new(|| std::env::var("FOLKMOOT_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0));
    #[inline(always)]
    pub fn on(number: usize) -> bool { *ON == number }
}
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, list, omitted] = arguments.as_slice() else {
        return Err("usage: folkmoot-mutants FROM TO MUTANTS.json OMITTED.json".into());
    };
    let (from, to) = (Path::new(from), Path::new(to));
    let omitted: BTreeSet<usize> = serde_json::from_str(&fs::read_to_string(omitted)?)?;
    let mut mutants: Vec<Mutant> = serde_json::from_str(&fs::read_to_string(list)?)?;
    let mut files: BTreeMap<String, Vec<Mutant>> = BTreeMap::new();
    for (index, mutant) in mutants.iter_mut().enumerate() {
        mutant.number = index + 1;
    }
    for mutant in mutants {
        let mutants = files.entry(mutant.file.clone()).or_default();
        if !omitted.contains(&mutant.number) {
            mutants.push(mutant);
        }
    }
    let mut homeless = Vec::new();
    let mut roots = BTreeSet::new();
    for (file, mutants) in &files {
        let text = fs::read_to_string(from.join(file))?;
        let (changed, without) = sites::rewrite(&text, mutants)?;
        homeless.extend(without);
        fs::write(to.join(file), changed)?;
        roots.insert(file.split_once("src/").map_or("", |(root, _)| root).to_owned());
    }
    for root in roots {
        let root = format!("{root}src/lib.rs");
        let text = fs::read_to_string(from.join(&root))?;
        fs::write(to.join(&root), text + SWITCH)?;
    }
    println!("{}", serde_json::to_string(&homeless)?);
    Ok(())
}
