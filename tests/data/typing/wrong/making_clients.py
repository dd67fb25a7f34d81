"""Mistakes with the package's own names and arguments."""

import fastbedrock

fastbedrock.client(5)  # error: call-overload | reportArgumentType reportCallIssue
fastbedrock.client()  # error: call-overload | reportCallIssue
fastbedrock.client("bedrock-runtime", regoin="us-east-1")  # error: call-overload | reportCallIssue
fastbedrock.client("bedrock-runtime", 5)  # error: call-overload | reportArgumentType reportCallIssue
fastbedrock.client("bedrock-runtime", max_concurrency=5)  # error: call-overload | reportCallIssue
fastbedrock.async_client("bedrock-runtime", max_concurrency="5")  # error: call-overload | reportArgumentType reportCallIssue
fastbedrock.async_client("bedrock-runtime", api_key=b"k")  # error: call-overload | reportArgumentType reportCallIssue
fastbedrock.Session().client("bedrock-runtime", use_ssl="no")  # error: call-overload | reportArgumentType reportCallIssue
fastbedrock.Session().create_client("bedrock-runtime", verify=5)  # error: call-overload | reportArgumentType reportCallIssue
fastbedrock.Session("a").nope  # error: attr-defined | reportAttributeAccessIssue
fastbedrock.Confg()  # error: attr-defined | reportAttributeAccessIssue


def ask(client: fastbedrock.types.BedrockRuntime) -> None: ...


ask(fastbedrock.client("bedrock"))  # error: arg-type | reportArgumentType
ask(fastbedrock.async_client("bedrock-runtime"))  # error: arg-type | reportArgumentType
