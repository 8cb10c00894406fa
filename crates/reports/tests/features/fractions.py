from fractions import Fraction
from math import gcd, lcm, isclose, floor, ceil, comb, isqrt
a = Fraction(1, 3)
print(a + Fraction(1, 6), a * 3 == 1, Fraction("0.125"), Fraction(7, 4) // 1, float(a) < 0.34, str(Fraction(6, 4)))
print(sorted([Fraction(1, 2), Fraction(1, 3)]), round(Fraction(7, 3)), Fraction(3.0), max(a, 1))
print(gcd(12, 18), lcm(4, 6), isclose(0.1 + 0.2, 0.3), floor(-1.5), ceil(1.2), comb(5, 2), isqrt(17))
