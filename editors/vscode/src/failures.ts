// What a failed run is called in the Testing view: each of its findings at its place, and the answer against what was expected.

import type { Answer, RunFinding, Verdict } from './protocol';
import { hasDifference } from './verdict';

export interface Failure {
  readonly text: string;
  readonly uri: string;
  readonly range: RunFinding['range'];
  /** Set where the answer is to be shown beside example_output.bin. */
  readonly answer?: Answer;
}

const warning = 2;
const differs = 'run-output-differs';
const start = { line: 0, character: 0 };

/** A finding as a line of output. An absolute path with line and column is what VS Code makes a link of. */
export function findingLine({ code, message, range: { start: { line, character } } }: RunFinding, file: string): string {
  return `${file}:${String(line + 1)}:${String(character + 1)} ${code}: ${message.replaceAll(/\s*\n\s*/g, ' ')}`;
}

/** Never empty: a verdict without a finding stands at the start of `config`, a URI. */
export function failures(verdict: Verdict, findings: readonly RunFinding[], config: string): Failure[] {
  const list = findings.filter(({ severity }) => severity <= warning).map(({ code, message, uri, range }): Failure => (
    code === differs && verdict.answer && hasDifference(verdict)
      ? { text: `${verdict.message}\n\n${message}`, uri, range, answer: verdict.answer }
      : { text: message, uri, range }
  ));
  if (list.length > 0) {
    return list;
  }
  const failure = { text: verdict.message, uri: config, range: { start, end: start } };
  return [verdict.answer && hasDifference(verdict) ? { ...failure, answer: verdict.answer } : failure];
}
