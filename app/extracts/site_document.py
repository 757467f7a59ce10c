"""The sheet of a site check as a document: what was asked comes first, and what the project's own rules say is listed too."""

from typing import Any, Final

from app.extracts.document import Block, Document, Row
from app.extracts.labels import KEPT, STAGES, pick
from gis.rules import Verdict

#: Members of a question that are printed where somebody said them, beside use, industry, activity and stage.
FLAGS: Final = ("takes_new_construction_land", "is_national_major_project", "is_building_outline")


class SiteDocument(Document):
    """Builds the blocks of the sheet of one site."""

    def _blocks(self) -> list[Block]:
        statement = self._sheet.statement
        return [
            self._note("verdict"),
            {"type": "line", "text": pick((statement["text_zh"], statement["text_en"]), self._language, apart="\n")},
            *self._section("the_site", self._basic_facts()),
            *self._section("question", [self._question(statement["question"])]),
            *self._section("map", [self._map()]),
            *self._section("plans", [*self._plans(statement["plans"])]),
            *self._section("lines", [self._hits(statement["lines_crossed"])]),
            *self._section("constraints", [self._hits(statement["constraints_hit"])]),
            *self._section("project", [self._told(statement["project"])]),
            *self._section("kept", [self._told(statement["kept"])]),
            *self._section("clear", [self._clear(statement["clear"])]),
            *self._section("no_data", [*self._no_data(statement["no_data"]), *self._not_asked()]),
            *self._basis(),
        ]

    def _basic_facts(self) -> list[Block]:
        subject = self._sheet.statement["subject"]
        facts = [
            ("name", subject["name"]),
            ("parcel_code", subject["parcel_code"]),
            ("site", subject["site"]),
            ("parts", str(subject["part_count"])),
        ]
        rows = [[self._flat("site_check"), subject["site_check_id"]], *self._area_rows(subject)]
        return [{"type": "facts", "pairs": self._pairs(facts), "rows": rows}]

    def _question(self, asked: dict[str, Any]) -> Block:
        subject = self._sheet.statement["subject"]
        use = None
        if asked["use_code"] is not None:
            name = self._both((subject["use_zh"], subject["use_en"]))
            use = f"{asked['use_code']} {name}（{asked['use_code_version']}）"
        facts = [
            ("intended_use", use),
            ("industry", asked["industry_code"] and f"{asked['industry_code']}（{asked['industry_standard']}）"),
            ("activity", self._flat("unlisted") if asked["activity_code"] == "none" else asked["activity_code"]),
            ("stage", self._both(STAGES[asked["stage"]])),
            *((name, self._flat("yes" if asked[name] else "no")) for name in FLAGS if asked[name] is not None),
            *((name, f"{value:g}") for name, value in asked["indicators"].items()),
        ]
        return {"type": "facts", "pairs": self._pairs([*facts, ("", "")] if len(facts) % 2 else facts), "rows": []}

    def _told(self, findings: list[dict[str, Any]]) -> Block:
        rows: list[Row] = [self._finding(finding) for finding in findings]
        return self._table(("layer", "finding", "what"), (1.6, 1, 6.85), rows)

    def _finding(self, finding: dict[str, Any]) -> Row:
        layer, verdict, what, *_ = self._hit(finding)
        told = self._both(KEPT) if finding["verdict"] == Verdict.PASS else verdict
        return [layer or self._flat("the_project"), told, what]

    def _not_asked(self) -> list[Block]:
        names = [one["field"].removeprefix("indicators.") for one in self._sheet.statement["not_asked"]]
        if not names:
            return []
        return [{"type": "note", "text": f"{self._flat('not_asked')}: {', '.join(self._flat(name) for name in names)}"}]
