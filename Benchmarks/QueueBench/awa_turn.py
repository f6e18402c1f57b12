"""Runs empty jobs with awa and prints the jobs a second: awa_turn.py TASKS BATCH, URL in PEER_URL."""

import asyncio
import os
import sys
import time
from dataclasses import dataclass

import awa
from peer_database import empty_database


@dataclass
class Empty:
    number: int


async def main(url: str, tasks: int, batch: int) -> None:
    await empty_database(url)
    client = awa.AsyncClient(url, max_connections=16)
    await client.migrate()
    await client.install_queue_storage()
    done = asyncio.Event()
    count = 0

    @client.task(Empty, queue="bench")
    async def empty(job) -> None:
        nonlocal count
        count += 1
        if count == tasks:
            done.set()

    for first in range(0, tasks, 1000):
        await client.enqueue_many_copy([Empty(number) for number in range(first, min(first + 1000, tasks))], queue="bench")
    begun = time.perf_counter()
    await client.start([{"name": "bench", "max_workers": 2 * batch, "claim_batch_size": batch}])
    await done.wait()
    print(tasks / (time.perf_counter() - begun), flush=True)
    # Nothing is left to do; the database is thrown away.
    os._exit(0)


asyncio.run(main(os.environ["PEER_URL"], *map(int, sys.argv[1:])))
