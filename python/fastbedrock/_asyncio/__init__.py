"""The parts of the asynchronous clients that only asyncio programs load."""
