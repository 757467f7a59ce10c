"""What the reading process takes from itself before it opens a file: memory, time, the network, and life without its parent."""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
from typing import Final

__all__ = ["confine"]

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2
# Numbers of the system calls that are denied, from Linux's arch/x86/entry/syscalls/syscall_64.tbl and
# include/uapi/asm-generic/unistd.h: socket, socketpair, execve, execveat, ptrace, io_uring_setup.
_DENIED: Final[dict[str, tuple[int, tuple[int, ...]]]] = {
    "x86_64": (0xC000_003E, (41, 53, 59, 322, 101, 425)),
    "aarch64": (0xC000_00B7, (198, 199, 221, 281, 117, 425)),
}
# Classic BPF, include/uapi/linux/bpf_common.h: load a word, jump if equal, return.
_LOAD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF_0000
_REFUSE: Final = 0x0005_0000 | errno.EPERM


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process, and take the network and other programs from it for good.

    On a system without system-call filters (seccomp) the network is left to the allow-list of formats alone.
    """
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_CORE, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    program = _program()
    if program is not None:
        _filter_calls(libc, program)


def _limit(kind: int, wanted: int) -> None:
    _, hard = resource.getrlimit(kind)
    least = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (least, hard if kind == resource.RLIMIT_CPU else least))


def _program() -> bytes | None:
    """Write the filter: on this machine's architecture, deny what is listed and allow the rest."""
    known = _DENIED.get(platform.machine())
    if known is None or os.name != "posix":
        return None
    architecture, denied = known
    lines = [
        (_LOAD, 0, 0, 4),  # the architecture, of struct seccomp_data
        (_JUMP_EQUAL, 0, len(denied) + 2, architecture),  # another one: to the end, which refuses
        (_LOAD, 0, 0, 0),  # the number of the call
        *((_JUMP_EQUAL, len(denied) - position, 0, number) for position, number in enumerate(denied)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("<HBBI", *line) for line in lines)


def _filter_calls(libc: ctypes.CDLL, program: bytes) -> None:
    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))

    lines = ctypes.create_string_buffer(program, len(program))
    filter_ = Program(len(program) // 8, ctypes.cast(lines, ctypes.c_void_p).value)
    # unsigned long arguments: ctypes would pass plain numbers as 32-bit ints.
    if (
        libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
        == 0
    ):
        libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(filter_))
