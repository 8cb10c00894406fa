"""What a script finds around it. Runs in the same names as parameters.py, last."""

class _Log:
    """Where print goes: beside the report, for its author."""

    encoding = "utf-8"
    errors = "replace"

    def write(self, text):
        _host.log(str(text))
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True


def _surroundings():
    import _io
    import builtins
    import _dummy_os

    refusal = "reports have no files, network or programs; ask a dataset for the rows"

    # What people reach for is refused in words; whatever else the library looks for is simply not there.
    known = set("""
        access chdir chmod close cpu_count execv execve getcwd getenv getlogin getpid getuid kill link listdir lstat
        makedirs mkdir open pipe popen read readlink remove rename replace rmdir scandir spawnv stat symlink system truncate
        uname unlink urandom utime walk write
    """.split())

    def attribute(name):
        if name.isupper():
            return 0
        if name not in known:
            raise AttributeError(f"os.{name}: {refusal}")

        def refused(*_, **__):
            raise PermissionError(f"os.{name}: {refusal}")
        return refused

    class FileIO(_io._RawIOBase):
        def __init__(self, *_, **__):
            raise PermissionError(refusal)

    def open(*_, **__):
        raise PermissionError(f"open: {refusal}")

    _dummy_os.__getattr__ = attribute
    _dummy_os.environ = {}
    _dummy_os.name = "posix"
    _io.FileIO = FileIO
    _io.open = open
    builtins.open = open
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = _Log()


def _prepare(parameters, day):
    """The names a script sees."""
    names = {name: globals()[name] for name in __all__ if name not in ("param", "today")}
    names["param"] = _Parameters(parameters)
    names["today"] = date.fromisoformat(day)
    for dataset in _host.describe():
        names[dataset] = _dataset(dataset)
    names["__name__"] = "__main__"
    names["__builtins__"] = __builtins__
    return names


_surroundings()
