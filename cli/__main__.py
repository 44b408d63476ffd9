"""`python -m cli`, which the launcher calls."""

from cli.app import main

if __name__ == "__main__":
    main()
