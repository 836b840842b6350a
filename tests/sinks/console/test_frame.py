"""What every page has: headers, a way around it, refusals as pages, and forms that prove themselves."""

from tests.sinks.console.site import Site


async def test_a_page_says_what_a_browser_may_load(console: Site) -> None:
    response = await console.client.get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in await response.text()


async def test_a_path_that_is_none_is_a_page_too(console: Site) -> None:
    response = await console.client.get("/nothing/here")
    assert response.status == 404
    assert "<h1>Not Found</h1>" in await response.text()


async def test_the_charts_api_answers_beside_it_as_ever(console: Site) -> None:
    response = await console.client.get("/v1/last-received")
    assert response.content_type == "application/json"
    assert (await console.client.get("/v1/nothing")).content_type == "application/json"


async def test_a_form_without_its_token_changes_nothing(console: Site) -> None:
    response = await console.client.post("/logout", data={"csrf_token": "guess"})
    assert response.status == 403
    assert "load the page again" in await response.text()
