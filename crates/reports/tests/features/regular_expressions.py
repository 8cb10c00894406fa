import re
text = "Ada <ada@x.test>, Bo <bo@y.test>; since 2019-05-01"
print(re.findall(r"<([^>]+)>", text))
m = re.search(r"(?P<y>\d{4})-(?P<m>\d\d)-(\d\d)", text)
print(m.group("y"), m.groups(), m.span(), m.groupdict())
print(re.sub(r"\d+", lambda m: str(int(m[0]) + 1), "a1 b22"))
print(re.split(r"[,;]\s*", text), re.match(r"x", text))
print([m.start() for m in re.finditer("a", "banana")], re.sub(r"(a)(n)", r"\2\1", "banana"))
print(bool(re.fullmatch(r"[a-z]+", "abc", re.I)), re.compile(r"^b", re.M).findall("a\nb\nbb"))
print(re.escape("a.b"), re.sub(r"(?i)HELLO", "x", "hello"))
