"""Speaking to a sandbox that runs in another process, with nothing but Python's own library."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from typing import Any

from kfed.errors import InputError, UnavailableError
from kfed.sandbox.fleet.folder import AUTHORITY, Folder

_WITHIN = 10.0
_PAUSE = 0.02
_ADDRESS = "127.0.0.1"


def ask(path: str, do: str, **what: Any) -> Any:
    """Ask the sandbox of a folder to do something.

    Args:
        path: the folder.
        do: ``status``, ``stop``, ``start``, ``limit``, ``reset`` or ``down``.
        what: of which cluster, and the like.

    Returns:
        What it answers.

    Raises:
        UnavailableError: none is running there, or it does not answer.
        InputError: it cannot be done as asked.
    """
    folder = Folder(path)
    noted = folder.record() if folder.is_taken() else {}
    if not noted:
        raise UnavailableError(f"No sandbox is running with {folder.path}. Start one with `kfed sandbox up`.")
    try:
        return _answered(_post(folder, noted, {"do": do, **what}))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnavailableError(
            f"The sandbox of {folder.path} does not answer: {error}. End its process, {noted.get('pid')}, and start "
            "it again."
        ) from error


def wait_until_down(path: str) -> None:
    """Wait until no sandbox uses a folder any more.

    Raises:
        UnavailableError: it goes on.
    """
    folder = Folder(path)
    end = time.monotonic() + _WITHIN
    while folder.is_taken():
        if time.monotonic() > end:
            raise UnavailableError(f"The sandbox of {folder.path} has not ended; end its process.")
        time.sleep(_PAUSE)


def _post(folder: Folder, noted: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=folder.file(AUTHORITY))
    connection = http.client.HTTPSConnection(_ADDRESS, noted["port"], timeout=_WITHIN, context=context)
    try:
        connection.request("POST", "/sandbox", json.dumps(wish), {"Authorization": f"Bearer {noted['control']}"})
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return answer


def _answered(answer: dict[str, Any]) -> Any:
    if "result" in answer:
        return answer["result"]
    message = answer.get("error") or answer.get("message") or "it gives no reason"
    raise (InputError if answer.get("exit_code") == 1 else UnavailableError)(message)
