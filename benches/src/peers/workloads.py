"""The workloads in asyncio: workloads.py NAME SIZE prints a list of figures."""

import asyncio
import json
import os
import queue
import sys
import threading
import time
import urllib.parse


def nanoseconds_each(start, size):
    return [(time.perf_counter() - start) * 1e9 / size]


async def nothing(number):
    return number


async def spawn(size):
    start = time.perf_counter()
    for _ in range(size // 1000):
        tasks = [asyncio.create_task(nothing(n)) for n in range(1000)]
        for task in tasks:
            await task
    return nanoseconds_each(start, size)


async def yield_times(times):
    for _ in range(times):
        await asyncio.sleep(0)


async def one_yields(size):
    start = time.perf_counter()
    await asyncio.create_task(yield_times(size))
    return nanoseconds_each(start, size)


async def many_yield(size):
    start = time.perf_counter()
    await asyncio.gather(*(yield_times(size // 1000) for _ in range(1000)))
    return nanoseconds_each(start, size)


class Channel:
    def __init__(self):
        self.value = None
        self.future = None

    def send(self, value):
        self.value = value
        if self.future is not None:
            self.future.set_result(None)
            self.future = None

    async def receive(self):
        while self.value is None:
            self.future = asyncio.get_running_loop().create_future()
            await self.future
        value, self.value = self.value, None
        return value


async def ping_pong(size):
    there, back = Channel(), Channel()

    async def answer():
        for _ in range(size):
            back.send(await there.receive() + 1)

    async def ask():
        number = 0
        for _ in range(size):
            there.send(number)
            number = await back.receive()

    start = time.perf_counter()
    await asyncio.gather(answer(), ask())
    return nanoseconds_each(start, size)


async def sleeps(size):
    async def late(milliseconds):
        start = time.perf_counter()
        await asyncio.sleep(milliseconds / 1000)
        return (time.perf_counter() - start) * 1000 - milliseconds

    start = time.process_time()
    all_late = await asyncio.gather(*(late(n * 7919 % 1000 + 1) for n in range(size)))
    return [time.process_time() - start, sum(all_late) / size]


async def dropped_sleeps(size):
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    for _ in range(size):
        coroutine = asyncio.sleep(60)
        coroutine.send(None)
        coroutine.close()
    return nanoseconds_each(start, size)


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def memory(size):
    before = resident()
    tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(size)]
    await asyncio.sleep(0.001)
    print([(resident() - before) / len(tasks)], flush=True)
    os._exit(0)


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def echo(size):
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    start = time.process_time()
    load = await asyncio.create_subprocess_exec(
        os.environ["BENCHES"], "--load", f"{host}:{port}", str(size), stdout=asyncio.subprocess.PIPE
    )
    seconds = float((await load.communicate())[0])
    return [size / seconds / 1000, (time.process_time() - start) / size * 1e6]


async def all_at_once(size, at_once, work):
    """Seconds by the clock, and of the processor."""
    start, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work(size // at_once) for _ in range(at_once)))
    return time.perf_counter() - start, time.process_time() - processor


async def get(size, url, length, at_once):
    try:
        import aiohttp
    except ImportError:
        sys.exit("aiohttp is not installed: pip install aiohttp")
    length, at_once = int(length), int(at_once)
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work(times):
            for _ in range(times):
                async with session.get(url) as response:
                    assert len(await response.read()) == length

        seconds, processor = await all_at_once(size, at_once, work)
    return [size * length / seconds / 1e9 if length > 2**16 else size / seconds / 1e3, processor]


async def get_close(size, url, length, at_once):
    length, at_once = int(length), int(at_once)
    parts = urllib.parse.urlsplit(url)
    request = f"GET {parts.path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode()

    async def work(times):
        for _ in range(times):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(request)
            head, body = (await reader.read()).split(b"\r\n\r\n", 1)
            assert head.startswith(b"HTTP/1.1 200") and len(body) == length
            writer.close()

    seconds, processor = await all_at_once(size, at_once, work)
    return [size / seconds / 1e3, processor]


async def wake(size):
    return [await wake_on(0, size), await wake_on(1, size // 5)]


async def wake_on(processor, size):
    loop = asyncio.get_running_loop()
    questions = queue.SimpleQueue()

    def answer():
        os.sched_setaffinity(0, {processor})
        while (future := questions.get()) is not None:
            loop.call_soon_threadsafe(future.set_result, None)

    thread = threading.Thread(target=answer)
    os.sched_setaffinity(0, {0})
    thread.start()
    start = time.perf_counter()
    for _ in range(size):
        future = loop.create_future()
        questions.put(future)
        await future
    microseconds = (time.perf_counter() - start) * 1e6
    questions.put(None)
    thread.join()
    return microseconds / size


async def to_thread(size):
    await asyncio.to_thread(int)
    start = time.perf_counter()
    for _ in range(size):
        await asyncio.to_thread(int)
    return [(time.perf_counter() - start) * 1e6 / size]


WORKLOADS = {
    "spawn": spawn,
    "yield": one_yields,
    "yields": many_yield,
    "ping-pong": ping_pong,
    "sleeps": sleeps,
    "dropped-sleeps": dropped_sleeps,
    "memory": memory,
    "echo": echo,
    "get": get,
    "get-close": get_close,
    "wake": wake,
    "to_thread": to_thread,
}


def end_with_parent():
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    name, size, *others = sys.argv[1:]
    print(json.dumps(asyncio.run(WORKLOADS[name](int(size), *others))))
