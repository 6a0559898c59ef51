// Finding the server's program, and asking it for its version before it is trusted with the editor: that tells a missing file, a
// lost executable bit, another platform's package and a crash apart, each with words of its own.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { builtFor, headerLength, runsOn } from './executable';

export interface ServerProgram {
  readonly command: string;
  readonly origin: 'setting' | 'bundled' | 'PATH';
}

/** Where to look. `exists` is asked about files only. */
export interface Surroundings {
  readonly setting: string | null | undefined;
  readonly extensionPath: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly home: string;
  readonly searchPath: string;
  readonly exists: (file: string) => boolean;
}

export type Found = { readonly program: ServerProgram } | { readonly problem: string };

/** The setting, else the program that came with the extension, else the one on the PATH. A set path is never passed over. */
export function findServer(at: Surroundings): Found {
  const paths = at.platform === 'win32' ? path.win32 : path.posix;
  const name = at.platform === 'win32' ? 'meca-lsp.exe' : 'meca-lsp';

  const setting = at.setting?.trim();
  if (setting) {
    const command = setting.replace(/^~(?=[/\\])/, at.home);
    if (!paths.isAbsolute(command)) {
      return { problem: `The setting meca.server.path is not an absolute path: ${setting}` };
    }
    if (!at.exists(command)) {
      return { problem: `There is no file at the setting meca.server.path: ${command}` };
    }
    return { program: { command, origin: 'setting' } };
  }

  const bundled = paths.join(at.extensionPath, 'bin', name);
  if (at.exists(bundled)) {
    return { program: { command: bundled, origin: 'bundled' } };
  }

  // Relative entries are left out: they would find a program of the opened workspace.
  for (const directory of at.searchPath.split(paths.delimiter).filter(entry => paths.isAbsolute(entry))) {
    const command = paths.join(directory, name);
    if (at.exists(command)) {
      return { program: { command, origin: 'PATH' } };
    }
  }
  // The package for a platform has this file beside the program; the universal one has neither.
  const ownGone = at.exists(paths.join(at.extensionPath, 'bin', 'third-party-notices.txt'));
  const here = `${at.platform}-${at.arch}`;
  return {
    problem: ownGone
      ? `The language server of this package is gone: ${bundled}. Install the package for ${here} again, and see whether a virus scanner took it away.`
      : 'This package of the extension holds no language server, and there is no meca-lsp on the PATH. '
        + `Install the package for ${here}, or run "go install ${goPackage}@latest" and, where that is not on the PATH, set meca.server.path.`,
  };
}

const goPackage = 'github.com/meca-lsp/meca-lsp/cmd/meca-lsp';

export type Checked = { readonly program: ServerProgram; readonly version: string } | { readonly problem: string };

const versionTimeoutMs = 10_000;

/** Runs `meca-lsp version`; gives its first line or what is wrong with the program. */
export async function preflight(program: ServerProgram): Promise<Checked> {
  const { command, origin } = program;
  const here = `${process.platform}-${process.arch}`;
  try {
    const built = builtFor(readHeader(command));
    if (built && !runsOn(built, process.platform, process.arch)) {
      return {
        problem: origin === 'bundled'
          ? `This is the ${built} package of the extension, and this machine is ${here}. Install the package for ${here}.`
          : `${command} is a program for ${built}, and this machine is ${here}.`,
      };
    }
    if (origin === 'bundled') {
      restoreExecutableBit(command);
    }
  } catch (error) {
    return { problem: `The language server cannot be read: ${messageOf(error)}` };
  }

  return await new Promise(resolve => {
    execFile(command, ['version'], { timeout: versionTimeoutMs, windowsHide: true }, (error, stdout, stderr) => {
      if (!error) {
        resolve({ program, version: firstLine(stdout) || 'meca-lsp of unknown version' });
      } else if (error.code === 'EACCES') {
        resolve({ problem: `${command} is not executable.` });
      } else if (error.killed) {
        resolve({ problem: `${command} version did not answer within ${String(versionTimeoutMs / 1000)} seconds.` });
      } else {
        resolve({ problem: `${command} version failed: ${firstLine(stderr) || firstLine(error.message)}` });
      }
    });
  });
}

export interface Versions {
  /** For the status: short, and both where they are not the same. */
  readonly shown: string;
  /** What that may mean, where they are not the same. */
  readonly skew?: string;
}

/** `server` is the line that `preflight` gave. Only a server of another release is worth a word; its commit is in the log. */
export function compareVersions(server: string, extension: string): Versions {
  // The log has the rest: compiler and platform, in brackets.
  const short = server.replace(/ \(.*\)$/, '');
  const release = /^meca-lsp (\d[^+\s]*)/.exec(short)?.[1];
  if (release === extension) {
    return { shown: short };
  }
  return {
    shown: `${short}, extension ${extension}`,
    skew: `The language server is ${short} and the extension ${extension}: what only one of them knows does not work. Install both in one version.`,
  };
}

export function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(headerLength);
  const descriptor = fs.openSync(file, 'r');
  try {
    return header.subarray(0, fs.readSync(descriptor, header, 0, header.length, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Some tools that unpack a .vsix lose the bit. Only our own file is touched. */
function restoreExecutableBit(file: string): void {
  try {
    fs.accessSync(file, fs.constants.X_OK);
  } catch {
    fs.chmodSync(file, 0o755);
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]?.trim() ?? '';
}
