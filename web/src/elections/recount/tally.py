"""Counts an election again from its recount kit. Needs Python 3.8 and nothing else.

    python3 recount-kit/tally.py

Exit status 0: the announced result, for every question. 1: another one. 3: the announced result for every question that
is counted here, but not all are (single transferable vote, for example); for the others it prints what to run.

What it trusts is only what it can read here: the ballots or totals in archive.bel (verify that file first, with
"folkmoot verify archive.bel" or "belenios-tool election verify"), the rules in settings.json, the size of the roll and
the recorded decisions. The methods are in methods.py, the seats in seats.py.
"""
import hashlib, itertools, json, os, shlex, sys, tarfile
from fractions import Fraction

import methods
from methods import Undecided
from seats import Rules, fill

HERE = os.path.dirname(os.path.abspath(__file__))
THE_SAME, ANOTHER, NOT_COUNTED = 0, 1, 3


class NotCounted(Exception):
    """This program does not count such a question."""


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


def archived():
    """The last object of the archive that holds a result, its name, and the hash of the event that ended the vote."""
    result = name = closed = None
    with tarfile.open(os.path.join(HERE, "archive.bel")) as archive:
        for member in archive:
            if member.name.endswith((".data.json", ".event.json")):
                data = json.load(archive.extractfile(member))
                if member.name.endswith(".event.json"):
                    if data.get("type") == "EndBallots":
                        closed = member.name.split(".")[0]
                elif isinstance(data, dict) and list(data) == ["result"]:
                    result, name = data["result"], member.name
    return result, name, closed


def seed_of_lot(settings, decisions, closed):
    """The seed of the lot, or None when no lot was drawn."""
    drawn = [d["details"] for d in decisions if d["kind"] == "lot"]
    if not drawn:
        return None
    lot, committed = drawn[-1], (settings.get("ties") or {}).get("committed")
    parts = ["folkmoot-lot-1", lot["ballot_box"], lot["committed"], lot["public_value"]]
    seed = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    if seed != lot["seed"] or lot["ballot_box"] != closed or (committed or lot["committed"]) != lot["committed"]:
        raise Undecided("the seed of the lot is not the one that follows from ballot box, settings and public value")
    return seed


def lot_order(seed, candidates):
    """Candidates in the order of luck."""
    return sorted(range(candidates), key=lambda c: hashlib.sha256(seed.encode() + b"\0" + str(c).encode()).digest())


# --- elections

def elect(question, value, lucks, departures):
    """Who takes the seats, as (cohort, candidate). `lucks`: orders that decide ties, see methods.first_of."""
    kind, answers, seating = question["kind"], question["answers"], question.get("seating")
    method = kind.get("method") or {"method": kind["name"]}
    name, option = method["method"], method.get
    rules = Rules(question)
    able, standing = rules.able(), [c for c, a in enumerate(answers) if not a.get("withdrawn")]
    if name not in ("approval", "score", "star", "schulze", "ranked-pairs", "borda", "mj", "irv"):
        raise NotCounted("this method is not part of this short program")
    if name == "approval":
        rules.total = [int(votes) for votes in value][1 if kind.get("blank") else 0:]
        ballots = [rules.total]  # they are known by their sums only
    else:
        ballots = [[int(mark) for mark in ballot] for ballot in value]
    if kind.get("best_ranked") is not None:
        ballots = [methods.best_ranked(b, kind["best_ranked"]) for b in ballots]
    if kind["name"] == "scores":
        most = option("max_score", 5)
        ballots = methods.fitting(ballots, standing, most)
        rules.total = [sum(b[c] for b in ballots) for c in range(len(answers))]
    if kind["name"] == "grades":
        ballots = methods.graded(ballots, standing, method["ngrades"], option("rule", "belenios"))
    if name == "irv":
        if seating is not None and len(rules.places) > 1 or any(rules.serving):
            raise NotCounted("an instant runoff with several seats, or with members who serve on and a limit")
        rule = option("overvote", "truncate"), option("stop", "majority"), lucks
        return runoff(ballots, able, rule, departures, seating)
    if not any(ballot[c] for ballot in ballots for c in standing):
        # Without a vote nobody is preferred, and no lot makes up for that.
        return [] if len(able) > len(rules.places) else fill(rules, [standing], lucks, departures)
    if name == "star":
        # As many rounds as it takes until everybody seated has won one: those passed over have won some as well.
        rounds = list(range(min(len(rules.places), len(standing)), len(standing) + 1))
        for n in rounds:
            winners = methods.star(ballots, standing, most, option("star_ties", "official"), lucks)
            won = list(itertools.islice(winners, n))
            groups = [[c] for c in won + sorted(set(standing) - set(won), key=lambda c: -rules.total[c])]
            seats = fill(rules, groups, lucks, departures, won if n < rounds[-1] else None)
            if seats is not None:
                return seats
    if name in ("approval", "score"):
        groups = methods.by_number(rules.total, standing)
    elif name == "schulze":
        groups = methods.schulze(ballots, standing, option("strength", "wv_lv"))
    elif name == "ranked-pairs":
        groups = methods.ranked_pairs(ballots, standing, able, option("strength", "wv_lv"), lucks)
    elif name == "borda":
        twice = methods.borda(ballots, standing, option("unranked", "zero"))
        if not any(points % 2 for points in twice.values()):
            rules.total = [twice.get(c, 0) // 2 for c in range(len(answers))]
        groups = methods.by_number(twice, standing)
    elif name == "mj":
        groups = methods.majority_judgment(ballots, standing, option("rule", "belenios"))
    return fill(rules, groups, lucks, departures)


def runoff(ballots, left, rule, departures, seating):
    """An instant runoff among those who can take the seat, and again without each who gave it up."""
    for departure in [None] + departures:
        if departure:
            if departure["candidate"] != winner:
                raise Undecided("candidate %d gave up a seat, but has none by this count" % departure["candidate"])
            left = [c for c in left if c != winner]
        winner = methods.irv(ballots, left, *rule)
        if winner is None and len(left) == 1 and seating is not None:
            winner = left[0]  # a seat to which nobody else stands
    return [] if winner is None else [(0, winner)]


def announced(question, told):
    """The seats as they were announced."""
    if not told.get("allocation"):
        return [(0, name) for name in told["elected"]]
    filled = [(s["group"], question["answers"][int(s["candidate"])]["name"]) for s in told["allocation"]["seats"]]
    if [name for _, name in filled] != told["elected"]:
        raise Undecided("result.json contradicts itself: " + ", ".join(told["elected"]))
    return filled


def command(question, index, file, seed, agreed, departures):
    """What counts such a question, and what that does not apply."""
    kind, rules = question["kind"], Rules(question)
    method = dict(kind["method"])
    name = method.pop("method")
    passes_on = name in ("irv", "stv-scotland", "stv-meek", "stv-belenios")  # nobody keeps votes who can take no seat
    withdrawn = [c for c, a in enumerate(question["answers"]) if a.get("withdrawn")]
    barred = [c for c, a in enumerate(question["answers"]) if a.get("ineligible") and c not in withdrawn]
    out = sorted(withdrawn + (barred if passes_on else []))
    said = "folkmoot count --method %s --seats %d" % (shlex.quote(name), len(rules.places))
    for key, setting in method.items():
        said += " --set " + shlex.quote("%s=%s" % (key, setting if isinstance(setting, str) else json.dumps(setting)))
    said += " --best-ranked %d" % kind["best_ranked"] if kind.get("best_ranked") is not None else ""
    said += " --withdrawn " + ",".join(map(str, out)) if out else ""
    said += " --seed " + seed if seed else ""
    ignored = {"the limit on common affiliations": rules.policy, "members who serve on": any(rules.serving),
               "candidates who can take no seat": barred and not passes_on, "cohorts": len(set(rules.places)) > 1,
               "the least share of the best total": rules.least, "seats given up": departures,
               "agreements on ties": agreed}
    return ("tar -xOf archive.bel %s | %s --question %d --format belenios -" % (shlex.quote(file), said, index),
            [what for what, there in ignored.items() if there])


# --- motions

def passes(threshold, votes):
    """Whether the votes (yes, no, abstain, electors) reach what a motion needs."""
    (rule, needs), = threshold.items()
    yes, no, abstain, electors = votes
    base = {"votes_cast": yes + no, "non_abstaining": yes + no, "ballots": yes + no + abstain,
            "members": electors, "electors": electors}
    if rule == "all_of":
        return bool(needs) and all(passes(part, votes) for part in needs)
    if rule == "any_of":
        return any(passes(part, votes) for part in needs)
    if rule == "in":  # an election knows no other electorate than its own
        return passes(needs["rule"], (0, 0, 0, 0))
    if rule == "share":
        least = Fraction(needs["fraction"]) * base[needs["of"]]
        return yes > 0 and (yes > least if needs["strict"] else yes >= least)
    if rule == "at_most_share_against":
        return no <= Fraction(needs["fraction"]) * base[needs["of"]]
    return {"at_least": lambda: yes >= needs["yes"], "at_most_against": lambda: no <= needs["no"],
            "at_least_voting": lambda: yes + no >= needs["votes"]}[rule]()


def motion(question, value, electors):
    """The decision as it has to be announced."""
    votes = tuple(int(v) for v in (list(value) + [0, 0, 0])[:3])
    word = "Accepted" if passes(question["kind"]["threshold"], votes + (electors,)) else "Rejected"
    return word + ": %d yes and %d no, %d abstained." % votes


# --- the whole election

def judge(index, question, value, told, decisions, electors, seed, file):
    """Counts one question, says what came of it, and gives the verdict."""
    if question["kind"]["name"] == "yes_no_abstain":
        found = motion(question, value, electors)
        print("  " + found)
        print("  " + ("as announced" if found == told["headline"] else "ANNOUNCED: " + told["headline"]))
        return THE_SAME if found == told["headline"] else ANOTHER
    own = [d for d in decisions if d["kind"] in ("agreement", "departure") and d["details"]["question"] == index]
    agreed = [d["details"]["order"] for d in own if d["kind"] == "agreement"]
    departures = [d["details"] for d in own if d["kind"] == "departure"]
    lucks = agreed + ([lot_order(seed, len(question["answers"]))] if seed else [])
    try:
        taken = [(n, question["answers"][c]["name"]) for n, c in elect(question, value, lucks, departures)]
        # Inside a cohort the order of equals may differ: it decides nothing.
        same = sorted(taken) == sorted(announced(question, told))
    except NotCounted as why:
        run, ignored = command(question, index, file, seed, agreed, departures)
        print("  Not counted here: %s. Announced: %s" % (why, ", ".join(told["elected"]) or "nobody"))
        print("  To count it, run in this folder (candidate 0 is called \"Answer 1\" there, and so on):")
        print("    " + run)
        if ignored:
            print("  That command does not apply: " + ", ".join(ignored) + ".")
        return NOT_COUNTED
    except Undecided as why:
        print("  %s. ANNOUNCED: %s" % (why, ", ".join(told["elected"]) or "nobody"))
        return ANOTHER
    print("  elected: " + (", ".join(name for _, name in sorted(taken, key=lambda seat: seat[0])) or "nobody"))
    print("  " + ("as announced" if same else "ANNOUNCED: " + (", ".join(told["elected"]) or "nobody")))
    return THE_SAME if same else ANOTHER


def main():
    settings, published, decisions = read("settings.json"), read("result.json"), read("decisions.json")
    opened, file, closed = archived()
    if opened is None or opened != published["result"]:
        print("The archive holds another result than result.json.")
        return ANOTHER
    if not len(settings["questions"]) == len(opened) == len(published["questions"]):
        print("Settings, archive and result.json hold different numbers of questions.")
        return ANOTHER
    try:
        seed = seed_of_lot(settings, decisions, closed)
    except Undecided as why:
        print(why)
        return ANOTHER
    verdicts = set()
    for index, question in enumerate(settings["questions"]):
        print(question["title"])
        told = published["questions"][index]
        verdicts.add(judge(index, question, opened[index], told, decisions, read("roll.json")["entries"], seed, file))
    if ANOTHER in verdicts:
        print("The result is NOT the one announced.")
        return ANOTHER
    if NOT_COUNTED in verdicts:
        print("Not every question was counted here; those that were, as announced.")
        return NOT_COUNTED
    print("The result is the one announced.")
    return THE_SAME


if __name__ == "__main__":
    sys.exit(main())
