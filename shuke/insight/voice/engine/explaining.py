"""From the weights of runs of characters to the words that spoke."""

import re

import numpy as np

from shuke.insight.voice.engine.classifier import Model
from shuke.insight.voice.engine.grams import MOST_CHARS, grams_of, plain

_TOKEN = re.compile(r"[A-Za-z0-9’']+|\s+|.", re.DOTALL)
# Below this share of the strongest push, a word says nothing.
_FLOOR = 0.35
STEPS = 3


def pushes(model: Model, text: str) -> list[tuple[str, int]]:
    """Return a text in pieces, each with how it pushes: 1 to 3 towards the lowest class, -1 to -3 towards the highest.

    Every run of characters shares its weight among the tokens it touches: whole words, or single Chinese characters.
    """
    shown = text[:MOST_CHARS]
    tokens = _TOKEN.findall(shown)
    flat, owner = "", []
    for place, token in enumerate(tokens):
        said = plain(token) or (" " if token.isspace() else "")
        if said == " " and (not flat or flat.endswith(" ")):
            said = ""
        flat += said
        owner += [place] * len(said)
    totals = np.zeros(len(tokens))
    if flat and len(model.vocabulary.grams):
        weighed = model.vocabulary.weighed([flat])
        speaking = dict(zip(weighed.indices.tolist(), weighed.data.tolist(), strict=True))
        lean = model.weights[:, 0] - model.weights[:, -1]
        for gram, place in zip(*_grams(flat), strict=True):
            at = int(np.searchsorted(model.vocabulary.grams, gram))
            if at in speaking and model.vocabulary.grams[at] == gram:
                length = 1 + (gram >= 1 << 21) + (gram >= 1 << 42)
                touched = [owner[char] for char in range(place, place + length) if 0 <= char < len(owner)]
                for one in touched:
                    totals[one] += speaking[at] * lean[at] / len(touched)
    return _joined(tokens, totals)


def _grams(flat: str) -> tuple[list[int], list[int]]:
    found, _owners, places = grams_of([flat])
    return found.tolist(), places.tolist()


def _joined(tokens: list[str], totals: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[tuple[str, int]]:
    most = float(np.abs(totals).max()) if len(totals) else 0.0
    found: list[tuple[str, int]] = []
    for token, total in zip(tokens, totals.tolist(), strict=True):
        share = abs(total) / most if most > 0 else 0.0
        push = 0 if share < _FLOOR or token.isspace() else max(1, round(share * STEPS)) * (1 if total > 0 else -1)
        if found and found[-1][1] == push:
            found[-1] = (found[-1][0] + token, push)
        else:
            found.append((token, push))
    return found
