"""Cells that a spreadsheet will not take for formulas."""

from datetime import date

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(cell: str | float | date | None) -> str:
    """Return a cell as CSV text; a text that a spreadsheet would run as a formula gets an apostrophe before it.

    >>> safe("=1+1"), safe(-3), safe(None), safe("+44 20")
    ("'=1+1", '-3', '', "'+44 20")
    """
    match cell:
        case None:
            return ""
        case str():
            return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
        case date():
            return cell.isoformat()
        case _:
            return str(cell)
