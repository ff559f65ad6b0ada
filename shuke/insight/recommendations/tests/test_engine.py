"""Methods against slow and plain ones of their kind; nothing later than the day that is judged."""

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse, stats

from shuke.insight.recommendations.engine import basket, judging, lists, repeat, similarity
from shuke.insight.recommendations.engine.space import Lines, baskets, space


def bought(users=40, items=9, seed=1):
    rng = np.random.default_rng(seed)
    return sparse.csr_matrix((rng.random((users, items)) < 0.35).astype(np.float32))


def lines(seed=2, orders=200, items=8, customers=30, days=200):
    rng = np.random.default_rng(seed)
    rows = sorted({(order, int(product)) for order in range(orders) for product in rng.integers(0, items, 3)})
    owner, day = rng.integers(-1, customers, orders), np.sort(rng.integers(0, days, orders))
    order = np.array([row[0] for row in rows])
    return Lines(order, owner[order], np.array([row[1] for row in rows]), day[order], np.arange(items) + 100)


def test_ease_is_the_least_squares_of_each_column_without_itself():
    x = bought()
    weights = similarity.ease(x, ridge=3.0)

    dense = x.toarray().astype(float)
    for item in range(dense.shape[1]):
        others = np.delete(dense, item, axis=1)
        plain = np.linalg.solve(others.T @ others + 3.0 * np.eye(others.shape[1]), others.T @ dense[:, item])
        assert np.allclose(np.delete(weights[:, item], item), plain, atol=1e-4)
    assert not weights.diagonal().any()


def test_cosine_and_walk_are_what_their_definitions_say():
    x = bought()
    dense, cosine = x.toarray().astype(float), similarity.cosine(x, shrink=0.0)
    walk = similarity.rp3beta(x, alpha=1.0, beta=0.5)

    for one, other in combinations(range(dense.shape[1]), 2):
        a, b = dense[:, one], dense[:, other]
        assert cosine[one, other] == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)), abs=1e-5)
        step = sum(a[user] / a.sum() * b[user] / dense[user].sum() for user in range(len(dense)) if a[user])
        assert walk[one, other] == pytest.approx(step / b.sum() ** 0.5, abs=1e-5)


def test_pairs_and_triples_are_counted_as_one_would_by_hand():
    sold = lines()
    carts = baskets(sold)
    dense = carts.toarray() > 0
    first, second, together = basket.pair_counts(carts, 1)
    by_hand = {pair: int((dense[:, pair[0]] & dense[:, pair[1]]).sum()) for pair in combinations(range(8), 2)}

    assert dict(zip(zip(first.tolist(), second.tolist(), strict=True), together.tolist(), strict=True)) == by_hand

    dense = np.random.default_rng(4).random((900, 8)) < 0.1
    dense[:60, :3] = True
    carts = sparse.csr_matrix(dense.astype(np.float32))
    found = basket.triples(carts, basket.pairs(carts, 5), 5)
    counted = {tuple(row): int(dense[:, row].all(axis=1).sum()) for row in found.members.tolist()}
    assert counted
    assert list(counted.values()) == found.together.tolist()
    assert (0, 1, 2) in counted


def test_chance_errs_on_the_side_of_doubt():
    exact = stats.hypergeom.sf(19, 1_000, 100, 120)
    ours = basket._more_than_chance(np.array([20]), np.array([100]), np.array([120]), 1_000)[0]

    assert exact <= ours < 10 * exact


def test_products_that_have_nothing_to_do_with_each_other_make_few_pairs():
    rng = np.random.default_rng(8)
    noise = sparse.csr_matrix((rng.random((3_000, 40)) < 0.1).astype(np.float32))

    assert len(basket.pairs(noise, 5).together) <= 2


def test_what_came_later_changes_nothing_that_was_known():
    sold = lines(orders=400)
    day = 140
    before = judging.asked(sold, day)
    later = sold.day > day
    other = Lines(
        sold.order, sold.customer, np.where(later, (sold.product + 3) % 8, sold.product), sold.day, sold.items
    )
    after = judging.asked(other, day)

    assert (before.around.bought != after.around.bought).nnz == 0
    assert np.array_equal(before.past.day, after.past.day)
    assert not (before.new & before.again).any()
    owned = before.around.bought[before.rows].toarray() > 0
    assert not (before.new & owned).any()
    assert (before.again <= owned).all()


def test_buying_again_counts_days_and_fades():
    sold = Lines(
        np.arange(5),
        np.array([1, 1, 1, 1, 2]),
        np.array([0, 0, 0, 1, 1]),
        np.array([0, 30, 30, 90, 10]),
        np.array([7, 8]),
    )
    found = repeat.pairs(sold, 100)

    rows = dict(zip(zip(found.customer.tolist(), found.product.tolist(), strict=True), range(3), strict=True))
    often = rows[1, 0]
    assert found.times[often] == 2
    assert found.age[often] == 70
    assert found.faded[30.0][often] == pytest.approx(0.5 ** (100 / 30) + 0.5 ** (70 / 30))
    made = lists.repeat(found, repeat.score(found, half_life=0.0, kind=0.0, rhythm=0.0), sold.items)
    assert np.frombuffer(made[1], lists.ITEM)["product"].tolist() == [7, 8]
    assert np.frombuffer(made[1], lists.ITEM)["number"].tolist()[1] == 0


def test_trend_is_what_rises_not_what_sells():
    day = np.concatenate([np.repeat(np.arange(0, 112), 5), np.repeat(np.arange(100, 112), 2)])
    product = np.concatenate([np.zeros(560, int), np.ones(24, int)])
    sold = Lines(np.arange(len(day)), np.full(len(day), -1), product, day, np.array([50, 60]))

    assert [one["product"] for one in np.frombuffer(lists.trending(sold, 111), lists.ITEM)] == [60]
    assert [one["product"] for one in np.frombuffer(lists.bestsellers(sold, 111), lists.ITEM)] == [50, 60]


def test_nothing_bought_gives_empty_matrices():
    empty = Lines(*(np.zeros(0, np.int64) for _ in range(4)), np.array([1, 2]))

    assert space(empty).bought.shape == (0, 2)
    assert repeat.pairs(empty, 10).times.tolist() == []
    assert lists.bestsellers(empty, 10) == b""
