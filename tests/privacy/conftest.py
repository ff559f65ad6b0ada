"""The cast of the security tests, for the tests of privacy."""

from tests.security.conftest import browsers, cast, fingerprint

__all__ = ["browsers", "cast", "fingerprint"]
