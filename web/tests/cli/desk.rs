//! A folder in which commands are run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with the files of one election.
pub struct Desk(tempfile::TempDir);

/// What a command answered.
pub struct Answer {
    line: String,
    code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    fn of(line: &str, output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!err.contains("panicked"), "{line}: {err}");
        Self { line: line.to_owned(), code: output.status.code().unwrap(), out, err }
    }

    /// It was done.
    #[track_caller]
    pub fn done(self) -> Self {
        self.status(0)
    }

    /// It ended with this status.
    #[track_caller]
    pub fn status(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}{}", self.line, self.out, self.err);
        self
    }

    /// It was refused with one sentence that has these words.
    #[track_caller]
    pub fn refused(self, code: i32, words: &str) {
        let Self { line, code: found, out, err } = self;
        assert_eq!(found, code, "{line}\n{out}{err}");
        assert!(err.starts_with("folkmoot: ") && err.trim_end().lines().count() == 1, "{line}: {err}");
        assert!(err.contains(words), "{line}: {err}");
    }

    /// Its output has these words.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.out.contains(words), "{}\n{}", self.line, self.out);
        self
    }
}

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub fn copy(&self, from: &str, to: &str) {
        std::fs::copy(self.path(from), self.path(to)).unwrap();
    }

    /// Joins files, as a coordinator collects what trustees hand in.
    pub fn collect(&self, names: &[String], to: &str) {
        self.write(to, names.iter().map(|name| self.read(name)).collect::<String>());
    }

    /// `folkmoot LINE`, the words of the line being separated by single spaces.
    pub fn run(&self, line: &str) -> Answer {
        self.run_with(line, &[])
    }

    /// The same with variables set.
    pub fn run_with(&self, line: &str, variables: &[(&str, &str)]) -> Answer {
        let output = program()
            .args(line.split(' '))
            .envs(variables.iter().copied())
            .current_dir(self.folder())
            .stdin(std::process::Stdio::null())
            .output();
        Answer::of(line, output.unwrap())
    }

    /// Voting codes that `credentials generate` made, with the names of their voters, in the order of the names.
    pub fn codes(&self, uuid: &str) -> Vec<(String, String)> {
        let all: serde_json::Value = serde_json::from_str(&self.read(&format!("{uuid}.privcreds"))).unwrap();
        let code =
            |(name, code): (&String, &serde_json::Value)| (name.clone(), code.as_str().unwrap().to_owned());
        let mut all: Vec<_> = all.as_object().unwrap().iter().map(code).collect();
        all.sort();
        all
    }

    /// Seals a ballot and adds it to the archive.
    #[track_caller]
    pub fn vote(&self, archive: &str, code: &str, choices: &str) -> String {
        self.write("code", code);
        self.write("choices", choices);
        let _ = std::fs::remove_file(self.path("ballot"));
        let sealed =
            self.run(&format!("ballot encrypt {archive} --credential code --choices choices --out ballot"));
        let tracker = sealed.done().err.trim_end().strip_prefix("tracker: ").unwrap().to_owned();
        self.run(&format!("election add {archive} --ballot ballot")).done();
        tracker
    }

    /// The verdict of the separate strict verifier, which must be that the archive is valid; nothing without Python.
    #[track_caller]
    pub fn reference_accepts(&self, archive: &str) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../ops/reference/verify.py");
        match Command::new("python3").arg("-B").arg(script).arg(self.path(archive)).output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(output.status.success(), "{said}");
            }
            Err(_) => println!("skipped: python3 is not installed"),
        }
    }
}

/// The program, without settings of whoever runs the tests.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}
