"""Start the agent in a Python that has this folder on its path, then load its own `sitecustomize`.

Python imports the first module of this name when it starts. It may be any version: then nothing
is done. The path is as if this folder were not there; the environment has it for children.
"""

import os
import sys


def start_agent() -> None:
    """Load the agent from the folder above, under the one name that it has."""
    from importlib.util import module_from_spec, spec_from_file_location

    here = os.path.dirname(os.path.abspath(__file__))
    file = os.path.join(os.path.dirname(here), "agent.py")
    spec = spec_from_file_location("_pcsim_agent", file)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["_pcsim_agent"] = module
        spec.loader.exec_module(module)
        module.start("exec")


def leave_path() -> None:
    """Take this folder off the path again."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]


if __name__ == "sitecustomize":
    leave_path()
    if sys.version_info >= (3, 11) and "_pcsim_agent" not in sys.modules:
        try:
            start_agent()
        except Exception:  # noqa: BLE001 - the program starts without it
            pass
    del sys.modules["sitecustomize"]
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401 - the program's own; Python knows what to do without one
