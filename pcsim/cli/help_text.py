"""The text of `pcsim --help`: a copy of click's, so that click need not be loaded.

A test compares the two and prints what has to stand here.
"""

HELP = """\
Usage: pcsim [OPTIONS] [COMMAND] [ARGS]...

  The flight simulator for producer-consumer systems.

  Without a command it shows what there is to open.

Options:
  --demo DEMO     Run a demo, by number or name, without a screen.
  --json          Write the report as JSON.
  -v, --verbose   Print each event as it happens.
  --timeout TIME  Stop after this time, such as 90s; exit status 3.
  --version       Show the version and exit.
  -h, --help      Show this message and exit.

Commands:
  run      Run SCENARIO without a screen.
  tui      Open SCENARIO in the app.
  watch    Watch the program with number PID, or list what can be watched.
  exec     Run a Python program so that it can be watched.
  replay   Replay a recording FILE in the app.
  report   Print the report of a recording FILE.
  diff     Compare two recordings A and B, or results.
  branch   Change something at a moment of a run in virtual time.
  export   Export a recording FILE for other programs.
  demos    List the demos.
  lesson   Take lesson N: a demo with a question before it starts.
  serve    Show WHAT in a browser.
  new      Write a scenario to start from.
  check    Report everything that is wrong with scenario FILEs.
  schema   Print the JSON Schema of scenario files.
  fit      Fit a scenario to a RECORDING.
  sweep    Run every combination of some values of SCENARIO, and compare.
  what-if  Change something in SCENARIO, and compare it with how it is.
  size     Find the cheapest variant of SCENARIO that meets limits.

  Examples:
    pcsim run 4 --engine virtual
    pcsim tui my.toml --start
    pcsim check *.toml

  Exit status: 0 done, 1 the run failed, 2 wrong input or usage, 3 deadlock or
  timeout, 130 and 143 after Ctrl-C and SIGTERM.
"""
