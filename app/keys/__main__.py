"""Makes, lists and revokes API keys: python -m app.keys."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from redis.exceptions import RedisError

from app.keys.key import SCOPES, Key, rate_of
from app.keys.store import KeyStore
from app.redis_clients import gateway_client
from config.redis_urls import RedisNotRunning, redis_url
from config.settings import SettingsError, current

OK, UNKNOWN_KEY, USAGE, NO_REDIS = 0, 1, 2, 3

EXAMPLES = """examples:
  python -m app.keys create --name studio --scopes analyze,generate,derive
  python -m app.keys create --name batch --scopes generate --rate 60/minute \\
                            --daily-jobs 5000 --in-flight 100
  python -m app.keys create --name studio-next --scopes generate --tenant 1f0c…
                            a second key of the same tenant, for rotation
  KEY=$(python -m app.keys create --name ci --scopes derive)
  python -m app.keys list
  python -m app.keys revoke 1f0c2a7b9d3e

The key is printed once, on standard output; only its SHA-256 is kept. Keys are stored in the
Redis of the service: the one of REDIS_URL, or the embedded one while the service runs. A running
gateway knows of a new or a revoked key within seconds.

exit status: 0 done, 1 no such key, 2 wrong arguments, 3 Redis cannot be reached"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    main = argparse.ArgumentParser(
        prog="python -m app.keys",
        description="Makes, lists and revokes the API keys of Imajin.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="create|list|revoke")
    create = commands.add_parser("create", help="make a key and print it, once")
    create.add_argument("--name", required=True, type=_name, help="whose key it is, in words")
    create.add_argument(
        "--scopes", required=True, type=_scopes, help=f"comma list of {', '.join(SCOPES)}"
    )
    create.add_argument(
        "--tenant", type=_tenant, help="owner of its jobs, shared by keys; default: the key's id"
    )
    create.add_argument(
        "--rate", type=_rate, default="600/minute", help="default 600/minute; none: no limit"
    )
    create.add_argument("--daily-jobs", type=_positive, help="jobs its tenant may start in a day")
    create.add_argument("--daily-bytes", type=_positive, help="bytes its tenant may send in a day")
    create.add_argument("--in-flight", type=_positive, help="jobs its tenant may have at once")
    create.add_argument("--json", action="store_true", help="print the key with its record")
    shown = commands.add_parser("list", help="show every key, revoked ones too")
    shown.add_argument("--json", action="store_true", help="print a JSON array")
    revoke = commands.add_parser("revoke", help="end a key for good")
    revoke.add_argument("id", help="the key's id, as list shows it")
    return main


def _name(text: str) -> str:
    if not text.strip() or len(text) > 100 or not text.isprintable():
        raise argparse.ArgumentTypeError("a name has 1 to 100 printable characters")
    return text.strip()


def _scopes(text: str) -> frozenset[str]:
    found = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not found or not found <= set(SCOPES):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(SCOPES)}, separated by commas")
    return found


def _tenant(text: str) -> str:
    if not (text.isascii() and text.replace("-", "").isalnum() and len(text) <= 64):
        raise argparse.ArgumentTypeError("a tenant has 1 to 64 letters, digits and dashes")
    return text


def _rate(text: str) -> str | None:
    if text == "none":
        return None
    try:
        rate_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


def _create(store: KeyStore, given: argparse.Namespace) -> int:
    key, text = store.create(
        *(given.name, given.scopes, given.tenant, given.rate),
        *(given.daily_jobs, given.in_flight, given.daily_bytes),
    )
    print(f"Key {key.id} for {key.name}. It is shown this once:", file=sys.stderr)
    print(json.dumps({"key": text} | key.as_json()) if given.json else text)
    return OK


def _list(store: KeyStore, given: argparse.Namespace) -> int:
    keys = store.all()
    if given.json:
        print(json.dumps([key.as_json() for key in keys], indent=2, ensure_ascii=False))
    elif keys:
        print(_table([_row(key) for key in keys]))
    else:
        print("There is no key; the service asks for none.", file=sys.stderr)
    return OK


def _row(key: Key) -> tuple[str, ...]:
    limits = (key.rate, key.daily_jobs, key.daily_bytes, key.in_flight)
    shown = ("-" if limit is None else str(limit) for limit in limits)
    state = f"revoked {key.revoked[:16]}" if key.revoked else "valid"
    used = key.last_used[:16] if key.last_used else "never"
    scopes = ",".join(sorted(key.scopes))
    return key.id, key.name, key.tenant, scopes, *shown, used, state


def _table(rows: list[tuple[str, ...]]) -> str:
    limits = ("rate", "jobs a day", "bytes a day", "in flight")
    head = ("id", "name", "tenant", "scopes", *limits, "used", "state")
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _revoke(store: KeyStore, given: argparse.Namespace) -> int:
    key = store.revoke(given.id)
    if key is None:
        print(f"There is no key {given.id!r}; `list` shows the ids.", file=sys.stderr)
        return UNKNOWN_KEY
    print(f"Key {key.id} for {key.name} is revoked since {key.revoked}.", file=sys.stderr)
    return OK


COMMANDS = {"create": _create, "list": _list, "revoke": _revoke}


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    given = parser().parse_args(argv)
    try:
        settings = current()
        url = redis_url(settings, wait_seconds=1)
        return COMMANDS[given.command](KeyStore(gateway_client(settings, url)), given)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return USAGE
    except RedisNotRunning as error:
        print(error, file=sys.stderr)
        return NO_REDIS
    except RedisError as error:
        print(f"Redis cannot be reached or used: {error}", file=sys.stderr)
        return NO_REDIS


if __name__ == "__main__":
    sys.exit(main())
