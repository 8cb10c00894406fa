d = {"a": 1, "b": 2}
d |= {"c": 3}
print(d, d.get("z", 0), d.setdefault("q", []), d.pop("a"), list(d), "b" in d)
print(dict(sorted(d.items(), key=lambda kv: str(kv[1]))), {v: k for k, v in {"x": 1}.items()})
d.update(b=5)
del d["c"]
print(d, len(d), dict.fromkeys("ab", 0), list(d.values()))
a, b = {1, 2, 3}, {2, 3, 4}
print(a & b, a | b, a - b, a ^ b, a <= {1, 2, 3, 4}, frozenset([1, 1]), a.isdisjoint({9}))
print(sorted(map(str, {True, 2, "x"})), set("hello") == set("olleh"))
try:
    {[]: 1}
except TypeError as error:
    print(error)
t = (1, [2])
t[1].append(3)
print(t, tuple("ab") + (1,), (1, 2) < (1, 3))
