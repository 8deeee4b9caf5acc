// `patchmilter mcp`, asked by the official clients of the protocol: the first
// SDK (handshake), the second in each of its modes, and the inspector's command
// line. Run by ctest (see ../../test --clients); the program is $PATCHMILTER.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

// The packages lie where the stage has put them, not beside this file.
const packages = createRequire(join(process.env.CLIENTS, 'package.json'));
const load = (name) => import(packages.resolve(name));
const first = await load('@modelcontextprotocol/sdk/client/index.js');
const firstStdio = await load('@modelcontextprotocol/sdk/client/stdio.js');
const second = await load('@modelcontextprotocol/client');
const secondStdio = await load('@modelcontextprotocol/client/stdio');

const program = process.env.PATCHMILTER;
let scratch;
let server;

const git = (...args) => execFileSync('git', ['-C', join(scratch, 'tree'), ...args], {
  encoding: 'utf8',
  env: {
    PATH: process.env.PATH, HOME: scratch, GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Jane Roe', GIT_AUTHOR_EMAIL: 'jane@example.org',
    GIT_COMMITTER_NAME: 'Jane Roe', GIT_COMMITTER_EMAIL: 'jane@example.org',
  },
});

before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'patchmilter-clients-'));
  mkdirSync(join(scratch, 'tree'));
  git('init', '-q', '-b', 'main');
  const commit = (text) => {
    writeFileSync(join(scratch, 'tree', 'fan.c'), text);
    git('add', '-A');
    git('commit', '-q', '-m', 'fan: One more step');
  };
  commit('int fan_speed;\n');
  commit('int fan_speed;\nint fan_duty;\n');
  const series = join(scratch, 'series.mbox');
  writeFileSync(series, git('format-patch', '--stdout', 'HEAD~1'));
  git('reset', '-q', '--hard', 'HEAD~1');
  server = {
    command: program,
    args: ['mcp', '--tree', join(scratch, 'tree'), '--series', series],
  };
});

after(() => rmSync(scratch, { recursive: true, force: true }));

const text = (result) => result.content.map((block) => block.text);

// What every client does, whatever it calls it.
async function questions(client) {
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === 'read_file'));
  for (const tool of tools) assert.equal(tool.inputSchema.type, 'object');

  const call = (name, args) => client.callTool({ name, arguments: args });
  const base = await call('read_file', { path: 'fan.c', at: 'base' });
  assert.ok(!base.isError);
  assert.equal(text(base)[0], '     1\tint fan_speed;\n');
  const patched = await call('read_file', { path: 'fan.c' });
  assert.match(text(patched)[0], /int fan_duty;/);
  const patch = await call('show_patch', { number: 1 });
  assert.match(text(patch)[0], /^\+int fan_duty;$/m);

  const bad = await call('read_file', { path: 'fan.c', first: 0 });
  assert.equal(bad.isError, true);
  assert.match(text(bad)[0], /\/first: must be an integer/);
  await assert.rejects(call('shell', { command: 'id' }),
    (error) => error.code === -32602);
}

test('the first SDK, with a handshake', async () => {
  const client = new first.Client({ name: 'test', version: '1' });
  await client.connect(new firstStdio.StdioClientTransport(server));
  try {
    assert.equal(client.getServerVersion().name, 'patchmilter');
    assert.match(client.getInstructions(), /series of 1 patch/);
    await client.ping();
    await questions(client);
  } finally {
    await client.close();
  }
});

for (const [mode, era, version] of [
  ['legacy', 'legacy', '2025-11-25'],
  ['auto', 'modern', '2026-07-28'],
  [{ pin: '2026-07-28' }, 'modern', '2026-07-28'],
]) {
  test(`the second SDK, ${JSON.stringify(mode)}`, async () => {
    const client = new second.Client({ name: 'test', version: '1' },
      { versionNegotiation: { mode } });
    await client.connect(new secondStdio.StdioClientTransport(server));
    try {
      assert.equal(client.getProtocolEra(), era);
      assert.equal(client.getNegotiatedProtocolVersion(), version);
      assert.equal(client.getServerVersion().name, 'patchmilter');
      assert.match(client.getInstructions(), /series of 1 patch/);
      await questions(client);
    } finally {
      await client.close();
    }
  });
}

test('the inspector\'s command line', () => {
  const launcher = join(
    dirname(packages.resolve('@modelcontextprotocol/inspector/package.json')),
    'clients/launcher/build/index.js');
  const inspect = (...args) => {
    const run = spawnSync(process.execPath,
      [launcher, '--cli', server.command, ...server.args, ...args],
      { encoding: 'utf8', timeout: 60_000, env: { PATH: process.env.PATH, HOME: scratch } });
    return { ...run, json: run.status === 0 ? JSON.parse(run.stdout) : null };
  };
  const list = inspect('--method', 'tools/list');
  assert.equal(list.status, 0, list.stderr);
  assert.ok(list.json.tools.length >= 12);
  const read = inspect('--method', 'tools/call', '--tool-name', 'read_file',
    '--tool-arg', 'path=fan.c', '--tool-arg', 'at=base');
  assert.equal(read.status, 0, read.stderr);
  assert.equal(read.json.content[0].text, '     1\tint fan_speed;\n');
});
