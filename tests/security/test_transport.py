"""What SHUKE_URL decides: cookies and transport security."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_PRINT = """
import json
from shuke.config import settings as s
print(json.dumps([s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0,
                  s.SESSION_COOKIE_NAME.startswith("__Host-"), s.SESSION_COOKIE_SAMESITE, s.CSRF_COOKIE_HTTPONLY]))
"""


@pytest.mark.parametrize(("url", "is_https"), [("https://crm.willow.example", True), ("http://127.0.0.1:8000", False)])
def test_https_hardens_cookies_and_transport(url: str, is_https: bool, tmp_path: Path) -> None:
    environment = os.environ | {"SHUKE_URL": url, "SHUKE_HOME": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", _PRINT], env=environment, capture_output=True, text=True, check=True)

    assert json.loads(said.stdout) == [is_https] * 5 + ["Lax", True]
