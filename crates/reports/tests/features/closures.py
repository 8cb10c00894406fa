def counter(start=0):
    n = start

    def step(by=1):
        nonlocal n
        n += by
        return n
    return step


c, d = counter(), counter(10)
print(c(), c(), d(5), c(by=3))
fs = [lambda i=i: i * i for i in range(4)]
print([f() for f in fs])
total = 0


def add(*args, scale=1, **more):
    global total
    total += sum(args) * scale
    return sorted(more)


print(add(1, 2, scale=2, z=1, y=2), total)


def only(a, /, b, *, c):
    return a, b, c


print(only(1, b=2, c=3), (lambda *a, **k: (a, k))(1, x=2))
head, *tail = [1, 2, 3]
(x, y), z = (1, 2), 3
print(head, tail, x, y, z, [*tail, *"ab"], {**{"a": 1}, "b": 2})
