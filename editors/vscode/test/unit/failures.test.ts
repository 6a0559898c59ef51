import assert from 'node:assert/strict';
import { it } from 'node:test';
import { failures, findingLine } from '../../src/failures';
import type { Answer, RunFinding, Verdict } from '../../src/protocol';

const answer: Answer = { status: 200, bytes: 1, match: 'different', body: 'YQ==', expected: 'Yg==', truncated: false };
const verdict: Verdict = { outcome: 'failed', message: 'Failed: it differs.', summary: 'differs', as: 'contract', durationMs: 1, phases: [] };
const range = { start: { line: 4, character: 2 }, end: { line: 4, character: 9 } };
const finding = (code: string, severity: number): RunFinding => ({ code, severity, uri: `file:///t/${code}`, range, message: `about ${code}` });

it('each error and warning of the run stands at its place; what is less is no failure', () => {
  assert.deepEqual(failures(verdict, [finding('run-exited', 1), finding('run-unstable', 2), finding('run-memory-tight', 3)], 'file:///t/config.json'), [
    { text: 'about run-exited', uri: 'file:///t/run-exited', range },
    { text: 'about run-unstable', uri: 'file:///t/run-unstable', range },
  ]);
});

it('a finding is a line with a place to click on', () => {
  const text = { ...finding('run-exited', 1), message: 'It ended.\n  A host waits.' };
  assert.equal(findingLine(text, '/t/Dockerfile'), '/t/Dockerfile:5:3 run-exited: It ended. A host waits.');
});

it('another answer is shown beside the expected one', () => {
  assert.deepEqual(failures({ ...verdict, answer }, [finding('run-output-differs', 1)], 'file:///t/config.json'), [
    { text: 'Failed: it differs.\n\nabout run-output-differs', uri: 'file:///t/run-output-differs', range, answer },
  ]);
});

it('a verdict without a finding stands in config.json', () => {
  const start = { line: 0, character: 0 };
  const place = { text: verdict.message, uri: 'file:///t/config.json', range: { start, end: start } };
  assert.deepEqual(failures(verdict, [], 'file:///t/config.json'), [place]);
  assert.deepEqual(failures({ ...verdict, answer }, [], 'file:///t/config.json'), [{ ...place, answer }]);
});
