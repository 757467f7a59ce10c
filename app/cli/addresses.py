"""Where the service answers, as an operator would type it."""

from app.settings import Settings


def address_of(settings: Settings, port: int) -> str:
    """Return the service's address, which listens on this port."""
    if settings.public_url is not None:
        return str(settings.public_url).rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}"


def sign_in_address(address: str, secret: str) -> str:
    """Return the link that signs a browser in.

    The secret stands behind the hash: browsers send that to nobody, so no log of a proxy has it.

    Examples
    --------
    >>> from app.cli.addresses import sign_in_address
    >>> sign_in_address("https://bureau.example/gis", "s3cret")
    'https://bureau.example/gis/map#sign-in=s3cret'
    """
    return f"{address}/map#sign-in={secret}"
