"""Every kind of mail as a person sees it: on a phone, on a desktop, where it is dark, and without pictures.

Looked at in Chromium where one is found; the pictures stay in `test-output/mails/`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vaxtally import paths
from vaxtally.outreach.ledger import Draft

from ..mail_samples import drafts, page

PICTURES = paths.ROOT / "test-output" / "mails"
LOOKS = {
    "phone": {"viewport": {"width": 375, "height": 800}, "color_scheme": "light"},
    "desktop": {"viewport": {"width": 1000, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 375, "height": 800}, "color_scheme": "dark"},
}
# Every text with its contrast to what is behind it, where that is below WCAG's 4.5; hidden texts are nobody's to read.
PALE = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = parts(colour).slice(0, 3).map(x => x / 255)
      .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (; element; element = element.parentElement) {
      const found = parts(getComputedStyle(element).backgroundColor);
      if (found.length < 4 || found[3] > 0) return getComputedStyle(element).backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const pale = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    const style = getComputedStyle(element);
    if (!text || text === '\\u00a0' || element.closest('[style*="display:none"]') || style.fontSize === '1px') continue;
    const [a, b] = [light(style.color), light(behind(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) pale.push(`${contrast.toFixed(1)}: ${text.slice(0, 40)}`);
  }
  return pale;
}"""


@pytest.fixture(scope="module", params=["vi", "en"])
def mails(request: pytest.FixtureRequest) -> dict[str, Draft]:
    """A mail of each kind in one language."""
    return drafts(request.param)


@pytest.fixture(scope="module")
def folder() -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


@contextmanager
def window(browser: Any, look: str) -> Iterator[Any]:
    """A browser's page of that width and colour scheme."""
    context = browser.new_context(**LOOKS[look])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("look", list(LOOKS))
def test_every_kind_fits_the_window_and_can_be_read(
    mails: dict[str, Draft], browser: Any, folder: Path, look: str
) -> None:
    with window(browser, look) as opened:
        for name, draft in mails.items():
            path = page(draft, folder, f"{name}-{draft.language}")
            opened.goto(path.as_uri())
            opened.screenshot(path=str(folder / f"{path.stem}-{look}.png"), full_page=True)
            assert opened.evaluate("document.documentElement.scrollWidth") <= LOOKS[look]["viewport"]["width"], name
            assert opened.evaluate(PALE) == [], name
            assert opened.title(), name


def test_pale_letters_would_be_seen(browser: Any) -> None:
    text = '<div style="background:#112233"><p style="color:#334455">dark</p><p style="color:#ffffff">ok</p></div>'
    with window(browser, "phone") as opened:
        opened.set_content(text)
        (pale,) = opened.evaluate(PALE)
    assert pale.endswith(": dark")


def test_without_pictures_a_mail_says_the_same(mails: dict[str, Draft], browser: Any, folder: Path) -> None:
    """Mail programs ask before they show pictures: what stands in their place is the picture in words."""
    draft = mails["shortfall"]
    bare = folder / f"without-pictures-{draft.language}.html"
    bare.write_text(draft.html, encoding="utf-8")
    with window(browser, "phone") as opened:
        opened.goto(bare.as_uri())
        opened.screenshot(path=str(bare.with_suffix(".png")), full_page=True)
        (alt,) = opened.evaluate("[...document.images].map(image => image.alt)")
        assert "9.867" in alt or "9,867" in alt
        assert opened.evaluate("document.documentElement.scrollWidth") <= LOOKS["phone"]["viewport"]["width"]
