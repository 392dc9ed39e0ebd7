"""Put our queues in place of the standard ones, in the environment of a project.

A `.pth` file imports this when Python starts, before anything has imported `queue`'s classes: in
processes that tests start as well.
"""

import os

if os.environ.get("PCSIM_AS_QUEUE"):
    import queue

    import pcsim.queue

    for _name in ("Queue", "LifoQueue", "PriorityQueue", "Empty", "Full", "ShutDown"):
        setattr(queue, _name, getattr(pcsim.queue, _name))
