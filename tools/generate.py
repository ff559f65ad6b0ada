"""Write ``docs/generated``: what the program says about itself. Run ``python -m tools.generate`` after a change."""

import json
import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
GENERATED = Path(__file__).resolve().parents[1] / "docs" / "generated"


def openapi() -> str:
    """Return the OpenAPI document of the public API."""
    from shuke.api import reference

    return json.dumps(reference.schema(), indent=2, ensure_ascii=False, sort_keys=True, default=str) + "\n"


def permissions() -> str:
    """Return which role holds which permission, as a Markdown table."""
    from shuke.platform.staff.permissions import TABLE
    from shuke.platform.staff.roles import Role

    roles = [role.value for role in Role]
    head = ["# Permissions", "", "| permission | " + " | ".join(roles) + " |", "|---" * (len(roles) + 1) + "|"]
    rows = [[f"`{name}`", *("✓" if TABLE.allows(role, name) else "" for role in roles)] for name in TABLE.names()]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


FILES = {"openapi.json": openapi, "permissions.md": permissions}


def main() -> None:
    """Write every file."""
    import django
    from django.utils import translation

    django.setup()
    GENERATED.mkdir(parents=True, exist_ok=True)
    with translation.override("en"):
        for name, write in FILES.items():
            (GENERATED / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
