// The words of a problem report, and the memory of what the server last said of itself.

export interface ReportFacts {
  /** What happened, in the status item's words. */
  readonly status: string;
  /** What the container engine is, as it was last asked; nothing where it never was. */
  readonly engine: string | undefined;
  readonly extension: string;
  readonly editor: string;
  /** Where the extension runs: `linux-x64`, and what kind of remote window it is, if any. */
  readonly machine: string;
  /** Names of the settings that the person has set. Their values stay out: they may be paths or addresses. */
  readonly settings: readonly string[];
  /** The server's last lines on standard error, a stack trace where it crashed. */
  readonly said: readonly string[];
  /** The last lines of its log. */
  readonly log: readonly string[];
  readonly home: string;
}

/** A report in Markdown, to be read and finished by the person. The home directory is left out of it. */
export function reportText(facts: ReportFacts): string {
  const { status, engine, extension, editor, machine, settings, said, log, home } = facts;
  const section = (title: string, lines: readonly string[]) => (lines.length > 0 ? ['', `## ${title}`, '', ...fenced(lines)] : []);
  const text = [
    '## What happened', '', '(What did you do? What did you expect, and what did you see?)',
    '', '## Where', '',
    `- ${status}`,
    `- Container engine: ${engine ?? 'not asked yet'}`,
    `- Extension ${extension}, VS Code ${editor}, ${machine}`,
    `- Settings changed: ${settings.length > 0 ? settings.join(', ') : 'none'}`,
    ...section('What the server said last', said),
    ...section('The end of its log', log),
    '',
  ].join('\n');
  return home.length > 1 ? text.replaceAll(home, '~') : text;
}

/** Lines as a block of code that none of them can end. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.map(line => /^\s*(`{3,})/.exec(line)?.[1]?.length ?? 0));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence];
}

/** The last lines of a text. */
export function lastLines(text: string, most: number): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') {
    lines.pop();
  }
  return lines.slice(-most);
}

/** Remembers the last lines that it is given: how a crashed program died is told at its end, why often some lines before. */
export class Tail {
  private kept: string[] = [];

  constructor(private readonly most: number) {}

  add(line: string): void {
    this.kept.push(line);
    if (this.kept.length > 2 * this.most) {
      this.kept = this.kept.slice(-this.most);
    }
  }

  get lines(): readonly string[] {
    return this.kept.slice(-this.most);
  }

  clear(): void {
    this.kept = [];
  }
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** How grave a line of the server's is. What is no line of its log is a crash, or comes from a library, and is an error. */
export function levelOf(line: string): LogLevel {
  return levels.get(/^time=\S+ level=([A-Z]+)/.exec(line)?.[1] ?? '') ?? 'error';
}

const levels: ReadonlyMap<string, LogLevel> = new Map([['DEBUG', 'debug'], ['INFO', 'info'], ['WARN', 'warn']]);
