"""What is refused of changes of single features."""

from collections.abc import Sequence

from app.errors import AppError
from gis.validation import Fault


class NotEditableError(AppError):
    """Only the features of a layer that is in force can be changed."""

    def __init__(self, collection_id: str) -> None:
        super().__init__(
            "not-editable",
            "Not editable",
            405,
            f"{collection_id} is no layer in force: its features cannot be changed. Results are computed, and a draft is imported again.",
        )


class NoSuchFeatureError(AppError):
    """The version in force has no such feature."""

    def __init__(self, collection_id: str, feature_id: str) -> None:
        super().__init__(
            "feature-not-found",
            "Feature not found",
            404,
            f"The version of {collection_id} that is in force has no feature {feature_id!r}.",
        )


class FeatureExistsError(AppError):
    """The identifiers of new features are taken, or the same for two of them."""

    def __init__(self, collection_id: str, names: Sequence[str]) -> None:
        super().__init__(
            "feature-exists",
            "Feature exists",
            409,
            f"{collection_id} has {', '.join(names[:10])} already, or it was sent twice. Change that feature, or send another code.",
            features=list(names),
        )


class FeatureCodeTakenError(AppError):
    """A feature asks for a code by which another one is known; nothing was stored."""

    def __init__(self, position: int, field: str, code: str, holders: Sequence[str]) -> None:
        others = ", ".join(holders[:10])
        expected = f"a code that no other feature has; {others} has this one"
        super().__init__(
            "feature-code-taken",
            "Code taken",
            409,
            f"Feature {position + 1}, {field}: found {code}, expected {expected}. "
            "Send another code, or change that feature first. Nothing was stored.",
            feature=position + 1,
            field=field,
            found=code,
            expected=expected,
            features=list(holders),
        )


class FeatureRefusedError(AppError):
    """A feature that an import would not accept either; nothing was stored."""

    def __init__(
        self, position: int, field: str, found: str | None, expected: str | None, said: str | None = None
    ) -> None:
        super().__init__(
            "feature-refused",
            "Feature refused",
            422,
            f"Feature {position + 1}, {said or f'{field}: found {found}, expected {expected}.'} Nothing was stored.",
            feature=position + 1,
            field=field,
            found=found,
            expected=expected,
        )

    @classmethod
    def of_fault(cls, fault: Fault) -> "FeatureRefusedError":
        """Take a fault of a feature as the report of a delivery tells it."""
        return cls((fault.source_row or 1) - 1, fault.field or "properties", fault.found, fault.expected, fault.text_en)
