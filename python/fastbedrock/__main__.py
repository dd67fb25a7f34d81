"""``python -m fastbedrock local``: a local Bedrock for clients in other processes."""

from __future__ import annotations

import argparse
import signal
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m fastbedrock", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    local = commands.add_parser("local", help="serve a local Bedrock until interrupted")
    local.add_argument("--host", default="127.0.0.1", help="address to listen on")
    local.add_argument("--port", type=int, default=4010, help="port to listen on; 0: any free one")
    local.add_argument("--tls", action="store_true", help="serve HTTPS, with an authority of its own")
    options = parser.parse_args(arguments)

    from fastbedrock.local import serve

    with serve(host=options.host, port=options.port, tls=options.tls) as server:
        print(f"AWS_ENDPOINT_URL_BEDROCK_RUNTIME={server.endpoint_url}")
        for name, value in server.credentials.items():
            name = "AWS_DEFAULT_REGION" if name == "region_name" else name.upper()
            print(f"{name}={value}")
        if server.ca_bundle is not None:
            print(f"AWS_CA_BUNDLE={server.ca_bundle}")
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
