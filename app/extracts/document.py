"""A sheet as a document: what is printed, in which order and in which language. The template only lays it out."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import segno

from app.clock import LEGAL_TIME_ZONE
from app.db.models import PlanningSheet
from app.extracts.labels import NOTES, REASONS, VERDICTS, Language, label, pick
from app.extracts.mapping import DrawnSheet, LegendEntry
from gis.measurement import hectares, mu

PAGE = ("第 {n} 页 共 {all} 页", "Page {n} of {all}")
NUMERALS = "一二三四五六七八九十"
LEGEND_LINES = 24
COLOURS = {"DENY": "#b00020", "REVIEW": "#a04000", "NO_DATA": "#5a5a5a", "WARN": "#8a6d00", "PASS": "#1b6e2e"}

Block = dict[str, Any]
Row = list[str]


class Document:
    """Builds the blocks of a sheet in one language or both."""

    def __init__(self, sheet: PlanningSheet, drawn: DrawnSheet, language: Language) -> None:
        self._sheet = sheet
        self._drawn = drawn
        self._language: Language = language
        self._headings = 0

    def build(self) -> dict[str, Any]:
        """Return everything that the template needs, as JSON values."""
        sheet, statement = self._sheet, self._sheet.statement
        return {
            "language": self._language,
            "title": pick(("规划依据图", "Planning-basis Sheet"), self._language, apart="\n"),
            "number_label": self._flat("number"),
            "number": sheet.sheet_hash[:16].upper(),
            "page": self._both(PAGE),
            "verdict": {
                "label": self._flat("verdict"),
                "text": self._both(VERDICTS[sheet.verdict]),
                "colour": COLOURS[sheet.verdict],
            },
            "head": [
                [self._flat("as_of"), statement["as_of"]],
                [self._flat("issued"), self._moment(sheet.issued_at)],
            ],
            "blocks": self._blocks(),
            "map": self._drawn.map.svg,
            "qr": self._code(),
        }

    def _blocks(self) -> list[Block]:
        statement = self._sheet.statement
        return [
            self._note("verdict"),
            *self._section("basic", self._basic_facts()),
            *self._section("map", [self._map()]),
            *self._section("plans", [*self._plans(statement["plans"])]),
            *self._section("lines", [self._hits(statement["lines_crossed"])]),
            *self._section("constraints", [self._hits(statement["constraints_hit"])]),
            *self._section("clear", [self._clear(statement["clear"])]),
            *self._section("no_data", [*self._no_data(statement["no_data"])]),
            *self._basis(),
        ]

    def _basis(self) -> list[Block]:
        """Build what every sheet ends with: the boundary, and what the statement stands on."""
        statement = self._sheet.statement
        return [
            *self._section("boundary", [self._points_head(), self._points(statement["boundary"]["points"])]),
            *self._section("versions", [self._versions(statement["versions"])]),
            *self._section("rules", [self._rules(statement["rules"])]),
            *self._section("parameters", [self._parameters(statement["parameters"]), self._note("assumed")]),
            *self._section(
                "proof",
                [self._proof() | {"seal": [self._flat(name) for name in ("issuer", "made_by", "checked_by")]}],
            ),
        ]

    def _section(self, name: str, blocks: Iterable[Block]) -> list[Block]:
        numeral = NUMERALS[self._headings % 10] if self._headings < 10 else "十" + NUMERALS[self._headings - 10]
        self._headings += 1
        mark = f"{self._headings}. " if self._language == "en" else f"{numeral}、"
        return [{"type": "heading", "text": mark + self._flat(name)}, *blocks]

    def _flat(self, name: str) -> str:
        return label(name, self._language).replace("\n", " ")

    def _both(self, pair: tuple[str | None, str | None]) -> str:
        return pick(pair, self._language)

    def _note(self, name: str) -> Block:
        return {"type": "note", "text": pick(NOTES[name], self._language, apart="\n")}

    def _table(
        self,
        columns: Sequence[str],
        widths: Sequence[float],
        rows: list[Row],
        *,
        right: Sequence[int] = (),
    ) -> Block:
        if not rows:
            return {"type": "none", "text": self._flat("none")}
        return {
            "type": "table",
            "head": [label(name, self._language) for name in columns],
            "widths": list(widths),
            "right": list(right),
            "rows": rows,
        }

    def _basic_facts(self) -> list[Block]:
        subject = self._sheet.statement["subject"]
        code = subject["land_use_code"]
        use = None if code is None else f"{code} {self._both((subject['use_zh'], subject['use_en']))}".strip()
        facts = [
            ("parcel_code", subject["parcel_code"]),
            ("feature_id", subject["feature_id"]),
            ("layer", f"{self._both((subject['title_zh'], subject['title_en']))} v{subject['version']}"),
            ("name", subject["name"]),
            ("land_use", use if subject["code_version"] is None else f"{use or ''}（{subject['code_version']}）"),
            ("parts", str(subject["part_count"])),
        ]
        return [{"type": "facts", "pairs": self._pairs(facts), "rows": self._area_rows(subject)}]

    def _pairs(self, facts: Sequence[tuple[str, str | None]]) -> list[Row]:
        """Lay facts out, two in a row."""
        cells = [
            cell
            for name, value in facts
            for cell in ((self._flat(name), value or self._flat("not_stated")) if name else ("", ""))
        ]
        return [cells[start : start + 4] for start in range(0, len(cells), 4)]

    def _area_rows(self, subject: dict[str, Any]) -> list[Row]:
        areas = [(name, subject[f"{name}_m2"]) for name in ("area_registered", "area_ellipsoid", "area_planar")]
        return [
            [self._flat(name), self._flat("not_stated") if value is None else written_area(value, self._language)]
            for name, value in areas
        ]

    def _map(self) -> Block:
        drawn = self._drawn
        boundary = self._sheet.statement["boundary"]
        caption = f"{self._flat('scale')} 1:{drawn.map.frame.scale:,}　{self._flat('crs')} {boundary['crs']}"
        entries = [self._legend_entry(entry) for entry in drawn.legend[:LEGEND_LINES]]
        note = pick(NOTES["map"], self._language, apart="\n")
        return {
            "type": "map",
            "note": note,
            "caption": caption,
            "legend_title": self._flat("legend"),
            "legend": entries,
        }

    def _legend_entry(self, entry: LegendEntry) -> dict[str, Any]:
        return {
            "label": self._both((entry.label_zh, entry.label_en)),
            "fill": entry.fill,
            "outline": entry.outline,
            "opacity": round(entry.opacity * 100),
            "width": entry.width_mm,
            "dashed": entry.dashed,
        }

    def _plans(self, plans: list[dict[str, Any]]) -> list[Block]:
        blocks: list[Block] = []
        for plan in plans:
            facts = [
                self._both((plan["title_zh"], plan["title_en"])),
                f"{self._flat('version')} {plan['version']}",
                f"{self._flat('approval')} {plan['approval_no'] or self._flat('not_stated')}",
                f"{self._flat('valid_from')} {plan['valid_from']}",
            ]
            if plan["valid_to"] is not None:
                facts.append(f"{self._flat('valid_to')} {plan['valid_to']}")
            blocks.append({"type": "line", "text": "　".join(facts)})
            columns = ("zone", "far", "height", "density", "green", "area", "share")
            rows = [self._zone(zone) for zone in plan["zones"]]
            blocks.append(self._table(columns, (3.2, 1, 1.1, 1.1, 1, 1.5, 1.1), rows, right=range(1, 7)))
        return blocks or [self._table((), (), [])]

    def _zone(self, zone: dict[str, Any]) -> Row:
        values = [zone[name] for name in ("floor_area_ratio_max", "building_height_max_m")]
        shares = [zone[name] for name in ("building_density_max", "green_ratio_min")]
        name = f"{zone['zone_code'] or ''} {self._both((zone['use_zh'], zone['use_en']))}".strip()
        return [
            name or self._flat("not_stated"),
            *("—" if value is None else f"{value:g}" for value in values),
            *("—" if value is None else written_ratio(value) for value in shares),
            f"{zone['area_m2']:,.2f}",
            written_share(zone["share"]),
        ]

    def _hits(self, hits: list[dict[str, Any]]) -> Block:
        rows = [self._hit(hit) for hit in hits]
        return self._table(("layer", "finding", "what", "area", "share"), (1.6, 1, 4.6, 1.25, 1), rows, right=(3, 4))

    def _hit(self, hit: dict[str, Any]) -> Row:
        titles = [self._both((hit["title_zh"], hit["title_en"])), self._both((hit["zone_zh"], hit["zone_en"]))]
        text = pick((hit["text_zh"], hit["text_en"]), self._language, apart="\n")
        remedy = pick((hit["remedy_zh"], hit["remedy_en"]), self._language, apart="\n")
        assumed = f"\n【{self._flat('assumed')}】" if hit["is_assumed"] else ""
        return [
            "\n".join(filter(None, titles)),
            pick(VERDICTS[hit["verdict"]], self._language, apart="\n"),
            text + (f"\n→ {remedy}" if remedy else "") + assumed,
            "—" if hit["area_m2"] is None else f"{hit['area_m2']:,.2f}",
            "—" if hit["share"] is None else written_share(hit["share"]),
        ]

    def _clear(self, items: list[dict[str, Any]]) -> Block:
        versions = {item["layer"]: item for item in self._sheet.statement["versions"]}
        rows = [
            [
                self._both((item["title_zh"], item["title_en"])),
                str(versions[item["layer"]]["number"]),
                versions[item["layer"]]["valid_from"],
                written_share(item["covered_share"]),
            ]
            for item in items
        ]
        return self._table(("layer", "version", "valid_from", "covered"), (4, 1, 1.4, 1.2), rows, right=(1, 3))

    def _no_data(self, items: list[dict[str, Any]]) -> list[Block]:
        rows = [
            [
                self._both((item["title_zh"], item["title_en"])),
                self._both(REASONS[item["status"]]),
                self._flat("not_stated") if item["covered_share"] is None else written_share(item["covered_share"]),
                self._flat("yes" if item["mandatory"] else "no"),
            ]
            for item in items
        ]
        table = self._table(("layer", "reason", "covered", "needed"), (2.6, 3.6, 1.2, 1), rows, right=(2,))
        return [self._note("no_data"), table] if rows else [table]

    def _points_head(self) -> Block:
        boundary = self._sheet.statement["boundary"]
        epsg = "" if boundary["epsg"] is None else f"（EPSG:{boundary['epsg']}）"
        text = f"{self._flat('crs')} {boundary['crs']}{epsg}\n{pick(NOTES['boundary'], self._language)}"
        return {"type": "note", "text": text}

    def _points(self, points: list[dict[str, Any]]) -> Block:
        many = any(point["part"] > 1 or point["ring"] > 1 for point in points)
        rows = [
            [
                *([f"{point['part']}/{point['ring']}"] if many else []),
                f"J{point['number']}",
                f"{point['y_m']:.3f}",
                f"{point['x_m']:.3f}",
                f"{point['side_m']:.3f}",
            ]
            for point in points
        ]
        columns = (*(("part_ring",) if many else ()), "point", "x", "y", "side")
        widths = (*((0.9,) if many else ()), 0.9, 1.7, 1.6, 1.2)
        table = self._table(columns, widths, rows, right=range(len(columns) - 3, len(columns)))
        return table | {"type": "points"}

    def _versions(self, versions: list[dict[str, Any]]) -> Block:
        rows = [
            [self._both((item["title_zh"], item["title_en"])), "—", self._flat("no_version"), "—", "—", "—"]
            if item["number"] is None
            else [
                self._both((item["title_zh"], item["title_en"])),
                str(item["number"]),
                item["approval_no"] or self._flat("not_stated"),
                item["valid_from"],
                "—" if item["accuracy_m"] is None else f"{item['accuracy_m']:g}",
                item["source_sha256"][:16] + "…",
            ]
            for item in versions
        ]
        columns = ("layer", "version", "approval", "valid_from", "accuracy", "source")
        return self._table(columns, (2.4, 0.7, 2, 1.3, 0.9, 1.9), rows, right=(1, 4))

    def _rules(self, rules: list[dict[str, Any]]) -> Block:
        rows = [
            [
                breakable(rule["rule_id"]),
                self._both((rule["title_zh"], rule["title_en"])),
                self._both((rule["citation_zh"], rule["citation_en"])),
                self._flat("assumed" if rule["is_assumed"] else "confirmed"),
            ]
            for rule in rules
        ]
        return self._table(("parameter", "rule", "citation", "status"), (2.2, 2, 4, 0.9), rows) | self._head_of_rules()

    def _head_of_rules(self) -> Block:
        return {"head": ["ID", *(label(name, self._language) for name in ("rule", "citation", "status"))]}

    def _parameters(self, parameters: list[dict[str, Any]]) -> Block:
        rows = [
            [
                breakable(item["key"]),
                item["value"],
                item["unit"],
                f"{item['document']}{item['article']}",
                self._flat(item["status"]),
            ]
            for item in parameters
        ]
        return self._table(
            ("parameter", "value", "unit", "citation", "status"), (2.6, 0.8, 1, 4, 0.9), rows, right=(1,)
        )

    def _proof(self) -> Block:
        sheet = self._sheet
        rows = [
            [self._flat("hash"), sheet.sheet_hash],
            [self._flat("signature"), sheet.signature],
            [self._flat("engine"), sheet.engine_version],
            [self._flat("verify"), sheet.verify_url or self._flat("not_stated")],
        ]
        return {"type": "proof", "rows": rows, "text": pick(NOTES["proof"], self._language, apart="\n")}

    def _code(self) -> str:
        """Draw the QR code: the address that verifies the sheet, or its hash where there is none."""
        content = self._sheet.verify_url or self._sheet.sheet_hash
        return segno.make(content, error="m", micro=False).svg_inline(border=2, omitsize=True)

    def _moment(self, moment: datetime) -> str:
        return moment.astimezone(LEGAL_TIME_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def written_area(area_m2: float, language: Language) -> str:
    """Write an area in the three units.

    Examples
    --------
    >>> from app.extracts.document import written_area
    >>> written_area(10000.0, "zh"), written_area(10000.0, "en")
    ('10,000.00 平方米（1.0000 公顷，15.00 亩）', '10,000.00 m² (1.0000 ha, 15.00 mu)')
    """
    ha, mou = f"{hectares(area_m2):,.4f}", f"{mu(area_m2):,.2f}"
    match language:
        case "zh":
            return f"{area_m2:,.2f} 平方米（{ha} 公顷，{mou} 亩）"
        case "en":
            return f"{area_m2:,.2f} m² ({ha} ha, {mou} mu)"
        case "both":
            return f"{area_m2:,.2f} m²（{ha} 公顷 ha，{mou} 亩 mu）"


def breakable(name: str) -> str:
    """Let the name of a rule or a number be broken where its parts meet.

    Examples
    --------
    >>> from app.extracts.document import breakable
    >>> len(breakable("sliver.max_area")) - len("sliver.max_area")
    2
    """
    return name.replace(".", ".\u200b").replace("_", "_\u200b")


def written_share(share: float) -> str:
    """Write a share in per cent; what is not whole does not read as whole, and what is something not as nothing.

    Examples
    --------
    >>> from app.extracts.document import written_share
    >>> written_share(0.12345), written_share(0.999999), written_share(1e-6), written_share(1.0)
    ('12.35%', '>99.99%', '<0.01%', '100.00%')
    """
    if 0 < share < 0.0001:
        return "<0.01%"
    return ">99.99%" if 0.9999 < share < 1 else f"{share * 100 + 1e-9:.2f}%"


def written_ratio(value: float) -> str:
    """Write a density or green ratio in per cent; sources state both 0.35 and 35.

    Examples
    --------
    >>> from app.extracts.document import written_ratio
    >>> written_ratio(0.35), written_ratio(35.0)
    ('35%', '35%')
    """
    return f"{value * 100:g}%" if value <= 1 else f"{value:g}%"
