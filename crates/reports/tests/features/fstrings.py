name, n, x = "Ada", 1234567, 3.14159
print(f"{name!r} {n:,} {x:.2f} {x:>10.3f}| {name:<8}| {name:^9}| {n:#x} {n:b}")
print(f"{'nested ' + f'{name}'} {n % 7 = } {x:e}")
width = 12
print(f"{name:*^{width}} {-5:+d} {0.5:.0%} {True} {None}")
print("%s %5d %-6s| %05.1f %%" % (name, 42, "ab", 2.25))
print("{0} {1} {0} {key:>6}".format("a", "b", key="k"))
