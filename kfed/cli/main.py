"""kfed's command line: which commands there are, and what becomes of every error."""

from __future__ import annotations

import os
import sys

import click

import kfed
from kfed.cli import output
from kfed.cli.lazy import Entry, LazyGroup
from kfed.errors import KfedError

COMMANDS = {
    "generate": Entry("kfed.cli.generate", "Write the federated types of upstream types."),
    "render": Entry("kfed.cli.render", "Render federated objects for every cluster."),
    "install": Entry(
        "kfed.cli.install",
        "Print what the host needs.",
    ),
    "enable": Entry("kfed.cli.enable", "Federate types of the host."),
    "disable": Entry("kfed.cli.disable", "Keep TYPE no longer."),
    "types": Entry("kfed.cli.types", "List the types that are federated."),
    "join": Entry(
        "kfed.cli.join",
        "Make the cluster NAME a member.",
    ),
    "unjoin": Entry("kfed.cli.unjoin", "Take the cluster NAME out, and undo there what join did."),
    "clusters": Entry("kfed.cli.clusters", "List the members, with readiness and version."),
    "get": Entry("kfed.cli.get", "Show the state of each object in each cluster."),
    "controller": Entry("kfed.cli.controller", "Keep every member cluster at what the host says."),
    "sandbox": Entry("kfed.cli.sandbox", "Run a small fleet of API servers for trying out."),
}

FAILED = 3
INTERRUPTED = 130  # 128 + SIGINT, as a shell has it
PIPE_CLOSED = 141  # 128 + SIGPIPE

# Since 8.2 click has help for a group that is called without a command as an error.
_HELP = getattr(click.exceptions, "NoArgsIsHelpError", ())


@click.group(
    cls=LazyGroup,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done; 1 the input has findings, or --check found a difference; 2 wrong usage; "
    "3 the environment failed.",
)
@click.version_option(kfed.__version__, message="kfed %(version)s")
def cli() -> None:
    """Federate Kubernetes clusters: typed federated types, rendered for every cluster."""


def main(args: list[str] | None = None) -> int:
    """Run kfed, whatever happens with one clear error and never a traceback.

    Args:
        args: the arguments; those of the process when ``None``.

    Returns:
        The exit code.
    """
    try:
        code = _run(sys.argv[1:] if args is None else args)
        output.flush()
    except click.UsageError as error:
        _tell_usage(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        output.message("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        output.discard()
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001  (the last resort: no error leaves as a traceback)
        output.discard()
        output.message(f"Error: {_explained(error)}")
        return error.exit_code if isinstance(error, KfedError) else FAILED
    return code


def _run(args: list[str]) -> int:
    if "_KFED_COMPLETE" in os.environ:
        from click.shell_completion import shell_complete  # noqa: PLC0415  (only a shell asks for it)

        return shell_complete(cli, {}, "kfed", "_KFED_COMPLETE", os.environ["_KFED_COMPLETE"])
    try:
        with cli.make_context("kfed", list(args)) as context:
            cli.invoke(context)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def _tell_usage(error: click.UsageError) -> None:
    """As click does; what it quotes from the command line may be a file's name."""
    if isinstance(error, _HELP):
        error.show()
        return
    if error.ctx is not None:
        help_option = error.ctx.help_option_names[0]
        output.message(error.ctx.get_usage(), f"Try '{error.ctx.command_path} {help_option}' for help.", "")
    output.message(f"Error: {error.format_message()}")


def _explained(error: Exception) -> str:
    """What a person can do about an error, in a sentence."""
    match error:
        case KfedError():
            return str(error)
        case click.ClickException():
            return error.format_message()
        case MemoryError():
            return "There is not enough memory for this input; give fewer files at a time."
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror or error}. Mend that, and run the command again."
    return _unexpected(error)


def _unexpected(error: Exception) -> str:
    """An error of kfed itself; its text is left out, for it may hold what a Secret holds."""
    import traceback  # noqa: PLC0415  (rarely needed, and slow to import)

    frames = traceback.extract_tb(error.__traceback__)
    place = [frame for frame in frames if f"{os.sep}kfed{os.sep}" in frame.filename][-1]
    if os.environ.get("KFED_DEBUG") == "1":
        output.message(*"".join(traceback.format_exception(error)).splitlines())
    return (
        f"kfed itself failed ({type(error).__name__} in {os.path.basename(place.filename)}, line {place.lineno}). "
        "Please report this with the command and, if you can, its input; KFED_DEBUG=1 shows more."
    )
