"""What can go wrong with idle land."""

from collections.abc import Iterable, Sequence

from app.errors import AppError


class UnknownTableKindError(AppError):
    """A table of a kind that nobody knows was delivered."""

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        super().__init__(
            "unknown-table-kind",
            "Unknown kind of table",
            422,
            f"There is no kind of table {kind!r}. Kinds are {', '.join(known)}.",
        )


class NothingReadError(AppError):
    """Not one row of a delivered table could be read; what was there before stays the current delivery."""

    def __init__(self, file: str, errors: list[str]) -> None:
        detail = f"No row of {file} could be read, so nothing was stored."
        if errors:
            # The sentence is told to everybody as the message of a job; what cells hold is for those with a key.
            detail += f" {len(errors)} errors were found in its rows."
        super().__init__("nothing-read", "Nothing could be read", 422, detail, errors=errors[:100])


class NoContractsError(AppError):
    """A scan needs contracts."""

    def __init__(self) -> None:
        super().__init__(
            "no-contracts",
            "No contracts",
            409,
            "No table of contracts has been imported, so nothing is known about idle land. "
            "Import one: duogui idle import FILE --kind contracts.",
        )


class NotParcelsError(AppError):
    """A layer was named for the parcels of contracts that holds something else."""

    def __init__(self, slug: str, kind: str) -> None:
        super().__init__(
            "not-parcels",
            "Not a layer of parcels",
            422,
            f"Layer {slug} is of kind {kind}. The parcels of contracts are looked up in a layer of kind parcel.",
            field="target",
        )


class ParcelLayerUnsaidError(AppError):
    """There are several layers of parcels, and nobody has said in which one the land of contracts is."""

    def __init__(self, slugs: Sequence[str]) -> None:
        super().__init__(
            "parcel-layer-unsaid",
            "Layer of parcels not said",
            422,
            f"There are several layers of parcels: {', '.join(slugs)}. Say in which one the parcels of contracts are looked up, as `target` of a scan "
            "for idle land (duogui idle scan --target SLUG); later scans take the same.",
            field="target",
            layers=list(slugs),
        )


class UnknownChoiceError(AppError):
    """A topic, scheme or policy that nobody knows was asked for."""

    def __init__(self, field: str, found: str, known: Iterable[str]) -> None:
        super().__init__(
            "unknown-choice",
            "Unknown choice",
            422,
            f"There is no {field} {found!r}. Known are {', '.join(known)}.",
            field=field,
        )


class NoEvaluationError(AppError):
    """No evaluation of a year, or of any, has been made."""

    def __init__(self, year: int | None) -> None:
        of_year = "" if year is None else f" of {year}"
        super().__init__(
            "no-evaluation",
            "No evaluation",
            404,
            f"The firms{of_year} have not been evaluated. Evaluate them: duogui land evaluate --year {year or 'YEAR'}.",
        )


class NotInEvaluationError(AppError):
    """A firm is not in the evaluation of a year."""

    def __init__(self, year: int, credit_code: str) -> None:
        super().__init__(
            "firm-not-evaluated",
            "Firm not evaluated",
            404,
            f"The evaluation of {year} has no firm {credit_code!r}. Look the code up in the list: duogui land list per_mu --year {year}.",
        )


class NoLandScanError(AppError):
    """A topic has not been scanned."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            "no-land-scan",
            "No scan",
            404,
            f"Nothing has been scanned for {topic}. Scan it: duogui land scan --topic {topic}.",
            topic=topic,
        )


class ScanNotFoundError(AppError):
    """There is no such scan, or none before it."""

    def __init__(self, scan_id: int | None) -> None:
        which = "no two scans to compare" if scan_id is None else f"no scan {scan_id}"
        super().__init__("scan-not-found", "Scan not found", 404, f"There is {which}. Scan: duogui idle scan.")


class TooManyContractsError(AppError):
    """What is asked for is worked out by a job where there are many contracts."""

    def __init__(self, contracts: int, limit: int, process: str) -> None:
        super().__init__(
            "work-for-a-job",
            "Work for a job",
            409,
            f"This looks at {contracts:,} contracts; at once it is done for up to {limit:,}. Execute the process {process}: "
            f"POST /processes/{process}/execution, and read its results when the job has ended.",
            contracts=contracts,
            limit=limit,
            process=process,
        )


class SourceDropError(AppError):
    """A table has much less than the one before: a mistake in it would make a shorter list, not an error."""

    def __init__(self, file: str, kind: str, before: int, after: int, max_percent: str) -> None:
        super().__init__(
            "source-drop",
            "Source has shrunk",
            409,
            f"{file} has {after:,} {kind}, the current table has {before:,}: more than {max_percent} % less. "
            "Is the file complete? If it is, import it with --confirm-drop; nothing was stored.",
            kind=kind,
            before=before,
            after=after,
            max_percent=max_percent,
        )
