"""What an entry's text keeps from night to night."""

from __future__ import annotations

import pytest

from connectors.feed.document import unnumbered


@pytest.mark.parametrize(
    "address", ["https://a.example/7.mp3", "https://a.example/7.mp3?key=1&#038;part=2", "https://a.example/7.mp3?k=1&amp;p=2"]
)
def test_players_are_the_same_wherever_they_stand_on_the_page(address: str) -> None:
    def player(number: int) -> str:
        separator = "&#038;" if "?" in address else "?"
        return (
            f'<audio id="audio-59-{number}" controls="controls"><source type="audio/mpeg" src="{address}{separator}_={number}" /></audio>'
        )

    assert (
        unnumbered(player(4))
        == unnumbered(player(12))
        == f'<audio id="audio-59" controls="controls"><source type="audio/mpeg" src="{address}" /></audio>'
    )


def test_other_numbers_stay() -> None:
    html = '<p id="part-1-2">audio-59-4 <a href="https://a.example/?_=4">four</a> <img src="https://a.example/4.png?v=4"></p>'

    assert unnumbered(html) == html
    assert unnumbered(None) is None
