"""kfed federates Kubernetes clusters: typed federated types, rendered for every cluster.

The public library is here: `parse`, `render`, `check` and `generate`, with `Rendering` and `Finding`; docs/library.md
shows how to use it. Nothing inside kfed imports more of this module than the version.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kfed.library import Finding, Rendering, check, generate, parse, render

__version__ = "0.1.0.dev0"
__all__ = ["Finding", "Rendering", "__version__", "check", "generate", "parse", "render"]


def __getattr__(name: str) -> Any:
    """Load the library when one of its names is first used: a command that needs none of it starts without."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kfed import library  # noqa: PLC0415  (loaded when it is used)

    return getattr(library, name)
