// Bundles the extension into dist/extension.js, and the licences of the packages inside it into dist/third-party-notices.txt. Says how
// much of the bundle each package is, so that code nobody uses is seen.

import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** What may be inside: licences that ask for their text to come along, and for nothing more. */
const allowedLicences = ['Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

const { metafile } = await build({
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  bundle: true,
  external: ['vscode'],
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minify: true,
  metafile: true,
  logLevel: 'warning',
});

const bundle = metafile.outputs['dist/extension.js'];
const sizes = new Map();
// All that was read, also where nothing of it is left in the bundle: what was left out today may be in it tomorrow.
for (const file of Object.keys(metafile.inputs)) {
  const directory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? 'src';
  sizes.set(directory, (sizes.get(directory) ?? 0) + (bundle.inputs[file]?.bytesInOutput ?? 0));
}

const packages = [...sizes.keys()].filter(directory => directory !== 'src').sort();
const notices = packages.map(directory => {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8'));
  if (!allowedLicences.includes(license)) {
    throw new Error(`${name} ${version} is under ${license}, which is none of ${allowedLicences.join(', ')}`);
  }
  const file = fs.readdirSync(directory).find(entry => /^licen[cs]e/i.test(entry));
  if (!file) {
    throw new Error(`${name} ${version} comes without a licence text`);
  }
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(directory, file), 'utf8').trim()}\n`;
});
fs.writeFileSync('dist/third-party-notices.txt', `This extension contains the packages below.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`);

const row = (name, bytes) => `${name.padEnd(40)} ${(bytes / 1000).toFixed(1).padStart(6)} kB`;
console.log(row('dist/extension.js', bundle.bytes));
for (const [directory, bytes] of [...sizes].sort((a, b) => b[1] - a[1])) {
  console.log(row(`  ${directory.replace(/^.*node_modules\//, '')}`, bytes));
}
