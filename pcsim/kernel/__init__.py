"""The virtual engine's inner loop, compiled from C: the same results, bit for bit, in less time.

It runs what sweeps are made of, and refuses the rest (`pcsim.kernel.plan.REFUSALS`), which the
Python engine runs. The Python engine is what defines a run, and the kernel has to do the same:
`tests/kernel` compares whole results. A test there names the modules that have a second form in C,
and fails when one of them is changed without a look at that.

What is written once: the laws of the random numbers, of which the kernel gets blocks; the rows,
measures and results, which are made from the books that it gives back; the rules of a policy that
are in `pcsim.scenario.policies`. What is written a second time, in C: what workers do, queues and
their ports, the agenda, and how a run ends.
"""
