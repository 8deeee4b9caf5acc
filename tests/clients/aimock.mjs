// @copilotkit/aimock on 127.0.0.1, with a reviewer's answers: the first turn of
// a conversation reads (show_patch), the second ends it (finish_review, or
// judge_finding where that is the tool it has), the third says a word. It checks
// next to nothing of what it is asked; it is here because it was written by
// somebody else. Prints "ready PORT"; on SIGTERM it prints, as one line of JSON,
// how often it was asked by each path, and ends.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const packages = createRequire(join(process.env.CLIENTS, 'package.json'));
const { LLMock } = await import(packages.resolve('@copilotkit/aimock'));

const turns = (request) => request.messages.filter((message) => message.role === 'assistant').length;
const toolsOf = (request) => (request.tools ?? []).map((tool) => tool.function?.name ?? tool.name);
// Left to itself it ends Gemini's calls with a reason that Gemini does not have.
const ending = process.env.AIMOCK_API === 'gemini' ? { finishReason: 'stop' } : {};
const call = (name, args) => (
  { toolCalls: [{ name, arguments: JSON.stringify(args) }], ...ending });
const patchOf = (request) => Number(
  JSON.stringify(request.messages).match(/Task: review patch (\d+)/)?.[1] ?? 0);

const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'warn', strict: true });
mock.on({ predicate: (request) => turns(request) === 0 }, (request) => (
  call('show_patch', { number: patchOf(request) })));
mock.on({ predicate: (request) => turns(request) === 1 }, (request) => (
  toolsOf(request).includes('judge_finding')
    ? call('judge_finding', JSON.parse(process.env.AIMOCK_JUDGEMENT ?? '{}'))
    : call('finish_review', JSON.parse(process.env.AIMOCK_FINISH ?? '{"complete":true}'))));
mock.on({ predicate: () => true }, { content: 'That is all.' });
await mock.start();

process.on('SIGTERM', async () => {
  const asked = {};
  for (const { path } of mock.getRequests()) asked[path] = (asked[path] ?? 0) + 1;
  console.log(JSON.stringify(asked));
  await mock.stop();
  process.exit(0);
});
console.log(`ready ${new URL(mock.url).port}`);
