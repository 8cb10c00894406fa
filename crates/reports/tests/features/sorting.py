rows = [("b", 2), ("a", 2), ("c", 1)]
print(sorted(rows), sorted(rows, key=lambda r: (-r[1], r[0])), sorted("banana", reverse=True))
from operator import itemgetter, attrgetter, methodcaller
print(sorted(rows, key=itemgetter(1)), max(rows, key=itemgetter(1)), min(rows))
print(list(map(methodcaller("upper"), ["a", "b"])), any([0, 1]), all([]), list(filter(None, [0, 1, "", "a"])))
xs = [5, 3, 8]
xs.sort()
xs.insert(0, 9)
xs.extend([1, 1])
xs.remove(1)
print(xs, xs.index(8), xs.count(1), xs.pop(), xs[1:3], xs[-2:])
import bisect, heapq
print(bisect.bisect([1, 3, 5], 3), heapq.nlargest(2, xs), heapq.nsmallest(2, rows))
h = []
for x in [5, 1, 4]:
    heapq.heappush(h, x)
print(heapq.heappop(h), list(zip(*[(1, "a"), (2, "b")])))
