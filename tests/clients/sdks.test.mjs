// The model server's answers, read by the official SDKs: what our own client is
// tested with must be what they understand. And what they send, the server must
// take: it is no stricter than a good client can be. Run by ctest (see
// ../../test --clients).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startModelServer } from './model_server.mjs';

const packages = createRequire(join(process.env.CLIENTS, 'package.json'));
const load = (name) => import(packages.resolve(name));
const { default: Anthropic } = await load('@anthropic-ai/sdk');
const { default: OpenAI } = await load('openai');
const { GoogleGenAI, ApiError } = await load('@google/genai');

const tools = ['look', 'touch'].map((name) => ({
  name,
  description: `${name}s at a thing`,
  schema: {
    type: 'object',
    properties: { text: { type: 'string' }, number: { type: 'integer' } },
    required: ['text'],
  },
}));
const first = { text: 'naïve → "so" ☃', number: 3 };
const system = 'You review patches. '.repeat(400);
let server;
let local;

before(async () => {
  server = await startModelServer('echo.py:Thoughtful', '--key', 'a-key');
  local = await startModelServer('echo.py:Thoughtful', '--dialect', 'vllm');
});
after(async () => {
  await server.stop();
  await local.stop();
});

const key = { apiKey: 'a-key', maxRetries: 0 };
const anthropic = () => new Anthropic({ ...key, baseURL: server.url });
const openai = (url = server.url) => new OpenAI({ ...key, baseURL: `${url}/v1` });
const google = () => new GoogleGenAI({ apiKey: 'a-key', httpOptions: { baseUrl: server.url } });

const messages = (content) => ({
  model: 'm', max_tokens: 2000, thinking: { type: 'adaptive', display: 'summarized' },
  system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }],
  tools: tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
  messages: content,
});

test('Anthropic, streamed and whole', async () => {
  for (const streamed of [true, false]) {
    const talk = [{ role: 'user', content: `Look, ${streamed}.` }];
    const stops = [];
    for (let turn = 1; turn <= 3; turn++) {
      const message = streamed
        ? await anthropic().messages.stream(messages(talk)).finalMessage()
        : await anthropic().messages.create(messages(talk));
      stops.push(message.stop_reason);
      assert.equal(message.content[0].type, 'thinking');
      assert.ok(message.content[0].signature.length > 100);
      const calls = message.content.filter((block) => block.type === 'tool_use');
      if (turn === 1) {
        assert.deepEqual(calls.map((call) => call.name), ['look', 'touch']);
        assert.deepEqual(calls[0].input, first);
        assert.match(message.content[0].thinking, /Größe: 10 µm/);
      } else {
        assert.ok(message.usage.cache_read_input_tokens > 1500);
      }
      talk.push({ role: 'assistant', content: message.content });
      talk.push({
        role: 'user',
        content: calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: 'seen' })),
      });
    }
    assert.deepEqual(stops, ['tool_use', 'tool_use', 'end_turn']);
  }
});

test('Anthropic\'s errors', async () => {
  const ask = (more) => anthropic().messages.create(
    { ...messages([{ role: 'user', content: 'x' }]), ...more });
  await assert.rejects(ask({ temperature: 0 }), (error) => error instanceof Anthropic.BadRequestError
    && error.type === 'invalid_request_error' && error.requestID.startsWith('req_'));
  for (const [kind, status, code] of [['rate_limit', 429, null], ['overloaded', 529, null],
    ['spend_limit', 429, 'contract_spend_limit_reached']]) {
    await server.weather(kind, { after: 3 });
    await assert.rejects(ask({}), (error) => error.status === status
      && error.headers.get('retry-after') === '3'
      && (error.error.error.details?.error_code ?? null) === code);
  }
  await server.weather('error_event');
  await assert.rejects(anthropic().messages.stream(
    messages([{ role: 'user', content: 'x' }])).finalMessage(), /[Oo]verloaded/);
});

test('Responses, streamed and whole', async () => {
  for (const streamed of [true, false]) {
    const input = [{ role: 'user', content: `Look, ${streamed}.` }];
    for (let turn = 1; turn <= 3; turn++) {
      const body = {
        model: 'm', store: false, include: ['reasoning.encrypted_content'], instructions: system,
        tools: tools.map(({ name, description, schema }) => (
          { type: 'function', name, description, parameters: schema, strict: false })),
        input,
      };
      const items = [];
      let response;
      if (streamed) {
        for await (const event of await openai().responses.create({ ...body, stream: true })) {
          if (event.type === 'response.output_item.done') items.push(event.item);
          if (event.type === 'response.completed') response = event.response;
        }
        assert.deepEqual(response.output, items);
        const final = await openai().responses.stream(body).finalResponse();
        assert.equal(final.output.length, items.length);
      } else {
        response = await openai().responses.create(body);
        items.push(...response.output);
      }
      assert.equal(response.status, 'completed');
      assert.equal(items[0].type, 'reasoning');
      const calls = items.filter((item) => item.type === 'function_call');
      if (turn === 1) assert.deepEqual(JSON.parse(calls[0].arguments), first);
      else assert.ok(response.usage.input_tokens_details.cached_tokens > 1500);
      if (turn === 3) assert.match(items[1].content[0].text, /Done — nothing/);
      input.push(...items, ...calls.map((call) => (
        { type: 'function_call_output', call_id: call.call_id, output: 'seen' })));
    }
  }
});

test('chat completions, streamed and whole', async () => {
  for (const streamed of [true, false]) {
    const talk = [{ role: 'system', content: system }, { role: 'user', content: `Look, ${streamed}.` }];
    for (let turn = 1; turn <= 3; turn++) {
      const body = {
        model: 'm', max_tokens: 2000, messages: talk,
        tools: tools.map(({ name, description, schema }) => (
          { type: 'function', function: { name, description, parameters: schema } })),
      };
      const client = openai(local.url);
      const completion = streamed
        ? await client.chat.completions.stream(
          { ...body, stream_options: { include_usage: true } }).finalChatCompletion()
        : await client.chat.completions.create(body);
      const { message, finish_reason: finish } = completion.choices[0];
      const calls = message.tool_calls ?? [];
      assert.equal(finish, turn === 3 ? 'stop' : 'tool_calls');
      if (turn === 1) assert.deepEqual(JSON.parse(calls[0].function.arguments), first);
      else assert.ok(completion.usage.prompt_tokens_details.cached_tokens > 1500);
      if (turn === 3) assert.match(message.content, /Done — nothing/);
      talk.push({
        role: 'assistant', content: message.content,
        ...(calls.length && { tool_calls: calls.map(({ id, type, function: { name, arguments: args } }) => (
          { id, type, function: { name, arguments: args } })) }),
      });
      talk.push(...calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: 'seen' })));
    }
  }
});

test('OpenAI\'s errors', async () => {
  const ask = () => openai().responses.create({
    model: 'm', store: false, include: ['reasoning.encrypted_content'],
    input: [{ role: 'user', content: 'x' }],
  });
  for (const [kind, wanted, code] of [['rate_limit', OpenAI.RateLimitError, 'rate_limit_exceeded'],
    ['quota', OpenAI.RateLimitError, 'insufficient_quota'],
    ['unavailable', OpenAI.InternalServerError, 'server_is_overloaded']]) {
    await server.weather(kind);
    await assert.rejects(ask(), (error) => error instanceof wanted && error.code === code
      && error.requestID.startsWith('req_'));
  }
  await assert.rejects(openai().responses.create({ model: 'm', input: 'x' }),
    OpenAI.BadRequestError);
});

test('Gemini, streamed and whole', async () => {
  for (const streamed of [true, false]) {
    const contents = [{ role: 'user', parts: [{ text: `Look, ${streamed}.` }] }];
    for (let turn = 1; turn <= 3; turn++) {
      const request = {
        model: 'm', contents,
        config: {
          systemInstruction: system, thinkingConfig: { includeThoughts: true },
          tools: [{ functionDeclarations: tools.map(({ name, description, schema }) => (
            { name, description, parametersJsonSchema: schema })) }],
        },
      };
      const parts = [];
      let last;
      if (streamed) {
        for await (const chunk of await google().models.generateContentStream(request)) {
          parts.push(...(chunk.candidates[0].content.parts ?? []));
          last = chunk;
        }
      } else {
        last = await google().models.generateContent(request);
        parts.push(...last.candidates[0].content.parts);
      }
      assert.equal(last.candidates[0].finishReason, 'STOP');
      assert.ok(last.usageMetadata.thoughtsTokenCount > 0);
      const calls = parts.filter((part) => part.functionCall);
      if (turn === 1) assert.deepEqual(calls[0].functionCall.args, first);
      assert.ok(parts.some((part) => part.thought));
      assert.ok(parts.some((part) => part.thoughtSignature));
      contents.push({
        role: 'model', parts: parts.filter((part) => part.text !== '' || part.thoughtSignature),
      });
      contents.push({
        role: 'user',
        parts: calls.map(({ functionCall: { id, name } }) => (
          { functionResponse: { id, name, response: { output: 'seen' } } })),
      });
    }
  }
});

test('Gemini\'s errors', async () => {
  const ask = () => google().models.generateContent({ model: 'm', contents: 'x' });
  await server.weather('rate_limit', { after: 7 });
  await assert.rejects(ask(), (error) => error instanceof ApiError && error.status === 429
    && JSON.parse(error.message).error.details.some((each) => each.retryDelay === '7s'));
});

test('nothing of theirs was refused but what was meant to be', async () => {
  const { counters, refusals } = await server.state();
  assert.equal(counters.refused, 2, JSON.stringify(refusals));
  assert.equal((await local.state()).counters.refused ?? 0, 0);
});
