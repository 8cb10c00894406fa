"""Tests of the program in the recount kit (web/src/elections/recount). Started by ops/recount-kit.test.mjs; or by hand:

    python3 -B ops/recount-kit.py [-v] [CLASS or CLASS.test]

FOLKMOOT_BIN: the built program, counted against at random (RECOUNT_ELECTIONS of them); FOLKMOOT_VECTORS: more vectors.
"""
import hashlib
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
KIT = ROOT / "web/src/elections/recount"
sys.path.insert(0, str(KIT))
import methods
import seats
import tally

BIN = os.environ.get("FOLKMOOT_BIN")
RANKINGS = ("irv", "schulze", "ranked-pairs", "borda")
COUNTED = ("approval", "score", "star", "mj", *RANKINGS)
MARKS = {"score": "scores", "star": "scores", "mj": "grades"}
OF_THE_ELECTION = ("lot", "withdrawn", "groups", "max_per_group", "eligible")


def limit(most, **more):
    definition = {"relations": ["employee"], "owner_share": None, "control": None, **more.pop("definition", {})}
    most = {"count": most} if isinstance(most, int) else {"share": most}
    return {"max": most, "definition": definition, "requalify": False, "later": "they_agree", **more}


def answers(names, employers=None, withdrawn=(), ineligible=()):
    found = []
    for c, name in enumerate(names):
        employer = employers[c] if employers else None
        found.append({
            "name": name,
            "withdrawn": c in withdrawn,
            "ineligible": "no longer a member" if c in ineligible else "",
            "affiliations": [{"organisation": employer, "relation": "employee"}] if employer else [],
        })
    return found


def question(name, seats, people, seating=None, best_ranked=None, **settings):
    kind = {"name": MARKS.get(name, "ranking"), "method": {"method": name, **settings}}
    if name == "approval":
        kind = {"name": "approval", "min": 0, "max": len(people), "blank": False, **settings}
    if best_ranked is not None:
        kind["best_ranked"] = best_ranked
    return {"title": "Board", "kind": kind, "seats": seats, "answers": people, "seating": seating}


def ballots(*groups):
    """From (how many, marks)."""
    return [list(marks) for count, marks in groups for _ in range(count)]


def elected(asked, value, lucks=(), departures=()):
    """Names of the elected, in order; those of each cohort in brackets of their own when there are several."""
    taken = tally.elect(asked, value, list(lucks), list(departures))
    cohorts = sorted({n for n, _ in taken})
    lists = [[asked["answers"][c]["name"] for n, c in taken if n == cohort] for cohort in cohorts]
    return lists if len(lists) > 1 else lists[0] if lists else []


def of_vector(vector):
    """A counting vector as a question with its opened value."""
    options, name = vector.get("options", {}), vector["method"]
    settings = {key: value for key, value in options.items() if key not in OF_THE_ELECTION}
    settings.pop("max_select", None)
    seating = {"co_affiliation": limit(options["max_per_group"])} if "max_per_group" in options else None
    people = answers(vector["candidates"], options.get("groups"), options.get("withdrawn", ()))
    if name == "approval":
        return question(name, vector["seats"], people, seating), vector["totals"]
    value = ballots(*((b["count"], b[MARKS.get(name, "ranks")]) for b in vector["ballots"]))
    return question(name, vector.get("seats", 1), people, seating, **settings), value


def lot_of(vector):
    return vector.get("options", {}).get("lot") or list(range(len(vector["candidates"])))


def good(asked, value):
    """The ballots that count; sums, where they alone are known, as one ballot."""
    kind, standing = asked["kind"], [c for c, a in enumerate(asked["answers"]) if not a["withdrawn"]]
    if kind["name"] == "approval":
        return [value]
    if kind["name"] == "scores":
        return methods.fitting(value, standing, kind["method"].get("max_score", 5))
    if kind["name"] == "grades":
        return methods.graded(value, standing, kind["method"]["ngrades"], kind["method"].get("rule", "belenios"))
    return value


def voted(asked, value):
    """Whether anybody who stands got anything."""
    standing = [c for c, a in enumerate(asked["answers"]) if not a["withdrawn"]]
    return any(ballot[c] for ballot in good(asked, value) for c in standing)


def vectors():
    """Ours, those of the folder named by FOLKMOOT_VECTORS, and those beside the project where they lie there."""
    folders = [ROOT / "crates/counting/tests/vectors"]
    folders.append(pathlib.Path(os.environ.get("FOLKMOOT_VECTORS") or ROOT / "../shared/vectors"))
    for folder in folders:
        for part in ("counting/small", "counting/real"):
            for file in sorted((folder / part).glob("*.json")):
                held = json.loads(file.read_text())
                yield from held if isinstance(held, list) else [held]


class Vectors(unittest.TestCase):
    """The counting vectors, each with the result that a correct count gives."""

    def check(self, name, least):
        seen = 0
        for vector in vectors():
            if vector.get("method") != name:
                continue
            if name == "approval":
                # The kit gets sums; what makes one ballot invalid is settled before.
                vector = {**vector, "totals": vector["expected"].get("totals", vector.get("totals"))}
            with self.subTest(vector["id"]):
                self.one(vector)
            seen += 1
        self.assertGreaterEqual(seen, least, "vectors are missing")

    def one(self, vector):
        (asked, value), lot, expected = of_vector(vector), lot_of(vector), vector["expected"]
        standing = [c for c, a in enumerate(asked["answers"]) if not a["withdrawn"]]
        rules = seats.Rules(asked)
        found = [c for _, c in tally.elect(asked, value, [lot], [])]
        if voted(asked, value) or len(standing) <= len(rules.places):
            self.assertEqual(sorted(found), sorted(expected["winners"]))
            if vector["method"] in ("approval", "score", "star"):
                self.assertEqual(found, expected["winners"], "the order")
        else:
            self.assertEqual(found, [], "the vectors draw lots where nobody voted, an election does not")
        self.by_method(vector["method"], asked, value, lot, standing, expected)

    def by_method(self, name, asked, value, lot, standing, expected):
        """What the method found on the way, the lots of empty ballot boxes included."""
        method, value = asked["kind"].get("method", {}), good(asked, value)
        if name == "star":
            most, ties = method.get("max_score", 5), method.get("star_ties", "official")
            rounds = expected["rounds"]
            found = [winner for winner, _ in zip(methods.star(value, standing, most, ties, [lot]), rounds)]
            self.assertEqual(found, [r["winner"] for r in rounds])
        if name == "schulze" and "ranking" in expected:
            self.assertEqual(methods.schulze(value, standing, method.get("strength", "wv_lv")), expected["ranking"])
        if name == "ranked-pairs" and "order" in expected:
            order = methods.ranked_pairs(value, standing, standing, method.get("strength", "wv_lv"), [lot])
            self.assertEqual([c for group in order for c in group], expected["order"])
        if name == "borda":
            twice = methods.borda(value, standing, method.get("unranked", "zero"))
            totals = [str(tally.Fraction(twice.get(c, 0), 2)) for c in range(len(asked["answers"]))]
            self.assertEqual(totals, expected["totals"])
        if name == "mj" and "ranking" in expected:
            order = methods.majority_judgment(value, standing, method.get("rule", "belenios"))
            self.assertEqual(order, expected["ranking"])

    def test_approval(self):
        self.check("approval", 15)

    def test_score(self):
        self.check("score", 6)

    def test_star(self):
        self.check("star", 36)

    def test_irv(self):
        self.check("irv", 22)

    def test_schulze(self):
        self.check("schulze", 40)

    def test_ranked_pairs(self):
        self.check("ranked-pairs", 32)

    def test_borda(self):
        self.check("borda", 14)

    def test_majority_judgment(self):
        self.check("mj", 14)

    def test_lot(self):
        for vector in vectors():
            if vector.get("method") == "lot":
                self.assertEqual(tally.lot_order(vector["seed"], vector["n"]), vector["expected"]["lot"], vector["id"])

    def test_referendum(self):
        of = {"yes_no": "votes_cast", "cast": "ballots", "eligible": "electors"}
        seen = 0
        for vector in vectors():
            if vector.get("method") == "referendum" and "threshold_met" in vector["expected"]:
                options = vector["options"]
                num, den = options.get("threshold", [1, 2])
                share = {"fraction": "%d/%d" % (num, den), "of": of[options.get("base", "yes_no")],
                         "strict": options.get("strict", True)}
                votes = (*(vector["totals"] + [0])[:3], options.get("eligible", 0))
                with self.subTest(vector["id"]):
                    self.assertEqual(tally.passes({"share": share}, votes), vector["expected"]["threshold_met"])
                seen += 1
        self.assertGreater(seen, 10)


class Cases(unittest.TestCase):
    """Elections in which a mistake elects somebody else."""

    def undecided(self, *arguments):
        with self.assertRaises(methods.Undecided):
            elected(*arguments)

    def test_star_runs_rounds_until_everybody_seated_has_won_one(self):
        seating = {"co_affiliation": limit(2)}
        people = answers("ABCDE", ["X", "X", "X", None, None])
        cast = ballots((3, (5, 4, 3, 2, 1)), (2, (5, 4, 3, 0, 3)))
        self.assertEqual(elected(question("star", 3, people, seating), cast), ["A", "B", "D"])

    def test_star_ties_follow_the_rule_of_the_settings(self):
        cast = ballots((1, (2, 5, 3)), (1, (5, 1, 2)), (1, (1, 2, 3)))
        people = answers("ABC")
        self.assertEqual(elected(question("star", 1, people, star_ties="official"), cast), ["C"])
        # After one of three has gone on by its top scores, the other two do not meet head to head.
        cast = ballots((1, (3, 0, 2)), (1, (3, 5, 1)), (1, (3, 1, 3)), (1, (2, 5, 5)))
        self.assertEqual(elected(question("star", 2, people, star_ties="bettervoting"), cast), ["C", "B"])

    def test_star_seats_given_up(self):
        people = answers("ABC", ineligible=[0])
        cast = ballots((3, (5, 2, 3)), (2, (5, 5, 0)))
        asked = question("star", 1, people, {})
        self.assertEqual(elected(asked, cast), ["C"])
        gave_up = {"candidate": 2, "refill": "shift_by_rank"}
        self.assertEqual(elected(asked, cast, [], [gave_up]), ["B"])
        # C and D are level; that is of no importance before A gives up the seat.
        gave_up["candidate"] = 0
        cast = ballots((4, (5, 4, 0, 0)), (1, (0, 5, 2, 3)), (1, (0, 5, 3, 2)))
        asked = question("star", 1, answers("ABCD"), {})
        self.assertEqual(elected(asked, cast), ["A"])
        self.undecided(asked, cast, [], [gave_up])
        self.assertEqual(elected(asked, cast, [[3, 2]], [gave_up]), ["B"])

    def test_seats_of_somebody_who_has_none(self):
        asked = question("approval", 1, answers("ABC"), {})
        self.undecided(asked, [3, 2, 1], [], [{"candidate": 2, "refill": "shift_by_rank"}])
        self.undecided(question("star", 1, answers("ABC"), {}), ballots((2, (5, 3, 1))), [],
                       [{"candidate": 2, "refill": "shift_by_rank"}])

    def test_ties_are_resolved_one_by_one(self):
        asked = question("star", 2, answers("ABC"), star_ties="official")
        cast = ballots((1, (5, 3, 2)), (1, (3, 5, 5)), (1, (0, 0, 1)))
        agreed, lot = [2, 1], [0, 1, 2]
        self.undecided(asked, cast)
        self.undecided(asked, cast, [agreed])
        self.assertIn("A", elected(asked, cast, [agreed, [0, 1]]))
        self.assertIn("A", elected(asked, cast, [agreed, lot]))
        self.assertNotIn("A", elected(asked, cast, [agreed, [1, 0]]))
        # The first agreement that covers a tie holds.
        asked = question("approval", 1, answers("ABC"))
        self.assertEqual(elected(asked, [5, 5, 5], [[0, 1], [2, 1, 0], [0, 1, 2]]), ["C"])

    def test_harmless_ties_need_nothing(self):
        people = answers("ABC", ["X", "Y", "Z"])
        limited = question("approval", 2, people, {"co_affiliation": limit(1)})
        self.assertEqual(sorted(elected(limited, [10, 10, 5])), ["A", "B"])
        one_cohort = {"groups": [{"cohort": "A", "seats": 2, "term": {}}]}
        self.assertEqual(sorted(elected(question("approval", 2, people, one_cohort), [10, 10, 5])), ["A", "B"])
        cohorts = {"groups": [{"cohort": "A", "seats": 2, "term": {}}, {"cohort": "B", "seats": 1, "term": {}}]}
        self.assertEqual(elected(question("approval", 3, people, cohorts), [10, 10, 5]), [["A", "B"], ["C"]])
        self.undecided(question("approval", 3, people, cohorts), [10, 5, 5])
        # Ineligible candidates tie with nobody, and a place that nobody can take is no reason for a lot.
        self.assertEqual(elected(question("approval", 1, answers("AB", ineligible=[0]), {}), [10, 10]), ["B"])
        serving = {"co_affiliation": limit(1), "serving": answers("M", ["X"])}
        people = answers("ABC", ["X", "X", None])
        self.assertEqual(elected(question("approval", 1, people, serving), [10, 10, 5]), ["C"])
        serving["co_affiliation"]["requalify"] = True
        self.assertEqual(elected(question("approval", 3, people, serving), [10, 10, 5]), ["C", "A", "B"])
        self.undecided(question("approval", 2, people, serving), [10, 10, 5])
        self.assertEqual(elected(question("approval", 2, people, serving), [10, 10, 5], [[1, 0]]), ["C", "B"])
        # Whoever finds no seat whatever the order is no part of the tie.
        people = answers("ABCD", ["X", None, None, None])
        serving["co_affiliation"]["requalify"] = False
        self.assertEqual(elected(question("approval", 1, people, serving), [9, 9, 9, 1], [[2, 1]]), ["C"])

    def test_a_limit_makes_a_tie_matter(self):
        people, seating = answers("ABC", ["X", "X", None]), {"co_affiliation": limit(1)}
        asked = question("schulze", 2, people, seating)
        cast = ballots((1, (1, 2, 3)), (1, (2, 1, 3)))
        self.undecided(asked, cast)
        self.assertEqual(sorted(elected(asked, cast, [[1, 0, 2]])), ["B", "C"])
        self.assertEqual(sorted(elected(asked, cast, [[0, 1, 2]])), ["A", "C"])
        self.assertEqual(sorted(elected(question("schulze", 2, people), cast)), ["A", "B"])
        long_and_short = {"groups": [{"cohort": "A", "seats": 1, "term": {}}, {"cohort": "B", "seats": 1, "term": {}}]}
        self.undecided(question("schulze", 2, people, long_and_short), cast)

    def test_owners_and_chains_of_control(self):
        definition = {"relations": ["employee"], "owner_share": "1/100", "control": {"share": "1/2", "strict": True}}
        seating = {"body_size": 11, "co_affiliation": limit("1/4", definition=definition)}
        people = answers("ABCDEF")
        for c, share in ((0, "1/100"), (1, "3/4"), (2, "1/1")):
            people[c]["affiliations"] = [{"organisation": "X", "relation": {"owner": share}}]
        votes = [60, 50, 40, 30, 20, 10]

        def five(links):
            return "".join(elected(question("approval", 5, people, {**seating, "organisations": links}), votes))

        self.assertEqual(five([]), "ABDEF")
        people[0]["affiliations"][0]["relation"] = {"owner": "1/101"}
        self.assertEqual(five([]), "ABCDE")
        # Y belongs to X by way of Z; exactly one half does not control.
        people[0]["affiliations"] = [{"organisation": "Y", "relation": "employee"}]
        links = [{"owner": "X", "owned": "Z", "share": "51/100"}, {"owner": "Z", "owned": "Y", "share": "2/3"},
                 {"owner": "Y", "owned": "Z", "share": "2/3"}]
        self.assertEqual(five(links), "ABDEF")
        links[0]["share"] = "1/2"
        self.assertEqual(five(links), "ABCDE")
        definition["control"]["strict"] = False
        self.assertEqual(five(links), "ABDEF")

    def test_a_rank_beyond_the_candidates_is_still_a_rank(self):
        asked = question("schulze", 1, answers("ABC"))
        self.assertEqual(elected(asked, ballots((3, (0, 9, 0)), (2, (0, 0, 1)))), ["B"])

    def test_only_the_best_ranks_count(self):
        cast = ballots((3, (1, 2, 3)), (2, (2, 1, 3)), (2, (3, 2, 1)), (1, (1, 1, 2)))
        self.assertEqual(elected(question("schulze", 1, answers(["Ana", "Bo", "Cy"])), cast), ["Bo"])
        self.assertEqual(elected(question("schulze", 1, answers(["Ana", "Bo", "Cy"]), best_ranked=1), cast), ["Ana"])
        # A rank that several share counts whole or not at all.
        self.assertEqual(methods.best_ranked([2, 1, 2, 9], 2), [0, 1, 0, 0])
        self.assertEqual(methods.best_ranked([2, 1, 2, 9], 3), [2, 1, 2, 0])

    def test_marks_for_withdrawn_candidates_are_not_looked_at(self):
        people = answers("ABC", withdrawn=[2])
        cast = ballots((2, (0, 5, 77)), (1, (5, 0, 0)))
        for name in ("score", "star"):
            self.assertEqual(elected(question(name, 1, people), cast), ["B"])
        graded = ballots((2, (2, 1, 99)), (1, (1, 2, 0)))
        self.assertEqual(elected(question("mj", 1, people, ngrades=3), graded), ["B"])

    def test_without_votes_nobody_is_elected(self):
        for name in ("star", "score", "schulze", "ranked-pairs", "borda", "irv", "mj"):
            settings = {"ngrades": 3} if name == "mj" else {}
            for cast in ([], ballots((3, (0, 0, 0))), ballots((2, (0, 0, 4)))):
                for seating in (None, {}):
                    asked = question(name, 1, answers("ABC", withdrawn=[2]), seating, **settings)
                    self.assertEqual(elected(asked, cast), [], name)
                    self.assertEqual(elected(asked, cast, [[1, 0, 2]]), [], name)
        self.assertEqual(elected(question("star", 3, answers("ABC")), []), list("ABC"))
        self.assertEqual(elected(question("irv", 1, answers("AB")), ballots((2, (1, 1)))), [])
        self.assertEqual(elected(question("irv", 1, answers("AB", ineligible=[0]), {}), ballots((2, (0, 0)))), ["B"])
        self.assertEqual(elected(question("approval", 1, answers("ABC", withdrawn=[2])), [0, 0, 4], [[1, 0, 2]]), [])

    def test_the_least_share_of_the_best_total(self):
        seating = {"minimum_of_top": "1/2"}
        votes = [10, 5, 4]
        self.assertEqual(elected(question("approval", 3, answers("ABC"), seating), votes), ["A", "B"])
        self.assertEqual(elected(question("approval", 3, answers("ABC", ineligible=[0]), seating), votes), ["B", "C"])
        asked, gave_up = question("approval", 2, answers("ABC"), seating), {"candidate": 0, "refill": "shift_by_rank"}
        self.assertEqual(elected(asked, votes, [], [gave_up]), ["B", "C"])
        gave_up["refill"] = "take_vacated_seat"
        self.assertEqual(elected(asked, votes, [], [gave_up]), ["B"])

    def test_the_least_share_of_points(self):
        asked = question("borda", 2, answers("ABC"), {"minimum_of_top": "1/2"})
        self.assertEqual(elected(asked, ballots((3, (1, 2, 0)), (1, (0, 0, 1)))), ["A", "B"])
        self.assertEqual(elected(asked, ballots((3, (1, 0, 0)), (1, (0, 1, 2)))), ["A"])
        # Shared points are no whole numbers; then there is no total that a share could be taken of.
        self.assertEqual(elected(asked, ballots((3, (1, 0, 0)), (1, (2, 2, 1)))), ["A", "C"])

    def test_an_explicit_blank_vote_stands_before_the_candidates(self):
        self.assertEqual(elected(question("approval", 1, answers("AB"), blank=True), [9, 1, 2]), ["B"])

    def test_seats_given_up_move_cohorts_or_do_not(self):
        cohorts = {"groups": [{"cohort": "A", "seats": 1, "term": {}}, {"cohort": "B", "seats": 2, "term": {}}]}
        asked = question("approval", 3, answers("ABCDE"), cohorts)
        votes, leaves = [9, 8, 7, 6, 5], {"candidate": 0, "refill": "shift_by_rank"}
        self.assertEqual(elected(asked, votes), [["A"], ["B", "C"]])
        self.assertEqual(elected(asked, votes, [], [leaves]), [["B"], ["C", "D"]])
        stays = {**leaves, "refill": "take_vacated_seat"}
        self.assertEqual(elected(asked, votes, [], [stays]), [["D"], ["B", "C"]])
        second = {"candidate": 3, "refill": "take_vacated_seat"}
        self.assertEqual(elected(asked, votes, [], [stays, second]), [["E"], ["B", "C"]])
        # The limit counts those who keep their seats.
        people = answers("ABCDE", [None, "X", None, "X", None])
        limited = question("approval", 3, people, {**cohorts, "co_affiliation": limit(1)})
        self.assertEqual(elected(limited, votes), [["A"], ["B", "C"]])
        self.assertEqual(elected(limited, votes, [], [stays]), [["E"], ["B", "C"]])
        # A tie for the free seat is one among those who have none.
        self.undecided(asked, [9, 8, 7, 5, 5], [], [stays])
        self.assertEqual(elected(asked, [9, 8, 7, 5, 5], [[4, 3]], [stays]), [["E"], ["B", "C"]])
        for name in ("schulze", "borda", "ranked-pairs", "mj"):
            cast, settings = ballots((1, (1, 2, 3))), {"ngrades": 3} if name == "mj" else {}
            asked = question(name, 1, answers("ABC"), {}, **settings)
            self.assertEqual(elected(asked, cast, [], [leaves]), ["B"], name)
        # The votes pass on: C has more than B at first, but not without A.
        cast = ballots((3, (1, 2, 0)), (2, (0, 0, 1)), (1, (0, 1, 0)), (1, (1, 0, 0)))
        self.assertEqual(elected(question("irv", 1, answers("ABC"), {}), cast), ["A"])
        self.assertEqual(elected(question("irv", 1, answers("ABC"), {}), cast, [], [leaves]), ["B"])
        self.undecided(question("irv", 1, answers("ABC"), {}), cast, [], [second])

    def test_ranked_pairs_without_a_lot(self):
        asked = lambda seats: question("ranked-pairs", seats, answers("ABC"))
        # A and B stand level above C.
        level = ballots((1, (1, 2, 3)), (1, (2, 1, 3)))
        self.assertEqual(sorted(elected(asked(2), level)), ["A", "B"])
        self.undecided(asked(1), level)
        self.assertEqual(elected(asked(1), level, [[1, 0]]), ["B"])
        # A before B, and C anywhere: the second seat is open as well.
        cast = ballots((1, (1, 2, 3)), (1, (2, 3, 1)))
        self.undecided(asked(1), cast)
        self.undecided(asked(2), cast)
        self.assertEqual(sorted(elected(asked(2), cast, [[1, 0, 2]])), ["A", "B"])
        self.assertEqual(sorted(elected(asked(3), cast)), ["A", "B", "C"])
        # A before B, A and C before D, nothing else: either B or D comes last.
        cast = ballots((1, (1, 2, 3, 4)), (1, (3, 4, 2, 1)), (1, (1, 3, 4, 2)), (1, (3, 2, 1, 4)),
                       (1, (3, 4, 1, 2)), (1, (2, 1, 3, 4)))
        open_end = question("ranked-pairs", 3, answers("ABCD"))
        self.undecided(open_end, cast)
        self.assertEqual(sorted(elected(open_end, cast, [[2, 0, 3, 1]])), ["A", "C", "D"])
        self.assertEqual(sorted(elected(question("ranked-pairs", 4, answers("ABCD")), cast)), list("ABCD"))
        # Three majorities of one strength in a circle: which one is left out, only a lot can say.
        circle = ballots((1, (1, 2, 3)), (1, (3, 1, 2)), (1, (2, 3, 1)))
        self.undecided(asked(1), circle)
        self.assertEqual(len(elected(asked(1), circle, [[2, 0, 1]])), 1)

    def test_instant_runoff(self):
        # Ana would win, with Bo the last to lose. Without her most prefer Cy to Bo.
        cast = ballots((4, (1, 3, 2)), (3, (3, 1, 2)), (2, (2, 3, 1)))
        names = ["Ana", "Bo", "Cy"]
        self.assertEqual(elected(question("irv", 1, answers(names)), cast), ["Ana"])
        self.assertEqual(elected(question("irv", 1, answers(names, ineligible=[0]), {}), cast), ["Cy"])
        self.assertEqual(elected(question("irv", 1, answers(names, withdrawn=[0])), cast), ["Cy"])
        serving = {"co_affiliation": limit(1), "serving": answers("M", ["X"])}
        for seating, seats in ((serving, 1), ({}, 2)):
            with self.assertRaises(tally.NotCounted):
                elected(question("irv", seats, answers(names), seating), cast)
        # The rank that A and B share waits until A is out.
        waits = ballots((3, (1, 1, 2)), (3, (0, 2, 1)), (1, (1, 0, 0)), (2, (0, 1, 0)))
        self.assertEqual(elected(question("irv", 1, answers("ABC"), overvote="truncate"), waits), ["C"])
        self.assertEqual(elected(question("irv", 1, answers("ABC"), overvote="continuing"), waits), ["B"])
        # More than half of the votes that count so far is not the end when ballots wait.
        waits = ballots((4, (0, 0, 1)), (3, (1, 1, 0)), (1, (1, 0, 0)), (2, (0, 1, 0)))
        for stop, winner in (("majority", "C"), ("two", "B")):
            asked = question("irv", 1, answers("ABC"), overvote="continuing", stop=stop)
            self.assertEqual(elected(asked, waits), [winner])
        # B and C are level with three votes each when one of them has to go; the round before, C had fewer.
        cast = ballots((5, (1, 0, 0, 0)), (3, (0, 1, 0, 0)), (2, (0, 0, 1, 0)), (1, (0, 0, 2, 1)))
        self.assertEqual(elected(question("irv", 1, answers("ABCD")), cast), ["A"])
        self.undecided(question("irv", 1, answers("ABC")), ballots((2, (1, 0, 0)), (1, (0, 1, 0)), (1, (0, 0, 1))))

    def test_majority_judgment_by_either_rule(self):
        people, cast = answers("AB"), ballots((1, (1, 2)), (1, (4, 2)))
        self.assertEqual(elected(question("mj", 1, people, ngrades=4, rule="belenios"), cast), ["A"])
        self.assertEqual(elected(question("mj", 1, people, ngrades=4, rule="published"), cast), ["B"])
        # A grade left out: no ballot by one rule, the worst grade by the other.
        cast = ballots((2, (1, 2)), (3, (0, 3)))
        self.assertEqual(elected(question("mj", 1, people, ngrades=4, rule="belenios"), cast), ["A"])
        self.assertEqual(elected(question("mj", 1, people, ngrades=4, rule="published"), cast), ["B"])

    def test_motions(self):
        share = lambda fraction, of, strict: {"share": {"fraction": fraction, "of": of, "strict": strict}}
        self.assertTrue(tally.passes(share("2/3", "votes_cast", False), (6, 3, 9, 20)))
        self.assertFalse(tally.passes(share("2/3", "votes_cast", True), (6, 3, 9, 20)))
        self.assertFalse(tally.passes(share("1/2", "ballots", True), (6, 3, 3, 20)))
        self.assertTrue(tally.passes(share("3/10", "electors", False), (6, 3, 9, 20)))
        self.assertFalse(tally.passes(share("1/2", "members", False), (0, 0, 0, 0)))
        three = [{"at_least": {"yes": 6}}, {"at_most_against": {"no": 2}}, {"at_least_voting": {"votes": 9}}]
        self.assertTrue(tally.passes({"any_of": three}, (6, 3, 0, 20)))
        self.assertFalse(tally.passes({"all_of": three}, (6, 3, 0, 20)))
        self.assertTrue(tally.passes({"all_of": three}, (7, 2, 0, 20)))
        against = {"at_most_share_against": {"fraction": "1/4", "of": "members"}}
        self.assertTrue(tally.passes(against, (0, 5, 0, 20)))
        self.assertFalse(tally.passes(against, (9, 6, 0, 23)))
        fellows = {"in": {"electorate": "Fellows", "rule": {"at_least": {"yes": 1}}}}
        self.assertFalse(tally.passes(fellows, (9, 0, 0, 9)))


class Kits(unittest.TestCase):
    """Whole kits: what the program says, and its exit status."""

    def run_kit(self, questions, values, told, decisions=(), electors=10, ties=None, opened=None):
        with tempfile.TemporaryDirectory() as folder:
            kit = pathlib.Path(folder)
            for file in KIT.glob("*.py"):
                (kit / file.name).write_text(file.read_text())
            closed = json.dumps({"type": "EndBallots", "height": 7}).encode()
            with tarfile.open(kit / "archive.bel", "w") as archive:
                parts = [("c105ed.event.json", closed), ("aa.data.json", b"{\"public_key\":1}"),
                         ("bb.data.json", json.dumps({"result": opened or values}).encode())]
                for name, text in parts:
                    member = tarfile.TarInfo(name)
                    member.size = len(text)
                    archive.addfile(member, io.BytesIO(text))
            for name, held in (
                ("settings.json", {"questions": questions, "ties": ties or {}}),
                ("result.json", {"result": values, "questions": told}),
                ("decisions.json", [{"kind": kind, "details": details} for kind, details in decisions]),
                ("roll.json", {"entries": electors, "versions": []}),
            ):
                (kit / name).write_text(json.dumps(held))
            run = subprocess.run([sys.executable, "-B", str(kit / "tally.py")], capture_output=True, text=True)
            self.assertEqual(run.stderr, "")
            self.after(kit, run.stdout)
            return run.returncode, run.stdout

    def after(self, kit, said):
        """Runs the command that is suggested, where the program is built."""
        line = next((line for line in said.splitlines() if "| folkmoot count " in line), None)
        self.suggested = None
        if line and BIN:
            command = line.replace("| folkmoot ", "| %s " % BIN)
            self.suggested = subprocess.run(["bash", "-c", command], cwd=kit, capture_output=True, text=True)

    def told(self, elected, groups=None):
        allocation = groups and {"seats": [{"candidate": str(c), "group": g} for g, c in groups]}
        return {"elected": list(elected), "allocation": allocation, "headline": ""}

    def test_the_announced_result(self):
        board = question("approval", 2, answers("ABC"))
        self.assertEqual(self.run_kit([board], [[9, 5, 7]], [self.told("AC")])[0], 0)
        # The order of equals decides nothing.
        status, said = self.run_kit([board], [[9, 5, 7]], [self.told("CA")])
        self.assertEqual((status, said.splitlines()[-1]), (0, "The result is the one announced."))
        status, said = self.run_kit([board], [[9, 5, 7]], [self.told("AB")])
        self.assertEqual((status, said.splitlines()[-1]), (1, "The result is NOT the one announced."))
        self.assertIn("ANNOUNCED: A, B", said)
        self.assertEqual(self.run_kit([board], [[9, 5, 7]], [self.told("A")])[0], 1)
        self.assertEqual(self.run_kit([board], [[9, 5, 7]], [self.told("")])[0], 1)
        self.assertEqual(self.run_kit([board], [[9, 7, 7]], [self.told("AB")])[0], 1)

    def test_the_archive_decides_what_was_opened(self):
        board = question("approval", 2, answers("ABC"))
        status, said = self.run_kit([board], [[9, 5, 7]], [self.told("AC")], opened=[[9, 7, 5]])
        self.assertEqual((status, said), (1, "The archive holds another result than result.json.\n"))

    def test_a_question_left_out_is_another_result(self):
        board = question("approval", 1, answers("ABC"))
        self.assertEqual(self.run_kit([board, board], [[9, 5, 7], [1, 2, 3]], [self.told("A")])[0], 1)
        self.assertEqual(self.run_kit([board], [[9, 5, 7], [1, 2, 3]], [self.told("A"), self.told("C")])[0], 1)

    def test_cohorts_are_compared_one_by_one(self):
        cohorts = {"groups": [{"cohort": "A", "seats": 2, "term": {}}, {"cohort": "B", "seats": 1, "term": {}}]}
        board = question("approval", 3, answers("ABCD"), cohorts)
        told = self.told("BAC", [(0, 1), (0, 0), (1, 2)])
        self.assertEqual(self.run_kit([board], [[9, 8, 7, 1]], [told])[0], 0)
        told = self.told("ACB", [(0, 0), (0, 2), (1, 1)])
        self.assertEqual(self.run_kit([board], [[9, 8, 7, 1]], [told])[0], 1)
        self.assertEqual(self.run_kit([board], [[9, 8, 7, 1]], [self.told("ABC")])[0], 1)
        told = self.told("ABD", [(0, 0), (0, 1), (1, 2)])
        self.assertEqual(self.run_kit([board], [[9, 8, 7, 1]], [told])[0], 1)

    def test_motions_are_compared_with_the_decision(self):
        threshold = {"share": {"fraction": "1/2", "of": "electors", "strict": True}}
        motion = {"title": "Motion", "kind": {"name": "yes_no_abstain", "threshold": threshold}, "seats": 1,
                  "answers": answers(["Yes", "No", "Abstain"])}
        told = {"headline": "Accepted: 6 yes and 3 no, 0 abstained.", "elected": []}
        self.assertEqual(self.run_kit([motion], [[6, 3, 0]], [told])[0], 0)
        self.assertEqual(self.run_kit([motion], [[6, 3, 0]], [told], electors=12)[0], 1)
        self.assertEqual(self.run_kit([motion], [[7, 3, 0]], [told])[0], 1)
        told["headline"] = "Rejected: 6 yes and 3 no, 0 abstained."
        self.assertEqual(self.run_kit([motion], [[6, 3, 0]], [told], electors=12)[0], 0)

    def test_what_is_not_counted_is_said_with_the_command(self):
        board = question("approval", 1, answers("ABC"))
        people = answers("ABCD", ["X", "X", None, None], withdrawn=[3], ineligible=[0])
        seating = {"co_affiliation": limit(1), "serving": answers("M", ["Y"])}
        council = question("stv-scotland", 2, people, seating, best_ranked=3, overvote="truncate")
        cast = ballots((12, (1, 2, 0, 0)), (4, (0, 0, 1, 2)), (3, (0, 3, 2, 1)))
        told = [self.told("A"), self.told("BC", [(0, 1), (0, 2)])]
        status, said = self.run_kit([board, council], [[9, 5, 7], cast], told)
        self.assertEqual(status, 3)
        self.assertNotIn("The result is the one announced", said)
        command = ("    tar -xOf archive.bel bb.data.json | folkmoot count --method stv-scotland --seats 2"
                   " --set overvote=truncate --best-ranked 3 --withdrawn 0,3 --question 1 --format belenios -\n")
        self.assertIn(command, said)
        self.assertIn("does not apply: the limit on common affiliations, members who serve on.", said)
        if self.suggested:
            self.assertEqual(self.suggested.returncode, 0, self.suggested.stderr)
            self.assertIn("Elected: Answer 2, Answer 3", self.suggested.stdout)
        # Another question that is wrong weighs more.
        told[0] = self.told("B")
        self.assertEqual(self.run_kit([board, council], [[9, 5, 7], cast], told)[0], 1)

    def test_the_lot_has_to_follow_from_ballot_box_and_settings(self):
        board = question("approval", 1, answers("ABC"))

        def drawn(box):
            seed = hashlib.sha256("\n".join(["folkmoot-lot-1", box, "before", "after"]).encode()).hexdigest()
            return {"ballot_box": box, "committed": "before", "public_value": "after", "seed": seed}

        lot = drawn("c105ed")
        first = "ABC"[tally.lot_order(lot["seed"], 3)[0]]
        other = next(name for name in "ABC" if name != first)

        def status(told, decisions, committed="before"):
            return self.run_kit([board], [[5, 5, 5]], [self.told(told)], decisions, ties={"committed": committed})[0]

        self.assertEqual(status(first, [("lot", lot)]), 0)
        self.assertEqual(status(other, [("lot", lot)]), 1)
        self.assertEqual(status(first, [("lot", lot)], "something else"), 1)
        for key in ("ballot_box", "public_value", "seed"):
            self.assertEqual(status(first, [("lot", {**lot, key: "00"})]), 1)
        for box in ("00", "01", "02"):
            for name in "ABC":
                self.assertEqual(status(name, [("lot", drawn(box))]), 1, "the lot of another ballot box")
        agreed = ("agreement", {"question": 0, "order": [2, 1, 0], "reason": "they met"})
        self.assertEqual(status("C", [agreed, ("lot", lot)]), 0)
        elsewhere = ("agreement", {"question": 1, "order": [2, 1, 0], "reason": "they met"})
        self.assertEqual(status("C", [elsewhere]), 1)


@unittest.skipUnless(BIN, "FOLKMOOT_BIN is not set: no elections at random against the built program")
class AtRandom(unittest.TestCase):
    """Small random elections with many ties, counted by the kit and by `folkmoot count --json`."""

    def test_random_elections(self):
        counted = tied = 0
        for k in range(int(os.environ.get("RECOUNT_ELECTIONS", "300"))):
            vector = self.vector(random.Random(k))
            asked, value = of_vector(vector)
            if not voted(asked, value):
                continue
            with self.subTest(k):
                winners, lot = self.ours(vector), vector["options"].get("lot")
                if winners is None:
                    tied += 1
                    with self.assertRaises(methods.Undecided, msg=vector):
                        tally.elect(asked, value, [], [])
                else:
                    counted += 1
                    found = [c for _, c in tally.elect(asked, value, [lot] if lot else [], [])]
                    self.assertEqual(sorted(found), sorted(winners), vector)
        self.assertGreater(counted, tied)
        self.assertGreater(tied, 0)

    def vector(self, rng):
        name = rng.choice(COUNTED)
        n = rng.randint(1, 5)
        settings = {
            "star": {"star_ties": rng.choice(["official", "bettervoting", "starvote"]), "max_score": 5},
            "irv": {"overvote": rng.choice(["truncate", "reject", "continuing"]),
                    "stop": rng.choice(["majority", "two"])},
            "borda": {"unranked": rng.choice(["zero", "average", "modified"])},
            "mj": {"ngrades": 3, "rule": rng.choice(["belenios", "published"])},
            "score": {"max_score": rng.choice([2, 5])},
        }.get(name, {"strength": rng.choice(["wv_lv", "wv", "margins"])} if name in RANKINGS else {})
        options = dict(settings)
        if rng.random() < 0.7:
            options["lot"] = rng.sample(range(n), n)
        if rng.random() < 0.2:
            options["withdrawn"] = rng.sample(range(n), rng.randint(0, n - 1))
        # A cap inside ranked pairs counts those as settled whom a lot could have put first.
        if name not in ("irv", "ranked-pairs") and rng.random() < 0.3:
            options["groups"] = [rng.choice(["X", "Y", None]) for _ in range(n)]
            options["max_per_group"] = rng.randint(1, 2)
        seats = 1 if name == "irv" else rng.randint(1, n)
        vector = {"method": name, "seats": seats, "candidates": list("ABCDE"[:n]), "options": options}
        if name == "approval":
            return {**vector, "totals": [rng.randint(0, 4) for _ in range(n)]}
        most = {"scores": settings.get("max_score"), "grades": 3}.get(MARKS.get(name), n)
        mark = lambda: rng.randint(0, most) if rng.random() < 0.97 else most + 1
        cast = [{"count": rng.randint(1, 3), MARKS.get(name, "ranks"): [mark() for _ in range(n)]}
                for _ in range(rng.randint(1, 6))]
        return {**vector, "ballots": cast}

    def ours(self, vector):
        """The winners; None when a lot is needed and none given."""
        given = {key: value for key, value in vector.items() if key != "seats"}
        command = [BIN, "count", "--method", vector["method"], "--seats", str(vector["seats"]), "--format", "json"]
        command += ["--json", "-"]
        run = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True)
        if run.returncode == 2 and "only a lot decides" in run.stderr:
            return None
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)["outcome"]["winners"]


if __name__ == "__main__":
    unittest.main()
