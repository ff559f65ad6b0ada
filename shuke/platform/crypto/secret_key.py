"""Django's secret key, kept with the other keys. Usable before Django is configured."""

import secrets
from pathlib import Path


def read(folder: Path) -> str:
    """Return the secret key in ``folder``, making it on first use, readable by the owner only."""
    path = folder / "django.key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()
