"""The command ``shuke``.

Starting must be quick: a command imports Django, the warehouse and the server only when it runs.
"""

import typer

from shuke.cli import up

app = typer.Typer(
    name="shuke",
    help="Shuke 熟客: the CRM an e-commerce company runs itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.up)


@app.callback()
def _group() -> None:
    """Shuke 熟客: the CRM an e-commerce company runs itself."""


def run() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    run()
