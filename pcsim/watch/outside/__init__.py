"""Another Python process, read from outside: no code runs in it, and it is not stopped.

It works on a program that hangs, that is stopped, or whose C code keeps Python's lock. Linux, on
64 bits, CPython 3.11 to 3.15 with its global lock.
"""
