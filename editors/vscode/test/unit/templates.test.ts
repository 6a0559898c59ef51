import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { directoryName, templates } from '../../src/templates';

it('a folder is named after its task', () => {
  const names: [string, string][] = [
    ['Word counter!', 'word-counter'], ['  a/b\\..c ', 'a-b-c'], ['Zählt Wörter', 'zählt-wörter'], ['../..', ''], ['', ''], ['--help', 'help'], ['字数', '字数'],
  ];
  assert.deepEqual(names.map(([name]) => directoryName(name)), names.map(([, directory]) => directory));
  assert.equal(directoryName('x'.repeat(300)).length, 64);
});

it('the templates are those of the program', () => {
  const source = readFileSync('../../internal/task/starters.go', 'utf8');
  const known = [...source.matchAll(/^\t\t\{"([a-z]+)", /gm)].map(([, name]) => name);
  assert.deepEqual(templates.map(({ id }) => id), known);
});
