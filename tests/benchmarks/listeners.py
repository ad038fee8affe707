"""Many readers of event streams in one process: python -m tests.benchmarks.listeners URL EACH.

The jobs' ids come on stdin, and each gets so many readers. Says "ready" when each has its snapshot;
then, for each terminal event, the job's id and when it came, by the monotonic clock, which all
processes of a machine share.
"""

from __future__ import annotations

import asyncio
import sys
import time
from urllib.parse import urlsplit


class Tally:
    """How many have their snapshot, and what is to be printed at the end."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.lines: list[str] = []
        self.opened = 0

    def open(self) -> None:
        """One more has its snapshot."""
        self.opened += 1
        if self.opened == self.wanted:
            print("ready", flush=True)


async def listen(host: str, port: int, job_id: str, tally: Tally) -> None:
    """Read one stream to its end, from the start again where it was refused."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET /jobs/{job_id}/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    status = await reader.readline()
    if b" 200 " not in status:
        print(status.decode().strip(), file=sys.stderr, flush=True)
        writer.close()
        await asyncio.sleep(0.5)
        return await listen(host, port, job_id, tally)
    async for line in reader:
        if line.startswith(b"event: snapshot"):
            tally.open()
        elif line.startswith(b"event: succeeded"):
            tally.lines.append(f"{job_id} {time.monotonic()}")
            break
    writer.close()


async def main(url: str, jobs: list[str], each: int) -> None:
    """Open all streams, a few at a time, and print what came."""
    found = urlsplit(url)
    tally = Tally(len(jobs) * each)
    running = []
    for number, job_id in enumerate(job_id for job_id in jobs for _ in range(each)):
        reading = listen(str(found.hostname), int(found.port or 80), job_id, tally)
        running.append(asyncio.create_task(reading))
        if number % 20 == 19:
            await asyncio.sleep(0.05)
    await asyncio.gather(*running)
    print("\n".join(tally.lines), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.stdin.readline().split(), int(sys.argv[2])))
