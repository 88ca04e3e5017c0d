"""Signs messages, so that a receiver knows that they are ours, whole and new.

    AzuraForge-Signature: t=1767225600,v1=5257a869…

``v1`` is the HMAC-SHA256 (RFC 2104) of the time, a dot and the body, in hexadecimal. The time is
inside it: a message that somebody has recorded cannot be sent again later.
"""

import hashlib
import hmac

__all__ = ["sign"]


def sign(secret: str, body: bytes, unix_seconds: int) -> str:
    """Return the header of a message.

    Args:
        secret: of the webhook.
        body: as it is sent.
        unix_seconds: now.
    """
    content = f"{unix_seconds}.".encode() + body
    digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return f"t={unix_seconds},v1={digest}"
