// Which platform a program was built for, told from its header. This is asked before the program is started: on Linux and macOS
// a program of another platform is handed to /bin/sh, which dies with a line of binary noise instead of a reason.

const elfMachines = new Map([[0x3e, 'x64'], [0xb7, 'arm64'], [0x28, 'arm'], [0x03, 'ia32']]);
const machCpuTypes = new Map([[0x01000007, 'x64'], [0x0100000c, 'arm64']]);
const peMachines = new Map([[0x8664, 'x64'], [0xaa64, 'arm64'], [0x014c, 'ia32']]);

/** As many bytes of a program's beginning as `builtFor` looks at. */
export const headerLength = 4096;

/** Takes a file's first bytes; gives `linux-x64`, `darwin-arm64`, … as Node names them, or nothing for what is no known program (a script). */
export function builtFor(header: Buffer): string | undefined {
  if (header.length < 64) {
    return undefined;
  }
  if (header.readUInt32BE(0) === 0x7f454c46) {
    return `linux-${elfMachines.get(header.readUInt16LE(18)) ?? 'unknown'}`;
  }
  if (header.readUInt32LE(0) === 0xfeedfacf) {
    return `darwin-${machCpuTypes.get(header.readUInt32LE(4)) ?? 'unknown'}`;
  }
  if (header.readUInt16BE(0) === 0x4d5a) {
    const pe = header.readUInt32LE(0x3c);
    const machine = pe + 6 <= header.length ? peMachines.get(header.readUInt16LE(pe + 4)) : undefined;
    return `win32-${machine ?? 'unknown'}`;
  }
  return undefined;
}

/** Whether a program for `built` runs on `platform`-`arch`. macOS and Windows on ARM run x64 programs too; Linux does not. */
export function runsOn(built: string, platform: string, arch: string): boolean {
  return built === `${platform}-${arch}` || (arch === 'arm64' && platform !== 'linux' && built === `${platform}-x64`);
}
