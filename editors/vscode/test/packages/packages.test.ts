// What is in the packages that package.sh made: the targets in the environment's TARGETS, as package.sh takes them. What a package does
// once it is installed is shown by install.sh.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, describe, it } from 'node:test';
import { builtFor, headerLength } from '../../src/executable';
import { readZip, type ZipFile } from './zip';

const targets = (process.env['TARGETS'] ?? '').split(' ').filter(target => target !== '');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
const checkout = path.resolve('../..');

const always = [
  '[Content_Types].xml', 'extension.vsixmanifest', 'extension/LICENSE.txt', 'extension/changelog.md', 'extension/dist/extension.js',
  'extension/dist/third-party-notices.txt', 'extension/icon.png', 'extension/media/answer.png', 'extension/media/check.png',
  'extension/media/new.png', 'extension/media/run.png', 'extension/media/tasks.svg', 'extension/package.json', 'extension/readme.md',
];

const temporary = mkdtempSync(path.join(tmpdir(), 'meca-packages-'));
after(() => {
  rmSync(temporary, { recursive: true });
});

assert.ok(targets.length > 0, 'TARGETS names no package');
const head = commitOfCheckout();
/** Whether the checkout was changed when they were packed: for all the same. */
let modified: string | undefined;

for (const target of targets) {
  describe(`meca-lsp-${target}.vsix`, () => {
    const files = packageOf(target);
    const content = (name: string) => contentOf(files, name);

    it('holds what the extension needs, and nothing else', () => {
      const own = target === 'universal' ? [] : ['extension/bin/third-party-notices.txt', programName(target)];
      assert.deepEqual(files.map(file => file.name).sort(), [...always, ...own].sort());
    });

    it('says for which platform and in which version it is', () => {
      const manifest = content('extension.vsixmanifest').toString();
      const [identity = ''] = /<Identity [^>]*>/.exec(manifest) ?? [];
      assert.equal(/ TargetPlatform="([^"]*)"/.exec(identity)?.[1], target === 'universal' ? undefined : target);
      assert.equal(/ Version="([^"]*)"/.exec(identity)?.[1], version);
    });

    it('has the permissions that files need, and one time for all', () => {
      for (const { name, mode } of files) {
        // vsce gives the files that it writes itself the mode 664.
        const allowed = name.startsWith('extension/bin/meca-lsp') ? ['755'] : ['644', '664'];
        assert.ok(allowed.includes(mode.toString(8)), `${name} has mode ${mode.toString(8)}`);
      }
      assert.equal(new Set(files.map(file => file.time)).size, 1);
    });

    it('tells nothing of the machine that made it', () => {
      for (const file of files) {
        assert.ok(!file.content().includes(`${checkout}/`), `${file.name} names ${checkout}`);
      }
      assert.doesNotMatch(content('extension/dist/extension.js').toString(), /sourceMappingURL/);
    });

    if (target !== 'universal') {
      it('holds a program for its platform', () => {
        assert.equal(builtFor(content(programName(target)).subarray(0, headerLength)), target.replace(/^alpine/, 'linux'));
      });

      it('holds the program of this commit', () => {
        const stamp = stampOf(target);
        assert.deepEqual(stamp.platform, platformOf(target));
        assert.equal(stamp.static, true);
        assert.equal(stamp.revision, head);
        modified ??= stamp.modified;
        assert.equal(stamp.modified, modified);
      });
    }

    if (target.endsWith(`-${process.arch}`) && platformOf(target)[0] === process.platform.replace('win32', 'windows')) {
      it('holds a program of the package’s version', () => {
        const said = execFileSync(extracted(target), ['version']).toString();
        const commit = head === undefined ? '' : `+${head.slice(0, 12)}${stampOf(target).modified === 'true' ? '.modified' : ''}`;
        assert.ok(said.startsWith(`meca-lsp ${version}${commit} (`), said);
      });
    }

    if (target.startsWith('linux-') || target.startsWith('alpine-')) {
      it('holds a program that needs no library of the system', () => {
        assert.deepEqual(interpreters(content(programName(target))), []);
      });
    }
  });
}

function packageOf(target: string): ZipFile[] {
  return readZip(`meca-lsp-${target}.vsix`);
}

function contentOf(files: ZipFile[], name: string): Buffer {
  const found = files.find(file => file.name === name);
  assert.ok(found, `there is no ${name}`);
  return found.content();
}

function programName(target: string): string {
  return `extension/bin/meca-lsp${target.startsWith('win32-') ? '.exe' : ''}`;
}

/** GOOS and GOARCH of a target. */
function platformOf(target: string): [string, string] {
  const [os = '', arch = ''] = target.split('-');
  return [{ alpine: 'linux', win32: 'windows' }[os] ?? os, arch === 'x64' ? 'amd64' : arch];
}

function extracted(target: string): string {
  const file = path.join(temporary, target);
  writeFileSync(file, contentOf(packageOf(target), programName(target)), { mode: 0o755 });
  return file;
}

/** What Go itself wrote into the program: where it runs, and which commit it is of. */
function stampOf(target: string) {
  const lines = execFileSync('go', ['version', '-m', extracted(target)]).toString().split('\n');
  const value = (key: string) => lines.find(line => line.startsWith(`\tbuild\t${key}=`))?.slice(`\tbuild\t${key}=`.length);
  return {
    platform: [value('GOOS'), value('GOARCH')], static: value('CGO_ENABLED') === '0', revision: value('vcs.revision'), modified: value('vcs.modified'),
  };
}

function commitOfCheckout(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch {
    return undefined; // packed from an archive of the sources, without git
  }
}

/** What an ELF program names as its interpreter, which loads libraries; a static one names none. */
function interpreters(program: Buffer): string[] {
  assert.equal(program.readUInt32BE(0), 0x7f454c46, 'this is no ELF program');
  const interpreter = 3;
  const table = Number(program.readBigUInt64LE(32));
  const names: string[] = [];
  for (let i = 0; i < program.readUInt16LE(56); i++) {
    const at = table + i * program.readUInt16LE(54);
    if (program.readUInt32LE(at) === interpreter) {
      const start = Number(program.readBigUInt64LE(at + 8));
      names.push(program.toString('utf8', start, start + Number(program.readBigUInt64LE(at + 32))));
    }
  }
  return names;
}
