"""How requests are signed for Aliyun (ACS3), Tencent (TC3) and Twilio. Pure: the caller says the moment and the nonce."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha1, sha256
from urllib.parse import quote


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def query_string(query: Mapping[str, str]) -> str:
    """Return a query in the order and spelling in which it is signed.

    >>> query_string({"b": "数 客", "a": "1"})
    'a=1&b=%E6%95%B0%20%E5%AE%A2'
    """
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(query.items()))


def acs3(
    *,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    key_id: str,
    secret: str,
) -> str:
    """Return the ``Authorization`` of a request to Aliyun: all of ``headers`` are signed, by lower-case names."""
    said = {name.lower(): value.strip() for name, value in headers.items()}
    names = ";".join(sorted(said))
    canonical = "\n".join(
        (
            method, path, query_string(query), "".join(f"{name}:{said[name]}\n" for name in sorted(said)), names,
            sha256(body).hexdigest(),
        )
    )  # fmt: skip
    to_sign = "ACS3-HMAC-SHA256\n" + sha256(canonical.encode()).hexdigest()
    signature = hmac.digest(secret.encode(), to_sign.encode(), sha256).hex()
    return f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"


def tc3(*, service: str, host: str, content_type: str, body: bytes, at: datetime, key_id: str, secret: str) -> str:
    """Return the ``Authorization`` of a POST to Tencent Cloud, which signs host and content type."""
    names, day = "content-type;host", at.astimezone(UTC).strftime("%Y-%m-%d")
    canonical = f"POST\n/\n\ncontent-type:{content_type}\nhost:{host}\n\n{names}\n{sha256(body).hexdigest()}"
    scope = f"{day}/{service}/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), sha256)
    signature = hmac.digest(key, to_sign.encode(), sha256).hex()
    return f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"


def twilio(url: str, form: Mapping[str, str], token: str) -> str:
    """Return the ``X-Twilio-Signature`` of a call that Twilio makes to us.

    >>> form = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310",
    ...         "To": "+18005551212"}
    >>> twilio("https://mycompany.com/myapp.php?foo=1&bar=2", form, "12345")
    'GvWf1cFY/Q7PnoempGyD5oXAezc='
    """
    said = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), said.encode(), sha1)).decode()
