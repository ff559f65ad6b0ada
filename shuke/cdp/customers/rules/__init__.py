"""What customers decide without a database: how values are compared, which identities there are."""

from shuke.cdp.customers.rules.people import (
    CONTACT_CONTEXT,
    MAX_KEY_CHARS,
    MAX_NAME_CHARS,
    MAX_NAME_WORDS,
    TAG_COLORS,
    TAIL_DIGITS,
    Blocked,
    PersonRecord,
    address_key,
    address_text,
    cleaned,
    email,
    external_id,
    is_masked,
    name,
    name_key,
    name_words,
    phone,
    phone_tail,
    prefer,
    region_of_zone,
    tag_color,
    words,
)

__all__ = [
    "CONTACT_CONTEXT", "MAX_KEY_CHARS", "MAX_NAME_CHARS", "MAX_NAME_WORDS", "TAG_COLORS", "TAIL_DIGITS",
    "Blocked", "PersonRecord", "address_key", "address_text", "cleaned", "email", "external_id", "is_masked", "name", "name_key",
    "name_words", "phone", "phone_tail", "prefer", "region_of_zone", "tag_color", "words",
]  # fmt: skip
