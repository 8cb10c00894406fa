import itertools as it
print(list(it.chain([1], [2, 3])), list(it.accumulate([1, 2, 3, 4])), list(it.islice(it.count(5, 2), 3)))
print([(k, len(list(g))) for k, g in it.groupby("aaabbc")], list(it.combinations("abc", 2)))
print(list(it.permutations([1, 2, 3], 2))[:3], list(it.product("ab", [1, 2])), list(it.zip_longest([1], [2, 3], fillvalue=0)))
print(list(it.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.dropwhile(lambda x: x < 3, [1, 2, 3, 1])))
print(list(it.starmap(pow, [(2, 3), (3, 2)])), list(it.repeat("x", 2)), list(it.pairwise([1, 2, 3])), list(it.compress("abc", [1, 0, 1])))
a, b = it.tee([1, 2])
print(list(a), list(b), next(it.cycle("z")))
