"""Random rules in their JSON form, and random data for them to speak of."""

from datetime import date, timedelta

from hypothesis import strategies as st

AS_OF = date(2024, 6, 15)
COUNTRIES = ["France", "法国", "o'Hara", "x", ""]
CATEGORIES = ["a", "a/b", "ab", "护肤"]
TEXTS = st.sampled_from(["France", "法国", "o'Hara", "x", "FR", "a%", "护肤"])
LISTS = ["0190b0a0-0000-7000-8000-000000000001", "0190b0a0-0000-7000-8000-000000000002"]
RULES = ["0190b0a0-0000-7000-8000-00000000000a"]

days = st.integers(-60, 20).map(lambda n: AS_OF + timedelta(days=n))
small = st.integers(0, 4)
money = st.integers(-2, 12).map(lambda n: n * 100)


def some(values, most=3):
    return st.lists(values, min_size=1, max_size=most, unique=True)


units = st.sampled_from(["week", "month", "quarter", "year"])
EVENTS = st.sampled_from(["Product Viewed", "打开", "other"])
periods = st.one_of(
    st.builds(lambda unit: {"this": unit}, units),
    st.builds(lambda unit: {"previous": unit}, units),
    st.builds(lambda n: {"last_days": n}, st.integers(1, 50)),
    st.builds(lambda n: {"before_days": n}, st.integers(0, 50)),
    st.builds(lambda a, b: {"from": min(a, b).isoformat(), "to": max(a, b).isoformat()}, days, days),
    st.builds(lambda a: {"from": a.isoformat()}, days),
    st.builds(lambda a: {"to": a.isoformat()}, days),
)


windows = st.one_of(
    st.builds(lambda n: {"next_days": n}, st.integers(1, 366)),
    st.builds(lambda n: {"last_days": n}, st.integers(1, 30)),
    st.builds(lambda unit: {"this": unit}, units),
    st.builds(lambda unit: {"previous": unit}, units),
)
since = st.builds(
    lambda anchor, days: {"since": anchor, **days},
    st.one_of(
        st.sampled_from([{"order": "last"}, {"order": "first"}]),
        st.builds(lambda name, which: {"event": name, **which}, EVENTS, st.sampled_from([{}, {"which": "first"}])),
    ),
    st.one_of(st.just({}), st.builds(lambda n: {"days": n}, st.integers(1, 30))),
)


def numbers(values):
    return st.one_of(
        st.builds(
            lambda op, value: {"op": op, "value": value},
            st.sampled_from(["at_least", "at_most", "more_than", "less_than", "equals"]),
            values,
        ),
        st.builds(lambda a, b: {"op": "between", "value": [min(a, b), max(a, b)]}, values, values),
    )


def asking(names, answers):
    return st.builds(lambda name, answer: {"field": name, **answer}, st.sampled_from(names), answers)


def op(names, values):
    return st.builds(lambda name, value: {"op": name, "value": value}, st.sampled_from(names), values)


known = st.sampled_from([{"op": "is_known"}, {"op": "is_unknown"}])
fields = st.one_of(
    asking(
        ["customer.country", "customer.city"],
        st.one_of(op(["is", "is_not"], some(TEXTS)), op(["contains"], TEXTS), known),
    ),
    asking(
        ["customer.birthday", "customer.first_seen", "value.last_order"],
        st.deferred(lambda: op(["anniversary"], windows)),
    ),
    asking(["customer.birthday"], known),
    asking(["customer.birth_month"], st.one_of(op(["is", "is_not"], some(st.integers(1, 12))), known)),
    asking(["customer.first_seen", "value.first_order", "value.last_order"], op(["within"], periods)),
    asking(["customer.tag"], op(["has_any", "has_all", "has_none"], some(st.integers(1, 4)))),
    asking(["segment"], op(["in", "not_in"], some(st.sampled_from([*LISTS, *RULES])))),
    asking(["value.group"], op(["is", "is_not"], some(st.sampled_from(["champions", "lost", "prospect"])))),
    asking(["value.stage"], op(["is", "is_not"], some(st.sampled_from(["new", "active"])))),
    asking(
        ["value.r", "value.fm"], st.one_of(op(["is", "is_not"], some(st.integers(1, 5))), numbers(st.integers(0, 6)))
    ),
    asking(["value.orders", "value.recency_days", "value.cadence_days"], numbers(small)),
    asking(["value.net", "value.average_order"], numbers(money)),
    asking(["attribute.note"], st.one_of(op(["is", "is_not"], some(TEXTS)), op(["contains"], TEXTS), known)),
    asking(["attribute.colors"], st.one_of(op(["has_any", "has_all", "has_none"], some(TEXTS)), known)),
    asking(["attribute.size"], st.one_of(numbers(st.sampled_from([0, 1, 1.5, 2.25, -3])), known)),
    asking(["attribute.since"], st.one_of(op(["within"], periods), known)),
    asking(
        ["attribute.vip", "attribute.nobody"], st.sampled_from([{"op": "is_yes"}, {"op": "is_no"}, {"op": "is_known"}])
    ),
)
goods = {
    "product": some(st.integers(1, 4)),
    "category": some(st.sampled_from(CATEGORIES)),
    "brand": some(st.sampled_from(["p", "q"])),
}
band = st.one_of(
    st.builds(lambda a, b: {"at_least": min(a, b), "at_most": max(a, b)}, money, money),
    st.builds(lambda a: {"at_least": a}, money),
)
places = {
    "shop": some(st.integers(1, 2)),
    "country": some(TEXTS),
    "currency": some(st.sampled_from(["GBP", "CNY"])),
}
own = {
    "channel": some(st.sampled_from(["web", "app"])),
    "refunded": st.booleans(),
    "amount": band,
    "price": band,
    "discounted": st.booleans(),
    "hours": st.lists(st.sampled_from([0, 5, 9, 22, 23]), min_size=2, max_size=2),
    "weekday": some(st.integers(1, 7)).map(sorted),
}


def clause(subject, answer, period, where):
    said = {**subject, **answer}
    if period:
        said["period"] = period
    if where:
        said["where"] = where
    return said


maybe_period = st.one_of(st.none(), periods, periods, since)
filters = st.one_of(st.just({}), st.fixed_dictionaries({}, optional={**goods, **places, **own}))
net_filters = st.one_of(st.just({}), st.fixed_dictionaries({}, optional={**goods, **places}))
orders = st.one_of(
    st.builds(clause, st.just({"orders": "count"}), numbers(small), maybe_period, filters),
    st.builds(
        clause,
        st.sampled_from([{"orders": "gross"}, {"orders": "average"}, {"orders": "largest"}]),
        numbers(money),
        maybe_period,
        filters,
    ),
    st.builds(
        clause,
        st.sampled_from([{"orders": name} for name in ("items", "products", "categories", "brands", "days", "months")]),
        numbers(small),
        maybe_period,
        filters,
    ),
    st.builds(clause, st.just({"orders": "share"}), numbers(st.sampled_from([0, 25, 50, 100])), maybe_period, filters),
    st.builds(clause, st.just({"orders": "net"}), numbers(money), maybe_period, net_filters),
    st.builds(
        clause,
        st.sampled_from([{"orders": "first"}, {"orders": "last"}]),
        op(["within"], periods),
        maybe_period,
        filters,
    ),
)
NAMES = st.sampled_from(["price", "价 格"])
halves = st.sampled_from([0, 1, 2.5, 3.5, -3])
properties = st.one_of(
    st.builds(lambda name, asked: {"name": name, **asked}, NAMES, known),
    st.builds(lambda name, asked: {"name": name, **asked}, NAMES, numbers(halves)),
    st.builds(
        lambda name, asked: {"name": name, **asked},
        NAMES,
        op(["is", "is_not"], some(st.sampled_from(["x", "2.5", "o'Hara", "true", "FR"]))),
    ),
    st.builds(lambda name, asked: {"name": name, **asked}, NAMES, op(["contains"], st.sampled_from(["x", "O'", "5"]))),
)
event_filters = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {}, optional={"product": some(st.sampled_from(["1", "2", "x'"])), "properties": st.lists(properties, min_size=1, max_size=2)}
    ),
)  # fmt: skip
happened = st.sampled_from([{"event": "Product Viewed"}, {"event": "打开"}])


def measured(measures):
    return st.builds(lambda name, measure: {**name, **measure}, happened, st.sampled_from(measures))


events = st.one_of(
    st.builds(
        clause,
        happened,
        st.one_of(st.sampled_from([{"op": "did"}, {"op": "did_not"}]), numbers(small)),
        maybe_period,
        event_filters,
    ),
    st.builds(clause, measured([{"measure": "days"}]), numbers(small), maybe_period, event_filters),
    st.builds(
        clause,
        measured([{"measure": "distinct", "of": "price"}, {"measure": "distinct", "of": "价 格"}]),
        numbers(small),
        maybe_period,
        event_filters,
    ),
    st.builds(
        clause,
        measured([{"measure": "sum", "of": "price"}, {"measure": "average", "of": "price"}]),
        numbers(halves),
        maybe_period,
        event_filters,
    ),
    st.builds(
        clause,
        measured([{"measure": "first"}, {"measure": "last"}]),
        op(["within"], periods),
        maybe_period,
        event_filters,
    ),
)
within = st.one_of(
    st.just({}),
    st.builds(lambda n: {"within": {"days": n}}, st.integers(1, 10)),
    st.builds(lambda n: {"within": {"hours": n}}, st.sampled_from([1, 5, 30, 47])),
)


def step(times):
    def with_filters(subject, where, time):
        return {**subject, **({"where": where} if where else {}), **time}

    return st.one_of(
        st.builds(with_filters, st.builds(lambda name: {"event": name}, EVENTS), event_filters, times),
        st.builds(with_filters, st.just({"order": "placed"}), filters, times),
    )


def sequence(first, others, op, period, without):
    said = {"sequence": [first, *others], "op": op}
    if period:
        said["period"] = period
    if without:
        said["without"] = without
    return said


sequences = st.one_of(
    st.builds(
        sequence,
        step(st.just({})),
        st.lists(step(within), min_size=1, max_size=3),
        st.sampled_from(["did", "did_not"]),
        st.one_of(st.none(), periods),
        st.one_of(st.none(), step(within)),
    ),
    st.builds(
        sequence,
        step(st.just({})),
        st.just([]),
        st.sampled_from(["did", "did_not"]),
        st.one_of(st.none(), periods),
        step(within),
    ),
)
splits = st.builds(
    lambda name, a, b: {"split": name, "op": "between", "value": [min(a, b), max(a, b)]},
    st.sampled_from(["spring", "autumn"]),
    st.integers(1, 100),
    st.integers(1, 100),
)
STATES = ["never_asked", "granted", "confirmed", "withdrawn", "requested", "expired"]
reaches = st.builds(
    lambda channel, answer, scope: {"reach": channel, **answer, **scope},
    st.sampled_from(["email", "sms", "post"]),
    st.one_of(st.sampled_from([{"op": "may"}, {"op": "may_not"}]), op(["is", "is_not"], some(st.sampled_from(STATES)))),
    st.sampled_from([{}, {"topic": "sale"}, {"purpose": "service"}]),
)
clauses = st.one_of(fields, orders, events, sequences, splits, reaches)
joins = st.sampled_from(["all", "any", "none"])
nodes = st.recursive(
    clauses,
    lambda inner: st.builds(lambda join, some: {join: some}, joins, st.lists(inner, min_size=1, max_size=3)),
    max_leaves=6,
)
rules = st.builds(lambda join, some: {join: some}, joins, st.lists(nodes, min_size=1, max_size=3))
plain_rules = st.builds(
    lambda join, some: {join: some}, joins, st.lists(st.one_of(orders, events), min_size=1, max_size=2)
)
