"""What the columns of a file can mean, and guessing it from their headers, English or Chinese."""

from collections.abc import Sequence

from shuke.platform.imports.rules import headers as names

# Field -> headers under which shops export it, best first. Compared without case, spaces and punctuation.
ALIASES: dict[str, tuple[str, ...]] = {
    "number": (
        "order number", "order no", "order id", "invoice no", "invoice number", "invoice", "order", "order name", "orderid",
        "transaction id", "订单编号", "订单号", "主订单编号", "单号", "交易号", "订单id", "name",
    ),
    "kind": ("kind", "record type", "transaction type", "order type", "type", "类型", "单据类型", "交易类型", "业务类型"),
    "refund_number": ("refund number", "refund no", "refund id", "return number", "退款编号", "退款单号", "售后单号", "退货单号"),
    "placed_at": (
        "placed at", "order date", "invoice date", "created at", "order time", "date", "datetime", "purchase date", "paid at",
        "transaction date", "买家下单时间", "下单时间", "订单创建时间", "订单提交时间", "创建时间", "付款时间", "订单付款时间",
        "买家付款时间", "日期", "时间", "下单日期", "订单日期",
    ),
    "status": ("status", "order status", "financial status", "订单状态", "状态", "交易状态"),
    "payment_status": ("payment status", "financial status", "payment state", "付款状态", "支付状态", "售后状态"),
    "fulfilment_status": (
        "fulfilment status", "fulfillment status", "delivery status", "shipping status", "发货状态", "物流状态", "配送状态",
    ),
    "external_id": ("order key", "internal id", "external id"),
    "paid_at": ("paid at", "payment date", "payment time", "订单付款时间", "付款时间", "买家付款时间", "付款确认时间", "支付完成时间"),
    "shipped_at": ("shipped at", "fulfilled at", "ship date", "shipping date", "发货时间"),
    "completed_at": ("completed at", "delivered at", "completion date", "确认收货时间", "订单完成时间", "完成时间"),
    "cancelled_at": ("cancelled at", "canceled at", "cancellation date", "取消时间", "关闭时间"),
    "coupon": ("coupon", "coupon code", "discount code", "coupon codes", "优惠券", "优惠码"),
    "carrier": ("carrier", "shipping carrier", "shipping company", "物流公司", "快递公司"),
    "tracking": ("tracking number", "tracking", "tracking code", "物流单号", "快递单号", "运单号"),
    "payment_method": ("payment method", "payment type", "支付方式", "付款方式"),
    "payment_reference": ("payment reference", "payment id", "支付单号", "支付流水号"),
    "paid_amount": ("paid amount", "amount paid"),
    "total": ("goods total", "items total", "order subtotal"),
    "currency": ("currency", "currency code", "币种", "货币", "币别"),
    "customer_id": (
        "customer id", "customer no", "customer number", "customer code", "user id", "member id", "buyer id", "client id",
        "customer", "买家会员名", "会员编号", "会员id", "客户编号", "客户id", "用户id", "下单帐号", "下单账号", "买家id", "会员名", "买家昵称",
    ),
    "email": ("email", "e-mail", "email address", "customer email", "buyer email", "邮箱", "电子邮箱", "客户邮箱", "邮件"),
    "phone": (
        "phone", "phone number", "mobile", "telephone", "tel", "customer phone", "billing phone", "shipping phone", "联系手机",
        "手机号", "手机", "收件人手机号", "收货人手机", "联系电话", "电话", "手机号码",
    ),
    "name": (
        "customer name", "buyer name", "client name", "customer full name", "billing name", "shipping name", "full name", "recipient", "收货人姓名", "客户姓名", "姓名",
        "收件人", "收货人", "客户名称", "买家姓名",
        "name",
    ),
    "first_name": ("first name", "billing first name", "名"),
    "last_name": ("last name", "billing last name", "surname", "姓"),
    "country": ("country", "shipping country", "billing country", "country code", "国家", "国家地区"),
    "region": ("region", "province", "state", "shipping province", "billing province", "省份", "省", "州"),
    "city": ("city", "town", "shipping city", "billing city", "城市", "市"),
    "address": (
        "address", "shipping address", "shipping address1", "street", "billing address1", "收货地址", "详细地址", "客户地址", "地址",
    ),
    "postcode": ("postcode", "zip", "zip code", "postal code", "shipping zip", "billing zip", "邮编", "邮政编码"),
    "channel": ("channel", "source", "sales channel", "渠道", "来源", "订单来源", "订单渠道", "流量来源"),
    "discount": ("discount", "discount amount", "order discount", "优惠金额", "折扣", "优惠"),
    "shipping": (
        "shipping", "shipping cost", "shipping amount", "shipping fee", "freight", "delivery fee", "运费", "邮费", "买家应付邮费",
        "快递费", "运费金额",
    ),
    "tax": ("tax", "taxes", "tax amount", "vat", "税费", "税额", "税金"),
    "refunded": (
        "refunded", "refunded amount", "refund amount", "amount refunded", "total refunded", "退款金额", "已退款金额", "退款总额",
        "实际退款金额",
    ),
    "reason": ("reason", "refund reason", "cancel reason", "退款原因", "取消原因", "订单关闭原因", "原因"),
    "product": ("product id", "item id", "stock code", "product code", "item code", "商品id", "商品编号", "商品编码", "宝贝id", "货号"),
    "sku": ("sku", "lineitem sku", "variant sku", "item sku", "商家编码", "sku编码", "规格编码", "外部系统编号"),
    "title": (
        "product name", "title", "description", "item name", "lineitem name", "product title", "product", "item", "商品名称", "商品标题",
        "宝贝标题", "标题", "选购商品", "商品", "品名",
    ),
    "category": ("category", "product category", "product type", "类目", "分类", "商品分类", "宝贝种类", "品类"),
    "brand": ("brand", "vendor", "品牌", "供应商"),
    "quantity": (
        "quantity", "qty", "lineitem quantity", "units", "count", "数量", "购买数量", "订购数量", "商品数量", "宝贝总数量", "件数",
    ),
    "unit_price": ("unit price", "price", "lineitem price", "item price", "单价", "京东价", "价格", "商品单价", "售价"),
    "line_discount": ("line discount", "lineitem discount", "item discount", "行优惠"),
    "amount": (
        "amount", "line total", "line amount", "subtotal", "total", "total amount", "revenue", "sales", "金额", "小计", "总金额",
        "实付金额", "买家实付金额", "买家实际支付金额", "订单应付金额", "应付金额", "成交金额",
    ),
}  # fmt: skip
FIELDS = tuple(ALIASES)
_NEEDED = ("number", "placed_at")
# Fields that belong to the order as a whole; exports often write them on its first row only.
ORDER_FIELDS = (
    "kind", "refund_number", "status", "currency", "customer_id", "email", "phone", "name", "country", "region", "city",
    "address", "postcode", "channel", "discount", "shipping", "tax", "refunded", "reason", "payment_status",
    "fulfilment_status", "external_id", "paid_at", "shipped_at", "completed_at", "cancelled_at", "coupon", "carrier",
    "tracking", "payment_method", "payment_reference", "paid_amount", "total", "first_name", "last_name",
)  # fmt: skip
PERSONAL_FIELDS = frozenset({
    "customer_id", "email", "phone", "name", "first_name", "last_name", "address", "postcode", "tracking",
    "payment_reference",
})  # fmt: skip


def guess(headers: Sequence[str]) -> dict[str, str]:
    """Return the column that most probably holds each field.

    >>> guess(["订单编号", "下单时间", "商品数量", "单价"])
    {'number': '订单编号', 'placed_at': '下单时间', 'quantity': '商品数量', 'unit_price': '单价'}
    """
    return names.guess(headers, ALIASES, needed=_NEEDED)
