"""The line of a queue: fair shares, priorities, what is on the way, what was lost on it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from app.contracts.jobs import Priority
from app.contracts.tasks import FINISH, JobType, Queue
from tests.harness.long_lines import fill
from tests.harness.redis_server import RedisServer
from tests.integration.ledgers import CPU, Desk, desk_on


@pytest.fixture
def desk(redis_server: RedisServer) -> Iterator[Desk]:
    """A ledger on an empty Redis."""
    with desk_on(redis_server, lease_seconds=2) as found:
        yield found


@pytest.mark.parametrize("workers", [0, 1, 2, 8])
def test_a_long_line_of_one_owner_holds_another_up_by_one_job_a_worker(
    desk: Desk, workers: int
) -> None:
    for number in range(workers):
        desk.ledger.sign_on(CPU, f"child{number}")
    for _ in range(1000):
        desk.accept("busy")
    for _ in range(50):
        claim = desk.serve()
        assert claim is not None
        desk.ledger.succeed(claim, {})

    first = desk.accept("new")

    order = desk.serve_all()
    assert order.index(first.id) <= max(1, min(workers, 2))
    assert len(order) == 951


def test_jobs_of_one_flow_are_served_in_the_order_of_their_arrival(desk: Desk) -> None:
    jobs = [desk.accept().id for _ in range(30)]

    assert desk.serve_all() == jobs


def test_owners_take_turns(desk: Desk) -> None:
    owner = {desk.accept(name).id: name for name in "aaabbbccc"}

    order = [owner[job_id] for job_id in desk.serve_all()]

    assert sorted(order[1:4]) == sorted(order[4:7]) == list("abc")


def test_high_before_normal_before_low_and_none_starves(desk: Desk) -> None:
    priority = {}
    for _ in range(170):
        for word in Priority:
            priority[desk.accept("me", word).id] = word

    order = [priority[job_id] for job_id in desk.serve_all()]

    early = order[:105]
    shares = [early.count(word) for word in (Priority.HIGH, Priority.NORMAL, Priority.LOW)]
    assert shares[0] == pytest.approx(80, abs=3)
    assert shares[1] == pytest.approx(20, abs=3)
    assert shares[2] == pytest.approx(5, abs=2)


def test_a_job_that_comes_back_keeps_its_place(desk: Desk) -> None:
    first = desk.accept()
    for _ in range(5):
        desk.accept()
    claim = desk.serve()
    assert claim is not None and claim.job.id == first.id
    desk.ledger.release(first.id, "derive", "w@here")

    [due] = desk.ledger.due()

    assert due.action == "requeued"
    assert desk.ledger.standing(first.id).position == 0


@pytest.mark.parametrize(("workers", "bound"), [(0, 1), (1, 1), (2, 2), (5, 2)])
def test_only_the_head_of_the_line_is_on_the_way(desk: Desk, workers: int, bound: int) -> None:
    for number in range(workers):
        desk.ledger.sign_on(CPU, f"child{number}")
    for _ in range(20):
        desk.accept()
    assert len(desk.sent) == len(desk.way()) == bound

    while (claim := desk.serve()) is not None:
        assert len(desk.way()) <= bound
        desk.ledger.succeed(claim, {})

    assert desk.way() == []
    assert desk.ledger.depth(CPU) == (0, None)


def test_a_lost_message_is_sent_again_and_only_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = desk.accept()
    monkeypatch.setattr("app.ledger.STRANDED_MS", 200)
    desk.sent.clear()
    assert desk.ledger.refill() == [], "it may still come"
    time.sleep(0.3)

    assert [message.job_id for message in desk.ledger.refill()] == [job.id]
    assert desk.ledger.refill() == [], "another sweeper sends nothing"
    assert desk.serve_all() == [job.id]


def test_a_message_that_waits_in_the_broker_is_not_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.accept()
    desk.redis.lpush(CPU.value, "its message")
    monkeypatch.setattr("app.ledger.STRANDED_MS", 100)
    time.sleep(0.2)

    assert desk.ledger.refill() == []


def test_a_cancelled_job_gives_its_room_back_when_its_message_comes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, next_one = desk.accept(), desk.accept()
    desk.ledger.cancel(gone)
    assert desk.way() == [gone.id]

    assert desk.serve_all() == [next_one.id]

    lost, last = desk.accept(), desk.accept()
    desk.ledger.cancel(lost)
    desk.sent.clear()
    monkeypatch.setattr("app.ledger.STRANDED_MS", 100)
    time.sleep(0.2)
    assert [message.job_id for message in desk.ledger.refill()] == [last.id]


def test_a_lost_message_is_found_though_others_come(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        desk.ledger.sign_on(CPU, f"child{number}")
    lost, other = desk.accept(), desk.accept()
    desk.sent.pop(0)
    claim = desk.serve()
    assert claim is not None and claim.job.id == other.id
    desk.redis.lpush(CPU.value, "a third one's message")
    monkeypatch.setattr("app.ledger.STRANDED_MS", 100)
    time.sleep(0.2)

    assert [message.job_id for message in desk.ledger.refill()] == [lost.id]


def test_a_sweep_of_a_long_line_is_short(desk: Desk) -> None:
    fill(desk.redis, desk.settings, 50_000)
    assert desk.ledger.depth(CPU)[0] == 50_000

    started = time.perf_counter()
    desk.ledger.refill()
    list(desk.ledger.due())

    assert time.perf_counter() - started < 0.5


def test_eta_comes_from_what_jobs_took(desk: Desk) -> None:
    before = desk.accept(units=2.0)
    assert desk.ledger.standing(before.id).eta_seconds is None, "nothing was measured yet"
    desk.ledger.sign_on(CPU, "child")
    claim = desk.serve()
    assert claim is not None
    time.sleep(0.4)
    desk.ledger.succeed(claim, {})

    jobs = [desk.accept(units=10.0) for _ in range(5)]
    standings = [desk.ledger.standing(job.id) for job in jobs]

    assert [one.position for one in standings] == [0, 1, 2, 3, 4]
    etas = [one.eta_seconds for one in standings]
    assert all(eta is not None and eta > 0 for eta in etas)
    assert etas == sorted(etas, key=lambda eta: eta or 0)
    # Ten units at 0.2 s each, and four such jobs before the last.
    assert 2 <= (etas[0] or 0) <= 8
    assert (etas[4] or 0) >= 3 * (etas[0] or 0)


def test_eta_of_a_generation_counts_its_finish(desk: Desk) -> None:
    for queue in (CPU, Queue.GPU_DIFFUSION):
        desk.ledger.sign_on(queue, "child")
    work = {"kind": "generate:m", "units": 1.0, "after": FINISH, "after_units": 1.0}
    first = desk.accept(job_type=JobType.GENERATE, **work)
    claim = desk.claim(first.id, "generate")
    time.sleep(1.1)
    desk.ledger.advance(claim, "finish", {})
    finish = desk.claim(first.id, "finish")
    time.sleep(1.1)
    desk.ledger.succeed(finish, {})

    eta = desk.ledger.standing(desk.accept(job_type=JobType.GENERATE, **work).id).eta_seconds

    assert eta is not None and eta >= 3
