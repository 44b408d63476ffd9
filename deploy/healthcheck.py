"""Exit status 0 if the address answers 200, by default /readyz of PRINTSWEEP_HEALTH_PORT; the answer is printed."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_S = 4.0
MOST_BYTES = 2000


def main(arguments: list[str]) -> int:
    """Ask once. Anything but 200 is ill: no answer, a broker that is away, a stuck loop."""
    url = arguments[0] if arguments else f"http://127.0.0.1:{os.environ['PRINTSWEEP_HEALTH_PORT']}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - our own address
            body, status = answer.read(MOST_BYTES), 0
    except urllib.error.HTTPError as error:
        body, status = error.read(MOST_BYTES), 1
    except OSError as error:
        body, status = f"{url}: {error}".encode(), 1
    sys.stdout.buffer.write(body + b"\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
