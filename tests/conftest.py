"""The shared cast, for the tests that stand outside the package."""

from shuke.conftest import *  # noqa: F403  pytest finds fixtures by looking into this module
