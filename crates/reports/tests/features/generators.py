def squares(n):
    for i in range(n):
        yield i * i


def both():
    got = yield "start"
    print("got", got)
    yield from squares(3)
    return "end"


g = both()
print(next(g), g.send(5), list(g))
print(sum(squares(5)), max(squares(4), default=None), list(zip(squares(3), "ab")))


def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


f = fib()
print([next(f) for _ in range(10)])


def closing():
    try:
        yield 1
    finally:
        print("closed")


c = closing()
next(c)
c.close()
print(list(reversed(range(0, 10, 3))), list(enumerate("ab", 1)))
