"""What the demo company is called, how large it may be, who works there. Pure."""

from dataclasses import dataclass

from shuke.platform.staff.roles import Role

COMPANY = "Willow 小柳"
CURRENCY = "CNY"
TIME_ZONE = "Asia/Shanghai"
SHOP_ZH = "小柳 天猫店"
SHOP_EN = "Willow web shop"
SIZES = {"2k": 2_000, "100k": 100_000, "1M": 1_000_000}
# How many month ends of value history are worked out; each takes as long as the newest day.
HISTORY_MONTHS = {"2k": 6, "100k": 6, "1M": 1}
DEFAULT_SIZE = "2k"
DEFAULT_SEED = 7
# Everybody in the demo company is made up, and so is this.
PASSWORD = "willow-by-the-river"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works at Willow."""

    role: Role
    name: str

    @property
    def email(self) -> str:
        """Return the address with which they log in."""
        return f"{self.role.value}@willow.example"


COLLEAGUES = (
    Colleague(Role.OWNER, "柳青 Liu Qing"),
    Colleague(Role.ADMIN, "Tom Ashby"),
    Colleague(Role.MARKETER, "林悦 Lin Yue"),
    Colleague(Role.AGENT, "Grace Holt"),
    Colleague(Role.ANALYST, "沈思 Shen Si"),
    Colleague(Role.FINANCE, "Edward Marsh"),
)
OWNER = COLLEAGUES[0]
