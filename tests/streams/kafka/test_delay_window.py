"""What the delay role holds: earliest first over all partitions, bounded in each."""

from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.step import Record
from streams.kafka.delay_window import Window


def _record(partition: int = 0, offset: int = 0, size: int = 1) -> Record:
    return Record(topic="delay.5s", partition=partition, offset=offset, key=None, value=b"x" * size)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100)), max_size=60))
def test_they_fire_in_order_of_time_each_once(added: list[tuple[int, int]]) -> None:
    window = Window()
    for offset, (partition, at) in enumerate(added):
        window.add(_record(partition, offset), at)
    fired = []
    for now in range(101):
        batch = window.fire(now, limit=7)
        while batch:
            assert all(added[record.offset][1] == now for record in batch)
            fired += [record.offset for record in batch]
            batch = window.fire(now, limit=7)
    assert fired == sorted(range(len(added)), key=lambda offset: (added[offset][1], offset))
    assert window.next_at is None
    assert len(window) == 0


def test_nothing_fires_before_its_time() -> None:
    window = Window()
    window.add(_record(), 1000)
    assert window.next_at == 1000
    assert window.fire(999, limit=10) == []
    assert len(window.fire(1000, limit=10)) == 1


def test_a_partition_is_full_by_count_and_has_room_when_half_is_gone() -> None:
    window = Window(records=4)
    for offset in range(4):
        window.add(_record(1, offset), offset)
    assert window.is_full(("delay.5s", 1))
    assert not window.is_full(("delay.5s", 2))
    window.fire(0, limit=10)
    assert not window.has_room(("delay.5s", 1))
    window.fire(1, limit=10)
    assert window.has_room(("delay.5s", 1))


def test_a_partition_is_full_by_size() -> None:
    window = Window(size=100)
    window.add(_record(size=99), 0)
    assert not window.is_full(("delay.5s", 0))
    window.add(_record(size=1), 0)
    assert window.is_full(("delay.5s", 0))


def test_what_is_held_can_be_timed_anew() -> None:
    window = Window()
    for offset, at in enumerate((3000, 1000, 2000)):
        window.add(_record(offset=offset), at)

    window.retime(lambda record: 10 + record.offset)

    assert window.next_at == 10
    assert [record.offset for record in window.fire(12, limit=10)] == [0, 1, 2]


def test_it_forgets_all_when_the_partitions_go_away() -> None:
    window = Window(records=1)
    window.add(_record(), 0)
    window.clear()
    assert window.fire(1, limit=1) == []
    assert not window.is_full(("delay.5s", 0))
