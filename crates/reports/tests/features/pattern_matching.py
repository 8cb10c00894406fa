def describe(x):
    match x:
        case 0:
            return "zero"
        case int() | float() if x < 0:
            return "negative"
        case [a, b]:
            return f"pair {a} {b}"
        case [first, *rest]:
            return f"list {first} +{len(rest)}"
        case {"kind": "dues", "amount": amount, **more}:
            return f"dues {amount} {sorted(more)}"
        case str() as s:
            return s.upper()
        case _:
            return "other"


for x in [0, -2, [1, 2], [1, 2, 3], {"kind": "dues", "amount": 5, "z": 1}, "hi", 7, None]:
    print(describe(x))


class P:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


match P(1, 2):
    case P(1, y=b):
        print("point", b)
