"""The platforms that shops run on, each a folder with one ``KIND``."""

from shuke.integrations.kinds.kind import Incoming, Kind
from shuke.integrations.kinds.shopify import KIND as _SHOPIFY
from shuke.integrations.kinds.signed import KIND as _SIGNED
from shuke.integrations.kinds.woocommerce import KIND as _WOOCOMMERCE
from shuke.integrations.kinds.youzan import KIND as _YOUZAN

KINDS: dict[str, Kind] = {kind.code: kind for kind in (_SHOPIFY, _WOOCOMMERCE, _YOUZAN, _SIGNED)}

__all__ = ["KINDS", "Incoming", "Kind"]
