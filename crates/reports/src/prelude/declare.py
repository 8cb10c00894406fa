"""Reads the form, the datasets and the description from a script's text, without running any of it."""

PARAMETERS = ("text", "integer", "number", "flag", "choice", "date", "election")
OPTIONS = ("label", "default", "choices", "min", "max", "help")
POSITIONS = {"choice": ("label", "choices", "default", "help"), "election": ("label", "help"),
             "integer": ("label", "default", "min", "max", "help"), "number": ("label", "default", "min", "max", "help")}


class Declaration(Exception):
    def __init__(self, message, line):
        self.message = message
        self.line = line


def literal(node, what):
    kind = type(node).__name__
    if kind == "Constant" and isinstance(node.value, (str, int, float, bool, type(None))):
        return node.value
    if kind in ("List", "Tuple"):
        return [literal(item, what) for item in node.elts]
    if kind == "UnaryOp" and type(node.op).__name__ == "USub":
        value = literal(node.operand, what)
        if isinstance(value, (int, float)):
            return -value
    raise Declaration(f"{what} is written out as plain text, number or list, because the form is made before the script runs",
                      node.lineno)


def children(node):
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            for item in value:
                if hasattr(item, "_fields"):
                    yield item
        elif hasattr(value, "_fields"):
            yield value


def parameter(call, key):
    kind = call.func.attr
    if kind not in PARAMETERS:
        raise Declaration(f"there is no param.{kind}; there are: {', '.join(PARAMETERS)}", call.lineno)
    found = {}
    positions = POSITIONS.get(kind, ("label", "default", "help"))
    if len(call.args) > len(positions):
        raise Declaration(f"param.{kind} takes {', '.join(positions)}", call.lineno)
    for name, node in zip(positions, call.args):
        found[name] = literal(node, f"{name} of a param")
    for word in call.keywords:
        if word.arg not in OPTIONS or word.arg not in positions:
            raise Declaration(f"param.{kind} has no option {word.arg!r}; it takes {', '.join(positions)}", call.lineno)
        found[word.arg] = literal(word.value, f"{word.arg} of a param")
    if kind == "election":
        found.setdefault("label", "Election")
    if not isinstance(found.get("label"), str) or not found["label"]:
        raise Declaration("a param begins with its label, as plain text", call.lineno)
    found["kind"] = kind
    found["key"] = key or ""
    found["line"] = call.lineno
    return found


def use(call, name):
    found = {"dataset": name, "columns": None, "personal": False, "line": call.lineno}
    for word in call.keywords:
        if word.arg == "personal":
            constant = type(word.value).__name__ == "Constant" and word.value.value is False
            found["personal"] = not constant
        elif word.arg == "columns" and type(word.value).__name__ in ("List", "Tuple"):
            items = word.value.elts
            if all(type(item).__name__ == "Constant" and isinstance(item.value, str) for item in items):
                found["columns"] = [item.value for item in items]
    return found


def declare(tree, datasets):
    parameters, uses, description = [], [], ""
    if tree.body and type(tree.body[0]).__name__ == "Expr":
        first = tree.body[0].value
        if type(first).__name__ == "Constant" and isinstance(first.value, str):
            description = first.value.strip()
    waiting = [(node, None) for node in reversed(tree.body)]
    labels, keys = set(), set()
    while waiting:
        node, key = waiting.pop()
        kind = type(node).__name__
        if kind in ("Assign", "AnnAssign"):
            targets = node.targets if kind == "Assign" else [node.target]
            if len(targets) == 1 and type(targets[0]).__name__ == "Name":
                key = targets[0].id
        elif kind == "Call":
            target = type(node.func).__name__
            if target == "Attribute" and type(node.func.value).__name__ == "Name" and node.func.value.id == "param":
                found = parameter(node, key)
                if found["label"] in labels:
                    raise Declaration(f"two params have the label {found['label']!r}", node.lineno)
                found["key"] = found["key"] or found["label"].lower().replace(" ", "_")
                if found["key"] in keys:
                    raise Declaration(f"two params go to the name {found['key']!r}", node.lineno)
                labels.add(found["label"])
                keys.add(found["key"])
                parameters.append(found)
            elif target == "Name" and node.func.id in datasets:
                uses.append(use(node, node.func.id))
            key = None
        elif kind not in ("Expr", "IfExp", "BoolOp", "Compare"):
            key = None
        waiting.extend((child, key) for child in reversed(list(children(node))))
    return {"description": description, "parameters": parameters, "uses": uses}
