import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, describe, it } from 'node:test';
import { compareVersions, findServer, isFile, preflight, type Surroundings } from '../../src/server';

function look(files: string[], more: Partial<Surroundings> = {}) {
  return findServer({
    setting: null,
    extensionPath: '/ext',
    platform: 'linux',
    arch: 'x64',
    home: '/home/ada',
    searchPath: 'bin:/usr/local/bin:/usr/bin',
    exists: file => files.includes(file),
    ...more,
  });
}

describe('where the server is found', () => {
  const bundled = '/ext/bin/meca-lsp';
  const onPath = '/usr/bin/meca-lsp';

  it('prefers the setting', () => {
    assert.deepEqual(look(['/opt/meca-lsp', bundled, onPath], { setting: '/opt/meca-lsp' }), {
      program: { command: '/opt/meca-lsp', origin: 'setting' },
    });
  });

  it('opens ~ in the setting', () => {
    assert.deepEqual(look(['/home/ada/go/bin/meca-lsp'], { setting: '~/go/bin/meca-lsp' }), {
      program: { command: '/home/ada/go/bin/meca-lsp', origin: 'setting' },
    });
  });

  it('never passes over a setting that leads nowhere', () => {
    assert.deepEqual(look([bundled], { setting: '/opt/gone' }), { problem: 'There is no file at the setting meca.server.path: /opt/gone' });
  });

  it('refuses a relative setting', () => {
    assert.deepEqual(look([bundled], { setting: 'bin/meca-lsp' }), {
      problem: 'The setting meca.server.path is not an absolute path: bin/meca-lsp',
    });
  });

  it('takes the bundled program next, also when the setting is blank', () => {
    assert.deepEqual(look([bundled, onPath], { setting: '  ' }), { program: { command: bundled, origin: 'bundled' } });
  });

  it('takes the one on the PATH last, and no relative entry of it', () => {
    assert.deepEqual(look(['bin/meca-lsp', onPath]), { program: { command: onPath, origin: 'PATH' } });
  });

  it('knows Windows', () => {
    assert.deepEqual(look(['C:\\tools\\meca-lsp.exe'], { platform: 'win32', extensionPath: 'C:\\ext', searchPath: '.;C:\\tools' }), {
      program: { command: 'C:\\tools\\meca-lsp.exe', origin: 'PATH' },
    });
  });

  it('says what to do where there is none: the universal package', () => {
    assert.deepEqual(look([]), {
      problem: 'This package of the extension holds no language server, and there is no meca-lsp on the PATH. '
        + 'Install the package for linux-x64, or run "go install github.com/meca-lsp/meca-lsp/cmd/meca-lsp@latest" '
        + 'and, where that is not on the PATH, set meca.server.path.',
    });
  });

  it('says what to do where there is none: the package for a platform, without its program', () => {
    assert.deepEqual(look(['C:\\ext\\bin\\third-party-notices.txt'], { platform: 'win32', arch: 'arm64', extensionPath: 'C:\\ext' }), {
      problem: 'The language server of this package is gone: C:\\ext\\bin\\meca-lsp.exe. '
        + 'Install the package for win32-arm64 again, and see whether a virus scanner took it away.',
    });
  });

  it('takes the one on the PATH also where the package’s own is gone', () => {
    assert.deepEqual(look(['/ext/bin/third-party-notices.txt', onPath]), { program: { command: onPath, origin: 'PATH' } });
  });
});

describe('the versions of server and extension', () => {
  it('shows one where they are of the same release', () => {
    assert.deepEqual(compareVersions('meca-lsp 0.1.0+0123456789ab (go1.26.8, linux/amd64)', '0.1.0'), { shown: 'meca-lsp 0.1.0+0123456789ab' });
    assert.deepEqual(compareVersions('meca-lsp 0.1.0-rc.1 (go1.26.8, linux/amd64)', '0.1.0-rc.1'), { shown: 'meca-lsp 0.1.0-rc.1' });
  });

  for (const server of ['meca-lsp 0.0.9+0123456789ab', 'meca-lsp 0.1.00', 'meca-lsp 0.1.0-rc.1', 'meca-lsp of unknown version']) {
    it(`shows both beside ${server}`, () => {
      assert.deepEqual(compareVersions(`${server} (go1.26.8, linux/amd64)`, '0.1.0'), {
        shown: `${server}, extension 0.1.0`,
        skew: `The language server is ${server} and the extension 0.1.0: what only one of them knows does not work. Install both in one version.`,
      });
    });
  }
});

describe('the check before the start', { skip: process.platform === 'win32' }, () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'meca-preflight-'));
  after(() => {
    rmSync(directory, { recursive: true });
  });

  function program(name: string, content: string | Buffer, mode = 0o755) {
    const command = path.join(directory, name);
    writeFileSync(command, content, { mode });
    return command;
  }

  it('gives the first line of the version', async () => {
    const command = program('good', '#!/bin/sh\necho "meca-lsp 0.1.0 $1"\necho more\n');
    const found = { command, origin: 'setting' } as const;
    assert.deepEqual(await preflight(found), { program: found, version: 'meca-lsp 0.1.0 version' });
  });

  it('gives the bundled program its executable bit back, and leaves others alone', async () => {
    const bundled = program('bundled', '#!/bin/sh\necho meca-lsp 0.1.0\n', 0o644);
    assert.ok('version' in await preflight({ command: bundled, origin: 'bundled' }));
    const own = program('own', '#!/bin/sh\necho meca-lsp 0.1.0\n', 0o644);
    assert.deepEqual(await preflight({ command: own, origin: 'setting' }), { problem: `${own} is not executable.` });
    assert.equal(statSync(own).mode & 0o777, 0o644);
  });

  it('tells another platform’s package', async () => {
    const header = Buffer.alloc(4096);
    header.writeUInt32BE(0x7f454c46, 0);
    header.writeUInt16LE(0xf3, 18);
    const checked = await preflight({ command: program('foreign', header), origin: 'bundled' });
    assert.match('problem' in checked ? checked.problem : '', /^This is the linux-unknown package of the extension, and this machine is /);
  });

  it('tells a program that crashes', async () => {
    const command = program('crash', '#!/bin/sh\necho boom >&2\nexit 3\n');
    assert.deepEqual(await preflight({ command, origin: 'PATH' }), { problem: `${command} version failed: boom` });
  });

  it('tells a program that is gone', async () => {
    const checked = await preflight({ command: path.join(directory, 'gone'), origin: 'PATH' });
    assert.match('problem' in checked ? checked.problem : '', /^The language server cannot be read: ENOENT/);
  });

  it('counts only files as there', () => {
    assert.ok(isFile(program('file', '')));
    assert.ok(!isFile(directory));
    assert.ok(!isFile(path.join(directory, 'gone')));
  });
});
