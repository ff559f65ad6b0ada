"""The command ``shuke``.

Starting must be quick: a command imports Django, the warehouse and the server only when it runs.
"""

import os
import sys

import typer

from shuke.cli import backup, demo, doctor, imports, keys, messages, segments, sources, staff, stats, up, warehouse
from shuke.kernel.errors import ShukeError

app = typer.Typer(
    name="shuke",
    help="Shuke 熟客: the CRM an e-commerce company runs itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("stats")(stats.stats)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(imports.app, name="import")
app.add_typer(segments.app, name="segments")
app.add_typer(warehouse.app, name="warehouse")
app.add_typer(keys.app, name="keys")
app.add_typer(messages.app, name="messages")
app.add_typer(sources.app, name="sources")
app.add_typer(staff.app, name="staff")

REFUSED = 1
INTERRUPTED = 130


def run() -> None:
    """Run the command line: 0 done, 1 refused, 2 wrong usage; refusals are one sentence on standard error."""
    try:
        app()
    except ShukeError as refusal:
        _end(str(refusal))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.close(1)
    except OSError as trouble:
        _end(_of_system(trouble))
    except Exception as error:
        # Django is imported by whoever needs it; its complaints about the environment are sentences already.
        if type(error).__name__ == "ImproperlyConfigured":
            _end(str(error))
        if os.environ.get("SHUKE_DEBUG"):
            raise
        _end(f"{type(error).__name__}: {error} (SHUKE_DEBUG=1 shows where)")


def _of_system(trouble: OSError) -> str:
    if trouble.filename:
        return f"{trouble.filename}: {trouble.strerror}"
    return str(trouble)


def _end(sentence: str) -> None:
    typer.echo(f"shuke: {sentence}", err=True)
    sys.exit(REFUSED)


if __name__ == "__main__":
    run()
