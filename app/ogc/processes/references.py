"""Inputs that are given by reference: read from hosts that the operator lists, as the standard asks."""

from collections.abc import Mapping
from typing import Any, Final

from app.jobs.outside import AllowedHosts, OutsideFailedError, OutsideRefusedError, get_json
from app.ogc.processes.errors import ExecutionRefusedError

__all__ = ["References", "is_reference"]

#: Whoever executes a process waits for all of them.
MAX_REFERENCES: Final = 10


def is_reference(given: Any) -> bool:  # noqa: ANN401  any JSON value
    """Whether an input says where its value is instead of what it is (link.yaml)."""
    return isinstance(given, dict) and "href" in given and "value" not in given


class References:
    """Reads what the inputs of one execution refer to.

    Parameters
    ----------
    hosts : AllowedHosts
    max_bytes : int
        Most bytes of each: what a request itself may have.
    """

    def __init__(self, hosts: AllowedHosts, max_bytes: int) -> None:
        self._hosts = hosts
        self._max_bytes = max_bytes
        self._read = 0

    def read(self, name: str, link: Mapping[str, Any]) -> Any:  # noqa: ANN401  any JSON value
        """Return the value that an input refers to; it is held to the input's schema like any other.

        Raises
        ------
        ExecutionRefusedError
            There are too many, the host is not listed, or it did not answer with JSON.
        """
        self._read += 1
        if self._read > MAX_REFERENCES:
            raise ExecutionRefusedError([(f"inputs.{name}", f"at most {MAX_REFERENCES} references in a request.")])
        try:
            # OGC 18-062r2, /req/core/process-execute-inputs B and /req/core/process-execute-input-validation B.
            return get_json(self._hosts, str(link["href"]), max_bytes=self._max_bytes)
        except (OutsideRefusedError, OutsideFailedError) as error:
            raise ExecutionRefusedError([(f"inputs.{name}.href", f"{error}.")]) from error
