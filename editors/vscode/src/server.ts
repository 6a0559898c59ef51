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
  return {
    problem: 'This package of the extension holds no language server for this machine, and there is no meca-lsp on the PATH. '
      + 'Install meca-lsp and set meca.server.path.',
  };
}

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
