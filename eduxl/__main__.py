"""`python -m eduxl` is the command `eduxl`."""

from eduxl.cli import main

if __name__ == "__main__":
    main(prog_name="eduxl")
