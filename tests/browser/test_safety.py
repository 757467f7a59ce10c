"""What comes from data is text, whatever it is called; and nothing can be run or loaded that the page did not bring."""

import re

from playwright.sync_api import expect

ATTACK = '<img src=x onerror="window.attacked = 1"><script>window.attacked = 2</script>'


def poison(page, feature_id):
    """Give a parcel and a layer a name that is markup, as a hostile delivery would."""

    def collections(route):
        answer = route.fetch()
        body = answer.json()
        for collection in body["collections"]:
            if collection["id"] == "parcels":
                collection["duogui"] |= {"title_zh": ATTACK, "title_en": ATTACK}
        route.fulfill(response=answer, json=body)

    def parcel(route):
        answer = route.fetch()
        body = answer.json()
        body["properties"] |= {"name": ATTACK, "parcel_code": ATTACK, "attributes": {ATTACK: ATTACK}}
        route.fulfill(response=answer, json=body)

    page.page.route(re.compile(r"/collections$"), collections)
    page.page.route(re.compile(rf"/collections/parcels/items/{feature_id}$"), parcel)


def test_a_parcel_whose_name_is_markup_is_shown_as_that_text(open_page, api):
    feature_id = api.items("parcels", "limit=1")[0]["id"]
    page = open_page(f"#parcel=parcels/{feature_id}", prepare=lambda page: poison(page, feature_id), wait=False)
    expect(page.page.locator("[data-parcel-code]")).to_have_text(ATTACK)
    expect(page.row("parcels")).to_contain_text("<img src=x")
    page.page.locator("aside[data-parcel] details summary").click()
    expect(page.page.locator("aside[data-parcel] details")).to_contain_text("onerror")
    assert page.evaluate("document.querySelectorAll('img, #app script').length") == 0
    assert page.evaluate("window.attacked ?? null") is None
    assert page.errors == []


def test_a_script_or_style_that_got_into_the_page_is_not_run(open_page):
    page = open_page(wait=False)
    page.until(lambda: page.page.locator("[data-collection]").count(), "the layers")
    assert page.errors == []
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.attacked = 1';
            document.body.append(script);
            const element = document.createElement('p');
            element.setAttribute('style', 'color: rgb(1, 2, 3)');
            element.id = 'styled';
            document.body.append(element);
            const picture = new Image();
            picture.src = 'https://elsewhere.example/x.png';
            document.body.append(picture);
        }"""
    )
    page.until(lambda: len(page.errors) >= 3, "the refusals of the policy")
    assert page.evaluate("window.attacked ?? null") is None
    assert page.evaluate("getComputedStyle(document.getElementById('styled')).color") != "rgb(1, 2, 3)"
    assert all("Content Security Policy" in error for error in page.errors)
