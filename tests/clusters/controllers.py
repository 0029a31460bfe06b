"""What makes pods of a Deployment, gives them a node and runs them: the real controllers, with a pretended kubelet.

kube-controller-manager and kube-scheduler are as in production. kwok plays the nodes, as ``stages.yaml`` tells it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.clusters.servers import spawn

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from tests.clusters.servers import ApiServer

STAGES = Path(__file__).with_name("stages.yaml")


async def start_controllers(programs: Path, server: ApiServer) -> list[Process]:
    """Start the controllers of ``server``, logging beside it; they need no waiting for, as what they do shows."""
    common = {"kubeconfig": str(server.folder / "admin.kubeconfig")}
    alone = {"leader-elect": "false", "secure-port": "0"}
    key, ca = server.credentials.service_account_key, server.credentials.ca
    flags = {
        "kube-controller-manager": alone | {"service-account-private-key-file": str(key), "root-ca-file": str(ca)},
        "kube-scheduler": alone,
        "kwok": {
            "manage-all-nodes": "true",
            "config": str(STAGES),
            "server-address": "",
            "node-lease-duration-seconds": "40",  # without leases, nodes are taken for dead after a while
        },
    }
    return [await spawn(programs / name, common | more, server.folder / f"{name}.log") for name, more in flags.items()]
