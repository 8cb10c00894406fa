//! The archive and the recount kit that a story ends with, judged by our strict verifier and by independent programs.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::verify::{Options, Report, verify_archive};
use serde_json::Value;

use super::stage::Stage;

impl<G: Group> Stage<G> {
    /// The archive as everybody downloads it, accepted by our strict verifier and the independent ones that are installed
    /// (`reference`: also by the slow one); a copy with one changed byte is not.
    pub async fn verified(&self, reference: bool) -> Report {
        let archive = self.download("/archive.bel").await;
        let report = verify(&archive);
        assert!(report.is_valid(), "{:?}", report.violations().collect::<Vec<_>>());
        let mut broken = archive.clone();
        let middle = broken.len() / 2;
        let at = (middle..broken.len()).find(|i| broken[*i].is_ascii_digit()).unwrap();
        broken[at] = if broken[at] == b'7' { b'3' } else { b'7' };
        let report_of_broken = verify_archive(Cursor::new(broken), &Options::default(), &mut ());
        assert!(
            report_of_broken.is_err() || !report_of_broken.unwrap().is_valid(),
            "a changed byte was accepted"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("StoryE1ection7.bel");
        std::fs::write(&file, &archive).unwrap();
        if reference {
            by_reference(&file, &report);
        }
        if G::NAME != GroupId::Ed25519.name() && report.result.is_some() {
            by_belenios_tool(folder.path());
        }
        report
    }

    /// The recount kit, unpacked; its program has to come to the announced result.
    pub async fn recount(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("kit.tar"), self.download("/recount-kit.tar").await).unwrap();
        let run = |program: &str, arguments: &[&str]| {
            Command::new(program).args(arguments).current_dir(folder.path()).output().unwrap()
        };
        assert!(run("tar", &["xf", "kit.tar"]).status.success(), "the kit is no tar file");
        let output = run("python3", &["-B", "recount-kit/tally.py"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        let archive = std::fs::read(folder.path().join("recount-kit/archive.bel")).unwrap();
        assert_eq!(archive, self.download("/archive.bel").await);
        said
    }
}

fn verify(archive: &[u8]) -> Report {
    verify_archive(Cursor::new(archive), &Options::default(), &mut ()).unwrap()
}

/// The slow independent verifier: accepts the archive and finds the same result.
fn by_reference(file: &Path, report: &Report) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ops/reference/verify.py");
    let output = Command::new("python3").arg("-B").arg(script).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    if let Some(result) = &report.result {
        let (_, found) = said.split_once("'result': ").unwrap();
        let (found, _) = found.split_once(", 'stage': 'Result'").unwrap();
        let found: Value = serde_json::from_str(found).unwrap();
        assert_eq!(found, serde_json::from_str::<Value>(&result.value_json()).unwrap());
    }
}

/// The tool of the Belenios project, where it is installed.
fn by_belenios_tool(folder: &Path) {
    let run = Command::new("belenios-tool").args(["election", "verify", "--dir"]).arg(folder).output();
    match run {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => println!("skipped: belenios-tool is not installed"),
    }
}
