import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from shuke.config import control
from shuke.config.control import ControlServer, Refused
from shuke.config.lock import HomeIsTaken, HomeLock
from shuke.kernel.errors import Kind, ShukeError

pytestmark = pytest.mark.django_db(transaction=True)


class Closed(ShukeError):
    code = "test.closed"
    kind = Kind.CONFLICT


def count(arguments: dict[str, Any], report: control.Report) -> dict[str, Any]:
    for n in range(arguments["to"]):
        report(n + 1, arguments["to"], "counting")
    return {"counted": arguments["to"]}


def refuse(arguments: dict[str, Any], report: control.Report) -> dict[str, Any]:
    raise Closed("come back tomorrow")


def test_carries_a_command_its_progress_and_its_result(tmp_path: Path):
    seen: list[tuple[int, int, str]] = []

    with ControlServer(tmp_path, {"count": count}):
        result = control.ask(tmp_path, "count", {"to": 3}, lambda *said: seen.append(said))

    assert result == {"counted": 3}
    assert seen == [(1, 3, "counting"), (2, 3, "counting"), (3, 3, "counting")]
    assert not control.is_listening(tmp_path)


def test_carries_refusals_and_unknown_commands(tmp_path: Path):
    with ControlServer(tmp_path, {"refuse": refuse}):
        with pytest.raises(Refused, match="come back tomorrow") as refused:
            control.ask(tmp_path, "refuse", {}, lambda *_: None)
        with pytest.raises(Refused, match="unknown command"):
            control.ask(tmp_path, "dance", {}, lambda *_: None)

    assert (refused.value.code, refused.value.kind) == ("test.closed", Kind.CONFLICT)


def test_only_its_owner_may_open_the_socket(tmp_path: Path):
    with ControlServer(tmp_path, {}):
        assert stat.S_IMODE(control.socket_path(tmp_path).stat().st_mode) == 0o600


def test_works_in_a_folder_with_a_very_long_name(tmp_path: Path):
    home = tmp_path / ("long" * 30)
    home.mkdir()

    with ControlServer(home, {"count": count}):
        assert control.ask(home, "count", {"to": 1}, lambda *_: None) == {"counted": 1}


def test_a_socket_left_by_a_dead_server_is_replaced(tmp_path: Path):
    control.socket_path(tmp_path).touch()

    assert not control.is_listening(tmp_path)
    with ControlServer(tmp_path, {}):
        assert control.is_listening(tmp_path)


def test_a_home_has_one_owner_at_a_time(tmp_path: Path):
    with HomeLock(tmp_path):
        refusals: list[str] = []

        def try_it() -> None:
            try:
                with HomeLock(tmp_path):
                    pass
            except HomeIsTaken as taken:
                refusals.append(str(taken))

        other = threading.Thread(target=try_it)
        other.start()
        other.join()

    assert len(refusals) == 1
    assert str(tmp_path) in refusals[0]
    with HomeLock(tmp_path):
        pass
