"""Who takes which seat, once a method has put the candidates into an order: cohorts, limits, seats given up."""
from fractions import Fraction

from methods import Undecided, first_of


class Rules:
    """What the settings say about the seats of one question. `total`: a number for each candidate, if there is one."""

    def __init__(self, question, total=None):
        seating = question.get("seating") or {}
        self.answers, self.total = question["answers"], total
        # One entry for each seat: the number of its cohort. Those for the best come first.
        cohorts = [g["seats"] for g in seating.get("groups") or []] or [question["seats"]]
        self.places = [n for n, seats in enumerate(cohorts) for _ in range(seats)]
        self.policy, self.links = seating.get("co_affiliation"), seating.get("organisations") or []
        self.least = Fraction(seating["minimum_of_top"]) if seating.get("minimum_of_top") else None
        self.limit = float("inf")
        if self.policy:
            body, most = seating.get("body_size") or len(self.places), self.policy["max"]
            self.limit = max(1, most["count"] if "count" in most else int(body * Fraction(most["share"])))
        self.serving = [self.shared(member) for member in seating.get("serving") or []]
        self.organisations = [self.shared(answer) for answer in self.answers]

    def shared(self, person):
        """The organisations a person counts for: declared ones as far as they count, and whoever controls them."""
        if not self.policy:
            return set()
        definition, found = self.policy["definition"], set()
        for affiliation in person.get("affiliations") or []:
            relation = affiliation["relation"]
            if isinstance(relation, dict):
                least = definition["owner_share"]
                counts = least is not None and Fraction(relation["owner"]) >= Fraction(least)
            else:
                counts = relation in definition["relations"]
            if counts:
                found.add(affiliation["organisation"])
        control, before = definition["control"], None
        while control and found != before:
            before, least = set(found), Fraction(control["share"])
            for link in self.links:
                share = Fraction(link["share"])
                if link["owned"] in found and (share > least if control["strict"] else share >= least):
                    found.add(link["owner"])
        return found

    def able(self):
        """The candidates who can take a seat at all."""
        return [c for c, a in enumerate(self.answers) if not a.get("withdrawn") and not a.get("ineligible")]


def walk(rules, groups, lucks, places, gone, members, top):
    """Goes down the order and fills these places: a list of (cohort, candidate).

    `gone` gave up a seat. `members`: the organisations of each member of the body so far. `top`: the total of which
    everybody needs the least share, where there is one.
    """
    able_at_all, seated, passed = rules.able(), [], []

    def meets(c, before=()):
        """The cohort of the next seat, or why this candidate does not get it once those before are seated."""
        place = len(seated) + len(before)
        if place >= len(places):
            return "no seat"
        if rules.least and rules.total and rules.total[c] < rules.least * top:
            return "below the least share"
        holders = members + [rules.organisations[o] for o in [s for _, s in seated] + list(before)]
        if any(sum(org in h for h in holders) >= rules.limit for org in rules.organisations[c]):
            return "limit"
        return places[place]

    def decides(tied):
        """Whether the order among the tied changes who is seated, whom the limit passes over, or the cohort."""
        return len({meets(c, tied[:n]) for n, c in enumerate(tied)}) > 1

    for group in groups:
        group = [c for c in group if c in able_at_all and c not in gone]
        passed.append([c for c in group if meets(c) == "limit"])
        able = [c for c in group if not isinstance(meets(c), str)]
        for c in first_of(able, lucks) if decides(able) else able:
            if meets(c) == "limit":
                passed[-1].append(c)
            elif not isinstance(meets(c), str):
                seated.append((meets(c), c))
    for level in passed if rules.policy and rules.policy["requalify"] else []:
        # Rather than leave a seat empty, those passed over for the limit are seated, the best first.
        left = places[len(seated):]
        if left and (len(level) > len(left) or len(set(left[:len(level)])) > 1):
            level = first_of(level, lucks)
        seated += zip(left, level)
    return seated


def fill(rules, groups, lucks, departures, won=None):
    """The seats as (cohort, candidate), after everybody who gave one up.

    `won`: the winners of so many rounds, where a method has rounds; None when more of them are needed.
    """
    def best(gone):
        return rules.total and max([rules.total[c] for c in rules.able() if c not in gone] or [0])

    def complete():
        return won is None or len(seats) == len(rules.places) and all(c in won for _, c in seats)

    gone = []
    seats = walk(rules, groups, lucks, rules.places, gone, rules.serving, best(gone))
    for departure in departures:
        if not complete():
            return None
        leaver = departure["candidate"]
        cohort = {c: cohort for cohort, c in seats}.get(leaver)
        if cohort is None:
            raise Undecided("candidate %d gave up a seat, but has none by this count" % leaver)
        gone.append(leaver)
        if departure["refill"] == "shift_by_rank":
            seats = walk(rules, groups, lucks, rules.places, gone, rules.serving, best(gone))
        else:
            # The others keep their seats and count as members; the least share is one of the best total of all.
            kept = [seat for seat in seats if seat[1] != leaver]
            others = [c for _, c in kept]
            members = rules.serving + [rules.organisations[c] for c in others]
            rest = [[c for c in group if c not in others] for group in groups]
            seats = kept + walk(rules, rest, lucks, [cohort], gone, members, rules.total and max(rules.total))
    return seats if complete() else None
