print([x * x for x in range(10) if x % 2])
print({x: y for x, y in zip("abc", range(3))})
print(sorted({len(w) for w in "the quick brown fox".split()}))
print(sum(x for x in range(101)))
print([(a, b) for a in range(3) for b in range(a)])
print([[r * c for c in range(1, 4)] for r in range(1, 4)])
data = [3, 1, 4, 1, 5]
if (n := len(data)) > 3:
    print(n, [y := 1, y ** 2])
