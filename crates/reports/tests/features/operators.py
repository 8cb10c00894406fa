class Money:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        return Money(self.cents + other.cents)

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __mul__(self, n):
        return Money(self.cents * n)

    __rmul__ = __mul__

    def __neg__(self):
        return Money(-self.cents)

    def __bool__(self):
        return self.cents != 0

    def __str__(self):
        return f"{self.cents / 100:.2f}"

    def __format__(self, spec):
        return format(str(self), spec)

    def __call__(self, x):
        return x + self.cents

    def __getattr__(self, name):
        return f"no {name}"


print(sum([Money(150), Money(275)]), 2 * Money(50), -Money(5), bool(Money(0)), f"{Money(1):>8}", Money(3)(4), Money(1).foo)
x = 5
x += 2
x //= 3
x **= 3
print(x, 1 < x <= 8 != 9, not x, x and "yes" or "no", "a" if x > 10 else "b", x is not None)
print(3 if [] else 4, None or 0 or "last", [] == [], [1] * 3, 5 in (1, 5))
