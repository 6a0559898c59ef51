import assert from 'node:assert/strict';
import { it } from 'node:test';
import { canHaveTwin, hasTwin, type Reported } from '../../src/twins';

const at = (code: string | number | undefined, firstLine = 3): Reported => ({ code, isError: true, firstLine, lastLine: firstLine });
const warned = (code: string | number | undefined): Reported => ({ ...at(code), isError: false });
const commaExpected = 0x202;
const duplicateKey = 0x208;
const enumMismatch = 1;

it('a syntax fault is one fault, wherever each parser puts it', () => {
  assert.ok(hasTwin(at('config-syntax'), [at(commaExpected, 5)]));
  assert.ok(!hasTwin(at('config-syntax'), []));
  assert.ok(hasTwin(at('config-syntax'), [at(undefined, 9)])); // "End of file expected" has no code
  assert.ok(!hasTwin(at('config-syntax'), [at(duplicateKey), warned(enumMismatch), warned(undefined)]));
});

it('a duplicate key is the same where it stands on the same line', () => {
  assert.ok(hasTwin(at('config-duplicate-key', 4), [at(duplicateKey, 2), at(duplicateKey, 4)]));
  assert.ok(!hasTwin(at('config-duplicate-key', 4), [at(duplicateKey, 2), at(commaExpected, 4)]));
});

it('nothing else has a twin', () => {
  assert.ok(!hasTwin(at('config-unknown-key'), [at(commaExpected), at(duplicateKey)]));
  assert.deepEqual([at('config-syntax'), at('config-duplicate-key'), at('config-wrong-type'), at(commaExpected)].map(canHaveTwin), [true, true, false, false]);
});
