"""The land-use codes of a delivery in the terms of another table: one line for each code, with what a person must decide."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gis.landuse.codes import CodeVersion, code_table, nearest_code
from gis.landuse.crosswalk import translate_code
from gis.layer_contracts.values import divided_code
from gis.validation.model import Fault, describe_fault

__all__ = ["CodeTally"]


@dataclass(slots=True)
class CodeCount:
    """How often a code of a version occurs, and its first row."""

    source: str
    first_row: int
    count: int = 0


@dataclass(slots=True)
class CodeTally:
    """Counts the codes of a delivery by code and version."""

    counts: dict[tuple[str, str | None], CodeCount] = field(default_factory=dict)

    def add(self, source: str, code: str, version: str | None, row: int, count: int = 1) -> None:
        """Count features with a code, of which the first stands in ``row``."""
        counted = self.counts.setdefault((code, version), CodeCount(source, row))
        counted.count += count

    @property
    def without_version(self) -> set[str]:
        """The codes whose version nothing says."""
        return {code for code, version in self.counts if version is None}

    def subdivisions(self) -> Iterator[Fault]:
        """Note the local subdivisions of codes, which are taken as the codes that they divide.

        Examples
        --------
        >>> from gis.layer_contracts.translation import CodeTally
        >>> tally = CodeTally()
        >>> tally.add("YDDM", "060109", "GUIDE-2023", 4)
        >>> [fault.text_en for fault in tally.subdivisions()]
        ['YDDM: the code 060109 (1 features) is not in GUIDE-2023; it is taken as 0601 农村道路.']
        """
        for (code, version), counted in self.counts.items():
            divided = None if version is None else divided_code(code, version)
            if divided is not None and version is not None:
                yield describe_fault(
                    "code_local",
                    source_row=counted.first_row,
                    field=counted.source,
                    found=code,
                    expected=CodeVersion(version).value,
                    values={"count": counted.count, "parent": f"{divided.code} {divided.name_zh}"},
                )

    def translations(self, to_version: str | None) -> Iterator[Fault]:
        """Report what becomes of each code, with its number of features; codes that no table has are reported where they stand.

        Examples
        --------
        >>> from gis.layer_contracts.translation import CodeTally
        >>> tally = CodeTally()
        >>> tally.add("DLBM", "08H2", "TD/T 1055-2019", 1)
        >>> [(fault.kind, fault.found) for fault in tally.translations("GUIDE-2023")]
        [('code_needs_review', '08H2')]
        """
        if to_version is None:
            return
        target = CodeVersion(to_version)
        for (code, version), counted in self.counts.items():
            if version is None or not _is_known(code, version) or CodeVersion(version) is target:
                continue
            translation = translate_code(code, version, target)
            kind = "code_mapped"
            if translation.needs_review:
                kind = "code_needs_review" if translation.codes else "code_not_mapped"
            named = [f"{found} {code_table(target)[found].name_zh}" for found in translation.codes]
            yield describe_fault(
                kind,
                source_row=counted.first_row,
                field=counted.source,
                found=code,
                expected=", ".join(named) or None,
                values={"version": target.value, "count": counted.count},
            )


def _is_known(code: str, version: str) -> bool:
    try:
        return nearest_code(code, version) is not None
    except ValueError:
        return False
