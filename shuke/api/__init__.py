"""The public HTTP edge: one NinjaAPI put together from the domains' routers, API keys, and the reference page.

Every refusal leaves as an RFC 9457 problem document, made in one place (``problems``). Writes may carry an
``Idempotency-Key``; repeating it returns the first answer.
"""
