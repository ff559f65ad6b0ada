"""Which words stand in texts: found by spaces in English, by what keeps together in Chinese. Words without content are left out."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

from shuke.insight.voice.rules.stops import ENGLISH_STOPS, HAN_BREAKS, HAN_STOPS

Terms = list[list[str]]
_WORD = re.compile(r"[a-z][a-z'’]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LONGEST = 4
# A run of characters is a word when it comes often enough, keeps together, and stands in different surroundings.
_LEAST_TEXTS, _LEAST_SHARE = 3, 0.002
_COHESION, _FREEDOM = 1.2, 0.6
# What stands in more texts than this says nothing of any.
MOST_SHARE = 0.3


def terms_of(texts: Sequence[str], language: str) -> Terms:
    """Return the words of content of each text, each once; what stands in too many or too few texts is left out."""
    found = _english(texts) if language == "en" else _chinese(texts) if language == "zh" else [[] for _ in texts]
    spread = Counter(term for terms in found for term in terms)
    least = max(_LEAST_TEXTS, len(texts) * _LEAST_SHARE)
    most = max(_LEAST_TEXTS, len(texts) * MOST_SHARE)
    return [[term for term in terms if least <= spread[term] <= most] for terms in found]


def is_stop(term: str) -> bool:
    """Whether a term says nothing of what a text is about."""
    return term in ENGLISH_STOPS or term in HAN_STOPS or any(char in HAN_BREAKS for char in term)


def _english(texts: Iterable[str]) -> Terms:
    found = [
        [word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(text.casefold())] for text in texts
    ]  # fmt: skip
    known = {word for words in found for word in words}
    single = {
        word: word[:-1] for word in known if len(word) > 3 and word.endswith("s") and word[:-1] in known
    }  # fmt: skip
    return [
        sorted({one for word in words if len(one := single.get(word, word)) > 2 and one not in ENGLISH_STOPS})
        for words in found
    ]


def _chinese(texts: Sequence[str]) -> Terms:
    runs = [[part for run in _HAN.findall(text) for part in _broken(run)] for text in texts]
    lexicon = _lexicon(runs)
    return [sorted({word for run in told for word in _cut(run, lexicon)}) for told in runs]


def _broken(run: str) -> list[str]:
    """Cut a run at characters that only join words."""
    return [part for part in re.split(f"[{HAN_BREAKS}]", run) if len(part) > 1]


def _lexicon(runs: Sequence[Sequence[str]]) -> set[str]:
    counts: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    left: dict[str, Counter[str]] = {}
    right: dict[str, Counter[str]] = {}
    for told in runs:
        seen = set()
        for run in told:
            for size in range(1, _LONGEST + 1):
                for at in range(len(run) - size + 1):
                    gram = run[at : at + size]
                    counts[gram] += 1
                    seen.add(gram)
                    if size > 1:
                        left.setdefault(gram, Counter())[run[at - 1] if at else ""] += 1
                        right.setdefault(gram, Counter())[run[at + size : at + size + 1]] += 1
        spread.update(seen)
    total = sum(count for gram, count in counts.items() if len(gram) == 1) or 1
    least = max(_LEAST_TEXTS, len(runs) * _LEAST_SHARE)
    return {
        gram for gram, texts in spread.items()
        if len(gram) > 1 and texts >= least and gram not in HAN_STOPS
        and _cohesion(gram, counts, total) >= _COHESION and min(_freedom(left[gram]), _freedom(right[gram])) >= _FREEDOM
    }  # fmt: skip


def _cohesion(gram: str, counts: Counter[str], total: int) -> float:
    """Return how much more often a run comes than its two parts would meet by chance, at its weakest seam."""
    return min(log(counts[gram] * total / (counts[gram[:cut]] * counts[gram[cut:]])) for cut in range(1, len(gram)))


def _freedom(around: Counter[str]) -> float:
    """Return how many different surroundings there are (entropy); the edge of a run counts as a new one each time."""
    total = sum(around.values())
    edges = around.get("", 0)
    shares = [count / total for char, count in around.items() if char]
    found = -sum(share * log(share) for share in shares)
    return found + (edges / total * log(edges + 1) if edges else 0.0)


def _cut(run: str, lexicon: set[str]) -> list[str]:
    """Cut a run into the longest words there are, from its beginning."""
    found, at = [], 0
    while at < len(run) - 1:
        size = next((one for one in range(min(_LONGEST, len(run) - at), 1, -1) if run[at : at + one] in lexicon), 0)
        if size:
            found.append(run[at : at + size])
        at += size or 1
    return found
