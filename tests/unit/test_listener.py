import json

from app.event_log import Event
from app.listener import NEWEST, Inbox


def test_an_inbox_gives_what_came_in_order() -> None:
    inbox = Inbox()
    events = [Event(n, "progress", "{}") for n in (1, 2, 3)]
    for event in events:
        inbox.put(event)

    assert inbox.take(0) == events
    assert inbox.take(0) is None


def test_an_inbox_keeps_the_newest_alone() -> None:
    inbox = Inbox()
    for n in range(100):
        inbox.put(Event(n, "progress", "{}"))

    found = inbox.take(0)
    assert found is not None
    assert [event.n for event in found] == list(range(100 - NEWEST, 100))


def test_what_was_missed_asks_for_a_look() -> None:
    inbox = Inbox()
    inbox.put(Event(1, "progress", "{}"))
    inbox.put(None)

    assert inbox.take(0) is None


def test_an_event_is_read_from_its_message_and_written_for_the_wire() -> None:
    text = json.dumps({"n": 7, "event": "succeeded", "data": {"status": "succeeded", "a": "é\n"}})
    event = Event.from_message(text)

    assert event is not None and event.terminal
    assert event.wire.decode() == (
        'id: 7\nevent: succeeded\ndata: {"status":"succeeded","a":"é\\n"}\n\n'
    )


def test_what_is_no_event_is_none() -> None:
    for text in ("", "[]", "{}", '{"n": 1}', '{"n": "x", "event": "progress", "data": {}}'):
        assert Event.from_message(text) is None
