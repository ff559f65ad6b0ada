"""Recommendations on real data beside the libraries of the trade, and how fast the API answers.

    python -m benchmarks.recommendations [--part lists|pairs|serving] [--users 100000]

`lists`: Online Retail (new products within 30 days, three later cutoffs; the variant is chosen on an earlier day, ours and
theirs alike) and LightGCN's LastFM split, beside `implicit` (ALS, BM25, TF-IDF, cosine; its best is taken), with paired
intervals and processor time. `pairs`: beside mlxtend's fpgrowth on the same baskets and the same least support; both have to find
the same pairs. `serving`: answers for customers, products and baskets out of a database of so many lists.

Processor time, one thread for each side: wall time says more about what else the machine did.
"""

import argparse
import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from shuke.insight.recommendations.engine import basket, judging, metrics, similarity
from shuke.insight.recommendations.engine.space import Lines, baskets

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_EPOCH = np.datetime64("1970-01-01")


def measured(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what ``work`` returns, with processor seconds."""
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def online_retail() -> Lines:
    """Return the sales of the shop: no cancellations, one row per invoice and article."""
    import polars as pl

    with gzip.open(DATA / "online_retail" / "online_retail.csv.gz") as file:
        raw = pl.read_csv(file.read(), infer_schema=False)
    kept = raw.with_columns(
        pl.col("Quantity").cast(pl.Int64), pl.col("CustomerID").cast(pl.Float64, strict=False).cast(pl.Int64).fill_null(-1),
        day=pl.col("InvoiceDate").str.slice(0, 10),
    ).filter((pl.col("Quantity") > 0) & ~pl.col("InvoiceNo").str.starts_with("C"))  # fmt: skip
    kept = kept.unique(["InvoiceNo", "StockCode"], keep="first", maintain_order=True)
    items, product = np.unique(kept["StockCode"].to_numpy().astype(str), return_inverse=True)
    _, order = np.unique(kept["InvoiceNo"].to_numpy().astype(str), return_inverse=True)
    day = (kept["day"].to_numpy().astype("datetime64[D]") - _EPOCH).astype(np.int64)
    return Lines(order, kept["CustomerID"].to_numpy(), product, day, np.arange(len(items)))


def lastfm() -> tuple[sparse.csr_matrix, np.ndarray]:
    """Return who listened to what, and whether they did so in the part kept apart."""
    train, test = (
        np.loadtxt(DATA / "lastfm" / f"{name}1.txt", dtype=np.int64, usecols=(0, 1)) - 1 for name in ("data", "test")
    )
    shape = tuple(np.maximum(train.max(axis=0), test.max(axis=0)) + 1)
    heard = sparse.csr_matrix((np.ones(len(train), np.float32), (train[:, 0], train[:, 1])), shape=shape)
    heard.data[:] = 1
    truth = np.zeros(shape, dtype=bool)
    truth[test[:, 0], test[:, 1]] = True
    return heard, truth


# -- lists


def theirs(bought: sparse.csr_matrix) -> Iterator[tuple[str, Any]]:
    """Yield the library's models, learned, by name."""
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender

    made: dict[str, Callable[[], Any]] = {
        "BM25 K=20": lambda: BM25Recommender(K=20, num_threads=1), "BM25 K=100": lambda: BM25Recommender(K=100, num_threads=1),
        "BM25 K=500": lambda: BM25Recommender(K=500, B=0.5, num_threads=1), "cosine K=100": lambda: CosineRecommender(K=100, num_threads=1),
        "TF-IDF K=100": lambda: TFIDFRecommender(K=100, num_threads=1),
        "ALS 64": lambda: AlternatingLeastSquares(64, num_threads=1, random_state=1),
    }  # fmt: skip
    for name, make in made.items():
        model = make()
        model.fit(bought, show_progress=False)
        yield name, model


def their_places(model: Any, bought: sparse.csr_matrix, rows: np.ndarray) -> np.ndarray:
    """Return the places that a model of the library shows to each of some users, -1 for none."""
    found, scores = model.recommend(rows, bought[rows], N=metrics.K, filter_already_liked_items=True)
    return np.where(scores > 0, found, -1)


def retail_lists() -> dict[str, Any]:
    """Choose on the earliest day, ours and theirs, and compare at three later ones."""
    lines = online_retail().known()
    until = int(lines.day.max())
    days = [judging.asked(lines, until - judging.HORIZON_DAYS * back) for back in (4, 3, 2, 1)]
    choice, ours_cpu = measured(lambda: judging.choose_discovery(days[0], lambda: None))
    chosen_by = {}
    began = time.process_time()
    for name, model in theirs(days[0].around.bought):
        found = judging._judge(their_places(model, days[0].around.bought, days[0].rows), days[0].new)
        chosen_by[name] = float(found["recall"].mean())
    theirs_cpu = time.process_time() - began
    best = max(chosen_by, key=lambda name: chosen_by[name])
    rows = []
    for one in days[1:]:
        weights, cpu = measured(lambda one=one: choice.weights(one.around))
        ours = judging.discover(one, weights, half_life=choice.half_life, season=choice.season)
        plain = judging.discover(one, weights, half_life=0.0, season=0.0)
        model, their_cpu = measured(
            lambda one=one: next(made for name, made in theirs(one.around.bought) if name == best)
        )
        other = judging._judge(their_places(model, one.around.bought, one.rows), one.new)
        rows.append({
            "people": len(ours["recall"]), "ours": metrics.interval(ours["recall"]), "without_season": metrics.interval(plain["recall"]),
            "implicit": metrics.interval(other["recall"]), "difference": metrics.interval(ours["recall"] - other["recall"]),
            "popular": metrics.interval(judging.popular(one)["recall"]), "cpu": cpu, "implicit_cpu_all_models": their_cpu,
        })  # fmt: skip
    return {
        "chosen": {"method": choice.method, "given": dict(choice.given), "half_life": choice.half_life, "season": choice.season, "tried": choice.tried},
        "implicit_chosen": best, "implicit_tried": len(chosen_by), "choosing_cpu": ours_cpu, "implicit_choosing_cpu": theirs_cpu,
        "rows": rows,
    }  # fmt: skip


def lastfm_lists() -> dict[str, Any]:
    """Choose variants, ours and theirs, on a fifth of what is known, and compare on the part kept apart."""
    heard, truth = lastfm()
    rng = np.random.default_rng(5)
    pairs = heard.tocoo()
    aside = rng.random(pairs.nnz) < 0.2
    known, hidden = (
        sparse.csr_matrix((np.ones(kept.sum(), np.float32), (pairs.row[kept], pairs.col[kept])), shape=heard.shape)
        for kept in (~aside, aside)
    )
    wanted = np.asarray(hidden.todense()) > 0

    def ours_of(bought: sparse.csr_matrix, what: np.ndarray, method: str, given: Any) -> dict[str, Any]:
        scores = np.asarray(bought @ similarity.learn(method, bought, **given))
        scores[bought.nonzero()] = -np.inf
        return judging._judge(similarity.top(scores, metrics.K), what)

    tried = {
        (method, tuple(given.items())): float(ours_of(known, wanted, method, given)["recall"].mean())
        for method, variants in similarity.VARIANTS.items() for given in variants
    }  # fmt: skip
    method, given = max(tried, key=lambda one: tried[one])
    users = np.arange(heard.shape[0])
    theirs_tried = {
        name: float(judging._judge(their_places(model, known, users), wanted)["recall"].mean())
        for name, model in theirs(known)
    }
    best = max(theirs_tried, key=lambda name: theirs_tried[name])
    ours, cpu = measured(lambda: ours_of(heard, truth, method, dict(given)))
    model = next(made for name, made in theirs(heard) if name == best)
    other = judging._judge(their_places(model, heard, users), truth)
    return {
        "chosen": [method, dict(given)], "tried": len(tried), "implicit_chosen": best, "people": len(ours["recall"]),
        "ours": metrics.interval(ours["recall"]), "implicit": metrics.interval(other["recall"]),
        "difference": metrics.interval(ours["recall"] - other["recall"]), "cpu_with_lists": cpu,
    }  # fmt: skip


# -- pairs


def pairs(least: int) -> dict[str, Any]:
    """Find the pairs that at least ``least`` invoices hold, with both."""
    import pandas as pd
    from mlxtend.frequent_patterns import fpgrowth

    carts = baskets(online_retail())
    sales = carts.shape[0]
    counted, count_cpu = measured(lambda: basket.pair_counts(carts, least))
    _kept, whole_cpu = measured(lambda: basket.pairs(carts, least))
    first, second, together = counted
    frame = pd.DataFrame.sparse.from_spmatrix(carts.astype(bool))
    frame.columns = [str(name) for name in frame.columns]
    found, their_cpu = measured(
        lambda: fpgrowth(frame, min_support=(least - 0.5) / sales, max_len=2, use_colnames=True)
    )
    two = found[found.itemsets.map(len) == 2]
    theirs_counted = {
        tuple(sorted(map(int, items))): round(support * sales)
        for items, support in zip(two.itemsets, two.support, strict=True)
    }
    ours_counted = {(int(a), int(b)): int(n) for a, b, n in zip(first, second, together, strict=True)}
    return {
        "invoices": sales, "least": least, "pairs": len(ours_counted), "same": ours_counted == theirs_counted,
        "cpu": count_cpu, "cpu_with_tests": whole_cpu, "fpgrowth_cpu": their_cpu, "ratio": their_cpu / max(count_cpu, 1e-9),
        "ratio_with_tests": their_cpu / max(whole_cpu, 1e-9),
    }  # fmt: skip


# -- serving


def serving(users: int, asks: int = 400) -> dict[str, Any]:
    """Fill a database with lists of so many customers and ask the API for some of them, as a shop does."""
    import tempfile

    with tempfile.TemporaryDirectory() as home:
        os.environ["SHUKE_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
        import django

        django.setup()
        return _served(users, asks)


def _served(users: int, asks: int) -> dict[str, Any]:
    from datetime import UTC, datetime

    from django.core.management import call_command
    from django.db import transaction
    from django.test import Client

    from shuke.cdp.catalog.actions import ProductRecord, upsert_products
    from shuke.cdp.customers.actions import PersonRecord
    from shuke.cdp.customers.testing import people
    from shuke.cdp.events.actions import Provenance
    from shuke.insight.recommendations.models import CrowdList, CustomerList, ProductList, Run
    from shuke.insight.recommendations.rules import Candidate, pack
    from shuke.platform.company import actions as company
    from shuke.platform.http.api.limits import PAGE_LIMITER
    from shuke.platform.staff import api_keys
    from shuke.platform.staff.actor import Actor

    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    company.found(name="Bench", currency="GBP", time_zone="UTC", language="en", now=now)
    shop = company.shop_named("web", now=now)
    by = Provenance("bench", "system:bench", now)
    with transaction.atomic():
        goods = upsert_products(
            shop, [ProductRecord(f"P{n}", title=f"Product {n}", category="Home") for n in range(2_000)], by
        )
    ids = np.array([one.product_id for one in goods])
    rng = np.random.default_rng(2)

    def drawn(kind: str) -> bytes:
        return pack(Candidate(int(pk), 1.0, kind, int(ids[0]), 7) for pk in rng.choice(ids, 30, replace=False))

    customers = [
        one.pk for start in range(0, users, 1_000)
        for one in people(*(PersonRecord(external_id=f"c{n}", name=f"C {n}") for n in range(start, min(start + 1_000, users))), shop=shop.code)
    ]  # fmt: skip
    some = [(drawn("repeat"), drawn("discovery")) for _ in range(200)]
    CustomerList.objects.bulk_create(
        [
            CustomerList(customer_id=pk, repeat=some[at % 200][0], discovery=some[at % 200][1])
            for at, pk in enumerate(customers)
        ],
        batch_size=2_000,
    )
    ProductList.objects.bulk_create(
        [ProductList(product_id=int(pk), also_bought=drawn("also_bought"), similar=drawn("similar")) for pk in ids]
    )
    CrowdList.objects.bulk_create([CrowdList(kind=kind, items=drawn(kind)) for kind in ("trending", "bestsellers")])
    Run.objects.create(as_of=now.date(), began_at=now, finished_at=now)
    _, key = api_keys.create("bench", ["recommendations:read"], by=Actor.system("bench"), now=now)
    client, headers = Client(), {"Authorization": f"Bearer {key}"}
    kinds = {
        "customer": lambda n: {"customer": f"c{n % users}", "placement": "home"},
        "product": lambda n: {"visitor": f"v{n}", "product": f"P{n % 2_000}", "placement": "product"},
        "basket of ten": lambda n: {"customer": f"c{n % users}", "basket": ",".join(f"P{(n + k * 37) % 2_000}" for k in range(10)), "placement": "basket"},
        "newcomer": lambda n: {"customer": f"nobody{n}", "placement": "home"},
    }  # fmt: skip
    found: dict[str, Any] = {"customers": users}
    for name, said in kinds.items():
        wall, cpu = [], []
        for at in range(asks + 20):
            PAGE_LIMITER.reset()
            began, used = time.perf_counter(), time.process_time()
            answer = client.get(
                "/api/v1/recommendations", {"shop": shop.code, "limit": 10, **said(at * 7)}, headers=headers
            )
            assert answer.status_code == 200, answer.content
            wall.append(time.perf_counter() - began)
            cpu.append(time.process_time() - used)
        found[name] = {
            "cpu_ms_median": 1e3 * float(np.median(cpu[20:])), "wall_ms_median": 1e3 * float(np.median(wall[20:])),
            "wall_ms_p95": 1e3 * float(np.quantile(wall[20:], 0.95)),
        }  # fmt: skip
    return found


def main() -> None:
    """Measure and print as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("lists", "pairs", "serving"))
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--least", type=int, default=200)
    given = parser.parse_args()
    found: dict[str, Any] = {}
    with threadpool_limits(limits=1):
        if given.part in {None, "lists"}:
            found |= {"online_retail": retail_lists(), "lastfm": lastfm_lists()}
        if given.part in {None, "pairs"}:
            found["pairs"] = pairs(given.least)
        if given.part in {None, "serving"}:
            found["serving"] = serving(given.users)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
