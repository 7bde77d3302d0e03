"""Somebody with a browser, and what they must never see: errors in its console, requests that fail."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Request, Response

from boatyard.shared.testing.installation import PASSWORD, Installation

WAIT_MS = 60_000
AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
AT_REST = """() => new Promise(done => requestIdleCallback(() => done(
    document.querySelector('h1') !== null
    && document.querySelector('.ant-skeleton') === null
    && document.getAnimations().every(animation =>
        animation.playState !== 'running' || animation.effect.getTiming().iterations === Infinity)
)))"""
TEXT_COLOUR = {"light": "rgb(31, 35, 40)", "dark": "rgb(227, 232, 238)"}
NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
"""Chromium drops what is under way when an interface is added, as Docker does: no fault of the console."""
Words = str | re.Pattern[str]


class Visitor:
    """A browser of one person's own, in one language and one theme."""

    def __init__(
        self,
        boatyard: Installation,
        browser: Browser,
        *,
        language: Literal["en", "zh"] = "en",
        theme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 800,
    ) -> None:
        self.boatyard = boatyard
        self.context = browser.new_context(
            base_url=boatyard.url,
            viewport={"width": width, "height": height},
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            color_scheme=theme,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.context.set_default_timeout(WAIT_MS)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self._expected: list[int] = []
        self._asking: set[Request] = set()
        self._cut_off = False
        self._watch(self.page)

    def expect_refusals(self, *statuses: int) -> None:
        """Refusals of these statuses are part of the test."""
        self._expected.extend(statuses)

    def signs_in(self, username: str) -> Visitor:
        """Sign in without the page, for tests that are about something else."""
        answer = self.context.request.post(
            "/api/v1/session", data={"username": username, "password": PASSWORD}
        )
        assert answer.ok, answer.text()
        return self

    def opens(self, path: str) -> Page:
        """Go to an address of the console."""
        while not self._gets(path):
            pass
        return self.page

    def _gets(self, path: str) -> bool:
        """Load a page; whether the network stayed as it was meanwhile."""
        self._cut_off = False
        try:
            self.page.goto(path)
        except Error as error:
            if NETWORK_CHANGED not in error.message:
                raise
            return False
        return not self._cut_off

    def goes(self, path: str) -> None:
        """Go to an address within the console, without loading it anew, and wait until the page is there."""
        self.page.evaluate(
            "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
            path,
        )
        self.settles()

    def settles(self) -> None:
        """Wait until nothing is asked any more, nothing moves, and the page has come to rest."""
        deadline = time.monotonic() + WAIT_MS / 1000
        quiet = 0
        while quiet < 2:
            assert time.monotonic() < deadline, f"{self.page.url} never came to rest"
            resting = bool(self.page.evaluate(AT_REST)) and not self._asking
            quiet = quiet + 1 if resting else 0

    def turns(self, theme: Literal["light", "dark"]) -> None:
        """Turn the system's theme, which the console follows."""
        self.page.emulate_media(color_scheme=theme)
        self.page.wait_for_function(
            "colour => getComputedStyle(document.body).color === colour", arg=TEXT_COLOUR[theme]
        )
        self.settles()

    def clicks(
        self, name: Words, *, role: Literal["button", "link", "tab", "menuitem"] = "button"
    ) -> None:
        """Click what has this name."""
        self.page.get_by_role(role, name=name, exact=isinstance(name, str)).first.click()

    def fills(self, label: Words, value: str) -> Locator:
        """Type into the field with this label, whether it is marked as optional or not."""
        marked = (
            re.compile(rf"^\s*{re.escape(label)}\s*(?:[(\uff08].*[)\uff09])?\s*$")
            if isinstance(label, str)
            else label
        )
        field = self.page.get_by_label(marked).first
        field.fill(value)
        return field

    def sees(self, words: Words) -> Locator:
        """Wait until these words are on the page."""
        found = self.page.get_by_text(words, exact=isinstance(words, str)).first
        found.wait_for()
        return found

    def clipboard(self) -> str:
        """What was copied last."""
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def violations(self, *rules: str) -> list[str]:
        """What axe finds wrong with the page as it stands, by these rules or by all."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
        only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": tags}
        found = self.page.evaluate("only => axe.run(document, {runOnly: only})", only)
        return [
            f"{violation['id']}: {node['html'][:160]} ({_first_line(node.get('failureSummary', ''))})"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def close(self) -> None:
        """Leave."""
        self.context.close()

    def _watch(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.on("response", self._answered)
        page.on("requestfailed", self._failed)
        page.on("request", self._asked)
        page.on("requestfinished", lambda request: self._asking.discard(request))
        page.on("requestfailed", lambda request: self._asking.discard(request))

    def _asked(self, request: Request) -> None:
        if request.resource_type != "eventsource":  # a stream stays open
            self._asking.add(request)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type != "error" or NETWORK_CHANGED in message.text:
            return
        if "status of" in message.text and any(
            str(status) in message.text for status in self._expected
        ):
            return
        self.faults.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.faults.append(f"{response.status}: {response.request.method} {response.url}")

    def _failed(self, request: Request) -> None:
        if request.failure == NETWORK_CHANGED:
            self._cut_off = True
        elif request.failure != "net::ERR_ABORTED":  # a page that was left asks no further
            self.faults.append(f"failed: {request.method} {request.url}: {request.failure}")


def _first_line(text: str) -> str:
    lines: Sequence[str] = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 else text
