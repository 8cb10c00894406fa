"""Counts an election again from its recount kit. Needs Python 3.8 and nothing else.

    python3 recount-kit/tally.py            (exit status 0: the same result; 1: another one)

What it trusts is only what it can read here: the ballots or totals in archive.bel (verify that file first, with
"folkmoot verify archive.bel" or "belenios-tool election verify"), the rules in settings.json, and the recorded decisions.
"""
import hashlib, json, os, sys, tarfile

HERE = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


def archived_result():
    """The last object of the archive that holds a result."""
    found = None
    with tarfile.open(os.path.join(HERE, "archive.bel")) as archive:
        for member in archive:
            if member.name.endswith(".data.json"):
                data = json.load(archive.extractfile(member))
                if isinstance(data, dict) and list(data) == ["result"]:
                    found = data["result"]
    return found


def lot_order(decisions, candidates):
    """Candidates in the order of luck, or None when no lot was drawn."""
    drawn = [d["details"] for d in decisions if d["kind"] == "lot"]
    if not drawn:
        return None
    lot = drawn[-1]
    parts = ["folkmoot-lot-1", lot["ballot_box"], lot["committed"], lot["public_value"]]
    seed = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    assert seed == lot["seed"], "the seed of the lot is not the one that follows from its parts"
    return sorted(range(candidates), key=lambda c: hashlib.sha256(seed.encode() + b"\0" + str(c).encode()).digest())


class Unresolved(Exception):
    pass


def first_of(tied, lucks):
    """The tied in order, by the first list that holds all of them (agreements before the lot)."""
    for luck in lucks:
        if all(c in luck for c in tied):
            return sorted(tied, key=luck.index)
    raise Unresolved("nothing decides between candidates %s" % sorted(tied))


# --- methods: each gives the candidates that stand, best first, in groups of equals

def by_totals(totals, standing):
    groups = []
    for c in sorted(standing, key=lambda c: -totals[c]):
        if groups and totals[groups[-1][0]] == totals[c]:
            groups[-1].append(c)
        else:
            groups.append([c])
    return groups


def star_round(ballots, left, lucks, most):
    total = {c: sum(b[c] for b in ballots) for c in left}
    top = {c: sum(b[c] == most for b in ballots) for c in left}
    beats = lambda a, b: sum(x[a] > x[b] for x in ballots)
    finalists, rest = [], set(left)
    while len(finalists) < min(2, len(left)):
        best = max(total[c] for c in rest)
        tied = [c for c in rest if total[c] == best]
        places = 2 - len(finalists)
        if len(tied) > places:
            if len(tied) == 2 and beats(*tied) != beats(*tied[::-1]):
                tied = [max(tied, key=lambda c: beats(c, tied[1 - tied.index(c)]))]
            else:
                most_top = max(top[c] for c in tied)
                tied = [c for c in tied if top[c] == most_top]
                if len(tied) > places:
                    tied = first_of(tied, lucks)[:1]
        finalists += tied
        rest -= set(tied)
    if len(finalists) == 1:
        return finalists[0]
    a, b = finalists
    key = lambda c, d: (beats(c, d), total[c], top[c])
    if key(a, b) == key(b, a):
        return first_of([a, b], lucks)[0]
    return a if key(a, b) > key(b, a) else b


def star(ballots, standing, lucks, most, rounds):
    left, order = list(standing), []
    while left and len(order) < rounds:
        winner = star_round(ballots, left, lucks, most)
        order.append([winner])
        left.remove(winner)
    totals = [sum(b[c] for b in ballots) for c in range(len(ballots[0]) if ballots else 0)]
    return order + by_totals(totals, left)


def best_ranked(ballot, most):
    """The best of a ranking: a rank counts when at most so many stand on it or before it, otherwise it is left out."""
    return [r if sum(0 < other <= r for other in ballot) <= most else 0 for r in ballot]


def schulze(ballots, standing):
    place = lambda b, c: b[c] or len(b) + 1
    d = {a: {b: sum(place(x, a) < place(x, b) for x in ballots) for b in standing} for a in standing}
    weak = (-1, 0)
    path = {a: {b: (d[a][b], -d[b][a]) if d[a][b] > d[b][a] else weak for b in standing} for a in standing}
    for k in standing:
        for a in standing:
            for b in standing:
                if a != b:
                    path[a][b] = max(path[a][b], min(path[a][k], path[k][b]))
    groups, left = [], list(standing)
    while left:
        groups.append([a for a in left if all(path[b][a] <= path[a][b] for b in left if b != a)])
        left = [c for c in left if c not in groups[-1]]
    return groups


# --- seats

def orgs(answer, policy):
    """Declared affiliations that count. Links of control between organisations are not followed here."""
    names = set()
    for a in answer.get("affiliations", []):
        kind = a["relation"] if isinstance(a["relation"], str) else next(iter(a["relation"]))
        if kind in policy["definition"]["relations"]:
            names.add(a["organisation"])
    return names


def fraction(text):
    if isinstance(text, str):
        num, den = text.split("/")
        return int(num), int(den)
    if isinstance(text, dict):
        return int(text["num"]), int(text["den"])
    return int(text[0]), int(text[1])


def fill(question, groups, totals, lucks, gone):
    """Candidates seated, in order, and those passed over."""
    seating = question.get("seating") or {}
    seats = sum(g["seats"] for g in seating.get("groups") or []) or question["seats"]
    policy = seating.get("co_affiliation")
    limit = None
    if policy:
        size = seating.get("body_size") or seats
        cap = policy["max"]
        if "count" in cap:
            limit = cap["count"]
        else:
            num, den = fraction(cap["share"])
            limit = max(1, size * num // den)
    held = {}
    for member in seating.get("serving") or []:
        for o in orgs(member, policy) if policy else ():
            held[o] = held.get(o, 0) + 1
    can = lambda c: not question["answers"][c].get("ineligible") and c not in gone
    seated, passed = [], []
    cohorts = [g["seats"] for g in seating.get("groups") or []]
    for group in groups:
        group = [c for c in group if can(c)]
        if len(group) > 1 and len(seated) < seats and (len(seated) + len(group) > seats or len(cohorts) > 1 or limit):
            group = first_of(group, lucks)
        for c in group:
            if len(seated) == seats:
                break
            own = orgs(question["answers"][c], policy) if policy else set()
            if any(held.get(o, 0) >= limit for o in own):
                passed.append(c)
                continue
            for o in own:
                held[o] = held.get(o, 0) + 1
            seated.append(c)
    if policy and policy.get("requalify"):
        seated += passed[: seats - len(seated)]
    return seated


def count(question, index, value, decisions):
    """Who is elected, as names; None for methods that this short script leaves to 'folkmoot count'."""
    answers, kind = question["answers"], question["kind"]
    standing = [i for i, a in enumerate(answers) if not a.get("withdrawn")]
    lucks = [d["details"]["order"] for d in decisions if d["kind"] == "agreement" and d["details"]["question"] == index]
    luck = lot_order(decisions, len(answers))
    if luck:
        lucks.append(luck)
    totals = None
    if kind["name"] == "approval":
        totals = [int(v) for v in value][1 if kind.get("blank") else 0:]
        groups = lambda n: by_totals(totals, standing)
    elif kind["name"] == "scores" and kind["method"].get("method") == "star":
        most = kind["method"].get("max_score", 5)
        ballots = [b for b in value if all(0 <= x <= most for x in b)]
        groups = lambda n: star(ballots, standing, lucks, most, n)
    elif kind["name"] == "scores":
        most = kind["method"].get("max_score", 5)
        ballots = [b for b in value if all(0 <= x <= most for x in b)]
        totals = [sum(b[c] for b in ballots) for c in range(len(answers))]
        groups = lambda n: by_totals(totals, standing)
    elif kind["name"] == "ranking" and kind["method"].get("method") == "schulze":
        most = kind.get("best_ranked") or len(answers)
        ballots = [best_ranked(b, most) for b in value]
        groups = lambda n: schulze(ballots, standing)
    else:
        return None
    departures = [d["details"] for d in decisions if d["kind"] == "departure" and d["details"]["question"] == index]
    gone, seated = [], None
    for n in range(min(question["seats"], len(answers)), len(answers) + 1):
        seated = fill(question, groups(n), totals, lucks, gone)
        if kind["name"] != "scores" or len(seated) >= question["seats"]:
            break
    for d in departures:
        gone.append(d["candidate"])
        again = fill(question, groups(len(answers)), totals, lucks, gone)
        if d["refill"] == "shift_by_rank":
            seated = again
        else:
            new = [c for c in again if c not in seated]
            place = seated.index(d["candidate"])
            seated = seated[:place] + new[:1] + seated[place + 1:]
    return [answers[c]["name"] for c in seated]


def options(question):
    """What "folkmoot count" is told besides method and seats. Where votes pass on, nobody keeps any who can take no seat."""
    kind, said = question["kind"], ""
    passes_on = (kind.get("method") or {}).get("method") in ("irv", "stv-scotland", "stv-meek", "stv-belenios")
    out = [str(i) for i, a in enumerate(question["answers"]) if a.get("withdrawn") or passes_on and a.get("ineligible")]
    if kind.get("best_ranked"):
        said += " --best-ranked %d" % kind["best_ranked"]
    if out:
        said += " --withdrawn " + ",".join(out)
    return said


def motion(value):
    yes, no, abstain = (int(v) for v in (list(value) + [0, 0, 0])[:3])
    return "%d yes, %d no, %d abstained" % (yes, no, abstain)


def main():
    settings, published, decisions = read("settings.json"), read("result.json"), read("decisions.json")
    opened, same = archived_result(), True
    if opened != published["result"]:
        print("The archive holds another result than result.json.")
        return 1
    for index, (question, value, told) in enumerate(zip(settings["questions"], opened, published["questions"])):
        print(question["title"])
        if question["kind"]["name"] == "yes_no_abstain":
            print("  " + motion(value))
            continue
        try:
            elected = count(question, index, value, decisions)
        except Unresolved as why:
            print("  " + str(why))
            same = False
            continue
        if elected is None:
            print("  This method is not part of this short script: use \"folkmoot count%s\"." % options(question))
            continue
        announced = told["elected"]
        agrees = sorted(elected) == sorted(announced)
        if (question.get("seating") or {}).get("groups"):
            agrees = elected == announced
        same = same and agrees
        print("  elected: " + ", ".join(elected))
        print("  " + ("as announced" if agrees else "ANNOUNCED: " + ", ".join(announced)))
    print("The result is " + ("the one announced." if same else "NOT the one announced."))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
