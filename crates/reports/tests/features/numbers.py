print(7 // 2, -7 // 2, 7 % -3, divmod(17, 5), 2 ** 100, 10 ** 20 % 7, 1e308 * 10, -0.0)
print(int("ff", 16), hex(255), oct(8), bin(5), 0b101 | 0x10, 5 & 3, 5 ^ 3, 1 << 10, ~5)
print(0.1 + 0.2, 1 / 3, 1e16, 1e-7, 123456789.0, 5.0, float("inf"), abs(-3), pow(3, 4, 5))
print(round(3.14159, 3), round(2.5), round(3.5), round(-2.5), round(1234, -2), int(-3.7), float("1e3"))
print(sum([0.1] * 10) == 1.0, 3 == 3.0, True + True, complex(1, 2) * 1j, (10).bit_length(), 1_000_000)
import math
print(math.pi, math.sqrt(2), math.log(10), math.factorial(10), math.fsum([0.1] * 10), math.inf, math.hypot(3, 4))
print(f"{12345.678:,.1f} {0.00001234:g} {1e10:g} {255:08b} {3.0:g}")
