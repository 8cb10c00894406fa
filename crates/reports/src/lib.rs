//! Reports that staff write in Python: the interpreter, the sandboxed child it runs in, datasets and outputs.
