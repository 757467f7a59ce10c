"""What can go wrong with keys."""

from app.errors import AppError


class InvalidKeyError(AppError):
    """A key was presented that opens nothing: unknown, mistyped or revoked. Which of these is not told."""

    def __init__(self) -> None:
        super().__init__(
            "invalid-key",
            "Invalid key",
            401,
            "The key that was presented is not known here or was revoked. Ask the operator of this service for a key "
            "(`duogui key add`).",
        )


class KeyNameError(AppError):
    """A name that cannot be given to a key."""

    def __init__(self, detail: str) -> None:
        super().__init__("key-name-refused", "Key name refused", 409, detail)


class KeyNotFoundError(AppError):
    """No key has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "key-not-found",
            "Key not found",
            404,
            f"There is no key named {name!r}. `duogui key list` shows the keys there are.",
        )


class KeysRequiredError(AppError):
    """The service was told to listen beyond this machine while nobody holds a key."""

    def __init__(self, host: str) -> None:
        super().__init__(
            "keys-required",
            "Keys required",
            503,
            f"Refusing to listen on {host}: other machines could reach the service there, and no key has been made "
            "yet, so nobody could use it. Make one first with `duogui key add NAME --scope read|check|write` and "
            "start again; or set DUOGUI_PUBLIC_READS=true to let everyone read without a key; or leave DUOGUI_HOST "
            "at 127.0.0.1.",
        )


class FirstKeyFileError(AppError):
    """The file of the first key cannot be written or trusted."""

    def __init__(self, detail: str) -> None:
        super().__init__("first-key-file", "First key file", 503, detail)


class SignInLinkError(AppError):
    """A link for signing in that opens nothing: unknown, used before or too old. Which of these is not told."""

    def __init__(self) -> None:
        super().__init__(
            "sign-in-link-refused",
            "Sign-in link refused",
            401,
            "The link was used before, is too old or is not of this service. A link signs in once, within the hour. "
            "Sign in with the key itself, or make another link (`duogui key link NAME`).",
        )


class ForeignPageError(AppError):
    """A change came with the cookie of a session, and not from the service's own page."""

    def __init__(self) -> None:
        super().__init__(
            "request-not-from-page",
            "Request not from the page",
            403,
            "A session of the map page serves that page alone: what changes something must carry the header "
            "`X-Duogui-Page: 1` and come from the page's own address. Other programs send a key "
            "(`Authorization: Bearer KEY`).",
        )
