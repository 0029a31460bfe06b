"""What the sandbox is known not to do as a real server does: the name of the test that shows it, and why it is so.

The test is expected to fail on the sandbox, and the table in ``docs/sandbox.md`` gives the reason. One that passes
after all fails the suite, so that this list only holds what is true.
"""

from __future__ import annotations

KNOWN_GAPS: dict[str, str] = {}
