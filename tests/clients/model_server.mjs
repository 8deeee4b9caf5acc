// Starts ../fakes/model_server.py with a script, for tests; ended by stop().
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const fakes = join(import.meta.dirname, '../fakes');

export async function startModelServer(script, ...options) {
  const child = spawn(process.env.PYTHON ?? 'python3',
    ['-B', join(fakes, 'model_server.py'), '--script', join(fakes, 'scripts', script), ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const url = `http://127.0.0.1:${line.split(' ')[1]}`;
  return {
    url,
    weather: (kind, more = {}) => fetch(`${url}/_fake/weather`,
      { method: 'POST', body: JSON.stringify({ kind, ...more }) }),
    state: async () => (await fetch(`${url}/_fake/state`)).json(),
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
