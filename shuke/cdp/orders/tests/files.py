"""Small files to import."""

import gzip
import io

HEADER = "order_number,order_date,customer_id,email,sku,product_name,quantity,unit_price,currency,country"
ROWS = [
    "1001,2024-03-01 10:30,ada,ada@willow.example,MUG,Blue mug,2,4.50,GBP,United Kingdom",
    "1001,2024-03-01 10:30,ada,ada@willow.example,TEA,Green tea,1,3.00,GBP,United Kingdom",
    "1002,2024-03-02 09:00,,,MUG,Blue mug,1,4.50,GBP,France",
    "1003,2024-03-03 18:45,bob,bob@willow.example,TEA,Green tea,-1,3.00,GBP,United Kingdom",
]
CHINESE = """订单编号,下单时间,会员编号,收货人姓名,手机号,商家编码,商品名称,数量,单价,币种
\t9001,2024/3/1 10:30,c-1,张三,13800138001,MUG,蓝色马克杯,2,￥45.00,CNY
\t9002,2024年3月2日 9:00,c-2,李四,13900139002,TEA,绿茶,１,30,CNY
"""


def csv_of(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return ("\n".join([header, *(rows or ROWS)]) + "\n").encode(encoding)


def zipped(content: bytes) -> bytes:
    return gzip.compress(content)


def workbook(header: list[str], rows: list[list[object]], *, formula: str = "") -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    book.add_worksheet("Notes").write(0, 0, "nothing here")
    sheet = book.add_worksheet("Orders")
    sheet.write_row(0, 0, header)
    for place, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            sheet.write(place, column, value)
    if formula:
        sheet.write_formula(len(rows), len(header) - 1, formula, None, 4.5)
    book.close()
    return buffer.getvalue()
