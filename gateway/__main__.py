"""The entry point of `python -m gateway`, which does the same as `data-on-demand`."""

from gateway.cli import main

if __name__ == "__main__":
    main()
