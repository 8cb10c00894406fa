from dataclasses import dataclass, field, asdict, replace, fields


@dataclass(order=True)
class Member:
    name: str
    year: int = 2020
    tags: list = field(default_factory=list)


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


a, b = Member("Ada", 2019, ["x"]), Member("Bo")
print(a, b, a < b, asdict(a))
print(replace(b, year=2024), [f.name for f in fields(Member)])
p = Point(1)
try:
    p.x = 2
except Exception as error:
    print(type(error).__name__)
print(p, {p: 1}[Point(1, 0)])
