s = "  The Quick brown fox  "
print(s.strip().title(), s.split(), s.strip().lower().replace("quick", "slow"), s.find("Quick"))
print("a-b-c".rsplit("-", 1), "x".join("123"), "abc"[::-1], "abc".center(9, "*"), "7".zfill(3))
print("straße".casefold(), "é".encode("utf-8"), b"abc".hex(), "日本".isalpha(), "7".isdigit(), len("👍"))
print("a,b,,c".partition(","), "tab\tx".expandtabs(4), "x" * 3, "abc" < "abd", "b" in "abc")
print("prefix-x".removeprefix("prefix-"), "Hello".swapcase(), "line\nline2".splitlines(), ord("A"), chr(233))
print("{:>8}|{:<8}|{:^8}".format("r", "l", "c"), "abc".translate(str.maketrans("ab", "xy")), "%.3f" % 2.0)
import textwrap
print(textwrap.fill("the quick brown fox jumps", 12), textwrap.dedent("  a\n  b"))
