"""Layouts that need no guessing."""

from collections.abc import Sequence

from shuke.cdp.orders.rules import columns
from shuke.cdp.orders.rules.mapping import BY_COLUMN, BY_PREFIX, LINES, TOTALS, Mapping
from shuke.platform.imports.rules import layouts

UCI_ONLINE_RETAIL = Mapping(
    preset="uci-online-retail",
    columns={
        "number": "InvoiceNo",
        "placed_at": "InvoiceDate",
        "customer_id": "CustomerID",
        "country": "Country",
        "product": "StockCode",
        "title": "Description",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
    },
    kind_by=BY_PREFIX,
    refund_prefixes=("C",),
    adjustment_prefixes=("A",),
    currency="GBP",
    time_zone="Europe/London",
)
TAOBAO_ORDERS = Mapping(
    preset="taobao-orders", part=TOTALS, currency="CNY", time_zone="Asia/Shanghai",
    columns={
        "number": "订单编号", "placed_at": "订单创建时间", "customer_id": "买家会员名", "amount": "买家应付货款",
        "shipping": "买家应付邮费", "paid_amount": "买家实际支付金额", "status": "订单状态", "name": "收货人姓名",
        "address": "收货地址", "phone": "联系手机", "paid_at": "订单付款时间", "title": "宝贝标题", "quantity": "宝贝总数量",
        "tracking": "物流单号", "carrier": "物流公司", "reason": "订单关闭原因", "refunded": "退款金额",
        "completed_at": "确认收货时间", "shipped_at": "发货时间",
    },
)  # fmt: skip
TAOBAO_ITEMS = Mapping(
    preset="taobao-items", part=LINES, currency="CNY", time_zone="Asia/Shanghai",
    columns={
        "number": "订单编号", "title": "标题", "unit_price": "价格", "quantity": "购买数量", "product": "外部系统编号",
        "sku": "商家编码",
    },
)  # fmt: skip
JD = Mapping(
    preset="jd", currency="CNY", time_zone="Asia/Shanghai",
    columns={
        "number": "订单号", "placed_at": "下单时间", "product": "商品ID", "title": "商品名称", "quantity": "订购数量",
        "unit_price": "京东价", "total": "结算金额", "paid_amount": "应付金额", "status": "订单状态", "sku": "货号",
        "customer_id": "下单帐号", "name": "客户姓名", "address": "客户地址", "phone": "联系电话", "shipping": "运费金额",
        "paid_at": "付款确认时间", "completed_at": "订单完成时间", "channel": "订单渠道", "payment_method": "支付方式",
    },
)  # fmt: skip
DOUYIN = Mapping(
    preset="douyin", currency="CNY", time_zone="Asia/Shanghai",
    columns={
        "number": "主订单编号", "placed_at": "订单提交时间", "title": "选购商品", "quantity": "商品数量", "sku": "商家编码",
        "amount": "订单应付金额", "shipping": "运费", "name": "收件人", "phone": "收件人手机号", "address": "详细地址",
        "completed_at": "订单完成时间", "status": "订单状态", "payment_status": "售后状态", "reason": "取消原因",
        "shipped_at": "发货时间", "channel": "流量来源",
    },
)  # fmt: skip
SHOPIFY = Mapping(
    preset="shopify",
    columns={
        "number": "Name", "placed_at": "Created at", "email": "Email", "currency": "Currency", "total": "Subtotal",
        "shipping": "Shipping", "tax": "Taxes", "paid_amount": "Total", "coupon": "Discount Code",
        "discount": "Discount Amount", "payment_status": "Financial Status", "fulfilment_status": "Fulfillment Status",
        "paid_at": "Paid at", "shipped_at": "Fulfilled at", "cancelled_at": "Cancelled at", "external_id": "Id",
        "quantity": "Lineitem quantity", "title": "Lineitem name", "unit_price": "Lineitem price", "sku": "Lineitem sku",
        "line_discount": "Lineitem discount", "name": "Billing Name", "phone": "Phone", "address": "Billing Address1",
        "city": "Billing City", "postcode": "Billing Zip", "region": "Billing Province", "country": "Billing Country",
        "payment_method": "Payment Method", "payment_reference": "Payment Reference", "refunded": "Refunded Amount",
        "brand": "Vendor", "channel": "Source",
    },
)  # fmt: skip
WOOCOMMERCE = Mapping(
    preset="woocommerce",
    columns={
        "number": "Order Number", "placed_at": "Order Date", "status": "Order Status", "currency": "Order Currency",
        "email": "Email (Billing)", "phone": "Phone (Billing)", "first_name": "First Name (Billing)",
        "last_name": "Last Name (Billing)", "address": "Address 1&2 (Billing)", "city": "City (Billing)",
        "region": "State Code (Billing)", "postcode": "Postcode (Billing)", "country": "Country Code (Billing)",
        "payment_method": "Payment Method Title", "discount": "Cart Discount Amount", "shipping": "Order Shipping Amount",
        "refunded": "Order Refund Amount", "tax": "Order Total Tax Amount", "paid_amount": "Order Total Amount",
        "sku": "SKU", "title": "Item Name", "quantity": "Quantity (- Refund)", "unit_price": "Item Cost",
        "coupon": "Coupon Code", "paid_at": "Paid Date", "completed_at": "Completed Date",
    },
)  # fmt: skip
# Columns that other editions of a layout name otherwise.
_ALSO_CALLED: dict[str, tuple[str, ...]] = {
    "InvoiceNo": ("Invoice",), "UnitPrice": ("Price",), "CustomerID": ("Customer ID",),
    "订单创建时间": ("买家下单时间", "创建时间"), "订单付款时间": ("买家付款时间", "付款时间"), "买家应付货款": ("买家实付金额", "总金额"),
    "买家会员名": ("买家昵称",), "标题": ("宝贝标题", "商品标题"), "购买数量": ("宝贝数量",), "价格": ("商品价格", "单价"),
    "Item Name": ("Product Name",), "Order Date": ("Date",), "Phone": ("Billing Phone",),
}  # fmt: skip
# The headers by which a file of a layout is known: all of them stand in it, and in no other's.
_SIGNS: dict[str, tuple[str, ...]] = {
    "taobao-orders": ("订单编号", "买家会员名", "买家应付货款", "订单状态"),
    "taobao-items": ("订单编号", "标题", "价格", "购买数量"),
    "jd": ("订单号", "商品ID", "订购数量", "京东价"),
    "douyin": ("主订单编号", "子订单编号", "选购商品", "订单应付金额"),
    "shopify": ("Name", "Created at", "Financial Status", "Lineitem quantity", "Lineitem price"),
    "woocommerce": ("Order Number", "Order Status", "Order Date", "Item Cost"),
}  # fmt: skip
# Our own layout: column names are the field names.
GENERIC = Mapping(preset="generic", columns={name: name for name in columns.FIELDS}, kind_by=BY_COLUMN)
PRESETS = {
    mapping.preset: mapping
    for mapping in (
        TAOBAO_ORDERS, TAOBAO_ITEMS, JD, DOUYIN, SHOPIFY, WOOCOMMERCE, UCI_ONLINE_RETAIL, GENERIC,
    )
}  # fmt: skip


def fitting(name: str, headers: Sequence[str]) -> Mapping:
    """Return a preset with the columns that a file has; headers may differ in case, spaces and punctuation."""
    preset = PRESETS[name]
    present = layouts.present(preset.columns, headers, _ALSO_CALLED)
    kind_by = preset.kind_by if preset.kind_by != BY_COLUMN or "kind" in present else "sign"
    return Mapping(
        columns=present, preset=name, kind_by=kind_by, refund_prefixes=preset.refund_prefixes,
        adjustment_prefixes=preset.adjustment_prefixes, currency=preset.currency, time_zone=preset.time_zone,
        part=preset.part,
    )  # fmt: skip


def recognised(headers: Sequence[str]) -> str:
    """Return the preset whose layout a file has, "" if none.

    >>> recognised(["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"])
    'uci-online-retail'
    """
    if layouts.has_all(headers, UCI_ONLINE_RETAIL.columns.values(), _ALSO_CALLED):
        return UCI_ONLINE_RETAIL.preset
    for name, signs in _SIGNS.items():
        if layouts.has_all(headers, signs, _ALSO_CALLED):
            return name
    is_ours = layouts.has_all(headers, ("number", "placed_at"))
    return (
        GENERIC.preset if is_ours and any(layouts.has_all(headers, [one]) for one in ("unit_price", "amount")) else ""
    )
