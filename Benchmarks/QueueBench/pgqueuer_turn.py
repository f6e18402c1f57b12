"""Runs empty jobs with PgQueuer and prints the jobs a second: pgqueuer_turn.py TASKS BATCH MANAGERS, URL in PEER_URL."""

import asyncio
import os
import sys
import time

import asyncpg
import uvloop
from peer_database import empty_database
from pgqueuer.db import AsyncpgDriver
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode


ran = 0


async def manager(url: str) -> QueueManager:
    manager = QueueManager(Queries(AsyncpgDriver(await asyncpg.connect(url))))

    @manager.entrypoint("empty")
    async def empty(job) -> None:
        global ran
        ran += 1

    return manager


async def main(url: str, tasks: int, batch: int, managers: int) -> None:
    await empty_database(url)
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    for first in range(0, tasks, 1000):
        count = min(1000, tasks - first)
        await queries.enqueue(["empty"] * count, [b"{}"] * count, [0] * count)
    workers = [await manager(url) for _ in range(managers)]
    begun = time.perf_counter()
    await asyncio.gather(*(worker.run(batch_size=batch, mode=QueueExecutionMode.drain) for worker in workers))
    seconds = time.perf_counter() - begun
    left = await connection.fetchval("SELECT count(*) FROM pgqueuer")
    if left or ran != tasks:
        sys.exit(f"{left} jobs are left, {ran} ran")
    print(tasks / seconds)


uvloop.run(main(os.environ["PEER_URL"], *map(int, sys.argv[1:])))
