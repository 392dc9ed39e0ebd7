"""A folder that is put first on a program's path, so that the agent is there from its start."""
