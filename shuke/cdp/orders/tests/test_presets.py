"""Exports of shops and marketplaces, under their own headers, with their own traps."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shuke.cdp.customers.models import Customer
from shuke.cdp.events.models import Event
from shuke.cdp.orders.models import (
    LineReport,
    Order,
    OrderCoupon,
    OrderLine,
    OrderPayment,
    Refund,
    Shipment,
)
from shuke.platform.imports import actions as importing
from shuke.platform.imports import queries as imports
from shuke.platform.imports.models import ImportState
from shuke.platform.imports.progress import Silent
from shuke.platform.staff.actor import Actor

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
BY = Actor.system("test")
TAOBAO = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,买家实际支付积分,订单状态,"
    "买家留言,收货人姓名,收货地址,运送方式,联系电话,联系手机,订单创建时间,订单付款时间,宝贝标题,宝贝种类,物流单号,物流公司,订单备注,宝贝总数量,"
    "店铺Id,店铺名称,订单关闭原因,退款金额,确认收货时间\r\n"
    '="9001",t**,**,90.00,10.00,0,100.00,0,100.00,0,交易成功,,张*,浙江省 杭州市 西湖区 **,快递,-,\'1**********,2024-03-01 10:00:00,'
    "2024-03-01 10:05:00,茶杯,2,No:SF0001,顺丰速运,,3,1,小店,,0,2024-03-05 09:00:00\r\n"
    '="9002",t**,**,50.00,0.00,0,50.00,0,0.00,0,交易关闭,,李*,**,快递,-,\'1**********,2024-03-02 10:00:00,-,茶叶,1,-,-,,1,1,小店,'
    "买家不想要了,0,-\r\n"
    '="9003",t**,**,fifty,0.00,0,50.00,0,0.00,0,等待买家付款,,李*,**,快递,-,-,2024-03-02 10:00:00,-,茶叶,1,-,-,,1,1,小店,,0,-\r\n'
)
ITEMS = (
    "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码\r\n"
    '="9001",茶杯,40.00,2,CUP,颜色:白,,,交易成功,CUP-W\r\n'
    '="9001",茶碟,20.00,1,DISH,,,,交易成功,DISH\r\n'
    '="9002",茶叶,50.00,one,TEA,,,,交易关闭,TEA\r\n'
)
JD = (
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,订单类型,下单帐号,客户姓名,客户地址,"
    "联系电话,订单备注,运费金额,付款确认时间,货号,订单完成时间,订单来源,订单渠道\n"
    "700001,SKU1,热水壶,1,在线支付,2024-03-01 10:00:00,100.00,160.00,150.00,0.00,150.00,完成,SOP,jd_a***,王*,北京*,1**********,,0,"
    "2024-03-01 10:01:00,K1,2024-03-04 10:00:00,网页,京东\n"
    "700001,SKU2,滤网,2,在线支付,2024-03-01 10:00:00,30.00,160.00,150.00,0.00,150.00,完成,SOP,jd_a***,王*,北京*,1**********,,0,"
    "2024-03-01 10:01:00,K2,2024-03-04 10:00:00,网页,京东\n"
)
DOUYIN = (
    "\ufeff主订单编号,子订单编号,选购商品,商品规格,商品数量,商家编码,订单应付金额,运费,收件人,收件人手机号,详细地址,订单提交时间,商家备注,订单完成时间,"
    "订单状态,售后状态,取消原因,发货时间,达人ID,达人昵称,流量来源\n"
    '"\t5001","\t50011",蜂蜜,500g,2,H500,60.00,0,##Qz1x,$$9f31c2,##m8Kq,2024-03-01 20:00:00,,-,已发货,-,,2024-03-02 08:00:00,-,-,直播\n'
    '"\t5001","\t50012",蜂胶,30g,1,P30,40.00,0,##Qz1x,$$9f31c2,##m8Kq,2024-03-01 20:00:00,,-,已发货,-,,2024-03-02 08:00:00,-,-,直播\n'
    '"\t5002","\t50021",蜂蜜,500g,1,H500,30.00,0,##Aa,$$bb,##cc,2024-03-01 21:00:00,,-,已关闭,退款成功,不想要了,-,-,-,直播\n'
)
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,"
    "Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem fulfillment status,Billing Name,Billing City,Billing Zip,"
    "Billing Country,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Id,Phone,Lineitem discount\n"
    "#1001,ada@example.com,partially_refunded,2024-03-01 10:05:00 +0000,fulfilled,2024-03-02 09:00:00 +0000,no,GBP,90.00,5.00,"
    "0.00,95.00,SPRING,10.00,Post,2024-03-01 10:00:00 +0000,2,Mug,30.00,,MUG,fulfilled,Ada Long,Leeds,LS1,GB,,Card,c77.1,"
    "15.00,Willow,5550001,,0.00\n"
    "#1001,ada@example.com,,,,,,,,,,,,,,2024-03-01 10:00:00 +0000,1,Tea pot,40.00,,POT,fulfilled,,,,,,,,,Willow,,,0.00\n"
    "#1002,bob@example.com,voided,,unfulfilled,,no,GBP,20.00,0.00,0.00,20.00,,0.00,Post,2024-03-02 10:00:00 +0000,1,Mug,20.00,,"
    "MUG,pending,Bob,York,Y1,GB,2024-03-02 11:00:00 +0000,,,0.00,Willow,5550002,,0.00\n"
    "#1003,bob@example.com,paid,2024-03-03 10:00:00 +0000,,,no,GBP,20.00,0.00,0.00,20.00,,0.00,Post,yesterday,1,Mug,20.00,,MUG,"
    "pending,Bob,York,Y1,GB,,,,0.00,Willow,5550003,,0.00\n"
)
WOO = (
    "Order Number,Order Status,Order Date,First Name (Billing),Last Name (Billing),Email (Billing),Phone (Billing),"
    "City (Billing),Country Code (Billing),Payment Method Title,Cart Discount Amount,Order Shipping Amount,"
    "Order Refund Amount,Order Total Amount,SKU,Item Name,Quantity (- Refund),Item Cost,Coupon Code\n"
    "31,Completed,2024-03-01 10:00,Ada,Long,ada@example.com,,Leeds,GB,PayPal,0,4.00,0,24.00,MUG,Mug,2,10.00,\n"
    "32,On hold,2024-03-02 10:00,Bob,Low,bob@example.com,,York,GB,Bank transfer,0,0,0,10.00,MUG,Mug,1,10.00,HELLO\n"
)


@pytest.fixture(autouse=True)
def _here(company, settings, tmp_path):
    settings.SHUKE_FILES_DIR = tmp_path


def bring_in(text, *, encoding="utf-8", currency=""):
    made = importing.start_import(
        [text.encode(encoding)],
        kind="orders",
        file_name="export.csv",
        shop_name="小店",
        settings={"currency": currency},
        by=BY,
        now=NOW,
    )
    made = importing.run_import(made.pk, Silent(), now=NOW)
    assert made.state == ImportState.DONE, made.report
    return made


def sums():
    return {
        order.number: (order.gross_minor, order.status, order.payment_state, order.fulfilment_state)
        for order in Order.objects.all()
    }


def ended():
    """What the two reports of Taobao end up as."""
    orders = Order.objects.order_by("number").values_list(
        "number", "gross_minor", "line_count", "status", "placed_at", "content_hash"
    )
    lines = OrderLine.objects.order_by("order__number", "position").values_list(
        "order__number", "title", "quantity", "unit_price", "amount_minor", "discount_minor"
    )
    return [(*row[:-1], bytes(row[-1])) for row in orders], list(lines)


def test_taobao_gives_totals_and_states_and_takes_nobody_by_a_masked_key():
    made = bring_in(TAOBAO, encoding="gb18030")

    assert made.mapping["preset"] == "taobao-orders"
    assert sums() == {
        "9001": (9000, "completed", "paid", "delivered"), "9002": (5000, "cancelled", "", ""),
    }  # fmt: skip
    order = Order.objects.get(number="9001")
    assert order.placed_at == datetime(2024, 3, 1, 2, 0, tzinfo=UTC)
    assert (order.currency, order.shipping_minor, order.lines.get().quantity) == ("CNY", 1000, Decimal(3))
    assert Shipment.objects.get().carrier == "顺丰速运"
    assert Customer.objects.count() == 0
    assert [(row.number, row.code) for row in imports.refused_rows(made)] == [("9003", "not_a_number")]


@pytest.mark.parametrize("orders_first", [True, False])
def test_taobaos_two_reports_end_alike_in_either_order(orders_first):
    files = [TAOBAO, ITEMS] if orders_first else [ITEMS, TAOBAO]
    for text in files:
        bring_in(text, encoding="gb18030")

    orders, lines = ended()
    assert [row[:4] for row in orders] == [("9001", 9000, 2, "completed"), ("9002", 5000, 1, "cancelled")]
    assert lines == [
        ("9001", "茶杯", Decimal(2), Decimal(40), 7200, 800), ("9001", "茶碟", Decimal(1), Decimal(20), 1800, 200),
        ("9002", "茶叶", Decimal(1), Decimal(50), 5000, 0),
    ]  # fmt: skip
    before, told = ended(), Event.objects.count()
    for text in reversed(files):
        made = bring_in(text, encoding="gb18030")
        assert not any(counts.get("replaced") or counts.get("created") for counts in made.report["applied"].values())
    assert (ended(), Event.objects.count()) == (before, told)


def test_a_dry_run_of_the_second_report_foresees_what_the_import_does():
    bring_in(ITEMS, encoding="gb18030")
    bring_in(TAOBAO, encoding="gb18030")

    for text, kind, count in ((TAOBAO, "order", 2), (ITEMS, "lines", 1)):
        made = importing.start_import(
            [text.encode("gb18030")], kind="orders", file_name="a.csv", shop_name="小店", by=BY, now=NOW, dry_run=True
        )
        made = importing.run_check(made.pk, Silent(), now=NOW)
        assert made.report["expected"][kind] == {"created": 0, "replaced": 0, "unchanged": count}


def test_undoing_the_report_of_items_brings_the_single_line_back():
    bring_in(TAOBAO, encoding="gb18030")
    before = ended()
    made = bring_in(ITEMS, encoding="gb18030")

    importing.begin_undo(made, by=BY, now=NOW)
    importing.run_undo(made.pk, Silent(), now=NOW)

    assert ended() == before
    assert not LineReport.objects.exists()


def test_jd_counts_the_repeated_sum_once():
    made = bring_in(JD)

    assert made.mapping["preset"] == "jd"
    assert sums() == {"700001": (15000, "completed", "paid", "delivered")}
    assert list(OrderLine.objects.order_by("position").values_list("amount_minor", "discount_minor")) == [
        (9375, 625),
        (5625, 375),
    ]
    assert OrderPayment.objects.values_list("method", "amount_minor").get() == ("在线支付", 15000)


def test_douyin_brings_partial_orders_together_and_reads_no_ciphers():
    made = bring_in(DOUYIN)

    assert made.mapping["preset"] == "douyin"
    assert sums() == {"5001": (10000, "paid", "paid", "fulfilled"), "5002": (3000, "cancelled", "refunded", "")}
    assert Order.objects.get(number="5001").placed_at == datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
    assert Customer.objects.count() == 0
    assert Shipment.objects.get().shipped_at == datetime(2024, 3, 2, 0, 0, tzinfo=UTC)


def test_shopify_reads_what_stands_on_the_first_row_only():
    made = bring_in(SHOPIFY)

    assert made.mapping["preset"] == "shopify"
    assert sums() == {
        "#1001": (9000, "completed", "partially_refunded", "fulfilled"), "#1002": (2000, "cancelled", "voided", "unfulfilled"),
    }  # fmt: skip
    order = Order.objects.get(number="#1001")
    assert (order.external_id, order.refunded_minor, order.line_count) == ("5550001", 1500, 2)
    assert Refund.objects.get().amount_minor == 1500
    assert OrderCoupon.objects.values_list("code", "amount_minor").get() == ("SPRING", 1000)
    assert Customer.objects.filter(name="Ada Long").exists()
    assert [row.code for row in imports.refused_rows(made)] == ["not_a_date"]


def test_woocommerce_is_known_by_its_headers():
    made = bring_in(WOO, currency="GBP")

    assert made.mapping["preset"] == "woocommerce"
    assert sums() == {"31": (2000, "completed", "paid", ""), "32": (1000, "open", "pending", "")}
    assert Customer.objects.filter(name="Ada Long").exists()
