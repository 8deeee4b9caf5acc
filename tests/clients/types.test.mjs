// Requests as they go out, held against the types of the official SDKs: those
// of whole reviews by $PATCHMILTER (review_requests.py) and those of the model
// server's own tests must pass, and each mutation must be refused. More of them,
// from logs of the model server: $PATCHMILTER_REQUESTS, directories with ':'
// between. Run by ctest (see ../../test --clients).
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const here = import.meta.dirname;
const packages = join(process.env.CLIENTS, 'node_modules');
const types = {
  anthropic: 'AnthropicRequest', responses: 'ResponsesRequest', gemini: 'GeminiRequest',
  'chat.openai': 'ChatRequest', 'chat.vllm': 'VllmRequest', 'chat.llamacpp': 'LlamaCppRequest',
  'chat.ollama': 'OllamaRequest', 'chat.openrouter': 'OpenRouterRequest',
};
let scratch;
let complaints;

// A request as a constant of its type; the file's name says which.
function constant(kind, name) {
  const [api, dialect] = name.split('.');
  const type = types[api] ?? types[`${api}.${dialect}`];
  assert.ok(type, `${name} is of no known API`);
  const body = readFileSync(join(scratch, kind, name), 'utf8');
  return `import type { ${type} } from '../requests';\n`
    + `export const request: ${type} = ${body};\n`;
}

before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'patchmilter-types-'));
  const python = (...args) => execFileSync(process.env.PYTHON ?? 'python3', ['-B', ...args],
    { stdio: 'inherit' });
  const reviews = join(scratch, 'reviews');
  mkdirSync(reviews);
  python(join(here, 'review_requests.py'), reviews);
  const logs = readdirSync(reviews).filter((name) => /^[a-z]+-[a-z]+$/.test(name))
    .map((name) => join(reviews, name));
  logs.push(...(process.env.PATCHMILTER_REQUESTS ?? '').split(':').filter(Boolean));
  assert.ok(logs.length >= 7);
  python(join(here, '../fakes/captures.py'), scratch, ...logs);
  symlinkSync(packages, join(scratch, 'node_modules'));
  cpSync(join(here, 'requests.d.ts'), join(scratch, 'requests.d.ts'));
  for (const kind of ['good', 'bad']) {
    mkdirSync(join(scratch, `${kind}-ts`));
    for (const name of readdirSync(join(scratch, kind))) {
      writeFileSync(join(scratch, `${kind}-ts`, name.replace(/json$/, 'ts')),
        constant(kind, name));
    }
  }
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      strict: true, noEmit: true, skipLibCheck: true, target: 'es2022', module: 'nodenext',
      moduleResolution: 'nodenext', types: [],
    },
    include: ['good-ts', 'bad-ts', 'requests.d.ts'],
  }));
  const run = spawnSync(process.execPath,
    [join(packages, 'typescript/bin/tsc'), '-p', scratch, '--pretty', 'false'],
    { encoding: 'utf8', cwd: scratch, maxBuffer: 1 << 28 });
  complaints = run.stdout.split('\n').filter((line) => /error TS/.test(line));
  const others = complaints.filter((line) => !/^(good|bad)-ts\//.test(line));
  assert.deepEqual(others, [], run.stdout.slice(0, 2000) + run.stderr);
  assert.notEqual(run.status, 0, 'the bad ones cannot all have passed');
});

after(() => rmSync(scratch, { recursive: true, force: true }));

const of = (name) => complaints.filter((line) => line.startsWith(`${name}(`));

test('good requests are of the SDKs\' types', () => {
  const names = readdirSync(join(scratch, 'good-ts'));
  assert.ok(names.length >= 32 + 7 * 10, `${names.length}`);
  for (const name of names) assert.deepEqual(of(`good-ts/${name}`), [], name);
});

test('mutated requests are not', () => {
  const names = readdirSync(join(scratch, 'bad-ts'));
  assert.ok(names.length >= 60, `${names.length}`);
  const passed = names.filter((name) => of(`bad-ts/${name}`).length === 0);
  assert.deepEqual(passed, []);
});
