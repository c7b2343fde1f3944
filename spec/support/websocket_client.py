"""What a WebSocket client of the specs does: usage: websocket_client.py ADDR CASE

Each case is a function below; what it expects is asserted, and what it finds is printed.
"""

import asyncio
import random
import sys

import websockets

ADDR, CASE = sys.argv[1:]


def connect(path, **options):
    options = {"max_size": None, "ping_interval": None, "compression": None, **options}
    return websockets.connect(f"ws://{ADDR}{path}", **options)


async def answered(ws, message):
    await ws.send(message)
    return await ws.recv()


async def echoes(*messages, path="/echo", **options):
    async with connect(path, **options) as ws:
        for message in messages:
            assert await answered(ws, message) == message


async def text():
    await echoes("hello", "x", "a" * 125, "b" * 126, "c" * 65535, "d" * 65536)


async def binary():
    await echoes(b"\0", bytes(range(256)), random.randbytes(70000), b"\r\n\r\nGET / HTTP/1.1\r\n\r\n")


async def empty():
    await echoes("", b"", "", "not empty", b"")


async def utf8():
    await echoes("κόσμε", "\U0001f600\ufffd\u0000", "ж" * 40000, "\U0010ffff")


async def fragments():
    """Fragments go there, and come back."""
    async with connect("/echo_in_pieces") as ws:
        for size in (1, 999, 1000, 1001, 50000):
            message = "".join(chr(97 + i % 26) for i in range(size))
            pieces = [message[i:i + 700] for i in range(0, size, 700)]
            assert await answered(ws, pieces) == message
        assert await answered(ws, ["", "a", "", "b", ""]) == "ab"


async def ping_from_client():
    async with connect("/echo") as ws:
        for payload in (b"", b"are you there?", bytes(125)):
            await asyncio.wait_for(await ws.ping(payload), 10)
        assert await answered(ws, "still here") == "still here"


async def ping_from_server():
    async with connect("/ping") as ws:
        for payload in ("", "are you there?", "x" * 125):
            assert await answered(ws, payload) == "pong"


async def ping_between_fragments():
    async def pieces(ws):
        yield "one "
        await asyncio.wait_for(await ws.ping(b"between"), 10)
        yield "two"

    async with connect("/echo") as ws:
        assert await answered(ws, pieces(ws)) == "one two"


async def upload(size):
    async with connect("/measure") as ws:
        assert await answered(ws, random.randbytes(size)) == str(size)


async def download(size):
    async with connect("/flood") as ws:
        message = await answered(ws, str(size))
        assert message == bytes(i % 251 for i in range(251)) * (size // 251)


async def upload_1mb():
    await upload(1_000_000)


async def upload_10mb():
    await upload(10_000_000)


async def download_1mb():
    await download(1_000_000)


async def download_10mb():
    await download(10_000_000)


async def both_ways_at_once():
    """Ten megabytes each way, in messages of all sizes, and nobody waits for anybody."""
    messages = [random.randbytes(random.choice((1, 100, 5000, 300_000))) for _ in range(130)]

    async with connect("/echo") as ws:
        async def send():
            for message in messages:
                await ws.send(message)

        sending = asyncio.create_task(send())
        for message in messages:
            assert await ws.recv() == message
        await sending


async def many_small():
    """Two thousand messages, a hundred of them on their way at any time."""
    async with connect("/echo") as ws:
        for i in range(100):
            await ws.send(str(i))
        for i in range(2000):
            assert await ws.recv() == str(i)
            if i < 1900:
                await ws.send(str(i + 100))


async def close_from_client():
    ws = await connect("/echo")
    assert await answered(ws, "hello") == "hello"
    await ws.close(4001, "enough for today")
    print(ws.close_code, ws.close_reason)


async def close_from_server():
    ws = await connect("/close")
    await ws.send("4321 go away")
    await asyncio.wait_for(ws.wait_closed(), 10)
    print(ws.close_code, ws.close_reason)


async def abort_from_client():
    ws = await connect("/echo")
    assert await answered(ws, "hello") == "hello"
    ws.transport.abort()


async def abort_from_server():
    ws = await connect("/abort")
    await ws.send("now")
    await asyncio.wait_for(ws.wait_closed(), 10)
    print(ws.close_code)


async def deflate():
    async with connect("/echo", compression="deflate") as ws:
        assert [e.name for e in ws.extensions] == ["permessage-deflate"]
        for message in ("compress me " * 5000, random.randbytes(50000), "", "x"):
            assert await answered(ws, message) == message


async def subprotocol():
    async with connect("/echo", subprotocols=["other", "chat.v1"]) as ws:
        print(ws.subprotocol)


async def fifty_at_once():
    async def one(i):
        async with connect("/echo") as ws:
            for j in range(20):
                message = f"{i} {j} " + "x" * random.randrange(3000)
                assert await answered(ws, message) == message

    await asyncio.gather(*(one(i) for i in range(50)))


asyncio.run(asyncio.wait_for(globals()[CASE](), 60))
