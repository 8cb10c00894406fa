from functools import reduce, partial, lru_cache, wraps, cmp_to_key, total_ordering, singledispatch
print(reduce(lambda a, b: a * b, range(1, 6)), partial(int, base=2)("101"))


@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(60), fib.cache_info().hits)


def loud(f):
    @wraps(f)
    def inner(*a, **k):
        return f(*a, **k) + "!"
    return inner


@loud
def hello(name, *, greet="hi"):
    "doc"
    return f"{greet} {name}"


print(hello("Bo"), hello("Bo", greet="yo"), hello.__name__, hello.__doc__)
print(sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a)))


@singledispatch
def kind(x):
    return "thing"


@kind.register
def _(x: int):
    return "int"


print(kind(1), kind("a"))
