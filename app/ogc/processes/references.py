"""Inputs that are given by reference: read from hosts that the operator lists, as the standard asks."""

from collections.abc import Mapping
from typing import Any, Final

import anyio

from app.jobs.outside import AllowedHosts, OutsideFailedError, OutsideRefusedError
from app.jobs.outside_requests import get_json
from app.ogc.processes.errors import ExecutionRefusedError

__all__ = ["References", "is_reference"]

#: Whoever executes a process waits for all of them, one after the other.
MAX_REFERENCES: Final = 10
DEADLINE_S: Final = 20.0


def is_reference(given: Any) -> bool:  # noqa: ANN401  any JSON value
    """Whether an input says where its value is instead of what it is (link.yaml)."""
    return isinstance(given, dict) and "href" in given and "value" not in given


class References:
    """Reads what the inputs of one execution refer to; the caller holds no turn at the database meanwhile.

    Parameters
    ----------
    hosts : AllowedHosts
    max_bytes : int
        Most bytes of all of them together: what a request itself may have.
    """

    def __init__(self, hosts: AllowedHosts, max_bytes: int) -> None:
        self._hosts = hosts
        self._bytes_left = max_bytes
        self._read = 0
        self._deadline = anyio.current_time() + DEADLINE_S

    async def read(self, name: str, link: Mapping[str, Any]) -> Any:  # noqa: ANN401  any JSON value
        """Return the value that an input refers to; it is held to the input's schema like any other.

        Raises
        ------
        ExecutionRefusedError
            There are too many, they are too long or take too long together, the host is not listed, or it did not
            answer with JSON.
        """
        self._read += 1
        if self._read > MAX_REFERENCES:
            raise ExecutionRefusedError([(f"inputs.{name}", f"at most {MAX_REFERENCES} references in a request.")])
        try:
            with anyio.fail_after(max(self._deadline - anyio.current_time(), 0)):
                # OGC 18-062r2, /req/core/process-execute-inputs B and /req/core/process-execute-input-validation B.
                value, size = await get_json(self._hosts, str(link["href"]), max_bytes=self._bytes_left)
        except TimeoutError as error:
            message = f"the references of a request together took longer than {DEADLINE_S:g} s to read."
            raise ExecutionRefusedError([(f"inputs.{name}.href", message)]) from error
        except (OutsideRefusedError, OutsideFailedError) as error:
            raise ExecutionRefusedError([(f"inputs.{name}.href", f"{error}.")]) from error
        self._bytes_left -= size
        return value
