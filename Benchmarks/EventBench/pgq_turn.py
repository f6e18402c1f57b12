"""Writes events with PgQ at an even rate and prints the latencies to its consumer as JSON, in milliseconds.

pgq_turn.py RATE SECONDS TICK, with milliseconds between two ticks; URL in PEER_URL.
"""

import asyncio
import json
import os
import sys
import time

import asyncpg

QUEUE, CONSUMER = "bench", "consumer"


async def fresh_queue(connection) -> None:
    if await connection.fetchval("SELECT count(*) FROM pgq.queue WHERE queue_name = $1", QUEUE):
        await connection.execute("SELECT pgq.unregister_consumer($1, $2)", QUEUE, CONSUMER)
        await connection.execute("SELECT pgq.drop_queue($1)", QUEUE)
    await connection.execute("SELECT pgq.create_queue($1)", QUEUE)
    await connection.execute("SELECT pgq.register_consumer($1, $2)", QUEUE, CONSUMER)
    # A tick whenever there are events.
    for name, value in (("ticker_max_count", "1"), ("ticker_max_lag", "1 millisecond")):
        await connection.execute("SELECT pgq.set_queue_config($1, $2, $3)", QUEUE, name, value)


async def main(url: str, rate: int, seconds: int, tick: int) -> None:
    pool = await asyncpg.create_pool(url, min_size=16, max_size=16)
    ticker, consumer = await asyncpg.connect(url), await asyncpg.connect(url)
    await fresh_queue(ticker)
    count = rate * seconds
    commits, starts = [0.0] * count, [0.0] * count
    all_there = asyncio.Event()
    arrived = 0

    async def write(number: int) -> None:
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.fetchval("SELECT pgq.insert_event($1, 'wallet.changed', $2)", QUEUE, str(number))
            commits[number] = time.perf_counter()
            await transaction.commit()

    async def keep_ticking() -> None:
        due = time.perf_counter()
        while True:
            await ticker.fetchval("SELECT pgq.ticker($1)", QUEUE)
            due = max(due + tick / 1000, time.perf_counter())
            await asyncio.sleep(due - time.perf_counter())

    async def consume() -> None:
        nonlocal arrived
        while True:
            batch = await consumer.fetchval("SELECT pgq.next_batch($1, $2)", QUEUE, CONSUMER)
            if batch is None:
                await asyncio.sleep(tick / 4000)
                continue
            for event in await consumer.fetch("SELECT ev_data FROM pgq.get_batch_events($1)", batch):
                starts[int(event["ev_data"])] = time.perf_counter()
                arrived += 1
            await consumer.fetchval("SELECT pgq.finish_batch($1)", batch)
            if arrived == count:
                all_there.set()

    background = [asyncio.create_task(keep_ticking()), asyncio.create_task(consume())]
    await asyncio.sleep(1)
    begun, writes = time.perf_counter(), []
    for number in range(count):
        await asyncio.sleep(max(0, begun + number / rate - time.perf_counter()))
        writes.append(asyncio.create_task(write(number)))
    await asyncio.gather(*writes)
    try:
        await asyncio.wait_for(all_there.wait(), 30)
    except asyncio.TimeoutError:
        sys.exit(f"{count - arrived} events did not come")
    for task in background:
        task.cancel()
    latencies = sorted((start - commit) * 1000 for start, commit in zip(starts, commits))
    at = lambda part: latencies[min(int(count * part), count - 1)]
    print(json.dumps({"p50": at(0.5), "p99": at(0.99), "max": at(1)}), flush=True)
    # Nothing is left to do; the database is thrown away.
    os._exit(0)


asyncio.run(main(os.environ["PEER_URL"], *map(int, sys.argv[1:])))
