import json
data = {"b": [1, 2.5, None, True], "a": {"x": "\u00e9\n\"q\""}}
text = json.dumps(data, sort_keys=True)
print(text)
print(json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True))
print(json.loads(text) == data, json.loads("[1e3, -0.5]"))
try:
    json.loads("{bad")
except json.JSONDecodeError as error:
    print(type(error).__name__, error.pos)
