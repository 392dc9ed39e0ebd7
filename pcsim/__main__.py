"""`python -m pcsim`: the same as the command `pcsim`."""

from pcsim.cli import main

if __name__ == "__main__":
    main()
