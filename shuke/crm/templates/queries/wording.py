"""What checks find, variables, blocks and channels, in the reader's language."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.crm.templates.engine.checking import Finding

FINDINGS: Mapping[str, str | Promise] = {
    "unknown_variable": gettext_lazy("Nothing is called %(name)s: it would never be filled in."),
    "no_fallback": gettext_lazy(
        "%(name)s is not known of everybody and has no fallback: whoever has none would not get the message. "
        "Write {{ %(name)s | default: \"…\" }}."
    ),
    "markup_in_value": gettext_lazy("Markup cannot stand inside a place for a value: %(name)s."),
    "unknown_filter": gettext_lazy("There is no filter %(name)s."),
    "liquid_syntax": gettext_lazy("The places for values cannot be read: %(detail)s."),
    "liquid_filter": gettext_lazy("A filter cannot be applied: %(detail)s."),
    "liquid_loops": gettext_lazy("A loop runs too often."),
    "liquid_output": gettext_lazy("The message would become too long."),
    "liquid_memory": gettext_lazy("The message would take too much memory."),
    "liquid_depth": gettext_lazy("Conditions and loops are nested too deeply."),
    "liquid_time": gettext_lazy("The message would take too long to write."),
    "unknown_snippet": gettext_lazy("There is no snippet %(name)s."),
    "no_address": gettext_lazy("A button leads nowhere: it needs an address."),
    "bad_address": gettext_lazy("%(address)s is not an address that a message can lead to."),
    "promotion_in_transactional": gettext_lazy(
        "A transactional message must not advertise: take the block out, or make it a marketing message."
    ),
    "promoting_words": gettext_lazy("“%(word)s” sounds like advertising in a transactional message."),
    "no_unsubscribe": gettext_lazy("A marketing e-mail needs a way to unsubscribe: add a footer."),
    "no_unsubscribe_in_text": gettext_lazy("The plain text has no way to unsubscribe."),
    "no_postal_address": gettext_lazy("The company's postal address is missing in the brand kit; many countries ask for it."),
    "not_marked_as_advertising": gettext_lazy("Marketing e-mail to China is marked with 广告 or AD in the subject."),
    "no_subject": gettext_lazy("The subject is missing."),
    "no_preheader": gettext_lazy("There is no preview text; mailboxes will show the beginning of the message instead."),
    "empty": gettext_lazy("There is nothing in it yet."),
    "clipped": gettext_lazy("The message weighs %(kilobytes)s kB; Gmail cuts off what is beyond 102 kB."),
    "no_products": gettext_lazy("No product is chosen."),
    "unknown_product": gettext_lazy("Product %(number)s is not in the catalogue."),
    "no_picture": gettext_lazy("No picture is chosen."),
    "unknown_picture": gettext_lazy("The picture is no longer there."),
    "heavy_picture": gettext_lazy("The picture weighs %(kilobytes)s kB; on a phone that takes long."),
    "insecure_picture": gettext_lazy("The picture's address should begin with https://."),
    "no_alt": gettext_lazy("The picture has no description for those who do not see it."),
    "forbidden_tag": gettext_lazy("Mailboxes do not accept <%(name)s>."),
    "forbidden_attribute": gettext_lazy("Mailboxes do not accept the attribute %(name)s."),
    "broken_html": gettext_lazy("The HTML is broken: <%(name)s> is not opened and closed in order."),
    "many_parts": gettext_lazy("The text is sent, and paid for, in %(parts)s parts."),
    "no_refusal": gettext_lazy("A marketing text message says how to refuse the next: 拒收请回复R, or “Reply STOP to opt out”."),
    "no_signature": gettext_lazy("Text messages in China begin with the signature in 【】."),
}  # fmt: skip

BLOCKS: Mapping[str, str | Promise] = {
    "heading": gettext_lazy("Heading"), "text": gettext_lazy("Text"), "image": gettext_lazy("Picture"),
    "button": gettext_lazy("Button"), "products": gettext_lazy("Products"),
    "recommendations": gettext_lazy("Recommendations"), "coupon": gettext_lazy("Personal coupon"),
    "columns": gettext_lazy("Columns"), "divider": gettext_lazy("Line"), "spacer": gettext_lazy("Room"),
    "snippet": gettext_lazy("Snippet"), "html": gettext_lazy("HTML"), "footer": gettext_lazy("Footer"),
}  # fmt: skip

VARIABLES: Mapping[str, str | Promise] = {
    "customer.name": gettext_lazy("Name"), "customer.given_name": gettext_lazy("Given name"),
    "customer.city": gettext_lazy("City"), "customer.country": gettext_lazy("Country"),
    "customer.birthday": gettext_lazy("Birthday"), "customer.since": gettext_lazy("Customer since"),
    "value.orders": gettext_lazy("Number of orders"), "value.spent": gettext_lazy("Spent so far"),
    "value.average_order": gettext_lazy("Average order"), "value.last_order_on": gettext_lazy("Last order"),
    "value.days_since_order": gettext_lazy("Days since the last order"), "value.tier": gettext_lazy("Value tier"),
    "value.stage": gettext_lazy("Lifecycle stage"), "company.name": gettext_lazy("Company"),
    "company.url": gettext_lazy("Web site"), "order.number": gettext_lazy("Order number"),
    "order.total": gettext_lazy("Order total"), "cart.url": gettext_lazy("Link to the cart"),
    "coupon.code": gettext_lazy("Coupon code"), "unsubscribe_url": gettext_lazy("Link to unsubscribe"),
    "preferences_url": gettext_lazy("Link to choices"),
}  # fmt: skip


def editor_texts() -> Mapping[str, str]:
    """Return the words of the block editor."""
    return {
        "subject": _("Subject"), "preheader": _("Preview text"), "add": _("Add a block"), "up": _("Up"), "down": _("Down"),
        "remove": _("Remove"), "copy": _("Duplicate"), "text": _("Text"), "level": _("Size"), "align": _("Alignment"),
        "left": _("Left"), "center": _("Centred"), "right": _("Right"), "src": _("Picture"), "alt": _("Description"),
        "href": _("Address"), "width": _("Width"), "source": _("Which products"), "chosen": _("Chosen here"),
        "event": _("What is in the cart"), "products": _("Products"), "with_price": _("With price"), "list": _("Which list"),
        "count": _("How many"), "heading": _("Heading"), "height": _("Height"), "html": _("HTML"), "code": _("Snippet"),
        "column": _("Column"), "addColumn": _("Another column"), "insert": _("Insert a value"), "search": _("Search"),
        "empty": _("Nothing here yet."), "other": _("another address"),
        "moved": _("Moved to place %(place)s") % {"place": "%s"},
        "textHelp": _("**bold**, *slanted*, [link](https://…), lines that begin with “- ” make a list"),
    }  # fmt: skip


def finding(found: Finding) -> str:
    """Return what a check found as a sentence, with its place in front."""
    said = str(FINDINGS.get(found.code, found.code)) % dict(found.facts)
    return _("%(place)s: %(finding)s") % {"place": place(found.place), "finding": said} if found.place else said


def place(name: str) -> str:
    """Return where something is, in words: a field by its name, a block by its number."""
    fields = {
        "subject": _("Subject"), "preheader": _("Preview text"), "html": _("Message"), "text": _("Text"),
        "title": _("Title"), "body": _("Text"), "url": _("Link"), "image": _("Picture"),
    }  # fmt: skip
    if name[:1].isdigit():
        return _("Block %(number)s") % {"number": name}
    return fields.get(name, name.removeprefix("param:"))
