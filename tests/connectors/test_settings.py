"""sources.yaml: every mistake is one line with file, line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import platforms
from connectors.settings import BrandTerms, SettingsError, load_sources

TERMS = BrandTerms(words=("Morrowbean",), hashtags=("morrowbean",))
GOOD = """\
sources:
  - name: my_instance
    platform: mastodon
    base_url: https://social.example
    secrets: {token: MY_TOKEN}
  - name: my_blogs
    platform: feeds
    feeds:
      - https://blog.example/feed
"""


def load(tmp_path: Path, text: str, environment: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return load_sources(path, TERMS, platforms(), {"MY_TOKEN": "s3cr3t-value"} if environment is None else environment)


def test_a_blog_without_terms_of_its_own_is_read_as_a_whole(tmp_path: Path) -> None:
    entry = "  - name: blog\n    platform: wordpress\n    base_url: https://blog.test\n"
    whole, searched = load(tmp_path, f"sources:\n{entry}{entry.replace('blog', 'other')}    terms: [mug]\n")
    assert (whole.terms, searched.terms) == (None, ("mug",))


def test_terms_and_tags_default_to_the_brands_terms(tmp_path: Path) -> None:
    mastodon, feeds = load(tmp_path, GOOD)
    assert (mastodon.terms, mastodon.tags) == (("Morrowbean",), ("morrowbean",))
    assert feeds.terms is None
    own = GOOD.replace("    secrets: {token: MY_TOKEN}\n", "    secrets: {token: MY_TOKEN}\n    tags: [mine]\n    terms: []\n")
    mastodon, _ = load(tmp_path, own)
    assert (mastodon.terms, mastodon.tags) == ((), ("mine",))


def test_a_secret_is_readable_and_never_shown(tmp_path: Path) -> None:
    mastodon, _ = load(tmp_path, GOOD)
    assert mastodon.secret("token") == "s3cr3t-value"
    assert "s3cr3t-value" not in repr(mastodon) + str(mastodon) + mastodon.model_dump_json()


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("    platform: feeds\n", "    platform: feeds\n    feedz: [x]\n", 8, "feedz: unknown key"),
        ("    platform: feeds\n", "    platform: telegraph\n", 7, "unknown platform 'telegraph'"),
        ("https://blog.example/feed", "ftp://blog.example/feed", 9, "not an http"),
        ("https://blog.example/feed", "https://me:pw@blog.example/feed", 9, "must not hold a user name"),
        ("my_blogs", "my_instance", 6, "stands twice"),
        ("    platform: feeds\n", "    platform: feeds\n    csv: {decimal: ','}\n", 8, "csv: feeds cannot follow csv: it follows"),
        ("    platform: feeds\n", "    platform: feeds\n    language: German\n", 8, "language: not a language such as de or pt-BR"),
        ("my_blogs", "My Blogs", 6, "pattern"),
        ("{token: MY_TOKEN}", "{token: OTHER}", 5, "OTHER is not set"),
        ("{token: MY_TOKEN}", "{tokn: MY_TOKEN}", 5, "no secret of this name"),
        ("    base_url: https://social.example\n", "", 2, "needs `base_url`"),
        ("    feeds:\n      - https://blog.example/feed\n", "    tags: [x]\n", 8, "cannot follow tags"),
        ("    feeds:\n      - https://blog.example/feed\n", "    limits: {attempts: 0}\n", 8, "limits.attempts"),
        ("sources:", "sorces:", 1, "one key, `sources`"),
        ("    platform: feeds", "   platform: feeds", 7, "not YAML"),
    ],
)
def test_a_mistake_names_file_line_and_remedy(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, GOOD.replace(old, new))
    lines = str(raised.value).splitlines()
    assert any(f"sources.yaml:{line}:" in found and says in found for found in lines), lines
    assert "s3cr3t-value" not in str(raised.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, GOOD.replace("https://blog.example/feed", "nowhere").replace("{token: MY_TOKEN}", "{token: OTHER}"))
    assert len(str(raised.value).splitlines()) == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_sources(tmp_path / "missing.yaml", TERMS, platforms())


@pytest.mark.parametrize(
    ("csv", "says"),
    [
        ("{delimiter: x}", "csv.delimiter: Input should be"),
        ("{decimal: ;}", "csv.decimal: Input should be"),
        ("{timezone: Berlin}", "csv.timezone: not a time zone such as Europe/Berlin"),
        ("{timezone: ../../etc/passwd}", "csv.timezone: not a time zone such as Europe/Berlin"),
        ("{currency: euro}", "csv.currency: String should match pattern"),
        ("{quote: x}", "csv.quote: unknown key"),
    ],
)
def test_what_a_table_leaves_untold_is_checked(tmp_path: Path, csv: str, says: str) -> None:
    entry = f"sources:\n  - name: shop\n    platform: files\n    path: /shop\n    csv: {csv}\n"
    with pytest.raises(SettingsError, match=r"sources\.yaml:5: shop: ") as caught:
        load(tmp_path, entry)
    assert says in str(caught.value)


def test_what_a_table_leaves_untold_is_read(tmp_path: Path) -> None:
    (shop,) = load(tmp_path, "sources:\n  - {name: shop, platform: files, path: /shop, csv: {delimiter: ;, timezone: Europe/Berlin}}\n")
    assert (shop.csv.delimiter, shop.csv.decimal, shop.csv.timezone) == (";", None, "Europe/Berlin")


def test_any_source_may_declare_its_language(tmp_path: Path) -> None:
    _, blogs = load(tmp_path, GOOD.replace("    platform: feeds\n", "    platform: feeds\n    language: pt-BR\n"))
    assert blogs.language == "pt-BR"
