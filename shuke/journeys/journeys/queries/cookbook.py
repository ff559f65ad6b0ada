"""The recipes in words, by what they are for."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise

SHELVES: tuple[tuple[Label, tuple[str, ...]], ...] = (
    (_("Beginning"), ("welcome", "second_order")),
    (_("Before an order"), ("cart", "browse")),
    (
        _("After an order"),
        ("after_purchase", "review", "cross_sell", "cross_sell_timing", "replenish", "call_back", "refund"),
    ),
    (_("Keeping"), ("winback", "vip", "birthday", "lunar_birthday", "member_day")),
    (_("Festivals and sales"), ("spring_festival", "mid_autumn", "double_11", "shopping_618", "christmas")),
)
# What each is called, and what it does.
WORDS: Mapping[str, tuple[Label, Label]] = {
    "welcome": (_("Welcome"), _("A greeting ten minutes after somebody becomes known, and a choice of products three days later, unless they have bought.")),
    "cart": (_("Abandoned cart"), _("An hour after a cart was left, unless it was bought: a reminder; a day later a last one. Ends with the order.")),
    "browse": (_("Abandoned browsing"), _("Who looked at a product and put nothing into the cart within three hours is shown what goes with it.")),
    "after_purchase": (_("After an order"), _("Thanks and hints a day after payment.")),
    "review": (_("Ask for a review"), _("A week after delivery, at ten in the morning where the person is.")),
    "cross_sell": (_("What goes with it"), _("Two weeks after an order: what buyers of the same also like.")),
    "cross_sell_timing": (_("What goes with it: sooner or later?"), _("An experiment: half are written to after one week, half after three. The page says which brings more.")),
    "second_order": (_("Second order"), _("Three weeks after the first order, if it stayed the only one.")),
    "replenish": (_("Running out"), _("When predictions say that what somebody buys again and again runs out.")),
    "winback": (_("Win back by risk"), _("Buyers with a churn risk of 60 per cent and more: what is new, and ten days later a question.")),
    "vip": (_("Care for the best"), _("Champions hear twice a year at most from a person who knows their orders.")),
    "birthday": (_("Birthday"), _("On the day, between nine and eight where the person is.")),
    "lunar_birthday": (_("Birthday by the moon"), _("On the day of the lunar calendar.")),
    "member_day": (_("Members' day"), _("On the eighth of each month.")),
    "spring_festival": (_("Spring Festival"), _("Twelve days before, while parcels still travel.")),
    "mid_autumn": (_("Mid-Autumn Festival"), _("A week before.")),
    "double_11": (_("Double 11"), _("Three days before.")),
    "shopping_618": (_("618"), _("Three days before.")),
    "christmas": (_("Christmas"), _("Sixteen days before Christmas Eve.")),
    "call_back": (_("Call back"), _("Ten days after delivery somebody of the team has the task to call: whoever looks after the customer, else anybody.")),
    "refund": (_("After a refund"), _("An apology and a question two hours after a refund.")),
}  # fmt: skip
