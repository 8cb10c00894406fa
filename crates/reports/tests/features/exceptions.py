class Refused(ValueError):
    def __init__(self, what, code=3):
        super().__init__(what)
        self.code = code


def f(x):
    try:
        if x == 0:
            raise Refused("no")
        return 10 // (x - 1)
    except Refused as error:
        return f"refused {error} {error.code}"
    except (ZeroDivisionError, TypeError) as error:
        return type(error).__name__
    else:
        return "unreached"
    finally:
        print("finally", x)


print(f(0), f(1), f(3), f("a"))
try:
    try:
        {}["x"]
    except KeyError as error:
        raise RuntimeError("outer") from error
except RuntimeError as error:
    print(error, repr(error.__cause__))
try:
    assert 1 == 2, "sum"
except AssertionError as error:
    print(error)
for bad in ("int('x')", "[][1]", "None.x", "undefined", "'a' + 1"):
    try:
        eval(bad)
    except Exception as error:
        print(type(error).__name__)
