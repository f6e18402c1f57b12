"""A peer's database, empty at the beginning of each turn."""

from urllib.parse import urlsplit

import asyncpg


async def empty_database(url: str) -> None:
    name = urlsplit(url).path.strip("/")
    server = await asyncpg.connect(urlsplit(url)._replace(path="/postgres").geturl())
    await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await server.execute(f'CREATE DATABASE "{name}"')
    await server.close()
