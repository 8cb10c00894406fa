from enum import Enum, IntEnum, Flag, auto, unique


class Tier(Enum):
    SUPPORTING = "supporting"
    FELLOW = "fellow"

    @property
    def title(self):
        return self.value.title()


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class May(Flag):
    READ = auto()
    WRITE = auto()


print(Tier("fellow"), Tier.FELLOW.title, [t.name for t in Tier], Tier["SUPPORTING"].value)
print(Level.HIGH > Level.LOW, Level(1).name, sum(Level), (May.READ | May.WRITE) & May.READ == May.READ)
try:
    Tier("x")
except ValueError as error:
    print(error)
