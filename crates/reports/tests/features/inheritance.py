class Base:
    def __init__(self, x):
        self.x = x

    def who(self):
        return "base"

    def twice(self):
        return self.who() * 2


class Left(Base):
    def who(self):
        return "left " + super().who()


class Right(Base):
    def who(self):
        return "right " + super().who()


class Both(Left, Right):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y


b = Both(1, 2)
print(b.who(), b.x, b.y, [c.__name__ for c in Both.__mro__])
print(b.twice(), issubclass(Both, Base), type(b).__name__)

from abc import ABC, abstractmethod


class Plan(ABC):
    @abstractmethod
    def run(self):
        ...


try:
    Plan()
except TypeError as error:
    print(type(error).__name__)
