"""From the rows of one order number to a sale, a refund, a bookkeeping entry, or a reason why not."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shuke.cdp.orders.rules import columns, facts
from shuke.cdp.orders.rules.cells import Amount, Cells
from shuke.cdp.orders.rules.facts import Fact, Line
from shuke.cdp.orders.rules.mapping import BY_COLUMN, BY_PREFIX, LINES, Mapping
from shuke.kernel.money import to_minor
from shuke.platform.imports.rules import moments
from shuke.platform.imports.rules.refusals import Refusal, Refused

Row = tuple[int, list[str]]
MOST_LINES = 10_000
# Rows of one order number that lie further apart speak of two different orders.
_FURTHEST = timedelta(days=7)
# What turns the number of a sale into that of the refund its own rows tell of.
REFUND_SUFFIX = "-R"
# Columns that only some files have, beside which the rest need not be looked at.
_MORE_FIELDS = frozenset({
    "status", "payment_status", "fulfilment_status", "external_id", "paid_at", "shipped_at", "completed_at", "cancelled_at",
    "coupon", "carrier", "tracking", "payment_method", "payment_reference", "total", "line_discount",
})  # fmt: skip
_LINE_FIELDS = ("product", "sku", "title", "category", "brand")


@dataclass(slots=True)
class Decision:
    """What one order number's rows amount to. ``notes`` count what a person should know about how they were read.

    ``given_back`` is the refund of a sale whose own rows say how much of it was given back.
    """

    fact: Fact | None = None
    given_back: Fact | None = None
    refusals: list[Refusal] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


class Decider:
    """Decides group after group of one file; remembers cells it has read."""

    def __init__(self, mapping: Mapping, headers: Sequence[str]) -> None:
        self.mapping, self.width = mapping, len(headers)
        self.cells = Cells(mapping)
        self.at = {name: headers.index(header) for name, header in mapping.columns.items() if header in headers}
        self._order_readers = [
            (name, self.at[name], self.cells.reader(name)) for name in columns.ORDER_FIELDS if name in self.at
        ]
        self._line_readers = [(name, self.at.get(name), self.cells.reader(name)) for name in _LINE_FIELDS]
        self._amount_at = [self.at.get(name) for name in ("quantity", "unit_price", "amount")]
        kind_at = self.at.get("kind") if mapping.kind_by == BY_COLUMN else None
        self._has_more = not _MORE_FIELDS.isdisjoint(self.at)
        self._key_at = (self.at["number"], kind_at, self.at.get("refund_number"))

    def runs(self, rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
        """Put neighbouring rows of one record together; yield each run with the key that all runs of a record share.

        A row that leaves its kind or refund number empty goes with the row of the same order above it. Very long
        runs come in pieces.
        """
        number_at, kind_at, refund_at = self._key_at
        if kind_at is None and refund_at is None:
            yield from self._runs_by_number(rows, number_at)
            return
        run: list[Row] = []
        current: tuple[str, str, str] = ("", "", "")
        for row in rows:
            cells = row[1]
            kind = "" if kind_at is None else cells[kind_at]
            refund = "" if refund_at is None else cells[refund_at]
            number = cells[number_at]
            same = number == current[0] and kind in (current[1], "") and refund in (current[2], "")
            if not run or not same or len(run) >= MOST_LINES:
                if run:
                    yield self._group(current), run
                run = []
                current = (number, kind, refund)
            run.append(row)
        if run:
            yield self._group(current), run

    def _runs_by_number(self, rows: Iterable[Row], number_at: int) -> Iterator[tuple[str, list[Row]]]:
        run: list[Row] = []
        current = ""
        for row in rows:
            number = row[1][number_at]
            if number != current or len(run) >= MOST_LINES:
                if run:
                    yield self._group((current, "", "")), run
                run = []
                current = number
            run.append(row)
        if run:
            yield self._group((current, "", "")), run

    def _group(self, raw: tuple[str, str, str]) -> str:
        reference = self.cells.reference
        number, refund, kind = reference[raw[0]], reference[raw[2]], self.cells.kind[raw[1]] if raw[1] else ""
        said = (
            raw[0] if isinstance(number, Refused) else number,
            raw[1] if isinstance(kind, Refused) else kind,
            refund,
        )
        return "\x1f".join((str(said[0]), str(said[1] or facts.ORDER), str(said[2])))

    def decide(self, rows: list[Row]) -> Decision:
        """Decide what rows with one key amount to."""
        decision = Decision()
        number = self.cells.reference[rows[0][1][self.at["number"]]] if rows[0][1] else ""
        if isinstance(number, Refused) or not number:
            reason = number if isinstance(number, Refused) else Refused("number_missing")
            decision.refusals = [self._refusal(row, "number", reason) for row in rows]
            return decision
        good = self._readable(rows, number, decision)
        if not good:
            return decision
        try:
            self._build(number, good, decision)
        except Refused as refusal:
            said = dict(refusal.facts)
            column = self.mapping.columns.get(said.pop("field", "number"), "")
            row, value = said.pop("row", good[0][0]), said.pop("value", "")
            decision.refusals.append(Refusal(row, column, value, refusal.code, number, said))
            decision.fact, decision.given_back, decision.notes = None, None, Counter()
        return decision

    def _refusal(self, row: Row, name: str, reason: Refused, number: str = "") -> Refusal:
        position = self.at.get(name)
        value = row[1][position][:200] if position is not None and position < len(row[1]) else ""
        known = {key: fact for key, fact in reason.facts.items() if key != "field"}
        return Refusal(row[0], self.mapping.columns.get(name, ""), value, reason.code, number, known)

    def _readable(self, rows: list[Row], number: str, decision: Decision) -> list[Row]:
        """Leave out rows whose order-level cells cannot be read; what is wrong with them goes into the decision."""
        checked = list(self._order_readers)
        if "placed_at" in self.at:
            checked.append(("placed_at", self.at["placed_at"], self.cells.moment))
        bad: dict[int, tuple[str, Refused]] = {}
        if max([len(cells) for _row, cells in rows]) > self.width:
            for row, cells in rows:
                if len(cells) > self.width:
                    bad[row] = ("", Refused("too_many_cells", cells=len(cells), columns=self.width))
        for name, position, reader in checked:
            for raw in {cells[position] for _row, cells in rows}:
                if isinstance(found := reader[raw], Refused):
                    bad |= {row: (name, found) for row, cells in rows if cells[position] == raw and row not in bad}
        if not bad:
            return rows
        decision.refusals += [self._refusal(row, *bad[row[0]], number) for row in rows if row[0] in bad]
        return [row for row in rows if row[0] not in bad]

    def _build(self, number: str, rows: list[Row], decision: Decision) -> None:
        if len(rows) > MOST_LINES:
            raise Refused("too_many_lines", most=MOST_LINES)
        said = {name: self._said(position, reader, rows) for name, position, reader in self._order_readers}
        if self.mapping.part == LINES:
            self._report_lines(number, rows, said, decision)
            return
        times = self._said(self.at["placed_at"], self.cells.moment, rows)
        at = self._moment(times, decision)
        currency = self._one(said, "currency", "two_currencies") or self.mapping.currency
        if not currency:
            raise Refused("currency_missing", field="currency")
        if not self._one(said, "customer_id", "two_customers"):
            # The shop's own id decides; without one, two e-mails or phones are two people.
            self._one(said, "email", "two_customers")
            self._one(said, "phone", "two_customers")
        first = {name: next(iter(found), None) for name, found in said.items()}
        lines, amounts = self._lines(rows, number, currency, decision)
        if not lines:
            return
        kind = self._kind(number, first, lines)
        if kind == facts.ORDER and self._has_more:
            first["status"], first["payment_status"], first["fulfilment_status"] = self._states(first, rows)
        lines, taken = self._discounted(kind, lines, rows, first, currency)
        decision.fact = _fact((kind, number, at.isoformat(), currency), lines, first, self.mapping)
        if kind == facts.ORDER and self._has_more and (more := _more(decision.fact, first, taken)):
            decision.fact.details["more"] = more
        if kind == facts.ORDER and (refunded := sum(said.get("refunded", ()), Decimal())):
            decision.given_back = _given_back(decision.fact, refunded, first)
            decision.notes["refunds_on_orders"] += 1
        self._tell(decision, rows, amounts, first)

    def _report_lines(self, number: str, rows: list[Row], said: dict[str, dict[Any, int]], decision: Decision) -> None:
        """Decide rows that tell of lines only: buyer, time and what was paid stand in another file."""
        currency = self._one(said, "currency", "two_currencies") or self.mapping.currency
        lines, _amounts = self._lines(rows, number, currency, decision)
        if lines:
            total = sum(line.amount_minor for line in lines)
            decision.fact = Fact(facts.LINES, number, "", currency, total, lines)

    def _states(self, first: dict[str, Any], rows: list[Row]) -> tuple[str, str, str]:
        """Return status, payment and fulfilment, each from what is said about the others where it is not said itself."""
        status, payment, fulfilment = (
            first.get(name) or "" for name in ("status", "payment_status", "fulfilment_status")
        )
        place = self.at.get("status")
        raw = next((cells[place] for _row, cells in rows if place is not None and cells[place].strip()), "")
        payment = payment or (self.cells.payment[raw] if raw else "")
        fulfilment = fulfilment or (self.cells.fulfilment[raw] if raw else "")
        if first.get("cancelled_at") or payment == "voided":
            status = "cancelled"
        elif not status and payment:
            status = _status_of(payment, fulfilment)
        return status, payment, fulfilment

    def _discounted(
        self, kind: str, lines: list[Line], rows: list[Row], first: dict[str, Any], currency: str
    ) -> tuple[list[Line], list[int]]:
        """Take discounts off the lines: those of single lines, and what the sum of the order is lower than theirs."""
        if kind != facts.ORDER or not self._has_more:
            return lines, []
        total, place = first.get("total"), self.at.get("line_discount")
        if total is not None and len(rows) == len(lines):
            return facts.allocated(lines, to_minor(total, currency))
        if place is None or len(rows) != len(lines):
            return lines, []
        read = [self.cells.number[cells[place]] for _row, cells in rows]
        taken = [abs(to_minor(one, currency)) if isinstance(one, Decimal) else 0 for one in read]
        reduced = [line._replace(amount_minor=line.amount_minor - off) for line, off in zip(lines, taken, strict=True)]
        return reduced, taken

    def _said(self, position: int, reader: Any, rows: list[Row]) -> dict[Any, int]:
        """Every different thing said in a column, in order, with the first row that says it.

        Exports often write an order's own fields on its first row only, so nothing said is no contradiction.
        """
        first = rows[0][1][position]
        if len({cells[position] for _row, cells in rows}) == 1:
            only = reader[first]
            return {} if only in ("", None) else {only: rows[0][0]}
        found: dict[Any, int] = {}
        for row, cells in rows:
            value = reader[cells[position]]
            if value not in ("", None):
                found.setdefault(value, row)
        return found

    @staticmethod
    def _one(said: dict[str, dict[Any, int]], name: str, code: str) -> Any:
        """The one value of a column; two different ones in one order contradict each other."""
        found = said.get(name, {})
        if len(found) > 1:
            (one, first), (other, second), *_rest = found.items()
            raise Refused(code, field=name, value=f"{one} / {other}", row=first, other_row=second)
        return next(iter(found), "")

    @staticmethod
    def _moment(times: dict[datetime, int], decision: Decision) -> datetime:
        if not times:
            raise Refused("date_missing", field="placed_at")
        first, last = min(times), max(times)
        if last - first > _FURTHEST:
            days = f"{first:%Y-%m-%d} / {last:%Y-%m-%d}"
            raise Refused("two_orders", field="placed_at", value=days, row=times[first], other_row=times[last])
        if len(times) > 1:
            decision.notes["two_times"] += 1
        return first

    def _lines(
        self, rows: list[Row], number: str, currency: str, decision: Decision
    ) -> tuple[list[Line], list[Amount]]:
        """Read the lines column by column; rows with a cell that cannot be read stay out."""
        read = self._columns(rows, currency)
        if any(Refused in set(map(type, column)) for column in read.values()):
            rows = self._without_unreadable(rows, read, number, decision)
            if not rows:
                return [], []
            decision.notes["partial_orders"] += 1
            read = self._columns(rows, currency)
        elif decision.refusals:
            decision.notes["partial_orders"] += 1
        amounts = read.pop("amount")
        products, skus, titles = read["product"], read["sku"], read["title"]
        # A product without an id of its own goes by its article number, or else by its name.
        if not all(products):
            products = [
                product or sku or title[:120] for product, sku, title in zip(products, skus, titles, strict=True)
            ]
        quantities, prices, minors, _notes = zip(*amounts, strict=True)
        lines = list(map(Line, products, skus, titles, read["category"], read["brand"], quantities, prices, minors))
        return lines, amounts

    def _columns(self, rows: list[Row], currency: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for name, position, reader in self._line_readers:
            if position is None:
                found[name] = [""] * len(rows)
            else:
                found[name] = [reader[cells[position]] for _row, cells in rows]
        amount, (quantity_at, price_at, amount_at) = self.cells.amount, self._amount_at
        if quantity_at is not None and price_at is not None and amount_at is None:
            found["amount"] = [amount[cells[quantity_at], cells[price_at], None, currency] for _row, cells in rows]
        else:
            keys = [[None if at is None else cells[at] for at in self._amount_at] for _row, cells in rows]
            found["amount"] = [amount[(*key, currency)] for key in keys]
        return found

    def _without_unreadable(
        self, rows: list[Row], read: dict[str, list[Any]], number: str, decision: Decision
    ) -> list[Row]:
        good = []
        for index, row in enumerate(rows):
            wrong = [(name, column[index]) for name, column in read.items() if isinstance(column[index], Refused)]
            if wrong:
                name, reason = wrong[0]
                decision.refusals.append(self._refusal(row, reason.facts.get("field", name), reason, number))
            else:
                good.append(row)
        return good

    def _kind(self, number: str, said: dict[str, Any], lines: list[Line]) -> str:
        how = self.mapping.kind_by
        if how == BY_COLUMN:
            return str(said.get("kind") or facts.ORDER)
        if how == BY_PREFIX:
            if number.startswith(self.mapping.refund_prefixes):
                return facts.REFUND
            return facts.ADJUSTMENT if number.startswith(self.mapping.adjustment_prefixes) else facts.ORDER
        if said.get("refund_number"):
            return facts.REFUND
        return facts.REFUND if sum(line.amount_minor for line in lines) < 0 else facts.ORDER

    def _tell(self, decision: Decision, rows: list[Row], amounts: list[Amount], said: dict[str, Any]) -> None:
        """Count what is worth telling."""
        notes, fact = decision.notes, decision.fact
        assert fact is not None
        for amount in amounts:
            for note in amount.notes:
                if note != "negative_lines" or fact.kind == facts.ORDER:
                    notes[note] += 1
        if repeated := len(rows) - len({tuple(cells) for _row, cells in rows}):
            notes["repeated_lines"] += repeated
        if formulas := self.cells.formula_texts:
            notes["formula_texts"] += sum(line.title in formulas for line in fact.lines)
        if said.get("status") == "?":
            notes["unknown_statuses"] += 1
        if (known := said.get("customer_id")) and rows[0][1][self.at["customer_id"]].strip() != known:
            notes["ids_normalised"] += len(rows)
        keys = fact.person[:3] if fact.person else ()
        if any("*" in key for key in keys):
            notes["masked_customers"] += 1
        if not any(key and "*" not in key for key in keys):
            notes[f"guest_{fact.kind}s"] += 1
        if fact.kind == facts.REFUND and not fact.details["order_number"]:
            notes["refunds_naming_no_order"] += 1
        if fact.kind == facts.ADJUSTMENT:
            notes["adjustments"] += 1


def _person(said: dict[str, Any]) -> tuple[str, ...] | None:
    """What the rows say about the buyer, None if that is nothing."""
    own = {name: said.get(name) or "" for name in ("email", "phone", "name", "address", "postcode")}
    if not own["name"] and ("first_name" in said or "last_name" in said):
        own["name"] = " ".join(filter(None, (said.get("first_name"), said.get("last_name"))))
    person = {"external_id": said.get("customer_id") or "", **own}
    if not any(person.values()):
        return None
    person |= {name: said.get(name) or "" for name in ("country", "region", "city")}
    return tuple([person.get(name, "") for name in facts.PERSON_FIELDS])


def _fact(head: tuple[str, str, str, str], lines: list[Line], said: dict[str, Any], mapping: Mapping) -> Fact:
    """Put a fact together; ``head`` is kind, number, time and currency."""
    kind, number, at, currency = head
    total = sum([line.amount_minor for line in lines])
    fact = Fact(kind, number, at, currency, total, lines, _person(said))
    country = said.get("country") or ""
    if kind == facts.ORDER:
        status = said.get("status") or "completed"
        fact.details = {
            "status": "completed" if status == "?" else status, "country": country, "region": said.get("region") or "",
            "city": said.get("city") or "", "channel": (said.get("channel") or "")[:64],
            **{f"{name}_minor": _size(said.get(name), currency) for name in ("discount", "shipping", "tax")},
        }  # fmt: skip
    elif kind == facts.REFUND:
        _turn_positive(fact)
        own = said.get("refund_number") or ""
        names_order = bool(own) or mapping.kind_by == BY_COLUMN
        fact.number = own or number
        fact.details = {
            "order_number": number if names_order else "",
            "reason": said.get("reason") or "",
            "country": country,
        }
    else:
        fact.lines = []
        fact.details = {"description": lines[0].title}
    return fact


def _status_of(payment: str, fulfilment: str) -> str:
    """Return the status that payment and fulfilment amount to, for files that have no column of it."""
    if payment not in ("paid", "partially_refunded", "refunded"):
        return "open"
    return "completed" if fulfilment in ("fulfilled", "delivered", "returned") or payment == "refunded" else "paid"


def _more(fact: Fact, said: dict[str, Any], taken: list[int]) -> dict[str, Any]:
    """Return what only some files say of a sale, without what is empty."""
    currency = fact.currency
    at = {name: moments.written(said.get(name)) for name in ("paid_at", "shipped_at", "completed_at", "cancelled_at")}
    payment, fulfilment = said.get("payment_status") or "", said.get("fulfilment_status") or ""
    more: dict[str, Any] = {
        "external_id": said.get("external_id") or "", "payment_state": payment, "fulfilment_state": fulfilment,
        "paid_at": at["paid_at"], "completed_at": at["completed_at"], "cancelled_at": at["cancelled_at"],
        "cancel_reason": (said.get("reason") or "") if fact.details["status"] == "cancelled" else "",
        "line_discounts": taken if any(taken) else [],
    }  # fmt: skip
    if coupon := said.get("coupon"):
        more["coupons"] = [[coupon, "", fact.details["discount_minor"]]]
    method, reference = said.get("payment_method") or "", said.get("payment_reference") or ""
    if method or reference:
        paid = said.get("paid_amount")
        amount = fact.amount_minor + fact.details["shipping_minor"] if paid is None else to_minor(paid, currency)
        more["payments"] = [[method, amount, payment, at["paid_at"], reference]]
    carrier, tracking = said.get("carrier") or "", said.get("tracking") or ""
    if carrier or tracking or at["shipped_at"]:
        state = "delivered" if fulfilment == "delivered" else "in_transit"
        more["shipments"] = [["", carrier, tracking, state, at["shipped_at"], "", []]]
    return {name: value for name, value in more.items() if value}


def _size(amount: Decimal | None, currency: str) -> int:
    return abs(to_minor(amount, currency)) if amount else 0


def _given_back(sale: Fact, refunded: Decimal, said: dict[str, Any]) -> Fact:
    """Return the refund that the rows of a sale tell of. They do not say when, so it is dated like the sale."""
    details = {"order_number": sale.number, "reason": said.get("reason") or "", "country": said.get("country") or ""}
    return Fact(
        facts.REFUND, f"{sale.number}{REFUND_SUFFIX}", sale.at, sale.currency, _size(refunded, sale.currency),
        person=sale.person, details=details,
    )  # fmt: skip


def _turn_positive(fact: Fact) -> None:
    """Give refund lines the sign of money given back, whichever way the source writes it."""
    downwards = fact.amount_minor < 0 or (not fact.amount_minor and fact.lines[0].quantity.startswith("-"))
    if not downwards:
        return
    fact.amount_minor = -fact.amount_minor
    fact.lines = [
        line._replace(quantity=_negated(line.quantity), amount_minor=-line.amount_minor) for line in fact.lines
    ]


def _negated(quantity: str) -> str:
    return quantity[1:] if quantity.startswith("-") else quantity if quantity == "0" else f"-{quantity}"
