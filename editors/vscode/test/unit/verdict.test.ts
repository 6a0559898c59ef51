import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer, Verdict } from '../../src/protocol';
import { answerLine, duration, hasDifference, limitsText, memoryLine, phaseTimes, sentence, summaryOf, usageText } from '../../src/verdict';

const verdict = (outcome: Verdict['outcome'], message = ''): Verdict => ({
  outcome, message, summary: message, as: 'contract', durationMs: 1234, phases: [],
});

describe('a duration', () => {
  const words: [number, string][] = [
    [0.4, '0 ms'], [340, '340 ms'], [999.4, '999 ms'], [999.6, '1.0 s'], [1234, '1.2 s'], [59_940, '59.9 s'], [59_960, '1 min 0 s'], [125_000, '2 min 5 s'],
  ];
  for (const [ms, text] of words) {
    it(`${String(ms)} is ${text}`, () => {
      assert.equal(duration(ms), text);
    });
  }
});

describe('the sentence about a job', () => {
  const sentences: [string, string][] = [
    [sentence('run', verdict('passed')), 'Example passed in 1.2 s.'],
    [sentence('build', verdict('passed')), 'Image built in 1.2 s.'],
    [sentence('run', { ...verdict('passed'), as: 'todays-host' }), 'Example passed as on a host of today in 1.2 s.'],
    [sentence('run', { ...verdict('failed', 'Failed: no answer.'), as: 'todays-host' }), 'Example failed as on a host of today: no answer.'],
    [sentence('run', verdict('failed', 'Failed: the answer differs from example_output.bin at line 1, column 16.')), 'Example failed: the answer differs from example_output.bin at line 1, column 16.'],
    [sentence('run', verdict('failed', 'no answer')), 'Example failed: no answer.'],
    [sentence('run', verdict('failed')), 'Example failed.'],
    [sentence('build', verdict('failed', 'RUN false ended with 1')), 'Build failed: RUN false ended with 1.'],
    [sentence('run', verdict('error', 'Error: Docker does not answer')), 'The example could not be run: Docker does not answer.'],
    [sentence('run', verdict('error', 'The language server stopped.')), 'The example could not be run: the language server stopped.'],
    [sentence('build', verdict('error', 'Docker does not answer!')), 'The image could not be built: Docker does not answer!'],
    [sentence('run', verdict('canceled')), 'Run stopped.'],
    [sentence('build', verdict('canceled')), 'Build stopped.'],
  ];
  for (const [text, expected] of sentences) {
    it(expected, () => {
      assert.equal(text, expected);
    });
  }
});

it('phases are given with their times', () => {
  const phases = [{ name: 'build', ms: 812, cached: true }, { name: 'start', ms: 1210, cached: false }];
  assert.equal(phaseTimes({ ...verdict('passed'), phases }), 'Times: build 812 ms (cached), start 1.2 s');
  assert.equal(phaseTimes(verdict('passed')), undefined);
});

it('there is a difference to show only where the answer did not match', () => {
  const answer = (match: Answer['match']): Verdict => ({
    ...verdict('failed'),
    answer: { status: 200, bytes: 0, match, body: '', expected: '', truncated: false },
  });
  const shown = (['exact', 'trimmed', 'json', 'different'] as const).filter(match => hasDifference(answer(match)));
  assert.deepEqual(shown, ['json', 'different']);
  assert.ok(!hasDifference(verdict('failed')));
});

it('the answer and the memory are said where they are known', () => {
  const answered = { ...verdict('failed'), answer: { status: 200, bytes: 1, match: 'json', body: '', expected: '', truncated: false } } as const;
  assert.equal(answerLine(answered), 'Answer: status 200, 1 byte, equal to example_output.bin as JSON, but not as text');
  assert.equal(answerLine(verdict('error')), undefined);
  assert.equal(memoryLine({ ...verdict('passed'), peakBytes: 3 << 20, memMiB: 128 }), 'Memory: at most 3.0 MiB of 128 MiB');
  assert.equal(memoryLine(verdict('passed')), undefined);
});

it('limits are said in words', () => {
  assert.equal(limitsText({ cpu: 1, memMiB: 128, gpuCount: 0 }), '1 CPU, 128 MiB');
  assert.equal(limitsText({ cpu: 4, memMiB: 8192, gpuCount: 1 }), '4 CPUs, 8192 MiB, 1 GPU');
  assert.equal(usageText({ cpu: 4, memMiB: 8192, gpuCount: 1 }, undefined), '8192 MiB, 4 CPU, 1 GPU');
  assert.equal(usageText({ cpu: 1, memMiB: 128, gpuCount: 0 }, 25_270_682), 'peak 24.1 of 128 MiB, 1 CPU');
});

describe('the sentence about many tasks', () => {
  const end = (path: string, outcome: Verdict['outcome']) => ({ path, verdict: { ...verdict(outcome), summary: 'no answer' } });
  it('counts those that passed, also where some were not run', () => {
    assert.equal(summaryOf(3, [end('a', 'passed'), end('b', 'passed')]), '2 of 3 tasks passed.');
    assert.equal(summaryOf(1, [end('a', 'canceled')]), '0 of 1 task passed.');
  });
  it('names five of those that did not', () => {
    assert.equal(summaryOf(2, [end('a', 'failed'), end('b', 'passed')]), '1 of 2 tasks passed. Not so: a: no answer.');
    const many = summaryOf(7, ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(path => end(path, 'error')));
    assert.match(many, /^0 of 7 tasks passed\. Not so: a: no answer; .*; e: no answer, and 2 more\.$/);
  });
});
