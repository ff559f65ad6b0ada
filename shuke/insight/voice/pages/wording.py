"""Findings and refusals in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shuke.insight.voice.models import Sentiment
from shuke.insight.voice.rules import learning
from shuke.platform.ui import formats

LANGUAGES = {"zh": gettext_lazy("Chinese"), "en": gettext_lazy("English"), "other": gettext_lazy("Other languages")}
_GOOD_AGREEMENT, _FAIR_AGREEMENT = 0.8, 0.6
_GOOD_ACCURACY, _GOOD_ECE = 0.9, 0.03


def refusal(said: Mapping[str, Any]) -> str:
    """Return in words why nothing was learned."""
    facts = said.get("facts", {})
    match said.get("code"):
        case "one_class":
            return _(
                "All %(labels)s answers so far say “%(only)s”: with one class only there is nothing to tell apart. "
                "Label at least %(each)s texts of another."
            ) % {
                "labels": formats.number(facts["labels"]), "only": Sentiment(facts["only"]).label,
                "each": formats.number(facts["each"]),
            }  # fmt: skip
        case "few_labels":
            return _("There are %(labels)s answers; %(missing)s more are needed before an accuracy means anything.") % {
                "labels": formats.number(facts["labels"]), "missing": formats.number(facts["missing"]),
            }  # fmt: skip
        case "rare_class":
            return _("Only %(labels)s answers say “%(rare)s”; %(missing)s more are needed to learn what that looks like.") % {
                "labels": formats.number(facts["labels"]), "rare": Sentiment(facts["rare"]).label,
                "missing": formats.number(facts["missing"]),
            }  # fmt: skip
        case _:
            return _(
                "Nobody has said anything of any text yet, and there are no stars: label at least %(missing)s texts."
            ) % {"missing": formats.number(facts.get("missing", learning.LEAST_LABELS))}


def needs(counts: Mapping[int, int]) -> str:
    """Return in words how many labels are missing, and of which kind."""
    total = sum(counts.values())
    rare = [one for one in (-1, 0, 1) if counts.get(one, 0) < learning.LEAST_PER_CLASS]
    if total < learning.LEAST_LABELS:
        missing = learning.LEAST_LABELS - total
        return ngettext(
            "%(n)s more label, then it can learn from people alone.", "%(n)s more labels, then it can learn from people alone.",
            missing,
        ) % {"n": formats.number(missing)}  # fmt: skip
    if rare:
        parts = [
            _("%(n)s × %(name)s") % {
                "n": formats.number(learning.LEAST_PER_CLASS - counts.get(one, 0)), "name": Sentiment(one).label
            }
            for one in rare
        ]  # fmt: skip
        return _("Still missing: %(parts)s.") % {"parts": formats.listed(parts)}
    if total < learning.ENOUGH_LABELS:
        return _("Enough to learn from. With %(n)s more, stars are no longer needed to help out.") % {
            "n": formats.number(learning.ENOUGH_LABELS - total)
        }
    return _("Enough to learn from. More labels still help most where it is unsure.")


def agreement(alpha: float | None) -> str:
    """Return in words how far people agree."""
    if alpha is None:
        return _("Nobody has labelled the same texts as somebody else yet.")
    if alpha >= _GOOD_AGREEMENT:
        return _("People agree well: the question is clear.")
    if alpha >= _FAIR_AGREEMENT:
        return _("People agree fairly: talk about the texts on which you differ.")
    return _(
        "People hardly agree: nothing can learn what you do not agree on. Talk about what “negative” means to you."
    )


def basis(found: Mapping[str, Any]) -> str:
    """Return in words what was learned from and judged by."""
    if found["basis"] == "stars":
        return _(
            "Learned from stars alone: up to two are taken for negative, three for neutral. Stars are a weak teacher, and "
            "these figures only say how well words foretell stars. Label texts to learn from people."
        )
    if found["basis"] == "labels_and_stars":
        return _("Learned from labels of people, helped out by stars that count less; judged by labels of people only.")
    return _("Learned from labels of people, and judged by labels that it did not learn from.")


def part(name: str) -> str:
    """Return what a language or a category is called."""
    return str(LANGUAGES.get(name, name)) if name else _("without a category")


def verdicts(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what to trust, each with a tone."""
    told = [_beside(found["usual"], _("always saying the most frequent answer"))]
    if found["stars"]:
        told.append(_beside(found["stars"], _("going by the stars alone")))
    if found["ece"] <= _GOOD_ECE:
        told.append(("good", _("When it says how certain it is, that is how often it is right.")))
    else:
        told.append(("warn", _("What it says of its certainty is off; more labels mend that.")))
    if found["sure_accuracy"] is not None:
        told.append((
            "info",
            _("It calls itself unsure of %(share)s of the texts; of the others %(right)s are right.") % {
                "share": formats.percent(1 - found["sure_share"], 0), "right": formats.percent(found["sure_accuracy"], 1),
            },
        ))  # fmt: skip
    left = _("“%(name)s” has too few answers and is not learned yet.")
    told += [("warn", left % {"name": Sentiment(one).label}) for one in found["left_out"]]
    return told


def _beside(found: Mapping[str, float], rule: str) -> tuple[str, str]:
    said = {
        "rule": rule, "theirs": formats.percent(found["theirs"], 1), "ours": formats.percent(found["ours"], 1),
        "low": formats.change(found["low"]), "high": formats.change(found["high"]),
    }  # fmt: skip
    if found["low"] > 0:
        return "good", _("Better than %(rule)s: %(ours)s right against %(theirs)s (by %(low)s to %(high)s).") % said
    if found["high"] < 0:
        return "bad", _("Worse than %(rule)s: %(ours)s right against %(theirs)s (by %(low)s to %(high)s).") % said
    return "warn", _("Not told apart from %(rule)s: %(ours)s right against %(theirs)s (%(low)s to %(high)s).") % said
