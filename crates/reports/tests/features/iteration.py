class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1

    def __len__(self):
        return self.n

    def __contains__(self, x):
        return x <= self.n

    def __getitem__(self, i):
        return i * 10


print(list(Countdown(3)), len(Countdown(4)), 2 in Countdown(3), Countdown(1)[5])
for i in range(5):
    if i == 1:
        continue
    if i == 3:
        break
    print(i)
else:
    print("never")
while True:
    break
for i, (a, b) in enumerate(zip("ab", "cd")):
    print(i, a, b)
it = iter([1, 2])
print(next(it), next(it), next(it, "end"), list(iter(lambda c=[3]: c.append(c.pop() - 1) or c[0], 0)))
