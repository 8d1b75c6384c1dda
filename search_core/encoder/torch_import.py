"""Importing torch in one thread while others answer queries."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_LARGEST = Path("lib", "libtorch_cpu.so")  # 400 MB


def import_torch() -> None:
    """Import torch, holding up other threads as little as that can be done.

    Raises
    ------
    ModuleNotFoundError
        It is not installed.
    """
    if "torch" in sys.modules:
        return
    with no_garbage_collection():
        _load_largest_library()
        import torch  # noqa: F401


def _load_largest_library() -> None:
    # An import loads libraries under the interpreter's lock, and this one takes a third of a
    # second or more, in which nobody is answered. A foreign function runs without the lock, and the
    # import finds the library loaded. Whatever fails here, the import itself raises again.
    found = find_spec("torch")
    if sys.platform == "linux" and found is not None and found.origin is not None:
        load = ctypes.CDLL(None).dlopen
        load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        load(os.fsencode(Path(found.origin).parent / _LARGEST), os.RTLD_NOW)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Keep garbage from being collected meanwhile, where it is collected at all."""
    # Importing torch makes 160,000 objects that stay; looking for waste among them again and again
    # is a tenth of the import.
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
