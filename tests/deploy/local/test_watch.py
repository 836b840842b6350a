"""Who ended is told once with the reason, then less and less often, and when it serves again."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local.supervisor import Child
from deploy.local.watch import Watch


@dataclass(kw_only=True)
class Scene:
    """A supervisor over one child, `verify`."""

    folder: Path
    pid: int = 100
    state: str = "RUNNING"
    log: list[str] = field(default_factory=list)

    def children(self) -> dict[str, Child]:
        return {"verify": Child(name="verify", state=self.state, pid=self.pid)}

    def log_file(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def own_log(self) -> str:
        return "\n".join(self.log)

    def end(self, how: str, said: str) -> None:
        """It says something, ends, and is started again."""
        with self.log_file("verify").open("a") as log:
            log.write(said)
        self.log.append(f"WARN exited: verify ({how}; not expected)")
        self.pid, self.state = self.pid + 1, "STARTING"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(folder=tmp_path)
    made.log_file("verify").write_text("error: of a process long ago\n")
    return made


def test_nothing_is_told_while_all_run(scene: Scene) -> None:
    assert list(Watch(scene).news()) == []


def test_who_ended_is_told_with_its_last_words_what_to_do_and_its_log(scene: Scene) -> None:
    watch = Watch(scene)
    scene.end("exit status 2", "error: SN_HEALTH_PORT is 'x'\n")
    first, second, third = watch.news()
    assert first == "verify ended (exit status 2) and was started again."
    assert second == "  error: SN_HEALTH_PORT is 'x'"
    assert third.startswith("  Mend that")
    assert third.endswith(f"Log: {scene.folder}/verify.log")
    assert list(watch.news()) == []


def test_a_child_between_two_starts_is_no_news(scene: Scene) -> None:
    watch = Watch(scene)
    scene.pid, scene.state = 0, "BACKOFF"
    assert list(watch.news()) == []


def test_the_same_end_again_is_told_less_and_less_often(scene: Scene) -> None:
    watch, told = Watch(scene), []
    for _ in range(9):
        scene.end("exit status 2", "error: the same\n")
        told.append(list(watch.news()))
    assert [number for number, lines in enumerate(told, 1) if lines] == [1, 2, 4, 8]
    assert told[7] == ["verify has ended 8 times, each time as told above."]


def test_another_end_is_told_whole(scene: Scene) -> None:
    watch = Watch(scene)
    scene.end("exit status 2", "error: one\n")
    list(watch.news())
    scene.end("exit status 2", "error: two\n")
    assert "  error: two" in list(watch.news())


def test_who_stays_is_told_to_serve_again_once(scene: Scene) -> None:
    watch = Watch(scene)
    assert watch.awaited == set()
    scene.end("terminated by SIGKILL", "error: of an hour ago\n")
    assert len(list(watch.news())) == 2, "it could say nothing of that"
    assert watch.awaited == {"verify"}
    assert list(watch.news({"verify"})) == [], "it may end at once again"
    scene.state = "RUNNING"
    assert list(watch.news({"verify"})) == ["verify serves again."]
    assert watch.awaited == set()
    assert list(watch.news({"verify"})) == []


def test_who_runs_and_can_not_serve_yet_is_awaited(scene: Scene) -> None:
    watch = Watch(scene)
    scene.end("terminated by SIGKILL", "")
    list(watch.news())
    scene.state = "RUNNING"
    assert list(watch.news(set())) == []
    assert watch.awaited == {"verify"}


def test_a_log_that_began_anew_is_read_from_its_beginning(scene: Scene) -> None:
    scene.log_file("verify").write_text("x\n" * 500)
    watch = Watch(scene)
    scene.log_file("verify").write_text("")
    scene.end("exit status 1", "error: after the turn\n")
    assert "  error: after the turn" in list(watch.news())
