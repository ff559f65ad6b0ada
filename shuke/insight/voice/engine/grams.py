"""Texts as numbers: every run of one to three characters, weighted by how rare it is.

Characters serve Chinese, which has no spaces, and English with its misspellings alike. Everything is done on whole arrays:
a run of characters is one 64-bit number, twenty-one bits for each.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LONGEST = 3
MOST_CHARS = 2_000
_MOST_GRAMS = 200_000
_BITS = 21
_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")
Numbers = np.ndarray[Any, np.dtype[Any]]


def plain(text: str) -> str:
    """Return a text as it is compared: one form of each character, small letters, single spaces, numbers as one sign.

    >>> plain("Ｔｏｏ  SMALL, 38码")
    'too small, 0码'
    """
    folded = unicodedata.normalize("NFKC", text[:MOST_CHARS]).casefold().replace("\x00", " ")
    return _DIGITS.sub("0", _SPACE.sub(" ", folded)).strip()


def grams_of(texts: Sequence[str]) -> tuple[Numbers, Numbers, Numbers]:
    """Return every run of characters, the text it stands in, and where in that text (as ``plain`` gives it) it begins."""
    framed = [f" {text} " for text in texts]
    points = np.frombuffer("\x00".join(framed).encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.int64)
    lengths = np.array([len(text) + 1 for text in framed], dtype=np.int64)
    owner = np.repeat(np.arange(len(framed)), lengths)[: len(points)]
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if framed else np.zeros(0, np.int64)
    found, owners, places = [], [], []
    ids = points.copy()
    is_whole = points != 0
    for size in range(1, LONGEST + 1):
        if size > 1:
            ids = (ids[:-1] << _BITS) | points[size - 1 :]
            is_whole = is_whole[:-1] & (points[size - 1 :] != 0)
        kept = np.flatnonzero(is_whole)
        found.append(ids[kept])
        owners.append(owner[kept])
        places.append(kept - starts[owner[kept]] - 1)
    return np.concatenate(found), np.concatenate(owners), np.concatenate(places)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The runs that count, in order, and how rare each is."""

    grams: Numbers
    rarity: Numbers

    @classmethod
    def of(cls, texts: Sequence[str], *, least: int = 2) -> "Vocabulary":
        """Learn which runs stand in at least ``least`` of some texts."""
        from scipy import sparse

        ids, owners, _places = grams_of(texts)
        known, place = np.unique(ids, return_inverse=True)
        counts = sparse.csr_matrix((np.ones(len(ids), np.float32), (owners, place)), shape=(len(texts), len(known)))
        spread = np.bincount(counts.indices, minlength=len(known))
        floor = max(least, int(np.partition(spread, -_MOST_GRAMS)[-_MOST_GRAMS]) if len(known) > _MOST_GRAMS else 0)
        kept = spread >= floor
        return cls(known[kept], np.log((1 + len(texts)) / (1 + spread[kept])) + 1)

    def weighed(self, texts: Sequence[str]) -> Any:
        """Return one row of weights for each text; rows have length one, those of unknown words are empty."""
        from scipy import sparse

        ids, owners, _places = grams_of(texts)
        place = np.searchsorted(self.grams, ids)
        place[place == len(self.grams)] = 0
        hit = self.grams[place] == ids if len(self.grams) else np.zeros(len(ids), bool)
        shape = (len(texts), max(1, len(self.grams)))
        rows = sparse.csr_matrix((np.ones(int(hit.sum())), (owners[hit], place[hit])), shape=shape)
        rows.data = (1 + np.log(rows.data)) * self.rarity[rows.indices]
        length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        rows.data /= np.repeat(np.where(length > 0, length, 1), np.diff(rows.indptr))
        return rows
