"""What groups and stages mean and what to do about them, in words."""

from django.utils.translation import gettext_lazy as _

GROUP_MEANING = {
    "champions": _("Bought recently, buy often and spend most."),
    "loyal": _("Buy often and spend well."),
    "potential_loyal": _("Recent buyers with more than an average number of orders or amount."),
    "promising": _("Recent buyers who have not spent much yet."),
    "new": _("Bought very recently, for the first time or little."),
    "needs_attention": _("Above the middle in orders and amount, but quiet for a while."),
    "about_to_sleep": _("Bought little, and their last order is getting old."),
    "at_risk": _("Used to spend well and often, but long ago."),
    "cant_lose": _("Were among the best and have not come back for long."),
    "hibernating": _("Low spenders whose last order was long ago."),
    "lost": _("Lowest in everything: long gone and spent little."),
    "prospect": _("Known, but have never bought."),
}
GROUP_ACTION = {
    "champions": _("Reward them, ask for reviews, show new goods first."),
    "loyal": _("Offer better goods and invite them to the loyalty programme."),
    "potential_loyal": _("Recommend related goods, offer membership."),
    "promising": _("Make yourself known; small incentives for a second order."),
    "new": _("Welcome them, help with the first order, invite the second."),
    "needs_attention": _("Limited offers based on what they bought."),
    "about_to_sleep": _("Remind them with popular goods before they forget you."),
    "at_risk": _("Write personally and win them back with what they liked."),
    "cant_lose": _("Call or write at once; ask what went wrong."),
    "hibernating": _("Offer what suits their past, at low cost."),
    "lost": _("Try once to revive them, otherwise save the effort."),
    "prospect": _("Give a reason for a first order."),
}
# Tones of the kit's badges.
GROUP_TONE = {
    **dict.fromkeys(("champions", "loyal"), "good"),
    **dict.fromkeys(("potential_loyal", "promising", "new"), "info"),
    **dict.fromkeys(("needs_attention", "about_to_sleep"), "warn"),
    **dict.fromkeys(("at_risk", "cant_lose"), "bad"),
    **dict.fromkeys(("hibernating", "lost", "prospect"), "neutral"),
}
# Groups that call for the same attitude, for pictures that must stay readable.
FAMILIES = (
    (_("Best"), ("champions", "loyal")),
    (_("Growing"), ("potential_loyal", "promising", "new")),
    (_("Cooling off"), ("needs_attention", "about_to_sleep")),
    (_("Slipping away"), ("at_risk", "cant_lose")),
    (_("Gone"), ("hibernating", "lost")),
)
