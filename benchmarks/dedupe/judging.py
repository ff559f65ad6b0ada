"""What both sides of the comparison are given, and how they are judged. Needs Splink, a development dependency."""

import csv
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from benchmarks.dedupe.crowd import crowd
from shuke.cdp.quality.engine.people import Address, Person

THRESHOLDS = (0.5, 0.9, 0.95, 0.99)
FEBRL = {
    "febrl1": ("dataset1",),
    "febrl2": ("dataset2",),
    "febrl3": ("dataset3",),
    "febrl4": ("dataset4a", "dataset4b"),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """How groups compare with the truth, pair by pair."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def judge(groups: Iterable[Sequence[int]], truth: Sequence[Any]) -> Judgement:
    """Compare the pairs within groups of people's numbers with the pairs of equal truth."""
    same: dict[Any, list[int]] = {}
    for number, who in enumerate(truth):
        same.setdefault(who, []).append(number)
    wanted = {pair for members in same.values() for pair in combinations(members, 2)}
    got = {pair for members in groups for pair in combinations(sorted(members), 2)}
    right = len(got & wanted)
    return Judgement(right / max(1, len(got)), right / max(1, len(wanted)))


def of_crowd(size: int, seed: int = 7) -> tuple[list[Person], list[int]]:
    """Return invented people and who they truly are."""
    entries = list(crowd(size, seed=seed))
    return [entry.person for entry in entries], [entry.truth for entry in entries]


def of_file(name: str, *, with_tax_number: bool = True) -> tuple[list[Person], list[str]]:
    """Return the people of a shared data set and who they truly are; skips the test where it is absent."""
    from tests.data import real_data

    if name == "fake_1000":
        with real_data("fake_1000/fake_1000.csv").open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        return [_of_fake(number, row) for number, row in enumerate(rows)], [row["cluster"] for row in rows]
    rows = []
    for file in FEBRL[name]:
        with real_data(f"febrl/{file}.csv").open(encoding="utf-8") as lines:
            rows += list(csv.DictReader(lines, skipinitialspace=True))
    people = [_of_febrl(number, row, with_tax_number) for number, row in enumerate(rows)]
    return people, [row["rec_id"].split("-")[1] for row in rows]


def _of_fake(number: int, row: dict[str, str]) -> Person:
    return Person(
        number, given=row["first_name"], family=row["surname"], birthday=row["dob"].replace("-", ""),
        emails=(row["email"],) if row["email"] else (), addresses=(Address(city=row["city"]),) if row["city"] else (),
    )  # fmt: skip


def _of_febrl(number: int, row: dict[str, str], with_tax_number: bool) -> Person:
    street = f"{row['street_number']} {row['address_1']} {row['address_2']}"
    tax = row["soc_sec_id"] if with_tax_number else ""
    return Person(
        number, given=row["given_name"], family=row["surname"], birthday=row["date_of_birth"],
        addresses=(Address(street, row["postcode"], row["suburb"], row["state"]),), keys=(f"tax:{tax}",) if tax else (),
    )  # fmt: skip


# --- the other side


def best_of_splink(people: Sequence[Person], truth: Sequence[Any]) -> Judgement:
    """Return Splink's best over its usual thresholds: chosen with the labels, in its favour."""
    return max((judge(groups, truth) for groups in splink(people).values()), key=lambda judgement: judgement.f1)


def splink(people: Sequence[Person]) -> dict[float, list[list[int]]]:
    """Return the groups that Splink finds at each threshold, set up as its documentation does for such people."""
    from splink import Linker, SettingsCreator, block_on
    from splink.internals.duckdb.database_api import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    table = _table(people)
    columns = [name for name in table.column_names if table[name].null_count < len(table)]
    api = DuckDBAPI()
    api.duckdb_con.execute("SET enable_progress_bar = false")
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=_comparisons(columns), retain_matching_columns=False,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in _blocking(columns)],
    )  # fmt: skip
    linker = Linker(api.register(table.select(columns)), settings, log_level=None)
    sure = [block_on("given", "family", "birthday")] + ([block_on("email")] if "email" in columns else [])
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in (("given", "family"), ("birthday",)):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    likely = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    return {at: _groups(linker, likely, at) for at in THRESHOLDS}


def _table(people: Sequence[Person]) -> Any:
    import pyarrow as pa

    from shuke.cdp.quality.rules import names

    rows = []
    for person in people:
        parts = names.split(person.name)
        place = person.addresses[0] if person.addresses else Address()
        rows.append({
            "unique_id": person.id,
            # Both sides get the same parts of names, in Latin letters.
            "given": person.given or names.fold(parts.given), "family": person.family or names.fold(parts.family),
            "birthday": person.birthday, "email": next(iter(person.emails), ""), "phone": next(iter(person.phones), ""),
            "street": place.text, "city": place.city, "postcode": place.postcode, "tax": next(iter(person.keys), ""),
        })  # fmt: skip
    return pa.table(
        {name: [row[name] if name == "unique_id" else row[name] or None for row in rows] for name in rows[0]}
    )


def _comparisons(columns: Sequence[str]) -> list[Any]:
    import splink.comparison_library as cl

    of_column = {
        "given": cl.NameComparison("given").configure(term_frequency_adjustments=True),
        "family": cl.NameComparison("family").configure(term_frequency_adjustments=True),
        "birthday": cl.DamerauLevenshteinAtThresholds("birthday", [1, 2]),
        "email": cl.EmailComparison("email"),
        "phone": cl.DamerauLevenshteinAtThresholds("phone", [1]),
        "street": cl.JaroWinklerAtThresholds("street", [0.9, 0.75]),
        "city": cl.JaroWinklerAtThresholds("city", [0.88]).configure(term_frequency_adjustments=True),
        "postcode": cl.DamerauLevenshteinAtThresholds("postcode", [1]),
        "tax": cl.DamerauLevenshteinAtThresholds("tax", [1]),
    }
    return [comparison for name, comparison in of_column.items() if name in columns]


def _blocking(columns: Sequence[str]) -> list[tuple[str, ...]]:
    rules: list[tuple[str, ...]] = [
        ("given", "family"), ("birthday",), ("given", "birthday"), ("email",), ("phone",), ("street",), ("tax",),
        ("family", "city"), ("given", "city"), ("family", "postcode"), ("given", "postcode"),
    ]  # fmt: skip
    return [rule for rule in rules if set(rule) <= set(columns)]


def _groups(linker: Any, likely: Any, at: float) -> list[list[int]]:
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(likely, threshold_match_probability=at)
    table = found.as_duckdbpyrelation().to_arrow_table().to_pydict()
    groups: dict[Any, list[int]] = {}
    for number, group in zip(table["unique_id"], table["cluster_id"], strict=True):
        groups.setdefault(group, []).append(number)
    return [members for members in groups.values() if len(members) > 1]
