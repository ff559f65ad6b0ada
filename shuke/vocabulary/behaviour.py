"""What shoppers do, in the names of the trade.

Behaviour arrives from outside, in the words of the Segment specification, and keeps them: ``track`` calls carry the name
the source gave (``Product Viewed``). The other kinds of call have no name of their own; these are theirs in our log.
"""

PAGE_VIEWED = "Page Viewed"
SCREEN_VIEWED = "Screen Viewed"
IDENTIFIED = "User Identified"
GROUP_JOINED = "Group Joined"
ALIASED = "User Aliased"

# Calls that are not ``track``, and what the log calls them.
NAMES_OF_CALLS = {
    "page": PAGE_VIEWED,
    "screen": SCREEN_VIEWED,
    "identify": IDENTIFIED,
    "group": GROUP_JOINED,
    "alias": ALIASED,
}

PRODUCT_VIEWED = "Product Viewed"
PRODUCT_ADDED = "Product Added"
PRODUCT_REMOVED = "Product Removed"
CART_VIEWED = "Cart Viewed"
CHECKOUT_STARTED = "Checkout Started"
PRODUCTS_SEARCHED = "Products Searched"
ORDER_COMPLETED = "Order Completed"
# Ours, since the trade has none: a list of recommendations came into sight, and was followed.
RECOMMENDATION_VIEWED = "Recommendation Viewed"
RECOMMENDATION_CLICKED = "Recommendation Clicked"
