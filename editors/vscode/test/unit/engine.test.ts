import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, describe, it } from 'node:test';
import { askEngine, readDoctor, remedySteps } from '../../src/engine';

const docker = { name: 'Docker Engine', version: '29.0.1' };
const check = (name: string, level: string, text: string) => ({ name, level, value: '', text });
const doctor = (engine: unknown, ...checks: unknown[]) => readDoctor(JSON.stringify({ version: 1, engine, checks }));

describe('what doctor says of the engine', () => {
  it('is its name and version', () => {
    assert.deepEqual(doctor(docker, check('engine', 'ok', ''), check('GPU', 'note', 'There is none.')), {
      answers: true, title: 'Docker Engine 29.0.1', remedy: '',
    });
  });
  it('is what to look after', () => {
    assert.deepEqual(doctor(docker, check('CPUs', 'warning', 'Too few.')), { answers: true, title: 'Docker Engine 29.0.1', remedy: 'CPUs: Too few.' });
  });
  it('is that no run is as on a host', () => {
    assert.deepEqual(doctor(docker, check('limits', 'error', 'It cannot limit.')), {
      answers: false, title: 'Docker Engine 29.0.1: checks work, runs are off', remedy: 'limits: It cannot limit.',
    });
  });
  it('does not say twice that there is none', () => {
    const text = 'no container engine answers; tried a.sock: there is no such socket. Start Docker';
    assert.equal(doctor(null, check('engine', 'error', text))?.remedy, 'Tried a.sock: there is no such socket. Start Docker.');
  });
  it('is that there is none, and what to do', () => {
    assert.deepEqual(doctor(null, check('engine', 'error', 'no container engine answers. Start Docker')), {
      answers: false, title: 'No container engine answers: checks work, runs are off', remedy: 'No container engine answers. Start Docker.',
    });
  });
  it('is nothing where it cannot be read', () => {
    for (const text of ['', '{', '[]', '{"engine":null}', '{"engine":null,"checks":{}}']) {
      assert.equal(readDoctor(text), undefined, text);
    }
    assert.deepEqual(doctor({ name: 1 }, 'x', { name: 'y' }), { answers: false, title: 'No container engine answers: checks work, runs are off', remedy: '' });
  });
});

it('what to do is parted from the reason', () => {
  assert.deepEqual(remedySteps(''), { why: '', what: '' });
  assert.deepEqual(remedySteps('Start Docker.'), { why: '', what: 'Start Docker.' });
  assert.deepEqual(remedySteps('None answers; tried a.sock. Start Docker.'), { why: 'None answers; tried a.sock.', what: 'Start Docker.' });
  assert.deepEqual(remedySteps('CPUs: Too few. Give more.\nGPU: None. Add one.'), { why: 'CPUs: Too few. Give more. GPU: None.', what: 'Add one.' });
});

describe('asking', { skip: process.platform === 'win32' }, () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'meca-engine-test-'));
  after(() => { rmSync(directory, { recursive: true }); });
  const program = (name: string, script: string) => {
    const file = path.join(directory, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  };

  it('reads the answer also where the exit code says that no engine answers', async () => {
    const state = await askEngine(program('none', `[ "$*" = "doctor --format json" ] && echo '{"engine":null,"checks":[]}'; exit 3`), '');
    assert.equal(state.answers, false);
    assert.match(state.title, /^No container engine answers/);
  });
  it('asks the one that the setting names', async () => {
    const shows = program('address', 'echo "{\\"engine\\":{\\"name\\":\\"$DOCKER_HOST\\",\\"version\\":\\"1\\"},\\"checks\\":[]}"');
    assert.equal((await askEngine(shows, 'ssh://far')).title, 'ssh://far 1');
  });
  it('says why where there is no answer', async () => {
    assert.deepEqual(await askEngine(program('broken', 'echo "unknown command doctor" >&2; exit 2'), ''), {
      answers: false, title: 'The container engine could not be asked', remedy: 'unknown command doctor',
    });
  });
});
