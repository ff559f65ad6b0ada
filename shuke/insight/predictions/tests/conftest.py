"""A warehouse with a made-up shop."""

import pytest

from shuke.insight.predictions.testing import seeded


@pytest.fixture
def sold(warehouse, company):
    """Four hundred customers over fourteen months, ending on 15 June 2024."""
    return seeded()
