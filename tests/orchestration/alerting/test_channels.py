"""Messages arrive at real servers; a channel that fails is told in one line, without its address."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from apprise.plugins.slack import NotifySlack

from orchestration.alerting.channels import channels, send
from orchestration.alerting.message import Message
from orchestration.settings import Settings
from tests.orchestration.alerting.receivers import hook, mailbox

MESSAGE = Message("Groundswell: 1 thing needs a person", ("- forum failed: <gone> & *lost*", "host, /home"))
KEEP = "import sys; open('told.txt', 'w').write(sys.stdin.read())"


def settings(home: Path, **values: str) -> Settings:
    return Settings(home=home, **values)


def test_mail_a_webhook_and_a_command_are_told_at_once(tmp_path: Path) -> None:
    command = shlex.join([sys.executable, "-c", KEEP])
    with mailbox() as box, hook() as web:
        urls = f"{box.address},\n {web.address('hook?a=b&c=d,e')}"
        assert send(settings(tmp_path, alert_urls=urls, alert_command=command), MESSAGE) == []
    [mail] = box.mails
    assert (mail["subject"], mail["to"]) == (MESSAGE.title, "anna@brand.example")
    assert mail.get_payload(decode=True).decode().split("\r\n")[:2] == list(MESSAGE.lines)  # type: ignore[union-attr]
    assert web.posts == [("/hook?a=b&c=d,e", {"text": str(MESSAGE)})]
    assert (tmp_path / "told.txt").read_text() == str(MESSAGE)


def test_slacks_own_address_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as web:
        monkeypatch.setattr(NotifySlack, "webhook_url", web.address("services"))
        slack = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
        assert send(settings(tmp_path, alert_urls=slack), MESSAGE) == []
    [(path, body)] = web.posts
    assert path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert body["attachments"][0]["title"] == MESSAGE.title
    assert body["attachments"][0]["text"].startswith("- forum failed: &lt;gone&gt; &amp; *lost*")


def test_channels_that_fail_are_told_in_a_line_each_and_the_others_go_on(tmp_path: Path) -> None:
    with hook() as web:
        good = web.address()
    with hook() as web, hook() as broken:
        broken.status = 500
        urls = " ".join(
            [
                "mailto://ann:s3cretword@127.0.0.1:9?from=a@b.example&to=c@d.example", good, broken.address("s3cretword"),
                f"json://127.0.0.1:{broken.port}/s3cretword", "carrier-pigeon://s3cretword", web.address(),
            ]
        )  # fmt: skip
        told = send(settings(tmp_path, alert_urls=urls, alert_command="no-such-command s3cretword"), MESSAGE)
        assert len(web.posts) == 1
    assert [line.partition(": ")[0].partition(" (")[0] for line in told] == [
        *(f"alert {number} of GROUNDSWELL_ALERT_URLS" for number in (1, 2, 3, 4, 5)), "GROUNDSWELL_ALERT_COMMAND was not done",
    ]  # fmt: skip
    assert "s3cretword" not in "".join(told)
    assert told[1].endswith("(http) was not sent: no answer (ConnectError)")
    assert told[2].endswith("it answered 500")
    assert "address is not understood" in told[4]
    assert all(len(line.splitlines()) == 1 for line in told)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("", None),
        ("'unbalanced", "cannot be run"),
        (shlex.join([sys.executable, "-c", "import sys; sys.exit('no line')"]), "it ended with 1: no line"),
    ],
)
def test_commands(tmp_path: Path, command: str, why: str | None) -> None:
    told = send(settings(tmp_path, alert_command=command), MESSAGE)
    assert told == [] if why is None else why in told[0]


def test_an_address_may_hold_commas(tmp_path: Path) -> None:
    written = "mailto://h?to=a@b.c,d@e.f, slack://a/b/c\thttps://x.example/a,b"
    assert channels(settings(tmp_path, alert_urls=written)) == ["mailto://h?to=a@b.c,d@e.f", "slack://a/b/c", "https://x.example/a,b"]
