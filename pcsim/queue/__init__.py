"""The one blocking queue of the threads engine, and a drop-in for `queue.Queue`."""

from pcsim.queue.queue import Empty, Full, LifoQueue, PriorityQueue, Queue, ShutDown
from pcsim.queue.select import get_any

__all__ = ["Empty", "Full", "LifoQueue", "PriorityQueue", "Queue", "ShutDown", "get_any"]
