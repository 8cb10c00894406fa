class Shape:
    count = 0

    def __init__(self, name):
        self.name = name
        Shape.count += 1

    @property
    def label(self):
        return f"<{self.name}>"

    @label.setter
    def label(self, value):
        self.name = value

    @classmethod
    def made(cls):
        return cls.count

    @staticmethod
    def unit():
        return "cm"

    def __repr__(self):
        return f"Shape({self.name!r})"

    def __eq__(self, other):
        return self.name == other.name

    def __lt__(self, other):
        return self.name < other.name

    def __hash__(self):
        return hash(self.name)


s = Shape("square")
s.label = "box"
print(s, s.label, Shape.made(), Shape.unit(), s == Shape("box"))
print(sorted([Shape("c"), Shape("a"), Shape("b")]), isinstance(s, Shape), hasattr(s, "x"), getattr(s, "x", 7))
