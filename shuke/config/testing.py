"""Settings of the test suite: a throw-away home, fast hashing, no cached templates between edits."""

import atexit
import os
import shutil
import tempfile

if not (_home := os.environ.get("SHUKE_TEST_HOME")):
    _home = tempfile.mkdtemp(prefix="shuke-test-")
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["SHUKE_HOME"] = _home

from shuke.config.settings import *  # noqa: F403
from shuke.config.settings import DATABASES, SHUKE_HOME

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
SHUKE_WAREHOUSE_MEMORY = "1GB"
if DATABASES["default"]["ENGINE"] == "shuke.platform.db.sqlite3":
    # A file, not memory: the gate, WAL and threads are what we want to test. Durability is tested by killing servers.
    DATABASES["default"]["TEST"] = {"NAME": str(SHUKE_HOME / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY"
    )
else:
    DATABASES["default"]["OPTIONS"] = {}
