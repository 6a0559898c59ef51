// The container engine, as `meca-lsp doctor` sees it. It is asked only when a person opens the menu, or a run could not be made.

import { execFile } from 'node:child_process';

export interface EngineState {
  /** False: checks work, runs are off. */
  readonly answers: boolean;
  /** One line: which engine, or that there is none. */
  readonly title: string;
  /** What to do about it; empty where there is nothing to do. */
  readonly remedy: string;
}

interface Check {
  readonly name: string;
  readonly level: string;
  readonly value: string;
  readonly text: string;
}

const timeoutMs = 20_000;

/** Asks the engine at `address`; where that is empty, the one that is found. */
export async function askEngine(program: string, address: string): Promise<EngineState> {
  const env = address ? { ...process.env, DOCKER_HOST: address } : process.env;
  return await new Promise(resolve => {
    execFile(program, ['doctor', '--format', 'json'], { timeout: timeoutMs, windowsHide: true, env }, (error, stdout, stderr) => {
      resolve(readDoctor(stdout) ?? {
        answers: false,
        title: 'The container engine could not be asked',
        remedy: (stderr.trim() || error?.message.trim()) ?? 'meca-lsp doctor said nothing that could be read.',
      });
    });
  });
}

/** Reads what doctor prints; nothing where that is not what it should be. */
export function readDoctor(stdout: string): EngineState | undefined {
  let output: unknown;
  try {
    output = JSON.parse(stdout);
  } catch {
    return undefined;
  }
  if (typeof output !== 'object' || output === null || !('engine' in output) || !('checks' in output) || !Array.isArray(output.checks)) {
    return undefined;
  }
  const checks = output.checks.filter(isCheck);
  const bad = checks.filter(({ level }) => level === 'error' || level === 'warning');
  const remedy = bad.map(({ name, text }) => `${name}: ${text}`).join('\n');
  if (!isNamed(output.engine)) {
    return { answers: false, title: 'No container engine answers: checks work, runs are off', remedy: sentenceOf((bad[0]?.text ?? '').replace(/^no container engine answers; /, '')) };
  }
  const { name, version } = output.engine;
  const broken = bad.some(({ level }) => level === 'error');
  return { answers: !broken, title: `${name} ${version}${broken ? ': checks work, runs are off' : ''}`, remedy };
}

/** Parts the reason from what to do, which is the last sentence. */
export function remedySteps(remedy: string): { readonly why: string; readonly what: string } {
  const at = Math.max(remedy.lastIndexOf('. '), remedy.lastIndexOf('.\n'));
  return at < 0 ? { why: '', what: remedy } : { why: remedy.slice(0, at + 1).replaceAll('\n', ' '), what: remedy.slice(at + 2) };
}

function isCheck(value: unknown): value is Check {
  return typeof value === 'object' && value !== null
    && ['name', 'level', 'value', 'text'].every(key => typeof (value as Record<string, unknown>)[key] === 'string');
}

function isNamed(value: unknown): value is { readonly name: string; readonly version: string } {
  return typeof value === 'object' && value !== null
    && ['name', 'version'].every(key => typeof (value as Record<string, unknown>)[key] === 'string');
}

function sentenceOf(text: string): string {
  return text && `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
