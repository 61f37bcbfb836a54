"""`python -m gateway` is `data-on-demand`."""

from gateway.cli import main

if __name__ == "__main__":
    main()
