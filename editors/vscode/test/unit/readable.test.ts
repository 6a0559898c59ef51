import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hexDump, isJson, readablePair } from '../../src/readable';

const bytes = (...values: number[]) => Uint8Array.from(values);

it('text stays text', () => {
  assert.deepEqual(readablePair(Buffer.from('{"a": "ä 🦊"}\n'), Buffer.from('')), ['{"a": "ä 🦊"}\n', '']);
});

it('both sides are hex as soon as one is no text', () => {
  const [left, right] = readablePair(Buffer.from('Hi'), bytes(0xff, 0x00, 0x41));
  assert.equal(left, `00000000  48 69${' '.repeat(19)} Hi`);
  assert.equal(right, `00000000  ff 00 41${' '.repeat(16)} ..A`);
});

it('a hex dump has eight bytes a line', () => {
  const lines = hexDump(Uint8Array.from({ length: 12 }, (_, index) => 0x40 + index)).split('\n');
  assert.deepEqual(lines, [
    '00000000  40 41 42 43 44 45 46 47  @ABCDEFG',
    `00000008  48 49 4a 4b${' '.repeat(13)} HIJK`,
  ]);
  assert.equal(hexDump(bytes()), '');
});

it('JSON is told from text', () => {
  assert.ok(isJson('{"a": 1}'));
  assert.ok(isJson(' 1 '));
  assert.ok(!isJson('hello'));
  assert.ok(!isJson(''));
});
