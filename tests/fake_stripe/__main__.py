"""python -m tests.fake_stripe SEED SHARE: a Stripe of our own on a free port, which it prints."""

import random
import sys
from http.server import ThreadingHTTPServer

from tests.fake_stripe.book import Book
from tests.fake_stripe.http import Handler


def main() -> None:
    seed, share = int(sys.argv[1]), float(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.book, server.dice, server.share = Book(), random.Random(seed), share  # type: ignore[attr-defined]
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
