"""Write one app's ``0001_initial`` anew from its models: ``python -m tools.fresh_migration LABEL``.

Only until the first release; afterwards migrations are added, never rewritten. Other apps refer to this one's first
migration, so an empty one stands in while Django works out the real one. What models cannot say stands in
``migrations/_by_hand.py``, whose ``OPERATIONS`` come last.
"""

import fcntl
import re
import subprocess
import sys
from pathlib import Path

_STAND_IN = """from django.db import migrations

class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = []
"""


def main(label: str) -> None:
    """Rewrite the app's first migration."""
    folder = next(Path("shuke").glob(f"*/{label}/migrations"), None) or next(Path("shuke").glob(f"{label}/migrations"))
    first = folder / "0001_initial.py"
    before = first.read_text()
    first.write_text(_STAND_IN)
    made = folder / "0002_anew.py"
    command = [sys.executable, "-m", "shuke.cli.manage", "makemigrations", label, "--name", "anew"]
    try:
        subprocess.run(command, check=True)
        text = made.read_text()
    except (subprocess.CalledProcessError, FileNotFoundError):
        first.write_text(before)
        raise
    text = text.replace(f"        ('{label}', '0001_initial'),\n", "")
    # Somebody else's second migration, which is about to be gone.
    text = re.sub(r"\((['\"])(\w+)\1, \1000[2-9]_\w+\1\)", r'("\2", "0001_initial")', text)
    if "initial = True" not in text:
        text = text.replace("    dependencies", "    initial = True\n\n    dependencies", 1)
    first.write_text(_with_operations_by_hand(text, label) if (folder / "_by_hand.py").exists() else text)
    made.unlink()
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(first)], check=False)


def _with_operations_by_hand(text: str, label: str) -> str:
    package = ".".join(next(Path("shuke").glob(f"**/{label}/migrations")).parts)
    text = text.replace("\n\nclass Migration", f"\nfrom {package} import _by_hand\n\n\nclass Migration", 1)
    return text.rstrip().removesuffix("]") + "    *_by_hand.OPERATIONS,\n    ]\n"


if __name__ == "__main__":
    with Path(__file__).open() as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)  # two at once would take each other's stand-in for the real thing
        main(sys.argv[1])
