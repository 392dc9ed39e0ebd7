"""Where things are in the memory of each minor version of CPython, 3.11 to 3.15, on 64 bits.

From 3.13 on the interpreter says it itself, in `_Py_DebugOffsets` at the head of its runtime
state, whose fields differ from version to version. 3.11 and 3.12 are frozen: theirs are constants,
the same on x86-64 and arm64. All of it is checked against the truth inside a process of each.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from pcsim.watch.outside.refusals import Refusal, free_threaded_refusal, version_refusal

FIRST_MINOR, LAST_MINOR = 11, 15
COOKIE = b"xdebugpy"
HEAD = struct.Struct("<8sQQ")
"""What the debug offsets begin with: the cookie, the version, whether there is no global lock."""

# The same in all of these versions; objects of builds without a global lock are larger.
OB_TYPE = 8
OB_SIZE = 16
"""The size of a tuple, list or deque, and the items in use of a dict and filled ones of a set."""
SET_USED = 24
LIST_ITEMS = 24
SET_MASK, SET_TABLE = 32, 40
TYPE_BASIC_SIZE, TYPE_FLAGS, TYPE_MRO, TYPE_SUBCLASSES = 32, 168, 344, 360
TYPE_NAME = 24
DICT_KEYS, DICT_VALUES = 32, 40
KEYS_INDEX_BYTES, KEYS_KIND, KEYS_ENTRIES, KEYS_INDICES = 9, 10, 24, 32
"""Of a table of keys: the logarithm of the bytes of its indices, the kind, the number of entries,
and where the indices begin, after which come the entries."""
GENERAL_KEYS = 0
"""The kind of keys that are not all strings: each entry has its hash before the key."""
MODULE_DICT = 16
METHOD_FUNCTION, METHOD_SELF = 16, 24
FUNCTION_GLOBALS, FUNCTION_CODE, FUNCTION_CLOSURE = 16, 48, 72
CELL_CONTENT = 16
CODE_NAMES = 32
LONG_DIGITS = 24
UNICODE_LENGTH, UNICODE_STATE = 16, 32
UNICODE_KIND_SHIFT, UNICODE_COMPACT, UNICODE_ASCII = 2, 1 << 5, 1 << 6
WEAKREF_OBJECT = 16
DICT_BEFORE, VALUES_BEFORE = 24, 32
"""How far before an object the pointers to its dict and, in 3.11, to its values are."""
FLAG_INLINE_VALUES, FLAG_MANAGED_DICT = 1 << 2, 1 << 4
FRAME_OF_PYTHON = frozenset({0, 1, 2})
"""Who owns a frame: a thread, a generator, a frame object. Others are marks without code."""
DEQUE_LEFT, DEQUE_INDEX, DEQUE_BLOCK = 24, 40, 64
"""Of a deque: its first block, the index of its first item there, the items of a block."""
EVAL_PLEASE_STOP = 1 << 5
"""The bit by which a thread is asked to run what a debugger has for it."""


class Layout(NamedTuple):
    """The offsets of one minor version, in bytes."""

    interpreters: int
    """Of the first interpreter, in the runtime state."""
    threads: int
    """Of the newest thread, in an interpreter."""
    modules: int
    lock: int
    """Of the lock, from where `lock_from` says."""
    lock_holder: int
    lock_from: str
    """`runtime`, `pointer` (one in the interpreter, at `lock_pointer`) or `interpreter`."""
    lock_pointer: int
    thread_next: int
    thread_ident: int
    thread_native: int
    thread_frame: int
    c_frame: int | None
    """Where the frame is in what `thread_frame` points to, up to 3.12."""
    frame_size: int
    frame_previous: int
    frame_code: int
    frame_instruction: int
    frame_globals: int
    frame_locals: int
    frame_owner: int
    code_size: int
    code_filename: int
    code_qualname: int
    code_first_line: int
    code_line_table: int
    code_instructions: int
    code_variables: int
    cached_keys: int
    """Of a class: the keys that its instances share."""
    tuple_items: int
    ascii_size: int
    """Where the characters of an ASCII string begin."""
    compact_size: int
    values_skip: int
    """What comes before the values of attributes that are not in a dict."""
    remote: Remote | None = None
    """How a thread is asked to run a script; None where it cannot be asked."""


class Remote(NamedTuple):
    """Where a thread is asked to run a script, from 3.14 on."""

    eval_breaker: int
    support: int
    """Of the support for debuggers, in a thread."""
    enabled: int
    """Whether it is allowed, in an interpreter."""
    pending: int
    script: int
    script_size: int


PY_3_11 = Layout(
    interpreters=40, threads=16, modules=888,
    lock=376, lock_holder=368, lock_from="runtime", lock_pointer=0,
    thread_next=8, thread_ident=152, thread_native=160, thread_frame=56, c_frame=8,
    frame_size=80, frame_previous=48, frame_code=32, frame_instruction=56, frame_globals=8,
    frame_locals=72, frame_owner=69,
    code_size=192, code_filename=112, code_qualname=128, code_first_line=72, code_line_table=136,
    code_instructions=184, code_variables=96,
    cached_keys=872, tuple_items=24, ascii_size=48, compact_size=72, values_skip=0,
)  # fmt: skip
PY_3_12 = Layout(
    interpreters=40, threads=72, modules=944,
    lock=16, lock_holder=8, lock_from="pointer", lock_pointer=384,
    thread_next=8, thread_ident=136, thread_native=144, thread_frame=56, c_frame=0,
    frame_size=80, frame_previous=8, frame_code=0, frame_instruction=56, frame_globals=24,
    frame_locals=72, frame_owner=70,
    code_size=200, code_filename=112, code_qualname=128, code_first_line=68, code_line_table=136,
    code_instructions=192, code_variables=96,
    cached_keys=880, tuple_items=24, ascii_size=40, compact_size=56, values_skip=0,
)  # fmt: skip
CONSTANT = {11: PY_3_11, 12: PY_3_12}
HEAD_SIZE = 1024
"""The bytes of a runtime state that are read for the debug offsets: more than any version has."""

# The fields of `_Py_DebugOffsets`, in order; `+14` marks one that is there from 3.14 on.
FIELDS = """
runtime_state size finalizing interpreters_head
interpreter_state size id next threads_head threads_main+14 gc imports_modules sysdict builtins \
ceval_gil gil_runtime_state gil_runtime_state_enabled gil_runtime_state_locked \
gil_runtime_state_holder code_object_generation+14 tlbc_generation+14
thread_state size prev next interp current_frame base_frame+15 last_profiled_frame+15 \
last_profiled_frame_seq+15 thread_id native_thread_id datastack_chunk status holds_gil+15 \
gil_requested+15 current_exception+15 exc_state+15
err_stackitem+15 exc_value
interpreter_frame size previous executable instr_ptr localsplus owner stackpointer+14 tlbc_index+14
code_object size filename name qualname linetable firstlineno argcount localsplusnames \
localspluskinds co_code_adaptive co_tlbc+14
pyobject size ob_type
type_object size tp_name tp_repr tp_flags tp_basicsize+15 tp_dictoffset+15
heap_type_object+15 size ht_cached_keys
tuple_object size ob_item ob_size
list_object size ob_item ob_size
set_object+14 size used table mask
dict_object size ma_keys ma_values
float_object size ob_fval
long_object size lv_tag ob_digit
bytes_object size ob_size ob_sval
unicode_object size state length asciiobject_size compactunicodeobject_size+15
gc size collecting frame+15 generation_stats_size+15 generation_stats+15
gen_object+14 size gi_name gi_iframe gi_frame_state
llist_node+14 next prev
debugger_support+14 eval_breaker remote_debugger_support remote_debugging_enabled \
debugger_pending_call debugger_script_path debugger_script_path_size
"""
CACHED_KEYS = 880
"""In 3.13 and 3.14, which do not say it."""
COMPACT_SIZE = 56
VALUES_SKIP = 8
FRAME_GLOBALS = 24


def fields_of(minor: int) -> list[str]:
    """Return the names of the debug offsets of a version, in order: `thread_state.next`."""
    names = []
    for line in FIELDS.strip().splitlines():
        group, *fields = line.split()
        group, _, since = group.partition("+")
        if minor < int(since or 0):
            continue
        for field in fields:
            name, _, since = field.partition("+")
            if minor >= int(since or 0):
                names.append(f"{group}.{name}")
    return names


def layout_from(head: bytes) -> Layout:
    """Return the layout that the head of a runtime state describes, from 3.13 on.

    Args:
        head: Its first `HEAD_SIZE` bytes.

    Raises:
        Refusal: A version or a build that cannot be read.
    """
    cookie, version, free_threaded = HEAD.unpack_from(head)
    if cookie != COOKIE:
        raise Refusal("s memory does not begin as that of a known Python does")
    minor = version >> 16 & 0xFF
    if version >> 24 != 3 or not 13 <= minor <= LAST_MINOR:
        raise version_refusal(version >> 24, minor)
    if free_threaded:
        raise free_threaded_refusal(minor)
    names = fields_of(minor)
    numbers = struct.unpack_from(f"<{len(names)}Q", head, HEAD.size)
    return _described(dict(zip(names, numbers, strict=True)))


def _described(of: dict[str, int]) -> Layout:
    remote = None
    if "debugger_support.eval_breaker" in of:
        remote = Remote(
            eval_breaker=of["debugger_support.eval_breaker"],
            support=of["debugger_support.remote_debugger_support"],
            enabled=of["debugger_support.remote_debugging_enabled"],
            pending=of["debugger_support.debugger_pending_call"],
            script=of["debugger_support.debugger_script_path"],
            script_size=of["debugger_support.debugger_script_path_size"],
        )
    return Layout(
        interpreters=of["runtime_state.interpreters_head"],
        threads=of["interpreter_state.threads_head"],
        modules=of["interpreter_state.imports_modules"],
        lock=of["interpreter_state.gil_runtime_state_locked"],
        lock_holder=of["interpreter_state.gil_runtime_state_holder"],
        lock_from="interpreter",
        lock_pointer=0,
        thread_next=of["thread_state.next"],
        thread_ident=of["thread_state.thread_id"],
        thread_native=of["thread_state.native_thread_id"],
        thread_frame=of["thread_state.current_frame"],
        c_frame=None,
        frame_size=of["interpreter_frame.size"],
        frame_previous=of["interpreter_frame.previous"],
        frame_code=of["interpreter_frame.executable"],
        frame_instruction=of["interpreter_frame.instr_ptr"],
        frame_globals=FRAME_GLOBALS,
        frame_locals=of["interpreter_frame.localsplus"],
        frame_owner=of["interpreter_frame.owner"],
        code_size=of["code_object.size"],
        code_filename=of["code_object.filename"],
        code_qualname=of["code_object.qualname"],
        code_first_line=of["code_object.firstlineno"],
        code_line_table=of["code_object.linetable"],
        code_instructions=of["code_object.co_code_adaptive"],
        code_variables=of["code_object.localsplusnames"],
        cached_keys=of.get("heap_type_object.ht_cached_keys", CACHED_KEYS),
        tuple_items=of["tuple_object.ob_item"],
        ascii_size=of["unicode_object.asciiobject_size"],
        compact_size=of.get("unicode_object.compactunicodeobject_size", COMPACT_SIZE),
        values_skip=VALUES_SKIP,
        remote=remote,
    )
