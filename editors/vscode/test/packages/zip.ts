// A reader of zip files, as much of one as a .vsix needs: its central directory, and the content of files.

import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

export interface ZipFile {
  readonly name: string;
  /** Permissions, as of Unix; 0 where the zip does not say. */
  readonly mode: number;
  /** Date and time as the zip has them: two 16 bit numbers of MS-DOS. */
  readonly time: number;
  readonly content: () => Buffer;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endLength = 22;
const stored = 0;
const deflated = 8;

/** Reads the zip at `path`. Throws on what is no zip, or one with a comment, of several parts, or over 4 GB. */
export function readZip(path: string): ZipFile[] {
  const zip = readFileSync(path);
  const end = zip.length - endLength;
  if (end < 0 || zip.readUInt32LE(end) !== endSignature) {
    throw new Error(`${path} does not end as a zip file does`);
  }
  const files: ZipFile[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    if (zip.readUInt32LE(at) !== entrySignature) {
      throw new Error(`${path} has a broken directory`);
    }
    const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
    const entry = at;
    files.push({
      name: zip.toString('utf8', at + 46, nameEnd),
      mode: zip.readUInt32LE(at + 38) >>> 16 & 0o777,
      time: zip.readUInt32LE(at + 12),
      content: () => contentOf(zip, entry),
    });
    at = nameEnd + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}

function contentOf(zip: Buffer, entry: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const bytes = zip.subarray(start, start + zip.readUInt32LE(entry + 20));
  if (method !== stored && method !== deflated) {
    throw new Error(`a file is packed by method ${String(method)}`);
  }
  const content = method === stored ? bytes : inflateRawSync(bytes);
  if (content.length !== zip.readUInt32LE(entry + 24)) {
    throw new Error('a file has another size than the zip says');
  }
  return content;
}
