from decimal import Decimal, getcontext, ROUND_HALF_UP, ROUND_HALF_EVEN
print(Decimal("0.1") + Decimal("0.2"), Decimal("10") / 3)
print(Decimal("2.675").quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("2.665").quantize(Decimal("0.01"), ROUND_HALF_EVEN))
print(sum([Decimal("9.90")] * 3), Decimal("1E+3"), Decimal("-0.50").normalize(), Decimal(7) // 2, Decimal(7) % 2)
getcontext().prec = 5
print(Decimal(1) / 7, Decimal("123.456").to_integral_value(), int(Decimal("3.9")), Decimal("1.10") == Decimal("1.1"))
print(f"{Decimal('1234.5'):,.2f}")
