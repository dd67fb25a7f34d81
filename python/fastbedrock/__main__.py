"""The commands of ``python -m fastbedrock``: ``local`` serves a local Bedrock, ``models`` lists the
service models, ``run`` runs a program with boto3 accelerated in place (docs/in_place.md), and
``startup`` prepares this for all programs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from fastbedrock import _core


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m fastbedrock",
        description="boto3's Bedrock clients with a Rust core.",
        epilog="COMMAND --help lists the options of a command. Documentation: "
        "https://github.com/fastbedrock/fastbedrock/tree/main/docs",
    )
    parser.add_argument("--version", action="version", version=f"fastbedrock {_core.__version__}")
    commands = parser.add_subparsers(
        title="commands", dest="command", required=True, metavar="COMMAND"
    )
    local = commands.add_parser(
        "local",
        help="serve a local Bedrock until interrupted",
        description="Serve a local Bedrock until interrupted. The first lines of the output are "
        "shell commands that make programs use it (docs/local.md).",
    )
    local.add_argument("--host", default="127.0.0.1", help="address to listen on")
    local.add_argument("--port", type=int, default=0, help="port to listen on (0: any free one)")
    local.add_argument(
        "--tls", action="store_true", help="serve HTTPS with a certificate of its own"
    )
    local.add_argument("--workers", type=int, default=1, help="number of threads")
    local.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another host that requests may name, or * for any (may be repeated)",
    )
    local.add_argument(
        "--max-connections", type=int, default=4096, help="refuse connections beyond this number"
    )
    local.add_argument(
        "--idle-timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="close connections that send no request for this long",
    )
    local.add_argument(
        "--unimplemented",
        choices=["error", "echo"],
        help="what operations answer that the server does not have: an error (the default), or an "
        "example that echoes the request",
    )
    local.add_argument(
        "--knowledge-base",
        type=_knowledge_base,
        action="append",
        default=[],
        metavar="ID=FOLDER",
        help="a knowledge base: its id, and the folder of its text files (may be repeated)",
    )
    local.add_argument("--scenario", metavar="FILE", help="JSON file with settings (docs/local.md)")
    commands.add_parser("models", help="list the services with the origin of their models")
    run = commands.add_parser(
        "run",
        help="run a program with boto3 accelerated in place",
        usage=f"{parser.prog} run (script.py | -m module) [argument ...]",
    )
    startup = commands.add_parser(
        "startup", help="make FASTBEDROCK_INSTALL=1 accelerate boto3 in this Python environment"
    )
    startup.add_argument("--remove", action="store_true", help="undo this")
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["run"] and arguments[1:2] not in (["-h"], ["--help"]):
        # argparse would take the program's own options.
        program = arguments[1:]
        if program in ([], ["-m"]) or (program[0].startswith("-") and program[0] != "-m"):
            run.error("a script, or -m and a module, is needed")
        return _run(program)
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    if arguments[0] not in commands.choices and not arguments[0].startswith("-"):
        parser.error(_no_such_command(arguments[0], [*commands.choices]))
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        # argparse itself would show the usage of the program, without the command's options.
        commands.choices[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    if options.command == "models":
        from fastbedrock.exceptions import BotoCoreError

        try:
            return _list_models()
        except BotoCoreError as error:
            parser.exit(1, f"{parser.prog} models: {error}\n")
    if options.command == "startup":
        return _change_startup(options.remove)

    from fastbedrock.local import serve

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A shell that starts a command in the background makes it ignore SIGINT; undo that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with serve(
            host=options.host,
            port=options.port,
            tls=options.tls,
            workers=options.workers,
            allowed_hosts=options.allow_host,
            max_connections=options.max_connections,
            idle_timeout=options.idle_timeout,
            scenario=options.scenario,
            **({"unimplemented": options.unimplemented} if options.unimplemented else {}),
            **({"knowledge_bases": dict(options.knowledge_base)} if options.knowledge_base else {}),
        ) as server:
            # Shell commands, for copy and paste.
            for service in _core.service_names():
                name = service.upper().replace("-", "_")
                print(f"export AWS_ENDPOINT_URL_{name}={server.endpoint_url}")
            for name, value in server.credentials.items():
                name = "AWS_DEFAULT_REGION" if name == "region_name" else name.upper()
                print(f"export {name}={value}")
            if server.ca_bundle is not None:
                print(f"export AWS_CA_BUNDLE={server.ca_bundle}")
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError) as error:
        parser.exit(1, f"{parser.prog} local: {error}\n")
    return 0


def _no_such_command(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"there is no command {name!r}{meant} (commands: {', '.join(known)})"


def _knowledge_base(text: str) -> tuple[str, str]:
    name, equals, folder = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"ID=FOLDER, not {text!r}")
    return name, folder


def _run(program: list[str]) -> int:
    from fastbedrock._in_place.run import run

    if program[0] != "-m" and not os.path.exists(program[0]):
        print(f"python -m fastbedrock run: there is no file {program[0]!r}", file=sys.stderr)
        return 2
    run(program)
    return 0


def _change_startup(remove: bool) -> int:
    from fastbedrock._in_place.run import remove_startup_file, startup_file, write_startup_file

    if remove:
        remove_startup_file()
    else:
        write_startup_file()
        print(startup_file())
    return 0


def _list_models() -> int:
    import fastbedrock

    for service_name, source in fastbedrock.models().items():
        version = source.botocore_version
        origin = source.origin if version is None else f"{source.origin} (botocore {version})"
        print(f"{service_name:32} {source.api_version:12} {origin}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
