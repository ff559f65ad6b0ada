from collections.abc import Iterator

import pytest

from shuke.cdp.ingest import testing
from shuke.cdp.ingest.actions.book import BOOK
from shuke.cdp.ingest.actions.keeping import NAMES
from shuke.cdp.ingest.actions.tallies import DOOR
from shuke.cdp.ingest.models import Source
from shuke.platform.company.models import Company


@pytest.fixture(autouse=True)
def fresh_book() -> Iterator[None]:
    """What an earlier test's database said is not remembered."""
    BOOK.forget()
    NAMES.forget()
    DOOR._counts.clear()
    yield
    BOOK.forget()
    NAMES.forget()


@pytest.fixture
def web(company: Company, fresh_book: None) -> Source:
    return testing.source("Web", write_key="KEY")


@pytest.fixture
def door(web: Source) -> testing.Door:
    return testing.Door()
