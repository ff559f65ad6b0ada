"""Why deliveries fail or are turned away: codes, worded in the pages."""

NOT_GENUINE, TOO_OLD, TOO_LARGE, UNKNOWN_ADDRESS = "not_genuine", "too_old", "too_large", "unknown_address"
NO_JSON, UNKNOWN_TOPIC, MISSING, CURRENCY = "no_json", "unknown_topic", "missing", "currency"
UNINSTALLED, SHOP_REDACT = "uninstalled", "shop_redact"
REFUSED, CRASHED, NO_ORDER, UNREADABLE, ERASED = "refused", "crashed", "no_order", "unreadable", "erased"
