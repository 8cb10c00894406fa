"""Tries the mutants of cargo-mutants on the verifier, the proofs and the groups; ops/full mutants runs it.

Usage: run.py STATE TARGET [N]

All mutants are compiled into one program, each behind a switch (see src/main.rs), and the quick corpus of
crates/ballot/tests/mutants.rs and the unit tests are asked once for each. Those that do not compile beside the others (in a constant, of
another type, or really not at all) are handed to cargo-mutants itself, one build each. STATE keeps the answers, so that an
interrupted run goes on. With N only every Nth mutant is tried.
"""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

STATE, TARGET = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
EVERY = int(sys.argv[3]) if len(sys.argv) > 3 else 1
ROOT = Path(__file__).resolve().parents[2]
# Of computing, not of waiting: a busy machine must not count as a mutant that was noticed.
SECONDS = 60
FLAGS = '--cfg curve25519_dalek_backend="avx512" --cap-lints allow'
TEST = ["-p", "folkmoot-ballot", "--profile", "mutants", "--lib", "--test", "mutants"]
# The corpus first; what it misses, the unit tests may notice.
PROGRAMS = [("mutants", ["quick_corpus"]), ("folkmoot_ballot", [])]
# Many runs of one build: worth compiling better than for one run.
FASTER = ["--config", "profile.mutants.package.folkmoot-ballot.opt-level=2"]
PORTION = 60
MARK = re.compile(r"/\*m(\d+)\*/")


def run(*command, **options):
    return subprocess.run([str(c) for c in command], **options)


def load(name, default):
    path = STATE / name
    return json.loads(path.read_text()) if path.exists() else default


def save(name, value):
    part = STATE / (name + ".part")
    part.write_text(json.dumps(value))
    part.replace(STATE / name)


def prepare():
    """A copy of the committed tree, the list of mutants, and the program that writes them into the copy."""
    tree = STATE / "tree"
    if not (STATE / "list.json").exists():
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        archive = run("git", "-C", ROOT, "archive", "HEAD", stdout=subprocess.PIPE, check=True).stdout
        run("tar", "-x", "-C", tree, input=archive, check=True)
        shutil.copytree(tree / "crates/ballot/src", STATE / "original/crates/ballot/src", dirs_exist_ok=True)
        found = run("cargo", "mutants", "--list", "--json", "-p", "folkmoot-ballot", cwd=tree, stdout=subprocess.PIPE, check=True)
        (STATE / "list.json").write_bytes(found.stdout)
    run("cargo", "build", "-q", "--release", "--manifest-path", ROOT / "ops/mutants/Cargo.toml",
        env={**os.environ, "CARGO_TARGET_DIR": str(TARGET / "mutants-tool")}, check=True)
    return tree, TARGET / "mutants-tool/release/folkmoot-mutants"


def culprits(tree, message, near=False):
    """The mutants that an error of the compiler points at: the mutant it stands in, or, if `near`, the last one before it."""
    spans = list(message["spans"]) + [s for child in message["children"] for s in child["spans"]]
    spans.sort(key=lambda s: not s["is_primary"])
    for span in spans:
        path = tree / span["file_name"]
        if not path.exists():
            continue
        lines = path.read_text().split("\n")
        before = "\n".join(lines[:span["line_start"] - 1] + [lines[span["line_start"] - 1][:span["column_start"] - 1 + 1]])
        marks = [int(mark) for mark in MARK.findall(before)]
        if near:
            marks = [mark for mark in marks if mark]
        if marks and marks[-1]:
            return {marks[-1]}
    return set()


def build(tree, tool):
    """Builds the tests with every mutant that compiles beside the others; returns the commands and those left out."""
    alone = set(load("alone.json", []))
    environment = {**os.environ, "RUSTFLAGS": FLAGS, "CARGO_TARGET_DIR": str(TARGET / "mutants")}
    while True:
        save("alone.json", sorted(alone))
        homeless = run(tool, STATE / "original", tree, STATE / "list.json", STATE / "alone.json", stdout=subprocess.PIPE, check=True)
        alone |= set(json.loads(homeless.stdout))
        done = run("cargo", "test", "--no-run", *TEST, *FASTER, "--message-format", "json", cwd=tree, env=environment,
                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        messages = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]
        if done.returncode == 0:
            built = {m["target"]["name"]: m["executable"] for m in messages if m["reason"] == "compiler-artifact" and m["executable"]}
            save("alone.json", sorted(alone))
            return [[built[name], *tests] for name, tests in PROGRAMS], alone
        errors = [m["message"] for m in messages if m["reason"] == "compiler-message" and m["message"]["level"] == "error"]
        found = set().union(*[culprits(tree, m) for m in errors]) - alone
        # A wrong early return makes the compiler complain about what follows it.
        found = found or set().union(*[culprits(tree, m, near=True) for m in errors]) - alone
        print(f"{len(found)} mutants do not compile beside the others", flush=True)
        if not found:
            sys.exit("the mutants do not compile, and the errors point at none:\n" + "\n".join(m["rendered"] for m in errors[:3]))
        alone |= found


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))


def answer(commands, number, tree):
    environment = {**os.environ, "FOLKMOOT_MUTANT": str(number), "CARGO_MANIFEST_DIR": str(tree / "crates/ballot")}
    for command in commands:
        done = run(*command, cwd=tree / "crates/ballot", env=environment, preexec_fn=limits,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode == -signal.SIGKILL:
            return "timeout"
        if done.returncode != 0:
            return "caught"
    return "missed"


def by_cargo_mutants(names, tree):
    """cargo-mutants' own answers for these names: caught, missed, timeout or unviable."""
    shutil.copytree(STATE / "original", tree, dirs_exist_ok=True)
    out = STATE / "cargo-mutants"
    shutil.rmtree(out, ignore_errors=True)
    pattern = "^(" + "|".join(re.escape(name) for name in names) + ")$"
    environment = {k: v for k, v in os.environ.items() if k != "RUSTFLAGS"} | {"CARGO_TARGET_DIR": str(TARGET / "alone")}
    run("cargo", "mutants", "-p", "folkmoot-ballot", "--re", pattern, "--baseline", "skip", "--timeout", 2 * SECONDS,
        "--no-times", "--colors", "never", "-o", out, cwd=tree, env=environment)
    answers = {}
    for kind in ("caught", "missed", "timeout", "unviable"):
        for name in (out / "mutants.out" / f"{kind}.txt").read_text().splitlines():
            answers[name] = kind
    return answers


def main():
    STATE.mkdir(parents=True, exist_ok=True)
    tree, tool = prepare()
    mutants = json.loads((STATE / "list.json").read_text())
    commands, alone = build(tree, tool)
    if answer(commands, 0, tree) != "missed":
        sys.exit("the tests fail without any mutant")
    answers = load("answers.json", {})
    chosen = [n for n in range(1, len(mutants) + 1) if n % EVERY == 0]
    together = [n for n in chosen if n not in alone]
    for number in together:
        name = mutants[number - 1]["name"]
        if name not in answers:
            answers[name] = answer(commands, number, tree)
            save("answers.json", answers)
            if answers[name] == "missed":
                print("missed:", name, flush=True)
    left = [mutants[n - 1]["name"] for n in chosen if n in alone and mutants[n - 1]["name"] not in answers]
    if left:
        print(f"{len(left)} mutants go to cargo-mutants", flush=True)
    # A few at a time, so that an interrupted run keeps what was answered.
    for first in range(0, len(left), PORTION):
        answers |= by_cargo_mutants(left[first:first + PORTION], tree)
        save("answers.json", answers)
    tried = [mutants[n - 1]["name"] for n in chosen]
    count = {kind: sum(answers.get(name) == kind for name in tried) for kind in ("caught", "timeout", "missed", "unviable")}
    print("survivors:", *[name for name in tried if answers.get(name) == "missed"], sep="\n")
    noticed = count["caught"] + count["timeout"]
    viable = noticed + count["missed"]
    print(f"figure: mutants noticed, of those that compile = {noticed} of {viable}")
    print(f"figure: mutants that do not compile = {count['unviable']} of {len(tried)}")
    unknown = [name for name in tried if name not in answers]
    if unknown:
        sys.exit(f"{len(unknown)} mutants have no answer, the first is {unknown[0]}")
    if noticed * 100 < viable * 95:
        sys.exit("fewer than 95 of 100 were noticed")


main()
