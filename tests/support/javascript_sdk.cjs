// Runs calls with the AWS SDK for JavaScript. Reads a job as JSON on stdin; writes the results to stdout.
const sdk = require("@aws-sdk/client-bedrock-runtime");

const text = (bytes) => Buffer.from(bytes).toString("utf8");

async function* events(inputs) {
  for (const input of inputs) {
    yield { chunk: { bytes: Buffer.from(JSON.stringify(input)) } };
  }
}

// One call: {command, input} or, with a stream of input events, {command, input, events}.
async function run(client, call) {
  const result = { events: [] };
  try {
    const input = { ...call.input };
    if (call.events) input.body = events(call.events);
    const output = await client.send(new sdk[`${call.command}Command`](input));
    result.status = output.$metadata.httpStatusCode;
    result.requestId = output.$metadata.requestId;
    for (const [name, value] of Object.entries(output)) {
      if (name === "$metadata") continue;
      if (value && value[Symbol.asyncIterator]) {
        for await (const event of value) {
          result.events.push(event.chunk ? JSON.parse(text(event.chunk.bytes)) : event);
        }
      } else {
        result[name] = value instanceof Uint8Array ? JSON.parse(text(value)) : value;
      }
    }
  } catch (error) {
    result.error = error.name;
    result.message = error.message;
    result.status = error.$metadata?.httpStatusCode;
  }
  return result;
}

async function main() {
  let input = "";
  for await (const piece of process.stdin) input += piece;
  const { calls, timeout, ...settings } = JSON.parse(input);
  const client = new sdk.BedrockRuntimeClient({
    ...settings,
    maxAttempts: 1,
    requestHandler: timeout && { requestTimeout: timeout },
  });
  const results = [];
  for (const call of calls) results.push(await run(client, call));
  client.destroy();
  process.stdout.write(JSON.stringify(results));
}

main();
