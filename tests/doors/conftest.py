"""The collector's fixtures, for the tests that ask every door."""

from shuke.cdp.ingest.tests.conftest import fresh_book

__all__ = ["fresh_book"]
