"""The real kubectl, run as a user would."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clusters.fleet import Cluster

_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl with caches of its own, so that nothing of the user's is read or written."""

    program: Path
    home: Path

    def run(
        self, cluster: Cluster, *arguments: str, stdin: str = "", user: str = "admin"
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl against ``cluster`` and return what it printed and its exit code, whatever that is."""
        return subprocess.run(
            [self.program, *arguments],
            env={
                "HOME": str(self.home),
                "KUBECACHEDIR": str(self.home / "cache"),
                "KUBECONFIG": cluster.kubeconfig(user),
                "PATH": os.environ.get("PATH", ""),
            },
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_WITHIN,
            check=False,
        )

    def __call__(self, cluster: Cluster, *arguments: str, stdin: str = "", user: str = "admin") -> str:
        """Run kubectl against ``cluster``, which must succeed, and return what it printed.

        Args:
            cluster: which server.
            arguments: of the command line.
            stdin: what ``-f -`` reads.
            user: whose kubeconfig.
        """
        result = self.run(cluster, *arguments, stdin=stdin, user=user)
        assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr}{result.stdout}"
        return result.stdout

    def refusal(self, cluster: Cluster, *arguments: str, stdin: str = "", user: str = "admin") -> str:
        """Run kubectl against ``cluster``, which must fail, and return its complaint."""
        result = self.run(cluster, *arguments, stdin=stdin, user=user)
        assert result.returncode != 0, f"kubectl {' '.join(arguments)} should have failed, and said: {result.stdout}"
        return result.stderr
