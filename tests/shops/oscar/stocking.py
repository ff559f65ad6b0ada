"""Opens the shop: its tables, three teas, a voucher, and somebody to look after orders.

python -m tests.shops.oscar.stocking
"""

from datetime import timedelta
from decimal import Decimal

import django
from django.core.management import call_command

STAFF, PASSWORD = "staff@willow.example", "leaves and more leaves"
TEAS = (("T1", "Dragon Well", "12.50"), ("T2", "Oolong", "8.29"), ("T3", "Jasmine", "5.00"))
VOUCHER = "SPRING10"


def stock() -> None:
    call_command("migrate", verbosity=0, run_syncdb=True)
    from django.contrib.auth import get_user_model
    from django.utils import timezone
    from oscar.core.loading import get_model

    get_user_model().objects.create_superuser("staff", STAFF, PASSWORD)
    country = get_model("address", "Country")
    country.objects.create(
        iso_3166_1_a2="GB", printable_name="United Kingdom", name="United Kingdom", is_shipping_country=True
    )
    kind = get_model("catalogue", "ProductClass").objects.create(name="Tea")
    partner = get_model("partner", "Partner").objects.create(name="Willow", code="willow")
    for upc, title, price in TEAS:
        product = get_model("catalogue", "Product").objects.create(product_class=kind, upc=upc, title=title)
        get_model("partner", "StockRecord").objects.create(
            product=product,
            partner=partner,
            partner_sku=upc,
            price=Decimal(price),
            price_currency="GBP",
            num_in_stock=500,
        )
    _voucher(timezone.now())
    for event in ("Paid", "Refunded"):
        get_model("order", "PaymentEventType").objects.create(name=event, code=event.lower())
    get_model("order", "ShippingEventType").objects.create(name="Shipped", code="shipped")


def _voucher(now: "object") -> None:
    """Ten per cent off everything."""
    from oscar.core.loading import get_model

    everything = get_model("offer", "Range").objects.create(name="Everything", includes_all_products=True)
    offer = get_model("offer", "ConditionalOffer").objects.create(
        name="Spring",
        offer_type="Voucher",
        condition=get_model("offer", "Condition").objects.create(range=everything, type="Count", value=1),
        benefit=get_model("offer", "Benefit").objects.create(range=everything, type="Percentage", value=10),
    )
    voucher = get_model("voucher", "Voucher").objects.create(
        name="Spring",
        code=VOUCHER,
        start_datetime=now - timedelta(days=1),
        end_datetime=now + timedelta(days=9),
    )
    voucher.offers.add(offer)


if __name__ == "__main__":
    django.setup()
    stock()
