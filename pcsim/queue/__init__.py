"""The one blocking queue of the threads engine, and a drop-in for `queue.Queue`."""

from pcsim.queue.core import Empty, Full, ShutDown
from pcsim.queue.orders import LifoQueue, PriorityQueue
from pcsim.queue.queue import Queue
from pcsim.queue.select import get_any

__all__ = ["Empty", "Full", "LifoQueue", "PriorityQueue", "Queue", "ShutDown", "get_any"]
