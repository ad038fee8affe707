"""The deliveries in Redis: leases, lines of hosts, pauses, redelivery; without any sending."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from app.contracts.webhooks import Order
from app.deliveries import DUE, JOB, LINES, OPEN, Deliveries
from config.settings import Settings
from tests.harness.ended_jobs import TTL, end_job
from tests.harness.programs import wait_until
from tests.harness.redis_server import RedisServer

URL = "https://example.org/hook"
ROW = {"status": "retrying"}


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    """The Redis, without any deliveries."""
    with redis_server.client() as found:
        for key in found.scan_iter("imajin:webhooks:*"):
            found.delete(key)
        found.delete("webhooks")
        yield found


@pytest.fixture
def deliveries(client: Redis) -> Deliveries:
    """The deliveries, two at once to a host and eight in all."""
    return Deliveries(client, Settings(webhook_host_limit=2, webhook_threads=4))


def claimed(deliveries: Deliveries, job_id: str, nonce: str = "n1") -> Order:
    """A claim that must be granted."""
    order = deliveries.claim(job_id, nonce)
    assert isinstance(order, Order), order
    return order


def expire_leases(client: Redis) -> None:
    """Let every lease have run out."""
    for key in client.scan_iter("imajin:webhooks:out:*"):
        for job_id in client.zrange(key, 0, -1):
            client.zadd(key, {job_id: 1})
        client.zadd(LINES, {key.removeprefix("imajin:webhooks:out:"): 1})


def test_an_ended_job_is_taken_claimed_and_settled_once(
    client: Redis, deliveries: Deliveries
) -> None:
    job_id = end_job(client, URL)
    assert deliveries.depth()[0] == 1

    assert deliveries.take() == [job_id]
    assert deliveries.take() == []
    order = claimed(deliveries, job_id)
    assert (order.attempt, order.tries, order.disabled) == (1, 1, False)
    assert (order.webhook.target.url, order.event) == (URL, "job.completed")
    assert deliveries.settle(order, {"status": "delivered"}, None)

    assert deliveries.rows(job_id) == [{"status": "delivered"}]
    assert deliveries.depth() == (0, None)
    assert deliveries.claim(job_id, "n2") == "over"
    assert deliveries.take() == []
    left = set(client.scan_iter("imajin:webhooks:*"))
    assert left == {f"imajin:webhooks:job:{job_id}", f"imajin:webhooks:log:{job_id}"}
    assert all(0 < client.ttl(key) <= TTL for key in left)


def test_a_claim_whose_reply_was_lost_counts_once(client: Redis, deliveries: Deliveries) -> None:
    job_id = end_job(client, URL)
    deliveries.take()

    assert claimed(deliveries, job_id, "n1").attempt == 1
    assert claimed(deliveries, job_id, "n1").attempt == 1
    assert deliveries.claim(job_id, "n2") == "busy"


def test_a_deliverer_that_died_is_followed_and_fenced(
    client: Redis, deliveries: Deliveries
) -> None:
    job_id = end_job(client, URL)
    deliveries.take()
    dead = claimed(deliveries, job_id, "n1")
    expire_leases(client)

    assert deliveries.take() == [job_id]
    following = claimed(deliveries, job_id, "n2")

    assert following.attempt == 2
    assert not deliveries.settle(dead, ROW, None)
    assert deliveries.settle(following, ROW, None)
    assert deliveries.rows(job_id) == [ROW]


def test_a_message_that_was_lost_is_sent_again(client: Redis, deliveries: Deliveries) -> None:
    job_id = end_job(client, URL)
    assert deliveries.take() == [job_id]
    expire_leases(client)

    assert deliveries.take() == [job_id]
    assert claimed(deliveries, job_id).attempt == 1


def test_a_pause_is_waited_for(client: Redis, deliveries: Deliveries) -> None:
    job_id = end_job(client, URL)
    deliveries.take()
    deliveries.settle(claimed(deliveries, job_id), ROW, 0.3)
    assert deliveries.take() == []
    assert deliveries.depth()[0] == 1

    wait_until(lambda: deliveries.take() == [job_id], 10, "the pause is over")
    assert claimed(deliveries, job_id).tries == 2


def test_a_host_that_hangs_leaves_room_for_others(client: Redis, deliveries: Deliveries) -> None:
    hanging = [end_job(client, "https://hangs.example.org/") for _ in range(700)]
    other = end_job(client, URL)

    taken = deliveries.take() + deliveries.take()

    assert other in taken
    assert len(set(hanging) & set(taken)) == 2
    first = next(job_id for job_id in taken if job_id != other)
    deliveries.settle(claimed(deliveries, first), ROW, 60)
    assert len(deliveries.take()) == 1


def test_no_more_is_sent_than_the_workers_can_take(client: Redis, deliveries: Deliveries) -> None:
    for host in range(20):
        end_job(client, f"https://host{host}.example.org/")

    assert len(deliveries.take()) == 8
    client.rpush("webhooks", *range(6))
    assert len(deliveries.take()) == 2


def test_redelivery_is_due_at_once_with_the_tries_from_the_start(
    client: Redis, deliveries: Deliveries
) -> None:
    job_id = end_job(client, URL)
    deliveries.take()
    deliveries.settle(claimed(deliveries, job_id), ROW, 3600)

    deliveries.redeliver(job_id)

    assert deliveries.take() == [job_id]
    order = claimed(deliveries, job_id, "n2")
    assert (order.attempt, order.tries) == (2, 1)
    deliveries.settle(order, ROW, None)
    deliveries.redeliver(job_id)
    assert deliveries.take() == [job_id]


def test_redelivery_while_one_is_on_its_way_is_that_one(
    client: Redis, deliveries: Deliveries
) -> None:
    job_id = end_job(client, URL)
    deliveries.take()
    order = claimed(deliveries, job_id)

    deliveries.redeliver(job_id)

    assert deliveries.take() == []
    assert deliveries.settle(order, ROW, None)
    assert deliveries.depth()[0] == 0


def test_a_disabled_url_is_its_owners_alone_and_redelivery_asks_it(
    client: Redis, deliveries: Deliveries
) -> None:
    deliveries.disable("a", URL)
    jobs = {owner: end_job(client, URL, owner=owner) for owner in ("a", "b")}
    deliveries.take()
    orders = {owner: claimed(deliveries, job_id) for owner, job_id in jobs.items()}
    assert (orders["a"].disabled, orders["b"].disabled) == (True, False)
    deliveries.settle(orders["a"], ROW, None)

    deliveries.redeliver(jobs["a"])
    deliveries.take()
    assert not claimed(deliveries, jobs["a"], "n2").disabled

    deliveries.enable("a", URL)
    assert client.exists("imajin:webhooks:disabled:a") == 0


def test_a_job_older_than_its_retention_is_forgotten(client: Redis, deliveries: Deliveries) -> None:
    job_id = end_job(client, URL)
    deliveries.take()
    deliveries.settle(claimed(deliveries, job_id), ROW, 0)
    client.delete(JOB + job_id)

    assert deliveries.take() == []
    assert deliveries.depth()[0] == 0
    assert client.exists(DUE, LINES, OPEN) == 0


def test_a_job_without_a_webhook_is_passed_over(client: Redis, deliveries: Deliveries) -> None:
    job_id = end_job(client, URL)
    client.hdel(JOB + job_id, "webhook")
    broken = end_job(client, URL)
    client.hset(JOB + broken, "webhook", "{")

    assert deliveries.take() == []
    assert client.exists(DUE) == 0


def test_the_log_keeps_the_last_fifty_rows(client: Redis, deliveries: Deliveries) -> None:
    job_id = end_job(client, URL)
    for number in range(55):
        deliveries.redeliver(job_id)
        deliveries.take()
        deliveries.settle(claimed(deliveries, job_id, f"n{number}"), {"attempt": number}, None)

    rows = deliveries.rows(job_id)

    assert [row["attempt"] for row in rows] == list(range(5, 55))
