"""The voting methods of the recount kit. Each puts the candidates that stand into an order.

Candidates are numbers, as in the archive: 0 for the first answer of a question. A ballot is a list with one number for
each candidate. An order is a list of groups, best first; candidates in one group are equal.
"""
import itertools


class Undecided(Exception):
    """Candidates are tied, and nothing recorded decides between them."""


def first_of(tied, lucks):
    """The tied in order, by the first list that holds them all. The lists: agreements as recorded, then the lot."""
    if len(tied) < 2:
        return list(tied)
    for luck in lucks:
        if all(c in luck for c in tied):
            return sorted(tied, key=luck.index)
    raise Undecided("nothing decides between candidates %s" % sorted(tied))


def by_number(number, standing):
    """The highest number first."""
    return [[c for c in standing if number[c] == n] for n in sorted({number[c] for c in standing}, reverse=True)]


def preferred(ballots, standing):
    """For every two candidates, the ballots on which the first has the higher number."""
    return {a: {b: sum(x[a] > x[b] for x in ballots) for b in standing} for a in standing}


# --- scores

def fitting(ballots, standing, most):
    """Ballots whose scores are all possible ones. What is given to withdrawn candidates is not looked at."""
    return [b for b in ballots if all(0 <= b[c] <= most for c in standing)]


def star(ballots, standing, most, tie_rule, lucks):
    """Winners of one round after the other, each taken out before the next round."""
    total = {c: sum(b[c] for b in ballots) for c in standing}
    top = {c: sum(b[c] == most for b in ballots) for c in standing}
    beats = preferred(ballots, standing)
    left = list(standing)
    while left:
        finalists = []
        for group in by_number(total, left):
            finalists += to_runoff(group, 2 - len(finalists), beats, top, tie_rule, lucks)
        winner = finalists[0]
        if len(finalists) == 2:
            a, b = finalists
            for_a, for_b = (beats[a][b], total[a], top[a]), (beats[b][a], total[b], top[b])
            winner = first_of([a, b], lucks)[0] if for_a == for_b else a if for_a > for_b else b
        yield winner
        left.remove(winner)


def to_runoff(tied, places, beats, top, tie_rule, lucks):
    """Which of these, equal in total, go on to the runoff when so many can."""
    if len(tied) <= places or not places:
        return tied[:places]
    chosen, group = [], list(tied)

    def best_go_on(merit):
        # Level groups go on while they fit; the one that does not is left to the next rule.
        nonlocal tied
        for level in by_number({c: merit(c) for c in tied}, tied):
            tied = level
            if len(level) > places - len(chosen):
                break
            chosen.extend(level)

    def worst_drop_out(badness):
        # When too few are left, they go on, and those dropped last compete for the rest.
        nonlocal tied
        while len(chosen) < places:
            bad = {c: badness(c) for c in tied}
            kept = [c for c in tied if bad[c] < max(bad.values())]
            if not kept:
                break
            if len(kept) <= places - len(chosen):
                chosen.extend(kept)
                kept = [c for c in tied if c not in kept]
            tied = kept

    if tie_rule == "official":
        worst_drop_out(lambda c: sum(beats[o][c] > beats[c][o] for o in tied))
        worst_drop_out(lambda c: -top[c])
    elif tie_rule == "bettervoting":
        if len(group) == 2:
            best_go_on(lambda c: sum(beats[c][o] for o in group))
        best_go_on(lambda c: top[c])
    elif tie_rule == "starvote":
        best_go_on(lambda c: sum(beats[c][o] for o in group))
        best_go_on(lambda c: top[c])
    if len(chosen) < places:
        chosen += first_of(tied, lucks)[:places - len(chosen)]
    return chosen


# --- rankings: 1 is best, 0 is not ranked

def best_ranked(ballot, most):
    """The best of a ranking: a rank counts when at most so many stand on it or before it, otherwise it is left out."""
    return [r if sum(0 < other <= r for other in ballot) <= most else 0 for r in ballot]


def choices(ballot, standing):
    """The ranked candidates that stand, best first, in groups that share a rank."""
    return by_number({c: -ballot[c] for c in standing}, [c for c in standing if ballot[c]])


def compared(ballots, standing):
    """For every two candidates, the ballots that prefer the first. Who is not ranked comes after all who are."""
    return preferred([[-rank or float("-inf") for rank in b] for b in ballots], standing)


def majorities(d, standing, strength):
    """Every majority with its strength."""
    measure = {"wv_lv": lambda won, lost: (won, -lost), "wv": lambda won, lost: (won, 0),
               "margins": lambda won, lost: (won - lost, 0)}[strength]
    return {(a, b): measure(d[a][b], d[b][a]) for a in standing for b in standing if d[a][b] > d[b][a]}


def schulze(ballots, standing, strength):
    """By the strongest paths of majorities: the unbeaten first, then the unbeaten among the rest, and so on."""
    path = majorities(compared(ballots, standing), standing, strength)
    of = lambda a, b: path.get((a, b), (0, 0))
    for via in standing:
        for a in standing:
            for b in standing:
                if a != b:
                    path[a, b] = max(of(a, b), min(of(a, via), of(via, b)))
    groups, left = [], list(standing)
    while left:
        groups.append([a for a in left if all(of(b, a) <= of(a, b) for b in left)])
        left = [c for c in left if c not in groups[-1]]
    return groups


def ranked_pairs(ballots, standing, able, strength, lucks):
    """Majorities are locked from the strongest down unless they close a circle. `able`: who can take a seat."""
    major = majorities(compared(ballots, standing), standing, strength)
    over = {c: set() for c in standing}  # whom a candidate stands above, by what is locked
    for level in sorted(set(major.values()), reverse=True):
        equal = [pair for pair in major if major[pair] == level]
        tied = sorted({c for pair in equal for c in pair})
        closed = [(a, b) for a, b in equal if a in over[b]]
        try:
            luck, open_tie = first_of(tied, lucks), None
        except Undecided as why:
            luck, open_tie = tied, why
        for a, b in sorted(equal, key=lambda pair: (luck.index(pair[0]), -luck.index(pair[1]))):
            if a not in over[b]:
                for c in standing:
                    if c == a or a in over[c]:
                        over[c] |= {b} | over[b]
            elif (a, b) not in closed and open_tie:
                raise open_tie  # another order among these equal majorities would leave out another one
    groups, left = [], list(standing)
    while left:
        # The fewest who are all above everybody else left; among them the order is open, or luck decides it.
        block, grown = [], [c for c in left if not any(c in over[o] for o in left)]
        while block != grown:
            block, grown = grown, [c for c in left if c in grown or any(c not in over[b] for b in grown)]
        left = [c for c in left if c not in block]
        try:
            rest = [c for c in block if c in able]
            while rest:
                free = [c for c in rest if not any(c in over[o] for o in rest)]
                groups.append(first_of(free, lucks)[:1])
                rest.remove(groups[-1][0])
        except Undecided:
            groups = [g for g in groups if g[0] not in block] + [block]
    return groups


def borda(ballots, standing, unranked):
    """Twice the points of each candidate, so that shared points are whole numbers."""
    twice = dict.fromkeys(standing, 0)
    for ballot in ballots:
        groups = choices(ballot, standing)
        ranked = sum(map(len, groups))
        best = ranked if unranked == "modified" else len(standing) - 1
        for group in groups:
            for c in group:
                twice[c] += 2 * best - len(group) + 1
            best -= len(group)
        for c in standing:
            if ranked and unranked == "average" and not ballot[c]:
                twice[c] += len(standing) - ranked - 1
    return twice


def irv(ballots, standing, overvote, stop, lucks):
    """The winner of an instant runoff; nobody when no ballot has a first choice that counts."""
    lists = []
    for ballot in ballots:
        groups = choices(ballot, standing)
        if overvote == "truncate":
            groups = list(itertools.takewhile(lambda g: len(g) == 1, groups))
        if overvote != "reject" or all(len(g) == 1 for g in groups):
            lists.append(groups)
    left, rounds = list(standing), []
    while True:
        votes = dict.fromkeys(left, 0)
        for groups in lists:
            still = next(filter(None, ([c for c in g if c in votes] for g in groups)), [])
            if len(still) == 1:  # several on one rank wait until one of them is left
                votes[still[0]] += 1
        if not any(votes.values()):
            return None
        rounds.append(votes)
        first = max(left, key=votes.get)
        if len(left) == 1 or 2 * votes[first] > sum(votes.values()) and (stop != "two" or len(left) == 2):
            return first
        lowest = left
        for earlier in reversed(rounds):  # this round, then the one before, and so on
            lowest = by_number(earlier, lowest)[-1]
        left.remove(first_of(lowest, lucks)[-1])


# --- grades: 1 is best, 0 is none

def graded(ballots, standing, grades, rule):
    """The ballots that count; with the published rule, what is left out of a ballot has the worst grade."""
    good = [b for b in ballots if all(0 <= b[c] <= grades for c in standing) and any(b[c] for c in standing)]
    if rule == "published":
        return [[mark or grades for mark in b] for b in good]
    return [b for b in good if all(b[c] for c in standing)]


def majority_judgment(ballots, standing, rule):
    """By the grade in the middle; where it is the same, by the grades that follow when it is taken away, and so on."""
    middles = {}
    for c in standing:
        marks = sorted(b[c] for b in ballots)
        half, odd = len(marks) // 2, len(marks) % 2
        pairs = zip(reversed(marks[:half]), marks[half + odd:])  # outwards from the middle, better and worse side
        middles[c] = tuple(-mark for mark in marks[half:half + odd])
        for better, worse in pairs:
            middles[c] += (-worse, -better) if rule == "published" else (-better, -worse)
    return by_number(middles, standing)
