from contextlib import contextmanager, suppress, ExitStack


class Door:
    def __enter__(self):
        print("open")
        return self

    def __exit__(self, kind, error, trace):
        print("close", kind.__name__ if kind else None)
        return kind is KeyError


@contextmanager
def tag(name):
    print(f"<{name}>")
    yield name
    print(f"</{name}>")


with Door() as d, tag("b") as t:
    print(t)
with Door():
    raise KeyError("swallowed")
with suppress(ZeroDivisionError):
    1 / 0
with ExitStack() as stack:
    for n in "xy":
        stack.enter_context(tag(n))
