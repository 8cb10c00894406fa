"""Random elections, counted here and elsewhere. Started by ops/differential-counting; see there.

Election number k is made from k alone, so every disagreement can be looked at again. A disagreement is explained
when the rules are known to differ (a tie, resolved by another rule); all others are failures.
"""

import collections
import json
import pathlib
import random
import subprocess
import sys

import pref_voting.voting_methods as pref
import pyrankvote
import starvote
from pref_voting.profiles_with_ties import ProfileWithTies
from py3votecore.condorcet import CondorcetHelper
from py3votecore.ranked_pairs import RankedPairs
from py3votecore.schulze_method import SchulzeMethod

TOTAL, STATE, PROGRAM = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
ours = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def count(method, ballots, n, seats=1, lot=None, **settings):
    """Our outcome; ballots are (count, marks)."""
    by = {"by": "agreed", "order": lot, "reason": "test"} if lot else {"by": "candidate-order"}
    ours.stdin.write(json.dumps({
        "settings": {"method": method, **settings},
        "options": {"seats": seats, "lot": by},
        "ballots": [{"count": c, "marks": m} for c, m in ballots],
        "candidates": n,
    }) + "\n")
    ours.stdin.flush()
    answer = json.loads(ours.stdout.readline())
    if "error" in answer:
        raise SystemExit(f"our program: {answer['error']}")
    return answer


def belenios(ballots, *args):
    text = json.dumps([m for c, m in ballots for _ in range(c)])
    run = subprocess.run(["belenios-tool", "method", *args], input=text, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"belenios-tool {args}: {run.stderr}")
    return json.loads(run.stdout)


def rankings(rng, n, strict):
    """Groups of ballots: few distinct ones with many copies give ties, many distinct ones do not."""
    few = rng.random() < 0.6
    out = []
    for _ in range(rng.randint(1, 8) if few else rng.randint(5, 60)):
        marks = [0] * n
        length = rng.randint(0 if rng.random() < 0.1 else 1, n)
        chosen = rng.sample(range(n), length)
        rank = 1
        for c in chosen:
            marks[c] = rank
            rank += 1 if strict or rng.random() < 0.8 else 0
        if rng.random() < 0.05:
            marks = [rng.randint(0, n + 1) for _ in range(n)]
        out.append((rng.randint(1, 9 if few else 2), marks))
    return out


def normal(marks):
    """Ranks 1..k without gaps or ties."""
    return sorted(m for m in marks if m) == list(range(1, sum(m > 0 for m in marks) + 1))


def groups(lists):
    return [sorted(g) for g in lists]


def check_belenios(k, rng, report):
    n = rng.randint(1, 9)
    loose = rankings(rng, n, strict=False)
    a = count("schulze", loose, n)
    b = belenios(loose, "schulze", f"--nchoices={n}", "--blank-allowed=true")
    same = a["matrix"] == b["raw"] and groups(a["ranking"]) == groups(b["winners"])
    paths = [[tuple(p) for p in row] for row in b["beatpaths"]]
    same = same and [[tuple(p) for p in row] for row in a["paths"]] == paths
    report("schulze / belenios-tool", same and a["valid"] == b["valid"] and a["blank"] == b["blank"])

    # Version 2.0 stops with an error when fewer candidates are ranked than there are seats.
    listed = set()
    while not listed:
        strict = rankings(rng, n, strict=True)
        listed = {c for _, m in strict if normal(m) for c, r in enumerate(m) if r}
    seats = min(rng.randint(1, max(1, n - 1)), len(listed))
    a, b = count("stv-belenios", strict, n, seats), belenios(strict, "stv", f"--nseats={seats}")
    same = a["events"] == b["events"] and a["winners"] == b["winners"]
    report("stv / belenios-tool", same and a["valid"] == len(b["ballots"]) and a["invalid"] == len(b["invalid"]))

    grades, blank = rng.randint(2, 7), rng.random() < 0.5
    graded = []
    for _ in range(rng.randint(0, 12)):
        marks = [rng.randint(1, grades) for _ in range(n)]
        if rng.random() < 0.1:
            marks = [rng.randint(0, grades + 1) for _ in range(n)] if rng.random() < 0.5 else [0] * n
        graded.append((rng.randint(1, 5), marks))
    a = count("mj", graded, n, ngrades=grades, blank_allowed=blank)
    b = belenios(graded, "majority-judgment", f"--nchoices={n}", f"--ngrades={grades}", f"--blank-allowed={str(blank).lower()}")
    same = a["raw"] == b["raw"] and groups(a["ranking"]) == groups(b["winners"]) and a["valid"] == b["valid"]
    report("majority judgment / belenios-tool", same and a["invalid"] == len(b["invalid"]) and a["blank"] == b.get("blank", 0))


def check_starvote(k, rng, report):
    n, top = rng.randint(2, 6), rng.choice([1, 5])
    seats, lot = rng.randint(1, n - 1), rng.sample(range(n), n)
    ballots = [[rng.randint(0, top) * (5 // top) for _ in range(n)] for _ in range(rng.randint(1, 9))]
    a = count("star", [(1, b) for b in ballots], n, seats, lot, star_ties="starvote")
    names = [f"c{c}" for c in range(n)]
    breaker = starvote.predefined_permutation_tiebreaker([names[c] for c in lot])
    voters = [dict(zip(names, b)) for b in ballots]
    vote = starvote.bloc_star_voting if seats > 1 else starvote.star_voting
    more = {"seats": seats} if seats > 1 else {}
    report("star / starvote", a["winners"] == [names.index(w) for w in vote(voters, tiebreaker=breaker, **more)])


def majorities(matrix):
    n = len(matrix)
    pairs = [(a, b) for a in range(n) for b in range(n) if matrix[a][b] > matrix[b][a]]
    level = sum(matrix[a][b] == matrix[b][a] for a in range(n) for b in range(a))
    return pairs, level


def check_condorcet(k, rng, report):
    n = rng.randint(2, 6)
    ballots = [(c, m) for c, m in rankings(rng, n, strict=False) if any(m)]
    if not ballots:
        return
    a = count("schulze", ballots, n, strength="wv")
    core = [{"count": c, "ballot": {x: -m if m else -99 for x, m in enumerate(marks)}} for c, marks in ballots]
    b = SchulzeMethod(core, ballot_notation=CondorcetHelper.BALLOT_NOTATION_RATING).as_dict()
    tied = sorted(b.get("tied_winners", [b["winner"]]))
    report("schulze, winning votes / py-vote-core", sorted(a["ranking"][0]) == tied)

    pairs, level = majorities(a["matrix"])
    won = [a["matrix"][x][y] for x, y in pairs]
    if len(set(won)) == len(won) and level == 0:
        r = RankedPairs(core, ballot_notation=CondorcetHelper.BALLOT_NOTATION_RATING).as_dict()
        p = count("ranked-pairs", ballots, n)
        report("ranked pairs / py-vote-core", p["winners"] == [r["winner"]])
    else:
        report("ranked pairs / py-vote-core", None, "equal majorities: compared with pref_voting instead")

    profile = ProfileWithTies(
        [{x: m for x, m in enumerate(marks) if m} for _, marks in ballots], [c for c, _ in ballots], candidates=list(range(n)))
    profile.use_extended_strict_preference()
    m = count("schulze", ballots, n, strength="margins")
    report("schulze, margins / pref_voting", sorted(m["ranking"][0]) == sorted(pref.beat_path(profile)))
    margins = collections.Counter(a["matrix"][x][y] - a["matrix"][y][x] for x, y in pairs)
    orders = 1
    for times in margins.values():
        for i in range(2, times + 1):
            orders *= i
    if orders <= 24 and level == 0:
        p = count("ranked-pairs", ballots, n, strength="margins", lot=rng.sample(range(n), n))
        theirs = pref.ranked_pairs(profile)
        # With equal majorities that program lists the winners under every order of them.
        report("ranked pairs, margins / pref_voting", p["winners"][0] in theirs and (orders > 1 or len(theirs) == 1))
    else:
        report("ranked pairs, margins / pref_voting", None, "level pairs or many equal majorities: that program tries every order")


def runoff_winners(left, ballots):
    """Everybody who wins under some way of breaking ties for exclusion."""
    votes = dict.fromkeys(left, 0)
    for times, marks in ballots:
        ranked = [c for c in left if marks[c]]
        if ranked:
            votes[min(ranked, key=lambda c: marks[c])] += times
    if len(left) == 1 or 2 * max(votes.values()) > sum(votes.values()) > 0:
        return {max(votes, key=votes.get)}
    low = min(votes.values())
    return set().union(*(runoff_winners(left - {c}, ballots) for c in left if votes[c] == low))


def check_runoff(k, rng, report):
    n = rng.randint(2, 7)
    ballots = [(c, m) for c, m in rankings(rng, n, strict=True) if normal(m)]
    if not any(any(m) for _, m in ballots):
        return
    a = count("irv", ballots, n, stop="majority")
    names = [pyrankvote.Candidate(str(c)) for c in range(n)]
    papers = []
    for times, marks in ballots:
        ranked = [names[c] for c in sorted((c for c in range(n) if marks[c]), key=lambda c: marks[c])]
        papers += [pyrankvote.Ballot(ranked_candidates=ranked) for _ in range(times)]
    random.seed(k)
    winners = [int(w.name) for w in pyrankvote.instant_runoff_voting(names, papers).get_winners()]
    same = a["winners"] == winners
    tied = any("tie" in r for r in a["rounds"])
    possible = runoff_winners(frozenset(range(n)), ballots)
    why = None
    if tied and set(winners) <= possible:
        why = "tie for exclusion, broken by further preferences or at random there; its winner follows from another break"
    report("instant runoff / pyrankvote", same, why)


CHECKS = [check_belenios, check_starvote, check_condorcet, check_runoff]


def main():
    path = STATE / "progress.json"
    progress = json.loads(path.read_text()) if path.exists() else {"next": 0, "counts": {}, "failed": []}
    counts = progress["counts"]
    for k in range(progress["next"], TOTAL):
        for number, check in enumerate(CHECKS):

            def report(name, same, why=None):
                kind = "agree" if same else "skipped: " + why if same is None else "explained: " + why if why else "UNEXPLAINED"
                row = counts.setdefault(name, {})
                row[kind] = row.get(kind, 0) + 1
                if kind == "UNEXPLAINED":
                    progress["failed"].append([name, k])
                    print(f"disagreement: {name}, election {k}", flush=True)

            check(k, random.Random(f"{number}/{k}"), report)
        progress["next"] = k + 1
        if k % 100 == 99 or k + 1 == TOTAL:
            scratch = path.with_suffix(".new")
            scratch.write_text(json.dumps(progress))
            scratch.rename(path)
    for name, row in counts.items():
        for kind, times in sorted(row.items()):
            print(f"figure: {name}, {kind} = {times} elections")
    sys.exit(1 if progress["failed"] else 0)


main()
