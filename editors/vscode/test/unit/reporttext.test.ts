import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastLines, levelOf, reportText, Tail, type ReportFacts } from '../../src/reporttext';

const facts: ReportFacts = {
  status: 'Language server stopped: it crashed', engine: undefined, extension: '0.1.0', editor: '1.91.0', machine: 'linux-x64',
  settings: [], said: [], log: [], home: '/home/ada',
};

describe('a problem report', () => {
  it('says what is known, and leaves out what is not', () => {
    const text = reportText(facts);
    for (const part of ['- Language server stopped: it crashed', 'engine: not asked yet', 'Extension 0.1.0, VS Code 1.91.0, linux-x64', 'changed: none']) {
      assert.ok(text.includes(part), text);
    }
    assert.ok(!text.includes('```'), text);
  });
  it('holds the last words and the log, without the home directory', () => {
    const text = reportText({ ...facts, settings: ['meca.engine'], said: ['panic: /home/ada/x'], log: ['a', 'b'] });
    assert.match(text, /## What the server said last\n\n```text\npanic: ~\/x\n```/);
    assert.match(text, /## The end of its log\n\n```text\na\nb\n```/);
    assert.match(text, /changed: meca\.engine/);
  });
  it('keeps a fence within a line from ending the block', () => {
    assert.match(reportText({ ...facts, said: ['  ````', 'x'] }), /\n`````text\n {2}````\nx\n`````\n/);
  });
  it('takes no home directory for one that is the root', () => {
    assert.ok(reportText({ ...facts, home: '/', said: ['a/b'] }).includes('a/b'));
  });
});

describe('the last lines', () => {
  it('are those at the end', () => {
    assert.deepEqual(lastLines('a\r\nb\nc\n', 2), ['b', 'c']);
    assert.deepEqual(lastLines('', 2), []);
  });
  it('are kept, however many come', () => {
    const tail = new Tail(3);
    for (let i = 0; i < 100; i++) {
      tail.add(String(i));
    }
    assert.deepEqual(tail.lines, ['97', '98', '99']);
    tail.clear();
    assert.deepEqual(tail.lines, []);
  });
});

describe('the level of a line', () => {
  it('is as the server says', () => {
    assert.equal(levelOf('time=2026-01-02T03:04:05.000Z level=INFO msg="the session starts"'), 'info');
    assert.equal(levelOf('time=2026-01-02T03:04:05.000Z level=WARN msg=x'), 'warn');
    assert.equal(levelOf('time=2026-01-02T03:04:05.000Z level=DEBUG msg=x'), 'debug');
  });
  it('is an error where it says none', () => {
    assert.equal(levelOf('panic: level=INFO'), 'error');
  });
});
