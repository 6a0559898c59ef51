// Bytes made readable for the diff editor: text as it is, anything else as a hex dump.

/** So few that both sides of a diff editor show a whole line. */
const bytesPerLine = 8;

/** Two texts to lay side by side. Both are hex as soon as one of them is no text, so that they stay comparable. */
export function readablePair(a: Uint8Array, b: Uint8Array): [string, string] {
  const [left, right] = [asText(a), asText(b)];
  return left !== undefined && right !== undefined ? [left, right] : [hexDump(a), hexDump(b)];
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Valid UTF-8 without NUL, else nothing. */
function asText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) {
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** `00000008  48 65 6c 6c 6f           Hello`. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    const part = [...bytes.subarray(at, at + bytesPerLine)];
    const hex = part.map(byte => byte.toString(16).padStart(2, '0')).join(' ').padEnd(bytesPerLine * 3);
    const text = part.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex} ${text}`);
  }
  return lines.join('\n');
}
