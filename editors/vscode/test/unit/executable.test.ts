import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtFor, headerLength, runsOn } from '../../src/executable';

function elf(machine: number): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt32BE(0x7f454c46, 0);
  header.writeUInt16LE(machine, 18);
  return header;
}

function mach(cpu: number): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(cpu, 4);
  return header;
}

function pe(machine: number, at = 0x80): Buffer {
  const header = Buffer.alloc(headerLength);
  header.write('MZ', 0, 'latin1');
  header.writeUInt32LE(at, 0x3c);
  if (at < headerLength - 6) {
    header.writeUInt16LE(machine, at + 4);
  }
  return header;
}

describe('the platform of a program', () => {
  const headers: [string, Buffer, string | undefined][] = [
    ['ELF x86-64', elf(0x3e), 'linux-x64'],
    ['ELF AArch64', elf(0xb7), 'linux-arm64'],
    ['ELF of another machine', elf(0xf3), 'linux-unknown'],
    ['Mach-O x86-64', mach(0x01000007), 'darwin-x64'],
    ['Mach-O ARM64', mach(0x0100000c), 'darwin-arm64'],
    ['PE x86-64', pe(0x8664), 'win32-x64'],
    ['PE ARM64', pe(0xaa64), 'win32-arm64'],
    ['PE whose header is out of sight', pe(0x8664, 0x4000), 'win32-unknown'],
    ['a script', Buffer.concat([Buffer.from('#!/bin/sh\n'), Buffer.alloc(100)]), undefined],
    ['a short file', Buffer.from('#!'), undefined],
    ['an empty file', Buffer.alloc(0), undefined],
  ];
  for (const [name, header, platform] of headers) {
    it(`${name}: ${platform ?? 'not known'}`, () => {
      assert.equal(builtFor(header), platform);
    });
  }

  it('runs where it was built for, and x64 on ARM except on Linux', () => {
    assert.ok(runsOn('linux-x64', 'linux', 'x64'));
    assert.ok(!runsOn('linux-x64', 'linux', 'arm64'));
    assert.ok(!runsOn('darwin-arm64', 'linux', 'arm64'));
    assert.ok(runsOn('darwin-x64', 'darwin', 'arm64'));
    assert.ok(runsOn('win32-x64', 'win32', 'arm64'));
    assert.ok(!runsOn('win32-arm64', 'win32', 'x64'));
  });
});
