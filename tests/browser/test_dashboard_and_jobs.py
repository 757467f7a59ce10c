"""The dashboard's numbers lead to what is behind them, and the list of jobs is kept up to date."""

import httpx2
from playwright.sync_api import expect


def test_a_number_of_the_dashboard_leads_to_the_land_behind_it(open_workbench, api):
    suspended = api.items("idle_cases", "limit=1000&kind=idle_suspended")
    page = open_workbench("#view=dashboard", wait=False)
    body = page.page
    for heading in ("用地现状面积", "规划分区面积", "管控检查结论", "规划差异", "闲置土地", "数据现势性"):
        expect(body.get_by_role("region", name=heading, exact=True)).to_be_visible()
    expect(body.get_by_role("button", name="土地闲置率")).to_contain_text("%")
    link = body.locator("[data-kind=idle_suspended]")
    expect(link).to_have_text(str(len(suspended)))
    assert page.serious_violations() == []
    link.click()
    expect(body.locator("[data-contract]")).to_have_count(len(suspended))
    page.until(lambda: "kind=idle_suspended" in body.url, "the filter in the address")
    body.go_back()
    expect(body.get_by_role("region", name="数据现势性", exact=True)).to_be_visible()
    assert page.errors == []


def test_jobs_are_followed_to_their_end_and_a_failure_says_why(open_workbench, workbench):
    headers = {"X-API-Key": workbench.key}
    page = open_workbench("#view=jobs", wait=False)
    for day in ("1990-01-01", "2026-06-30"):
        answer = httpx2.post(f"{workbench.base_url}/idle-scans", json={"as_of": day}, headers=headers)
        assert answer.status_code == 201, answer.text
    scans = page.page.get_by_role("listitem").filter(has_text="闲置土地扫描")
    failed = scans.and_(page.page.locator("[data-status=failed]")).first
    expect(failed).to_contain_text("idle.")
    expect(failed.locator(".status")).to_have_css("background-color", "rgb(251, 236, 234)")
    done = scans.and_(page.page.locator("[data-status=successful]")).first
    expect(done).to_contain_text("已完成")
    done.get_by_role("button", name="结果", exact=True).click()
    expect(done.locator("pre")).to_contain_text('"contract_count": 119')
    assert page.serious_violations() == []
    page.page.locator("[data-filter=status]").select_option("failed")
    expect(page.page.locator("[data-status=successful]")).to_have_count(0)
    assert page.errors == []
