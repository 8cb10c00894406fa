import hashlib, base64, unicodedata, string, uuid, random, operator, copy, pprint, io, difflib
print(hashlib.sha256(b"folkmoot").hexdigest()[:16], base64.b64encode(b"hi").decode(), string.ascii_lowercase[:5])
print(unicodedata.normalize("NFKD", "é").encode("ascii", "ignore"), unicodedata.name("é"))
a = {"x": [1, 2]}
b = copy.deepcopy(a)
b["x"].append(3)
print(a, b, operator.mul(3, 4))
pprint.pprint({"b": 1, "a": [1, 2]})
s = io.StringIO("one\ntwo\n")
print([line.strip() for line in s], difflib.get_close_matches("tier", ["tiers", "year"]))
random.seed(1)
r = [random.randrange(100) for _ in range(3)]
print(r, random.choice("abc"), round(random.random(), 6))
print(string.Template("$a and $b").substitute(a=1, b=2), uuid.UUID(int=5))
