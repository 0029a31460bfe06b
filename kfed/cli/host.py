"""The options of every command that speaks to the host, and how its work is run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kfed.core.resource import SYSTEM_NAMESPACE
from kfed.kube.api import Api
from kfed.kube.kubeconfig import default_connection
from kfed.kube.session import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
NAMESPACE = SYSTEM_NAMESPACE


def host_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--kubeconfig``, ``--host-cluster-context`` and ``--kubefed-namespace``, as kubefedctl has them."""
    options = (
        click.option(
            "--kubeconfig", default="", metavar="FILE", help="The kubeconfig; as kubectl finds it by default."
        ),
        click.option(
            "--host-cluster-context",
            "--context",
            "context",
            default="",
            metavar="NAME",
            help="The context of the host; the current one by default.",
        ),
        click.option(
            "--kubefed-namespace",
            "namespace",
            default=NAMESPACE,
            show_default=True,
            metavar="NAME",
            help="The namespace of kfed's own objects.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def ask_host(kubeconfig: str, context: str, work: Callable[[Api], Awaitable[T]]) -> T:
    """Do something with the host."""

    async def run() -> T:
        async with Session(default_connection(kubeconfig, context)) as session:
            return await work(Api(session))

    return asyncio.run(run())
