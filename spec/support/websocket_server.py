"""A WebSocket server for the specs, with a library that nobody here has written.

It says where it listens, and then, a line each, how connections have ended and what else there is
to be known. The path says what is done with messages: see `HABITS`.
"""

import asyncio
import sys

import websockets


def say(*words):
    print(*words, flush=True)


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def echo_in_pieces(ws):
    async for message in ws:
        await ws.send([message[i:i + 1000] for i in range(0, len(message), 1000)])


async def measure(ws):
    """Tells how long a message was, rather than sending it back."""
    async for message in ws:
        await ws.send(str(len(message)))


async def flood(ws):
    """Sends a message of as many bytes as it is asked for."""
    async for message in ws:
        await ws.send(bytes(i % 251 for i in range(251)) * (int(message) // 251))


async def ping(ws):
    """Pings with what it hears, and says so when the pong has come."""
    async for message in ws:
        await asyncio.wait_for(await ws.ping(message), 10)
        await ws.send("pong")


async def close(ws):
    """Closes with the code and the reason it is told: "4321 why"."""
    code, reason = (await ws.recv()).split(" ", 1)
    await ws.close(int(code), reason)


async def abort(ws):
    """Closes the connection without any farewell."""
    await ws.recv()
    ws.transport.abort()


HABITS = {f"/{habit.__name__}": habit
          for habit in (echo, echo_in_pieces, measure, flood, ping, close, abort)}


async def serve_one(ws):
    say("opened", ws.path, ws.subprotocol, ",".join(e.name for e in ws.extensions) or "-")
    try:
        await HABITS[ws.path](ws)
    except websockets.ConnectionClosed:
        pass
    await ws.wait_closed()
    say("closed", ws.path, ws.close_code, ws.close_reason or "-")


async def main():
    server = await websockets.serve(serve_one, "127.0.0.1", 0, max_size=None, ping_interval=None,
                                    subprotocols=["chat.v2", "chat.v1"])
    say("listening on", "127.0.0.1:%d" % server.sockets[0].getsockname()[1])
    await asyncio.Future()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(0)
