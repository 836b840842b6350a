"""What topic control says of credentials: told once when they come, forgotten when they go."""

from streams.contracts.ids import AppId, StoreName
from streams.contracts.step import Out, Record
from streams.lookup.release import Releases, added

GOOGLE = (AppId("tidepool"), StoreName("play_store"))


def in_topic(out: Out, offset: int) -> Record:
    return Record(topic=out.topic, partition=0, offset=offset, key=out.key, value=out.value or b"")


def test_new_credentials_are_told_once_and_then_due() -> None:
    releases = Releases()
    (told,) = releases.news_of([GOOGLE])
    releases.on_record(in_topic(told, 7))

    assert told.key == b"credentials_added/tidepool/play_store"
    assert releases.news_of([GOOGLE]) == ()
    assert releases.due() == {GOOGLE: 7}
    releases.finished(GOOGLE, 7)
    assert releases.due() == {}


def test_credentials_that_went_away_and_come_again_release_again() -> None:
    releases = Releases()
    releases.on_record(in_topic(added(*GOOGLE), 7))
    releases.finished(GOOGLE, 7)
    (gone,) = releases.news_of([])
    releases.on_record(in_topic(gone, 9))
    (again,) = releases.news_of([GOOGLE])
    releases.on_record(in_topic(again, 11))

    assert (gone.key, gone.value) == (again.key, None)
    assert releases.due() == {GOOGLE: 11}
