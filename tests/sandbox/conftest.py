"""The fleet that users' tests get, for the tests of the sandbox itself."""

from __future__ import annotations

from kfed.testing import kfed_fleet, kfed_members, kfed_sandbox

__all__ = ["kfed_fleet", "kfed_members", "kfed_sandbox"]
