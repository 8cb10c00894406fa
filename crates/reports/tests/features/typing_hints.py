from typing import Optional, NamedTuple, TypedDict, Protocol, Iterable, get_type_hints


class P(NamedTuple):
    x: int
    y: int = 2


class Conf(TypedDict):
    name: str


class Sized(Protocol):
    def size(self) -> int: ...


def total(xs: Iterable[int], start: Optional[int] = None) -> int:
    return sum(xs, start or 0)


c: Conf = {"name": "x"}
print(P(1), P(1).y, total([1, 2]), total.__annotations__["return"].__name__, c, sorted(get_type_hints(total)))
x: list[int] | None = None
print(x)
